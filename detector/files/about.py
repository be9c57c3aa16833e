"""Sentences about a model: its origin and its licence."""

from dataclasses import dataclass

MAX_LENGTH = 1000  # characters; whole licences are longer


@dataclass(frozen=True, slots=True)
class About:
    """Sentences about a model; each may be absent."""

    origin: str | None = None
    licence: str | None = None

    @classmethod
    def of(cls, name: str, author: str, licence: str) -> "About":
        """Makes sentences, each in one line, of an exporter's texts; an empty text counts as absent."""
        name, author = _line(name), _line(author)
        by = author and author not in name
        origin = f"{name}, by {author}" if name and by else name or author
        return cls(_line(origin) or None, _line(licence) or None)


UNSAID = About()


def _line(text: str) -> str:
    """A text in one line without control characters, shortened if it is too long."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: 2 * MAX_LENGTH]).split())
    return line if len(line) <= MAX_LENGTH else f"{line[: MAX_LENGTH - 1]}…"

"""Reads label files in the formats found beside and inside public models."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from detector.errors import UnusableModel
from detector.files.provenance import Source
from detector.files.yaml_file import decode_yaml

# The contract's bounds, and more bytes than that many labels need.
MAX_LABELS = 100_000
MAX_LENGTH = 255
MAX_BYTES = 8 << 20

UNWRITABLE = {"Cc", "Cs"}  # categories of characters: control, and halves of a character, which UTF-8 cannot hold

UNNAMED = "???"  # a class without a name, which is never offered as a label
UNNAMED_TOO = {"???", "n/a"}
# Names of a first entry that does not stand for a class.
BACKGROUNDS = {"???", "background", "__background__"}
OTHER_BACKGROUNDS = {"unlabeled", "unlabelled", "none", "n/a", "bg", "_background_"}

NUMBERED = re.compile(r"(\d{1,9})(?:[:,.=)]?\s+|[:,=])(\S.*)")
LINE_ENDS = re.compile(r"\r\n|\r|\n")
PBTXT_ITEM = re.compile(r"\bitem\s*\{")
PBTXT_ID = re.compile(r"\bid\s*:\s*(\d{1,9})\b")
PBTXT_NAME = re.compile(r"""\bname\s*:\s*(["'])(.*?)\1""")
PBTXT_DISPLAY_NAME = re.compile(r"""\bdisplay_name\s*:\s*(["'])(.*?)\1""")  # if present, name is only an identifier

Label = Annotated[str, msgspec.Meta(min_length=1)]
Reading = tuple[str, ...]


class Names(msgspec.Struct, frozen=True):
    """The labels in Ultralytics' data.yaml and metadata.yaml: by class number, or in class order."""

    names: dict[int, Label] | list[Label]


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels found in one place, in all possible readings.

    Attributes:
        readings: the entries in class order, in every possible reading, the likeliest first.
        source: the kind of place.
        place: its name in messages, as a subject.
        is_shared: True if it is a file that is not named after a model.
    """

    readings: tuple[Reading, ...]
    source: Source
    place: str = "its label file"
    is_shared: bool = False

    def __len__(self) -> int:
        """The number of labels in the likeliest reading."""
        return len(self.names(None) or ())

    def names(self, classes: int | None) -> Reading | None:
        """The labels in class order, without a background before them; None if their number is wrong.

        Args:
            classes: the number of classes; None if it is unknown, so that the likeliest reading counts.
        """
        if classes is None:
            first, *others = likeliest = self.readings[0]
            return tuple(others) if first.lower() in BACKGROUNDS else likeliest
        return next((names for names in self._without_background() if len(names) == classes), None)

    def advice(self, model: str) -> str:
        """Advice if the number of labels is wrong; `model` is the model's name."""
        if self.source == "metadata":
            return f"write {model}.txt beside it"
        return f"correct it, or write {model}.txt beside the model," if self.is_shared else "correct it"

    def _without_background(self) -> Iterator[Reading]:
        for reading in self.readings:
            yield reading
            if reading[0].lower() in BACKGROUNDS | OTHER_BACKGROUNDS:
                yield reading[1:]


def read(file: Path) -> bytes:
    """The bytes of a label file, at most one more than `parse` accepts."""
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def parse(name: str, content: bytes) -> tuple[Reading, ...]:
    """The entries of a label file, in class order, in every possible reading, the likeliest first.

    Formats: one label per line; `3 cat` or `3: cat` on every line; the Object Detection API's
    `item { id: 3 name: 'cat' }` with ids from 1; `names` in YAML. A number in front may be part of a name, such as
    `2 euro`, so there are two readings of such lines, and the number of classes decides.

    Args:
        name: the file's name; .yaml or .yml at its end stands for YAML.
        content: its bytes.

    Raises:
        UnusableModel: it is not UTF-8 text, its labels are numbered inconsistently, it has none or too many, or one is
            too long or has control characters.
    """
    if len(content) > MAX_BYTES:
        raise UnusableModel(f"has labels in {name} of more than {MAX_BYTES >> 20} MiB: write one per line and no more.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableModel(f"has labels in {name} that are not UTF-8 text: save one per line as UTF-8.") from None
    if name.lower().endswith((".yaml", ".yml")):
        readings = [_yaml(name, text)]
    elif name.lower().endswith(".pbtxt") or PBTXT_ITEM.match(text.lstrip()):
        readings = _pbtxt(name, text)
    else:
        readings = _lines(text)
    if not any(readings) or (len(readings[0]) == 1 and readings[0][0].lower() in BACKGROUNDS):
        raise UnusableModel(f"has no labels in {name}: write one per line, in the order of the model's classes.")
    for reading in readings:
        check(name, reading)
    return tuple(tuple(UNNAMED if entry.lower() in UNNAMED_TOO else entry for entry in each) for each in readings)


def check(name: str, labels: Reading | list[str]) -> None:
    """Raises UnusableModel if labels exceed the contract's bounds."""
    if len(labels) > MAX_LABELS:
        raise UnusableModel(f"has more than {MAX_LABELS:,} labels in {name}: write one per class.")
    if any(len(label) > MAX_LENGTH for label in labels):
        raise UnusableModel(f"has a label of more than {MAX_LENGTH} characters in {name}: shorten it.")
    if any(unicodedata.category(char) in UNWRITABLE for label in labels for char in label):
        raise UnusableModel(f"has a control character in {name}: write plain text, one label per line.")


def _lines(text: str) -> list[Reading]:
    """The readings of lines: with and without numbers in front, and with empty lines as unnamed classes."""
    every = [line.replace("\t", " ").strip() for line in LINE_ENDS.split(text.rstrip())]
    lines = tuple(line for line in every if line)
    if not 0 < len(lines) <= MAX_LABELS:
        return [lines]
    numbered = [match for line in lines if (match := NUMBERED.fullmatch(line))]
    readings = [lines]
    if len(numbered) == len(lines):
        readings = _numbered([(int(match[1]), match[2].strip()) for match in numbered]) + readings
    if len(every) != len(lines):
        readings.append(tuple(line or UNNAMED for line in every))
    return readings


def _numbered(entries: list[tuple[int, str]]) -> list[Reading]:
    """Names by their numbers, with and without unnamed classes; empty if numbers are part of names."""
    by_number = dict(entries)
    first, last = min(by_number), max(by_number)
    names = tuple(by_number[number] for number in sorted(by_number))
    if len(by_number) != len(entries) or len(set(names)) != len(names) or first > 1 or last > 2 * len(entries) + 1:
        return []
    whole = tuple(by_number.get(number, UNNAMED) for number in range(first, last + 1))
    return [whole] if whole == names else [whole, names]


def _pbtxt(name: str, text: str) -> list[Reading]:
    """Items by their ids; missing ids are unnamed classes, as among the 90 ids of COCO."""
    entries = []
    for item in PBTXT_ITEM.split(text)[1:]:
        number, label = PBTXT_ID.search(item), PBTXT_DISPLAY_NAME.search(item) or PBTXT_NAME.search(item)
        if not number or not label:
            raise UnusableModel(f"has an item without an id or a name in {name}: give every item both.")
        entries.append((int(number[1]), label[2].strip() or UNNAMED))
    by_number = dict(entries)
    if len(by_number) != len(entries):
        raise UnusableModel(f"has two labels of one number in {name}: number them once each.")
    if not entries:
        return [()]
    first, last = min(by_number), max(by_number)
    if first > 1 or last > len(entries) + 1000:
        raise UnusableModel(f"has labels numbered from {first} to {last} in {name}: number them from 0 or 1.")
    whole = tuple(by_number.get(number, UNNAMED) for number in range(first, last + 1))
    return [whole, tuple(by_number[number] for number in sorted(by_number))]


def _yaml(name: str, text: str) -> Reading:
    """The `names` of a file that Ultralytics writes or trains from."""
    try:
        found = decode_yaml(text, Names).names
    except ValueError:
        raise UnusableModel(f"has no labels in {name}: write them there under `names`, in class order.") from None
    return in_order(found) or ()


def in_order(names: dict[int, str] | list[str]) -> Reading | None:
    """Labels in class order; None if they are not numbered from 0."""
    if isinstance(names, list):
        return tuple(names)
    if sorted(names) != list(range(len(names))):
        return None
    return tuple(names[number] for number in range(len(names)))

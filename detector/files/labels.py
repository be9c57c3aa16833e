"""Label files as they are found beside and inside public models."""

import re
from pathlib import Path

from detector.errors import UnusableModel

# What a first entry that stands for no class is called.
PLACEHOLDERS = {"???", "background", "__background__"}
OTHER_PLACEHOLDERS = {"unlabeled", "unlabelled", "none", "n/a", "bg", "_background_"}
SUFFIXES = (".txt", ".pbtxt")

NUMBERED = re.compile(r"\s*(\d{1,9})[\s:,]+(\S.*)")
PBTXT_ITEM = re.compile(r"item\s*\{(.*?)\}", re.DOTALL)
PBTXT_ID = re.compile(r"\bid\s*:\s*(\d{1,9})\b")
PBTXT_NAME = re.compile(r"""\bname\s*:\s*(["'])(.*?)\1""")
PBTXT_DISPLAY_NAME = re.compile(r"""\bdisplay_name\s*:\s*(["'])(.*?)\1""")  # where given, name is but an identifier


def beside(model: Path) -> Path | None:
    """The label file of a model: the same name with .txt or .pbtxt, if there is one."""
    return next((file for suffix in SUFFIXES if (file := model.with_suffix(suffix)).is_file()), None)


def read(file: Path) -> tuple[str, ...]:
    """The labels in a file; see parse."""
    return parse(file.name, file.read_bytes())


def parse(name: str, content: bytes) -> tuple[str, ...]:
    """The entries of a file's content, in class order; the first may stand for the background.

    Understood are one label a line, `3 cat` or `3: cat` on every line, and the Object Detection API's
    `item { id: 3 name: 'cat' }` with ids from 1.

    Args:
        name: the file's; .pbtxt at its end stands for items.
        content: its bytes.

    Raises:
        UnusableModel: it is not UTF-8 text, holds no label, or numbers its labels inconsistently.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableModel(f"has labels in {name} that are not UTF-8 text: save them as UTF-8, one a line.") from None
    labels = _pbtxt(name, text) if name.endswith(".pbtxt") else _lines(name, text)
    if not labels or (len(labels) == 1 and labels[0].lower() in PLACEHOLDERS):
        raise UnusableModel(f"has no labels in {name}: write one a line, in the order of the model's classes.")
    return tuple(labels)


def without_background(entries: tuple[str, ...], classes: int | None) -> tuple[str, ...]:
    """The labels without a first entry that stands for no class.

    What could be a class, too, stays where the number of classes asks for it.

    Args:
        entries: as parse gives them.
        classes: how many there are; None where that is not known.
    """
    first = entries[0].lower()
    if first in PLACEHOLDERS and len(entries) != classes:
        return entries[1:]
    if first in OTHER_PLACEHOLDERS and len(entries) - 1 == classes:
        return entries[1:]
    return entries


def _lines(name: str, text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbered = [NUMBERED.fullmatch(line) for line in lines]
    if not all(numbered):
        return lines
    return _in_order(name, [(int(match[1]), match[2].strip()) for match in numbered if match])


def _pbtxt(name: str, text: str) -> list[str]:
    entries = []
    for item in PBTXT_ITEM.findall(text):
        number, label = PBTXT_ID.search(item), PBTXT_DISPLAY_NAME.search(item) or PBTXT_NAME.search(item)
        if not number or not label:
            raise UnusableModel(f"has an item without an id or a name in {name}: give every item both.")
        entries.append((int(number[1]), label[2]))
    return _in_order(name, entries)


def _in_order(name: str, entries: list[tuple[int, str]]) -> list[str]:
    """Labels by number; numbers left out in between become placeholders, as in the 90 ids of COCO."""
    by_number = dict(entries)
    if len(by_number) != len(entries):
        raise UnusableModel(f"has two labels of one number in {name}: number them once each.")
    if not entries:
        return []
    first, last = min(by_number), max(by_number)
    if first > 1 or last >= len(entries) + 1000:
        raise UnusableModel(f"has labels numbered from {first} to {last} in {name}: number them from 0 or 1.")
    return [by_number.get(number, "???") for number in range(first, last + 1)]

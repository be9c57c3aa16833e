"""Photos and annotations, written file by file."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image


def photo(file: Path, width: int = 40, height: int = 20) -> None:
    """Writes a grey photo."""
    file.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(file), np.full((height, width, 3), 128, np.uint8))


def text(file: Path, words: str) -> None:
    """Writes a text file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(words, "utf-8")


def voc_xml(name: str, width: int, height: int, *boxes: tuple[int, ...], difficult: int = 0) -> str:
    """A Pascal VOC file; `difficult` is the last box's flag."""
    objects = []
    for number, (x0, y0, x1, y1) in enumerate(boxes, 1):
        box = f"<bndbox><xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax></bndbox>"
        flag = difficult if number == len(boxes) else 0
        objects.append(f"<object><name>cup</name><difficult>{flag}</difficult>{box}</object>")
    size = f"<size><width>{width}</width><height>{height}</height></size>"
    return f"<annotation><filename>{name}</filename>{size}{''.join(objects)}</annotation>"


def write_coco(file: Path, images: list[dict[str, Any]], annotations: list[dict[str, Any]]) -> None:
    """Writes a COCO file with the category cup, whose id is 1."""
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cup"}]}
    text(file, json.dumps(content))


def compressed(runs: list[int]) -> str:
    """Runs of a mask as COCO compresses them."""
    characters = []
    for index, run in enumerate(runs):
        value = run - runs[index - 2] if index > 2 else run
        more = True
        while more:
            bits, value = value & 0x1F, value >> 5
            more = value != (-1 if bits & 0x10 else 0)
            characters.append(chr((bits | 0x20 if more else bits) + 48))
    return "".join(characters)


def write_turned(file: Path, upright: Any, orientation: int) -> None:
    """Writes a photo that is stored turned, with the EXIF orientation that turns it upright."""
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's operations that undo each orientation
    image = Image.fromarray(upright)
    stored = image.transpose(Image.Transpose(turns[orientation])) if orientation in turns else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(file, exif=exif, quality=95)

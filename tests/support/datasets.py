"""Writes labelled photos in the layouts that annotation tools export."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import cv2
import numpy as np
import yaml


@dataclass(frozen=True)
class Labelled:
    """A photo to write.

    Attributes:
        part: train or val.
        name: file name.
        width, height: pixels.
        boxes: label index and left, top, right, bottom, pixels, per box.
    """

    part: str
    name: str
    width: int
    height: int
    boxes: tuple[tuple[int, tuple[int, int, int, int]], ...]

    @property
    def stem(self) -> str:
        """The name without suffix."""
        return Path(self.name).stem

    def yolo(self) -> str:
        """Lines of class and box in fractions."""
        lines = []
        for index, (x0, y0, x1, y1) in self.boxes:
            middle = (x0 + x1) / 2 / self.width, (y0 + y1) / 2 / self.height
            sides = (x1 - x0) / self.width, (y1 - y0) / self.height
            lines.append(" ".join([str(index), *(f"{number:.6f}" for number in (*middle, *sides))]))
        return "\n".join(lines)


Photos = list[Labelled]
Names = list[str]


def write_photo(file: Path, width: int, height: int) -> None:
    """Writes a grey photo."""
    file.parent.mkdir(parents=True, exist_ok=True)
    ok, packed = cv2.imencode(".jpg", np.full((height, width, 3), 128, np.uint8))
    assert ok
    file.write_bytes(packed.tobytes())


def write_text(file: Path, text: str) -> None:
    """Writes a text as Windows tools do: with a byte order mark and their line ends."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())


def _yolo(folder: Path, photos: Photos, images: str, labels: str) -> None:
    for photo in photos:
        write_photo(folder / images.format(part=photo.part) / photo.name, photo.width, photo.height)
        write_text(folder / labels.format(part=photo.part) / f"{photo.stem}.txt", photo.yolo())


def yolo_parts_outside(folder: Path, photos: Photos, names: Names) -> None:
    """train/images and train/labels."""
    _yolo(folder, photos, "{part}/images", "{part}/labels")
    write_text(folder / "labels.txt", "\n".join(names))


def yolo_parts_inside(folder: Path, photos: Photos, names: Names) -> None:
    """images/train and labels/train, names in a data.yaml without paths."""
    _yolo(folder, photos, "images/{part}", "labels/{part}")
    write_text(folder / "data.yaml", yaml.safe_dump({"nc": len(names), "names": names}, allow_unicode=True))


def yolo_beside(folder: Path, photos: Photos, names: Names) -> None:
    """Text files beside the photos, as labelImg leaves them, one folder deeper."""
    _yolo(folder, photos, "export/{part}", "export/{part}")
    write_text(folder / "export" / "classes.txt", "\n".join(names) + "\n\n")


def roboflow_yolo(folder: Path, photos: Photos, names: Names) -> None:
    """Roboflow's data.yaml, whose paths begin one folder too high."""
    _yolo(folder, photos, "{part}/images", "{part}/labels")
    content = {"train": "../train/images", "val": "../val/images", "nc": len(names), "names": names}
    write_text(folder / "data.yaml", yaml.safe_dump(content, allow_unicode=True))


def ultralytics_folders(folder: Path, photos: Photos, names: Names) -> None:
    """A data.yaml with the path of another machine, lists of folders, and names by number in alphabetical order."""
    _yolo(folder, photos, "images/{part}2017", "labels/{part}2017")
    numbered = {str(number): names[number] for number in sorted(range(len(names)), key=str)}
    content = {"path": "/home/me/datasets/mine", "train": ["images/train2017"], "val": "images/val2017"}
    write_text(folder / "mine.yaml", yaml.safe_dump({**content, "names": numbered}, allow_unicode=True))


def ultralytics_lists(folder: Path, photos: Photos, names: Names) -> None:
    """CVAT's Ultralytics export: data.yaml names lists of photos."""
    _yolo(folder, photos, "images/{part}", "labels/{part}")
    for part in ("train", "val"):
        lines = [f"data/images/{part}/{photo.name}" for photo in photos if photo.part == part]
        write_text(folder / f"{part}.txt", "\n".join(lines))
    content = {"path": ".", "train": "train.txt", "val": "val.txt", "names": dict(enumerate(names))}
    write_text(folder / "data.yaml", yaml.safe_dump(content, allow_unicode=True))


def darknet(folder: Path, photos: Photos, names: Names) -> None:
    """CVAT's YOLO 1.1 export."""
    _yolo(folder, photos, "obj_{part}_data", "obj_{part}_data")
    write_text(folder / "obj.names", "\n".join(names))
    settings = {"classes": len(names), "train": "data/train.txt", "valid": "data/valid.txt", "names": "data/obj.names"}
    write_text(folder / "obj.data", "\n".join(f"{key} = {value}" for key, value in settings.items()))
    for part, file in (("train", "train.txt"), ("val", "valid.txt")):
        lines = [f"data\\obj_{part}_data\\{photo.name}" for photo in photos if photo.part == part]
        write_text(folder / file, "\n".join(lines))


def _coco(photos: Photos, names: Names, prefix: str) -> str:
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for number, photo in enumerate(photos, 7):
        size = {"width": photo.width, "height": photo.height}
        images.append({"id": number, "file_name": f"{prefix}{photo.name}", **size})
        for index, (x0, y0, x1, y1) in photo.boxes:
            box = {"bbox": [x0, y0, x1 - x0, y1 - y0], "category_id": 3 * index + 2}  # ids have gaps
            annotations.append({"id": len(annotations), "image_id": number, "iscrowd": 0, **box})
    categories = [{"id": 3 * index + 2, "name": name} for index, name in enumerate(names)]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories[::-1]})


def coco(folder: Path, photos: Photos, names: Names) -> None:
    """COCO's own layout."""
    for photo in photos:
        write_photo(folder / f"{photo.part}2017" / photo.name, photo.width, photo.height)
    for part in ("train", "val"):
        chosen = [photo for photo in photos if photo.part == part]
        file = folder / "annotations" / f"instances_{part}2017.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(_coco(chosen, names, ""), "utf-8")


def roboflow_coco(folder: Path, photos: Photos, names: Names) -> None:
    """A JSON file beside the photos of each part, with file names from another machine."""
    for photo in photos:
        write_photo(folder / photo.part / photo.name, photo.width, photo.height)
    for part in ("train", "val"):
        chosen = [photo for photo in photos if photo.part == part]
        file = folder / part / "_annotations.coco.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(_coco(chosen, names, "C:\\Users\\me\\upload\\"), "utf-8")


def _voc(photo: Labelled, names: Names, path: str) -> str:
    objects = []
    for index, (x0, y0, x1, y1) in photo.boxes:
        box = f"<bndbox><ymin>{y0}</ymin><xmin>{x0}</xmin><xmax>{x1}</xmax><ymax>{y1}</ymax></bndbox>"
        objects.append(f"<object><name>{escape(names[index])}</name><difficult>0</difficult>{box}</object>")
    size = f"<size><width>{photo.width}</width><height>{photo.height}</height><depth>3</depth></size>"
    return f"<annotation><filename>{escape(path)}</filename>{size}{''.join(objects)}</annotation>"


def voc(folder: Path, photos: Photos, names: Names) -> None:
    """Pascal VOC's own layout."""
    for photo in photos:
        write_photo(folder / "VOC2007" / "JPEGImages" / photo.name, photo.width, photo.height)
        write_text(folder / "VOC2007" / "Annotations" / f"{photo.stem}.xml", _voc(photo, names, photo.name))
    for part in ("train", "val"):
        lines = [photo.stem for photo in photos if photo.part == part]
        write_text(folder / "VOC2007" / "ImageSets" / "Main" / f"{part}.txt", "\n".join(lines))


def voc_beside(folder: Path, photos: Photos, names: Names) -> None:
    """LabelImg's XML files beside the photos, with a file name from another machine."""
    for photo in photos:
        write_photo(folder / photo.part / photo.name, photo.width, photo.height)
        text = _voc(photo, names, f"D:\\photos\\{photo.name}")
        write_text(folder / photo.part / f"{photo.stem}.xml", text)


def cvat(folder: Path, photos: Photos, names: Names) -> None:
    """CVAT's XML for images."""
    labels = "".join(f"<label><name>{escape(name)}</name></label>" for name in names)
    images = []
    for photo in photos:
        write_photo(folder / "images" / photo.part / photo.name, photo.width, photo.height)
        boxes = "".join(
            f'<box label={quoteattr(names[index])} xtl="{x0}" ytl="{y0}" xbr="{x1}" ybr="{y1}"/>'
            for index, (x0, y0, x1, y1) in photo.boxes
        )
        size = f'width="{photo.width}" height="{photo.height}"'
        images.append(f"<image name={quoteattr(photo.name)} subset={quoteattr(photo.part)} {size}>{boxes}</image>")
    meta = f"<meta><task><labels>{labels}</labels></task></meta>"
    write_text(folder / "annotations.xml", f"<annotations>{meta}{''.join(images)}</annotations>")


Write = Callable[[Path, Photos, Names], None]

# By layout: its format, and a flag that its files give the classes' order.
LAYOUTS: dict[str, tuple[Write, str, bool]] = {
    "YOLO, parts outside": (yolo_parts_outside, "yolo", True),
    "YOLO, parts inside": (yolo_parts_inside, "yolo", True),
    "YOLO, beside the photos": (yolo_beside, "yolo", True),
    "YOLO of Roboflow": (roboflow_yolo, "ultralytics", True),
    "Ultralytics, folders": (ultralytics_folders, "ultralytics", True),
    "Ultralytics, lists": (ultralytics_lists, "ultralytics", True),
    "darknet": (darknet, "darknet", True),
    "COCO": (coco, "coco", True),
    "COCO of Roboflow": (roboflow_coco, "coco", True),
    "Pascal VOC": (voc, "voc", False),
    "Pascal VOC, beside the photos": (voc_beside, "voc", False),
    "CVAT": (cvat, "cvat", True),
}

"""Searches for inputs that a reader does not expect, guided by the code that they reach: `scripts/fuzz`.

`python -m tests.support.fuzz TARGET FOLDER [OPTION …]` starts from the files in a folder, adds to them those that reach
something new, and fails with the first one that is not refused as it should be. The options are libFuzzer's.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["detector", "web", "werkzeug"]):
    from detector.errors import ImageTooLarge, UnreadableImage, UnusableModel
    from detector.files import metadata
    from detector.files.kind import check_kind
    from detector.images import ImageLimits, decode_scaled
    from detector.tflite import Graph, custom_operations
    from tests.support.hostile import mutations
    from tests.support.hostile_requests.documents import document
    from tests.support.server import ROOT
    from web.contract import Contract
    from web.problems.problem import Refusal
    from web.validation.validators import reader

FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nphoto\r\n--x--\r\n'
CONTRACT = Contract.read(ROOT / "openapi.yml")
LIMITS = ImageLimits(pixels=4_000_000)  # more would only take longer
BODIES = {
    operation.id: {media_type: reader(media_type, content, CONTRACT) for media_type, content in operation.body.items()}
    for operation in CONTRACT.operations
}


def photos(data: bytes) -> None:
    """Decodes a photo, or refuses it in one of two ways."""
    with suppress(UnreadableImage, ImageTooLarge):
        decode_scaled(data, LIMITS, lambda _width, _height: 8)


def documents(data: bytes) -> None:
    """Reads JSON that the contract allows, or refuses it."""
    for operation in ("detectBatch", "predict"):
        with suppress(Refusal):
            BODIES[operation]["application/json"](data, "application/json")


def forms(data: bytes) -> None:
    """Reads a form that the contract allows, or refuses it."""
    with suppress(Refusal):
        BODIES["predictUpload"]["multipart/form-data"](data, "multipart/form-data; boundary=x")


def models(data: bytes) -> None:
    """Reads a model file, or refuses it, in little time and memory; detector/serving/trial.py bounds the rest."""
    try:
        check_kind(data)
    except UnusableModel:
        return
    for read in (metadata.read, custom_operations, Graph.parse):
        with suppress(Exception):  # as in a trial, whatever a reader raises refuses the file
            read(data)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "photos": photos,
    "documents": documents,
    "forms": forms,
    "models": models,
}


def seeds(target: str) -> list[bytes]:
    """Valid inputs of a target, from which others are derived."""
    if target == "photos":
        return list(mutations.samples().values())
    if target == "documents":
        return [str(document(path, b"photo")).replace("'", '"').encode() for path in ("/", "/predict")]
    return [FORM] if target == "forms" else [(ROOT / "models" / "safetycone.tflite").read_bytes()]


def main(target: str, folder: Path, *options: str) -> None:
    """Searches for as long as the options say."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(target)):
        (folder / f"seed-{number}").write_bytes(seed)
    atheris.Setup([sys.argv[0], str(folder), *options], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])

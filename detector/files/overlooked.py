"""Explains why files in a folder of models are not served, although perhaps meant to be."""

from collections.abc import Iterator
from pathlib import Path

from detector.files.kind import HEAD, SIGNATURE, TFLITE, kind

SUFFIX = ".tflite"
MODEL = f"model{SUFFIX}"  # the name of a model in a folder of its own

# The ends of names of models for other runtimes, and of archives, in lower case.
OTHERS = (
    *(
        ".onnx",
        ".pt",
        ".pth",
        ".ckpt",
        ".safetensors",
        ".h5",
        ".hdf5",
        ".keras",
        ".pb",
        ".mlmodel",
        ".param",
        ".weights",
    ),
    *(".engine", ".trt", ".rknn", ".hef", ".kmodel", ".ort", ".pte", ".gguf", ".task", ".lite", ".tfl"),
    *(".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"),
)
MAX_ENTRIES = 100  # of the folder that are examined
MAX_BYTES = 1 << 30  # of a file that is read to recognise it


def find_overlooked(folder: Path) -> Iterator[str]:
    """Sentences about entries of a folder, by name; skips hidden ones.

    Raises:
        OSError: the folder cannot be read.
    """
    for entry in sorted(folder.iterdir())[:MAX_ENTRIES]:
        if not entry.name.startswith("."):
            try:
                sentence = _sentence(entry)
            except OSError:
                sentence = "cannot be read: let the service's user read it."
            if sentence:
                yield f"{entry.name} {sentence}"


def _sentence(entry: Path) -> str | None:
    """A sentence without its subject about an entry that is not served; None if it is, or if it is no model."""
    suffix = entry.suffix.lower()
    if entry.is_dir():
        return _folder(entry)
    if suffix == SUFFIX and entry.is_symlink() and not entry.exists():
        return "is a link to a file that is not there: link it to the model's file."
    if entry.suffix == SUFFIX or not entry.is_file():
        return None
    with entry.open("rb") as file:
        beginning = file.read(HEAD)
        if beginning[SIGNATURE] == TFLITE:
            return f"is a TFLite model under another name: rename it to {entry.stem}{SUFFIX}."
        if suffix not in (SUFFIX, *OTHERS) or entry.stat().st_size > MAX_BYTES:
            return None
        return kind(beginning + file.read())


def _folder(entry: Path) -> str | None:
    """A sentence without its subject about a sub-folder; None if it has no model."""
    if (entry / "saved_model.pb").is_file():
        return "is a TensorFlow SavedModel: convert it to TFLite."
    if entry.suffix.lower() == ".mlpackage":
        return "is a CoreML model: convert it to TFLite."
    if entry.suffix.lower() == SUFFIX:
        return "is a folder and not a model: put the model's file in its place."
    models = sorted(path.name for path in entry.glob(f"*{SUFFIX}"))
    if models and MODEL not in models:
        more = f" and {len(models) - 1} more" if len(models) > 1 else ""
        return f"is a folder with {models[0]}{more} in it: rename a file there to {MODEL}, to serve it as {entry.name}."
    return None

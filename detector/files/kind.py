"""Recognises files that are named .tflite but are something else."""

import io
import re
import zipfile

from detector.errors import UnusableModel

SIGNATURE = slice(4, 8)  # of the format, in a file's bytes
TFLITE = b"TFL3"
HEAD = 4096  # bytes at a file's beginning that suffice to recognise text and archives

CONVERT = "convert it to TFLite."
UNPACK = "unpack it, and put the .tflite file into the folder."
WEIGHTS = "export the model that they belong to as TFLite."
POINTER = "get the file again with"

# The beginnings of other files, what they are, and what to do. The first match counts.
KINDS = {
    rb"$": "is empty: get the file again.",
    rb"version https://git-lfs": f"is a git-lfs pointer and not the model itself: {POINTER} git lfs pull.",
    rb"(\.\./)*(\.git/|/)annex/objects/": f"is a git-annex pointer and not the model itself: {POINTER} git annex get.",
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?i:<!doctype html|<html|<head|<body)": (
        "is a web page and not a model: get the file itself, not the page about it."
    ),
    rb"\s*(?:<\?xml.{0,200}?)?<net\b": f"is an OpenVINO model: {CONVERT}",
    rb"\s*<": "is XML and not a model: get the model's file.",
    rb"\xff\xd8\xff|\x89PNG|RIFF|GIF8|II\*\x00|MM\x00\*": "is an image and not a model: get the model's file.",
    rb"%PDF": "is a PDF and not a model: get the model's file.",
    rb"\x1f\x8b": f"is a gzip archive and not a model: {UNPACK}",
    rb"BZh|\xfd7zXZ|7z\xbc\xaf|Rar!|\x28\xb5\x2f\xfd|.{257}ustar": f"is an archive and not a model: {UNPACK}",
    rb"\x00\x05\x16\x07": "is what macOS keeps beside a file: get the file without ._ before its name.",
    rb"\x89HDF": f"is a Keras model in HDF5: {CONVERT}",
    rb"GGUF": "is a GGUF file, for language models: bring a detector in TFLite.",
    rb".{7}\x00\{\"": f"holds safetensors, weights alone: {WEIGHTS}",
    rb"\x80[\x02-\x05]": f"is a Python pickle, as PyTorch saves weights: {WEIGHTS}",
    rb"\x00\x00\x00\x00[\x01\x02]\x00\x00\x00.\x00\x00\x00": f"holds Darknet's weights: {WEIGHTS}",
    rb"7767517\s|\xdd\x85\x76\x00": f"is an NCNN model: {CONVERT}",
    rb"ftrt|ptrt": "is a TensorRT engine, for one NVIDIA GPU: use the model that it was built from, as TFLite.",
    rb"\x01HEF": "is compiled for a Hailo accelerator: use the model that it was compiled from, as TFLite.",
    rb"RKNN|CYPTRKNN": "is compiled for a Rockchip NPU: use the model that it was compiled from, as TFLite.",
    rb"LDMK|KMDL": "is compiled for a Kendryte accelerator: use the model that it was compiled from, as TFLite.",
    rb".{4}ORTM": f"is an ONNX Runtime model: {CONVERT}",
    rb".{4}ET\d\d": f"is an ExecuTorch model: {CONVERT}",
    rb"LITERTLM": "is a LiteRT-LM bundle, for language models: bring a detector.",
    rb"\x08\x01\x12.{0,4}\n.{0,3000}?(?:tensorflow|Placeholder|serve|\x12.Const)": (
        "is a TensorFlow SavedModel's graph: convert the whole SavedModel to TFLite."
    ),
    rb"\n.{1,2}\n.{1,2}[\w/.:-]+\x12.[A-Z]\w+": f"is a frozen TensorFlow graph: {CONVERT}",
    rb"\x08[\x01-\x0f]\x12(?:[\x00-\x7f]|[\x80-\xff]{1,3}[\x00-\x7f])\n": f"is a CoreML model: {CONVERT}",
    rb"\x08[\x01-\x14][\x12\x1a\x22\x28\x32\x3a\x42]": f"is an ONNX model: {CONVERT}",
    rb"\x7fELF|MZ.{58,}?PE\x00\x00|[\xcf\xce]\xfa\xed\xfe": "is a program and not a model: get the model's file.",
    rb"\s*\{.{0,2000}?\"(?:modelTopology|weightsManifest)\"": f"is a TensorFlow.js model: {CONVERT}",
    rb"[\t\n\r\x20-\x7e]*?\[(?:net|convolutional)\]": "is a Darknet configuration: get the model's file.",
    rb"[\t\n\r\x20-\x7e]*?(?:0x[0-9a-fA-F]{1,2},\s*){8}": (
        "is source code that holds a model, for microcontrollers: get the .tflite file that it was made from."
    ),
    rb"[\t\n\r\x20-\x7e]{64}|[\t\n\r\x20-\x7e]+$": "is a text and not a model: get the model's file.",
}

# Files that identify a zip archive, by the ends of their names.
ARCHIVES = {
    "data.pkl": f"is a PyTorch model: {CONVERT}",
    "constants.pkl": f"is a TorchScript model: {CONVERT}",
    "model.weights.h5": f"is a Keras model: {CONVERT}",
    "saved_model.pb": "is a zip archive with a SavedModel: unpack it, and convert the SavedModel to TFLite.",
    ".mlmodel": f"is a CoreML model: {CONVERT}",
    ".npy": f"is an archive of NumPy arrays: {WEIGHTS}",
}
MODELS = (".tflite", ".lite")
MAX_ENTRIES = 1000  # of an archive that are examined
MAX_NAME = 80  # characters of a name that a sentence repeats


def check_kind(content: bytes) -> None:
    """Raises UnusableModel if these bytes do not begin like a TFLite model."""
    if content[SIGNATURE] != TFLITE:
        raise UnusableModel(kind(content))


def kind(content: bytes) -> str:
    """A sentence without its subject: what these bytes are instead of a TFLite model, and what to do."""
    if content.startswith(b"PK\3\4"):
        return _archive(content)
    for beginning, sentence in KINDS.items():
        if re.match(beginning, content[:HEAD], re.DOTALL):
            return sentence
    return "is not a TFLite model, for it lacks the format's signature: get or export the file again."


def _archive(content: bytes) -> str:
    """A sentence without its subject about a zip archive, by the files in it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [entry.filename for entry in archive.infolist()[:MAX_ENTRIES] if not entry.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "is a zip archive that is damaged or cut short: get the file again."
    models = [name for name in names if name.lower().endswith(MODELS) and not name.startswith("__MACOSX/")]
    if models:
        return f"is a zip archive with {_listed(models)} in it: {UNPACK}"
    for end, sentence in ARCHIVES.items():
        if any(name.endswith(end) for name in names):
            return sentence
    return "is a zip archive without a .tflite file in it: get the model's file."


def _listed(names: list[str]) -> str:
    """The first few of some names, made safe for a sentence."""
    shown = ["".join(char for char in name[-MAX_NAME:] if char.isprintable()) for name in names[:3]]
    return ", ".join(shown) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

"""What bytes are that are no TFLite model: people name all kinds of files .tflite."""

import re

from detector.errors import UnusableModel

SIGNATURE = slice(4, 8)  # of the format, in a file's bytes
TFLITE = b"TFL3"

# How other files begin, what they are, and what to do.
KINDS = {
    rb"$": "is empty: get the file again.",
    rb"version https://git-lfs": "is a git-lfs pointer and not the model itself: get the file again with git lfs pull.",
    rb"\s*(?i:<!doctype|<html|<\?xml)": "is a web page and not a model: get the file itself, not the page about it.",
    rb"\xff\xd8\xff|\x89PNG|RIFF": "is a picture and not a model: get the model's file.",
    rb"PK\x03\x04": "is a zip archive and not a model: unpack it.",
    rb"\x1f\x8b": "is a gzip archive and not a model: unpack it.",
    rb"\x89HDF": "is a Keras model in HDF5: convert it to TFLite.",
    rb"[\t\n\r\x20-\x7e]{64}|[\t\n\r\x20-\x7e]+$": "is a text and not a model: get the model's file.",
}


def check_kind(content: bytes) -> None:
    """Raise UnusableModel where these bytes do not begin as a TFLite model does."""
    if content[SIGNATURE] == TFLITE:
        return
    for beginning, sentence in KINDS.items():
        if re.match(beginning, content[:512], re.DOTALL):
            raise UnusableModel(sentence)
    raise UnusableModel("is not a TFLite model, for it lacks the format's signature: get or export the file again.")

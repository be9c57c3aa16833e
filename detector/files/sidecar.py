"""Reads a sidecar: NAME.yml or NAME.yaml beside NAME.tflite, with facts that the model file itself lacks."""

import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta, field

from detector.errors import UnusableModel
from detector.files.labels import MAX_LABELS, MAX_LENGTH, check
from detector.files.yaml_file import decode_yaml

MAX_BYTES = 1 << 20  # far more than the facts need; some YAML takes a thousand times its size to read


class Normalisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The model's normalisation of pixels, 0..255: (pixel - mean) / std.

    One number holds for all channels; three are for the input's channels, in its own order.
    """

    mean: float | tuple[float, float, float]
    std: float | tuple[float, float, float]

    def __post_init__(self) -> None:
        if not (np.isfinite(self.mean).all() and np.isfinite(self.std).all() and np.greater(self.std, 0).all()):
            raise ValueError("mean and std must be finite and std above 0")


Label = Annotated[str, Meta(min_length=1, max_length=MAX_LENGTH)]
Sentence = Annotated[str, Meta(min_length=1, max_length=1000)]
Side = Annotated[float, Meta(gt=0)]  # of an anchor, input pixels
Fraction = Annotated[float, Meta(ge=0, le=1)]


class Defaults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Defaults of a caller's options; named and bounded as in the contract."""

    score_th: Fraction | None = None
    nms_iou: Fraction | None = None
    nms: Literal["per_class", "agnostic"] | None = None
    max_results: Annotated[int, Meta(ge=1, le=300)] | None = field(name="maxResults", default=None)
    min_height: Fraction | None = None
    min_width: Fraction | None = None
    max_height: Fraction | None = None
    max_width: Fraction | None = None

    def __post_init__(self) -> None:
        for side, minimum, maximum in (
            ("height", self.min_height, self.max_height),
            ("width", self.min_width, self.max_width),
        ):
            if minimum is not None and maximum is not None and minimum > maximum:
                raise ValueError(f"max_{side} must not be less than min_{side}")


class Sidecar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The facts that a sidecar may state; each is optional."""

    family: str | None = None
    labels: Annotated[tuple[Label, ...], Meta(min_length=1, max_length=MAX_LABELS)] | None = None
    strides: tuple[Annotated[int, Meta(ge=1)], ...] | None = None
    anchors: Annotated[tuple[tuple[Side, Side], ...], Meta(min_length=1, max_length=100)] | None = None
    channels: Literal["rgb", "bgr"] | None = None
    layout: Literal["stretch", "letterbox", "corner"] | None = None
    normalisation: Normalisation | None = None
    defaults: Defaults = Defaults()
    origin: Sentence | None = None
    licence: Sentence | None = None


# The parts of a sidecar with fields of their own, by their place in msgspec's errors.
PARTS: dict[str, type[msgspec.Struct]] = {"": Sidecar, "defaults": Defaults, "normalisation": Normalisation}
UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.*?)`(?: - at `\$\.(\w+)`)?")


def read(file: Path | None) -> Sidecar:
    """The facts in a sidecar.

    Args:
        file: the sidecar; None if the model has none.

    Raises:
        UnusableModel: it is too large, is not YAML, or states other facts.
    """
    if file is None:
        return Sidecar()
    with file.open("rb") as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise UnusableModel(f"has a sidecar {file.name} of more than {MAX_BYTES >> 20} MiB: write less into it.")
    try:
        stated = decode_yaml(content, Sidecar | None) or Sidecar()  # type: ignore[arg-type]  # mypy wants a class
    except ValueError as error:
        raise UnusableModel(f"has a sidecar {file.name} that cannot be used: {_sentence(str(error))}.") from None
    check(file.name, stated.labels or ())
    return stated


def _sentence(error: str) -> str:
    """An error of msgspec; if that is about an unknown field, the fields that there may be instead."""
    unknown = UNKNOWN_FIELD.fullmatch(error)
    if not unknown:
        return " ".join(error.split())  # YAML's errors have several lines
    name, place = unknown[1], unknown[2] or ""
    names = ", ".join(each.encode_name for each in msgspec.structs.fields(PARTS[place]))
    return f"{name} is unknown; {place or 'a sidecar'} may have {names}"

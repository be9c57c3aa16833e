"""NAME.yml beside NAME.tflite: what the model file itself does not say."""

from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np

from detector.errors import UnusableModel


class Normalisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How pixels, 0..255, become what the model was trained on: (pixel - mean) / std.

    One number holds for all channels; three are for the input's channels, in its own order.
    """

    mean: float | tuple[float, float, float]
    std: float | tuple[float, float, float]

    def __post_init__(self) -> None:
        if not (np.isfinite(self.mean).all() and np.isfinite(self.std).all() and np.greater(self.std, 0).all()):
            raise ValueError("mean and std must be finite and std above 0")


class Sidecar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The facts that a sidecar may state; each is optional."""

    family: str | None = None
    strides: tuple[Annotated[int, msgspec.Meta(ge=1)], ...] | None = None
    normalisation: Normalisation | None = None


def read(model: Path) -> Sidecar:
    """The sidecar of a model file; an empty one where there is none.

    Raises:
        UnusableModel: it is not YAML or states something else than these facts.
    """
    file = model.with_suffix(".yml")
    if not file.is_file():
        return Sidecar()
    try:
        return msgspec.yaml.decode(file.read_bytes(), type=Sidecar)
    except msgspec.MsgspecError as error:
        raise UnusableModel(f"has a sidecar {file.name} that cannot be used: {error}.") from None

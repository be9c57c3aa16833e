"""What the SSD families have in common."""

import numpy as np

from detector.modelfile import ModelFile
from detector.sidecar import Normalisation
from detector.tensors import ImageInput

FLOAT_NORMALISATION = Normalisation(mean=127.5, std=127.5)  # the Object Detection API's, for float inputs


def ssd_input(file: ModelFile) -> ImageInput:
    """The input; where it is quantised it takes pixels as they are, whatever its scale.

    Raises:
        UnusableModel: there is no single picture input.
    """
    tensor = file.rgb_input()
    if np.issubdtype(tensor.dtype, np.integer):
        return ImageInput(tensor, file.sidecar.normalisation)
    return file.image_input(FLOAT_NORMALISATION)

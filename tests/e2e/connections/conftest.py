"""A photo that keeps a server busy."""

import cv2
import numpy as np
import pytest


@pytest.fixture(scope="module")
def large_photo() -> bytes:
    """A photo of few bytes that takes tens of milliseconds."""
    _, data = cv2.imencode(".png", np.full((1500, 2000, 3), 128, np.uint8))
    return data.tobytes()

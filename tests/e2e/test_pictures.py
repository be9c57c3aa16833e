"""The README's pictures show what the service does today."""

from pathlib import Path

import numpy as np
import pytest

from tests.e2e import picture
from tests.e2e.swagger_ui import CHROMIUM
from tests.server import Server

# How it is taken, and how far it may be from the one in the repository, of 255; browsers may have other fonts.
PICTURES = {
    picture.ANNOTATED: (picture.annotated, 1),
    picture.SCREEN: (picture.screen, 6),
}


@pytest.mark.parametrize("name", PICTURES)
def test_is_up_to_date(name: str, server: Server, tmp_path: Path) -> None:
    """A picture looks as it would if it were taken now; else `python -m tests.e2e.picture` takes it anew."""
    take, tolerance = PICTURES[name]
    if name == picture.SCREEN and CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    take(server, tmp_path)
    shown = picture.coarse(picture.FOLDER / name)
    taken = picture.coarse(tmp_path / name, size=shown.shape[1::-1])
    assert np.abs(shown - taken).mean() < tolerance

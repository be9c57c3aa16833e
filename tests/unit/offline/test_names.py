"""A photo's name opens the photo, whatever its path consists of."""

import os
from pathlib import Path

import pytest

from offline.names import name_of, path_of

ODD = [
    b"plain.jpg",
    b"two words.jpg",
    b"new\nline.jpg",
    "Küche 🚧.jpg".encode(),
    b"\xff\xfe.jpg",
    b"100%41.jpg",
    b"a#b?c.jpg",
]


@pytest.mark.parametrize("name", ODD)
def test_round_trip(name: bytes) -> None:
    """A path survives conversion to a name and back, and the name can be written as UTF-8."""
    path = Path("/photos", os.fsdecode(name))
    assert path_of(name_of(path)) == path
    assert name_of(path).encode()


def test_plain_names_are_paths() -> None:
    """Names that are UTF-8 are the paths themselves."""
    assert name_of(Path("/photos/Küche 1.jpg")) == "/photos/Küche 1.jpg"


def test_addresses_have_no_path() -> None:
    """An address has no path; a local folder with a name like an address has one."""
    assert path_of("s3://bucket/photo.jpg") is None
    assert path_of("/photos/s3://bucket/photo.jpg") == Path("/photos/s3://bucket/photo.jpg")

"""Fixtures for tests of fetching."""

from collections.abc import Iterator

import pytest

from tests.support.photo_host import PhotoHost, ok, photo_host

PHOTO = b"\xff\xd8 a photo \xff\xd9"


@pytest.fixture
def host() -> Iterator[PhotoHost]:
    """A host that has /a.jpg."""
    with photo_host() as host:
        host.answers["/a.jpg"] = ok(PHOTO)
        yield host

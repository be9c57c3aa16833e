"""Hostile photos, by every way to send one."""

import json
from base64 import b64encode
from collections.abc import Iterator
from itertools import chain, islice
from random import Random

from tests.support import hostile
from tests.support.hostile_requests.request import Hostile, post, send_photo

EVERY = 9  # tests/unit/images/test_hostile.py decodes them all
FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n%b\r\n--x--\r\n'


def variants(random: Random, _photo: bytes) -> Iterator[Hostile]:
    """Some photos of every format, and all costly ones, each sent in another way than the one before."""
    chosen = islice(hostile.variants(random.randrange(1000)), random.randrange(EVERY), None, EVERY)
    for index, (name, photo) in enumerate(chain(chosen, hostile.costly.variants(random))):
        yield Hostile(name, WAYS[index % len(WAYS)](photo))


def as_bytes(photo: bytes) -> bytes:
    """The photo itself."""
    return send_photo(photo)


def as_base64(photo: bytes) -> bytes:
    """The photo in JSON."""
    return post("/predict", "application/json", json.dumps({"image": b64encode(photo).decode()}).encode())


def as_batch(photo: bytes) -> bytes:
    """The photo in a batch of one."""
    batch = {"requests": [{"image": {"content": b64encode(photo).decode()}}]}
    return post("/", "application/json", json.dumps(batch).encode())


def as_file(photo: bytes) -> bytes:
    """The photo in a form."""
    return post("/predict/upload", "multipart/form-data; boundary=x", FORM % photo)


def to_annotate(photo: bytes) -> bytes:
    """The photo in a form, to be annotated."""
    return post("/annotate", "multipart/form-data; boundary=x", FORM % photo)


WAYS = (as_bytes, as_base64, as_batch, as_file, to_annotate)

"""Hostile photos by format: small files that announce, repeat or contradict what they hold."""

from collections.abc import Iterator
from random import Random

from tests.support.hostile import avif, bmp, costly, gif, jpeg, mutations, png, tiff, webp

GENERATORS = {
    "JPEG": jpeg.variants,
    "PNG": png.variants,
    "WEBP": webp.variants,
    "GIF": gif.variants,
    "BMP": bmp.variants,
    "TIFF": tiff.variants,
    "AVIF": avif.variants,
    "costly": costly.variants,
    "mutations": mutations.variants,
}


def variants(seed: int) -> Iterator[tuple[str, bytes]]:
    """Names and contents of hostile files, the same ones for the same seed."""
    for kind, generate in GENERATORS.items():
        for index, (name, data) in enumerate(generate(Random(f"{seed} {kind}"))):
            yield f"{kind} {index}: {name}", data

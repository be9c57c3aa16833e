"""Valid files of every format, damaged; and files that are two formats at once."""

import struct
from collections.abc import Iterator
from random import Random

from tests.support.encoding import bmp_rgb565, encode, exif, exif_behind, held, noise, upright

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIC")
EXTREMES = (b"\0", b"\x01", b"\x7f", b"\x80", b"\xff", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff")


def samples() -> dict[str, bytes]:
    """Valid files of every format and of most of its kinds."""
    return {
        **{kind: encode(noise(), kind) for kind in FORMATS},
        "progressive JPEG": encode(noise(), "JPEG", progressive=True),
        "turned JPEG": held("JPEG", 6),
        "palette PNG": encode(noise().quantize(), "PNG"),
        "interlaced PNG with EXIF behind": exif_behind(encode(noise(), "PNG", exif=exif(6))),
        "lossy WebP": encode(noise(), "WEBP", lossless=False),
        "WebP with alpha": encode(noise().convert("RGBA"), "WEBP"),
        "animated WebP": encode(noise(), "WEBP", save_all=True, append_images=[upright()]),
        "animated GIF": encode(noise(), "GIF", save_all=True, append_images=[upright()]),
        "LZW TIFF": encode(noise(), "TIFF", compression="tiff_lzw"),
        "JPEG TIFF": encode(noise(), "TIFF", compression="jpeg"),
        "TIFF with alpha": encode(noise().convert("RGBA"), "TIFF"),
        "AVIF with alpha": encode(noise().convert("RGBA"), "AVIF"),
        "RGB565 BMP": bmp_rgb565(noise()),
    }


def variants(random: Random) -> Iterator[tuple[str, bytes]]:
    """Names and contents of hostile files."""
    sound = samples()
    for name, data in sound.items():
        for _ in range(60):
            damaged = bytearray(data)
            for _ in range(random.choice([1, 1, 3])):
                at = random.randrange(min(len(data), random.choice([64, 400, len(data)])))
                extreme = random.choice(EXTREMES)
                damaged[at : at + len(extreme)] = extreme
            yield f"{name} with extremes", bytes(damaged)
        for _ in range(10):
            start, end = sorted(random.randrange(len(data)) for _ in range(2))
            yield f"{name} with a part again", data[:end] + data[start:]
            yield f"{name} without a part", data[:start] + data[end:]
    avif = sound["AVIF"]
    for head in (b"BM\0\0", b"\xff\xd8\xff\xe0", b"II*\0", b"II+\0", b"MM\0*"):
        yield "two formats", head + avif[4:]
    header = struct.pack("<IiiHHI", 40, 300, 300, 1, 24, 0)
    yield "an AVIF that says it is a BMP", b"BM\0\0ftypavif\0\0" + header + avif[38:]

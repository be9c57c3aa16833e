"""Small files that made decoders take gigabytes or seconds."""

import base64
import io
import struct

from PIL import Image

from tests.support.pictures import encode, upright

GIF_OF_A_HUGE_FRAME = base64.b64decode("R0lGODlhIAAgAPEAAAAAAAAAAAAAAAAAACH5BAkAAAAALAAAAAD/////AAICTAEAOw==")
PNG_OF_A_HUGE_CHUNK = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAAAwCAIAAAAuKetI////8ElEQVR4nO3BAQEAAACCIP+vbkhAAQAAAAAAAAAALwYkMAAB"
)


def jpeg_of_empty_scans(side: int, scans: int) -> bytes:
    """A progressive grey JPEG whose scans say of every block that nothing changes."""
    file = io.BytesIO()
    Image.new("L", (side, side), 128).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    first = data.rindex(b"\xff\xda")
    scan = b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, 1, 63, 0)
    return data[:first] + scan * scans + b"\xff\xd9"


def tiff_of_shared_bytes(fields: int, size: int) -> bytes:
    """A TIFF with many private fields, each of which is the same bytes."""
    whole = encode(upright(), "TIFF")
    (start,) = struct.unpack_from("<I", whole, 4)
    (count,) = struct.unpack_from("<H", whole, start)
    needed = whole[start + 2 : start + 2 + 12 * count]
    extra = b"".join(struct.pack("<HHII", 40_000 + n % 25_000, 7, size, 8) for n in range(fields))
    body = whole[8:start].ljust(size, b"\0")
    end = 8 + len(body)
    table = struct.pack("<H", count + fields) + needed + extra + bytes(4)
    return b"II*\0" + struct.pack("<I", end) + body + table

"""Joins still WebP pictures to an animated one, which Blender itself can't write. No bpy here.

Layout of the container: https://developers.google.com/speed/webp/docs/riff_container
"""

import struct
from collections.abc import Iterator, Sequence

_ALPHA, _ANIMATION = 0x10, 0x02
#: of a frame: don't blend with the one before, leave it as it is
_REPLACE = 0x02
#: chunks of a still that hold its picture
_PICTURE = (b"ALPH", b"VP8 ", b"VP8L")


def join(stills: Sequence[bytes], width: int, height: int, milliseconds: int) -> bytes:
    """Return an animation of WebP files of one size that runs for ever."""
    pictures = [
        b"".join(_chunk(name, data) for name, data in chunks(still) if name in _PICTURE)
        for still in stills
    ]
    size = _24(width - 1) + _24(height - 1)
    head = struct.pack("<I", _ALPHA | _ANIMATION) + size
    frame_head = _24(0) + _24(0) + size + _24(milliseconds) + bytes([_REPLACE])
    body = (
        b"WEBP"
        + _chunk(b"VP8X", head)
        # Background colour (clear) and number of runs (0: no end).
        + _chunk(b"ANIM", struct.pack("<IH", 0, 0))
        + b"".join(_chunk(b"ANMF", frame_head + picture) for picture in pictures)
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def size_and_frames(data: bytes) -> tuple[int, int, int]:
    """Return width, height and number of frames of an animation; raises ValueError."""
    found = list(chunks(data))
    if not found or found[0][0] != b"VP8X":
        raise ValueError("not an animated WebP")
    width, height = (int.from_bytes(found[0][1][at : at + 3], "little") + 1 for at in (4, 7))
    return width, height, sum(name == b"ANMF" for name, _ in found)


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of each chunk of a WebP file; raises ValueError where it is cut."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise ValueError("not a WebP")
    at = 12
    while at < len(data):
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > len(data):
            raise ValueError("the WebP is cut short")
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _24(number: int) -> bytes:
    return number.to_bytes(3, "little")

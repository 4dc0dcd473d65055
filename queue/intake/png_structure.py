"""Walks through the chunks of a PNG: whether it is whole, and whether it is canonical as it is.

Runs in the picture process. The format is https://www.w3.org/TR/png-3/. No bpy here.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ...presets.image_info import Damaged, Truncated
from ...presets.images import PNG_SIGNATURE
from ...presets.messages import Message

#: more chunks than any program writes; each costs time
MOST_CHUNKS = 200_000
MODES = {0: "grey", 2: "rgb", 3: "palette", 4: "grey", 6: "rgb"}
_BITS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
#: gAMA of sRGB, and how far from it nobody sees a difference
SRGB_GAMMA, GAMMA_TOLERANCE = 45455, 2500
#: cICP of sRGB: primaries of BT.709, the curve of sRGB
_SRGB_CODES = bytes((1, 13))
#: chunks that say how it is turned, or may
_TURNING = {b"eXIf", b"iTXt", b"tEXt", b"zTXt"}


@dataclass(frozen=True)
class Structure:
    """What the chunks of a whole PNG say."""

    width: int
    height: int
    bits: int
    mode: str
    alpha: bool
    #: file gamma × 100,000 that counts, None where the image is sRGB, has a profile, or says nothing
    gamma: int | None
    has_profile: bool
    #: first two bytes of cICP where they aren't those of sRGB, else b''
    codes: bytes
    #: True where EXIF or XMP may turn it
    may_be_turned: bool
    is_animated: bool


def structure_of(data: bytes) -> Structure:
    """Read a PNG's chunks; raises Truncated or Damaged."""
    header, seen, gamma, codes, may_be_turned = None, set(), None, b"", False
    for number, (kind, body) in enumerate(_chunks(data)):
        if number > MOST_CHUNKS:
            raise Damaged(Message("it is cut into more than {most:,} chunks", most=MOST_CHUNKS))
        if header is None:
            if kind != b"IHDR" or len(body) != 13:
                raise Damaged(Message("its first chunk is no IHDR"))
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"gAMA" and len(body) == 4:
            (gamma,) = struct.unpack(">I", body)
        elif kind == b"cICP":
            codes = bytes(body[:2])
        elif kind in _TURNING:
            may_be_turned |= kind == b"eXIf" or bytes(body[:40]).lower().startswith(
                (b"xml:com.adobe.xmp", b"raw profile type")
            )
        seen.add(kind)
    if header is None or b"IDAT" not in seen:
        raise Damaged(Message("it holds no pixels"))
    width, height, bits, colour, packing, filtering, interlaced = header
    if colour not in MODES:
        raise Damaged(Message("its color type {colour} doesn't exist", colour=colour))
    if bits not in _BITS[colour]:
        raise Damaged(Message("its pixels can't have {bits} bits a channel", bits=bits))
    if packing or filtering or interlaced > 1:
        raise Damaged(Message("its pixels are packed in a way that doesn't exist"))
    if colour == 3 and b"PLTE" not in seen:
        raise Damaged(Message("its palette is missing"))
    is_told = bool(seen & {b"sRGB", b"iCCP"}) or bool(codes)
    is_usual = gamma is None or abs(gamma - SRGB_GAMMA) <= GAMMA_TOLERANCE
    return Structure(
        width=width,
        height=height,
        bits=bits,
        mode=MODES[colour],
        alpha=b"tRNS" in seen or colour in (4, 6),
        gamma=None if is_told or is_usual or not gamma else gamma,
        has_profile=b"iCCP" in seen,
        codes=b"" if codes == _SRGB_CODES else codes,
        may_be_turned=may_be_turned,
        is_animated=b"acTL" in seen,
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    view, at = memoryview(data), len(PNG_SIGNATURE)
    while True:
        if at + 12 > len(view):
            raise Truncated
        length, kind = struct.unpack_from(">I4s", view, at)
        if at + 12 + length > len(view):
            raise Truncated
        (crc,) = struct.unpack_from(">I", view, at + 8 + length)
        if crc != zlib.crc32(view[at + 4 : at + 8 + length]):
            words = "the checksum of its {kind} chunk is wrong"
            raise Damaged(Message(words, kind=kind.decode("latin-1")))
        yield kind, view[at + 8 : at + 8 + length]
        if kind == b"IEND":
            return
        at += 12 + length

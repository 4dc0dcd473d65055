"""Reads what an image file says about itself, and whether all of it is there, from its bytes.

Pure functions, no bpy and no imaging library; pixels are never decoded.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from . import icc
from .messages import Message


class Truncated(ValueError):
    """The file ends before the image does."""


class Damaged(ValueError):
    """The file breaks its format's rules; the message says where."""


@dataclass(frozen=True, kw_only=True)
class ImageInfo:
    """What an image file says about itself."""

    #: 'PNG', 'JPEG', 'WebP', 'TIFF', or 'SVG', which has no pixels: its size is a nominal one
    format: str
    #: pixels
    width: int
    height: int
    #: 'grey', 'palette', 'rgb', 'cmyk' or 'other'
    mode: str
    #: True where pixels may be transparent
    alpha: bool
    #: bits a channel
    bits: int
    #: name of the embedded colour profile, '' where there is none
    icc: str = ""
    #: how the pixels are stored where Blender may not read it: 'arithmetic', 'animated'…
    variant: str = ""


PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_MODES = {0: "grey", 2: "rgb", 3: "palette", 4: "grey", 6: "rgb"}
_PNG_BITS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def png(data: bytes) -> ImageInfo:
    """Read a PNG (https://www.w3.org/TR/png-3/); raises Truncated or Damaged."""
    header, profile, transparent, has_pixels, has_palette = None, "", False, False, False
    for kind, body in png_chunks(data):
        if header is None:
            if kind != b"IHDR" or len(body) != 13:
                raise Damaged(Message("its first chunk is no IHDR"))
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"tRNS":
            transparent = True
        elif kind == b"iCCP":
            profile = _png_profile(body)
        elif kind == b"sRGB":
            profile = profile or "sRGB"
        elif kind == b"PLTE":
            has_palette = True
        elif kind == b"IDAT":
            has_pixels = True
    if header is None or not has_pixels:
        raise Damaged(Message("it holds no pixels"))
    width, height, bits, colour, packing, filtering, interlaced = header
    if colour not in _PNG_MODES:
        raise Damaged(Message("its color type {colour} doesn't exist", colour=colour))
    if bits not in _PNG_BITS[colour]:
        raise Damaged(Message("its pixels can't have {bits} bits a channel", bits=bits))
    if packing or filtering or interlaced > 1:
        raise Damaged(Message("its pixels are packed in a way that doesn't exist"))
    if colour == 3 and not has_palette:
        raise Damaged(Message("its palette is missing"))
    return ImageInfo(
        format="PNG",
        width=width,
        height=height,
        mode=_PNG_MODES[colour],
        alpha=transparent or colour in (4, 6),
        bits=bits,
        icc=profile,
    )


def png_chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield kind and body of each chunk of a PNG; raises Truncated or Damaged."""
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


def _png_profile(body: memoryview) -> str:
    name, _, packed = bytes(body).partition(b"\0")
    try:
        profile = zlib.decompressobj().decompress(packed[1:], icc.LONGEST)
    except zlib.error:
        return name.decode("latin-1")
    return icc.profile_name(profile)


#: anything in entropy-coded data that is a marker, not a stuffed byte, a restart or a filler
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_JPEG_MODES = {1: "grey", 3: "rgb", 4: "cmyk"}
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOF_VARIANTS = {0xC3: "lossless", 0xC7: "lossless"} | dict.fromkeys(
    range(0xC9, 0xD0), "arithmetic"
)


def jpeg(data: bytes) -> ImageInfo:
    """Read a JPEG (ITU-T T.81 Annex B); raises Truncated or Damaged."""
    at, frame, profile, scanned = 2, None, {}, False
    while True:
        # segments lie end to end; after a scan's entropy-coded data the next marker is looked for
        match = _JPEG_MARKER.search(data, at)
        if match is None:
            raise Truncated
        if not scanned and data[at : match.start()].strip(b"\xff"):
            raise Damaged(Message("there is something between its segments that is none"))
        marker, at = data[match.start() + 1], match.end()
        if marker == 0xD9:
            break
        if at + 2 > len(data):
            raise Truncated
        (length,) = struct.unpack_from(">H", data, at)
        if at + length > len(data):
            raise Truncated
        body = data[at + 2 : at + length]
        if marker in _SOF:
            frame = (marker, *struct.unpack_from(">BHHB", body))
        elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\0"):
            profile[body[12:13]] = body[14:]
        scanned = scanned or marker == 0xDA
        at += length
    if frame is None or not scanned:
        raise Damaged(Message("it holds no pixels"))
    marker, bits, height, width, channels = frame
    return ImageInfo(
        format="JPEG",
        width=width,
        height=height,
        mode=_JPEG_MODES.get(channels, "other"),
        alpha=False,
        bits=bits,
        icc=icc.profile_name(b"".join(profile[n] for n in sorted(profile))) if profile else "",
        variant=_SOF_VARIANTS.get(marker, ""),
    )


def webp(data: bytes) -> ImageInfo:
    """Read a WebP (RFC 9649); raises Truncated or Damaged."""
    (riff,) = struct.unpack_from("<I", data, 4)
    if riff + 8 > len(data):
        raise Truncated
    canvas = picture = None
    alpha, profile, variant = False, "", ""
    for kind, body in _riff_chunks(data, riff + 8):
        if kind == b"VP8X":
            alpha, variant = bool(body[0] & 0x10), "animated" if body[0] & 0x02 else ""
            canvas = _from_24_bits(body[4:7]) + 1, _from_24_bits(body[7:10]) + 1
        elif kind == b"ICCP":
            profile = icc.profile_name(body)
        elif kind == b"ANMF":
            picture = canvas
        elif kind == b"VP8 ":
            _check_start(body[3:6], b"\x9d\x01\x2a")
            width, height = struct.unpack_from("<HH", body, 6)
            picture = width & 0x3FFF, height & 0x3FFF
        elif kind == b"VP8L":
            _check_start(body[:1], b"\x2f")
            (packed,) = struct.unpack_from("<I", body, 1)
            picture = (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
            alpha = alpha or bool(packed >> 28 & 1)
    if picture is None:
        raise Damaged(Message("it holds no pixels"))
    width, height = canvas or picture
    return ImageInfo(
        format="WebP",
        width=width,
        height=height,
        mode="rgb",
        alpha=alpha,
        bits=8,
        icc=profile,
        variant=variant,
    )


def _riff_chunks(data: bytes, end: int) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise Truncated
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _from_24_bits(three: bytes) -> int:
    return int.from_bytes(three, "little")


def _check_start(found: bytes, wanted: bytes) -> None:
    if found != wanted:
        raise Damaged(Message("its picture has no start code"))

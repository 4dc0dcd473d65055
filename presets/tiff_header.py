"""Reads what a TIFF says about its first image, and whether its strips are there. No bpy here.

Layout: TIFF 6.0 and BigTIFF (https://www.awaresystems.be/imaging/tiff/bigtiff.html).
"""

import struct
from dataclasses import dataclass

from . import icc
from .image_headers import Damaged, ImageInfo, Truncated
from .messages import Message

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _CHANNELS = 256, 257, 258, 262, 277
_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES = 273, 279, 324, 325
_EXTRA_CHANNELS, _PROFILE = 338, 34675

_MODES = {0: "grey", 1: "grey", 2: "rgb", 3: "palette", 5: "cmyk", 6: "rgb"}
#: field types by number: bytes, ASCII, 16, 32 bits, undefined, 64 bits
_CODES = {1: "B", 2: "B", 3: "H", 4: "I", 7: "B", 16: "Q", 13: "I", 18: "Q"}
#: no field is read further than this many values
_MOST = 1 << 24


@dataclass(frozen=True)
class _Layout:
    """How numbers are written in this file: byte order, and the wider fields of a BigTIFF."""

    order: str
    big: bool

    def one(self, data: bytes, at: int, code: str) -> int:
        return struct.unpack_from(self.order + code, data, at)[0]


def tiff(data: bytes) -> ImageInfo:
    """Read a TIFF or BigTIFF; raises Truncated or Damaged."""
    layout = _Layout("<" if data[:2] == b"II" else ">", data[2:4] in (b"+\0", b"\0+"))
    start = layout.one(data, 8, "Q") if layout.big else layout.one(data, 4, "I")
    fields = _directory(data, start, layout)
    width, height = (fields.get(tag, (0,))[0] for tag in (_WIDTH, _HEIGHT))
    for places, sizes in ((_STRIPS, _STRIP_SIZES), (_TILES, _TILE_SIZES)):
        pieces = zip(fields.get(places, ()), fields.get(sizes, ()), strict=False)
        if any(place + size > len(data) for place, size in pieces):
            raise Truncated
    if not fields.get(_STRIPS) and not fields.get(_TILES):
        raise Damaged(Message("it holds no pixels"))
    profile = bytes(fields.get(_PROFILE, ()))
    return ImageInfo(
        format="TIFF",
        width=width,
        height=height,
        mode=_MODES.get(fields.get(_PHOTOMETRIC, (2,))[0], "other"),
        alpha=any(kind in (1, 2) for kind in fields.get(_EXTRA_CHANNELS, ())),
        bits=max(fields.get(_BITS, (1,))),
        icc=icc.profile_name(profile) if profile else "",
    )


def _directory(data: bytes, start: int, layout: _Layout) -> dict[int, tuple[int, ...]]:
    """Return the values of each field that holds whole numbers, by its tag."""
    if start + 8 > len(data):
        raise Truncated
    count, first = (
        (layout.one(data, start, "Q"), start + 8)
        if layout.big
        else (layout.one(data, start, "H"), start + 2)
    )
    step, inline = (20, 8) if layout.big else (12, 4)
    if first + count * step > len(data):
        raise Truncated
    fields = {}
    for at in range(first, first + count * step, step):
        tag, kind = struct.unpack_from(layout.order + "HH", data, at)
        many = layout.one(data, at + 4, "Q" if layout.big else "I")
        if kind not in _CODES or many > _MOST:
            continue
        values = struct.Struct(f"{layout.order}{many}{_CODES[kind]}")
        place = at + step - inline
        if values.size > inline:
            place = layout.one(data, place, "Q" if layout.big else "I")
        if place + values.size > len(data):
            raise Truncated
        fields[tag] = values.unpack_from(data, place)
    return fields

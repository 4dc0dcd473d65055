"""Looks at a design's pixels without an imaging library: a PNG becomes a coarse grid of them.

No bpy here. With numpy, which every Blender has, a PNG of 2048 px takes a fraction of a second;
without it only small ones are read. What can't be read is None, never a guess.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from .image_headers import PNG_SIGNATURE, Damaged, png_chunks
from .images import refusing
from .messages import Message

#: longer side of the grid
GRID = 96
#: bytes of pixels that are unpacked at most, with numpy and without: about half a second each
LARGEST_WITH_NUMPY = 40_000_000
LARGEST_WITHOUT = 3_000_000

#: alpha 0..255 up to which a pixel counts as clear
CLEAR = 8

_IS_INK = bytes(value > CLEAR for value in range(256))
_SOLID_ROW = b"\1"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
#: ways to store a row of a PNG, counted from 0
_FILTERS = 5


@dataclass(frozen=True, eq=False)  # two looks are two, so that what a look tells can be kept
class Grid:
    """Pixels taken at even steps from an image; the outermost rows and columns are its own."""

    #: rows from the top, each of (red, green, blue, alpha), 0..255
    rows: tuple[tuple[tuple[int, int, int, int], ...], ...]
    #: left, top, right and bottom of all that isn't clear, as shares of width and height from the
    #: upper left; every pixel was looked at. None where all is clear
    ink: tuple[float, float, float, float] | None


@dataclass(frozen=True)
class _Layout:
    width: int
    height: int
    #: bytes from one pixel to the next, and of one channel
    pixel: int
    channel: int
    colour: int
    palette: bytes
    #: alpha of the palette's colours
    clear: bytes

    @property
    def row(self) -> int:
        return self.width * self.pixel

    def alpha(self, line: bytes) -> bytes | None:
        """Return the alpha of each pixel of a row, None where all are solid."""
        if self.colour == 3:
            return line.translate(self.clear.ljust(256, b"\xff")) if self.clear else None
        return line[self.pixel - self.channel :: self.pixel] if self.colour in (4, 6) else None

    def rgba(self, line: bytes, x: int) -> tuple[int, int, int, int]:
        """Return one pixel of a row; of 16 bits the upper 8 are taken."""
        at = x * self.pixel
        if self.colour == 3:
            red, green, blue = self.palette[3 * line[at] : 3 * line[at] + 3] or b"\0\0\0"
            return red, green, blue, self.clear.ljust(256, b"\xff")[line[at]]
        values = line[at : at + self.pixel : self.channel]
        alpha = values[-1] if self.colour in (4, 6) else 255
        if self.colour in (0, 4):
            return values[0], values[0], values[0], alpha
        return values[0], values[1], values[2], alpha


def grid_or_none(path: str | Path) -> Grid | None:
    """Return the pixels of the PNG at `path`, None where it is no PNG or too large to look at.

    The file must be one that `images.probe` passed. Raises BadDesign where its pixels are damaged.
    """
    with refusing(str(path)):
        return grid_of_png_or_none(Path(path).read_bytes())


def grid_of_png_or_none(data: bytes) -> Grid | None:
    """Return the pixels of `data`, None where it is no PNG or too large to look at.

    Raises Damaged.
    """
    if not data.startswith(PNG_SIGNATURE):
        return None
    chunks: dict[bytes, bytes] = {}
    for kind, body in png_chunks(data):
        chunks[kind] = chunks.get(kind, b"") + body
    layout = _layout_or_none(chunks)
    has_numpy = find_spec("numpy") is not None
    largest = LARGEST_WITH_NUMPY if has_numpy else LARGEST_WITHOUT
    if layout is None or layout.row * layout.height > largest:
        return None
    size = (layout.row + 1) * layout.height
    try:
        coded = zlib.decompressobj().decompress(chunks[b"IDAT"], size)
    except zlib.error as error:
        raise Damaged(Message("its pixels can't be unpacked")) from error
    if len(coded) != size:
        raise Damaged(Message("a part of its pixels is missing"))
    if max(coded[:: layout.row + 1]) >= _FILTERS:
        raise Damaged(Message("a row of its pixels makes no sense"))
    return _grid(_lines_with_numpy(coded, layout) if has_numpy else _lines(coded, layout), layout)


def _layout_or_none(chunks: dict[bytes, bytes]) -> _Layout | None:
    width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    names_a_clear_colour = colour in (0, 2) and b"tRNS" in chunks
    if bits < 8 or interlaced or names_a_clear_colour:
        return None
    return _Layout(
        width,
        height,
        _CHANNELS[colour] * bits // 8,
        bits // 8,
        colour,
        chunks.get(b"PLTE", b""),
        chunks.get(b"tRNS", b""),
    )


def _grid(lines: Iterable[bytes], layout: _Layout) -> Grid:
    ys, xs = set(_steps(layout.height)), _steps(layout.width)
    rows = []
    lefts, rights, inked = [], [], []
    for y, line in enumerate(lines):
        if y in ys:
            rows.append(tuple(layout.rgba(line, x) for x in xs))
        alpha = layout.alpha(line)
        marks = _SOLID_ROW * layout.width if alpha is None else alpha.translate(_IS_INK)
        if (left := marks.find(b"\1")) >= 0:
            lefts.append(left)
            rights.append(marks.rfind(b"\1") + 1)
            inked.append(y)
    if not inked:
        return Grid(tuple(rows), None)
    width, height = layout.width, layout.height
    ink = min(lefts) / width, inked[0] / height, max(rights) / width, (inked[-1] + 1) / height
    return Grid(tuple(rows), ink)


def _steps(length: int) -> list[int]:
    many = min(length, GRID)
    return [number * (length - 1) // max(1, many - 1) for number in range(many)]


def _lines(coded: bytes, layout: _Layout) -> Iterator[bytes]:
    """Undo the PNG's filters row by row."""
    above: bytes | bytearray = bytes(layout.row)
    for start in range(0, len(coded), layout.row + 1):
        line = bytearray(coded[start + 1 : start + 1 + layout.row])
        _undo(coded[start], line, above, layout.pixel)
        yield bytes(line)
        above = line


def _undo(kind: int, line: bytearray, above: Sequence[int], step: int) -> None:
    if kind == 2:
        line[:] = bytes([(a + b) & 255 for a, b in zip(line, above, strict=True)])
    elif kind in (1, 3, 4):
        for at in range(len(line)):
            left = line[at - step] if at >= step else 0
            up = above[at]
            if kind == 1:
                guess = left
            elif kind == 3:
                guess = (left + up) >> 1
            else:
                guess = _paeth(left, up, above[at - step] if at >= step else 0)
            line[at] = (line[at] + guess) & 255


def _paeth(left: int, up: int, corner: int) -> int:
    to_left, to_up = abs(up - corner), abs(left - corner)
    to_corner = abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner


def _lines_with_numpy(coded: bytes, layout: _Layout) -> Iterator[bytes]:
    """Do the same with numpy, a diagonal at a time: no pixel of it needs another of it.

    Row y is shifted right by y pixels, so that a column holds one diagonal; the pixel above lies
    in the column before, the one above left in the second before.
    """
    import numpy as np

    height, width, step = layout.height, layout.width, layout.pixel
    filtered = np.frombuffer(coded, np.uint8).reshape(height, layout.row + 1)
    kinds = filtered[:, 0]
    slanted = np.zeros((width + height + 1, height + 1, step), np.uint8)
    pixels = filtered[:, 1:].reshape(height, width, step)
    for y in range(height):
        slanted[y + 2 : y + 2 + width, y + 1] = pixels[y]
    is_sub, is_up, is_mean, is_paeth = ((kinds == kind)[:, None] for kind in (1, 2, 3, 4))
    has_mean, has_paeth = bool(is_mean.any()), bool(is_paeth.any())
    for column in range(2, width + height + 1):
        top, bottom = max(0, column - 1 - width), min(height, column - 1)
        rows = slice(top, bottom)
        left = slanted[column - 1, top + 1 : bottom + 1].astype(np.int16)
        up = slanted[column - 1, rows].astype(np.int16)
        guess = np.where(is_sub[rows], left, 0) + np.where(is_up[rows], up, 0)
        if has_mean:
            guess += np.where(is_mean[rows], (left + up) >> 1, 0)
        if has_paeth:
            corner = slanted[column - 2, rows].astype(np.int16)
            to_left, to_up = np.abs(up - corner), np.abs(left - corner)
            to_corner = np.abs(left + up - 2 * corner)
            nearest = np.where(to_up <= to_corner, up, corner)
            nearest = np.where((to_left <= to_up) & (to_left <= to_corner), left, nearest)
            guess += np.where(is_paeth[rows], nearest, 0)
        slanted[column, top + 1 : bottom + 1] += guess.astype(np.uint8)
    for y in range(height):
        yield slanted[y + 2 : y + 2 + width, y + 1].tobytes()

"""A small vector canvas: shapes as signed distances in pixels, painted with smooth edges."""

import itertools
import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

Points = Sequence[tuple[float, float]]
#: Signed distance to a shape in pixels, negative inside, one value a pixel.
Distance = np.ndarray


def rgb(colour: str) -> np.ndarray:
    """Turn "#RRGGBB" into three floats 0..1."""
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], np.float32) / 255


class Canvas:
    """A transparent picture, painted from back to front; x to the right, y down, in pixels."""

    def __init__(self, width: int, height: int):
        self.width, self.height = width, height
        self.y, self.x = np.mgrid[0:height, 0:width].astype(np.float32) + 0.5
        self.colour = np.zeros((height, width, 3), np.float32)
        self.alpha = np.zeros((height, width), np.float32)

    def paint(self, cover: np.ndarray, colour: str | np.ndarray) -> None:
        """Lay a colour over the picture where `cover` (0..1) says; it may differ by pixel."""
        ink = rgb(colour) if isinstance(colour, str) else colour
        alpha = cover + self.alpha * (1 - cover)
        share = np.divide(cover, alpha, out=np.zeros_like(alpha), where=alpha > 0)
        self.colour += (ink - self.colour) * share[..., None]
        self.alpha = alpha

    def fill(self, distance: Distance, colour: str | np.ndarray) -> None:
        """Paint the inside of a shape."""
        self.paint(edge(distance), colour)

    def keep(self, distance: Distance) -> None:
        """Cut away all that is outside of a shape."""
        self.alpha *= edge(distance)

    def circle(self, x: float, y: float, radius: float) -> Distance:
        """Return the distance to a disc."""
        return np.hypot(self.x - x, self.y - y) - radius

    def ring(self, x: float, y: float, radius: float, width: float) -> Distance:
        """Return the distance to a circle drawn with a pen of that width."""
        return np.abs(self.circle(x, y, radius)) - width / 2

    def below(self, heights: np.ndarray) -> Distance:
        """Return the distance to all that is below a line of one y for each column."""
        slope = np.gradient(heights)
        return ((heights[None, :] - self.y) / np.hypot(1, slope)[None, :]).astype(np.float32)

    def polygon(self, points: Points) -> Distance:
        """Return the distance to a closed polygon."""
        inside = np.zeros((self.height, self.width), bool)
        for (x1, y1), (x2, y2) in pairs([*points, points[0]]):
            if y1 != y2:
                between = (self.y > min(y1, y2)) & (self.y <= max(y1, y2))
                inside ^= between & (self.x < x1 + (self.y - y1) * (x2 - x1) / (y2 - y1))
        outline = self.pen([[*points, points[0]]])
        return np.where(inside, -outline, outline)

    def pen(self, lines: Iterable[Points], reach: float = 160) -> Distance:
        """Return the distance to the middle of lines, exact up to `reach` pixels from them."""
        nearest = np.full((self.height, self.width), reach, np.float32)
        for line in lines:
            for (x1, y1), (x2, y2) in pairs(line):
                left, right = int(min(x1, x2) - reach), int(max(x1, x2) + reach)
                top, bottom = int(min(y1, y2) - reach), int(max(y1, y2) + reach)
                part = np.s_[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
                x, y, dx, dy = self.x[part] - x1, self.y[part] - y1, x2 - x1, y2 - y1
                along = np.clip((x * dx + y * dy) / (dx * dx + dy * dy or 1), 0, 1)
                distance = np.hypot(x - along * dx, y - along * dy)
                np.minimum(nearest[part], distance, out=nearest[part])
        return nearest

    def save(self, path: Path) -> None:
        """Write an 8-bit PNG with alpha, at 300 DPI."""
        pixels = np.dstack((self.colour, self.alpha))
        rows = (np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8)
        # Each row less the row above it ("up"): smooth pictures pack far better so.
        rows[1:] -= rows[:-1].copy()
        filters = np.full((self.height, 1), 2, np.uint8)
        raw = np.hstack((filters, rows.reshape(self.height, -1))).tobytes()
        chunks = (
            (b"IHDR", struct.pack(">IIBBBBB", self.width, self.height, 8, 6, 0, 0, 0)),
            (b"sRGB", b"\0"),
            (b"pHYs", struct.pack(">IIB", 11811, 11811, 1)),
            (b"IDAT", zlib.compress(raw, 9)),
            (b"IEND", b""),
        )
        path.write_bytes(
            b"\x89PNG\r\n\x1a\n"
            + b"".join(
                struct.pack(">I", len(data))
                + name
                + data
                + struct.pack(">I", zlib.crc32(name + data))
                for name, data in chunks
            )
        )


def edge(distance: Distance) -> np.ndarray:
    """Turn a distance into cover: a soft step one pixel wide."""
    return np.clip(0.5 - distance, 0, 1)


def pairs(line: Points) -> Iterable[tuple[tuple[float, float], tuple[float, float]]]:
    """Yield a line's pieces."""
    return itertools.pairwise(line)


def gradient(position: np.ndarray, stops: Sequence[tuple[float, str]]) -> np.ndarray:
    """Return a colour for each position, smooth between the stops."""
    places = [place for place, _ in stops]
    colours = np.array([rgb(colour) for _, colour in stops])
    channels = [np.interp(position, places, colours[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def along(line: Points, bend: Callable[[float, float], tuple[float, float]]) -> Points:
    """Move a line's points, with new ones between them so that straight pieces can bend."""
    moved = [bend(*line[0])]
    for (x1, y1), (x2, y2) in pairs(line):
        steps = 8
        for step in range(1, steps + 1):
            moved.append(bend(x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps))
    return moved

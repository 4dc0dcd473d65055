"""A design as it lies on cloth: what of it covers, and in which colour, at several sizes. No bpy here.

What a technique does to the art itself (cut edges, wear, an underbase) is done here once, texel by
texel; a camera sample then needs one bilinear look-up. It mirrors what `techniques` does in shaders.
"""

import numpy as np

from . import wear
from .compositing import decode_srgb

#: of 8-bit sRGB
_LINEAR = decode_srgb(np.arange(256) / 255).astype(np.float32)

#: texels that are prepared at once, so that a large design needs little memory
_AT_ONCE = 1 << 20


class Art:
    """A design prepared for one technique, in levels of which each is half the one before.

    A level is rows × columns × channels, float32: colour × cover (3), cover, and with an underbase
    the share of the cloth's own colour that is left. Levels are made when they are asked for.
    """

    def __init__(
        self, pixels: np.ndarray, technique: str, *, dark: bool, metres: tuple[float, float]
    ) -> None:
        """Take straight sRGB uint8 `pixels` (rows × columns × 4, first row at the bottom).

        `dark`: whether the fabric needs a white underbase; `metres`: width and height of the print.
        """
        self._pixels = pixels
        self._technique = technique
        self._dark = dark
        self._metres = metres
        self._levels: dict[int, np.ndarray] = {}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, texels."""
        rows, columns = self._pixels.shape[:2]
        return columns, rows

    @property
    def channels(self) -> int:
        """How many a look-up gives."""
        return 5 if self._technique == "screen" and self._dark else 4

    @property
    def last(self) -> int:
        """Number of the coarsest level."""
        return int(min(8, np.log2(max(1, min(self.size)))))

    def at(self, u: np.ndarray, v: np.ndarray, level: int) -> np.ndarray:
        """Return the channels at u, v (each N, 0..1 from the art's lower left), bilinear."""
        plane = self._level(level)
        rows, columns, channels = plane.shape
        # A level may reach a little beyond the art, where its sides are no multiple of two.
        x = u * np.float32(self.size[0] / 2**level) - np.float32(0.5)
        y = v * np.float32(self.size[1] / 2**level) - np.float32(0.5)
        left, low = np.floor(x), np.floor(y)
        across, up = (x - left)[:, None], (y - low)[:, None]
        left, low = left.astype(np.int32), low.astype(np.int32)
        x0, x1 = np.clip(left, 0, columns - 1), np.clip(left + 1, 0, columns - 1)
        y0, y1 = np.clip(low, 0, rows - 1) * columns, np.clip(low + 1, 0, rows - 1) * columns
        flat = plane.reshape(-1, channels)
        lower = flat[y0 + x0]
        lower += (flat[y0 + x1] - lower) * across
        upper = flat[y1 + x0]
        upper += (flat[y1 + x1] - upper) * across
        lower += (upper - lower) * up
        return lower

    def _level(self, number: int) -> np.ndarray:
        if number not in self._levels:
            self._levels[number] = self._made(number)
        return self._levels[number]

    def _made(self, number: int) -> np.ndarray:
        """Return a level, made of the pixels strip by strip."""
        step = 2**number
        columns, rows = self.size
        padding = ((0, -rows % step), (0, -columns % step), (0, 0))
        pixels = np.pad(self._pixels, padding, mode="edge") if any(map(any, padding)) else (
            self._pixels
        )  # fmt: skip
        strip = max(step, _AT_ONCE // max(1, columns) // step * step)
        made = []
        for low in range(0, pixels.shape[0], strip):
            part = self._prepared(pixels[low : low + strip], low)
            for _ in range(number):
                part = _halved(part)
            made.append(part)
        return np.concatenate(made)

    def _prepared(self, pixels: np.ndarray, low: int) -> np.ndarray:
        """Return the finest level of some rows, of which the first is number `low`."""
        colour = _LINEAR[pixels[..., :3]]
        alpha = pixels[..., 3].astype(np.float32) / 255
        cover = alpha
        if self._technique == "vinyl":
            cover = _step(alpha, 0.45, 0.55)
        elif self._technique == "embroidery":
            cover = _step(alpha, 0.4, 0.6)
        elif self._technique == "distressed":
            cover = alpha * self._worn(low, *pixels.shape[:2])
        premultiplied = colour * cover[..., None]
        channels = [premultiplied, cover[..., None]]
        if self.channels == 5:
            white = UNDERBASE * alpha**4
            under = (1 - cover) * white * np.float32(UNDERBASE_WHITE)
            left = (1 - cover) * (1 - white)
            channels = [premultiplied + under[..., None], cover[..., None], left[..., None]]
        return np.concatenate(channels, axis=-1, dtype=np.float32)

    def _worn(self, low: int, rows: int, columns: int) -> np.ndarray:
        """Return what wear left of an old print, rows × columns."""
        tile = wear.left_of_print()
        width, height = self._metres
        up = (np.arange(low, low + rows) + 0.5) / self.size[1] * height
        across = (np.arange(columns) + 0.5) / self.size[0] * width
        v, u = ((at / wear.TILE % 1 * wear.PIXELS).astype(int) for at in (up, across))
        return tile[v[:, None], u[None]].astype(np.float32)


#: of a screen print on dark cloth: how white, and how much of the cloth it hides under whole ink;
#: as in `techniques`
UNDERBASE_WHITE, UNDERBASE = 0.9, 0.8


def _step(value: np.ndarray, low: float, high: float) -> np.ndarray:
    part = np.clip((value - low) / (high - low), 0, 1).astype(np.float32)
    return part * part * (3 - 2 * part)


def _halved(plane: np.ndarray) -> np.ndarray:
    lower = plane[0::2, 0::2] + plane[0::2, 1::2]
    return (lower + plane[1::2, 0::2] + plane[1::2, 1::2]) * np.float32(0.25)

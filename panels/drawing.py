"""Draws the little pictures of the picker: fabric swatches and shirts with the print's place.

Pure numpy, no bpy: each function returns RGBA floats (height, width, 4), bottom row first and colour
multiplied by alpha, as Blender draws icons.
"""

from functools import cache

import numpy as np

from ..presets.colours import srgb_from_hex
from ..presets.placements import Anchor, Placement

#: Samples along each side of a pixel: edges are smooth without an image library.
_FINE = 3
#: How much is left of a drawing that is faint.
_FAINT = 0.3
#: Inches that the picture's side spans, and what is drawn at its middle.
_SPAN = 36.0

#: Half outlines in inches on an adult size L: x from the centre line, y down from the shoulder.
_BODY = ((3.6, 0.0), (9.4, 1.6), (17.2, 9.4), (13.0, 12.4), (11.0, 10.4), (11.2, 29.0), (0.0, 29.4))
_COLLAR = {"front": ((0.0, 3.6), (1.6, 3.1), (3.0, 1.8)), "back": ((0.0, 0.9), (2.0, 0.6))}
#: A shirt seen from the wearer's side: its body, then the sleeve on it.
_SIDE = ((-5.2, 10.0), (-3.6, 1.6), (-1.0, 0.0), (1.6, 0.2), (3.8, 2.0), (5.2, 10.0), (5.4, 29.2),
         (-5.4, 29.2))  # fmt: skip
_SLEEVE = ((-3.9, 4.0), (-2.6, 1.4), (0.0, 0.4), (2.6, 1.4), (3.9, 4.0), (4.3, 12.2), (-4.3, 12.2))

_CLOTH = np.array((0.80, 0.81, 0.83))
_SHADE = np.array((0.62, 0.63, 0.66))
_LINE = np.array((0.30, 0.31, 0.34))
_PRINT = np.array((0.20, 0.52, 0.93))


def swatch(colour: str, heather: bool = False, size: int = 32) -> np.ndarray:
    """A rounded square of fabric colour '#RRGGBB'; a heather shows its two fibres."""
    edge = _rounded(size)
    cloth = np.broadcast_to(np.array(srgb_from_hex(colour)), (size, size, 3)).copy()
    if heather:
        fibres = np.random.default_rng(7).normal(0.0, 0.07, (size, size // 4, 1))
        cloth = np.clip(cloth + fibres.repeat(4, axis=1)[:, :size], 0.0, 1.0)
    # A thin rim keeps black on a dark theme and white on a light one apart from the panel.
    rim = edge - _rounded(size, inset=1.2)
    cloth += (0.5 - cloth) * rim[..., None] * 0.7
    return np.dstack((cloth * edge[..., None], edge)).astype(np.float32)


def place(placement: Placement, size: int = 128, faint: bool = False) -> np.ndarray:
    """A shirt with the rectangle in which art of this placement lands; faint, if it can't."""
    left, top, right, bottom = rectangle(placement)
    picture = _shirt("side" if placement.zone.startswith("sleeve") else placement.zone, size).copy()
    across, down = _grid(size)
    inside = _smooth((across >= left) & (across <= right) & (down >= top) & (down <= bottom), size)
    core = _smooth(
        (across >= left + 0.5) & (across <= right - 0.5)
        & (down >= top + 0.5) & (down <= bottom - 0.5),
        size,
    )  # fmt: skip
    ink = np.clip(inside - core * 0.45, 0.0, 1.0)[..., None]
    picture[..., :3] += (_PRINT - picture[..., :3]) * ink
    picture[..., :3] *= picture[..., 3:]
    return picture * np.float32(_FAINT if faint else 1.0)


def rectangle(placement: Placement) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the art in the drawing's inches; art is drawn square if it fits.

    x runs to the right as seen, y down from the shoulder.
    """
    width = placement.art_width_in
    height = min(width, placement.box_height_in)
    if placement.zone.startswith("sleeve"):
        seam, hem, towards = 0.4, 12.2, 1.0
    else:
        seam, hem = (3.6, 29.2) if placement.zone == "front" else (0.9, 29.2)
        towards = 1.0 if placement.zone == "front" else -1.0
    middle = placement.x_in * towards
    top = {
        Anchor.TOP: seam + placement.y_in,
        Anchor.CENTER: seam + placement.y_in - height / 2,
        Anchor.BOTTOM: hem - placement.y_in - height,
    }[placement.anchor]
    return middle - width / 2, top, middle + width / 2, top + height


@cache
def _shirt(side: str, size: int) -> np.ndarray:
    across, down = _grid(size)
    if side == "side":
        body = _inside(_SIDE, across, down)
        sleeve = _inside(_SLEEVE, across, down)
        shape, dark = body | sleeve, body & ~sleeve
        lines = _near(_SLEEVE, across, down) | _near(_SIDE, across, down) & ~sleeve
        lines |= sleeve & (np.abs(down - 11.3) < 0.16)
    else:
        half = _COLLAR.get(side, _COLLAR["front"]) + _BODY
        outline = half + tuple((-x, y) for x, y in reversed(half))
        shape, dark = _inside(outline, across, down), np.zeros_like(across, bool)
        lines = _near(outline, across, down)
        armhole = ((9.4, 1.6), (9.9, 6.0), (11.0, 10.4))
        for sign in (1, -1):
            lines |= _near(tuple((x * sign, y) for x, y in armhole), across, down, closed=False)
        ring = _COLLAR["back"] if side == "front" else ()
        if ring:
            neck = ((3.6, 0.0), *reversed(ring))
            neck += tuple((-x, y) for x, y in reversed(neck))
            inner = _inside(neck + tuple((-x, y) for x, y in _COLLAR["front"][::-1])
                            + _COLLAR["front"], across, down)  # fmt: skip
            shape, dark = shape | inner, inner & ~shape
            lines |= _near(neck, across, down, closed=False)
        lines |= shape & (np.abs(down - 28.2) < 0.12)
    cover = _smooth(shape | lines, size)
    cloth = np.where(dark[..., None], _SHADE, _CLOTH)
    cloth = np.where(lines[..., None], _LINE, cloth)
    mean = cloth.reshape(size, _FINE, size, _FINE, 3).mean(axis=(1, 3))[::-1]
    return np.dstack((mean, cover)).astype(np.float32)


@cache
def _grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    steps = (np.arange(size * _FINE) + 0.5) / (size * _FINE) * _SPAN
    across, down = np.meshgrid(steps - _SPAN / 2, steps - (_SPAN - 29.4) / 2)
    return across, down


def _smooth(mask: np.ndarray, size: int) -> np.ndarray:
    return mask.reshape(size, _FINE, size, _FINE).mean(axis=(1, 3))[::-1]


def _inside(outline: tuple, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Even-odd rule."""
    inside = np.zeros(across.shape, bool)
    for (x0, y0), (x1, y1) in zip(outline, outline[1:] + outline[:1], strict=True):
        if y0 != y1:
            crosses = (y0 > down) != (y1 > down)
            inside ^= crosses & (across < (x1 - x0) * (down - y0) / (y1 - y0) + x0)
    return inside


def _near(
    outline: tuple, across: np.ndarray, down: np.ndarray, reach: float = 0.2, closed: bool = True
) -> np.ndarray:
    """True within `reach` inches of the line."""
    near = np.zeros(across.shape, bool)
    ends = outline[1:] + outline[:1] if closed else outline[1:]
    for (x0, y0), (x1, y1) in zip(outline, ends, strict=False):
        span = (x1 - x0) ** 2 + (y1 - y0) ** 2
        if span:
            along = np.clip(((across - x0) * (x1 - x0) + (down - y0) * (y1 - y0)) / span, 0, 1)
            away = (across - x0 - along * (x1 - x0)) ** 2 + (down - y0 - along * (y1 - y0)) ** 2
            near |= away < reach * reach
    return near


@cache
def _rounded(size: int, inset: float = 0.0, corner: float = 0.22) -> np.ndarray:
    """Cover 0..1 of a rounded square."""
    steps = np.abs(np.arange(size) + 0.5 - size / 2)
    radius = size * corner
    reach = size / 2 - inset - radius
    x, y = np.meshgrid(np.maximum(steps - reach, 0), np.maximum(steps - reach, 0))
    return np.clip(radius - np.hypot(x, y) + 0.5, 0.0, 1.0)

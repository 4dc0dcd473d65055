"""Prints designs into a view's light: a look-up for each camera sample, and a few products.

No Blender here: numpy alone, one thread, a fraction of a second a picture. See `light_set` for what
the planes are, and docs/pictures.md for how close it comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..presets.placing import Placed
from . import pixel_filter
from .art import Art
from .light_set import CLOTH_SURFACE, NOTHING, STEP, Answer, Box, CameraSamples, LightSet

#: metres of cloth between the points at which what the shirt reflects around is told: prints
#: colour the light about as far
CELL = 0.014
#: the same in shares of the picture's shorter side, where no print zone is seen to measure by
CELL_SHARE = 1 / 64

#: which level of the art is looked up: 0 keeps its texels at most as far apart as camera samples,
#: 0.5 as near as can be
LEVEL_BIAS = 0.5


@dataclass(frozen=True)
class Laid:
    """A design where it lies."""

    technique: str
    #: number of the print zone
    zone: int
    placed: Placed
    art: Art


@dataclass(frozen=True)
class Layer:
    """What a print does to some pixels of the light's box."""

    technique: str
    rows: slice
    columns: slice
    #: rows × columns × channels of `Art`
    channels: np.ndarray

    @property
    def has_underbase(self) -> bool:
        """Whether there is white below the ink."""
        return self.channels.shape[-1] == 5

    @property
    def ink(self) -> np.ndarray:
        """Colour × cover, underbase included."""
        return self.channels[..., :3]

    @property
    def cover(self) -> np.ndarray:
        """How much of each pixel the print covers."""
        return self.channels[..., 3:4]

    @property
    def left(self) -> np.ndarray:
        """Share of the bare cloth's own colour that is left."""
        return self.channels[..., 4:] if self.has_underbase else 1 - self.cover

    def within(self, box: Box) -> "Layer | None":
        """Return the part of it in `box`, counted from the box's corner; None without any."""
        left, bottom, width, height = box
        rows, own_rows = _shared(self.rows, bottom, height)
        columns, own_columns = _shared(self.columns, left, width)
        if rows.stop <= rows.start or columns.stop <= columns.start:
            return None
        return Layer(self.technique, rows, columns, self.channels[own_rows, own_columns])


def _shared(own: slice, low: int, length: int) -> tuple[slice, slice]:
    """Return what a range shares with that from `low` on: counted from there, and from its start."""
    start, stop = max(own.start, low), min(own.stop, low + length)
    return slice(start - low, stop - low), slice(start - own.start, stop - own.start)


def look_up(samples: CameraSamples, laid: Laid, filter_width: float) -> Layer | None:
    """Look the art up at every camera sample that it lies under; None where the view shows none.

    `filter_width`: of the pixel filter, as it is set in Blender.
    """
    hit = _around(samples, laid)
    fine, (height, width) = samples.fine, samples.pixels
    at_rows, at_columns = np.flatnonzero(hit.any(axis=1)), np.flatnonzero(hit.any(axis=0))
    if not len(at_rows):
        return None
    margin = 1 + pixel_filter.reach(filter_width)
    low, high = _widened(at_rows, fine, margin, height)
    left, right = _widened(at_columns, fine, margin, width)
    window = np.s_[low * fine : high * fine, left * fine : right * fine]
    hit = hit[window]
    # What the art shows is asked for at its samples only, the rest of the rectangle is clear.
    at = np.nonzero(hit)
    u, v = (
        plane[window][at].astype(np.float32) * np.float32(STEP) for plane in (samples.u, samples.v)
    )
    u, v = _on_art(laid.placed, u, v)
    inside = (u >= 0) & (u < 1) & (v >= 0) & (v < 1)
    if not inside.any():
        return None
    at = tuple(axis[inside] for axis in at)
    u, v = u[inside], v[inside]
    level, blur = _level(at, u, v, laid, fine)
    channels = np.zeros((*hit.shape, laid.art.channels), np.float32)
    channels[..., 4:] = 1
    channels[at] = laid.art.at(u, v, level)
    channels = _averaged(channels, samples.zone[window] != NOTHING, fine, filter_width, blur)
    return Layer(laid.technique, slice(low, high), slice(left, right), channels)


def _widened(at: np.ndarray, fine: int, margin: int, length: int) -> tuple[int, int]:
    """Return the pixels from the first to the last of some samples, and a margin."""
    return max(0, int(at[0]) // fine - margin), min(length, int(at[-1]) // fine + 1 + margin)


def _around(samples: CameraSamples, laid: Laid) -> np.ndarray:
    """Return which camera samples lie in the upright rectangle around the art."""
    corners = np.array(laid.placed.corners())
    hit = samples.zone == laid.zone
    for plane, low, high in zip(
        (samples.u, samples.v), corners.min(axis=0), corners.max(axis=0), strict=True
    ):
        first, last = (int(np.clip(at / STEP, 0, 65535)) for at in (low, high))
        # Below `first` the difference of unsigned numbers is huge.
        hit &= plane - np.uint16(first) <= np.uint16(last - first)
    return hit


def _on_art(placed: Placed, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the points of the art, 0..1, at u, v in metres; `Placed.art_uv` for many at once."""
    right, up = u - np.float32(placed.centre_u), v - np.float32(placed.centre_v)
    if placed.rotation:
        cos, sin = np.float32(np.cos(placed.rotation)), np.float32(np.sin(placed.rotation))
        right, up = right * cos + up * sin, up * cos - right * sin
    half = np.float32(0.5)
    return right / np.float32(placed.width) + half, up / np.float32(placed.height) + half


def _level(
    at: tuple[np.ndarray, ...], u: np.ndarray, v: np.ndarray, laid: Laid, fine: int
) -> tuple[int, float]:
    """Return the level of the art whose texels suit the camera samples, and its blur.

    Blur is a variance, in pixels².
    """
    rows, columns = at
    beside = (rows[1:] == rows[:-1]) & (columns[1:] == columns[:-1] + 1)
    if not beside.any():
        return 0, 0.0
    across, up = laid.art.size
    apart = np.hypot(np.diff(u)[beside] * across, np.diff(v)[beside] * up)
    texels = max(1e-6, float(np.median(apart)))
    level = min(max(0, int(np.floor(np.log2(max(1.0, texels)) + LEVEL_BIAS))), laid.art.last)
    return level, (4**level - 1) / 4 / (texels * fine) ** 2


def _averaged(
    channels: np.ndarray, covered: np.ndarray, fine: int, filter_width: float, blur: float
) -> np.ndarray:
    """Return the channels of pixels: means over those of their samples that hit something."""
    if covered.all():
        return pixel_filter.filtered(channels, fine, filter_width, blur)
    channels *= covered[..., None]
    made = pixel_filter.filtered(channels, fine, filter_width, blur)
    cover = pixel_filter.filtered(covered, fine, filter_width, blur)
    made /= np.maximum(cover, 1e-4)[..., None]
    made[cover < 1e-4] = (0, 0, 0, 0, 1)[: made.shape[-1]]
    return made


def share_of(samples: CameraSamples, number: int, box: Box, filter_width: float) -> np.ndarray:
    """Return how much of each covered pixel in `box` belongs to what `zone` calls `number`."""
    left, bottom, width, height = (side * samples.fine for side in box)
    zone = samples.zone[bottom : bottom + height, left : left + width]
    found, covered = (
        pixel_filter.filtered(which, samples.fine, filter_width)
        for which in (zone == number, zone != NOTHING)
    )
    return found / np.maximum(covered, 1e-4)


def lit(answer: Answer, colour: np.ndarray, around: np.ndarray) -> np.ndarray:
    """Return what a surface of `colour` shows among cloth that reflects `around`."""
    return answer.shine + colour * (answer.direct + thrown(answer, around))


def thrown(answer: Answer, around: np.ndarray) -> np.ndarray:
    """Return the light that cloth throws on a surface when it reflects `around`.

    White cloth throws `bounced`. Light bounces more than once, so grey cloth throws less than its
    share: the terms of a geometric series, as many as there are bounces. Inside a collar, where no
    lamp shines and all light has bounced, that tells a third from a quarter.
    """
    step = answer.bounced / np.maximum(answer.direct + answer.bounced, 1e-4)
    np.clip(step, 0, 1, out=step)
    far = around * step
    return around * (1 + far + far * far) * (answer.bounced / (1 + step + step * step))


def picture(
    light: LightSet, layers: Sequence[Layer], dark: Sequence[float], bright: Sequence[float]
) -> np.ndarray:
    """Return the whole picture, height × width × 4, linear and premultiplied by its alpha.

    `dark` and `bright` are the fabric's two fibres, linear; equal where it is no heather.
    """
    fibres = np.array([dark, bright], np.float32)
    mean = fibres.mean(axis=0)
    around = _reflected(light, layers, mean)
    shown = _printed(light.answers, layers, _dyed(light, fibres), around)
    for patch in light.patches:
        part = _part(patch.box)
        near, dyed = _cut(around, part), _cut(_dyed(light, fibres), part)
        inside = [found for layer in layers if (found := layer.within(patch.box))]
        shown[part] = _printed(patch.answers, inside, dyed, near)
        # What takes no dye keeps its own colours (its `shine`), but gets the light that cloth throws.
        cloth = patch.answers[CLOTH_SURFACE]
        shown[part] += patch.fixed[..., None] * (1 - dyed) * thrown(cloth, near)
    alpha = light.alpha
    if light.lighter is not None:
        alpha = np.clip(alpha + light.lighter * mean.mean(), 0, 1)
    whole = np.zeros((light.samples.height, light.samples.width, 4), np.float32)
    box = whole[_part(light.samples.box)]
    box[..., :3], box[..., 3] = shown, alpha
    return whole


def _printed(
    answers: Mapping[str, Answer], layers: Sequence[Layer], dyed: np.ndarray, around: np.ndarray
) -> np.ndarray:
    """Return what cloth of the colour `dyed` shows with prints on it."""
    cloth = answers[CLOTH_SURFACE]
    shown = lit(cloth, dyed, around)
    for layer in layers:
        part = np.s_[layer.rows, layer.columns]
        answer = answers[layer.technique]
        ink = Answer(answer.shine[part], answer.direct[part], answer.bounced[part])
        below = shown[part] * layer.left
        if layer.has_underbase:  # it hides the cloth's colour, and leaves its shine
            below += cloth.shine[part] * (1 - layer.left - layer.cover)
        falls = ink.direct + thrown(ink, _cut(around, part))
        shown[part] = below + layer.cover * ink.shine + layer.ink * falls
    return shown


def _dyed(light: LightSet, fibres: np.ndarray) -> np.ndarray:
    """Return the bare cloth's colour: one, or one of each pixel for a heather's two fibres."""
    dark, bright = fibres
    if light.fibre is None or (dark == bright).all():
        return fibres.mean(axis=0)
    return dark + light.fibre[..., None] * (bright - dark)


def _cut(plane: np.ndarray, part: tuple[slice, slice]) -> np.ndarray:
    """Return a part of a plane of colours, or the one colour of them all."""
    return plane if plane.ndim == 1 else plane[part]


def _part(box: Box) -> tuple[slice, slice]:
    left, bottom, width, height = box
    return np.s_[bottom : bottom + height, left : left + width]


def _reflected(light: LightSet, layers: Sequence[Layer], mean: np.ndarray) -> np.ndarray:
    """Return what the shirt reflects around each pixel, prints included: means over some cells."""
    if not layers:
        return mean
    samples = light.samples
    metres = samples.metres_a_pixel()
    share = CELL_SHARE * min(samples.width, samples.height)
    cell = max(1, round(CELL / metres if metres else share))
    height, width = samples.pixels
    grid = np.empty((-(-height // cell), -(-width // cell), 3), np.float32)
    grid[:] = mean
    for layer in layers:
        _add_to(grid, layer, cell)
    for axis in (0, 1) * 3:
        grid = _blurred(grid, axis)
    rows, columns = _between(height, grid.shape[0], cell), _between(width, grid.shape[1], cell)
    return np.einsum("yr,rcd,xc->yxd", rows, grid, columns, optimize=True).astype(np.float32)


def _add_to(grid: np.ndarray, layer: Layer, cell: int) -> None:
    """Lay the print over what the cells of `grid` reflect."""
    low, high = layer.rows.start // cell, -(-layer.rows.stop // cell)
    left, right = layer.columns.start // cell, -(-layer.columns.stop // cell)
    whole = np.zeros(((high - low) * cell, (right - left) * cell, 4), np.float32)
    y, x = layer.rows.start - low * cell, layer.columns.start - left * cell
    tall, wide = layer.channels.shape[:2]
    whole[y : y + tall, x : x + wide, :3] = layer.ink
    whole[y : y + tall, x : x + wide, 3:] = 1 - layer.left
    means = whole.reshape(high - low, cell, right - left, cell, 4).mean(axis=(1, 3))
    part = grid[low:high, left:right]
    part *= 1 - means[..., 3:]
    part += means[..., :3]


def _blurred(grid: np.ndarray, axis: int) -> np.ndarray:
    """Return the mean of each cell and its two neighbours along `axis`."""
    edge = [(1, 1) if along == axis else (0, 0) for along in range(3)]
    wide, length = np.pad(grid, edge, mode="edge"), grid.shape[axis]
    three = [np.take(wide, np.arange(length) + step, axis) for step in range(3)]
    return (three[0] + three[1] + three[2]) / 3


def _between(length: int, cells: int, cell: int) -> np.ndarray:
    """Return the matrix, length × cells, that draws pixels through the middles of cells."""
    at = np.clip((np.arange(length) + 0.5) / cell - 0.5, 0, cells - 1)
    matrix = np.zeros((length, cells), np.float32)
    low = np.minimum(at.astype(int), max(0, cells - 2))
    matrix[np.arange(length), low] = 1 - (at - low)
    if cells > 1:
        matrix[np.arange(length), low + 1] = at - low
    return matrix

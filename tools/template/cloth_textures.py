"""Bakes the small tileable pictures that make cloth of a mesh: knit, yarn, seams, the label.

Plain numpy in, packed Blender images out. Cheap to sample, unlike noise computed anew each time.
"""

import tempfile
from pathlib import Path

import bpy
import numpy as np

from .charts import SEAM_BAND, Edge

#: metres that one tile spans
KNIT_TILE = (0.0090, 0.0090)
UNEVEN_TILE = (0.108, 0.108)
WRINKLE_TILE = (0.37, 0.37)
SEAM_PERIOD = 0.0544
#: how many bands the seam atlas has, each of SEAM_BAND metres
SEAM_BANDS = len(Edge)
#: what the heights 0 and 1 of the seam atlas mean, millimetres
SEAM_LOW, SEAM_HIGH = -1.6, 1.6
_WALES, _COURSES = 12, 16
#: of uneven yarn; more are not seen, but stored
_SHADES = 63


def knit(size: int = 256) -> np.ndarray:
    """Height (size, size) 0..1 of single jersey: columns of V-shaped stitches."""
    v, u = np.mgrid[0:size, 0:size] / size
    u, v = u * _WALES, v * _COURSES
    height = np.zeros((size, size))
    rng = np.random.default_rng(1)
    jitter = rng.normal(0, 1, (_COURSES, _WALES, 3))
    for course in range(-1, 2):
        row = np.floor(v).astype(int) + course
        for leg in (-1, 1):
            column = np.floor(u).astype(int)
            off = jitter[row % _COURSES, column % _WALES]
            x = (u - column - 0.5) * leg
            y = v - row
            t = np.clip((y + 0.25) / 1.5, 0, 1)
            centre = 0.07 + 0.26 * np.sin(np.pi * (0.15 + 0.62 * t)) ** 1.2 + 0.012 * off[..., 0]
            radius = 0.21 + 0.012 * off[..., 1]
            round_ = np.sqrt(np.clip(1 - ((x - centre) / radius) ** 2, 0, 1))
            rise = np.sin(np.pi * np.clip(t * 1.05, 0, 1)) ** 0.7
            twist = 0.06 * np.sin(2 * np.pi * (3.1 * y - 1.8 * x * leg) + off[..., 2])
            inside = (t > 0) & (t < 1)
            height = np.maximum(
                height, np.where(inside, round_ * (0.35 + 0.65 * rise) * (1 + twist), 0)
            )
    return _unit(_blurred(height, 1.2, 1.2))


def uneven(size: int = 384) -> np.ndarray:
    """(size, size, 3): thick and thin yarn, light fibres of a heather, slow clouds; mean 0.5."""
    rng = np.random.default_rng(2)
    white = rng.normal(0, 1, (6, size, size))
    yarn = _standard(_blurred(white[0], 9, 0.7)) + 0.7 * _standard(_blurred(white[1], 2.2, 2.2))
    cloud = _standard(_blurred(white[2], 22, 22)) + 0.5 * _standard(_blurred(white[3], 7, 7))
    flecks = 0.8 * _standard(_blurred(white[4], 5.5, 0.8))
    flecks += 0.6 * _standard(_blurred(white[5], 1.7, 0.7))
    fibres = 0.5 + 0.5 * np.tanh(0.95 * flecks)
    fibres += 0.5 - fibres.mean()
    shades = np.stack([0.5 + 0.14 * _standard(yarn), fibres, 0.5 + 0.16 * _standard(cloud)], -1)
    return np.round(np.clip(shades, 0, 1) * _SHADES) / _SHADES


def wrinkles(size: int = 448) -> np.ndarray:
    """Return (size, size, 2): what ironing leaves, heights of deviation 1/8 about 0.5, and what 8 bits lose.

    Waves of 9 to 60 mm whose heights fall off with their length as in buckled sheets, and among them
    creases: lines where such waves change sign, here and there only, as a crease has a beginning.
    """
    rng = np.random.default_rng(7)
    waves = _standard(_banded(rng, size, 60.0, 9.0, -1.9))
    creases = np.zeros((size, size))
    for _ in range(2):
        line = _standard(_banded(rng, size, 110.0, 22.0, -2.0))
        where = np.clip(_standard(_banded(rng, size, 150.0, 50.0, -1.0)), 0, 1.5)
        creases += where * np.exp(-np.abs(line) / 0.10)
    height = _standard(waves + 0.4 * _standard(_blurred(creases, 1.4, 1.4)))
    height = np.clip(0.5 + height / 8, 0, 1)
    coarse = np.round(height * 255) / 255
    return np.stack([coarse, np.clip((height - coarse) * 255 + 0.5, 0, 1)], -1)


def _banded(
    rng: np.random.Generator, size: int, longest: float, shortest: float, power: float
) -> np.ndarray:
    """Return periodic random waves (size, size) between two lengths, millimetres, of a power spectrum."""
    fx, fy = np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size))
    per_tile = np.hypot(fx * 1.12, fy * 0.9) * size + 1e-9  # longer along the wales
    tile = WRINKLE_TILE[0] * 1000
    band = np.where(per_tile > 0.5, per_tile**power, 0)
    band /= 1 + (tile / longest / per_tile) ** 6
    band *= np.exp(-((per_tile * shortest / tile) ** 2))
    return np.fft.ifft2(np.fft.fft2(rng.normal(0, 1, (size, size))) * band).real


def seams(width: int = 512, rows: int = 224) -> np.ndarray:
    """(bands × rows, width, 2): height SEAM_LOW..SEAM_HIGH as 0..1, and shade 0..1, a band for each Edge.

    To the right the arc along the seam, upwards the distance from it.
    """
    away, arc = np.mgrid[0:rows, 0:width]
    away, arc = (away + 0.5) / rows * SEAM_BAND * 1000, (arc + 0.5) / width * SEAM_PERIOD * 1000
    period = SEAM_PERIOD * 1000
    rng = np.random.default_rng(3)

    def wavy(waves: tuple[int, ...]) -> np.ndarray:
        """Irregular along the arc, about -1..1, periodic."""
        return (
            sum(np.sin(2 * np.pi * n * arc / period + rng.uniform(0, 6.3)) for n in waves)
            / len(waves) ** 0.5
        )

    def stitches(at: float) -> tuple[np.ndarray, np.ndarray]:
        """A row of thread sunk into the cloth: height and how much of it is thread or its shadow."""
        line = away - at - 0.10 * wavy((2, 5))
        place = arc / 3.4 % 1
        thread = np.sqrt(np.clip(1 - ((place - 0.5) / 0.43) ** 2, 0, 1)) * np.exp(
            -((line / 0.34) ** 4)
        )
        trough = np.exp(-((line / 1.0) ** 2)) * (0.75 + 0.25 * np.cos(2 * np.pi * place))
        return 0.42 * thread - 0.46 * trough, 0.24 * trough * (1 - 0.8 * thread)

    def pucker(low: float, high: float, waves: tuple[int, ...]) -> np.ndarray:
        """Ripples across the seam between two distances from it."""
        width_ = (high - low) / 2
        return wavy(waves) * np.exp(-(((away - low - width_) / width_) ** 2))

    flat = np.zeros_like(away)
    bands = {Edge.NONE: (flat, flat)}
    first, second = stitches(19.3), stitches(25.7)
    fold = 1 / (1 + np.exp((away - 27.0) / 0.35))
    ripple = pucker(12, 33, (9, 13, 16)) + pucker(0, 24, (5, 7, 11))
    ripple *= np.clip((33 - away) / 8, 0, 1)
    bands[Edge.HEM] = (first[0] + second[0] + 0.55 * fold + 0.10 * ripple, first[1] + second[1])
    first, second = stitches(2.2), stitches(8.4)
    groove = np.exp(-((away / 1.1) ** 2))
    bands[Edge.NECK] = (
        first[0] + second[0] - 0.9 * groove + 0.09 * pucker(0, 16, (9, 13, 17)),
        first[1] + second[1] + 0.16 * groove,
    )
    for edge, depth, ripples in ((Edge.ARMHOLE, 0.95, 0.13), (Edge.SHOULDER, 0.8, 0.08)):
        groove = np.exp(-away / 1.1)
        swell = np.exp(-(((away - 3.2) / 2.4) ** 2))
        bands[edge] = (
            -depth * groove * (1 + 0.2 * wavy((7, 12)))
            + 0.22 * swell
            + ripples * pucker(0, 14, (6, 9, 14)),
            0.17 * groove,
        )
    bend = 0.25 * wavy((1, 3))
    rib = np.abs(np.sin(np.pi * (arc + bend) / 2.72)) ** 0.7
    sunk = np.exp(-((away / 1.2) ** 2))
    bands[Edge.RIB] = (0.62 * rib - 0.4 - 0.7 * sunk, 0.17 * (1 - rib) ** 2 + 0.15 * sunk)
    twill = np.sin(2 * np.pi * (arc / 1.7 + np.abs(away - 5.4) / 2.2))
    bands[Edge.TAPE] = (0.18 * twill, 0.08 * (0.5 - 0.5 * twill))
    heights = np.concatenate([bands[edge][0] for edge in Edge])
    shades = np.concatenate([bands[edge][1] for edge in Edge])
    heights = (heights - SEAM_LOW) / (SEAM_HIGH - SEAM_LOW)
    return np.clip(np.stack([heights, shades], -1), 0, 1)


def label(width: int = 352, height: int = 264) -> np.ndarray:
    """(height, width) ink 0..1 of the label's print: a size that one reads from afar, small print below."""
    ink = np.zeros((height * 2, width * 2))
    for text, size, up in (
        ("L", 0.40, 0.42),
        ("100% COTTON", 0.085, 0.23),
        ("PRINT SAMPLE", 0.062, 0.11),
    ):
        ink = np.maximum(ink, _lettering(text, size, up, ink.shape))
    ink = ink.reshape(height, 2, width, 2).mean((1, 3))
    return ink * (0.9 + 0.1 * np.sin(np.arange(height) * 2.1)[:, None])


def _lettering(text: str, size: float, up: float, shape: tuple[int, int]) -> np.ndarray:
    """Blender's own font, centred, its baseline at `up`; sizes are shares of the picture's height."""
    curve = bpy.data.curves.new("Lettering", "FONT")
    curve.body, curve.size, curve.align_x, curve.fill_mode = text, 1.0, "CENTER", "FRONT"
    writing = bpy.data.objects.new("Lettering", curve)
    mesh = writing.to_mesh()
    mesh.calc_loop_triangles()
    spots = np.array([vertex.co.to_2d() for vertex in mesh.vertices])
    triangles = [tuple(triangle.vertices) for triangle in mesh.loop_triangles]
    writing.to_mesh_clear()
    bpy.data.objects.remove(writing)
    bpy.data.curves.remove(curve)
    high, wide = shape
    spots = spots * size * high * 1.35 + [wide / 2, up * high]
    ink = np.zeros(shape)
    for a, b, c in (spots[list(t)] for t in triangles):
        low = np.maximum(np.floor(np.min([a, b, c], 0)).astype(int), 0)
        top = np.minimum(np.ceil(np.max([a, b, c], 0)).astype(int) + 1, [wide, high])
        y, x = np.mgrid[low[1] : top[1], low[0] : top[0]] + 0.5
        sides = [
            (q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0])
            for p, q in ((a, b), (b, c), (c, a))
        ]
        inside = (np.min(sides, 0) >= 0) | (np.max(sides, 0) <= 0)
        ink[low[1] : top[1], low[0] : top[0]][inside] = 1
    return ink


def packed(name: str, channels: np.ndarray) -> bpy.types.Image:
    """A packed 8-bit image of numbers, not colours, from (height, width) or (height, width, 1..3) in 0..1."""
    channels = channels if channels.ndim == 3 else channels[..., None].repeat(3, 2)
    height, width, given = channels.shape
    image = bpy.data.images.new(name, width, height, alpha=False)
    image.colorspace_settings.name = "Non-Color"
    pixels = np.zeros((height, width, 4), np.float32)
    pixels[..., :given] = channels
    pixels[..., 3] = 1
    image.pixels.foreach_set(pixels.ravel())
    with tempfile.TemporaryDirectory() as folder:
        image.file_format = "WEBP"
        image.filepath_raw = str(Path(folder, f"{name}.webp"))
        image.save(quality=100)  # without loss, in two thirds of a PNG's room
        data = Path(image.filepath_raw).read_bytes()
    image.pack(data=data, data_len=len(data))
    image.filepath_raw = ""
    return image


def _blurred(field: np.ndarray, across: float, down: float) -> np.ndarray:
    """Periodic Gaussian blur, standard deviations in pixels."""
    high, wide = field.shape
    x, y = np.fft.rfftfreq(wide), np.fft.fftfreq(high)
    keep = np.exp(-2 * np.pi**2 * ((across * x[None]) ** 2 + (down * y[:, None]) ** 2))
    return np.fft.irfft2(np.fft.rfft2(field) * keep, (high, wide))


def _standard(field: np.ndarray) -> np.ndarray:
    return (field - field.mean()) / field.std()


def _unit(field: np.ndarray) -> np.ndarray:
    return (field - field.min()) / (field.max() - field.min())

"""The small folds of a worn shirt that a few thousand particles can't have: millimetres deep.

Drawn in the flat pattern, so that they run across seams as real ones do. Centimetres.
"""

from dataclasses import dataclass

import numpy as np

from . import polyline
from .cloth import Cloth
from .pattern import Cut, Panel, Part


@dataclass(frozen=True)
class Fold:
    """A crease along a bent line in the left half of a panel: steep on one side, soft on the other."""

    start: tuple[float, float]
    by: tuple[float, float]
    end: tuple[float, float]
    height: float
    width: float = 1.1


#: from the armpit over the chest, across the sleeve, from the side seam to the belly
_FRONT = (
    Fold((26.2, -22.5), (21, -19.5), (12, -13.5), 0.34),
    Fold((26.6, -24.8), (19, -24.5), (9, -21.0), 0.30, 1.3),
    Fold((27.0, -27.0), (20, -31.0), (11, -31.5), 0.34, 1.2),
    Fold((27.0, -30.0), (23, -37.0), (17, -45.0), 0.28),
    Fold((26.8, -41.0), (19, -45.0), (8, -44.0), 0.20, 1.5),
    Fold((27.0, -51.0), (21, -52.5), (12, -57.0), 0.22, 1.3),
    Fold((26.8, -59.0), (21, -63.0), (16, -71.0), 0.20, 1.4),
    Fold((22.5, -8.5), (17, -8.0), (11, -10.5), 0.12, 1.2),
    Fold((26.6, -23.5), (29.5, -17.5), (31, -10.5), 0.30, 1.2),
    Fold((29.0, -26.5), (32.5, -20.5), (35, -13.5), 0.30, 1.1),
    Fold((31.5, -29.5), (35.0, -24.0), (38, -17.5), 0.20, 1.2),
)
_BACK = (
    Fold((26.2, -22.0), (21, -20.5), (13, -17.0), 0.28, 1.2),
    Fold((26.8, -26.0), (20, -29.0), (12, -35.0), 0.34, 1.3),
    Fold((27.0, -29.5), (23, -36.0), (19, -46.0), 0.28, 1.2),
    Fold((26.8, -44.0), (19, -46.0), (7, -43.5), 0.24, 1.5),
    Fold((26.8, -53.0), (18, -57.0), (8, -55.5), 0.22, 1.5),
    Fold((17.0, -12.0), (16, -26.0), (17, -42.0), 0.20, 1.6),
    Fold((26.6, -23.5), (29.5, -18.0), (31, -11.0), 0.26, 1.2),
    Fold((29.5, -27.0), (32.5, -21.5), (35, -15.0), 0.26, 1.2),
)
#: how far a fold ends before the edge of its panel, where the other panel goes on without it
_FADE = 2.0
_SCALE = 2.4


def folded(cloth: Cloth, cut: Cut, seed: int, strength: float = 1.0) -> Cloth:
    """Adds folds, uneven cloth and a wavy hem; `strength` 0 leaves only a trace of them."""
    rng = np.random.default_rng(seed)
    flat, front = cloth.flat_of_points()
    height = _uneven(cloth.points, rng)
    for panel, folds in ((Panel.FRONT, _FRONT), (Panel.BACK, _BACK)):
        here = np.flatnonzero(front == (panel is Panel.FRONT))
        for side in (1, -1):
            mirrored = flat[here] * [side, 1]
            for fold in folds:
                height[here] += _crease(mirrored, _varied(fold, rng))
        fade = np.clip(_to_seams(flat[here], cut, panel) / _FADE, 0, 1)
        height[here] *= fade * fade * (3 - 2 * fade)
    height += _hem_wave(flat, front, cut, rng)
    height *= _SCALE * strength
    height[np.unique(cloth.triangles[cloth.part == Part.RIB])] = 0.06
    return cloth.moved(cloth.points + cloth.normals() * height[:, None])


def _varied(fold: Fold, rng: np.random.Generator) -> Fold:
    def jitter(point: tuple[float, float], by: float) -> tuple[float, float]:
        return tuple(np.asarray(point) + rng.normal(0, by, 2))

    return Fold(
        jitter(fold.start, 0.7),
        jitter(fold.by, 1.3),
        jitter(fold.end, 2.0),
        fold.height * rng.uniform(0.55, 1.25),
        fold.width * rng.uniform(0.85, 1.25),
    )


def _crease(points: np.ndarray, fold: Fold) -> np.ndarray:
    """Height (n,) of one fold at points of the pattern."""
    t = np.linspace(0, 1, 24)[:, None]
    start, by, end = (np.asarray(p) for p in (fold.start, fold.by, fold.end))
    line = (1 - t) ** 2 * start + 2 * t * (1 - t) * by + t**2 * end
    away, arc = polyline.nearest(points, line)
    run = arc / np.hypot(*np.diff(line, axis=0).T).sum()
    which = np.minimum((run * (len(line) - 1)).astype(int), len(line) - 2)
    step = np.diff(line, axis=0)[which]
    aside = points - line[which]
    away *= np.sign(step[:, 0] * aside[:, 1] - step[:, 1] * aside[:, 0])
    wide = fold.width * (0.75 + 0.7 * run)
    ridge = np.exp(-((away / np.where(away > 0, 0.8 * wide, 1.3 * wide)) ** 2))
    valley = np.exp(-(((away - 1.9 * wide) / (1.1 * wide)) ** 2))
    fade = np.clip(run / 0.15, 0, 1) * np.clip((1 - run) / 0.6, 0, 1)
    return fold.height * fade * fade * (3 - 2 * fade) * (ridge - 0.5 * valley)


def _uneven(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Half a millimetre of slow waves (n,), without which cloth looks like plastic."""
    waves = np.zeros(len(points))
    for _ in range(14):
        direction = rng.normal(0, 1, 3)
        direction *= 2 * np.pi / rng.uniform(5, 13) / np.linalg.norm(direction)
        waves += np.sin(points @ direction + rng.uniform(0, 2 * np.pi))
    return 0.018 * waves


def _to_seams(flat: np.ndarray, cut: Cut, panel: Panel) -> np.ndarray:
    lines = cut.lines(panel)
    mirrored = np.c_[np.abs(flat[:, 0]), flat[:, 1]]
    return np.min([polyline.nearest(mirrored, lines[name])[0] for name in cut.sewn], 0)


def _hem_wave(
    flat: np.ndarray, front: np.ndarray, cut: Cut, rng: np.random.Generator
) -> np.ndarray:
    """A stitched edge is never straight: about a millimetre in and out, fading 4 cm above it."""
    wave = np.zeros(len(flat))
    for panel in Panel:
        lines = cut.lines(panel)
        here = np.flatnonzero(front == (panel is Panel.FRONT))
        for name in ("hem", "cuff"):
            away, arc = polyline.nearest(np.c_[np.abs(flat[here, 0]), flat[here, 1]], lines[name])
            side = np.sign(flat[here, 0])
            ends = polyline.nearest(
                np.c_[np.abs(flat[here, 0]), flat[here, 1]],
                lines["side" if name == "hem" else "sleeve_under"],
            )[0]
            sum_of = sum(
                np.sin(
                    2 * np.pi * (flat[here, 0] if name == "hem" else arc * side) / length
                    + rng.uniform(0, 6.3)
                )
                for length in (4.3, 6.1, 9.7)
            )
            wave[here] += 0.045 * sum_of * np.clip(1 - away / 4, 0, 1) * np.clip(ends / 2, 0, 1)
    return wave

"""Gathers camera samples into pixels as Cycles' Blackman-Harris filter does. No bpy here."""

import math

import numpy as np


def weights(fine: int, width: float, blur: float = 0.0) -> np.ndarray:
    """Return what each of a row of samples counts in a pixel, `fine` of them a pixel.

    The row reaches `reach(width)` pixels beyond the pixel on both sides. `width`: the filter's, as
    it is set in Blender; Cycles spreads the window over twice that
    (intern/cycles/scene/film.cpp, filter_table). `blur`: variance, in pixels², that the art brings
    along where it is sampled from a coarser level; the filter is that much narrower.
    """
    beyond = reach(width)
    at = (np.arange(-beyond * fine, (beyond + 1) * fine) + 0.5) / fine - 0.5
    spread = 2 * width
    narrowed = math.sqrt(max(_VARIANCE * spread**2 - blur, 0.02) / _VARIANCE)
    found = _blackman_harris(at / narrowed)
    found[found < 0.001 * found.max()] = 0
    return (found / found.sum()).astype(np.float32)


def reach(width: float) -> int:
    """Return how many pixels beyond a pixel's own the filter of that width counts."""
    return max(1, math.ceil(width - 0.5))


def filtered(samples: np.ndarray, fine: int, width: float, blur: float = 0.0) -> np.ndarray:
    """Return pixels of samples (rows × columns × channels); beyond the border lies the border."""
    edge = fine * reach(width)
    around = ((edge, edge), (edge, edge), *[(0, 0)] * (samples.ndim - 2))
    padded = np.pad(samples.astype(np.float32, copy=False), around, mode="edge")
    rows, columns = samples.shape[0] // fine, samples.shape[1] // fine
    taps = [(tap, weight) for tap, weight in enumerate(weights(fine, width, blur)) if weight]
    half = _gathered(padded, taps, fine, rows)
    return _gathered(half.swapaxes(0, 1), taps, fine, columns).swapaxes(0, 1)


def _gathered(
    lines: np.ndarray, taps: list[tuple[int, float]], fine: int, length: int
) -> np.ndarray:
    """Return `length` means of lines along the first axis."""
    total = np.zeros((length, *lines.shape[1:]), np.float32)
    for tap, weight in taps:
        total += weight * lines[tap : tap + fine * (length - 1) + 1 : fine]
    return total


def _blackman_harris(at: np.ndarray) -> np.ndarray:
    turn = 2 * np.pi * (at + 0.5)
    window = (
        0.35875 - 0.48829 * np.cos(turn) + 0.14128 * np.cos(2 * turn) - 0.01168 * np.cos(3 * turn)
    )
    return np.where(np.abs(at) < 0.5, window, 0)


_AT = np.linspace(-0.5, 0.5, 1001)
#: of the window of width 1
_VARIANCE = float((_AT**2 * _blackman_harris(_AT)).sum() / _blackman_harris(_AT).sum())

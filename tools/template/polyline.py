"""Plane geometry of polylines for the sewing pattern. Plain numpy, any unit."""

import numpy as np


def resample(line: np.ndarray, step: float) -> np.ndarray:
    """The polyline (n, 2) cut into equal pieces about `step` long, both ends kept."""
    line = np.asarray(line, float)
    arc = np.r_[0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    pieces = max(2, round(arc[-1] / step))
    at = np.linspace(0, arc[-1], pieces + 1)
    return np.c_[np.interp(at, arc, line[:, 0]), np.interp(at, arc, line[:, 1])]


def nearest(points: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each point (n, 2): its distance to the polyline and the arc length of the foot."""
    start, step = line[:-1], np.diff(line, axis=0)
    length = np.hypot(*step.T)
    arc = np.r_[0, np.cumsum(length)][:-1]
    away = points[:, None, :] - start[None]
    along = np.clip((away * step).sum(2) / np.maximum(length**2, 1e-9), 0, 1)
    distance = np.hypot(*(away - along[..., None] * step).transpose(2, 0, 1))
    best = distance.argmin(1)
    row = np.arange(len(points))
    return distance[row, best], arc[best] + along[row, best] * length[best]


def inside(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Which points (n, 2) lie inside the closed polygon (even-odd rule)."""
    x, y = points.T
    odd = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, 0), strict=True):
        if y0 != y1:
            odd ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return odd

"""Flattens cloth with as little stretch as its shape allows, and tells how much is left.

As-rigid-as-possible parametrization (Liu et al. 2008, "A Local/Global Approach to Mesh
Parameterization"). Plain numpy; lengths are metres of cloth. No bpy here.
"""

import numpy as np

_ROUNDS, _SOLVER_STEPS = 20, 100
#: when a round moves no point further than this it is the last, metres
_STILL = 1e-4
#: part of the error that a solve may leave to the next round, squared
_EXACT = 1e-4
#: least weight of an edge: a triangle's obtuse corner would otherwise push its neighbours away
_LEAST_WEIGHT = 0.02


def flattened(points: np.ndarray, triangles: np.ndarray, start: np.ndarray) -> np.ndarray:
    """UV (n, 2) near `start` in which each triangle is as long and wide as in space.

    `points` (n, 3), all of them in `triangles` (m, 3); pieces that hang together nowhere stay
    where they start.
    """
    shape = _shapes(points[triangles])
    tails = triangles.T.reshape(-1)
    heads = np.roll(triangles, -1, axis=1).T.reshape(-1)
    edges = (np.roll(shape, -1, axis=1) - shape).transpose(1, 0).reshape(-1)
    weights = np.concatenate([_cotangents(shape, corner) for corner in range(3)])
    neighbours = _Neighbours(tails, heads, weights)
    uv = start[:, 0] + 1j * start[:, 1]
    for _ in range(_ROUNDS):
        before = uv
        turn = (weights * (uv[heads] - uv[tails]) * edges.conj()).reshape(3, -1).sum(axis=0)
        turn /= np.maximum(np.abs(turn), 1e-12)
        wanted = neighbours.pulled(weights * edges * np.tile(turn, 3))
        uv = neighbours.solved(wanted, uv)
        if np.abs(uv - before).max() < _STILL:
            break
    return np.stack([uv.real, uv.imag], axis=1)


def principal_scales(flat: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Metres of cloth for each metre of `flat`, the greater and the less (m, 2), and areas (m,).

    `flat` (m, 3, 2) and `points` (m, 3, 3) are the corners of the triangles.
    """
    return np.linalg.svd(_jacobian(flat, points), compute_uv=False), _areas(points)


def median_scale(flat: np.ndarray, points: np.ndarray) -> float:
    """The principal scale that half of the cloth is below, by area."""
    scales, areas = principal_scales(flat, points)
    order = np.argsort(scales, axis=None)
    upto = np.cumsum(np.repeat(areas, 2)[order])
    return float(scales.reshape(-1)[order][np.searchsorted(upto, upto[-1] / 2)])


def mean_scales(flat: np.ndarray, points: np.ndarray) -> tuple[float, float]:
    """Metres of cloth for each metre of `flat` along u and along v, on the mean of the cloth."""
    jacobian, areas = _jacobian(flat, points), _areas(points)
    across, along = np.average(np.linalg.norm(jacobian, axis=1), axis=0, weights=areas)
    return float(across), float(along)


def turned_upright(flat: np.ndarray, points: np.ndarray) -> np.ndarray:
    """`flat`, turned so that the cloth's height grows along v."""
    jacobian = _jacobian(flat, points)
    e1, e2 = points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]
    areas = np.linalg.norm(np.cross(e1, e2), axis=1)
    across, up = np.average(jacobian[:, 2], axis=0, weights=areas)
    length = np.hypot(across, up)
    if length < 1e-9:
        return flat
    cos, sin = up / length, across / length
    return flat @ np.array([[cos, sin], [-sin, cos]])


def _jacobian(flat: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The map from `flat` to space (m, 3, 2), zero where a triangle of `flat` has no area."""
    edges = np.stack([flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]], axis=-1)
    cloth = np.stack([points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]], axis=-1)
    real = np.abs(np.linalg.det(edges)) > 1e-14
    inverse = np.zeros_like(edges)
    inverse[real] = np.linalg.inv(edges[real])
    return cloth @ inverse


def _areas(points: np.ndarray) -> np.ndarray:
    across = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    return np.linalg.norm(across, axis=1) / 2


def _shapes(corners: np.ndarray) -> np.ndarray:
    """Each triangle (m, 3, 3) laid flat by itself: complex (m, 3)."""
    right = corners[:, 1] - corners[:, 0]
    length = np.maximum(np.linalg.norm(right, axis=1), 1e-9)
    third = corners[:, 2] - corners[:, 0]
    x = (third * right).sum(axis=1) / length
    y = np.linalg.norm(third - (x / length)[:, None] * right, axis=1)
    return np.stack([np.zeros_like(x), length, x + 1j * np.maximum(y, 1e-9)], axis=1)


def _cotangents(shape: np.ndarray, corner: int) -> np.ndarray:
    """Weight of the edge from `corner` to the next: the cotangent of the angle opposite."""
    opposite = shape[:, (corner + 2) % 3]
    legs = (shape[:, corner] - opposite).conj() * (shape[:, (corner + 1) % 3] - opposite)
    return np.clip(legs.real / np.abs(legs.imag), _LEAST_WEIGHT, 1 / _LEAST_WEIGHT)


def _dot(a: np.ndarray, b: np.ndarray) -> float:
    # Not numpy's: for arrays as small as these its threads cost ten times what they save.
    return float((a.real * b.real).sum() + (a.imag * b.imag).sum())


class _Neighbours:
    """The weighted edges of a mesh, each seen from both its ends, by point."""

    def __init__(self, tails: np.ndarray, heads: np.ndarray, weights: np.ndarray) -> None:
        here = np.concatenate([heads, tails])
        self._order = np.argsort(here, kind="stable")
        self._starts = np.flatnonzero(np.diff(here[self._order], prepend=-1))
        # Two triangles share most edges: each is summed up once.
        size = int(here.max()) + 1
        edges, one = np.unique(here * size + np.concatenate([tails, heads]), return_inverse=True)
        self._there = edges % size
        self._first = np.flatnonzero(np.diff(edges // size, prepend=-1))
        self._weights = np.bincount(one, np.concatenate([weights, weights]))
        self._whole = np.add.reduceat(self._weights, self._first)

    def pulled(self, pull: np.ndarray) -> np.ndarray:
        """What each point is pulled by in all, where edge k pulls at its head by `pull[k]`."""
        return np.add.reduceat(np.concatenate([pull, -pull])[self._order], self._starts)

    def solved(self, wanted: np.ndarray, guess: np.ndarray) -> np.ndarray:
        """The places where the edges pull as `wanted`, by preconditioned conjugate gradients."""
        x = guess
        residual = wanted - self._stretch(x)
        ready = residual / self._whole
        direction, energy = ready, _dot(residual, ready)
        enough = energy * _EXACT
        for _ in range(_SOLVER_STEPS):
            if energy <= enough:
                break
            pushed = self._stretch(direction)
            step = energy / _dot(direction, pushed)
            x = x + step * direction
            residual = residual - step * pushed
            ready = residual / self._whole
            before, energy = energy, _dot(residual, ready)
            direction = ready + energy / before * direction
        return x

    def _stretch(self, x: np.ndarray) -> np.ndarray:
        around = np.add.reduceat(self._weights * x[self._there], self._first)
        return self._whole * x - around

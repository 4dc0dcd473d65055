"""Lays a zone of the draped cloth flat again: a print keeps its size on the cloth as it hangs.

As-rigid-as-possible parametrization (Liu et al. 2008, "A Local/Global Approach to Mesh
Parameterization"), started from the pattern. Plain numpy, metres.
"""

import numpy as np

_ROUNDS, _SOLVER_STEPS = 16, 120


def flattened(points: np.ndarray, triangles: np.ndarray, start: np.ndarray) -> np.ndarray:
    """UV (n, 2) near `start` in which each triangle is, as nearly as can be, as large as in space.

    `points` (n, 3) and `triangles` (m, 3) are one connected piece of cloth.
    """
    corner = points[triangles]
    right = corner[:, 1] - corner[:, 0]
    length = np.linalg.norm(right, axis=1)
    right /= length[:, None]
    third = corner[:, 2] - corner[:, 0]
    x = (third * right).sum(1)
    y = np.linalg.norm(third - x[:, None] * right, axis=1)
    zero = np.zeros_like(x)
    shape = np.stack(
        [np.stack([zero, zero], 1), np.stack([length, zero], 1), np.stack([x, y], 1)], 1
    )

    size = len(points)
    tail, head, weight, edge = [], [], [], []
    for k in range(3):
        i, j, o = k, (k + 1) % 3, (k + 2) % 3
        a, b = shape[:, i] - shape[:, o], shape[:, j] - shape[:, o]
        cotangent = (a * b).sum(1) / np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
        tail.append(triangles[:, i])
        head.append(triangles[:, j])
        weight.append(np.maximum(cotangent, 0.02))
        edge.append(shape[:, j] - shape[:, i])
    tails, heads, weights = (np.concatenate(v) for v in (tail, head, weight))
    diagonal = np.bincount(tails, weights, size) + np.bincount(heads, weights, size)
    # each inner edge is the side of two triangles
    ends = np.sort(np.stack([tails, heads], 1), 1)
    (low, high), of = (v.T for v in np.unique(ends, axis=0, return_inverse=True))
    stiff = np.bincount(of.ravel(), weights)

    def laplacian(f: np.ndarray) -> np.ndarray:
        pull = stiff[:, None] * (f[high] - f[low])
        return np.stack([np.bincount(high, c, size) - np.bincount(low, c, size) for c in pull.T], 1)

    uv = start.astype(float).copy()
    for _ in range(_ROUNDS):
        twist, spread = 0.0, 0.0
        for k in range(3):
            now = uv[head[k]] - uv[tail[k]]
            spread += weight[k] * (now * edge[k]).sum(1)
            twist += weight[k] * (now[:, 1] * edge[k][:, 0] - now[:, 0] * edge[k][:, 1])
        angle = np.arctan2(twist, spread)
        cos, sin = np.cos(angle), np.sin(angle)
        turned = (
            np.concatenate(
                [
                    np.stack([cos * e[:, 0] - sin * e[:, 1], sin * e[:, 0] + cos * e[:, 1]], 1)
                    for e in edge
                ]
            )
            * weights[:, None]
        )
        wanted = np.stack(
            [np.bincount(heads, c, size) - np.bincount(tails, c, size) for c in turned.T], 1
        )
        uv = _solve(laplacian, diagonal[:, None], wanted, uv)
    return _aligned(uv, start)


def _solve(matrix, diagonal: np.ndarray, wanted: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """Preconditioned conjugate gradients, both columns at once."""
    x = guess
    residual = wanted - matrix(x)
    ready = residual / diagonal
    direction = ready
    energy = (residual * ready).sum(0)
    for _ in range(_SOLVER_STEPS):
        pushed = matrix(direction)
        step = energy / np.maximum((direction * pushed).sum(0), 1e-300)
        x = x + step * direction
        residual = residual - step * pushed
        ready = residual / diagonal
        before, energy = energy, (residual * ready).sum(0)
        direction = ready + energy / np.maximum(before, 1e-300) * direction
    return x


def _aligned(uv: np.ndarray, to: np.ndarray) -> np.ndarray:
    """The rigid motion of `uv` that lies best on `to`."""
    a, b = uv - uv.mean(0), to - to.mean(0)
    angle = np.arctan2((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum(), (a * b).sum())
    cos, sin = np.cos(angle), np.sin(angle)
    return a @ np.array([[cos, sin], [-sin, cos]]) + to.mean(0)

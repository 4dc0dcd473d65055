"""Pairs triangles into quads, which take a third less room on disk and show the same surface."""

import numpy as np

#: a pair bends over its diagonal by less than this, and is open at its ends by less than that, degrees
_BENT, _OPEN = 25.0, 170.0

#: another triangle, the own corner at which the shared edge starts, and the other's far corner
Partner = tuple[int, int, int]


def paired(points: np.ndarray, triangles: np.ndarray, layers: np.ndarray) -> list[list[int]]:
    """Faces as lists of corners, of which 3 k + c is corner c of triangle k.

    `layers` (m, 3, d) is what the corners carry: a pair agrees about it along its diagonal, from the
    quad's corner 0 to 2, over which Blender splits it again.
    """
    partners = _partners(points, triangles, layers)
    chances = [len(others) for others in partners]
    taken = [False] * len(triangles)
    faces = []
    for k, others in enumerate(partners):
        if taken[k]:
            continue
        free = [one for one in others if not taken[one[0]]]
        if not free:
            faces.append([3 * k, 3 * k + 1, 3 * k + 2])
            continue
        other, start, far = min(free, key=lambda one: chances[one[0]])
        faces.append(
            [3 * k + (start + 1) % 3, 3 * k + (start + 2) % 3, 3 * k + start, 3 * other + far]
        )
        for gone in (k, other):
            taken[gone] = True
            for near, *_ in partners[gone]:
                chances[near] -= 1
    return faces


def _partners(points: np.ndarray, triangles: np.ndarray, layers: np.ndarray) -> list[list[Partner]]:
    """The triangles that each one can be paired with."""
    triangle, start = np.divmod(np.arange(triangles.size), 3)
    end = (start + 1) % 3
    ends = np.sort(np.stack([triangles[triangle, start], triangles[triangle, end]], 1), 1)
    order = np.lexsort(ends.T)
    same = np.flatnonzero((np.diff(ends[order], axis=0) == 0).all(1))
    first, second = order[same], order[same + 1]
    a, b = triangle[first], triangle[second]
    meets = ((start[first], end[second]), (end[first], start[second]))
    x = points[triangles]
    normal = np.cross(x[:, 1] - x[:, 0], x[:, 2] - x[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-12
    fits = (normal[a] * normal[b]).sum(1) > np.cos(np.radians(_BENT))
    for at_a, at_b in meets:
        fits &= triangles[a, at_a] == triangles[b, at_b]
        fits &= (layers[a, at_a] == layers[b, at_b]).all(1)
        fits &= _angle(x, a, at_a) + _angle(x, b, at_b) < _OPEN
    partners: list[list[Partner]] = [[] for _ in triangles]
    for one, two in ((first, second), (second, first)):
        rows = np.stack([triangle[one], triangle[two], start[one], (start[two] + 2) % 3], 1)[fits]
        for own, *partner in rows.tolist():
            partners[own].append(tuple(partner))
    return partners


def _angle(x: np.ndarray, triangle: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """At a corner of each triangle, degrees."""
    at, after, before = (x[triangle, (corner + k) % 3] for k in range(3))
    one, two = after - at, before - at
    cos = (one * two).sum(1) / (np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1) + 1e-12)
    return np.degrees(np.arccos(np.clip(cos, -1, 1)))

"""From the draped particles to a mesh fine enough to render: smoothing and a split into four.

Centimetres.
"""

import numpy as np

from .cloth import Cloth, scatter
from .pattern import Part

#: there and back (Taubin 1995, "A signal processing approach to fair surface design"): nothing shrinks
_SMOOTH, _BORDERS, _STEPS = 5, 8, (0.5, -0.51)
#: what is a crease, how many edges around it are eased along, and how often
_SHARP_DEG, _AROUND, _EASE = 70.0, 2, 12


def relaxed(cloth: Cloth) -> Cloth:
    """Smooths borders and collar along themselves, the cloth with the FLAT pattern's cotangents.

    Those keep the way from pattern to space smooth, so that a printed edge gets no kinks.
    """
    x, t = cloth.points, cloth.triangles
    edges, of, count = cloth.edges()
    ribs = np.bincount(of.ravel(), np.repeat(cloth.part == Part.RIB, 3), len(edges))
    line = (count == 1) | ((count == 2) & (ribs == 1))
    on_line = np.zeros(len(x), bool)
    on_line[edges[line].ravel()] = True
    source, target = np.concatenate([edges, edges[:, ::-1]]).T
    use = ~on_line[target] | np.concatenate([line, line])
    source, target = source[use], target[use]
    neighbours = np.maximum(np.bincount(target, minlength=len(x)), 1)[:, None]
    in_rib = np.zeros(len(x), bool)
    in_rib[t[cloth.part == Part.RIB].ravel()] = True
    curve = (on_line | in_rib)[:, None]

    here, there, weight = [], [], []
    for k in range(3):
        o, p, q = (cloth.flat[:, (k + i) % 3] for i in range(3))
        u, v = p - o, q - o
        cotangent = (u * v).sum(1) / np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
        i, j = t[:, (k + 1) % 3], t[:, (k + 2) % 3]
        here += [i, j]
        there += [j, i]
        weight += [cotangent, cotangent]
    here, there, weight = map(np.concatenate, (here, there, weight))
    whole = np.maximum(np.bincount(here, weight, len(x)), 0.5)[:, None]
    for turn in range(_BORDERS * 2):
        mean = scatter(target, x[source], len(x)) / neighbours
        pull = scatter(here, weight[:, None] * (x[there] - x[here]), len(x)) / whole
        step = _STEPS[turn % 2]
        x = x + step * np.where(curve, mean - x, pull if turn < _SMOOTH * 2 else 0)
    return cloth.moved(x)


def eased(cloth: Cloth) -> Cloth:
    """Return the cloth with creases rounded that are sharper than its mesh can show.

    A fold tighter than two edges turns into a ragged line of facets, which catches light on black.
    """
    x = cloth.points
    edges, of, count = cloth.edges()
    a, b, c = (x[cloth.triangles[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    face /= np.linalg.norm(face, axis=1, keepdims=True) + 1e-12
    mean = scatter(of.ravel(), np.repeat(face, 3, 0), len(edges)) / count[:, None]
    # Of two unit normals the mean is as long as the cosine of half the angle between them.
    sharp = (count == 2) & (np.linalg.norm(mean, axis=1) < np.cos(np.radians(_SHARP_DEG / 2)))
    ease = np.zeros(len(x))
    ease[edges[sharp].ravel()] = 1
    source, target = np.concatenate([edges, edges[:, ::-1]]).T
    neighbours = np.bincount(target, minlength=len(x))
    for _ in range(_AROUND):
        ease = np.maximum(ease, np.bincount(target, ease[source], len(x)) / neighbours)
    for _ in range(_EASE):
        middle = scatter(target, x[source], len(x)) / neighbours[:, None]
        x = x + 0.5 * ease[:, None] * (middle - x)
    return cloth.moved(x)


def refined(cloth: Cloth) -> Cloth:
    """Each triangle in four; new points bulge along the normals (PN midpoint), flat positions stay linear."""
    x, t, flat = cloth.points, cloth.triangles, cloth.flat
    normal = cloth.normals()
    edges, of, _ = cloth.edges()
    a, b = x[edges[:, 0]], x[edges[:, 1]]
    lean_a = ((b - a) * normal[edges[:, 0]]).sum(1, keepdims=True) * normal[edges[:, 0]]
    lean_b = ((b - a) * normal[edges[:, 1]]).sum(1, keepdims=True) * normal[edges[:, 1]]
    middle = (a + b) / 2 - (lean_a - lean_b) / 8
    p, q, r = (of + len(x)).T
    a, b, c = t.T
    half = (flat + np.roll(flat, -1, 1)) / 2
    triangles = [(a, p, r), (p, b, q), (r, q, c), (p, q, r)]
    corners = [
        (flat[:, 0], half[:, 0], half[:, 2]),
        (half[:, 0], flat[:, 1], half[:, 1]),
        (half[:, 2], half[:, 1], flat[:, 2]),
        (half[:, 0], half[:, 1], half[:, 2]),
    ]
    return Cloth(
        np.concatenate([x, middle]),
        np.concatenate([np.stack(f, 1) for f in triangles]),
        np.concatenate([np.stack(f, 1) for f in corners]),
        np.tile(cloth.front, 4),
        np.tile(cloth.part, 4),
    )


def ordered(cloth: Cloth) -> Cloth:
    """The same cloth numbered from place to neighbouring place, which packs to half the size on disk."""
    cell = np.floor(cloth.flat.mean(1) / 1.5).astype(int)
    cell -= cell.min(0)
    code = np.zeros(len(cell), int)
    for bit in range(7):  # Morton order
        code |= (cell[:, 0] >> bit & 1) << 2 * bit | (cell[:, 1] >> bit & 1) << 2 * bit + 1
    by_place = np.lexsort((code, cloth.front))
    triangles = cloth.triangles[by_place]
    _, first, of = np.unique(triangles, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    points = np.empty_like(cloth.points)
    points[rank] = cloth.points
    return Cloth(
        points,
        rank[of].reshape(-1, 3),
        cloth.flat[by_place],
        cloth.front[by_place],
        cloth.part[by_place],
    )

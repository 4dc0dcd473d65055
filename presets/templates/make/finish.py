"""From the draped particles to the mesh one renders: smoothing, drag folds, and a split into four. Centimetres."""

import math

import numpy as np

from .cloth import Cloth, scatter
from .pattern import Part

_SMOOTH, _FOLDS = 2, 1.3


def finished(cloth: Cloth, seed: int) -> Cloth:
    return folded(refined(relaxed(cloth)), seed)


def relaxed(cloth: Cloth) -> Cloth:
    """Smooths open borders and the collar along themselves, and the cloth with the FLAT pattern's cotangent weights.

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
    for turn in range(_SMOOTH * 6):
        mean = scatter(target, x[source], len(x)) / neighbours
        pull = scatter(here, weight[:, None] * (x[there] - x[here]), len(x)) / whole
        x = x + np.where(curve, 0.5 * (mean - x), (0.5 if turn < _SMOOTH * 2 else 0) * pull)
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


#: drag lines from the armpit: direction (degrees in the pattern), length and height (cm)
_DRAG = (
    (205, 17, 0.28),
    (228, 22, 0.34),
    (250, 20, 0.22),
    (182, 12, 0.2),
    (72, 9, 0.26),
    (45, 10, 0.26),
    (20, 9, 0.2),
)


def folded(cloth: Cloth, seed: int) -> Cloth:
    """Adds small folds, a few millimetres high: drag lines from the armpits and across the waist; lifts the rib."""
    rng = np.random.default_rng(seed)
    flat, front = cloth.flat_of_points()
    height = np.zeros(len(flat))
    for panel in (True, False):
        for sign in (1, -1):
            lines = [
                (
                    (26 + rng.normal(0, 0.6), -22 + rng.normal(0, 1.5)),
                    angle + rng.normal(0, 5),
                    length,
                    high,
                )
                for angle, length, high in _DRAG
            ]
            lines += [
                (
                    (25 + rng.normal(0, 1), -38 - 7 * i + rng.normal(0, 1.5)),
                    188 + rng.normal(0, 14),
                    14 + rng.normal(0, 3),
                    0.2 + 0.1 * rng.random(),
                )
                for i in range(4)
            ]
            for start, angle, length, high in lines:
                along = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
                away = flat * [sign, 1] - start
                t = away @ along
                d = away @ [-along[1], along[0]] + 0.02 * t * t * rng.normal(0, 0.6)
                wide = 1.0 + 0.05 * np.clip(t, 0, 30)
                fade = np.clip(t / 4 + 0.5, 0, 1) * np.clip((length - t) / length, 0, 1) ** 1.2
                ridge = np.exp(-((d / wide) ** 2)) - 0.6 * np.exp(-(((d - 1.9 * wide) / wide) ** 2))
                ridge -= 0.25 * np.exp(-(((d + 1.9 * wide) / wide) ** 2))
                height += np.where(
                    (front == panel) & (flat[:, 0] * sign > -8), high * fade * ridge, 0
                )
    height *= _FOLDS
    height[np.unique(cloth.triangles[cloth.part == Part.RIB])] += 0.07
    return cloth.moved(cloth.points + cloth.normals() * height[:, None])

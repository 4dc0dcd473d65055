"""What the drape needs to know of a sewn garment: threads, hinges between triangles, mass, by place.

Centimetres, grams, seconds, so that jersey's measured figures go in as they are.
"""

from dataclasses import dataclass

import numpy as np

from . import polyline
from .cloth import Cloth
from .pattern import Cut, Panel, Part

#: how far from its line a hem, or a seam's allowance, lies in more than one layer, cm
_HEM, _SEAM = 2.3, 0.7
#: of the collar's rib, which is doubled, against plain cloth
_RIB_LAYERS = 2.2
_ALL_SEAMS = ("armhole", "shoulder", "side", "sleeve_under", "neck_seam")
_FAR = 99.0


@dataclass(frozen=True, kw_only=True)
class Jersey:
    """Single jersey, 180 g/m²."""

    #: g/cm²
    weight: float = 0.018
    #: dyn cm, of a centimetre's width (Kawabata's figures for cotton jersey are 10 to 40)
    bend: float = 15.0
    #: how much stiffer than plain cloth a hem is, a seam with its allowances, and the collar
    hem: float = 3.0
    seam: float = 4.0
    rib: float = 12.0
    #: compliance of stretch, cm/dyn
    give: float = 2e-6
    #: how much shorter the collar is knitted than the neckline that it's sewn to
    shrink: float = 0.035
    #: thickness in contact with itself, cm
    thick: float = 0.32
    #: how much the thread of a seam gathers the cloth
    gather: float = 0.003
    #: unevenness of the rest lengths, without which cloth that touches nothing lies as a sheet of tin
    uneven: float = 0.009


@dataclass(frozen=True)
class Threads:
    """The constraints of a garment's cloth, all of n points."""

    #: (e, 2) ends, (e,) length at rest, (e,) compliance
    edges: np.ndarray
    length: np.ndarray
    give: np.ndarray
    #: (h, 4) the ends of an inner edge and the far corners of its triangles; their weights in the
    #: quadratic bending energy (Bergou et al. 2006); (h,) compliance
    hinges: np.ndarray
    weights: np.ndarray
    soft: np.ndarray
    #: (n,) grams
    mass: np.ndarray
    #: (n, 2) place in the pattern, (n,) on the front panel, (n,) from the seam that joins the panels
    flat: np.ndarray
    front: np.ndarray
    to_seam: np.ndarray
    #: (e,) the edges mixed, so that no direction is always asked first
    order: np.ndarray


@dataclass(frozen=True)
class _Sides:
    """The three sides of each triangle (3 m,), with the edge that each of them is."""

    edge: np.ndarray
    #: (3 m, 2) pattern positions of its start and its end
    start: np.ndarray
    end: np.ndarray
    #: cotangents of the triangle's angles at its start and its end
    cot_start: np.ndarray
    cot_end: np.ndarray
    #: (3 m,) point numbers of its start and of the corner across
    tail: np.ndarray
    far: np.ndarray
    #: (m,) of the triangles, cm²
    area: np.ndarray


def threads(cloth: Cloth, cut: Cut, jersey: Jersey, seed: int) -> Threads:
    """Return the constraints of a sewn cloth, at rest in its pattern."""
    rng = np.random.default_rng(seed)
    edges, of, count = cloth.edges()
    sides = _sides(cloth, of)
    order = np.argsort(sides.edge, kind="stable")
    first = order[np.r_[0, np.cumsum(count)[:-1]]]
    second = order[np.minimum(np.r_[0, np.cumsum(count)[:-1]] + 1, len(order) - 1)]

    flat, front = cloth.flat_of_points()
    hem, seam, to_seam = _to_lines(flat, front, cut)
    run = sides.end - sides.start
    length = np.hypot(*run.T)
    rest = np.bincount(sides.edge, length, len(edges)) / count
    in_rib = np.repeat(cloth.part == Part.RIB, 3)
    ribs = np.bincount(sides.edge, in_rib, len(edges))
    sewn = (hem[edges].max(1) < 0.05) | (seam[edges].max(1) < 0.05)
    rest *= np.where(sewn, 1 - jersey.gather, 1.0)
    across = (run / length[:, None])[first, 0]
    rest *= np.where(ribs == count, 1 - jersey.shrink * across**2, 1.0)
    middle = (sides.start + sides.end)[first] / 2
    waves = _waves(middle, np.where(front[edges[:, 0]], 1.0, -1.0), rng)
    rest *= 1 + np.where(ribs == count, 0, jersey.uneven * waves)

    inner = np.flatnonzero(count == 2)
    f, s, ends = first[inner], second[inner], edges[inner]
    stiff = np.where(seam[ends].mean(1) < _SEAM, jersey.seam, 1.0)
    stiff = np.where(hem[ends].mean(1) < _HEM, jersey.hem, stiff)
    stiff = np.where(ribs[inner] > 0, jersey.rib, stiff)
    (f0, f1), (s0, s1) = (_cotangents(sides, side, ends[:, 0]) for side in (f, s))
    around = sides.area[f // 3] + sides.area[s // 3]
    layers = np.where(cloth.part == Part.RIB, _RIB_LAYERS, 1.0)
    share = np.repeat(sides.area * layers / 3, 3) * jersey.weight
    return Threads(
        edges=edges.astype(np.int64),
        length=rest,
        give=np.full(len(edges), jersey.give),
        hinges=np.c_[ends, sides.far[f], sides.far[s]].astype(np.int64),
        weights=np.stack([f1 + s1, f0 + s0, -(f0 + f1), -(s0 + s1)], 1),
        soft=around / (3 * jersey.bend * stiff),
        mass=np.bincount(cloth.triangles.ravel(), share, len(cloth.points)),
        flat=flat,
        front=front,
        to_seam=to_seam,
        order=rng.permutation(len(edges)),
    )


def _sides(cloth: Cloth, of: np.ndarray) -> _Sides:
    triangle, corner = np.divmod(np.arange(cloth.triangles.size), 3)
    a, b, c = (cloth.flat[triangle, (corner + k) % 3] for k in range(3))
    ab, ac, bc = b - a, c - a, c - b
    area = np.abs(ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])
    return _Sides(
        edge=of[triangle, corner],
        start=a,
        end=b,
        cot_start=(ab * ac).sum(1) / area,
        cot_end=-(ab * bc).sum(1) / area,
        tail=cloth.triangles[triangle, corner],
        far=cloth.triangles[triangle, (corner + 2) % 3],
        area=area[::3] / 2,
    )


def _cotangents(
    sides: _Sides, side: np.ndarray, first: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The triangle's cotangents at an edge's first end and at its second."""
    ahead = sides.tail[side] == first
    start, end = sides.cot_start[side], sides.cot_end[side]
    return np.where(ahead, start, end), np.where(ahead, end, start)


def _to_lines(
    flat: np.ndarray, front: np.ndarray, cut: Cut
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distances (n,) of points from the nearest hem, seam, and line that joins front and back."""
    found = np.full((3, len(flat)), _FAR)
    mirrored = np.c_[np.abs(flat[:, 0]), flat[:, 1]]
    for panel in Panel:
        lines = cut.lines(panel)
        here = front == (panel is Panel.FRONT)
        for row, names in enumerate((("hem", "cuff"), _ALL_SEAMS, cut.sewn)):
            away = [polyline.nearest(mirrored[here], lines[name])[0] for name in names]
            found[row, here] = np.min(away, 0)
    return found[0], found[1], found[2]


def _waves(middle: np.ndarray, panel: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Slow random waves of 5 to 16 cm at places of the pattern, of about unit height."""
    waves = np.zeros(len(middle))
    for _ in range(12):
        wave = rng.normal(0, 1, 2)
        wave *= 2 * np.pi / rng.uniform(5, 16) / np.hypot(*wave)
        waves += np.sin(middle @ wave + panel * rng.uniform(0, 6.3) + rng.uniform(0, 6.3))
    return waves / 2.4

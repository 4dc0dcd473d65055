"""Lays a piece of a garment flat as a print zone: which cloth, how wide, where centre and hem are.

A zone is measured along the cloth, not across the picture. Plain numpy, metres; no bpy here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from ...presets.messages import UserError
from ...presets.template_info import Zone
from .flattening import flattened, median_scale, turned_upright

#: where corners lie that are in no zone
OUTSIDE = -10.0
#: cosine of the angle by which cloth may be turned away from the side that a zone is seen from
_FACING = 0.17
#: a garment's normals are looked at this smooth, so that a fold doesn't count as turned away
_SMOOTH = 0.04
#: smallest piece worth a zone, square metres
_LEAST = 0.0004
#: width of the strips in which a garment's body is told from hanging sleeves
_STEP = 0.01
#: points closer than this are one, whether their mesh says so or not
_SAME = 1e-4


class NoZone(UserError, ValueError):
    """No print zone can be made here; the message says why and what to do."""


@dataclass(frozen=True)
class Side:
    """From where a zone is seen; the garment faces -Y."""

    #: the view that faces it
    view: str
    #: unit vectors: to the right as seen, and towards the viewer
    right: tuple[float, float, float]
    toward: tuple[float, float, float]
    #: sign of +u towards the wearer's left; 1 on sleeves
    wearer_left: int
    #: False where the garment's middle is not the zone's: on sleeves
    centred: bool


SIDES = {
    "front": Side("front", (1, 0, 0), (0, -1, 0), 1, True),
    "back": Side("back", (-1, 0, 0), (0, 1, 0), -1, True),
    "left": Side("left", (0, 1, 0), (1, 0, 0), 1, False),
    "right": Side("right", (0, -1, 0), (-1, 0, 0), 1, False),
}


@dataclass(frozen=True, kw_only=True)
class Cloth:
    """A garment as triangles, in the world."""

    #: (n, 3)
    points: np.ndarray
    #: indices of points (m, 3), and of the mesh's corners (m, 3)
    triangles: np.ndarray
    corners: np.ndarray
    #: where prints may go (m,)
    printable: np.ndarray

    @classmethod
    def welded(cls, points: np.ndarray, triangles: np.ndarray, **more: np.ndarray) -> Self:
        """One whose points are joined where they lie together, as the pieces of a pattern do."""
        _, first, joined = np.unique(
            np.round(points / _SAME), axis=0, return_index=True, return_inverse=True
        )
        return cls(points=points[first], triangles=joined.reshape(-1)[triangles], **more)

    @cached_property
    def looks(self) -> np.ndarray:
        """Direction in which each triangle faces outward (m, 3), with small folds smoothed away."""
        a, b, c = (self.points[corner] for corner in self.triangles.T)
        across = np.cross(b - a, c - a)
        length = np.linalg.norm(b - a, axis=1).mean()
        flat, size = self.triangles.reshape(-1), len(self.points)
        for _ in range(int(np.clip((_SMOOTH / length) ** 2, 1, 40))):
            thrice = np.repeat(across, 3, axis=0)
            shared = np.stack([np.bincount(flat, one, size) for one in thrice.T], axis=1)
            across = shared[self.triangles].mean(axis=1)
        return across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)

    @cached_property
    def areas(self) -> np.ndarray:
        """Square metres of each triangle."""
        a, b, c = (self.points[corner] for corner in self.triangles.T)
        return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2

    def along(self, direction: tuple[float, float, float]) -> np.ndarray:
        """How far each triangle's middle lies in `direction`, from the garment's own middle."""
        reach = self.points @ direction
        middle = (reach.min() + reach.max()) / 2
        return reach[self.triangles].mean(axis=1) - middle


@dataclass(frozen=True, kw_only=True)
class Corrections:
    """What the artist knows better than the geometry; all zero: as found."""

    #: radians by which the cloth is turned counter-clockwise in the zone
    turn: float = 0.0
    #: metres by which the centre line lies further right, and collar and hem higher, than found
    centre: float = 0.0
    collar: float = 0.0
    hem: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A zone and where its cloth lies in it."""

    zone: Zone
    #: the mesh's corners in the zone (k,), and their UV (k, 2)
    corners: np.ndarray
    uv: np.ndarray
    #: square metres that were asked for but look the other way
    left_out: float


def seen_from(cloth: Cloth, side: Side, visible: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Which triangles make a zone for a side where none were chosen: the body's, or the sleeve's.

    `visible` returns those of some triangles (m,) before which no other cloth is seen.
    """
    found = cloth.printable & (cloth.looks @ side.toward > _FACING)
    width = _half_of_body(cloth)
    if side.centred:
        body = visible(found & (np.abs(cloth.along(side.right)) < width))
        return _piece(cloth, body, cloth.areas, np.sum)
    out = cloth.along(side.toward)
    sleeve = visible(found & (out > width))
    if cloth.areas[sleeve].sum() < _LEAST:  # no sleeve: the side of the body
        sleeve = visible(found)
    return _piece(cloth, sleeve, out, np.max)


def side_of(cloth: Cloth, chosen: np.ndarray) -> str:
    """The side to which the `chosen` triangles look on the whole."""
    look = cloth.looks[chosen].sum(axis=0)
    return max(SIDES, key=lambda name: float(look @ SIDES[name].toward))


def lay_out(
    cloth: Cloth,
    name: str,
    side: Side,
    chosen: np.ndarray,
    *,
    pattern: np.ndarray | None = None,
    corrections: Corrections = Corrections(),
) -> Layout:
    """Return the zone `name` of the `chosen` triangles (m,), seen from `side`.

    They are flattened, or lie as in `pattern`: UV (m, 3, 2) of an unwrapped sewing pattern, of
    which only the shape is taken. Raises NoZone.
    """
    if not chosen.any():
        raise NoZone(
            f"No face was found for the zone {name!r}; select its faces in Edit Mode first."
        )
    chosen = chosen & cloth.printable
    if not chosen.any():
        raise NoZone(
            f"No face of the zone {name!r} has a printable material; mark that material first."
        )
    towards = chosen & (cloth.looks @ side.toward > 0.0)
    areas = cloth.areas
    if areas[towards].sum() < _LEAST:
        raise NoZone(
            f"The faces of the zone {name!r} can't be seen from the {side.view}; choose others, or "
            "turn them over (Mesh > Normals > Recalculate Outside) if they look inward."
        )
    triangles = cloth.triangles[towards]
    used, local = np.unique(triangles, return_inverse=True)
    local, points = local.reshape(-1, 3), cloth.points[used]
    if pattern is None:
        start = np.stack([points @ side.right, points[:, 2]], axis=1)
        flat = flattened(points, local, start)[local]
    else:
        flat = _unmirrored(pattern[towards], name)
    flat = turned_upright(flat, points[local]) * median_scale(flat, points[local])
    flat = _turned(flat, corrections.turn)
    reach = points @ side.right
    whole = cloth.points @ side.right if side.centred else reach
    middle = float(whole.min() + whole.max()) / 2
    zone, corner = _zone(name, side, flat, reach[local], middle, corrections)
    return Layout(
        zone=zone,
        corners=cloth.corners[towards].reshape(-1),
        uv=((flat - corner) / (zone.width, zone.height)).reshape(-1, 2),
        left_out=float(areas[chosen & ~towards].sum()),
    )


def scaled(zone: Zone, across: float, along: float) -> Zone:
    """The zone of cloth that is so many times as wide and as long."""
    return replace(
        zone,
        width=_tenths(zone.width * across),
        centre=_tenths(zone.centre * across),
        height=_tenths(zone.height * along),
        collar=None if zone.collar is None else _tenths(zone.collar * along),
        hem=_tenths(zone.hem * along),
    )


def _zone(
    name: str,
    side: Side,
    flat: np.ndarray,
    reach: np.ndarray,
    middle: float,
    by_hand: Corrections,
) -> tuple[Zone, np.ndarray]:
    """The zone's figures, and the lower left corner of its rectangle in `flat`.

    `reach` (m, 3) is how far right, as seen, its corners are, and `middle` the centre line.
    """
    low, high = flat.min(axis=(0, 1)), flat.max(axis=(0, 1))
    line = _crossings(flat, reach - middle)
    if not len(line):  # the zone lies beside the centre line
        across = flat[..., 0].mean() + middle - reach.mean()
        line = np.array([[across, low[1]], [across, high[1]]])
    size = np.ceil((high - low) * 1e4) / 1e4
    zone = Zone(
        id=name,
        uv_map=f"zone_{name}",
        width=float(size[0]),
        height=float(size[1]),
        centre=_tenths(np.median(line[:, 0]) - low[0] + by_hand.centre),
        collar=_tenths(line[:, 1].max() - low[1] + by_hand.collar) if side.centred else None,
        hem=_tenths(line[:, 1].min() - low[1] + by_hand.hem),
        wearer_left=side.wearer_left,
        view=side.view,
    )
    return zone, low


def _tenths(metres: float) -> float:
    return round(float(metres), 4)


def _crossings(flat: np.ndarray, beside: np.ndarray) -> np.ndarray:
    """Points (k, 2) of the flat cloth at which `beside` (m, 3) changes its sign: the centre line."""
    found = []
    for here, there in ((0, 1), (1, 2), (2, 0)):
        a, b = beside[:, here], beside[:, there]
        crosses = (a < 0) != (b < 0)
        part = (a[crosses] / (a[crosses] - b[crosses]))[:, None]
        found.append(flat[crosses, here] * (1 - part) + flat[crosses, there] * part)
    return np.concatenate(found)


def _unmirrored(flat: np.ndarray, name: str) -> np.ndarray:
    """The pattern seen from outside; raises NoZone where half of it is mirrored."""
    right, up = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    areas = right[:, 0] * up[:, 1] - right[:, 1] * up[:, 0]
    total = np.abs(areas).sum()
    if abs(areas.sum()) < 0.9 * total or total < 1e-12:
        raise NoZone(
            f"The faces of {name!r} lie partly mirrored, or nowhere, in the active UV map; choose "
            "the map with the sewing pattern, or let the zone be flattened from its shape."
        )
    return flat * (math.copysign(1.0, areas.sum()), 1.0)


def _turned(flat: np.ndarray, angle: float) -> np.ndarray:
    cos, sin = math.cos(angle), math.sin(angle)
    return flat @ np.array([[cos, sin], [-sin, cos]])


def _half_of_body(cloth: Cloth) -> float:
    """How far the body reaches to its sides below the sleeves: to where there is no more cloth."""
    heights, across = cloth.points[:, 2], cloth.points[:, 0]
    part = ((heights - heights.min()) / max(np.ptp(heights), 1e-9))[cloth.triangles].mean(axis=1)
    beside = np.abs(across - (across.min() + across.max()) / 2)[cloth.triangles]
    band = beside[(part > 0.2) & (part < 0.5)]
    if not len(band):
        return math.inf
    first = (band.min(axis=1) / _STEP).astype(int)
    after = (band.max(axis=1) / _STEP).astype(int) + 1
    size = after.max() + 1
    cover = np.cumsum(np.bincount(first, minlength=size) - np.bincount(after, minlength=size))
    return float(first.min() + np.argmin(cover[first.min() :] > 0)) * _STEP


def _piece(
    cloth: Cloth, found: np.ndarray, value: np.ndarray, best: Callable[[np.ndarray], float]
) -> np.ndarray:
    """The connected piece of the `found` triangles of which `best` of its `value` is greatest."""
    inside = cloth.triangles[found]
    if not len(inside):
        return found
    order = np.argsort(inside, axis=None, kind="stable")
    points, starts = np.unique(inside.reshape(-1)[order], return_index=True)
    label = np.arange(len(cloth.points))
    while True:  # the least number spreads over each piece
        least = np.repeat(label[inside].min(axis=1), 3)
        spread = label.copy()
        spread[points] = np.minimum.reduceat(least[order], starts)
        spread = spread[spread]
        if (spread == label).all():
            break
        label = spread
    piece = np.where(found, label[cloth.triangles[:, 0]], -1)
    ids = np.unique(piece[found])
    return piece == max(ids, key=lambda one: best(value[piece == one]))

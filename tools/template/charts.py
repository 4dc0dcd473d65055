"""Where on the cloth each UV lies: a rectangle of metres for each print zone, seams for stitches."""

from dataclasses import asdict, dataclass
from enum import IntEnum

import numpy as np

from . import flatten, polyline
from .cloth import Cloth
from .pattern import Cut, Panel, Part

#: UV of the corners that are not in a zone
OUTSIDE = -10.0
#: metres from a stitched edge to where its cloth is plain again
SEAM_BAND = 0.034


class Edge(IntEnum):
    """The stitched edge that a triangle is nearest to."""

    NONE = 0
    HEM = 1
    NECK = 2
    ARMHOLE = 3
    SHOULDER = 4
    RIB = 5
    TAPE = 6


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A print zone: its UV layer's 0..1 spans `width` × `height` metres, seen from outside."""

    uv_map: str
    width: float
    height: float
    #: from the rectangle's left edge to the centre line
    centre: float
    #: from the bottom edge up to the collar seam on the centre line
    collar: float | None
    #: from the bottom edge up to the hem on the centre line
    hem: float
    #: sign of +u towards the wearer's left
    wearer_left: int
    #: id of the view that faces the zone
    view: str

    def to_json(self) -> dict:
        """What the garment's mockup_zones and the sidecar say of it."""
        return asdict(self)


#: zone id: its part, its panel (None: all of the part), wearer_left, the view that faces it
_ZONES = {
    "front": (Part.BODY, Panel.FRONT, 1, "front"),
    "back": (Part.BODY, Panel.BACK, -1, "back"),
    "sleeve_left": (Part.SLEEVE_LEFT, None, 1, "left"),
    "sleeve_right": (Part.SLEEVE_RIGHT, None, 1, "right"),
}
_MARGIN = 0.005


def zones(
    cloth: Cloth, cut: Cut, shown: tuple[float, float] | None = None
) -> tuple[dict[str, Zone], dict[str, np.ndarray]]:
    """The print zones by id, and their UV layers (m, 3, 2) by name.

    Each zone is measured along the draped cloth, not along the pattern: gravity has stretched that a
    little. `shown` is the half width and the lower edge of what isn't folded away, cm.
    """
    seen = np.ones(len(cloth.flat), bool)
    if shown is not None:
        x, z = cloth.flat.mean(1).T
        seen = (np.abs(x) < shown[0]) & (z > shown[1])
    declared, layers = {}, {}
    for name, (part, panel, wearer_left, view) in _ZONES.items():
        here = seen & (cloth.part == part)
        if panel is not None:
            here &= cloth.front == (panel is Panel.FRONT)
        if not here.any():
            continue
        start = _laid_out(cloth, cut, name, here)
        # one point of the cloth may be two points of the zone, where a sleeve is sewn to itself
        keyed = np.c_[cloth.triangles[here].ravel(), np.round(start.reshape(-1, 2) * 1e5)]
        _, first, corners = np.unique(keyed, axis=0, return_index=True, return_inverse=True)
        flat = start.reshape(-1, 2)[first]
        points = cloth.points[cloth.triangles[here].ravel()[first]] / 100
        uv = flatten.flattened(points, corners.reshape(-1, 3), flat)
        middle = np.abs(flat[:, 0]) < 1e-4
        uv[:, 0] -= uv[middle, 0].mean()
        low, high = uv.min(0) - _MARGIN, uv.max(0) + _MARGIN
        half = max(-low[0], high[0])

        def up_at(height: float, flat=flat, middle=middle, uv=uv, bottom=low[1]) -> float:
            nearest = np.flatnonzero(middle)[np.abs(flat[middle, 1] - height).argmin()]
            missing = height - flat[nearest, 1]  # what is folded away
            return round(float(uv[nearest, 1] + missing - bottom), 5)

        zone = Zone(
            uv_map=f"zone_{name}",
            width=round(float(2 * half), 5),
            height=round(float(high[1] - low[1]), 5),
            centre=round(float(half), 5),
            collar=None if panel is None else up_at((-cut.neck_drop(panel)[0] - cut.hem[1]) / 100),
            hem=up_at(0.0 if panel is not None else cut.cuff / 100),
            wearer_left=wearer_left,
            view=view,
        )
        layer = np.full(cloth.flat.shape, OUTSIDE)
        placed = (uv + np.array([half, -low[1]])) / [zone.width, zone.height]
        layer[here] = placed[corners.ravel()].reshape(-1, 3, 2)
        declared[name], layers[zone.uv_map] = zone, layer
    return declared, layers


def _laid_out(cloth: Cloth, cut: Cut, zone: str, here: np.ndarray) -> np.ndarray:
    """Pattern position (k, 3, 2) of a zone's corners, metres: from the centre line, above the hem."""
    if zone in ("front", "back"):
        toward = 1 if zone == "front" else -1
        return (cloth.flat[here] * [toward, 1] - [0, cut.hem[1]]) / 100
    sleeve = cut.sleeve_coordinates(cloth.flat[here])
    # seen from the wearer's left, the back of the sleeve is on the right
    side = np.where(cloth.front[here], -1, 1)[:, None] * (1 if zone == "sleeve_left" else -1)
    return np.stack([sleeve[..., 1] * side, cut.sleeve_length - sleeve[..., 0]], -1) / 100


def cloth_layer(cloth: Cloth, cut: Cut) -> np.ndarray:
    """UV (m, 3, 2) in metres along the threads, wales up; sleeves and body apart."""
    uv = cloth.flat / 100
    sleeve = cut.sleeve_coordinates(cloth.flat) / 100
    on_sleeve = (cloth.part == Part.SLEEVE_LEFT) | (cloth.part == Part.SLEEVE_RIGHT)
    side = np.where(cloth.front, -1, 1)[:, None]
    return np.where(
        on_sleeve[:, None, None], np.stack([sleeve[..., 1] * side, -sleeve[..., 0]], -1), uv
    )


def seam_layer(cloth: Cloth, cut: Cut) -> tuple[np.ndarray, np.ndarray]:
    """UV (m, 3, 2), metres: arc along and distance from the nearest stitched edge; that Edge (m,).

    All plain cloth is alike: the width of a band from no edge.
    """
    shape = cloth.flat.shape[:2]
    away, arc = np.full(shape, 9.0), np.zeros(shape)
    edge = np.zeros(len(cloth.flat), int)
    body, sleeves = (Part.BODY,), (Part.SLEEVE_LEFT, Part.SLEEVE_RIGHT)
    stitched = (
        ("hem", Edge.HEM, body),
        ("neck_seam", Edge.NECK, body),
        ("armhole", Edge.ARMHOLE, body),
        ("shoulder", Edge.SHOULDER, body),
        ("cuff", Edge.HEM, sleeves),
        ("armhole", Edge.ARMHOLE, sleeves),
        *([("cuff_seam", Edge.ARMHOLE, sleeves)] if cut.cuff else []),
    )
    for panel in Panel:
        lines = cut.lines(panel)
        on_panel = cloth.front == (panel is Panel.FRONT)
        for name, kind, parts in stitched:
            here = np.flatnonzero(on_panel & np.isin(cloth.part, parts))
            mirrored = cloth.flat[here].reshape(-1, 2)
            mirrored = np.c_[np.abs(mirrored[:, 0]), mirrored[:, 1]]
            distance, along = (v.reshape(-1, 3) for v in polyline.nearest(mirrored, lines[name]))
            nearer = distance.mean(1) < away[here].mean(1)
            here = here[nearer]
            away[here], arc[here], edge[here] = distance[nearer], along[nearer], kind
        rib = on_panel & (cloth.part == Part.RIB)
        at_neck = np.abs(cloth.flat[..., 0]).max(1) < cut.shoulder_tip[0]
        whole = np.concatenate([(lines["neck_seam"] * [-1, 1])[::-1], lines["neck_seam"]])
        ribs = [(rib & at_neck, whole)]
        if cut.cuff:
            ribs += [
                (rib & ~at_neck & (cloth.flat[:, 0, 0] * side > 0), lines["cuff_seam"] * [side, 1])
                for side in (1, -1)
            ]
        for here, seam in ribs:
            distance, along = polyline.nearest(cloth.flat[here].reshape(-1, 2), seam)
            away[here], arc[here] = distance.reshape(-1, 3), along.reshape(-1, 3)
            edge[here] = Edge.RIB
    plain = (away > SEAM_BAND * 100).all(1) & (edge != Edge.RIB)
    away[plain], arc[plain], edge[plain] = SEAM_BAND * 100, 0.0, Edge.NONE
    return np.stack([arc, away], -1) / 100, edge

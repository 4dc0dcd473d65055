"""Where on the cloth each UV lies: one rectangle of metres for each print zone, and seam coordinates for stitches."""

from dataclasses import asdict, dataclass
from enum import IntEnum

import numpy as np

from . import polyline
from .cloth import Cloth
from .pattern import Cut, Panel, Part

#: UV of the corners that are not in a zone
OUTSIDE = -10.0


class Edge(IntEnum):
    """The stitched edge that a triangle is nearest to."""

    NONE = 0
    HEM = 1
    NECK = 2
    ARMHOLE = 3
    SHOULDER = 4
    RIB = 5


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A print zone: its UV layer's 0..1 spans `width` × `height` metres of cloth, u right and v up seen from outside."""

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
        return asdict(self)


def zones(cut: Cut) -> dict[str, Zone]:
    """The four print zones of a cut, by id."""
    below = 0.005
    bottom = cut.hem[1] / 100 - below
    body = {"width": 0.56, "height": round(-bottom + 0.01, 4), "centre": 0.28, "hem": below}
    sleeve = {
        "width": 0.42,
        "height": cut.sleeve_length / 100 + 2 * below,
        "centre": 0.21,
        "collar": None,
        "hem": below,
        "wearer_left": 1,
    }
    return {
        "front": Zone(
            uv_map="zone_front",
            collar=round(-cut.front_drop[0] / 100 - bottom, 4),
            wearer_left=1,
            view="front",
            **body,
        ),
        "back": Zone(
            uv_map="zone_back",
            collar=round(-cut.back_drop[0] / 100 - bottom, 4),
            wearer_left=-1,
            view="back",
            **body,
        ),
        "sleeve_left": Zone(uv_map="zone_sleeve_left", view="left", **sleeve),
        "sleeve_right": Zone(uv_map="zone_sleeve_right", view="right", **sleeve),
    }


def zone_layers(cloth: Cloth, cut: Cut) -> dict[str, np.ndarray]:
    """UV layers (m, 3, 2) by name, in 0..1 of each zone's rectangle and OUTSIDE elsewhere."""
    x, z = cloth.flat[..., 0] / 100, cloth.flat[..., 1] / 100
    sleeve = cut.sleeve_coordinates(cloth.flat) / 100
    to_front = np.where(cloth.front, -1, 1)[:, None]
    bottom = cut.hem[1] / 100
    placed = {
        "front": (x, z - bottom, (cloth.part == Part.BODY) & cloth.front),
        "back": (-x, z - bottom, (cloth.part == Part.BODY) & ~cloth.front),
        # seen from the wearer's left, the back of the sleeve is on the right
        "sleeve_left": (
            sleeve[..., 1] * to_front,
            cut.sleeve_length / 100 - sleeve[..., 0],
            cloth.part == Part.SLEEVE_LEFT,
        ),
        "sleeve_right": (
            -sleeve[..., 1] * to_front,
            cut.sleeve_length / 100 - sleeve[..., 0],
            cloth.part == Part.SLEEVE_RIGHT,
        ),
    }
    layers = {}
    for name, zone in zones(cut).items():
        u, v, here = placed[name]
        uv = np.stack([(u + zone.centre) / zone.width, (v + zone.hem) / zone.height], -1)
        layers[zone.uv_map] = np.where(here[:, None, None], uv, OUTSIDE)
    return layers


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
    """UV (m, 3, 2) of arc length along and distance from the nearest stitched edge, metres; Edge (m,) as int."""
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
        here = np.flatnonzero(on_panel & (cloth.part == Part.RIB))
        whole = np.concatenate([(lines["neck_seam"] * [-1, 1])[::-1], lines["neck_seam"]])
        distance, along = polyline.nearest(cloth.flat[here].reshape(-1, 2), whole)
        away[here], arc[here], edge[here] = distance.reshape(-1, 3), along.reshape(-1, 3), Edge.RIB
    return np.stack([arc, away], -1) / 100, edge

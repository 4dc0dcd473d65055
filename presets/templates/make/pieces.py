"""What the garment's mesh is put together from: the outside, the inside, rolled edges, neck tape and label.

Centimetres; UVs in metres.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from . import charts, polyline
from .charts import Edge
from .cloth import Cloth
from .pattern import Cut, Panel, Part

#: thickness of plain jersey, of a hem (folded once) and of the collar (a double rib)
_JERSEY, _HEM, _COLLAR = 0.09, 0.15, 0.26
#: the inside is a coarser mesh, so it keeps this much away from the outside, except at the edges
_CLEAR = 0.14
_HEM_HEIGHT = 2.5
#: quads across a rolled edge
_ROLL = 4


class Slot(IntEnum):
    """Material slots of the garment."""

    FABRIC = 0
    INSIDE = 1
    LABEL = 2


@dataclass(frozen=True)
class Piece:
    """Some faces of the mesh with everything that they carry."""

    #: (n, 3) positions, cm
    points: np.ndarray
    #: (m, 3 or 4) point numbers
    faces: np.ndarray
    #: (m, 3 or 4, 2) each
    cloth_uv: np.ndarray
    seam_uv: np.ndarray
    #: (m,) Edge as int
    edge: np.ndarray
    slot: Slot


def shell(cloth: Cloth, lining: Cloth, cut: Cut) -> list[Piece]:
    """The cloth as a body with thickness: outside, inside, and rolled edges between them.

    `lining` is the same cloth in fewer points, for the inside.
    """
    outside = _layer(cloth, cut, Slot.FABRIC)
    thick, normal = _thickness(cloth, outside), cloth.normals()
    inside = _layer(lining, cut, Slot.INSIDE)
    depth = _thickness(lining, inside)
    edges, _, count = lining.edges()
    open_edge = np.zeros(len(lining.points), bool)
    open_edge[edges[count == 1].ravel()] = True
    depth[~open_edge] += _CLEAR
    turned = np.s_[:, ::-1]
    inside = replace(
        inside,
        points=lining.points - depth * lining.normals(),
        faces=inside.faces[turned],
        cloth_uv=inside.cloth_uv[turned],
        seam_uv=inside.seam_uv[turned],
    )
    return [outside, inside, _rolled_edges(cloth, normal, thick, outside)]


def _layer(cloth: Cloth, cut: Cut, slot: Slot) -> Piece:
    seam_uv, edge = charts.seam_layer(cloth, cut)
    return Piece(
        cloth.points, cloth.triangles, charts.cloth_layer(cloth, cut), seam_uv, edge, slot
    )


def _thickness(cloth: Cloth, layer: Piece) -> np.ndarray:
    """Thickness (n, 1) at the points, cm."""
    corner = np.full(cloth.triangles.shape, _JERSEY)
    hem = (layer.edge == Edge.HEM)[:, None] & (layer.seam_uv[..., 1] * 100 < _HEM_HEIGHT)
    corner[hem] = _HEM
    corner[cloth.part == Part.RIB] = _COLLAR
    thick = np.zeros(len(cloth.points))
    np.maximum.at(thick, cloth.triangles.ravel(), corner.ravel())
    return thick[:, None]


def _rolled_edges(cloth: Cloth, normal: np.ndarray, thick: np.ndarray, layer: Piece) -> Piece:
    """Half a tube along every open edge, from the outside round to the inside."""
    _, edges_of, count = cloth.edges()
    triangle, corner = np.nonzero(count[edges_of] == 1)
    after = (corner + 1) % 3
    start, end = cloth.triangles[triangle, corner], cloth.triangles[triangle, after]
    along = np.zeros_like(cloth.points)
    step = cloth.points[end] - cloth.points[start]
    np.add.at(along, start, step)
    np.add.at(along, end, step)
    away = np.cross(along, normal)
    away /= np.linalg.norm(away, axis=1, keepdims=True) + 1e-9
    rows = np.unique(start)
    number = np.full(len(cloth.points), -1)
    number[rows] = np.arange(len(rows))
    points = []
    for turn in np.linspace(0, np.pi, _ROLL + 1):
        middle = cloth.points[rows] - normal[rows] * thick[rows] / 2
        points.append(
            middle + thick[rows] / 2 * (np.cos(turn) * normal[rows] + np.sin(turn) * away[rows])
        )
    faces, cloth_uvs, seam_uvs = [], [], []
    a, b = number[start], number[end]
    for row in range(_ROLL):
        low, high = row * len(rows), (row + 1) * len(rows)
        faces.append(np.stack([b + low, a + low, a + high, b + high], 1))
        for uvs, uv in ((cloth_uvs, layer.cloth_uv), (seam_uvs, layer.seam_uv)):
            first, second = uv[triangle, corner], uv[triangle, after]
            uvs.append(np.stack([second, first, first, second], 1))
    return Piece(
        np.concatenate(points),
        np.concatenate(faces),
        np.concatenate(cloth_uvs),
        np.concatenate(seam_uvs),
        np.tile(layer.edge[triangle], _ROLL),
        Slot.INSIDE,
    )


def trims(cloth: Cloth, cut: Cut) -> list[Piece]:
    """Inside the back of the neck: a tape over the seam and a label under it."""
    seam = cut.lines(Panel.BACK)["neck_seam"]
    seam = polyline.resample(np.concatenate([(seam * [-1, 1])[::-1], seam[1:]]), 0.25)[2:-2]
    slope = np.gradient(seam, axis=0)
    down = np.stack([slope[:, 1], -slope[:, 0]], 1) / np.linalg.norm(slope, axis=1, keepdims=True)
    tape = _sheet(
        cloth,
        seam,
        down,
        ((-0.42, -0.02), (-0.38, 0.07), (0.1, 0.10), (0.62, 0.07), (0.66, -0.02)),
        Slot.INSIDE,
    )
    middle = np.abs(seam[:, 0]) <= _LABEL[0] / 2 + 0.13
    across = seam[middle]
    across = np.c_[np.linspace(-_LABEL[0] / 2, _LABEL[0] / 2, 15), np.full(15, across[:, 1].mean())]
    straight = np.tile([0.0, -1.0], (15, 1))
    fall = np.linspace(0, 1, 9)
    rows = [(0.45 + _LABEL[1] * t, 0.11 + 0.10 * t + 0.09 * np.sin(3 * t)) for t in fall]
    return [tape, _sheet(cloth, across, straight, rows, Slot.LABEL)]


#: width and height of the label, cm
_LABEL = (4.4, 3.3)


def _sheet(cloth: Cloth, line: np.ndarray, down: np.ndarray, rows, slot: Slot) -> Piece:
    """A strip on the inside of the back: rows of (distance below the line, height above the cloth), cm."""
    points, heights = [], []
    for below, lift in rows:
        points.append(line + below * down)
        heights.append(np.full(len(line), lift))
    flat = np.concatenate(points)
    surface, normal, thick = _inside_at(cloth, flat)
    spots = surface - normal * (thick + np.concatenate(heights))[:, None]
    wide, high = len(line), len(rows)
    corner = np.arange(wide - 1)[None] + wide * np.arange(high - 1)[:, None]
    corner = corner.ravel()
    # the wearer's left is on the right of who looks at the inside of the back from the front
    faces = np.stack([corner, corner + wide, corner + wide + 1, corner + 1], 1)
    if slot is Slot.LABEL:
        u, v = np.meshgrid(np.linspace(0, 1, wide), np.linspace(1, 0, high))
        uv = np.stack([u, v], -1).reshape(-1, 2)
    else:
        arc = np.r_[0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
        u, v = np.meshgrid(arc, [below for below, _ in rows])
        uv = np.stack([u, v], -1).reshape(-1, 2) / 100
    uv = uv[faces]
    edge = np.full(len(faces), Edge.TAPE if slot is Slot.INSIDE else Edge.NONE)
    return Piece(spots, faces, uv, uv, edge, slot)


def _inside_at(cloth: Cloth, flat: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Position and normal (n, 3) of the outside at places of the back's pattern, and the thickness there."""
    low, high = flat.min(0) - 2, flat.max(0) + 2
    centre = cloth.flat.mean(1)
    near = np.flatnonzero(~cloth.front & (centre > low).all(1) & (centre < high).all(1))
    a, b, c = (cloth.flat[near, k] for k in range(3))
    e1, e2, away = b - a, c - a, flat[:, None] - a[None]
    area = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
    s = (away[..., 0] * e2[:, 1] - away[..., 1] * e2[:, 0]) / area
    t = (e1[:, 0] * away[..., 1] - e1[:, 1] * away[..., 0]) / area
    share = np.stack([1 - s - t, s, t], -1)
    best = share.min(-1).argmax(1)
    share = share[np.arange(len(flat)), best]
    corners = cloth.triangles[near[best]]
    normal = (cloth.normals()[corners] * share[..., None]).sum(1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    thick = np.where(cloth.part[near[best]] == Part.RIB, _COLLAR, _JERSEY) + _CLEAR
    return (cloth.points[corners] * share[..., None]).sum(1), normal, thick

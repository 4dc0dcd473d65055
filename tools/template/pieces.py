"""What the garment's mesh is put together from: outside, inside, and rolled edges.

Centimetres; UVs in metres.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from . import charts
from .charts import Edge
from .cloth import Cloth
from .pattern import Cut, Part

#: thickness of plain jersey, of a hem (folded once) and of the collar (a double rib)
_JERSEY, _HEM, _COLLAR = 0.09, 0.15, 0.26
#: the inside is a coarser mesh, so it keeps this much away from the outside, except at the edges
_CLEAR = 0.14
_HEM_HEIGHT = 2.5
#: as far down from the shoulders the inside of the back is seen through the neck
_SEEN_DEEP = 20.0
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


def in_the_neck(inside: Piece, lining: Cloth, cut: Cut) -> Piece:
    """What is seen of the inside where front and back lie on each other; at seams they leave no room."""
    x, z = lining.flat.mean(1).T
    seen = ~lining.front & (np.abs(x) < cut.neck_seam - 0.6) & (z > -_SEEN_DEEP)
    used, faces = np.unique(inside.faces[seen], return_inverse=True)
    return replace(
        inside,
        points=inside.points[used],
        faces=faces.reshape(-1, 3),
        cloth_uv=inside.cloth_uv[seen],
        seam_uv=inside.seam_uv[seen],
        edge=inside.edge[seen],
    )


def _layer(cloth: Cloth, cut: Cut, slot: Slot) -> Piece:
    seam_uv, edge = charts.seam_layer(cloth, cut)
    return Piece(cloth.points, cloth.triangles, charts.cloth_layer(cloth, cut), seam_uv, edge, slot)


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

"""Makes the Blender object of a finished cloth: mesh in metres, UV layers, face attributes, its contract."""

import json

import bpy
import numpy as np

from . import charts, pieces, quads, trims
from .cloth import Cloth
from .styles import Style

#: stored positions (metres) and zones' UVs are multiples of this, 30 µm, and those along threads and
#: seams of that: the file packs better
_GRID, _THREAD = 2.0**-15, 2.0**-13


def make(cloth: Cloth, lining: Cloth, style: Style) -> bpy.types.Object:
    """The garment, linked into the scene; its material slots are `pieces.Slot`.

    It can be printed where one of the style's views shows the print.
    """
    cut, name = style.cut, style.title
    outside, inside, rolled = pieces.shell(cloth, lining, cut)
    inner = trims.trims(lining, inside.points, cut)
    if style.lying:
        inside = pieces.in_the_neck(inside, lining, cut)
        # the shoulder's seam is the very rim of what is seen: half a groove would draw it black
        outside.edge[outside.edge == charts.Edge.SHOULDER] = charts.Edge.NONE
    parts = [outside, inside, rolled, *inner]
    zones, printed = charts.zones(cloth, cut, style.shown)
    zones = {zone: value for zone, value in zones.items() if value.view in style.views}
    mesh = bpy.data.meshes.new(name)
    points = _rounded(np.concatenate([part.points for part in parts]) / 100, _GRID)
    corners = sum(part.faces.size for part in parts)
    layers = {}
    for layer, uv in ((zone.uv_map, printed[zone.uv_map]) for zone in zones.values()):
        layers[layer] = np.full((corners, 2), charts.OUTSIDE)
        layers[layer][: uv.size // 2] = _rounded(uv, _GRID).reshape(
            -1, 2
        )  # the outside comes first
    for layer in ("cloth", "seam"):
        uv = np.concatenate([getattr(part, f"{layer}_uv").reshape(-1, 2) for part in parts])
        layers[layer] = _rounded(uv, _THREAD)
    faces, corner, edge, slots = _faces(parts, np.concatenate(list(layers.values()), 1))
    sides = [sorted(side) for face in faces for side in zip(face, face[1:] + face[:1], strict=True)]
    # edges in order as well: Blender would number them at random, which packs badly
    mesh.from_pydata(points.tolist(), np.unique(sides, axis=0).tolist(), faces)
    for layer, uv in layers.items():
        data = mesh.uv_layers.new(name=layer, do_init=False).data
        data.foreach_set("uv", uv[corner].astype(np.float32).ravel())
    mesh.attributes.new("edge", "INT", "FACE").data.foreach_set("value", edge)
    mesh.polygons.foreach_set("material_index", slots)
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    garment = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(garment)
    garment["mockup_role"] = "garment"
    garment["mockup_zones"] = json.dumps({zone: value.to_json() for zone, value in zones.items()})
    return garment


def _faces(
    parts: list[pieces.Piece], layers: np.ndarray
) -> tuple[list[list[int]], np.ndarray, list[int], list[int]]:
    """The parts' faces as point numbers, the corner that each of theirs is, their edges, their slots.

    Triangles that agree in edge and `layers` (corners, d) are paired.
    """
    faces, corners, edges, slots, point, first = [], [], [], [], 0, 0
    for part in parts:
        sides = part.faces.shape[1]
        if sides == 3:
            carried = layers[first : first + part.faces.size].reshape(*part.faces.shape, -1)
            edge = np.broadcast_to(part.edge[:, None, None], (*part.faces.shape, 1))
            found = quads.paired(part.points, part.faces, np.concatenate([carried, edge], 2))
        else:
            found = np.arange(part.faces.size).reshape(part.faces.shape).tolist()
        number = (part.faces + point).ravel()
        faces += [number[face].tolist() for face in found]
        corners += [first + corner for face in found for corner in face]
        edges += [int(part.edge[face[0] // sides]) for face in found]
        slots += [int(part.slot)] * len(found)
        point += len(part.points)
        first += part.faces.size
    return faces, np.array(corners), edges, slots


def _rounded(values: np.ndarray, grid: float) -> np.ndarray:
    return np.round(values / grid) * grid

"""Makes the Blender object of a finished cloth: mesh in metres, UV layers, face attributes, its contract."""

import json
from collections.abc import Container

import bpy
import numpy as np

from . import charts, pieces, trims
from .cloth import Cloth
from .pattern import Cut

#: stored positions and UVs are multiples of this (metres): 30 µm, and the file packs better
_GRID = 2.0**-15


def make(
    cloth: Cloth, lining: Cloth, cut: Cut, name: str, views: Container[str]
) -> bpy.types.Object:
    """The garment, linked into the scene; its material slots are `pieces.Slot`.

    It can be printed where one of `views` shows the print.
    """
    parts = pieces.shell(cloth, lining, cut)
    parts += trims.trims(lining, parts[1].points, cut)
    zones, printed = charts.zones(cloth, cut)
    zones = {name: zone for name, zone in zones.items() if zone.view in views}
    mesh = bpy.data.meshes.new(name)
    points = _rounded(np.concatenate([part.points for part in parts]) / 100)
    faces, edges, first = [], [], 0
    for part in parts:
        faces += (part.faces + first).tolist()
        sides = np.stack([part.faces, np.roll(part.faces, -1, 1)], -1).reshape(-1, 2)
        edges.append(np.unique(np.sort(sides, 1), axis=0) + first)
        first += len(part.points)
    # edges in order as well: Blender would number them at random, which packs badly
    mesh.from_pydata(points.tolist(), np.concatenate(edges).tolist(), faces)
    corners = sum(part.faces.size for part in parts)
    layers = {}
    for layer, uv in ((zone.uv_map, printed[zone.uv_map]) for zone in zones.values()):
        layers[layer] = np.full((corners, 2), charts.OUTSIDE)
        layers[layer][: uv.size // 2] = uv.reshape(-1, 2)  # the outside comes first
    layers["cloth"] = np.concatenate([part.cloth_uv.reshape(-1, 2) for part in parts])
    layers["seam"] = np.concatenate([part.seam_uv.reshape(-1, 2) for part in parts])
    for layer, uv in layers.items():
        data = mesh.uv_layers.new(name=layer, do_init=False).data
        data.foreach_set("uv", _rounded(uv).astype(np.float32).ravel())
    edge = np.concatenate([part.edge for part in parts]).astype(np.int32)
    mesh.attributes.new("edge", "INT", "FACE").data.foreach_set("value", edge)
    slots = np.concatenate([np.full(len(part.faces), part.slot) for part in parts])
    mesh.polygons.foreach_set("material_index", slots.astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(slots), bool))
    garment = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(garment)
    garment["mockup_role"] = "garment"
    garment["mockup_zones"] = json.dumps({zone: value.to_json() for zone, value in zones.items()})
    return garment


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.round(values / _GRID) * _GRID

"""Makes the Blender object of a finished cloth: mesh in metres, UV layers, face attributes, thickness, its contract."""

import json

import bpy
import numpy as np

from . import charts
from .cloth import Cloth
from .pattern import Cut

THICKNESS = 0.0013


def make(cloth: Cloth, cut: Cut, name: str) -> bpy.types.Object:
    """The garment, linked into the scene; material slot 0 is the outside, slot 1 the inside."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata((cloth.points / 100).tolist(), [], cloth.triangles.tolist())
    seam, edge = charts.seam_layer(cloth, cut)
    layers = charts.zone_layers(cloth, cut) | {
        "cloth": charts.cloth_layer(cloth, cut),
        "seam": seam,
    }
    for layer, uv in layers.items():
        mesh.uv_layers.new(name=layer, do_init=False).data.foreach_set(
            "uv", uv.astype(np.float32).ravel()
        )
    mesh.attributes.new("edge", "INT", "FACE").data.foreach_set("value", edge.astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(cloth.triangles), bool))
    garment = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(garment)
    garment["mockup_role"] = "garment"
    garment["mockup_zones"] = json.dumps(
        {zone: value.to_json() for zone, value in charts.zones(cut).items()}
    )
    thickness = garment.modifiers.new("Thickness", "SOLIDIFY")
    thickness.thickness, thickness.offset, thickness.use_even_offset = THICKNESS, -1, False
    thickness.material_offset, thickness.material_offset_rim = 1, 0
    return garment

"""Reads a garment's mesh as arrays in the world, and writes print zones into its UV layers."""

from contextlib import contextmanager
from dataclasses import asdict

import bpy
import numpy as np
from mathutils.bvhtree import BVHTree

from ...presets.template_info import Zone
from .flattening import mean_scales
from .zone_layout import OUTSIDE, Cloth, Layout, NoZone, Side

#: how far a ray starts off the cloth that it looks out from, metres
_OFF = 2e-4


@contextmanager
def in_object_mode(garment: bpy.types.Object):
    """Leave edit mode for a while, so that the mesh holds what was edited."""
    mode = garment.mode
    if mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    try:
        yield
    finally:
        if mode != "OBJECT":
            bpy.ops.object.mode_set(mode=mode)


def read(garment: bpy.types.Object) -> Cloth:
    """The garment as its modifiers bend it; as it is without them where they change its faces."""
    mesh = garment.data
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    return Cloth.welded(
        points(garment),
        _array(mesh.loop_triangles, "vertices", count, 3),
        corners=_array(mesh.loop_triangles, "loops", count, 3),
        printable=_printable(mesh, count),
    )


def points(garment: bpy.types.Object) -> np.ndarray:
    """Where the mesh's points are in the world (n, 3), bent by the modifiers that keep them all."""
    mesh = garment.data
    graph = bpy.context.evaluated_depsgraph_get()
    bent = garment.evaluated_get(graph)
    shown = bent.to_mesh()
    same = len(shown.vertices) == len(mesh.vertices)
    places = np.empty(len(mesh.vertices) * 3, np.float32)
    (shown if same else mesh).vertices.foreach_get("co", places)
    bent.to_mesh_clear()
    return _in_world(garment, places)


def selected(garment: bpy.types.Object) -> np.ndarray:
    """Which triangles are of selected faces."""
    mesh = garment.data
    faces = np.empty(len(mesh.polygons), bool)
    mesh.polygons.foreach_get("select", faces)
    return faces[_array(mesh.loop_triangles, "polygon_index", len(mesh.loop_triangles))]


def active_uv_or_none(garment: bpy.types.Object) -> np.ndarray | None:
    """UV (m, 3, 2) of the triangles in the active UV map, None without one."""
    layer = garment.data.uv_layers.active
    if layer is None:
        return None
    mesh = garment.data
    uv = np.empty(len(mesh.loops) * 2, np.float32)
    layer.uv.foreach_get("vector", uv)
    corners = _array(mesh.loop_triangles, "loops", len(mesh.loop_triangles), 3)
    return uv.reshape(-1, 2).astype(float)[corners]


def visible(cloth: Cloth, side: Side, some: np.ndarray) -> np.ndarray:
    """Those of `some` triangles (m,) that are seen from `side`, with no other cloth before them."""
    tree = BVHTree.FromPolygons(cloth.points.tolist(), cloth.triangles.tolist())
    a, b, c = (cloth.points[corner] for corner in cloth.triangles.T)
    toward = np.array(side.toward, float)
    seen = some & (np.cross(b - a, c - a) @ toward > 0.0)
    starts = (a + b + c) / 3 + toward * _OFF
    for number in np.flatnonzero(seen):
        seen[number] = tree.ray_cast(starts[number], toward)[0] is None
    return seen


def write(garment: bpy.types.Object, layout: Layout) -> None:
    """Lay the zone's corners into a UV layer of its own; raises NoZone if there is no room."""
    layers = garment.data.uv_layers
    name = layout.zone.uv_map
    if name not in layers:
        active = layers.active_index
        if layers.new(name=name, do_init=False) is None:
            raise NoZone(
                f"{garment.name!r} has {len(layers)} UV maps, the most that a mesh may have; "
                "remove one under Data > UV Maps."
            )
        layers.active_index = max(active, 0)
    uv = np.full((len(garment.data.loops), 2), OUTSIDE, np.float32)
    uv[layout.corners] = layout.uv
    layers[name].uv.foreach_set("vector", uv.reshape(-1))
    garment.data.update()


def shown_scales(garment: bpy.types.Object, zone: Zone) -> tuple[float, float]:
    """How many times wider and longer a zone's cloth is shown than it is in the mesh.

    1 where the modifiers keep the mesh's points; subdivision rounds cloth off and makes it less.
    """
    shown = garment.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = shown.to_mesh()
    if len(mesh.vertices) == len(garment.data.vertices) or zone.uv_map not in mesh.uv_layers:
        shown.to_mesh_clear()
        return 1.0, 1.0
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    uv = np.empty(len(mesh.loops) * 2, np.float32)
    mesh.uv_layers[zone.uv_map].uv.foreach_get("vector", uv)
    flat = uv.reshape(-1, 2)[_array(mesh.loop_triangles, "loops", count, 3)].astype(float)
    places = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", places)
    corners = _array(mesh.loop_triangles, "vertices", count, 3)
    inside = _printable(mesh, count) & (flat > -0.01).all(axis=(1, 2))
    shown.to_mesh_clear()
    if not inside.any():
        return 1.0, 1.0
    cloth = _in_world(garment, places)[corners[inside]]
    return mean_scales(flat[inside] * (zone.width, zone.height), cloth)


def zone_fields(zone: Zone) -> dict:
    """What mockup_zones keeps of a zone, under its id."""
    fields = asdict(zone)
    del fields["id"]
    return fields


def _in_world(garment: bpy.types.Object, places: np.ndarray) -> np.ndarray:
    world = np.array(garment.matrix_world)
    return places.reshape(-1, 3).astype(float) @ world[:3, :3].T + world[:3, 3]


def _printable(mesh: bpy.types.Mesh, count: int) -> np.ndarray:
    printable = [bool(m and m.get("mockup_printable")) for m in mesh.materials] or [False]
    material = _array(mesh.loop_triangles, "material_index", count)
    return np.array(printable)[np.minimum(material, len(printable) - 1)]


def _array(things, name: str, count: int, width: int = 1) -> np.ndarray:
    values = np.empty(count * width, np.int32)
    things.foreach_get(name, values)
    return values.reshape(count, width) if width > 1 else values

"""A wooden hanger with a steel hook, inside the shoulders of a hanging shirt. Metres."""

import math

import bpy
import numpy as np

from . import body
from .nodes import Graph, linear

#: how far the wood reaches to either side; the hook's straight part and its bow
_REACH, _STEM, _BOW = 0.185, 0.070, 0.030
_THICK = 0.0085


def make() -> list[bpy.types.Object]:
    """The hanger's parts, linked into the scene, where the drape had its bar."""
    bar = body.HANGER.bar
    assert bar is not None
    (_, top), (x, z) = np.array((bar.middle, bar.end)) / 100
    end = top + (z - top) * _REACH / x
    wood = _tube("Hanger", [(-_REACH, 0.0, end), (0.0, 0.0, top), (_REACH, 0.0, end)], _THICK)
    wood.data.materials.append(_material("Hanger wood", "#9A7448", 0.45, 0.0))
    bow = [math.radians(angle) for angle in range(-90, 181, 10)]
    hook = [(0.0, 0.0, top + 0.01), (0.0, 0.0, top + _STEM)]
    middle = top + _STEM + _BOW
    hook += [(_BOW * math.cos(a), 0.0, middle + _BOW * math.sin(a)) for a in bow]
    steel = _tube("Hanger hook", hook, 0.0026)
    steel.data.materials.append(_material("Hanger steel", "#C8C8CA", 0.35, 1.0))
    return [wood, steel]


def _tube(name: str, line: list[tuple[float, float, float]], radius: float) -> bpy.types.Object:
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution = "3D", radius, 4
    curve.use_fill_caps = True
    spline = curve.splines.new("POLY")
    spline.points.add(len(line) - 1)
    for point, spot in zip(spline.points, line, strict=True):
        point.co = (*spot, 1.0)
    drawn = bpy.data.objects.new(name, curve)
    mesh = bpy.data.meshes.new_from_object(drawn)
    mesh.name = name
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    bpy.data.objects.remove(drawn)
    bpy.data.curves.remove(curve)
    tube = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(tube)
    return tube


def _material(name: str, colour: str, roughness: float, metallic: float) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    g = Graph(material.node_tree)
    bsdf = g.node("BsdfPrincipled")
    for socket, value in (
        ("Base Color", linear(colour)),
        ("Roughness", roughness),
        ("Metallic", metallic),
    ):
        g.put(bsdf.inputs[socket], value)
    g.put(g.node("OutputMaterial").inputs[0], bsdf.outputs[0])
    return material

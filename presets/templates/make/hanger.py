"""A wooden hanger with a steel hook, inside the shoulders of a hanging shirt. Metres."""

import math

import bpy
import numpy as np

from .nodes import Graph, linear

#: the bar from the middle to one end, as (x, z); the hook's straight part and its bow
_BAR = ((0.0, 0.010), (0.06, -0.006), (0.13, -0.030), (0.195, -0.062))
_STEM, _BOW = 0.070, 0.030
_THICK = 0.0085


def make(shirt: bpy.types.Object) -> list[bpy.types.Object]:
    """The hanger's parts, linked into the scene, its bar just under the shirt's shoulders."""
    points = np.empty(len(shirt.data.vertices) * 3, np.float32)
    shirt.data.vertices.foreach_get("co", points)
    x, y, z = points.reshape(-1, 3).T
    room, ridge = [], []
    for across in (*np.linspace(-0.2, -0.11, 9), *np.linspace(0.11, 0.2, 9)):
        here = np.flatnonzero(np.abs(x - across) < 0.006)
        highest = here[z[here].argmax()]
        room.append(
            z[highest]
            - np.interp(abs(across), [at for at, _ in _BAR], [height for _, height in _BAR])
        )
        ridge.append(y[highest])
    top, deep = float(min(room)) - _THICK - 0.006, float(np.mean(ridge))
    ends = [(-x, z) for x, z in reversed(_BAR)] + list(_BAR[1:])
    wood = _tube("Hanger", [(x, deep, top + z) for x, z in ends], _THICK)
    wood.data.materials.append(_material("Hanger wood", "#9A7448", 0.45, 0.0))
    bow = [math.radians(angle) for angle in range(-90, 181, 10)]
    hook = [(0.0, deep, top + 0.01), (0.0, deep, top + _STEM)]
    middle = top + _STEM + _BOW
    hook += [(_BOW * math.cos(a), deep, middle + _BOW * math.sin(a)) for a in bow]
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

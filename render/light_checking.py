"""Whether a template's light can be baked once for all prints: what it needs, and what is missing.

Baking takes red, green and blue for three grey shirts (`bake`), so that lamps and sky must have no
colour, and the fabric a shader of its own for bounced light.
"""

from collections.abc import Iterator

import bpy

from . import garment_checking
from .template import ROLE

#: by which two of a lamp's components may differ
NEUTRAL = 0.004


def why_not() -> Iterator[str]:
    """Yield what keeps the light of the file that is open from being baked once, in sentences."""
    scene = bpy.context.scene
    for material in garment_checking.fabrics():
        if not _has_bounce(material):
            yield f"The fabric {material.name!r} names no Diffuse BSDF in mockup_bounce."
    for lamp in (thing for thing in scene.objects if thing.type == "LIGHT"):
        if not lamp_is_neutral(lamp.data):
            yield f"The lamp {lamp.name!r} has a color."
    if scene.world is not None and not _world_is_neutral(scene.world):
        yield f"The world {scene.world.name!r} has a color."
    if scene.cycles.pixel_filter_type != "BLACKMAN_HARRIS":
        yield "The scene's pixel filter isn't Blackman-Harris."
    for thing in scene.objects:
        if thing.type == "MESH" and _is_seen(thing) and _has_bare_faces(thing):
            yield f"The object {thing.name!r} has no material."


def _has_bounce(material: bpy.types.Material) -> bool:
    name = material.get("mockup_bounce")
    nodes = material.node_tree.nodes if material.node_tree else {}
    return isinstance(name, str) and name in nodes and nodes[name].type == "BSDF_DIFFUSE"


def lamp_is_neutral(lamp: bpy.types.Light) -> bool:
    """Return whether a lamp shines without colour, as far as that can be told without rendering."""
    if getattr(lamp, "use_temperature", False):  # from Blender 4.5 on
        return False
    # Not asked for use_nodes: Blender 5 warns of it, and there lamps always have nodes.
    nodes = lamp.node_tree.nodes if lamp.node_tree else ()
    return is_grey(lamp.color) and all(_glows_grey(node) for node in nodes)


def _world_is_neutral(world: bpy.types.World) -> bool:
    if world.node_tree is None:
        return is_grey(world.color)
    return all(_glows_grey(node) for node in world.node_tree.nodes)


def _glows_grey(node: bpy.types.Node) -> bool:
    if node.type not in ("EMISSION", "BACKGROUND"):
        return True
    colour = node.inputs["Color"]
    return not colour.is_linked and is_grey(colour.default_value)


def is_grey(colour) -> bool:
    """Return whether red, green and blue are the same, as far as one can see."""
    return max(colour[:3]) - min(colour[:3]) <= NEUTRAL


def _is_seen(thing: bpy.types.Object) -> bool:
    return not thing.hide_render and thing.get(ROLE) not in ("ground", "backdrop")


def _has_bare_faces(mesh: bpy.types.Object) -> bool:
    slots = mesh.material_slots
    return not slots or any(slot.material is None for slot in slots)

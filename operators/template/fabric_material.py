"""Makes a material take the fabric's colour: found on the garment, or made anew."""

import bpy

from ...presets.messages import UserError

#: the node that holds the fabric's colour, and the one that shades a picture kept under it
COLOUR, WEAVE = "Fabric colour", "Fabric weave"


class NotFabric(UserError, ValueError):
    """A material that can't take the fabric's colour; the message says why and what to do."""


def find(garment: bpy.types.Object, name: str) -> bpy.types.Material | None:
    """The garment's material of that name, '' for the one that covers most; None without one.

    Raises NotFabric for a name that the garment doesn't have.
    """
    materials = {m.name: number for number, m in enumerate(garment.data.materials) if m}
    if name:
        if name not in materials:
            raise NotFabric(
                f"{garment.name!r} has no material {name!r}; it has "
                f"{', '.join(materials) or 'none'}."
            )
        return bpy.data.materials[name]
    if not materials:
        return None
    covered = dict.fromkeys(materials.values(), 0.0)
    for face in garment.data.polygons:
        if face.material_index in covered:
            covered[face.material_index] += face.area
    return garment.data.materials[max(covered, key=covered.__getitem__)]


def made(garment: bpy.types.Object) -> bpy.types.Material:
    """A plain cotton, on all faces of a garment that has no material."""
    material = bpy.data.materials.new("Fabric")
    if material.node_tree is None:  # always there from Blender 5.0 on
        material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    for socket, value in (
        ("Base Color", (0.89, 0.89, 0.87, 1.0)),
        ("Roughness", 0.9),
        ("Specular IOR Level", 0.1),
        ("Sheen Weight", 0.1),
    ):
        shader.inputs[socket].default_value = value
    garment.data.materials.clear()
    garment.data.materials.append(material)
    return material


def mark(material: bpy.types.Material, *, printable: bool, keep_picture: bool) -> None:
    """Let `material` take the fabric's colour, and prints if `printable`; raises NotFabric.

    What fed its Base Color before is replaced, or with `keep_picture` shades the colour.
    """
    shader = _shader(material)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    colour = nodes.get(material.get("mockup_colour", ""))
    if colour is None:
        socket = shader.inputs["Base Color"]
        fed = socket.links[0].from_socket if socket.links else None
        colour = fed.node if fed and fed.node.type == "RGB" else None
        if colour is None:
            colour = nodes.new("ShaderNodeRGB")
            colour.name = colour.label = COLOUR
            colour.location = shader.location.x - 500, shader.location.y + 100
            colour.outputs[0].default_value = socket.default_value
            links.new(_shaded(material, colour, fed) if fed and keep_picture else
                      colour.outputs[0], socket)  # fmt: skip
        material["mockup_colour"] = colour.name
    material["mockup_role"] = "fabric"
    material["mockup_printable"] = int(printable)


def _shaded(material: bpy.types.Material, colour: bpy.types.Node, by: bpy.types.NodeSocket):
    mix = material.node_tree.nodes.new("ShaderNodeMix")
    mix.name = mix.label = WEAVE
    mix.data_type, mix.blend_type = "RGBA", "MULTIPLY"
    mix.location = colour.location.x + 250, colour.location.y
    mix.inputs[0].default_value = 1.0
    first, second = (one for one in mix.inputs if one.type == "RGBA")
    material.node_tree.links.new(colour.outputs[0], first)
    material.node_tree.links.new(by, second)
    return next(one for one in mix.outputs if one.type == "RGBA")


def _shader(material: bpy.types.Material) -> bpy.types.Node:
    tree = material.node_tree
    shaders = [node for node in tree.nodes if node.type == "BSDF_PRINCIPLED"] if tree else []
    if len(shaders) != 1:
        raise NotFabric(
            f"The material {material.name!r} has {len(shaders)} Principled BSDF nodes, and a "
            "fabric needs exactly one; rebuild it round one, or give the garment another material."
        )
    return shaders[0]

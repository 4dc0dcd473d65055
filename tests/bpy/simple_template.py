"""Builds the smallest .blend that keeps the template contract: four bent sheets of plain cloth.

Run it in Blender to look at it, or read it to make a template of your own (docs/templates.md):

    blender --background --python tests/bpy/simple_template.py -- simple.blend
"""

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import bpy
from mathutils import Matrix, Vector

#: degrees from the front towards the wearer's left, who faces -Y: the camera `left` is at +X
VIEWS = {"front": 0, "front_left": 45, "left": 90, "back": 180, "right": 270, "front_right": 315}

#: what the cameras look at, and from how far, metres
AIM = Vector((0.0, 0.0, 0.36))
DISTANCE = 2.4


@dataclass(frozen=True)
class Sheet:
    """A rectangle of cloth, bent round an upright cylinder: bent, but not stretched anywhere."""

    zone: str
    view: str
    #: metres
    width: float
    height: float
    #: metres of the cylinder, and of the sheet's lower edge above the ground
    radius: float
    bottom: float
    #: metres that the whole sheet stands out from the middle
    out: float
    #: metres from the sheet's lower edge; None on sleeves
    collar: float | None
    hem: float
    wearer_left: int


SHEETS = (
    Sheet("front", "front", 0.54, 0.70, 0.30, 0.0, 0.0, 0.64, 0.01, 1),
    Sheet("back", "back", 0.54, 0.70, 0.30, 0.0, 0.0, 0.68, 0.01, -1),
    Sheet("sleeve_left", "left", 0.16, 0.20, 0.10, 0.46, 0.24, None, 0.01, 1),
    Sheet("sleeve_right", "right", 0.16, 0.20, 0.10, 0.46, 0.24, None, 0.01, 1),
)


def build(path: Path, *, studio: bool = True, bounce: bool = False) -> Path:
    """Save the template at `path` and return it; without `studio` it is lit evenly white.

    With `bounce`, light that is thrown by cloth sees a shader of its own, so that a view's light can
    be baked once.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene["mockup_template"] = 1
    scene["mockup_name"] = "Four sheets"
    scene["mockup_author"] = "T-Shirt Render Queue"
    scene["mockup_licence"] = "CC0-1.0"
    turntable = _add(scene, "Turntable", None, mockup_role="turntable")
    garment = _garment(scene, bounce=bounce)
    garment.parent = turntable
    for view, azimuth in VIEWS.items():
        _camera(scene, view, azimuth)
    rig = _add(scene, "Lights", None, mockup_role="light_rig")
    _light(scene, rig, studio=studio)
    _ground(scene)
    bpy.ops.wm.save_as_mainfile(filepath=str(path.resolve()), compress=True)
    return path


def _add(scene, name, data, **properties):
    thing = bpy.data.objects.new(name, data)
    scene.collection.objects.link(thing)
    for key, value in properties.items():
        thing[key] = value
    return thing


def _garment(scene, *, bounce):
    corners, faces, charts = [], [], {}
    for sheet in SHEETS:
        _bend(sheet, corners, faces, charts)
    mesh = bpy.data.meshes.new("Garment")
    mesh.from_pydata(corners, [], faces)
    mesh.shade_smooth()
    for sheet in SHEETS:
        layer = mesh.uv_layers.new(name=f"zone_{sheet.zone}", do_init=False)
        for loop in mesh.loops:
            # Faces of other zones lie far outside 0..1, where nothing is printed.
            at = charts[sheet.zone].get(loop.vertex_index, (-10.0, -10.0))
            layer.data[loop.index].uv = at
    for name, printable in (("Fabric", True), ("Inside", False)):
        material = _fabric(name, printable=printable)
        if bounce:
            _add_bounce(material)
        mesh.materials.append(material)
    zones = {
        sheet.zone: {
            "uv_map": f"zone_{sheet.zone}",
            "width": sheet.width,
            "height": sheet.height,
            "centre": sheet.width / 2,
            "collar": sheet.collar,
            "hem": sheet.hem,
            "wearer_left": sheet.wearer_left,
            "view": sheet.view,
        }
        for sheet in SHEETS
    }
    garment = _add(scene, "Garment", mesh, mockup_role="garment", mockup_zones=json.dumps(zones))
    # The cloth's inside takes the fabric's colour too, but no print shows through.
    thickness = garment.modifiers.new("Thickness", "SOLIDIFY")
    thickness.thickness, thickness.offset, thickness.material_offset = 0.001, -1.0, 1
    return garment


def _bend(sheet, corners, faces, charts, across=32, up=16):
    turn = Matrix.Rotation(math.radians(VIEWS[sheet.view]), 3, "Z")
    first = len(corners)
    chart = charts.setdefault(sheet.zone, {})
    for row in range(up + 1):
        for column in range(across + 1):
            u, v = column / across, row / up
            angle = (u - 0.5) * sheet.width / sheet.radius
            out = sheet.radius * math.cos(angle) + sheet.out
            point = (sheet.radius * math.sin(angle), -out, sheet.bottom + v * sheet.height)
            chart[len(corners)] = (u, v)
            corners.append(turn @ Vector(point))
    for row in range(up):
        for column in range(across):
            at = first + row * (across + 1) + column
            faces.append((at, at + 1, at + across + 2, at + across + 1))


def _fabric(name, *, printable):
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # always there from Blender 5.0 on
        material.use_nodes = True
    material["mockup_role"] = "fabric"
    material["mockup_printable"] = int(printable)
    material["mockup_colour"] = "Fabric colour"
    nodes = material.node_tree.nodes
    colour = nodes.new("ShaderNodeRGB")
    colour.name = "Fabric colour"
    shader = nodes["Principled BSDF"]
    shader.inputs["Roughness"].default_value = 0.9
    shader.inputs["Specular IOR Level"].default_value = 0.0
    material.node_tree.links.new(colour.outputs[0], shader.inputs["Base Color"])
    return material


def _add_bounce(material):
    nodes, links = material.node_tree.nodes, material.node_tree.links
    bounce = nodes.new("ShaderNodeBsdfDiffuse")
    bounce.name = material["mockup_bounce"] = "Bounce"
    links.new(nodes["Fabric colour"].outputs[0], bounce.inputs["Color"])
    mix = nodes.new("ShaderNodeMixShader")
    links.new(nodes.new("ShaderNodeLightPath").outputs["Is Camera Ray"], mix.inputs[0])
    links.new(bounce.outputs[0], mix.inputs[1])
    links.new(nodes["Principled BSDF"].outputs[0], mix.inputs[2])
    links.new(mix.outputs[0], nodes["Material Output"].inputs[0])


def _camera(scene, view, azimuth):
    lens = bpy.data.cameras.new(view)
    lens.lens = 85.0
    camera = _add(
        scene, f"Camera {view}", lens, mockup_role="camera", view_id=view, azimuth_deg=azimuth
    )
    angle = math.radians(azimuth)
    camera.location = AIM + DISTANCE * Vector((math.sin(angle), -math.cos(angle), 0.0))
    camera.rotation_euler = (AIM - camera.location).to_track_quat("-Z", "Y").to_euler()
    if view == "front":
        scene.camera = camera


def _light(scene, rig, *, studio):
    world = bpy.data.worlds.new("World")
    if world.node_tree is None:
        world.use_nodes = True
    scene.world = world
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    background.inputs["Strength"].default_value = 0.35 if studio else 1.0
    if studio:
        key = bpy.data.lights.new("Key", "AREA")
        key.energy, key.size = 60.0, 0.9
        lamp = _add(scene, "Key", key)
        lamp.location = (-1.6, -1.6, 1.4)
        lamp.rotation_euler = (AIM - lamp.location).to_track_quat("-Z", "Y").to_euler()
        lamp.parent = rig


def _ground(scene):
    mesh = bpy.data.meshes.new("Ground")
    mesh.from_pydata([(-2, -2, 0), (2, -2, 0), (2, 2, 0), (-2, 2, 0)], [], [(0, 1, 2, 3)])
    ground = _add(scene, "Ground", mesh, mockup_role="ground")
    ground.is_shadow_catcher = True
    ground.hide_render = True


if __name__ == "__main__":
    build(Path(sys.argv[sys.argv.index("--") + 1]))

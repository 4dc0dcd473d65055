"""The photographer's side of the template: lights that turn with the camera, cameras, turntable."""

import math
from dataclasses import dataclass, replace

import bpy
from mathutils import Vector

_LENS = 100.0
#: share of a square picture's height that the whole shirt fills
_FILL = 0.86


@dataclass(frozen=True)
class View:
    """A camera: where it stands around the shirt, what it aims at, and how much it shows."""

    azimuth_deg: float
    #: metres; without it the camera takes in the whole garment
    aim: tuple[float, float, float] | None = None
    #: metres that a square picture shows at the aim
    frame: float = 0.0
    elevation_deg: float = 0.0


#: azimuth 0 faces the chest, 90 the wearer's left
VIEWS = {
    "front": View(0),
    "back": View(180),
    "left": View(90),
    "right": View(270),
    "front_left": View(45),
    "front_right": View(315),
    "closeup_collar": View(0, (0, -0.06, -0.07), 0.30, 14),
    "closeup_print": View(22, (0, -0.12, -0.27), 0.34, 4),
}
LYING_VIEWS = {view: VIEWS[view] for view in ("front", "back")} | {
    "closeup_collar": View(0, (0, 0, -0.06), 0.30, 10),
    "closeup_print": View(0, (0, 0, -0.27), 0.34, 4),
}
FOLDED_VIEWS = {
    "front": View(0),
    "closeup_collar": LYING_VIEWS["closeup_collar"],
    "closeup_print": View(0, (0, 0, -0.2), 0.26, 4),
}

#: area lights: name, place for the front camera (metres), size (metres), watts. The key comes from
#: high on the left, so that each fold has a lit side and a dark one, on white and on black; the top
#: light does that for the three-quarter views, where the key faces the chest
_LIGHTS = (
    ("Key", (-3.2, -1.3, 1.5), 1.0, 70),
    ("Top", (0.3, -0.9, 3.2), 1.0, 14),
    ("Front", (0.5, -3.4, 0.9), 2.2, 53),
    ("Fill", (2.6, -1.2, 0.2), 2.2, 5),
    ("Rim right", (1.8, 1.2, 0.7), 1.2, 10),
    ("Rim left", (-1.7, 1.4, 0.5), 1.2, 2.5),
)
#: what comes from everywhere; with these figures no white clips, and white cloth is shown at about 215
#: of 255 (median): brighter, and there would be no room left for the lit sides of folds
_AMBIENT = 0.18


def build(shown: list[bpy.types.Object], views: dict[str, View], *, lying: bool = False) -> None:
    """Puts what is shown on a turntable and lights and cameras around it.

    `lying`: its shadow falls on what is behind it, not below.
    """
    corners = [Vector(corner) for thing in shown for corner in thing.bound_box]
    low, high = min(c.z for c in corners), max(c.z for c in corners)
    wide = 2 * max(abs(c.x) for c in corners)
    middle, frame = (0.0, 0.0, (low + high) / 2), max(high - low, wide) / _FILL
    _world()
    rig = _empty("Light rig", "light_rig")
    for name, place, size, watts in _LIGHTS:
        light = bpy.data.lights.new(name, "AREA")
        light.energy, light.size = watts, size
        lamp = _linked(name, light)
        lamp.location = place
        lamp.rotation_euler = _look(Vector(place), Vector(middle))
        lamp.parent = rig
    for name, view in views.items():
        whole = view.aim is None
        _camera(name, replace(view, aim=middle, frame=frame) if whole else view)
    turntable = _empty("Turntable", "turntable")
    for thing in shown:
        thing.parent = turntable
    behind = max(c.y for c in corners)
    if lying:
        _ground(rig, ((-3, behind, -3), (3, behind, -3), (3, behind, 3), (-3, behind, 3)))
    else:
        z = low - 0.01
        _ground(rig, ((-3, -3, z), (3, -3, z), (3, 3, z), (-3, 3, z)))
    _settings()


def _linked(name: str, data) -> bpy.types.Object:
    thing = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def _empty(name: str, role: str) -> bpy.types.Object:
    empty = _linked(name, None)
    empty["mockup_role"] = role
    return empty


def _look(place: Vector, at: Vector):
    return (at - place).to_track_quat("-Z", "Y").to_euler()


def _camera(name: str, view: View) -> None:
    data = bpy.data.cameras.new(name)
    data.lens = _LENS
    camera = _linked(f"Camera {name}", data)
    distance = view.frame * _LENS / data.sensor_width
    azimuth, elevation = math.radians(view.azimuth_deg), math.radians(view.elevation_deg)
    toward = Vector(
        (
            math.sin(azimuth) * math.cos(elevation),
            -math.cos(azimuth) * math.cos(elevation),
            math.sin(elevation),
        )
    )
    camera.location = Vector(view.aim) + toward * distance
    camera.rotation_euler = _look(camera.location, Vector(view.aim))
    camera["mockup_role"] = "camera"
    camera["view_id"] = name
    camera["azimuth_deg"] = view.azimuth_deg


def _world() -> None:
    world = bpy.data.worlds.new("Studio")
    bpy.context.scene.world = world
    world.use_nodes = True
    ambient = world.node_tree.nodes["Background"]
    ambient.inputs["Color"].default_value = (1, 1, 1, 1)
    ambient.inputs["Strength"].default_value = _AMBIENT


def _ground(rig: bpy.types.Object, corners: tuple[tuple[float, float, float], ...]) -> None:
    """A sheet that only catches the shirt's shadow; hidden until asked for."""
    mesh = bpy.data.meshes.new("Ground")
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    ground = _linked("Ground", mesh)
    ground["mockup_role"] = "ground"
    ground.is_shadow_catcher = True
    ground.hide_render = ground.hide_viewport = True
    ground.parent = rig


def _settings() -> None:
    scene = bpy.context.scene
    scene.camera = bpy.data.objects["Camera front"]
    scene.unit_settings.system, scene.unit_settings.scale_length = "METRIC", 1.0
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    render.film_transparent = True
    render.resolution_x = render.resolution_y = 1024
    render.resolution_percentage = 100
    render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGBA"
    scene.view_settings.view_transform, scene.view_settings.look = "Standard", "None"
    cycles.device, cycles.samples = "CPU", 64
    cycles.use_adaptive_sampling, cycles.adaptive_threshold = True, 0.02
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 4, 3, 1
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.use_denoising = False  # not every build can; the renderer asks for what it has

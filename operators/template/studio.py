"""The photographer's side of a template: cameras round the garment, lights, turntable, ground."""

import math
from dataclasses import dataclass
from typing import Self

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ...presets.views import round_the_shirt, views
from . import garment_mesh

ROLE = "mockup_role"

#: focal length and width of the sensor, millimetres
_LENS, _SENSOR = 100.0, 36.0
#: where all that is added goes, so that the artist's own collections stay tidy
_COLLECTION = "Template Studio"
#: part of the picture's side that the garment fills in the view where it is largest
_FILL = 0.85
#: a garment of this height, metres, has its lights where the table says
_HEIGHT = 0.72

#: area lights: name, place from the garment's middle for the front camera (metres), size, watts
_LIGHTS = (
    ("Key", (-2.2, -2.4, 2.0), 1.6, 87.0),
    ("Fill", (2.4, -1.8, 0.3), 2.0, 15.0),
    ("Rim right", (1.6, 1.5, 0.9), 1.2, 22.0),
    ("Rim left", (-1.7, 1.4, 0.8), 1.2, 9.0),
)
_AMBIENT = 0.31


def having(scene: bpy.types.Scene, role: str) -> list[bpy.types.Object]:
    """The scene's objects of that role."""
    return [thing for thing in scene.objects if thing.get(ROLE) == role]


@dataclass(frozen=True)
class Extent:
    """The space that all garments take, metres."""

    points: np.ndarray
    low: Vector
    high: Vector

    @classmethod
    def of(cls, garments: list[bpy.types.Object]) -> Self:
        """The space of the garments as their modifiers bend them."""
        points = np.concatenate([garment_mesh.points(garment) for garment in garments])
        return cls(points, Vector(points.min(axis=0)), Vector(points.max(axis=0)))

    @property
    def middle(self) -> Vector:
        """The middle of the box round them."""
        return (self.low + self.high) / 2

    @property
    def height(self) -> float:
        """From the hem to the top."""
        return self.high.z - self.low.z


def build(scene: bpy.types.Scene, *, replace: bool, ground: bool) -> list[str]:
    """Add what is missing round the scene's garments; return the views of the cameras made.

    With `replace`, cameras of the six views are made anew.
    """
    garments = having(scene, "garment")
    extent = Extent.of(garments)
    made = _cameras(scene, extent, replace=replace)
    _lights(scene, extent)
    _turntable(scene, garments, extent)
    if ground and not having(scene, "ground"):
        _ground(scene, extent)
    return made


def _cameras(scene: bpy.types.Scene, extent: Extent, *, replace: bool) -> list[str]:
    there = {camera.get("view_id"): camera for camera in having(scene, "camera")}
    distance = max(_distance(extent, _toward(view)) for view in round_the_shirt())
    made = []
    for view in round_the_shirt():
        if view in there:
            if not replace:
                continue
            bpy.data.objects.remove(there[view])
        _camera(scene, view, extent.middle, distance)
        made.append(view)
    if scene.camera is None:
        scene.camera = next(c for c in having(scene, "camera") if c["view_id"] == "front")
    return made


def _camera(scene: bpy.types.Scene, view: str, middle: Vector, distance: float) -> None:
    lens = bpy.data.cameras.new(f"Camera {view}")
    lens.lens, lens.sensor_width = _LENS, _SENSOR
    lens.clip_end = max(lens.clip_end, 4 * distance)
    camera = _linked(scene, lens.name, lens)
    camera[ROLE], camera["view_id"] = "camera", view
    camera["azimuth_deg"] = views()[view].azimuth
    toward = _toward(view)
    camera.location = middle + toward * distance
    camera.rotation_euler = (-toward).to_track_quat("-Z", "Y").to_euler()


def _toward(view: str) -> Vector:
    """From the garment to the camera of that view."""
    angle = math.radians(views()[view].azimuth)
    return Vector((math.sin(angle), -math.cos(angle), 0.0))


def _distance(extent: Extent, toward: Vector) -> float:
    """How far off a camera must be for all of the garment to fill its part of the picture."""
    points = extent.points - np.array(extent.middle)
    aside = np.maximum(
        np.abs(points @ np.array(toward.cross((0.0, 0.0, 1.0)))), np.abs(points[:, 2])
    )
    return float((points @ np.array(toward) + aside * 2 * _LENS / _SENSOR / _FILL).max())


def _lights(scene: bpy.types.Scene, extent: Extent) -> None:
    """A rig that turns with the camera: of the artist's own lights, or of ours where there are none.

    It turns about the garment's middle.
    """
    if having(scene, "light_rig"):
        return
    own = [thing for thing in scene.objects if thing.type == "LIGHT" and thing.parent is None]
    rig = _empty(scene, "Light Rig", "light_rig", extent.middle)
    for lamp in own:
        _put_under(rig, lamp)
    if own:
        return
    scale = extent.height / _HEIGHT
    for name, place, size, watts in _LIGHTS:
        light = bpy.data.lights.new(name, "AREA")
        light.energy, light.size = watts * scale**2, size * scale
        lamp = _linked(scene, name, light)
        lamp.parent = rig
        lamp.location = Vector(place) * scale
        lamp.rotation_euler = (-Vector(place)).to_track_quat("-Z", "Y").to_euler()
    if scene.world is None:
        _world(scene)


def _world(scene: bpy.types.Scene) -> None:
    world = bpy.data.worlds.new("Studio")
    if world.node_tree is None:  # always there from Blender 5.0 on
        world.use_nodes = True
    scene.world = world
    sky = world.node_tree.nodes["Background"]
    sky.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    sky.inputs["Strength"].default_value = _AMBIENT


def _turntable(scene: bpy.types.Scene, garments: list[bpy.types.Object], extent: Extent) -> None:
    """An empty on the garment's axis, above all that the garments hang on."""
    table = next(iter(having(scene, "turntable")), None)
    if table is None:
        place = Vector((extent.middle.x, extent.middle.y, extent.low.z))
        table = _empty(scene, "Turntable", "turntable", place)
    for garment in garments:
        top = garment
        while top.parent is not None and top != table:
            top = top.parent
        if top != table:
            _put_under(table, top)


def _ground(scene: bpy.types.Scene, extent: Extent) -> None:
    """A floor that only catches the shadow; hidden until a picture asks for it."""
    half, low = 4 * extent.height, extent.low.z - 0.002 * extent.height
    mesh = bpy.data.meshes.new("Ground")
    corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
    mesh.from_pydata([(x, y, 0.0) for x, y in corners], [], [(0, 1, 2, 3)])
    ground = _linked(scene, "Ground", mesh)
    ground.location = extent.middle.x, extent.middle.y, low
    ground[ROLE] = "ground"
    ground.is_shadow_catcher = True
    ground.hide_render = ground.hide_viewport = True


def _put_under(above: bpy.types.Object, thing: bpy.types.Object) -> None:
    """Parent `thing` to `above` where it stands."""
    thing.parent = above
    thing.matrix_parent_inverse = Matrix.Translation(above.location).inverted()


def _empty(scene: bpy.types.Scene, name: str, role: str, place: Vector) -> bpy.types.Object:
    empty = _linked(scene, name, None)
    empty[ROLE] = role
    empty.location = place
    empty.empty_display_size = 0.1
    return empty


def _linked(scene: bpy.types.Scene, name: str, data: bpy.types.ID | None) -> bpy.types.Object:
    collection = scene.collection.children.get(_COLLECTION)
    if collection is None:
        collection = bpy.data.collections.new(_COLLECTION)
        scene.collection.children.link(collection)
    thing = bpy.data.objects.new(name, data)
    collection.objects.link(thing)
    return thing

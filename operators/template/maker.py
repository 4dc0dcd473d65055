"""Turns the artist's open .blend into a template: marks the garment, its print zones, the cameras.

These operators edit the artist's scene, so they can be undone. What they write is told in
docs/templates.md.
"""

import json
from functools import partial

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ...presets.template_info import Zone
from ..client.background_operator import rpt
from . import fabric_material, garment_mesh, studio, zone_layout
from .studio import ROLE, having
from .zone_layout import SIDES, Corrections, NoZone

#: heights of a garment, metres, beyond which its unit is probably not the metre
_LEAST_HEIGHT, _GREATEST_HEIGHT = 0.15, 2.5

#: print zones that placements know, and the side that each is seen from
ZONES = {"front": "front", "back": "back", "sleeve_left": "left", "sleeve_right": "right"}
ZONE_ITEMS = [
    ("front", "Front", "The chest, for placements such as left_chest and full_front"),
    ("back", "Back", "For placements such as nape and full_back"),
    ("sleeve_left", "Left Sleeve", "The sleeve on the wearer's left arm"),
    ("sleeve_right", "Right Sleeve", "The sleeve on the wearer's right arm"),
    ("own", "Own Zone", "Any other part, for prints placed as free:NAME"),
]


def zones_of(garment: bpy.types.Object) -> dict[str, dict]:
    """The zones that the garment declares, by id; raises NoZone where they can't be read."""
    try:
        zones = json.loads(garment.get("mockup_zones", "{}"))
    except ValueError:
        zones = None
    if not isinstance(zones, dict) or not all(isinstance(one, dict) for one in zones.values()):
        raise NoZone(
            f"The property mockup_zones of {garment.name!r} can't be read; delete it under "
            "Object > Custom Properties and add the zones anew."
        )
    return zones


def _is_mesh(context: bpy.types.Context) -> bool:
    return context.active_object is not None and context.active_object.type == "MESH"


def _active(context: bpy.types.Context) -> bpy.types.Object:
    """The active object, of which poll() has seen that it is a mesh."""
    assert context.active_object is not None
    return context.active_object


class TSHIRT_OT_mark_garment(bpy.types.Operator):
    """Make the active mesh the garment of a template, and its material take the fabric's color"""

    bl_idname = "tshirt.mark_garment"
    bl_label = "Mark as Garment"
    bl_options = {"REGISTER", "UNDO"}

    material: StringProperty(
        name="Material",
        description="The cloth's material; empty for the one that covers most of the garment",
    )
    printable: BoolProperty(
        name="Printable",
        description="Prints may go on this material; off for ribs, tape and the inside, which "
        "only take the fabric's color",
        default=True,
    )
    keep_picture: BoolProperty(
        name="Keep Picture",
        description="Multiply the fabric's color by what the material showed, instead of "
        "replacing it; the picture should be white on average",
    )
    apply_scale: BoolProperty(
        name="Apply Scale",
        description="Bake the object's scale into the mesh, as prints are measured on it",
        default=True,
    )
    title: StringProperty(name="Name", description="The template's name; empty for the object's")
    author: StringProperty(name="Author", description="Who made the template")
    licence: StringProperty(name="Licence", description="What others may do with it: CC0-1.0")

    @classmethod
    def poll(cls, context):
        if not _is_mesh(context):
            cls.poll_message_set("Select the mesh of the garment first")
            return False
        if _active(context).library or _active(context).data.library:
            cls.poll_message_set("The mesh is linked from another file; make it local first")
            return False
        return True

    def execute(self, context):
        garment = _active(context)
        try:
            with garment_mesh.in_object_mode(garment):
                found = fabric_material.find(garment, self.material)
                fabric = found or fabric_material.made(garment)
                fabric_material.mark(
                    fabric, printable=self.printable, keep_picture=self.keep_picture
                )
                if self.apply_scale:
                    _apply_scale(context, garment)
        except fabric_material.NotFabric as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        garment[ROLE] = "garment"
        self._sign(context.scene, garment)
        context.view_layer.update()
        self._tell_size(studio.Extent.of([garment]).height)
        said = rpt("{garment} is a garment, its fabric is {material}")
        self.report({"INFO"}, said.format(garment=garment.name, material=fabric.name))
        return {"FINISHED"}

    def _sign(self, scene: bpy.types.Scene, garment: bpy.types.Object) -> None:
        scene["mockup_template"] = 1
        for key, asked, usual in (
            ("mockup_name", self.title, garment.name),
            ("mockup_author", self.author, ""),
            ("mockup_licence", self.licence, ""),
        ):
            scene[key] = asked or scene.get(key, "") or usual

    def _tell_size(self, height: float) -> None:
        if not _LEAST_HEIGHT < height < _GREATEST_HEIGHT:
            said = rpt("The garment is {height:.3g} m high; scale it to its true size in metres")
            self.report({"WARNING"}, said.format(height=height))


def _apply_scale(context: bpy.types.Context, garment: bpy.types.Object) -> None:
    if max(abs(factor - 1.0) for factor in garment.scale) < 1e-6:
        return
    if garment.data.users > 1:
        garment.data = garment.data.copy()
    alone = {"object": garment, "active_object": garment, "selected_editable_objects": [garment]}
    with context.temp_override(**alone):
        bpy.ops.object.transform_apply(location=False, rotation=False, scale=True)


class TSHIRT_OT_add_zone(bpy.types.Operator):
    """Make a print zone of the selected faces, or of what is seen from a side"""

    bl_idname = "tshirt.add_zone"
    bl_label = "Add Print Zone"
    bl_options = {"REGISTER", "UNDO"}

    zone: EnumProperty(
        name="Zone",
        description="Which part of the garment it is",
        items=ZONE_ITEMS,
    )
    own_name: StringProperty(
        name="Own Name", description="What an own zone is called: pocket", default="pocket"
    )
    faces: EnumProperty(
        name="Faces",
        description="Which faces make the zone",
        items=[
            ("AUTO", "Automatic", "The selected ones in Edit Mode, else those seen from the side"),
            ("SELECTED", "Selected", "The faces that are selected"),
            ("SEEN", "Seen from the Side", "The body as seen from the side, or its sleeve"),
        ],
    )
    side: EnumProperty(
        name="Side",
        description="From where the zone is looked at; the garment faces -Y",
        items=[
            ("AUTO", "Automatic", "The side of the part; an own zone's is where its faces look"),
            *((name, f"Wearer's {name.title()}" if not side.centred else name.title(), "")
              for name, side in SIDES.items()),
        ],
    )  # fmt: skip
    layout: EnumProperty(
        name="Layout",
        description="How the cloth is laid flat",
        items=[
            ("FLATTEN", "Flatten", "Unwrapped from the garment's shape with the least stretch"),
            ("UV_MAP", "Active UV Map", "As it lies there: a sewing pattern from garment software"),
        ],
    )
    turn: FloatProperty(
        name="Turn", description="Turn the cloth in its zone, counter-clockwise", subtype="ANGLE"
    )
    shift_centre: FloatProperty(
        name="Centre Line",
        description="How much further right it lies than was found",
        subtype="DISTANCE",
    )
    shift_collar: FloatProperty(
        name="Collar",
        description="How much higher the collar's seam is than was found: the rib's height less",
        subtype="DISTANCE",
    )
    shift_hem: FloatProperty(
        name="Hem", description="How much higher it lies than was found", subtype="DISTANCE"
    )

    @classmethod
    def poll(cls, context):
        if not _is_mesh(context) or context.active_object.get(ROLE) != "garment":
            cls.poll_message_set("Mark the active mesh as a garment first")
            return False
        return True

    def execute(self, context):
        garment = _active(context)
        name = self.zone if self.zone != "own" else self.own_name.strip()
        try:
            if not name.isidentifier():
                raise NoZone(
                    f"A zone can't be called {name!r}; take letters, digits and underscores."
                )
            zones = zones_of(garment)
            editing = garment.mode == "EDIT"
            with garment_mesh.in_object_mode(garment):
                layout = self._lay_out(garment, name, editing)
                garment_mesh.write(garment, layout)
                zone = layout.zone
                zone = zone_layout.scaled(zone, *garment_mesh.shown_scales(garment, zone))
        except NoZone as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        zones[name] = garment_mesh.zone_fields(zone)
        garment["mockup_zones"] = json.dumps(zones)
        self._tell(zone, layout.left_out)
        return {"FINISHED"}

    def _lay_out(self, garment, name: str, editing: bool) -> zone_layout.Layout:
        cloth = garment_mesh.read(garment)
        pattern = None
        if self.layout == "UV_MAP" and (pattern := garment_mesh.active_uv_or_none(garment)) is None:
            raise NoZone(f"{garment.name!r} has no UV map; let the zone be flattened instead.")
        seen = self.faces == "SEEN" or (self.faces == "AUTO" and not editing)
        side = self.side if self.side != "AUTO" else ZONES.get(name)
        if seen:
            from_here = SIDES[side or "front"]
            chosen = zone_layout.seen_from(
                cloth, from_here, partial(garment_mesh.visible, cloth, from_here)
            )
        else:
            chosen = garment_mesh.selected(garment)
            from_here = SIDES[side or zone_layout.side_of(cloth, chosen)]
        return zone_layout.lay_out(
            cloth,
            name,
            from_here,
            chosen,
            pattern=pattern,
            corrections=Corrections(
                turn=self.turn,
                centre=self.shift_centre,
                collar=self.shift_collar,
                hem=self.shift_hem,
            ),
        )

    def _tell(self, zone: Zone, left_out: float) -> None:
        said = rpt("{zone}: {width:.1f} × {height:.1f} cm of cloth").format(
            zone=zone.id, width=zone.width * 100, height=zone.height * 100
        )
        if zone.collar is not None:
            said += rpt(", {length:.1f} cm from collar to hem").format(
                length=(zone.collar - zone.hem) * 100
            )
        self.report({"INFO"}, said)
        if left_out > 1e-4:
            said = rpt("{area:.0f} cm² that look the other way were left out")
            self.report({"WARNING"}, said.format(area=left_out * 1e4))


class TSHIRT_OT_remove_zone(bpy.types.Operator):
    """Remove a print zone from the garment, and its UV map"""

    bl_idname = "tshirt.remove_zone"
    bl_label = "Remove Print Zone"
    bl_options = {"REGISTER", "UNDO"}

    zone: StringProperty(name="Zone", description="The zone's id")

    @classmethod
    def poll(cls, context):
        return TSHIRT_OT_add_zone.poll(context)

    def execute(self, context):
        garment = _active(context)
        try:
            zones = zones_of(garment)
        except NoZone as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if self.zone not in zones:
            names = ", ".join(zones) or "none"
            self.report({"ERROR"}, f"There is no zone {self.zone!r}; there is {names}.")
            return {"CANCELLED"}
        uv_map = str(zones.pop(self.zone).get("uv_map"))
        shared = any(one.get("uv_map") == uv_map for one in zones.values())
        garment["mockup_zones"] = json.dumps(zones)
        with garment_mesh.in_object_mode(garment):
            layers = garment.data.uv_layers
            if uv_map in layers and not shared:
                layers.remove(layers[uv_map])
        return {"FINISHED"}


class TSHIRT_OT_add_cameras(bpy.types.Operator):
    """Add the cameras of the six views, and light rig, turntable and ground where they are missing"""

    bl_idname = "tshirt.add_cameras"
    bl_label = "Add Cameras"
    bl_options = {"REGISTER", "UNDO"}

    replace: BoolProperty(
        name="Replace",
        description="Make cameras anew that are there already, framed on the garment",
    )
    ground: BoolProperty(
        name="Ground",
        description="Add a hidden floor, for pictures that ask for the garment's shadow",
        default=True,
    )

    @classmethod
    def poll(cls, context):
        if not having(context.scene, "garment"):
            cls.poll_message_set("Mark a mesh as the garment first")
            return False
        return True

    def execute(self, context):
        context.view_layer.update()
        made = studio.build(context.scene, replace=self.replace, ground=self.ground)
        said = rpt("Cameras added: {views}") if made else rpt("All six cameras are there already")
        self.report({"INFO"}, said.format(views=", ".join(made)))
        return {"FINISHED"}


classes = (
    TSHIRT_OT_mark_garment,
    TSHIRT_OT_add_zone,
    TSHIRT_OT_remove_zone,
    TSHIRT_OT_add_cameras,
)
register, unregister = bpy.utils.register_classes_factory(classes)

"""The part of the tab that makes a template of the open file, step by step; closed by default."""

import bpy

from ..operators.template import check_template
from ..operators.template.maker import ZONE_ITEMS, zones_of
from ..operators.template.studio import having
from ..operators.template.zone_layout import NoZone
from ..presets.views import round_the_shirt
from .editors import TAB, paragraph
from .translations import CONTEXT, iface

_SIGNED = (("mockup_name", "Name"), ("mockup_author", "Author"), ("mockup_licence", "Licence"))


class VIEW3D_PT_tshirt_template(bpy.types.Panel):
    """Turn the open file into a template that designs can be printed on"""

    bl_label = "Make a Template"
    bl_translation_context = CONTEXT
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = TAB
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 20

    def draw(self, context):
        layout, scene = self.layout, context.scene
        garments = having(scene, "garment")
        _garments(_step(layout, "Garment", bool(garments)), garments)
        if not garments:
            return
        _zones(_step(layout, "Print Zones", any(map(_has_zone, garments))), context, garments)
        _cameras(layout, scene)
        signed = _step(layout, "About", all(scene.get(key) for key, _ in _SIGNED))
        signed.use_property_split, signed.use_property_decorate = True, False
        for key, name in _SIGNED:
            if key in scene:
                signed.prop(scene, f'["{key}"]', text=name, text_ctxt=CONTEXT)
        layout.separator()
        column = layout.column(align=True)
        column.operator("tshirt.check_template", text="Save and Check", icon="CHECKMARK")
        column.operator("tshirt.order_on_template", icon="MATCLOTH")
        _findings(layout, context)


def _step(layout, name: str, done: bool):
    """A heading with a mark that tells whether this is done, and the column under it."""
    box = layout.box()
    box.label(text=name, text_ctxt=CONTEXT, icon="CHECKBOX_HLT" if done else "CHECKBOX_DEHLT")
    return box.column()


def _garments(column, garments) -> None:
    for garment in garments:
        row = column.row()
        row.label(text=garment.name, icon="MATCLOTH", translate=False)
        for slot in garment.material_slots:
            if slot.material and slot.material.get("mockup_role") == "fabric":
                row = column.row()
                row.active = bool(slot.material.get("mockup_printable"))
                row.label(text=slot.material.name, icon="MATERIAL", translate=False)
    column.operator("tshirt.mark_garment", icon="ADD")


def _has_zone(garment) -> bool:
    return garment.get("mockup_zones", "{}") != "{}"


def _zones(column, context, garments) -> None:
    for garment in garments:
        try:
            zones = zones_of(garment)
        except NoZone as error:
            paragraph(column, context, str(error), "ERROR")
            continue
        for name, zone in zones.items():
            row = column.row()
            size = "{:.1f} × {:.1f} cm".format(
                zone.get("width", 0) * 100, zone.get("height", 0) * 100
            )
            row.label(text=f"{iface(name.replace('_', ' ').title())}, {size}", translate=False)
            if garment == context.active_object:
                row.operator("tshirt.remove_zone", text="", icon="X", emboss=False).zone = name
    if context.mode != "EDIT_MESH":
        paragraph(column, context, iface("Select a zone's faces in Edit Mode, without ribs"))
    grid = column.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    for zone, label, _ in ZONE_ITEMS:
        grid.operator("tshirt.add_zone", text=label).zone = zone


def _cameras(layout, scene) -> None:
    there = {camera.get("view_id") for camera in having(scene, "camera")}
    missing = [view for view in round_the_shirt() if view not in there]
    column = _step(layout, "Cameras and Light", not missing)
    if missing and there:
        names = ", ".join(view.replace("_", " ") for view in missing)
        column.label(text=iface("Missing: {views}").format(views=names), translate=False)
    column.operator("tshirt.add_cameras", icon="ADD")


def _findings(layout, context) -> None:
    checked = check_template.last
    if not bpy.data.filepath or checked.blend != bpy.data.filepath:
        return
    if not checked.findings:
        layout.label(text="Nothing is wrong with it", icon="CHECKMARK")
    for finding in checked.findings:
        box = layout.box().column()
        paragraph(box, context, finding.sentence, check_template.ICONS[finding.severity])
        paragraph(box, context, finding.advice, "BLANK1")


register, unregister = bpy.utils.register_classes_factory((VIEW3D_PT_tshirt_template,))

"""The upper half of the tab: what is printed, on what, seen from where, and the button to add it."""

import bpy

from ..operators import saved_orders
from ..operators.client.job_rows import span
from ..operators.client.queue_client import client
from ..operators.order import OWN, fault_of_start, offered_views
from ..operators.preview.preview import preview
from ..presets.colours import hex_from_srgb
from ..presets.fabrics import fabrics
from ..presets.finding import Severity
from ..presets.measures import CM_PER_INCH
from ..presets.naming import DEFAULT_PATTERN
from ..presets.qualities import qualities
from ..presets.views import round_the_shirt, views
from . import pictures
from .editors import end_of, in_every_editor, in_inches, paragraph
from .translations import CONTEXT, iface, in_words

#: Letters of a path that a field shows.
_FIELD = 17


class _Order:
    """Order a picture of a printed t-shirt."""

    name = "order"
    bl_label = "Order"
    bl_order = 0

    def draw_header_preset(self, context):
        row = self.layout.row(align=True)
        row.menu("TSHIRT_MT_orders", text="", icon="PRESET")

    def draw(self, context):
        layout = self.layout
        order = context.window_manager.tshirt.order
        _design(layout, context, order)
        if order.design:
            _shirt(layout, order)
            _pictures(layout, order)
            _more(layout, context, order)
        row = layout.row(align=True)
        row.scale_y = 1.5
        if order.design and context.area.type == "VIEW_3D":
            row.operator("tshirt.preview", text="", icon="HIDE_OFF", depress=preview.on)
        row.operator("tshirt.order", icon="ADD")
        row.menu("TSHIRT_MT_more", text="", icon="DOWNARROW_HLT")
        if order.design:
            _warnings(
                layout, context
            )  # below: they come and go, and the button stays under the mouse


def _design(layout, context, order) -> None:
    look = client.look
    if not order.design:
        box = layout.box().column(align=True)
        box.separator()
        row = box.row()
        row.alignment = "CENTER"
        row.label(text="Drop an image here", icon="IMAGE_DATA")
        box.separator()
        layout.operator("tshirt.choose_design", icon="FILEBROWSER")
        return
    column = layout.column(align=True)
    heads, cards, buttons = (column.row(align=True) for _ in range(3))
    heads.label(text="Design", text_ctxt=CONTEXT)
    heads.label(text="Placement", text_ctxt=CONTEXT)
    box = cards.box()
    box.template_icon(pictures.thumbnail(look.shown, look.stamp) if look.image else 0, scale=5.0)
    cards.template_icon_view(order, "placement", show_labels=True, scale=5.65, scale_popup=5.0)
    buttons.operator("tshirt.choose_design", text="Change", icon="FILEBROWSER")
    buttons.prop(order, "placement", text="")
    facts = layout.column(align=True)
    facts.scale_y = 0.8
    facts.label(text=bpy.path.basename(order.design), translate=False)
    for said in _size_of_print(look, in_inches(context)):
        facts.label(text=said, translate=False)


def _size_of_print(look, inches: bool) -> tuple[str, str]:
    """How large the design is and how large it is printed, two lines; empty while not looked over.

    They keep their space, so that what is below doesn't move under the mouse.
    """
    if not look.image:
        return "", ""
    size = "SVG" if look.image.format == "SVG" else f"{look.image.width} × {look.image.height} px"
    if not look.width_in:
        return size, ""
    sides = (look.width_in, look.height_in)
    printed = (
        "{:.1f} × {:.1f} in".format(*sides)
        if inches
        else "{:.0f} × {:.0f} cm".format(*(side * CM_PER_INCH for side in sides))
    )
    return f"{size}, {look.dpi} DPI", printed


def _shirt(layout, order) -> None:
    column = _split(layout)
    column.prop(order, "shirt")
    if order.shirt == OWN:
        column.prop(order, "template", text="")
    row = _property(column, "Fabric")
    if order.fabric == pictures.OWN_COLOUR:
        row = row.split(factor=0.25, align=True)
        row.prop(order, "fabric_colour", text="")
        name, icon = iface("Own Color"), 0
    else:
        fabric = fabrics()[order.fabric]
        name, icon = iface(fabric.label.title()), pictures.swatch_icon(fabric.hex, fabric.heather)
    row.popover("TSHIRT_PT_fabrics", text=name, icon_value=icon, translate=False)
    row = column.row(align=True)
    row.prop(order, "background")
    if order.background == "colour":
        row.prop(order, "background_colour", text="")
    elif order.background == "image":
        column.prop(order, "background_image", text=" ")


def _property(layout, name: str):
    """A row with a label like those that properties get."""
    split = layout.split(factor=0.4, align=True)
    label = split.row()
    label.alignment = "RIGHT"
    label.label(text=name)
    return split.row(align=True)


def _pictures(layout, order) -> None:
    column = _split(layout)
    column.prop(order, "mode")
    if order.mode in ("turntable", "both"):
        column.prop(order, "frames")
    if order.mode == "glb":
        return  # a model has no view, no pixels and no samples
    if order.mode != "turntable":
        _views(layout.column(align=True), order)
    column = layout.column(align=True)
    column.row(align=True).prop(order, "quality", expand=True)
    about = column.row()
    about.scale_y = 0.9
    about.label(text=_cost(order), translate=False)


def _views(column, order) -> None:
    """A toggle for each view that the shirt has: whole in rows of three, closeups below."""
    whole = column.grid_flow(row_major=True, columns=3, even_columns=True, align=True)
    near = column.row(align=True)
    offered = offered_views(order)
    for number, view in enumerate(views().values()):
        if view.id in offered:
            where = whole if view.id in round_the_shirt() else near
            where.prop(order, "views", index=number, text=iface(view.label.title()), toggle=True,
                       translate=False)  # fmt: skip


def _cost(order) -> str:
    """What the quality means and what it takes here: "1024 px, 48 samples, about 2 min"."""
    quality, look = qualities()[order.quality], client.look
    known = look.jobs > 0
    size = (
        f"{look.work.width} × {look.work.height}" if known else f"{quality.size} × {quality.size}"
    )
    samples = order.samples or quality.samples
    words = [f"{size} px", iface("{count} samples").format(count=samples)]
    seconds = client.snapshot.experience.seconds([(look.work, 1.0)]) if known else None
    if seconds is not None:
        words.append(iface("about {time}").format(time=span(seconds)))
    return ", ".join(words)


def _warnings(layout, context) -> None:
    look = client.look
    if look.error:
        box = layout.box().column()
        box.alert = True
        paragraph(box, context, _short(in_words(look.error)), "ERROR")
        return
    for finding in look.warnings[:3]:
        box = layout.box().column()
        box.alert = finding.severity is Severity.ERROR
        paragraph(box, context, _short(in_words(finding.sentence)), "ERROR")
        paragraph(box, context, in_words(finding.advice), "BLANK1")
    if look.rendered and look.rendered == look.jobs:
        box = layout.box().column()
        paragraph(box, context, iface("These pictures are there already."), "CHECKMARK")


def _short(sentence: str) -> str:
    """The sentence with the design's name for its path, which would fill the panel."""
    return sentence.replace(client.look.design, bpy.path.basename(client.look.design))


def _more(layout, context, order) -> None:
    header, body = layout.panel("tshirt_print", default_closed=True)
    header.label(text="Print", text_ctxt=CONTEXT)
    if body:
        _details_of_print(_split(body), order, in_inches(context))
    header, body = layout.panel("tshirt_output", default_closed=True)
    header.label(text="Output")
    if body:
        _details_of_output(_split(body), body, context, order)
    header, body = layout.panel("tshirt_start", default_closed=True)
    header.label(text="Start")
    if body:
        column = _split(body)
        column.prop(order, "lane")
        column.prop(order, "at", placeholder="22:30")
        column.prop(order, "force")
        if fault := fault_of_start(order):
            box = body.box().column()
            box.alert = True
            paragraph(box, context, in_words(fault), "ERROR")


def _split(layout):
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


def _details_of_print(column, order, inches: bool) -> None:
    column.prop(order, "technique")
    column.prop(order, "garment_size")
    column.prop(order, "own_place")
    if order.own_place:
        fields = column.column(align=True)
        unit = "in" if inches else "cm"
        for name in (f"width_{unit}", f"x_{unit}", f"y_{unit}", "rotation"):
            fields.prop(order, name)


def _details_of_output(column, body, context, order) -> None:
    column.prop(order, "picture")
    if order.picture == "OWN":
        sides = column.column(align=True)
        sides.prop(order, "width")
        sides.prop(order, "height")
    row = _property(column, "Samples")
    if order.own_samples:
        row.prop(order, "samples", text="")
        row.prop(order, "own_samples", text="", icon="X", invert_checkbox=True)
    else:
        row.prop(order, "own_samples", text="By Quality", toggle=True, invert_checkbox=True)
    column.prop(order, "format")
    column.prop(order, "ground_shadow")
    column.prop(order, "light")
    column.prop(order, "out", placeholder=end_of(client.outputs, _FIELD))
    if not order.out and not client.output_folder:
        days = f"{client.snapshot.settings.keep_outputs_days:g}"
        said = iface("Pictures there are deleted after {days} days, and with the extension")
        paragraph(body, context, said.format(days=days), "INFO")
    column.prop(order, "pattern", placeholder=DEFAULT_PATTERN)
    if client.look.example:
        paragraph(body, context, client.look.example, "FILE_IMAGE")


class TSHIRT_MT_orders(bpy.types.Menu):
    """Orders that were saved under a name"""

    bl_label = "Saved Orders"
    bl_translation_context = CONTEXT

    def draw(self, context):
        layout = self.layout
        for name in saved_orders.names():
            layout.operator("tshirt.apply_order", text=name, translate=False).title = name
        if not saved_orders.names():
            layout.label(text="No order was saved yet")
        layout.separator()
        layout.operator("tshirt.save_order", icon="ADD", text="Save Order…")
        if saved_orders.names():
            layout.menu("TSHIRT_MT_remove_orders", icon="REMOVE")
        layout.separator()
        layout.operator("tshirt.import_order", icon="IMPORT", text="Import…")
        layout.operator("tshirt.export_order", icon="EXPORT", text="Export…")


class TSHIRT_MT_remove_orders(bpy.types.Menu):
    """Delete an order that was saved"""

    bl_label = "Delete"
    bl_translation_context = CONTEXT

    def draw(self, context):
        for name in saved_orders.names():
            row = self.layout
            row.operator("tshirt.remove_order", text=name, translate=False).title = name


class TSHIRT_MT_more(bpy.types.Menu):
    """More ways to order"""

    bl_label = "Order More"

    def draw(self, context):
        layout = self.layout
        layout.operator("tshirt.order_batch", icon="DUPLICATE", text="Order a Batch…")
        layout.separator()
        layout.operator("tshirt.batch_from_csv", icon="SPREADSHEET", text="Order from CSV…")
        layout.operator("tshirt.save_example_csv", text="Save Example CSV…")


class TSHIRT_PT_fabrics(bpy.types.Panel):
    """Choose the color of the shirt"""

    bl_label = "Fabric"
    bl_space_type = "VIEW_3D"
    bl_region_type = "WINDOW"
    bl_options = {"INSTANCED"}
    bl_ui_units_x = 14

    def draw(self, context):
        layout = self.layout
        state = context.window_manager.tshirt
        order = state.order
        layout.prop(state, "fabric_search", text="", icon="VIEWZOOM")
        grid = layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
        words = state.fabric_search.lower().split()
        found = 0
        for fabric in fabrics().values():
            name = iface(fabric.label.title())
            if all(word in f"{fabric.label} {name}".lower() for word in words):
                button = grid.operator(
                    "tshirt.choose_fabric",
                    text=name,
                    translate=False,
                    icon_value=pictures.swatch_icon(fabric.hex, fabric.heather),
                    depress=order.fabric == fabric.id,
                )
                button.fabric = fabric.id
                found += 1
        if not found:
            layout.label(
                text="There is no fabric of that name; choose a color of your own", icon="INFO"
            )
        row = layout.row(align=True)
        row.prop_enum(order, "fabric", pictures.OWN_COLOUR)
        row.prop(order, "fabric_colour", text="")
        if order.fabric == pictures.OWN_COLOUR:
            layout.label(text=hex_from_srgb(order.fabric_colour), translate=False)


classes = (
    *in_every_editor(_Order),
    TSHIRT_MT_orders,
    TSHIRT_MT_remove_orders,
    TSHIRT_MT_more,
    TSHIRT_PT_fabrics,
)
register, unregister = bpy.utils.register_classes_factory(classes)

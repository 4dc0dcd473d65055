"""The batch dialog: several designs × placements × fabrics × backgrounds, and what that makes."""

import bpy
from bpy.app.translations import pgettext_iface as iface

from ..operators.batch import chosen, form_of_batch, start_batch
from ..operators.desk import desk
from ..operators.handing_over import HandedOver, Nothing, rpt
from ..operators.order import absolute, terms_of, told
from ..operators.overview import span
from ..presets.fabrics import fabrics
from ..presets.placements import placements
from ..presets.qualities import qualities
from ..queue import ordering
from . import pictures


class TSHIRT_OT_order_batch(HandedOver, bpy.types.Operator):
    """Order several designs, placements, fabrics and backgrounds at once"""

    bl_idname = "tshirt.order_batch"
    bl_label = "Order a Batch"
    bl_options = {"REGISTER"}

    def ask(self, context, event):
        state = context.window_manager.tshirt
        if not state.batch.designs and state.order.design:
            start_batch(state, [absolute(state.order.design)])
        return context.window_manager.invoke_props_dialog(
            self, width=560, title="Order a Batch", confirm_text="Add to Queue"
        )

    def errand(self, context):
        state = context.window_manager.tshirt
        if not state.batch.designs:
            raise Nothing(rpt("Add at least one design to the batch"))
        form = form_of_batch(state)
        terms = terms_of(state.order, batch=state.batch.title.strip() or rpt("Batch"))
        state.batch.designs.clear()
        return lambda store: ordering.place(store, form, terms)

    @classmethod
    def tell(cls, jobs):
        return told(jobs)

    def draw(self, context):
        layout = self.layout
        state = context.window_manager.tshirt
        batch = state.batch
        layout.prop(batch, "title", placeholder=iface("Batch"))
        _designs(layout, batch)
        layout.label(text="Placements")
        grid = layout.grid_flow(row_major=True, columns=4, even_columns=True, align=True)
        for number, place in enumerate(placements().values()):
            grid.prop(batch, "placements", index=number, text=iface(place.label.title()), toggle=True,
                      icon_value=pictures.placement_icon(place.id), translate=False)  # fmt: skip
        layout.label(text="Fabrics")
        grid = layout.grid_flow(row_major=True, columns=5, even_columns=True, align=True)
        for number, fabric in enumerate(fabrics().values()):
            grid.prop(batch, "fabrics", index=number, text=iface(fabric.label.title()), toggle=True,
                      icon_value=pictures.swatch_icon(fabric.hex, fabric.heather),
                      translate=False)  # fmt: skip
        row = layout.row(align=True)
        row.label(text="Backgrounds")
        row.prop(batch, "transparent", toggle=True)
        row.prop(batch, "white", toggle=True)
        row.prop(batch, "coloured", toggle=True)
        if batch.coloured:
            row.prop(batch, "colour", text="")
        layout.prop(batch, "drafts")
        box = layout.box()
        box.label(text=_product(state), icon="INFO", translate=False)


def _designs(layout, batch) -> None:
    layout.label(text="Designs")
    box = layout.box().column(align=True)
    if not batch.designs:
        box.label(text="No design yet: choose images, or drop them on the panel")
    for number, design in enumerate(batch.designs[:8]):
        row = box.row(align=True)
        row.label(text=bpy.path.basename(design.path), translate=False,
                  icon_value=pictures.thumbnail(design.path))  # fmt: skip
        row.operator("tshirt.batch_drop_design", text="", icon="X", emboss=False).index = number
    if len(batch.designs) > 8:
        said = iface("{count} more").format(count=len(batch.designs) - 8)
        box.label(text=said, translate=False)
    box.operator("tshirt.batch_add_designs", icon="FILEBROWSER")


def _product(state) -> str:
    """The count of jobs and pictures, and what they take by this machine's own history."""
    batch, order = state.batch, state.order
    sides = (
        len(batch.designs),
        len(chosen(placements(), batch.placements)),
        len(chosen(fabrics(), batch.fabrics)),
    )
    jobs = sides[0] * sides[1] * sides[2]
    backgrounds = batch.transparent + batch.white + batch.coloured
    shots = sum(order.views) if order.mode != "turntable" else 0
    if order.mode != "stills":
        shots += order.frames
    if not jobs or not backgrounds:
        return iface("Choose at least one design, placement, fabric and background")
    words = [
        iface("{jobs} jobs ({designs} × {places} × {fabrics})").format(
            designs=sides[0], places=sides[1], fabrics=sides[2], jobs=jobs
        ),
        iface("{count} pictures").format(count=jobs * shots * backgrounds),
    ]
    quality = qualities()["draft" if batch.drafts else order.quality]
    pace = desk.snapshot.pace.get((quality.samples, quality.size, quality.size))
    if pace:
        seconds = pace * jobs * shots / desk.snapshot.settings.concurrency
        words.append(iface("about {time}").format(time=span(seconds)))
    return ", ".join(words)


register, unregister = bpy.utils.register_classes_factory((TSHIRT_OT_order_batch,))

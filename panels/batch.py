"""The batch dialog: several designs × placements × fabrics × backgrounds, and what that makes."""

import bpy

from ..operators.batch import form_of_batch, is_begun, start_batch
from ..operators.client.background_operator import BackgroundOperator, Nothing, rpt
from ..operators.client.batch_check import BatchLook, batch_client
from ..operators.client.job_rows import cost
from ..operators.client.queue_client import client
from ..operators.order import absolute, offers, terms_of, told
from ..presets.fabrics import fabrics
from ..presets.finding import Severity
from ..presets.placements import placements
from ..presets.qualities import qualities
from ..presets.views import views
from ..queue.intake import submit
from . import pictures
from .editors import paragraph
from .translations import iface, in_words

#: Of the dialog, and of the text in its last box; as Blender counts, before the UI's scale.
_WIDTH, _TEXT = 560, 550
#: Designs, warnings and names of a kind that are shown; a count tells of more.
_MOST_DESIGNS, _MOST_WARNINGS, _MOST_NAMES = 8, 3, 6
#: Seconds between two looks whether the batch has been looked over.
_BEAT = 0.1


class TSHIRT_OT_order_batch(BackgroundOperator, bpy.types.Operator):
    """Order several designs, placements, fabrics and backgrounds at once"""

    bl_idname = "tshirt.order_batch"
    bl_label = "Order a Batch"
    bl_options = {"REGISTER"}

    def ask(self, context, event):
        state = context.window_manager.tshirt
        design = state.order.design
        if (design and not state.batch.designs) or not is_begun(state.batch):
            start_batch(state, [absolute(design)] if design else [])
        batch_client.forget()
        return context.window_manager.invoke_props_dialog(
            self, width=_WIDTH, title="Order a Batch", confirm_text="Add to Queue"
        )

    def task(self, context):
        state = context.window_manager.tshirt
        if not state.batch.designs:
            raise Nothing(rpt("Add at least one design to the batch"))
        form = form_of_batch(state)
        terms = terms_of(state.order, batch=state.batch.title.strip() or rpt("Batch"))
        return lambda store: submit.enqueue(store, form, terms)

    def adds(self, context):
        return context.window_manager.tshirt.batch.title.strip() or rpt("Batch")

    @classmethod
    def tell(cls, jobs):
        bpy.context.window_manager.tshirt.batch.designs.clear()
        return told(jobs)

    def execute(self, context):
        _closed()
        return super().execute(context)

    def cancel(self, context):
        """Forget the dialog's region, which is gone with it."""
        _closed()

    def draw(self, context):
        layout = self.layout
        state = context.window_manager.tshirt
        batch = state.batch
        layout.prop(batch, "title", placeholder=iface("Batch"))
        _designs(layout, batch)
        layout.label(text="Placements")
        grid = layout.grid_flow(row_major=True, columns=4, even_columns=True, align=True)
        for number, place in enumerate(placements().values()):
            cell = grid.row(align=True)
            # One that is on can be taken back.
            cell.enabled = offers(state.order, place) or batch.placements[number]
            cell.prop(batch, "placements", index=number, text=iface(place.label.title()), toggle=True,
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
        form = form_of_batch(state)
        _summary(layout.box().column(), context, form)
        if form.designs:
            batch_client.ask(form, client.folder, again=state.order.force)
        _follow_changes(context)


def _designs(layout, batch) -> None:
    layout.label(text="Designs")
    box = layout.box().column(align=True)
    if not batch.designs:
        box.label(text="No design yet: add images here, or drop several on the panel", icon="INFO")
    shown = batch_client.look.shown
    for number, design in enumerate(batch.designs[:_MOST_DESIGNS]):
        row = box.row(align=True)
        drawn = shown.get(design.path, "")
        icon = {"icon_value": pictures.thumbnail(drawn)} if drawn else {"icon": "IMAGE_DATA"}
        row.label(text=bpy.path.basename(design.path), translate=False, **icon)
        row.operator("tshirt.batch_drop_design", text="", icon="X", emboss=False).index = number
    if len(batch.designs) > _MOST_DESIGNS:
        said = iface("{count} more").format(count=len(batch.designs) - _MOST_DESIGNS)
        box.label(text=said, translate=False)
    layout.operator("tshirt.batch_add_designs", icon="FILEBROWSER")


def _summary(column, context, form) -> None:
    """What the batch comes to, as far as it is known by now."""
    sides = tuple(map(len, (form.designs, form.placements, form.fabrics)))
    if not all(sides) or not form.backgrounds:
        column.label(
            text="Choose at least one design, placement, fabric and background", icon="INFO"
        )
        return
    jobs = sides[0] * sides[1] * sides[2]
    words = iface("{jobs} jobs ({designs} × {places} × {fabrics})" if jobs > 1 else "One job")
    said = [words.format(jobs=jobs, designs=sides[0], places=sides[1], fabrics=sides[2])]
    look = batch_client.look
    if look.form != form:
        column.label(text=", ".join(said), icon="INFO", translate=False)
        column.label(text="Checking what is already there…", icon="BLANK1")
        return
    if look.error:
        column.alert = True
        paragraph(column, context, in_words(look.error), "ERROR", width=_TEXT)
        return
    said.append(iface("{count} files" if look.files > 1 else "one file").format(count=look.files))
    column.label(text=", ".join(said), icon="INFO", translate=False)
    like = [qualities()[form.quality].label, *(views()[one].label.title() for one in form.views)]
    column.label(text=", ".join(map(iface, like)), icon="BLANK1", translate=False)
    _cost(column, look)
    _known(column, context, look.rendered, "Rendered already: {names}", "CHECKMARK")
    _known(column, context, look.queued, "In the queue already: {names}", "SORTTIME")
    for finding in look.warnings[:_MOST_WARNINGS]:
        warning = column.column()
        warning.alert = finding.severity is Severity.ERROR
        said = f"{in_words(finding.sentence)} {in_words(finding.advice)}"
        paragraph(warning, context, said, "ERROR", width=_TEXT)


def _cost(column, look: BatchLook) -> None:
    if look.jobs == len(look.rendered) + len(look.queued):
        return
    said = cost(look.seconds, look.bytes, iface)
    column.label(text=", ".join(said), icon="TIME", translate=False)


def _known(column, context, names: tuple[tuple[str, str, str], ...], words: str, icon: str) -> None:
    """Those that need no rendering, by name."""
    if not names:
        return
    told_names = [
        ", ".join((design, _title(place), fabric if fabric[0] == "#" else _title(fabric)))
        for design, place, fabric in names[:_MOST_NAMES]
    ]
    if len(names) > _MOST_NAMES:
        told_names.append(iface("{count} more").format(count=len(names) - _MOST_NAMES))
    said = iface(words).format(names="; ".join(told_names))
    paragraph(column, context, said, icon, width=_TEXT)


def _title(name: str) -> str:
    return iface(name.replace("_", " ").title())


#: The dialog's region while it is open, and what it showed last.
_region: bpy.types.Region | None = None
_shown: object = None


def _follow_changes(context) -> None:
    """Called with each drawing of the dialog."""
    global _region
    _region = context.region_popup
    batch_client.dialog_open = _region is not None
    if _region and not bpy.app.timers.is_registered(_draw_again):
        bpy.app.timers.register(_draw_again, first_interval=_BEAT)


def _draw_again() -> float | None:
    """Draw the dialog anew when it has been looked over, or has got more designs."""
    global _shown
    if _region is None:
        return None
    designs = bpy.context.window_manager.tshirt.batch.designs
    now = (batch_client.look, batch_client.busy, tuple(design.path for design in designs))
    if now != _shown:
        _shown = now
        _region.tag_refresh_ui()
        _region.tag_redraw()
    return _BEAT


def _closed() -> None:
    """The dialog's region is gone with it."""
    global _region
    _region, batch_client.dialog_open = None, False


_add, _remove = bpy.utils.register_classes_factory((TSHIRT_OT_order_batch,))


def register() -> None:
    """Add the dialog."""
    _add()


def unregister() -> None:
    """Take it away."""
    _closed()
    if bpy.app.timers.is_registered(_draw_again):
        bpy.app.timers.unregister(_draw_again)
    _remove()

"""The lower half of the tab: the jobs, how far they are, and what can be done with them.

Draws from the client's snapshot only; nothing here reads a disk or a database.
"""

import time

import bpy

from ..operators.client.job_rows import Batch, Line, span
from ..operators.client.queue_client import client
from ..operators.jobs import PAUSED_HERE
from ..queue.job import State
from ..queue.settings import OnQuit
from . import pictures
from .editors import in_every_editor, paragraph
from .job_details import details, shirt
from .translations import CONTEXT, iface, in_words

ICONS = {
    State.WAITING: "SORTTIME",
    State.DELAYED: "TIME",
    State.BLOCKED: "LINKED",
    State.ACTIVE: "PLAY",
    State.COMPLETED: "CHECKMARK",
    State.FAILED: "ERROR",
    State.CANCELLED: "CANCEL",
}


class TSHIRT_UL_jobs(bpy.types.UIList):
    """The jobs of the render queue"""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index):
        lines = client.snapshot.lines
        if index < len(lines):  # between a new snapshot and the next beat there may be fewer
            _line(layout, lines[index], data.several)

    def draw_filter(self, context, layout):
        """Filters are above the list."""

    def filter_items(self, context, data, property):
        """What is shown, and in which order, is the client's business."""
        return [], []


def _line(layout, line: Line, several: bool) -> None:
    row = layout.row(align=True)
    if line.batch:
        _batch(row, line.batch, line.open)
        return
    job = line.row
    if several:
        icon = "CHECKBOX_HLT" if job.id in client.ticked else "CHECKBOX_DEHLT"
        row.operator("tshirt.tick", text="", icon=icon, emboss=False).key = job.id
    if line.inside:
        row.separator(factor=1.5)
    told = job.state in (State.ACTIVE, State.DELAYED)
    split = row.split(factor=0.74) if told else row
    name = split.row(align=True)
    name.active = job.state is not State.CANCELLED
    name.alert = job.state is State.FAILED
    if job.pictures:
        icon = {"icon_value": pictures.thumbnail(job.pictures[0], job.finished)}
    else:
        icon = {"icon": ICONS[job.state]}
    # Apart, so that of a long name enough is left of both.
    columns = name.split(factor=0.4)
    columns.label(text=job.title, translate=False, **icon)
    columns.label(text=shirt(job), translate=False)
    if job.pinned:
        name.label(text="", icon="PINNED")
    if job.state is State.ACTIVE:
        split.progress(factor=job.progress, text=f"{job.progress:.0%}")
    elif job.state is State.DELAYED:
        later = split.row()
        later.alignment, later.active = "RIGHT", False
        later.label(text=time.strftime("%H:%M", time.localtime(job.run_at)), translate=False)


def _batch(row, batch: Batch, is_open: bool) -> None:
    icon = "DISCLOSURE_TRI_DOWN" if is_open else "DISCLOSURE_TRI_RIGHT"
    row.operator("tshirt.open_batch", text="", icon=icon, emboss=False).name = batch.name
    split = row.split(factor=0.72)
    split.label(text=batch.name, icon="RENDERLAYERS", translate=False)
    state = split.row(align=True)
    state.alert = batch.failed > 0
    state.progress(factor=batch.progress, text=f"{batch.done} / {batch.total}")


class _Queue:
    """The render queue of t-shirt pictures."""

    name = "queue"
    bl_label = "Render Queue"
    bl_order = 1

    def draw_header_preset(self, context):
        work = client.snapshot.work
        if work.total:
            self.layout.label(text=f"{work.done} / {work.total}", translate=False)

    def draw(self, context):
        layout = self.layout
        queue = context.window_manager.tshirt.queue
        now = client.snapshot
        if now.trouble:
            box = layout.box().column()
            box.alert = True
            paragraph(box, context, in_words(now.trouble), "ERROR")
        if not now.total:
            _empty(layout, context)
            return
        _standing(layout, context)
        row = layout.row(align=True)
        row.prop(queue, "text", text="", icon="VIEWZOOM", placeholder=iface("Search"))
        row.popover("TSHIRT_PT_filter", text="", icon="FILTER")
        row.prop(queue, "several", text="", icon="CHECKBOX_HLT")
        column = layout.column(align=True)
        column.template_list(
            "TSHIRT_UL_jobs",
            "",
            queue,
            "lines",
            queue,
            "index",
            rows=min(max(len(now.lines), 2), 7),
            maxrows=10,
        )
        _buttons(column.row(align=True), queue)
        if now.more:
            said = iface("{count} more; search or filter to see them").format(count=now.more)
            layout.label(text=said, translate=False)
        elif not now.lines:
            layout.label(text="No job fits the search and the filter", icon="INFO")
        if now.detail and now.detail.id == client.chosen:
            details(layout, context, now.detail)
        if now.counts[State.ACTIVE]:
            _on_quit(layout, context)


def _empty(layout, context) -> None:
    if client.snapshot.trouble:
        return
    column = layout.column(align=True)
    column.active = False
    said = iface(
        "No jobs yet. Press Add to Queue above."
        if context.window_manager.tshirt.order.design
        else "No jobs yet. Choose a design above, then Add to Queue."
    )
    paragraph(column, context, said, "INFO")


def _standing(layout, context) -> None:
    """What goes on, in one line that keeps its height: the bar of all work, and the pause button."""
    now = client.snapshot
    paused = now.paused is not None
    column = layout.column(align=True)
    split = column.row(align=True).split(factor=0.68, align=True)
    if paused:
        said = iface("Paused, {count} waiting").format(count=now.unfinished)
        split.label(text=said, translate=False)
    elif now.work.total:
        left = now.work.left
        said = iface("{time} left").format(time=span(left)) if left else f"{now.work.progress:.0%}"
        split.progress(factor=now.work.progress, text=said)
    else:
        split.label(text=_outcome(now.counts), translate=False)
    row = split.row(align=True)
    row.enabled = paused or now.unfinished > 0
    button = row.operator(
        "tshirt.set_paused",
        text="Resume" if paused else "Pause",
        icon="PLAY" if paused else "PAUSE",
        depress=paused,
    )
    button.paused = not paused
    if paused and now.paused not in ("", PAUSED_HERE):
        paragraph(column, context, now.paused, "INFO")


def _outcome(counts) -> str:
    """ "14 done, 1 failed": what became of the jobs of an idle queue."""
    words = {
        State.COMPLETED: "{count} done",
        State.FAILED: "{count} failed",
        State.CANCELLED: "{count} cancelled",
    }
    return ", ".join(
        iface(said).format(count=counts[state]) for state, said in words.items() if counts[state]
    )


def _on_quit(layout, context) -> None:
    """Say before it happens what closing Blender will do."""
    keeps = client.snapshot.settings.on_quit is OnQuit.KEEP
    column = layout.column()
    column.active = False
    said = (
        "Rendering goes on when Blender is closed"
        if keeps
        else "When Blender is closed, running jobs finish and the rest waits"
    )
    paragraph(column, context, iface(said))


def _buttons(row, queue) -> None:
    if queue.several:
        row.operator("tshirt.tick_shown", text="", icon="CHECKBOX_HLT")
        row.operator("tshirt.compare_chosen", text="", icon="SPLIT_VERTICAL")
    row.operator("tshirt.cancel_chosen", text="", icon="X")
    row.operator("tshirt.retry_chosen", text="", icon="FILE_REFRESH")
    row.operator("tshirt.move_chosen", text="", icon="TRIA_UP_BAR").lane = "urgent"
    row.operator("tshirt.move_chosen", text="", icon="TRIA_DOWN_BAR").lane = "low"
    detail = client.snapshot.detail
    keep = not (detail and detail.pinned)
    row.operator(
        "tshirt.pin_chosen", text="", icon="UNPINNED" if keep else "PINNED", depress=not keep
    ).keep = keep
    row.operator("tshirt.remove_chosen", text="", icon="TRASH")
    row.operator_menu_enum("tshirt.order_again", "quality", text="Again As")


class TSHIRT_PT_filter(bpy.types.Panel):
    """Choose which jobs are listed, and in which order"""

    bl_label = "Filter"
    bl_translation_context = CONTEXT
    bl_space_type = "VIEW_3D"
    bl_region_type = "WINDOW"
    bl_options = {"INSTANCED"}
    bl_ui_units_x = 10

    def draw(self, context):
        layout = self.layout
        queue = context.window_manager.tshirt.queue
        counts = client.snapshot.counts
        layout.label(text="Sort By")
        layout.column(align=True).prop(queue, "sort", expand=True)
        layout.label(text="Show Only")
        column = layout.column(align=True)
        column.prop(queue, "states", expand=True)
        layout.prop(queue, "grouped")
        said = iface("{count} jobs in the queue").format(count=sum(counts.values()))
        layout.label(text=said, translate=False)


classes = (TSHIRT_UL_jobs, *in_every_editor(_Queue), TSHIRT_PT_filter)
register, unregister = bpy.utils.register_classes_factory(classes)

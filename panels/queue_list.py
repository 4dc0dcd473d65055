"""The lower half of the tab: the jobs, how far they are, and what can be done with them.

Draws from the client's snapshot only; nothing here reads a disk or a database.
"""

import time
from functools import lru_cache

import bpy

from ..operators.client.adding import adding
from ..operators.client.job_rows import SEPARATOR, Batch, Line, span
from ..operators.client.queue_client import client
from ..operators.jobs import PAUSED_HERE
from ..queue.job import State
from ..queue.settings import OnQuit
from . import pictures
from .editors import in_every_editor, in_middle, paragraph, width_of
from .job_details import details, shirt_in_words
from .properties import STATES
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


#: What a line of the list takes besides its text, and parts of it; pixels before the UI's scale.
_LINE_BESIDE, _ICON, _TICK, _INSIDE, _GAP = 78, 32, 20, 12, 14
#: What the panel's header takes besides its title and the counts.
_HEADER_BESIDE = 92
#: The part of a line that names the job where its progress is beside it, and the most of that for the shirt.
_NAME, _MOST_ABOUT = 0.76, 0.55


class TSHIRT_UL_jobs(bpy.types.UIList):
    """The jobs of the render queue"""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index):
        lines = client.snapshot.lines
        if index < len(lines):  # between a new snapshot and the next beat there may be fewer
            chosen = index == getattr(active_data, active_property)
            _line(layout, context, lines[index], data.several, chosen)

    def draw_filter(self, context, layout):
        """Filters are above the list."""

    def filter_items(self, context, data, property):
        """What is shown, and in which order, is the client's business."""
        return [], []


def _line(layout, context, line: Line, several: bool, chosen: bool) -> None:
    row = layout.row(align=True)
    if line.batch:
        _batch(row, context, line.batch, line.open, chosen)
        return
    job = line.row
    if several:
        icon = "CHECKBOX_HLT" if job.id in client.ticked else "CHECKBOX_DEHLT"
        row.operator("tshirt.tick", text="", icon=icon, emboss=False).key = job.id
    if line.inside:
        row.separator(factor=1.5)
    told = job.state in (State.ACTIVE, State.DELAYED)
    split = row.split(factor=_NAME) if told else row
    name = split.row(align=True)
    name.active = job.state is not State.CANCELLED
    # Red can't be read on the chosen line's blue.
    name.alert = job.state is State.FAILED and not chosen
    if job.pictures:
        icon = {"icon_value": pictures.thumbnail(job.pictures[0], job.finished)}
    else:
        icon = {"icon": ICONS[job.state]}
    width = _width(context) - _LINE_BESIDE - _TICK * several - _INSIDE * line.inside
    width = (width * _NAME if told else width) - _TICK * job.pinned
    points = context.preferences.ui_styles[0].widget.points
    about = shirt_in_words(line.about)
    part = 1.0 - min(_MOST_ABOUT, _widest_about(client.snapshot.number, points) / width)
    columns = name.split(factor=part) if about else name  # apart, so that all lines align
    title = in_middle(job.title, int(width * (part if about else 1.0)) - _ICON, points)
    columns.label(text=title, translate=False, **icon)
    if about:
        columns.label(
            text=in_middle(about, int(width * (1.0 - part)) - _GAP, points), translate=False
        )
    if job.pinned:
        name.label(text="", icon="PINNED")
    if job.state is State.ACTIVE:
        split.progress(factor=job.progress, text=f"{job.progress:.0%}")
    elif job.state is State.DELAYED:
        later = split.row()
        later.alignment, later.active = "RIGHT", False
        later.label(text=time.strftime("%H:%M", time.localtime(job.run_at)), translate=False)


def _width(context) -> float:
    """The width of the sidebar before the UI's scale."""
    return context.region.width / context.preferences.system.ui_scale


@lru_cache(maxsize=1)
def _widest_about(_number: int, points: float) -> float:
    """How wide the second column of the list needs to be, before the UI's scale; once a snapshot."""
    told = {line.about for line in client.snapshot.lines if line.about}
    return _GAP + 4 + max((width_of(shirt_in_words(one), points) for one in told), default=0.0)


def _batch(row, context, batch: Batch, is_open: bool, chosen: bool) -> None:
    icon = "DISCLOSURE_TRI_DOWN" if is_open else "DISCLOSURE_TRI_RIGHT"
    row.operator("tshirt.open_batch", text="", icon=icon, emboss=False).name = batch.name
    part = 0.48 if batch.failed else 0.7
    split = row.split(factor=part)
    points = context.preferences.ui_styles[0].widget.points
    width = int((_width(context) - _LINE_BESIDE - _TICK) * part) - _ICON
    words = f"{batch.name}: {shirt_in_words(batch.shared)}" if batch.shared else batch.name
    split.label(text=in_middle(words, width, points), icon="RENDERLAYERS", translate=False)
    state = split.row(align=True)
    state.progress(factor=batch.progress, text=f"{batch.done} / {batch.total}")
    if batch.failed:
        failed = state.row(align=True)
        failed.alignment, failed.alert = "RIGHT", not chosen
        failed.label(text=str(batch.failed), icon="ERROR", translate=False)


class _Queue:
    """The render queue of t-shirt pictures."""

    name = "queue"
    bl_label = "Render Queue"
    bl_order = 1

    def draw_header_preset(self, context):
        work = client.snapshot.work
        said = f"{work.done} / {work.total}"
        # Blender draws it over the title where both have no room.
        points = context.preferences.ui_styles[0].panel_title.points
        taken = width_of(iface(self.bl_label), points) + width_of(said, points)
        if work.total and taken + _HEADER_BESIDE < _width(context):
            self.layout.label(text=said, translate=False)

    def draw(self, context):
        layout = self.layout
        queue = context.window_manager.tshirt.queue
        now = client.snapshot
        if now.trouble:
            box = layout.box().column()
            box.alert = True
            paragraph(box, context, in_words(now.trouble), "ERROR")
        if not now.total:
            _adding(layout)
            _empty(layout, context)
            return
        _standing(layout, context)
        row = layout.row(align=True)
        row.prop(queue, "text", text="", icon="VIEWZOOM", placeholder=iface("Search"))
        if any(queue.states):
            row.operator("tshirt.show_all_states", text="", icon="FILTER", depress=True)
            row.popover("TSHIRT_PT_filter", text="", icon="DOWNARROW_HLT")
        else:
            row.popover("TSHIRT_PT_filter", text="", icon="FILTER")
        row.prop(queue, "several", text="", icon="CHECKBOX_HLT")
        _adding(layout)
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
        if now.lines:
            _tally(layout, context)
        else:
            layout.label(text="No job fits the search and the filter", icon="INFO")
        if now.detail and now.detail.id == client.chosen:
            details(layout, context, now.detail)
        if now.counts[State.ACTIVE]:
            _on_quit(layout, context)


def _tally(layout, context) -> None:
    """How many jobs there are, and what all that are listed have in common."""
    now = client.snapshot
    column = layout.column(align=True)
    column.active = False
    said = "{count} jobs in the queue" if now.total > 1 else "One job in the queue"
    words = [iface(said).format(count=now.total)]
    if now.shared:
        words.append(
            iface("all listed: {shirt}").format(shirt=shirt_in_words(SEPARATOR.join(now.shared)))
        )
    if now.more:
        words.append(iface("{count} more; search or filter to see them").format(count=now.more))
    paragraph(column, context, ", ".join(words))
    if now.cleaned:
        said = iface("Cleaning took {count} finished jobs off the list ({time}); pictures stay")
        at = time.strftime("%H:%M", time.localtime(now.cleaned.at))
        paragraph(column, context, said.format(count=now.cleaned.jobs, time=at))


def _adding(layout) -> None:
    """A row for each order that was given and isn't in the list yet."""
    for name in adding.names:
        said = iface("Adding {name}…").format(name=name)
        layout.label(text=said, icon="SORTTIME", translate=False)


def _empty(layout, context) -> None:
    if client.snapshot.trouble or adding.names:
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
    """What goes on, in two lines that keep their height: the bar of all work and the pause button,
    and what became of the jobs.
    """
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
        split.label(text="Nothing to render")
    row = split.row(align=True)
    row.enabled = paused or now.unfinished > 0
    button = row.operator(
        "tshirt.set_paused",
        text="Resume" if paused else "Pause",
        icon="PLAY" if paused else "PAUSE",
        depress=paused,
    )
    button.paused = not paused
    column.label(text=_run(now.work) if now.work.total else _outcome(now.counts), translate=False)
    if paused and now.paused not in ("", PAUSED_HERE):
        paragraph(column, context, now.paused, "INFO")


def _run(work) -> str:
    """ "320 done, 3 failed of 347": how far the jobs are that were ordered together."""
    words = "{done} done, {failed} failed of {total}" if work.failed else "{done} done of {total}"
    return iface(words).format(done=work.done, failed=work.failed, total=work.total)


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
        for number, (name, icon) in enumerate(STATES.values()):
            column.prop(queue, "states", index=number, text=iface(name), icon=icon, toggle=True,
                        translate=False)  # fmt: skip
        layout.prop(queue, "grouped")
        said = iface("{count} jobs in the queue").format(count=sum(counts.values()))
        layout.label(text=said, translate=False)


classes = (TSHIRT_UL_jobs, *in_every_editor(_Queue), TSHIRT_PT_filter)
register, unregister = bpy.utils.register_classes_factory(classes)

"""Everything about the chosen job: pictures, attempts, what went wrong and what to do about it."""

import time
from functools import lru_cache
from pathlib import Path

import bpy

from ..operators.client.job_rows import row_of, size, span
from ..operators.client.queue_client import client
from ..queue.job import Job, State
from . import pictures
from .editors import paragraph
from .translations import iface, in_words

#: Thumbnails shown of one job.
_MOST = 6
#: Seconds in a day.
_DAY = 86400


def details(layout, context, job: Job) -> None:
    """Draw them below the list."""
    header, body = layout.panel("tshirt_details", default_closed=False)
    row = row_of(job)
    header.label(text=f"{row.title}  {shirt(row)}", translate=False)
    if not body:
        return
    if job.state is State.FAILED:
        _failure(body, context, job)
    elif client.snapshot.why or (job.note and not job.state.finished):
        paragraph(body, context, in_words(client.snapshot.why) or job.note, "INFO")
    if job.state is State.ACTIVE:
        left = (
            (time.time() - job.started) * (1 - job.progress) / job.progress
            if job.started and job.progress > 0.05
            else None
        )
        said = iface("{time} left").format(time=span(left)) if left else f"{job.progress:.0%}"
        body.progress(factor=job.progress, text=said)
    if job.files:
        _pictures(body, job)
    _facts(body, job)
    row = body.row(align=True)
    row.operator("tshirt.open_folder", icon="FILE_FOLDER").folder = job.out
    row.operator("tshirt.show_log", icon="TEXT").job = job.id


def shirt(row) -> str:
    """ "Navy, Full Front" in the artist's language."""
    return shirt_in_words(row.subtitle)


def shirt_in_words(subtitle: str) -> str:
    """A row's subtitle, or what is left of it, in the artist's language."""
    return _in_language(subtitle, bpy.app.translations.locale)


@lru_cache(maxsize=256)
def _in_language(subtitle: str, _language: str) -> str:
    return ", ".join(map(iface, subtitle.split(", ")))


def _failure(body, context, job: Job) -> None:
    box = body.box().column()
    box.alert = True
    kind = job.failure.sentence if job.failure else ""
    if iface(kind) == kind:
        paragraph(box, context, job.error or kind, "ERROR")
    else:  # what the worker said is English: the kind of failure can be told in the artist's words
        paragraph(box, context, iface(kind), "ERROR")
        paragraph(box, context, job.error, "BLANK1")
    if job.failure:
        paragraph(body, context, iface(job.failure.advice), "INFO")


def _pictures(body, job: Job) -> None:
    shown = row_of(job).pictures[:_MOST]
    columns = min(len(shown), 3)
    scale = (9.0, 6.0, 4.0)[columns - 1]
    grid = body.grid_flow(row_major=True, columns=columns, even_columns=True, align=True)
    for file in shown:
        card = grid.column(align=True)
        card.template_icon(pictures.thumbnail(file, job.finished), scale=scale)
        row = card.row(align=True)
        row.operator("tshirt.show_picture", text="Show").file = file
        beside = row.operator("tshirt.show_picture", text="", icon="WINDOW")
        beside.file, beside.beside = file, True
    if len(job.files) > len(shown):
        said = iface("{count} more in the folder").format(count=len(job.files) - len(shown))
        body.label(text=said, translate=False)


def _facts(body, job: Job) -> None:
    column = body.column(align=True)
    column.scale_y = 0.85
    request = job.request
    views = ", ".join(iface(one.replace("_", " ").title()) for one in request.get("views", ()))
    bytes_ = sum(file.get("bytes", 0) for file in job.files)
    facts = [
        ("Shirt", shirt(row_of(job))),
        ("Views", views),
        ("Pictures", f"{request.get('width')} × {request.get('height')} px, "
                     + iface("{count} samples").format(count=request.get("samples"))),
        ("Lane", iface(job.lane.name.capitalize())),
        ("Attempts", f"{job.attempts} / {job.max_attempts}" if job.attempts else ""),
        ("Took", span(job.seconds) if job.seconds else ""),
        ("Size", size(bytes_) if bytes_ else ""),
        ("Added", _clock(job.created)),
        ("Not before", _clock(job.run_at) if job.state is State.DELAYED else ""),
        ("Pictures until", _kept_until(job)),
        ("Job", job.id),
    ]  # fmt: skip
    for name, value in facts:
        if value:
            split = column.split(factor=0.34)
            name_side = split.row()
            name_side.alignment = "RIGHT"
            name_side.active = False
            name_side.label(text=name)
            split.label(text=value, translate=False)


def _kept_until(job: Job) -> str:
    """When cleaning takes its pictures: in the artist's own folders only if it was told to."""
    if not job.files or job.pinned or not job.finished:
        return ""
    settings = client.snapshot.settings
    if not (settings.clean_user_outputs or Path(job.out).is_relative_to(client.folder.outputs)):
        return ""
    until = job.finished + settings.keep_outputs_days * _DAY
    return time.strftime("%Y-%m-%d", time.localtime(until))


def _clock(seconds: float) -> str:
    when = time.localtime(seconds)
    today = time.localtime()
    same_day = when[:3] == today[:3]
    return time.strftime("%H:%M" if same_day else "%Y-%m-%d %H:%M", when)

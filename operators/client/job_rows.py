"""Turns jobs into the lines an artist reads: names, what comes first, batches, filters, time left.

Pure values, no bpy and no database; the client calls this on its own thread.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from ...presets.placements import placements
from ...presets.views import MODEL, TURNTABLE, facing_view_or_none
from ...queue import metrics
from ...queue.failures import FailureClass
from ...queue.job import Job, Lane, State

#: How the key of a batch's line begins; a job's is its id.
BATCH = "batch:"
#: Between fabric and placement in a row's subtitle.
SEPARATOR = ", "
#: Nobody scrolls further; a filter does.
MOST_LINES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the list shows of a job; small, since there may be ten thousand."""

    id: str
    rowid: int
    rev: int
    #: "fox"
    title: str
    #: "Navy, Full front"
    subtitle: str
    state: State
    lane: Lane
    batch: str
    progress: float
    note: str
    created: float
    run_at: float
    started: float | None
    finished: float | None
    #: files of a finished job, absolute; the first is its thumbnail, and shows the print
    pictures: tuple[str, ...]
    pinned: bool
    failure: FailureClass | None
    #: what decides how long it takes, and how long it took
    work: metrics.Work
    seconds: float | None
    #: another job was made in its place
    replaced: bool
    #: what a search looks in, lower case
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch as one line: its jobs but those cancelled, and those that were tried again."""

    name: str
    total: int
    done: int
    failed: int
    active: int
    #: 0..1, the part whose pictures are there
    progress: float
    #: what the subtitles of its open lines have in common, beyond what all lines have: "Full Front"
    shared: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the list: a job, or a batch that can be opened."""

    row: Row | None = None
    batch: Batch | None = None
    #: the batch's jobs follow
    open: bool = False
    #: the job belongs to the batch line above
    inside: bool = False
    #: what of the subtitle isn't said once for all lines, or for all of the batch: "Navy"
    about: str = ""

    @property
    def key(self) -> str:
        """Stays the same while the line moves through the list."""
        return self.row.id if self.row else f"{BATCH}{self.batch.name}" if self.batch else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How the artist looks at the queue."""

    text: str = ""
    #: empty: all
    states: frozenset[State] = frozenset()
    #: "queue", "newest" or "name"
    sort: str = "queue"
    grouped: bool = True
    #: names of the batches that are open
    opened: frozenset[str] = frozenset()


def row_of(job: Job) -> Row:
    """What the list shows of this job."""
    prints = job.request.get("prints") or [{}]
    names = " + ".join(dict.fromkeys(str(one.get("name", "")) for one in prints)) or job.id
    fabric = str(job.request.get("fabric", ""))
    fabric = fabric if fabric.startswith("#") else fabric.replace("_", " ").title()
    placement = str(prints[0].get("placement", ""))
    place = placement.replace("_", " ").title()
    subtitle = SEPARATOR.join(filter(None, (fabric, place)))
    return Row(
        id=job.id,
        rowid=job.rowid,
        rev=job.rev,
        title=names,
        subtitle=subtitle,
        state=job.state,
        lane=job.lane,
        batch=job.batch,
        progress=job.progress,
        note=job.note,
        created=job.created,
        run_at=job.run_at,
        started=job.started,
        finished=job.finished,
        pictures=_pictures(job, placement),
        pinned=job.pinned,
        failure=job.failure,
        work=metrics.Work.of(job.request),
        seconds=job.seconds,
        replaced=job.retried_by is not None,
        words=f"{names} {subtitle} {job.batch} {job.id}".lower(),
    )


def _pictures(job: Job, placement: str) -> tuple[str, ...]:
    known = placements().get(placement)
    facing = facing_view_or_none(known.zone) if known else None
    shown = [
        file
        for file in job.files
        if file.get("frame") or file.get("view") not in (TURNTABLE, MODEL)
    ]
    if facing:
        shown.sort(key=lambda file: file.get("view") != facing.id)
    return tuple(str(Path(job.out, file["file"])) for file in shown)


def lines_of(rows: Iterable[Row], view: View) -> tuple[tuple[Line, ...], int]:
    """The lines to show, and how many jobs or batches there are beyond them."""
    rows = tuple(rows)
    shown = sorted((row for row in rows if _matches(row, view)), key=_sort_key(view.sort))
    lines: list[Line] = []
    if not view.grouped:
        lines = [Line(row=row) for row in shown[:MOST_LINES]]
        return _each_said_once(lines), len(shown) - len(lines)
    members: dict[str, list[Row]] = {}
    everyone: dict[str, list[Row]] = {}
    for row in rows:
        if row.batch:
            everyone.setdefault(row.batch, []).append(row)
    for row in shown:
        members.setdefault(row.batch, []).append(row)
    told = 0
    for row in shown:
        if not row.batch:
            lines.append(Line(row=row))
        elif row.batch in members:
            inside = members.pop(row.batch)
            opened = row.batch in view.opened
            lines.append(Line(batch=batch_of(row.batch, everyone[row.batch]), open=opened))
            if opened:
                lines.extend(Line(row=one, inside=True) for one in inside)
            told += len(inside) - 1
        else:
            continue
        if len(lines) >= MOST_LINES:
            break
    else:
        return _each_said_once(lines), 0
    return _each_said_once(lines[:MOST_LINES]), max(0, len(shown) - told - MOST_LINES)


def shared(rows: Iterable[Row]) -> tuple[str, ...]:
    """What the subtitles of several rows have in common; nothing, where there is only one."""
    told = {row.subtitle for row in rows}
    parts = [subtitle.split(SEPARATOR) for subtitle in told]
    if not parts:
        return ()
    return tuple(part for part in parts[0] if all(part in other for other in parts))


def shared_by(lines: Sequence[Line]) -> tuple[str, ...]:
    """What all lines have in common, to be said once; nothing, where there is only one job."""
    rows = [line.row for line in lines if line.row]
    return shared(rows) if len(rows) > 1 else ()


def _each_said_once(lines: list[Line]) -> tuple[Line, ...]:
    """The lines, each with what is only its own."""
    by_all = shared_by(lines)
    told: list[Line] = []
    said: tuple[str, ...] = by_all
    for number, line in enumerate(lines):
        if line.batch and line.open:
            inside = takewhile(lambda one: one.inside, lines[number + 1 :])
            rows = [one.row for one in inside if one.row]
            of_batch = tuple(part for part in shared(rows) if part not in by_all)
            line = replace(line, batch=replace(line.batch, shared=SEPARATOR.join(of_batch)))
            said = by_all + of_batch
        if line.row:
            known = said if line.inside else by_all
            parts = line.row.subtitle.split(SEPARATOR)
            line = replace(line, about=SEPARATOR.join(part for part in parts if part not in known))
        told.append(line)
    return tuple(told)


def batch_of(name: str, rows: Iterable[Row]) -> Batch:
    """The batch's counts and progress."""
    counted = dict.fromkeys(State, 0)
    total, work = 0, 0.0
    for row in rows:
        if row.replaced or row.state is State.CANCELLED:
            continue
        total += 1
        counted[row.state] += 1
        work += 1.0 if row.state is State.COMPLETED else row.progress * (not row.state.finished)
    return Batch(
        name=name,
        total=total,
        done=counted[State.COMPLETED],
        failed=counted[State.FAILED],
        active=counted[State.ACTIVE],
        progress=work / total if total else 0.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """The run of jobs that is going on: since the oldest unfinished job was added.

    As in a batch, those cancelled don't count, nor those that were tried again.
    """

    #: jobs whose pictures are there
    done: int = 0
    failed: int = 0
    total: int = 0
    #: 0..1, how much of it is behind us, failed jobs included
    progress: float = 0.0
    #: seconds, None while nothing is known
    left: float | None = None


#: How a job of a run ends, if nobody calls it off.
_OUTCOMES = (State.COMPLETED, State.FAILED)


def work_of(
    rows: Iterable[Row], experience: metrics.Experience, concurrency: int, now: float
) -> RunProgress:
    """How far the current run is and how long it will take."""
    rows = tuple(rows)
    open_rows = [row for row in rows if not row.state.finished]
    if not open_rows:
        return RunProgress()
    since = min(row.created for row in open_rows)
    ended = [
        row.state for row in rows
        if row.state in _OUTCOMES and not row.replaced and (row.finished or 0.0) >= since
    ]  # fmt: skip
    done = ended.count(State.COMPLETED)
    total = len(ended) + len(open_rows)
    begun = sum(row.progress for row in open_rows)
    wanted = [(row.work, 1.0 - row.progress) for row in open_rows]
    left = experience.seconds(wanted, concurrency)
    if left is not None:
        waits = (row.run_at - now for row in open_rows if row.state is State.DELAYED)
        left = max(left, max(waits, default=0.0))
    return RunProgress(
        done=done,
        failed=len(ended) - done,
        total=total,
        progress=(len(ended) + begun) / total,
        left=left,
    )


def standing(row: Row) -> tuple:
    """What decides where the row is listed; all else of it may change while it stays there."""
    return row.state, row.lane, row.batch, row.run_at, row.finished, row.pinned


def progressed(
    lines: tuple[Line, ...], work: RunProgress, news: Iterable[tuple[Row, Row]]
) -> tuple[tuple[Line, ...], RunProgress]:
    """The lines and the work after rows (before, after) only went on where they stood."""
    rows = {after.id: after for _, after in news}
    gained: dict[str, float] = {}
    for before, after in news:
        gained[after.batch] = gained.get(after.batch, 0.0) + after.progress - before.progress
    lines = tuple(_progressed(line, rows, gained) for line in lines)
    if not work.total or work.progress >= 1.0:
        return lines, work
    progress = min(1.0, work.progress + sum(gained.values()) / work.total)
    left = work.left and work.left * (1.0 - progress) / (1.0 - work.progress)
    return lines, replace(work, progress=progress, left=left)


def _progressed(line: Line, rows: Mapping[str, Row], gained: Mapping[str, float]) -> Line:
    if line.row:
        return replace(line, row=rows[line.row.id]) if line.row.id in rows else line
    if line.batch and gained.get(line.batch.name):
        progress = line.batch.progress + gained[line.batch.name] / max(1, line.batch.total)
        return replace(line, batch=replace(line.batch, progress=progress))
    return line


def experience_of(rows: Iterable[Row]) -> metrics.Experience:
    """How long jobs took here, told from the newest that were rendered."""
    rendered = (row for row in rows if row.state is State.COMPLETED and row.seconds is not None)
    newest = heapq.nlargest(metrics.HISTORY, rendered, key=lambda row: row.finished or 0.0)
    return metrics.Experience.of((row.work, row.seconds or 0.0) for row in newest)


def span(seconds: float) -> str:
    """A time span in short words that need no translation: "40 s", "3 min", "2 h 10 min"."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes // (24 * 60)} d {minutes % (24 * 60) // 60} h"


def cost(seconds: float | None, count: float | None, translate: Callable[[str], str]) -> list[str]:
    """Return "about 3 min" and "about 2 MB on disk", or where neither is known, when it will be."""
    known = []
    if seconds is not None:
        known.append(translate("about {time}").format(time=span(seconds)))
    if count is not None:
        known.append(translate("about {size} on disk").format(size=size(count)))
    unknown = "Time and disk space are told once something like it was rendered here"
    return known or [translate(unknown)]


def size(count: float) -> str:
    """Bytes in short words: "3.4 MB"."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


#: States that a filter names as one.
SHOWN_AS = {
    State.WAITING: "waiting",
    State.DELAYED: "waiting",
    State.BLOCKED: "waiting",
    State.ACTIVE: "active",
    State.COMPLETED: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}


def _matches(row: Row, view: View) -> bool:
    if view.states and row.state not in view.states:
        return False
    return all(word in row.words for word in view.text.lower().split())


_RANK = {
    State.ACTIVE: 0,
    State.WAITING: 1,
    State.DELAYED: 2,
    State.BLOCKED: 3,
    State.FAILED: 4,
    State.COMPLETED: 4,
    State.CANCELLED: 4,
}


def _sort_key(sort: str):
    if sort == "newest":
        return lambda row: -row.rowid
    if sort == "name":
        return lambda row: (row.title.lower(), row.subtitle, row.rowid)
    return _queue_key


def _queue_key(row: Row) -> tuple:
    rank = _RANK[row.state]
    if rank == 4:
        return (rank, 0, -(row.finished or 0.0), -row.rowid)
    if row.state is State.WAITING:
        return (rank, row.lane, row.rowid, 0)
    return (rank, 0, row.run_at, row.rowid)

"""The artist's desk: one thread of this Blender that talks to the queue, so that no click waits.

The main thread hands it errands and reads its last `Snapshot`, a plain value; it never touches the
database itself. No bpy here: this thread must not call Blender.
"""

import contextlib
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from ..presets.order_form import OrderForm
from ..queue import metrics, runner
from ..queue.blender import NoPython
from ..queue.cleaner import Plan
from ..queue.folder import QueueFolder
from ..queue.job import Job, State
from ..queue.settings import OnQuit, Settings
from ..queue.store import JobStore
from ..queue.trouble import QueueTrouble
from . import overview
from .looking_over import Look, look_over
from .overview import Line, Row, View, Work

Result = TypeVar("Result")

#: Seconds between looks at the queue: two file reads, 5 µs.
LOOK_EVERY = 0.25
#: Jobs read at once; between two reads the main thread gets its turn.
_PORTION = 200
#: Seconds after which a thread of ours gives Python to the main thread when that asks for it. It asks
#: some fifty times while it draws the tab, and by default might wait 5 ms each time.
_SWITCH = 0.0005
#: Seconds a write may wait for another door's; it is this thread that waits.
_PATIENCE = 10.0


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The queue as panels show it; a new one, with a higher number, whenever something changed."""

    number: int = 0
    lines: tuple[Line, ...] = ()
    #: jobs and batches beyond the lines
    more: int = 0
    #: jobs by state, all of the queue
    counts: dict[State, int] = field(default_factory=dict)
    work: Work = Work()
    #: seconds a picture takes here, see overview.pace_of
    pace: dict[tuple[int, int, int], float] = field(default_factory=dict)
    #: why the queue is paused, None while it isn't
    paused: str | None = None
    settings: Settings = Settings()
    #: the job whose details are shown
    detail: Job | None = None
    #: why that job waits, one sentence
    why: str = ""
    #: why the queue can't be read, one sentence
    trouble: str = ""

    @property
    def total(self) -> int:
        """All jobs of the queue."""
        return sum(self.counts.values())

    @property
    def unfinished(self) -> int:
        """Jobs that wait or run."""
        return sum(count for state, count in self.counts.items() if not state.finished)


class Desk:
    """Errands in, snapshots out. One for each Blender; `open` starts it, `close` ends it."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()
        #: ids of the ticked jobs
        self.ticked: set[str] = set()
        #: the order as it was last looked over, and how often it has been
        self.look = Look()
        self.looked = 0
        #: counts how often the order was edited
        self.edits = 0
        #: what cleaning would delete, once somebody asked
        self.plan: Plan | None = None
        self._view = View()
        self._chosen = ""
        self._errands: SimpleQueue[tuple[Callable, Future] | None] = SimpleQueue()
        self._forms: SimpleQueue[OrderForm | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._usual_switch = sys.getswitchinterval()
        self._folder: QueueFolder | None = None
        #: where pictures go when an order names no folder; empty: into the queue's own
        self.output_folder = ""

    @property
    def folder(self) -> QueueFolder:
        """The queue folder that is looked at."""
        return self._folder or QueueFolder.default()

    @property
    def outputs(self) -> str:
        """Where pictures go when an order names no folder."""
        return self.output_folder or str(self.folder.outputs)

    # The main thread's side

    def open(self, folder: QueueFolder) -> None:
        """Start looking at the queue in `folder`; the one before is left alone."""
        if self._folder == folder and self._thread is not None:
            return
        self.close()
        self._folder = folder
        self._errands, self._forms = SimpleQueue(), SimpleQueue()
        self._usual_switch = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH)
        self.snapshot = Snapshot(number=self.snapshot.number + 1)
        threading.Thread(
            target=self._look_over, args=(folder, self._forms), name="tshirt looks", daemon=True
        ).start()
        self._thread = threading.Thread(
            target=self._work, args=(folder, self._errands), name="tshirt desk", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """End the thread; errands that are under way finish first."""
        if self._thread is not None:
            if self.snapshot.settings.on_quit is OnQuit.FINISH:
                self.hand_over(runner.ask_stop)
            self._errands.put(None)
            self._forms.put(None)
            self._thread.join(timeout=5.0)
            sys.setswitchinterval(self._usual_switch)
        self._thread = None
        self.ticked.clear()

    @property
    def is_open(self) -> bool:
        """True while the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def hand_over(self, errand: Callable[[JobStore], Result]) -> Future[Result]:
        """Have `errand(store)` done on the desk's thread; the future tells how it went."""
        future: Future[Result] = Future()
        self._errands.put((errand, future))
        return future

    def show(self, view: View) -> None:
        """Show the queue like this from now on."""
        self._view = view
        self._errands.put((_nothing, Future()))

    def view_of(self, *, text: str, states: set[str], sort: str, grouped: bool) -> View:
        """The view that these settings of the list mean; opened batches stay open."""
        wanted = frozenset(state for state, shown in overview.SHOWN_AS.items() if shown in states)
        return replace(self._view, text=text, states=wanted, sort=sort, grouped=grouped)

    def toggle(self, batch: str) -> None:
        """Open or close a batch."""
        self.show(replace(self._view, opened=self._view.opened ^ {batch}))

    def choose(self, index: int) -> None:
        """Read the details of the job in this line."""
        lines = self.snapshot.lines
        self._chosen = lines[index].key if 0 <= index < len(lines) else ""
        self._errands.put((_nothing, Future()))

    def choose_job(self, id: str) -> None:
        """Show the details of this job, wherever it is in the list."""
        self._chosen = id
        self._errands.put((_nothing, Future()))

    @property
    def chosen(self) -> str:
        """Key of the line whose details are shown."""
        return self._chosen

    def check(self, form: OrderForm) -> None:
        """Look this order over; `look` and `looked` change when that is done."""
        self._forms.put(form)

    def touch(self) -> None:
        """Something that panels show changed elsewhere: let them draw it."""
        self.looked += 1

    def order_changed(self) -> None:
        """The order was edited."""
        self.edits += 1

    def assume(self, **settings: object) -> Settings:
        """Show these settings at once and keep them in the queue."""
        changed = replace(self.snapshot.settings, **settings)
        self._publish(settings=changed)
        self.hand_over(lambda store: replace(Settings.load(store), **settings).save(store))
        return changed

    def start_runner(self) -> None:
        """See to it that somebody renders; a runner that is there already is left alone."""
        self.hand_over(lambda store: runner.start_detached(store.folder))

    # The desk's threads

    def _look_over(self, folder: QueueFolder, forms: SimpleQueue) -> None:
        while (form := forms.get()) is not None:
            while not forms.empty():  # only the newest matters
                if (newer := forms.get()) is None:
                    return
                form = newer
            self.look = look_over(form, folder)
            self.looked += 1

    def _work(self, folder: QueueFolder, errands: SimpleQueue) -> None:
        state = _State()
        begun = False
        with contextlib.ExitStack() as stack:
            store = None
            while True:
                try:
                    errand = errands.get(timeout=LOOK_EVERY)
                except Empty:
                    errand = _LOOK
                if errand is None:
                    return
                try:
                    store = store or stack.enter_context(_opened(folder))
                except (QueueTrouble, OSError, sqlite3.Error) as error:
                    if errand is not _LOOK:
                        errand[1].set_exception(error)
                    self._tell_trouble(str(error))
                    time.sleep(LOOK_EVERY)
                    continue
                if errand is not _LOOK:
                    _run(errand, store)
                try:
                    if not begun:
                        begun = True
                        _go_on(store)
                    self._refresh(store, state)
                except (QueueTrouble, OSError, sqlite3.Error) as error:
                    self._tell_trouble(str(error))

    def _refresh(self, store: JobStore, state: "_State") -> None:
        version = store.data_version()
        view, chosen = self._view, self._chosen
        moved = version != state.version or store.revision() != state.rev
        if not moved and (view, chosen) == (state.view, state.chosen) and not self.snapshot.trouble:
            return
        state.news, state.moved = [], False
        if moved:
            state.read(store)
        again = state.moved or view != state.view or bool(self.snapshot.trouble)
        state.version, state.view, state.chosen = version, view, chosen
        detail = store.job(chosen) if chosen in state.rows else None
        settings = Settings.load(store)
        known = {
            "paused": store.paused(),
            "settings": settings,
            "detail": detail,
            "why": metrics.why_waiting(store, detail) if detail else "",
            "trouble": "",
        }
        if again:
            known |= state.overview(view, settings.concurrency)
        else:
            known["lines"], known["work"] = overview.progressed(
                self.snapshot.lines, self.snapshot.work, state.news
            )
        self._publish(**known)

    def _tell_trouble(self, sentence: str) -> None:
        if self.snapshot.trouble != sentence:
            self._publish(trouble=sentence)

    def _publish(self, **changes) -> None:
        self.snapshot = replace(self.snapshot, number=self.snapshot.number + 1, **changes)


class _State:
    """What the thread remembers between looks: a row for each job."""

    def __init__(self) -> None:
        self.version: object = None
        self.rev = -1
        self.removed = 0
        self.rows: dict[str, Row] = {}
        #: rows that changed with the last read, before and after
        self.news: list[tuple[Row, Row]] = []
        #: whether one of them changed its place in the list, or came or went
        self.moved = False
        self.view: View | None = None
        self.chosen = ""

    def read(self, store: JobStore) -> None:
        """Read what changed; where jobs were removed, forget them."""
        newest, removed = store.revision(), store.last_removal()
        if removed > self.removed:  # read all anew: which ones went is not told
            self.rows, self.rev, self.removed, self.moved = {}, -1, removed, True
        since = self.rev
        while jobs := store.changes(since, _PORTION):
            for job in jobs:
                self._take(overview.row_of(job))
            since = max(job.rev for job in jobs)
            if len(jobs) < _PORTION:
                break
            time.sleep(0.002)
        self.rev = max(since, newest)

    def _take(self, row: Row) -> None:
        before = self.rows.get(row.id)
        self.rows[row.id] = row
        if before is None or overview.standing(before) != overview.standing(row):
            self.moved = True
        else:
            self.news.append((before, row))

    def overview(self, view: View, concurrency: int) -> dict[str, Any]:
        """What a snapshot tells of all jobs together."""
        rows = tuple(self.rows.values())
        counted = dict.fromkeys(State, 0)
        for row in rows:
            counted[row.state] += 1
        lines, more = overview.lines_of(rows, view)
        return {
            "lines": lines,
            "more": more,
            "counts": counted,
            "work": overview.work_of(rows, concurrency, time.time()),
            "pace": overview.pace_of(rows),
        }


_LOOK = (None, None)


def _nothing(_store: JobStore) -> None:
    """An errand that only wakes the thread."""


def _go_on(store: JobStore) -> None:
    """Jobs that were left when the machine or the runner went down are worked off again."""
    if store.counts().unfinished and store.paused() is None:
        with contextlib.suppress(NoPython):  # told when the next job is added
            runner.start_detached(store.folder)


def _opened(folder: QueueFolder) -> contextlib.AbstractContextManager[JobStore]:
    return contextlib.closing(JobStore(folder.make().path, busy_timeout=_PATIENCE))


def _run(errand: tuple[Callable, Future], store: JobStore) -> None:
    work, future = errand
    try:
        future.set_result(work(store))
    except Exception as error:  # noqa: BLE001 - it is raised again where the future is read
        future.set_exception(error)


def settled(path: str) -> Path:
    """The folder or file of a property, absolute; '//' has been resolved before."""
    return Path(os.path.expanduser(path)).absolute()


#: This Blender's desk.
desk = Desk()

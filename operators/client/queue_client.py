"""The artist's client: threads of this Blender that talk to the queue, so that no click waits.

The main thread hands them tasks and reads the last `Snapshot`, a plain value; it never touches
the database itself. One thread does what is quick and watches the queue, one does what takes long,
one looks orders over. No bpy here: these threads must not call Blender.
"""

import contextlib
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

from ...presets.messages import Message, said_by
from ...presets.order_form import OrderForm
from ...queue import metrics
from ...queue.cleanup.policy import Plan
from ...queue.errors import QueueTrouble
from ...queue.folder import QueueFolder
from ...queue.runner import launch
from ...queue.runner.blender import NoPython
from ...queue.settings import OnQuit, Settings
from ...queue.store.job_store import JobStore
from . import job_rows
from .job_rows import View
from .order_check import Look, look_over
from .snapshot import Memory, Snapshot, no_search_for_cycles

Result = TypeVar("Result")

#: Seconds between looks at the queue: two file reads, 5 µs.
LOOK_EVERY = 0.25
#: Seconds after which a thread of ours gives Python to the main thread when that asks for it. It asks
#: some fifty times while it draws the tab, and by default might wait 5 ms each time.
_SWITCH = 0.0005
#: Seconds a write may wait for another door's; it is this thread that waits.
_PATIENCE = 10.0
#: Seconds that quitting Blender may wait for tasks.
_PARTING = 5.0


class QueueClient:
    """Tasks in, snapshots out. One for each Blender; `open` starts it, `close` ends it."""

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
        self._tasks: SimpleQueue[tuple[Callable, Future] | None] = SimpleQueue()
        self._long_tasks: SimpleQueue[tuple[Callable, Future] | None] = SimpleQueue()
        self._forms: SimpleQueue[OrderForm | None] = SimpleQueue()
        self._threads: tuple[threading.Thread, ...] = ()
        self._closing = False
        #: why nobody renders, one sentence
        self._no_runner = ""
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
        if self._folder == folder and self._threads:
            return
        self.close()
        self._folder = folder
        self._closing = False
        self._tasks, self._long_tasks, self._forms = SimpleQueue(), SimpleQueue(), SimpleQueue()
        self._usual_switch = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH)
        self.snapshot = Snapshot(number=self.snapshot.number + 1)
        self._threads = tuple(
            threading.Thread(target=work, args=(folder, *queues), name=name, daemon=True)
            for name, work, *queues in (
                ("tshirt client", self._work, self._tasks),
                ("tshirt long tasks", self._work_long, self._long_tasks, self._tasks),
                ("tshirt looks", self._look_over, self._forms),
            )
        )
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End the threads; quick tasks that are under way finish first, long ones may not."""
        if self._threads:
            self._closing = True
            if self.snapshot.settings.on_quit is OnQuit.FINISH:
                self.hand_over(lambda store: launch.ask_stop(store, on_quit=True))
            until = time.monotonic() + _PARTING
            for tasks in (self._long_tasks, self._forms, self._tasks):
                tasks.put(None)
            for thread in self._threads[:2]:
                thread.join(timeout=max(0.0, until - time.monotonic()))
            sys.setswitchinterval(self._usual_switch)
        self._threads = ()
        self.ticked.clear()

    @property
    def is_open(self) -> bool:
        """True while the threads run."""
        return bool(self._threads) and self._threads[0].is_alive()

    def hand_over(
        self, task: Callable[[JobStore], Result], *, long: bool = False
    ) -> Future[Result]:
        """Have `task(store)` done on a thread of the client; the future tells how it went.

        One `long` task follows the other; quick ones needn't wait for them.
        """
        future: Future[Result] = Future()
        (self._long_tasks if long else self._tasks).put((task, future))
        return future

    def show(self, view: View) -> None:
        """Show the queue like this from now on."""
        self._view = view
        self._tasks.put((_nothing, Future()))

    def view_of(self, *, text: str, states: set[str], sort: str, grouped: bool) -> View:
        """The view that these settings of the list mean; opened batches stay open."""
        wanted = frozenset(state for state, shown in job_rows.SHOWN_AS.items() if shown in states)
        return replace(self._view, text=text, states=wanted, sort=sort, grouped=grouped)

    def toggle(self, batch: str) -> None:
        """Open or close a batch."""
        self.show(replace(self._view, opened=self._view.opened ^ {batch}))

    def choose(self, index: int) -> None:
        """Read the details of the job in this line."""
        lines = self.snapshot.lines
        self._chosen = lines[index].key if 0 <= index < len(lines) else ""
        self._tasks.put((_nothing, Future()))

    def choose_job(self, key: str) -> None:
        """Show the details of this job or batch line, wherever it is in the list."""
        self._chosen = key
        self._tasks.put((_nothing, Future()))

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
        self.hand_over(self._see_to_runner)

    # The client's threads

    def _work_long(self, folder: QueueFolder, long_tasks: SimpleQueue, tasks: SimpleQueue) -> None:
        while (task := long_tasks.get()) is not None:
            work, future = task
            _run(future, _with_own_store, folder, work)
            tasks.put((_nothing, Future()))  # so that the list shows at once what came of it

    def _look_over(self, folder: QueueFolder, forms: SimpleQueue) -> None:
        while (form := forms.get()) is not None:
            while not forms.empty():  # only the newest matters
                if (newer := forms.get()) is None:
                    return
                form = newer
            self.look = look_over(form, folder)
            self.looked += 1

    def _work(self, folder: QueueFolder, tasks: SimpleQueue) -> None:
        memory = Memory()
        begun = False
        with contextlib.ExitStack() as stack:
            store = None
            while True:
                try:
                    task = tasks.get(timeout=LOOK_EVERY)
                except Empty:
                    task = _LOOK
                if task is None:
                    return
                try:
                    if store is None:  # one without jobs is false, as any container
                        store = stack.enter_context(_opened(folder))
                except (QueueTrouble, OSError, sqlite3.Error) as error:
                    if task is not _LOOK:
                        task[1].set_exception(error)
                    self._tell_trouble(said_by(error))
                    time.sleep(LOOK_EVERY)
                    continue
                if task is not _LOOK:
                    work, future = task
                    _run(future, work, store)
                try:
                    if not begun:
                        begun = True
                        self._go_on(store)
                    self._refresh(store, memory)
                except (QueueTrouble, OSError, sqlite3.Error) as error:
                    self._tell_trouble(said_by(error))

    def _refresh(self, store: JobStore, memory: Memory) -> None:
        version = store.data_version()
        view, chosen = self._view, self._chosen
        moved = version != memory.version or store.revision() != memory.rev
        trouble = self.snapshot.trouble != self._no_runner
        if not moved and (view, chosen) == (memory.view, memory.chosen) and not trouble:
            return
        with no_search_for_cycles:
            memory.news, memory.moved = [], False
            if moved:
                memory.read(store)
            again = memory.moved or view != memory.view or trouble
            memory.version, memory.view, memory.chosen = version, view, chosen
            detail = store.job(chosen) if chosen in memory.rows else None
            settings = Settings.load(store)
            known = {
                "paused": store.paused(),
                "settings": settings,
                "detail": detail,
                "why": metrics.why_waiting(store, detail) if detail else "",
                "trouble": self._no_runner,
            }
            if again:
                known |= memory.overview(view, settings.concurrency)
            else:
                known["lines"], known["work"] = job_rows.progressed(
                    self.snapshot.lines, self.snapshot.work, memory.news
                )
            self._publish(**known)
        if moved and not self._closing and launch.left_by_another(store):
            self._go_on(store)

    def _go_on(self, store: JobStore) -> None:
        """Jobs that were left when machine, runner or Blender went down are worked off again."""
        if store.counts().unfinished and store.paused() is None:
            self._see_to_runner(store)

    def _see_to_runner(self, store: JobStore) -> None:
        try:
            launch.go_on(store)
        except (NoPython, OSError) as error:
            self._no_runner = Message("Nothing is rendered: {error}", error=said_by(error))
        else:
            self._no_runner = ""
        if self.snapshot.trouble != self._no_runner:
            self._publish(trouble=self._no_runner)

    def _tell_trouble(self, sentence: str) -> None:
        if self.snapshot.trouble != sentence:
            self._publish(trouble=sentence)

    def _publish(self, **changes) -> None:
        self.snapshot = replace(self.snapshot, number=self.snapshot.number + 1, **changes)


_LOOK = (None, None)


def _nothing(_store: JobStore) -> None:
    """An task that only wakes the thread."""


def _opened(folder: QueueFolder) -> contextlib.AbstractContextManager[JobStore]:
    return contextlib.closing(JobStore(folder.make().path, busy_timeout=_PATIENCE))


def _with_own_store(folder: QueueFolder, work: Callable[[JobStore], Result]) -> Result:
    with _opened(folder) as store:
        return work(store)


def _run(future: Future, work: Callable, *arguments: object) -> None:
    try:
        with no_search_for_cycles:
            future.set_result(work(*arguments))
    except Exception as error:  # noqa: BLE001 - it is raised again where the future is read
        future.set_exception(error)


def settled(path: str) -> Path:
    """The folder or file of a property, absolute; '//' has been resolved before."""
    return Path(os.path.expanduser(path)).absolute()


#: This Blender's client.
client = QueueClient()

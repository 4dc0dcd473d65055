"""The runner's loop: claims jobs, assigns them to workers, watches limits and heartbeats.

One thread calls everything here, and holds the lock of the queue folder all the while. No bpy here.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from queue import Empty
from threading import Event
from typing import Any

from ..cleanup.policy import clean, next_run
from ..errors import DamagedQueue
from ..failures import FailureClass, of_os_error
from ..folder import work_folder
from ..job import Job
from ..publish import make_work_folder, previous_folders
from ..settings import Settings
from ..store.job_store import JobStore
from .batch_finisher import BatchFinisher, give_up, put_in_place
from .batch_results import BatchResults
from .blender import OLDEST, NoBlender, too_old
from .clock import Clock
from .health import fault_or_none, reason_to_go_or_none
from .outcome import Outcome
from .processes import cores, memory_mb_or_none
from .system_libraries import missing_library_or_none, say_missing
from .worker_handle import (
    Done,
    Drawn,
    Ended,
    Failed,
    Progress,
    ProtocolError,
    Ready,
    WorkerMessage,
    tail,
)
from .worker_pool import Slot, Why, WorkerPool

log = logging.getLogger(__name__)

#: seconds between two looks at whether the queue has changed: where no bell tells of a new job and
#: a worker is there to take it at once; else; and while a worker is dying
POLL, SLOW_POLL, DEATH_POLL = 0.035, 0.1, 0.005
#: seconds between two looks at the time and at heartbeats
LOOK_AROUND = 0.5
#: seconds between two looks for work that no change of the queue has announced
ROUTINE = 1.0
#: seconds between two progress writes of a job
PROGRESS_EVERY = 0.5
#: seconds to the next cleaning after one that broke off
CLEAN_AGAIN = 600.0
#: starts that may go wrong in a row before the queue pauses
START_TRIES = 5
#: the setting by which a door asks a runner to stop: {"owner": …, "finish": bool}
STOP_ASKED = "stop_asked"


class Reason(StrEnum):
    """Why a runner ended."""

    #: nothing was left to do (`until_empty`)
    EMPTY = "empty"
    #: the queue is paused and nothing runs (`until_empty`)
    PAUSED = "paused"
    #: nothing was left to do for the idle time
    IDLE = "idle"
    #: a signal, or the caller
    STOPPED = "stopped"
    #: a door
    ASKED = "asked"


class Scheduler:
    """One run of the loop."""

    def __init__(
        self,
        store: JobStore,
        pool: WorkerPool,
        outcome: Outcome,
        command: Callable[[Settings], Sequence[str]],
        *,
        concurrency: int | None = None,
        has_bell: bool = False,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """`command` gives a worker's command line or raises NoBlender; `concurrency` overrides
        the setting; `has_bell`: None is put into the mailbox when a door has ordered something;
        `on_change` is called when anybody has changed the queue."""
        self._store = store
        self._folder = pool.folder
        self._pool = pool
        self._outcome = outcome
        self._command = command
        self._concurrency = concurrency
        self._has_bell = has_bell
        self._on_change = on_change
        self._sheets = BatchFinisher(store)
        self._clock = Clock()
        self._settings = Settings()
        self._version: int | None = None
        self._paused = False
        self._finish_asked = self._stop_asked = False
        self._failed_starts = 0
        #: whether a claim may find something
        self._hungry = True
        #: unix seconds when the next delayed job is due
        self._due = 0.0
        self._next_routine = 0.0
        #: unix seconds
        self._cleaned = self._next_cleaning = 0.0
        #: since when there is nothing to do, None while there is
        self._workless_since: float | None = None

    def run(self, *, until_empty: bool, stop: Event) -> Reason:
        """Work until there is a reason to end; no worker is left when this returns or raises.

        LockLost if the queue folder was moved or replaced.
        """
        try:
            while (reason := self._reason_to_end(until_empty, stop)) is None:
                self._wait(stop)
                self._step(self._clock.tick())
            for slot, _ in self._pool.busy:
                if slot.assigned_at is None and slot.why is not Why.CANCELLED:
                    slot.why = Why.STOPPING
            for slot in self._pool.kill_all():
                with self._guarding(slot):
                    self._settle(slot)
            return reason
        except OSError:
            self._pool.lock.check()  # a folder that was taken from under us explains it
            raise
        finally:
            self._pool.kill_all()

    def _reason_to_end(self, until_empty: bool, stop: Event) -> Reason | None:
        if stop.is_set():
            return Reason.STOPPED
        if self._stop_asked or (self._finish_asked and not self._pool.occupied):
            return Reason.ASKED
        if until_empty and self._paused and not self._pool.occupied:
            return Reason.PAUSED
        if self._workless_since is None:
            return None
        if until_empty:
            return Reason.EMPTY
        idle_for = self._clock.now - self._workless_since
        return Reason.IDLE if idle_for >= self._settings.idle_exit else None

    def _wait(self, stop: Event) -> None:
        """Until a worker speaks, the queue changes, or it is time to look around.

        This is where an idle runner spends its life: little may happen in a turn.
        """
        pool = self._pool
        poll = SLOW_POLL if self._has_bell or not pool.slots else POLL
        until = time.monotonic() + min(LOOK_AROUND, max(0.0, self._due - time.time()))
        if pool.somebody_dies:
            poll, until = DEATH_POLL, 0.0
        while not self._hear(poll):
            if self._store.data_version() != self._version or stop.is_set():
                return
            if time.monotonic() >= until:
                return

    def _step(self, now: float) -> None:
        self._pool.lock.check()
        version = self._store.data_version()
        if version != self._version:
            self._version = version
            self._look()
            self._on_change()
        for slot in tuple(self._pool.slots):
            with self._guarding(slot):
                self._watch(slot, now)
        self._pool.reap_retired(now)
        if now >= self._next_routine or time.time() >= self._due:
            self._hungry = True
        if self._hungry:
            self._next_routine = now + ROUTINE
            self._fill(now)
            self._clean_if_due(time.time())

    @contextmanager
    def _guarding(self, slot: Slot) -> Iterator[None]:
        """Let an error in the block cost the slot's job and its worker, not the runner."""
        job = slot.job
        with self._outcome.blaming(job), self._lost_lock_first():
            try:
                yield
            except Exception:
                if job is not None and slot.job is job:
                    slot.job = slot.assigned_at = slot.news = None
                    slot.worker.kill()
                raise

    @contextmanager
    def _lost_lock_first(self) -> Iterator[None]:
        """Raise LockLost for an error that comes of a folder taken from under us."""
        try:
            yield
        except Exception:
            self._pool.lock.check()
            raise

    def _look(self) -> None:
        """Take in what doors may have changed: settings, pause, cancellations, a wish to stop."""
        settings = Settings.load(self._store)
        if self._concurrency is not None:
            settings = replace(settings, concurrency=self._concurrency)
        self._settings = settings
        self._outcome.jitter = settings.jitter
        self._paused = self._store.paused() is not None
        asked = self._store.setting(STOP_ASKED, None) or {}
        self._finish_asked = asked.get("owner") == self._pool.lock.holder.owner
        self._stop_asked = self._finish_asked and not asked.get("finish", True)
        for slot, job in self._pool.busy:
            with self._guarding(slot):
                if slot.why is not Why.CANCELLED and self._store.job(job.id).cancel_asked:
                    self._cancel(slot, job)
        self._hungry = True

    def _clean_if_due(self, now: float) -> None:
        """At the start, every hour, and at night; once more when the clock was set back.

        A side task: where it fails, that is told, rendering goes on, and it is tried again later.
        """
        if self._cleaned <= now < self._next_cleaning:
            return
        self._cleaned, self._next_cleaning = now, next_run(now)
        self._sheets.try_again()
        try:
            cleaned = clean(self._store)
        except DamagedQueue:
            raise
        except Exception:
            self._pool.lock.check()
            log.exception("cleaning broke off; it is tried again in %d minutes", CLEAN_AGAIN / 60)
            self._next_cleaning = now + CLEAN_AGAIN
            return
        log.info("%s", cleaned)
        for failure in cleaned.failures:
            log.warning("%s", failure)

    # What workers say and do

    def _hear(self, patience: float) -> bool:
        """Act on all that workers say, after waiting for it; False if nobody spoke or rang."""
        mailbox = self._pool.mailbox
        try:
            heard = [mailbox.get(timeout=patience)]
        except Empty:
            return False
        heard += [mailbox.get_nowait() for _ in range(mailbox.qsize())]
        for said in filter(None, heard):
            slot = self._pool.slot_of_or_none(said.worker)
            if slot is not None and not said.worker.dying:
                with self._guarding(slot):
                    self._act_on(slot, said.message)
        return True

    def _act_on(self, slot: Slot, message: WorkerMessage) -> None:
        job = slot.job
        match message:
            case Ready():
                self._ready(slot, message)
            case Ended():
                # What is left of its tree goes too; how it ended is read when all of it is dead.
                slot.why = Why.BY_ITSELF
                slot.worker.kill()
            case ProtocolError(line):
                self._kill(slot, FailureClass.CRASH, f"Blender sent nonsense: {line}")
            case Progress() if job and message.job == job.id:
                slot.news = message
            case Done() if job and message.job == job.id:
                self._free(slot)
                self._outcome.done(job, work_folder(job.out, job.id, job.claims))
                slot.worker.jobs_done += 1
                slot.worker.memory_mb = message.memory_mb or (
                    memory_mb_or_none(slot.worker.child.pid) or 0.0
                )
            case Drawn() if slot.sheet and message.batch == slot.sheet.batch:
                results = slot.sheet
                self._free(slot)
                if message.error:
                    give_up(results, message.error)
                else:
                    put_in_place(results)
            case Failed(failure=failure) if job and message.job == job.id:
                self._free(slot)
                self._outcome.failed(job, failure, message.error or failure.sentence)
                if not failure.permanent:
                    self._pool.retire(slot, self._clock.now, f"after a failure ({failure})")

    def _ready(self, slot: Slot, ready: Ready) -> None:
        slot.worker.ready = ready
        self._failed_starts = 0
        if too_old(ready.blender):
            oldest = ".".join(map(str, OLDEST))
            error = f"Blender {ready.blender} is too old; {oldest} or later is needed."
            self._failed_starts = START_TRIES
            self._kill(slot, FailureClass.WORKER_START, error)
        else:
            self._hand_over(slot)

    def _watch(self, slot: Slot, now: float) -> None:
        worker, job = slot.worker, slot.job
        if worker.dying:
            if self._pool.reap(slot):
                self._settle(slot)
            return
        if (fault := fault_or_none(slot, self._settings, now)) is not None:
            self._kill(slot, *fault)
        elif slot.free and worker.ready is not None:
            why = reason_to_go_or_none(slot, len(self._pool.slots), self._settings, now)
            if why is not None:
                self._pool.retire(slot, now, why)
        elif job and slot.news and now - slot.news_written >= PROGRESS_EVERY:
            self._store.progress(job, slot.news.fraction, slot.news.note)
            slot.news, slot.news_written = None, now

    def _kill(self, slot: Slot, failure: FailureClass, error: str) -> None:
        """Kill a worker that went wrong; its job is settled when it is confirmed dead."""
        log.warning("worker %d is killed: %s", slot.number, error)
        slot.why, slot.verdict = Why.FAILED, (failure, error)
        slot.worker.kill()

    def _cancel(self, slot: Slot, job: Job) -> None:
        if slot.assigned_at is None and not slot.worker.dying:
            self._free(slot)
            self._outcome.put_back(job, cancelling=True)
        else:
            slot.why = Why.CANCELLED
            slot.worker.kill()

    def _settle(self, slot: Slot) -> None:
        """The worker is dead: decide about its job."""
        self._hungry = True
        job, assigned_at = slot.job, slot.assigned_at is not None
        if slot.sheet is not None:
            error = slot.verdict[1] if slot.verdict else "its worker has ended"
            self._sheets.worker_died(slot.sheet, error)
        if job is None:
            return
        self._sheets.ended(job)
        match slot.why:
            case Why.CANCELLED:
                self._outcome.put_back(job, cancelling=True)
            case Why.STOPPING:
                self._outcome.put_back(job, cancelling=False)
            case Why.FAILED if assigned_at and slot.verdict:
                self._outcome.worker_died(job, *slot.verdict)
            case Why.BY_ITSELF if assigned_at:
                attempt_log = self._folder.log(job.id, job.claims)
                self._outcome.worker_died(job, *slot.worker.how_it_ended(attempt_log))
            case _:
                self._start_failed(slot, job)

    # Who works on what

    def _fill(self, now: float) -> None:
        """Claim and assign as many jobs as may run."""
        self._hungry = False
        owner = self._pool.lock.holder.owner
        claiming = not self._paused and not self._finish_asked
        while claiming and self._room and (job := self._store.claim(owner, time.time())):
            with self._outcome.blaming(job), self._lost_lock_first():
                self._assign(job, now)
        while self._room and (results := self._sheets.next_or_none()) is not None:
            self._assign_sheet(results, now)
        # Without room, what comes due is looked at when a slot gets free.
        due = self._store.next_due(time.time()) if claiming and self._room else None
        self._due = due if due is not None else float("inf")
        counts = self._store.counts()
        if counts.waiting + counts.delayed + counts.active + self._pool.occupied > 0:
            self._workless_since = None
        elif self._workless_since is None:
            self._workless_since = now

    @property
    def _room(self) -> bool:
        return self._pool.occupied < self._settings.concurrency

    def _assign(self, job: Job, now: float) -> None:
        """Give a claimed job to the worker that fits best, or start one for it.

        The worker is chosen for the job, never the job for the worker: the order of the lanes
        stays, and a warm worker with the job's template is found all the same.
        """
        try:
            make_work_folder(job)
        except OSError as error:
            self._pool.lock.check()
            failure = of_os_error(error)
            self._outcome.failed(job, failure, f"{failure.sentence} ({error})")
            return
        slot = self._pool.free_slot_or_none(job.request.get("template", ""))
        if slot is None:
            if self._pool.free and len(self._pool.slots) >= self._settings.concurrency:
                longest_idle = min(self._pool.free, key=lambda slot: slot.idle_since)
                self._pool.retire(longest_idle, now, "another template is needed")
            try:
                slot = self._pool.start(self._command(self._settings), now)
            except (NoBlender, OSError) as error:
                self._pool.lock.check()  # nothing is written into a folder that isn't ours any more
                self._outcome.failed(job, FailureClass.WORKER_START, str(error))
                return
        slot.job = job
        self._hand_over(slot)

    def _assign_sheet(self, results: BatchResults, now: float) -> None:
        """Let a worker draw a sheet, whatever template it has open."""
        free = self._pool.free
        try:
            slot = free[0] if free else self._pool.start(self._command(self._settings), now)
        except (NoBlender, OSError) as error:
            give_up(results, str(error))
            return
        slot.sheet = results
        self._hand_over(slot)

    def _hand_over(self, slot: Slot) -> None:
        """Give the worker what its slot holds, if it has started."""
        worker, job = slot.worker, slot.job
        if worker.ready is None or slot.free:
            return
        slot.assigned_at = slot.news_written = self._clock.now
        if slot.sheet is not None:
            worker.draw(slot.sheet.sheet_order(worker.log))
        elif job is not None:
            worker.template = job.request.get("template", "")
            worker.render(self._order(job))
            log.info("job %s, claim %d, is with worker %d", job.id, job.claims, slot.number)
            self._store.started(job, worker.child.pid, worker.child.identity)

    def _order(self, job: Job) -> dict[str, Any]:
        """The protocol's `render` of a claimed job."""
        counts = self._store.counts()
        at_once = max(1, min(self._settings.concurrency, counts.active + counts.waiting))
        return {
            "job": job.id,
            "attempt": job.claims,
            "request": job.request,
            "work": str(work_folder(job.out, job.id, job.claims)),
            "log": str(self._folder.log(job.id, job.claims)),
            "threads": max(1, cores() // at_once),
            "device": job.request.get("device") or self._settings.device,
            "lights": str(self._folder.lights),
            "lights_limit": self._settings.keep_lights_gb * 1e9,
            "previous": [str(folder) for folder in previous_folders(job)],
        }

    def _free(self, slot: Slot) -> None:
        if slot.job is not None:
            self._sheets.ended(slot.job)
        slot.job = slot.sheet = slot.assigned_at = slot.news = None
        slot.idle_since = self._clock.now
        self._hungry = True

    def _start_failed(self, slot: Slot, job: Job) -> None:
        """Try again with the same job; after some failures in a row the queue pauses."""
        self._failed_starts += 1
        output = tail(slot.worker.log)
        if (library := missing_library_or_none(output)) is not None:
            self._failed_starts = 0
            words, values = say_missing(library)
            self._outcome.failed(job, FailureClass.MISSING_LIBRARY, words.format(**values))
            return
        last_words = output.strip().splitlines()[-1:]
        error = slot.verdict[1] if slot.verdict else "Blender ended while starting."
        error = " ".join((error, *last_words))
        log.warning("worker %d did not start: %s", slot.number, error)
        if self._failed_starts < START_TRIES:
            self._assign(job, self._clock.now)
        else:
            self._failed_starts = 0
            self._outcome.failed(job, FailureClass.WORKER_START, error)

"""The runner's loop: claims jobs, seats them at workers, watches over time and signs of life.

One thread calls everything here, and holds the lock of the queue folder all the while. No bpy here.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from queue import Empty
from threading import Event
from typing import Any

from ..cleanup.policy import clean, next_run
from ..failures import FailureClass, of_os_error
from ..folder import work_folder
from ..job import Job
from ..publish import make_work_folder, previous_folders
from ..settings import Settings
from ..store.job_store import JobStore
from .batch_finisher import Sheets, give_up, put_in_place
from .batch_results import BatchResults
from .blender import OLDEST, NoBlender, too_old
from .clock import Clock
from .health import fault_or_none, reason_to_go_or_none
from .outcome import Settling
from .processes import cores, memory_mb_or_none
from .system_libraries import missing_library_or_none, say_missing
from .worker_handle import Done, Drawn, Ended, Failed, Message, Nonsense, Progress, Ready, tail
from .worker_pool import Crew, Seat, Why

log = logging.getLogger(__name__)

#: seconds between two looks at whether the queue has changed: where no bell tells of a new job and
#: a worker is there to take it at once; else; and while a worker is dying
POLL, SLOW_POLL, DEATH_POLL = 0.035, 0.1, 0.005
#: seconds between two looks at the time and at signs of life
LOOK_AROUND = 0.5
#: seconds between two looks for work that no change of the queue has announced
ROUTINE = 1.0
#: seconds between two progress writes of a job
PROGRESS_EVERY = 0.5
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


class Dispatcher:
    """One run of the loop."""

    def __init__(
        self,
        store: JobStore,
        crew: Crew,
        settling: Settling,
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
        self._folder = crew.folder
        self._crew = crew
        self._settling = settling
        self._command = command
        self._concurrency = concurrency
        self._has_bell = has_bell
        self._on_change = on_change
        self._sheets = Sheets(store)
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
            for seat, _ in self._crew.busy:
                if seat.handed_over is None and seat.why is not Why.CANCELLED:
                    seat.why = Why.STOPPING
            for seat in self._crew.kill_all():
                self._settle(seat)
            return reason
        except OSError:
            self._crew.lock.check()  # a folder that was taken from under us explains it
            raise
        finally:
            self._crew.kill_all()

    def _reason_to_end(self, until_empty: bool, stop: Event) -> Reason | None:
        if stop.is_set():
            return Reason.STOPPED
        if self._stop_asked or (self._finish_asked and not self._crew.occupied):
            return Reason.ASKED
        if until_empty and self._paused and not self._crew.occupied:
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
        crew = self._crew
        poll = SLOW_POLL if self._has_bell or not crew.seats else POLL
        until = time.monotonic() + min(LOOK_AROUND, max(0.0, self._due - time.time()))
        if crew.somebody_dies:
            poll, until = DEATH_POLL, 0.0
        while not self._hear(poll):
            if self._store.data_version() != self._version or stop.is_set():
                return
            if time.monotonic() >= until:
                return

    def _step(self, now: float) -> None:
        self._crew.lock.check()
        version = self._store.data_version()
        if version != self._version:
            self._version = version
            self._look()
            self._on_change()
        for seat in tuple(self._crew.seats):
            self._watch(seat, now)
        self._crew.see_off(now)
        if now >= self._next_routine or time.time() >= self._due:
            self._hungry = True
        if self._hungry:
            self._next_routine = now + ROUTINE
            self._fill(now)
            self._clean_if_due(time.time())

    def _look(self) -> None:
        """Take in what doors may have changed: settings, pause, cancellations, a wish to stop."""
        settings = Settings.load(self._store)
        if self._concurrency is not None:
            settings = replace(settings, concurrency=self._concurrency)
        self._settings = settings
        self._settling.jitter = settings.jitter
        self._paused = self._store.paused() is not None
        asked = self._store.setting(STOP_ASKED, None) or {}
        self._finish_asked = asked.get("owner") == self._crew.lock.holder.owner
        self._stop_asked = self._finish_asked and not asked.get("finish", True)
        for seat, job in self._crew.busy:
            if seat.why is not Why.CANCELLED and self._store.job(job.id).cancel_asked:
                self._cancel(seat, job)
        self._hungry = True

    def _clean_if_due(self, now: float) -> None:
        """At the start, every hour, and at night; once more when the clock was set back."""
        if not self._cleaned <= now < self._next_cleaning:
            self._cleaned, self._next_cleaning = now, next_run(now)
            cleaned = clean(self._store)
            log.info("%s", cleaned)
            for failure in cleaned.failures:
                log.warning("%s", failure)

    # What workers say and do

    def _hear(self, patience: float) -> bool:
        """Act on all that workers say, after waiting for it; False if nobody spoke or rang."""
        mailbox = self._crew.mailbox
        try:
            heard = [mailbox.get(timeout=patience)]
        except Empty:
            return False
        heard += [mailbox.get_nowait() for _ in range(mailbox.qsize())]
        for said in filter(None, heard):
            seat = self._crew.seat_of_or_none(said.worker)
            if seat is not None and not said.worker.dying:
                self._act_on(seat, said.message)
        return True

    def _act_on(self, seat: Seat, message: Message) -> None:
        job = seat.job
        match message:
            case Ready():
                self._ready(seat, message)
            case Ended():
                # What is left of its tree goes too; how it ended is read when all of it is dead.
                seat.why = Why.BY_ITSELF
                seat.worker.kill()
            case Nonsense(line):
                self._kill(seat, FailureClass.CRASH, f"Blender sent nonsense: {line}")
            case Progress() if job and message.job == job.id:
                seat.news = message
            case Done() if job and message.job == job.id:
                self._free(seat)
                self._settling.done(job, work_folder(job.out, job.id, job.claims))
                seat.worker.jobs_done += 1
                seat.worker.memory_mb = message.memory_mb or (
                    memory_mb_or_none(seat.worker.child.pid) or 0.0
                )
            case Drawn() if seat.sheet and message.batch == seat.sheet.batch:
                results = seat.sheet
                self._free(seat)
                if message.error:
                    give_up(results, message.error)
                else:
                    put_in_place(results)
            case Failed(failure=failure) if job and message.job == job.id:
                self._free(seat)
                self._settling.failed(job, failure, message.error or failure.sentence)
                if not failure.permanent:
                    self._crew.dismiss(seat, self._clock.now, f"after a failure ({failure})")

    def _ready(self, seat: Seat, ready: Ready) -> None:
        seat.worker.ready = ready
        self._failed_starts = 0
        if too_old(ready.blender):
            oldest = ".".join(map(str, OLDEST))
            error = f"Blender {ready.blender} is too old; {oldest} or later is needed."
            self._failed_starts = START_TRIES
            self._kill(seat, FailureClass.WORKER_START, error)
        else:
            self._hand_over(seat)

    def _watch(self, seat: Seat, now: float) -> None:
        worker, job = seat.worker, seat.job
        if worker.dying:
            if self._crew.bury(seat):
                self._settle(seat)
            return
        if (fault := fault_or_none(seat, self._settings, now)) is not None:
            self._kill(seat, *fault)
        elif seat.free and worker.ready is not None:
            why = reason_to_go_or_none(seat, len(self._crew.seats), self._settings, now)
            if why is not None:
                self._crew.dismiss(seat, now, why)
        elif job and seat.news and now - seat.news_written >= PROGRESS_EVERY:
            self._store.progress(job, seat.news.fraction, seat.news.note)
            seat.news, seat.news_written = None, now

    def _kill(self, seat: Seat, failure: FailureClass, error: str) -> None:
        """Kill a worker that went wrong; its job is settled when it is confirmed dead."""
        log.warning("worker %d is killed: %s", seat.number, error)
        seat.why, seat.verdict = Why.FAILED, (failure, error)
        seat.worker.kill()

    def _cancel(self, seat: Seat, job: Job) -> None:
        if seat.handed_over is None and not seat.worker.dying:
            self._free(seat)
            self._settling.put_back(job, cancelling=True)
        else:
            seat.why = Why.CANCELLED
            seat.worker.kill()

    def _settle(self, seat: Seat) -> None:
        """The worker is dead: decide about its job."""
        self._hungry = True
        job, handed_over = seat.job, seat.handed_over is not None
        if seat.sheet is not None:
            error = seat.verdict[1] if seat.verdict else "its worker has ended"
            self._sheets.broke_off(seat.sheet, error)
        if job is None:
            return
        self._sheets.ended(job)
        match seat.why:
            case Why.CANCELLED:
                self._settling.put_back(job, cancelling=True)
            case Why.STOPPING:
                self._settling.put_back(job, cancelling=False)
            case Why.FAILED if handed_over and seat.verdict:
                self._settling.broke_off(job, *seat.verdict)
            case Why.BY_ITSELF if handed_over:
                attempt_log = self._folder.log(job.id, job.claims)
                self._settling.broke_off(job, *seat.worker.how_it_ended(attempt_log))
            case _:
                self._start_failed(seat, job)

    # Who works on what

    def _fill(self, now: float) -> None:
        """Claim and seat as many jobs as may run."""
        self._hungry = False
        owner = self._crew.lock.holder.owner
        claiming = not self._paused and not self._finish_asked
        while claiming and self._room and (job := self._store.claim(owner, time.time())):
            self._seat(job, now)
        while self._room and (results := self._sheets.next_or_none()) is not None:
            self._seat_sheet(results, now)
        # Without room, what comes due is looked at when a seat gets free.
        due = self._store.next_due(time.time()) if claiming and self._room else None
        self._due = due if due is not None else float("inf")
        counts = self._store.counts()
        if counts.waiting + counts.delayed + counts.active + self._crew.occupied > 0:
            self._workless_since = None
        elif self._workless_since is None:
            self._workless_since = now

    @property
    def _room(self) -> bool:
        return self._crew.occupied < self._settings.concurrency

    def _seat(self, job: Job, now: float) -> None:
        """Give a claimed job to the worker that fits best, or start one for it.

        The worker is chosen for the job, never the job for the worker: the order of the lanes
        stays, and a warm worker with the job's template is found all the same.
        """
        try:
            make_work_folder(job)
        except OSError as error:
            failure = of_os_error(error)
            self._settling.failed(job, failure, f"{failure.sentence} ({error})")
            return
        seat = self._crew.free_seat_or_none(job.request.get("template", ""))
        if seat is None:
            if self._crew.free and len(self._crew.seats) >= self._settings.concurrency:
                longest_idle = min(self._crew.free, key=lambda seat: seat.idle_since)
                self._crew.dismiss(longest_idle, now, "another template is needed")
            try:
                seat = self._crew.hire(self._command(self._settings), now)
            except (NoBlender, OSError) as error:
                self._settling.failed(job, FailureClass.WORKER_START, str(error))
                return
        seat.job = job
        self._hand_over(seat)

    def _seat_sheet(self, results: BatchResults, now: float) -> None:
        """Let a worker draw a sheet, whatever template it has open."""
        free = self._crew.free
        try:
            seat = free[0] if free else self._crew.hire(self._command(self._settings), now)
        except (NoBlender, OSError) as error:
            give_up(results, str(error))
            return
        seat.sheet = results
        self._hand_over(seat)

    def _hand_over(self, seat: Seat) -> None:
        """Give the worker what it sits there for, if it has started."""
        worker, job = seat.worker, seat.job
        if worker.ready is None or seat.free:
            return
        seat.handed_over = seat.news_written = self._clock.now
        if seat.sheet is not None:
            worker.draw(seat.sheet.sheet_order(worker.log))
        elif job is not None:
            worker.template = job.request.get("template", "")
            worker.render(self._order(job))
            log.info("job %s, claim %d, is with worker %d", job.id, job.claims, seat.number)
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
            "previous": [str(folder) for folder in previous_folders(job)],
        }

    def _free(self, seat: Seat) -> None:
        if seat.job is not None:
            self._sheets.ended(seat.job)
        seat.job = seat.sheet = seat.handed_over = seat.news = None
        seat.idle_since = self._clock.now
        self._hungry = True

    def _start_failed(self, seat: Seat, job: Job) -> None:
        """Try again with the same job; after some failures in a row the queue pauses."""
        self._failed_starts += 1
        output = tail(seat.worker.log)
        if (library := missing_library_or_none(output)) is not None:
            self._failed_starts = 0
            words, values = say_missing(library)
            self._settling.failed(job, FailureClass.MISSING_LIBRARY, words.format(**values))
            return
        last_words = output.strip().splitlines()[-1:]
        error = seat.verdict[1] if seat.verdict else "Blender ended while starting."
        error = " ".join((error, *last_words))
        log.warning("worker %d did not start: %s", seat.number, error)
        if self._failed_starts < START_TRIES:
            self._seat(job, self._clock.now)
        else:
            self._failed_starts = 0
            self._settling.failed(job, FailureClass.WORKER_START, error)

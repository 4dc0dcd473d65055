"""All worker processes of one runner: who sits where, who was sent home, who is confirmed dead.

No bpy here.
"""

import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from queue import SimpleQueue

from ..failures import FailureClass
from ..folder import QueueFolder
from ..job import Job
from .batch_results import BatchResults
from .lock import RunnerLock
from .worker_handle import Progress, Said, Worker

log = logging.getLogger(__name__)

#: seconds an idle worker may take to quit before it is killed
QUIT_LIMIT = 5.0
#: seconds killed workers may take to die when the runner ends
KILL_LIMIT = 10.0


class Why(Enum):
    """Why the worker of a seat dies."""

    #: the runner ends; nothing is wrong with the job
    STOPPING = "stopping"
    #: somebody cancelled the job
    CANCELLED = "cancelled"
    #: it ended by itself; exit code and log tell more
    BY_ITSELF = "by itself"
    #: it had to be killed, see `Seat.verdict`
    FAILED = "failed"


@dataclass(eq=False)
class Seat:
    """A worker, and the job that it has or is being started for."""

    worker: Worker
    number: int
    #: runner's clock when it was last without a job
    idle_since: float
    job: Job | None = None
    #: the sheet that it draws instead of a job
    sheet: BatchResults | None = None
    #: runner's clock when the worker got the job or sheet; None while it is being started
    handed_over: float | None = None
    why: Why = Why.STOPPING
    #: what its job failed of, with Why.FAILED
    verdict: tuple[FailureClass, str] | None = None
    #: not yet written to the queue
    news: Progress | None = None
    news_written: float = 0.0

    @property
    def free(self) -> bool:
        """Whether it may be given a job."""
        return self.job is None and self.sheet is None and not self.worker.dying


@dataclass
class Crew:
    """Starts, dismisses and kills; keeps the lock's record of live workers up to date."""

    folder: QueueFolder
    lock: RunnerLock
    #: what workers say; None when a door has rung
    mailbox: "SimpleQueue[Said | None]" = field(default_factory=SimpleQueue)
    seats: list[Seat] = field(default_factory=list)
    #: idle workers that were asked to quit, and when they are killed if they haven't
    _leaving: list[tuple[Seat, float]] = field(default_factory=list)

    @property
    def busy(self) -> list[tuple[Seat, Job]]:
        """The seats whose job isn't settled."""
        return [(seat, seat.job) for seat in self.seats if seat.job is not None]

    @property
    def somebody_dies(self) -> bool:
        """Whether a death is to be confirmed."""
        return bool(self._leaving) or any(seat.worker.dying for seat in self.seats)

    @property
    def free(self) -> list[Seat]:
        """The seats that may be given work."""
        return [seat for seat in self.seats if seat.free]

    def free_seat_or_none(self, template: str) -> Seat | None:
        """The free seat for a job with that template: open, or with a worker that has none open."""
        fitting = [seat for seat in self.free if seat.worker.template in (template, "")]

        def warmth(seat: Seat) -> tuple[bool, bool]:
            return seat.worker.template == template, seat.worker.ready is not None

        return max(fitting, key=warmth, default=None)

    @property
    def occupied(self) -> int:
        """How many have a job or draw a sheet."""
        return sum(seat.job is not None or seat.sheet is not None for seat in self.seats)

    def seat_of_or_none(self, worker: Worker) -> Seat | None:
        """Where it sits; None once it was dismissed."""
        return next((seat for seat in self.seats if seat.worker is worker), None)

    def hire(self, command: Sequence[str], now: float) -> Seat:
        """Start a worker; OSError if that can't be done."""
        number = min(set(range(1, len(self._all) + 2)) - {seat.number for seat in self._all})
        temporary = temporary_folder(self.folder, number)
        temporary.mkdir(parents=True, exist_ok=True)
        worker_log = self.folder.worker_log(number)
        worker = Worker.start(command, worker_log, temporary, self.mailbox, now)
        seat = Seat(worker, number, now)
        self.seats.append(seat)
        self._record()
        log.info("worker %d is starting: process %d", number, worker.child.pid)
        return seat

    def dismiss(self, seat: Seat, now: float, why: str) -> None:
        """Let an idle worker go; its seat is free at once."""
        log.info("worker %d is let go: %s", seat.number, why)
        self.seats.remove(seat)
        seat.worker.quit()
        self._leaving.append((seat, now + QUIT_LIMIT))

    def see_off(self, now: float) -> None:
        """Drop those of the dismissed who are gone, kill those who take too long."""
        for entry in tuple(self._leaving):
            seat, until = entry
            if seat.worker.gone():
                self._leaving.remove(entry)
                self._forget(seat)
            elif now > until and not seat.worker.dying:
                seat.worker.kill()

    def bury(self, seat: Seat) -> bool:
        """Whether a killed worker is dead with all it started; its seat is free then."""
        if not seat.worker.gone():
            return False
        self.seats.remove(seat)
        self._forget(seat)
        return True

    def kill_all(self) -> list[Seat]:
        """Kill everybody and return the seats of the dead, after at most `KILL_LIMIT` seconds."""
        for seat in self._all:
            seat.worker.kill()
        dead: list[Seat] = []
        until = time.monotonic() + KILL_LIMIT
        while self._all and time.monotonic() < until:
            dead += [seat for seat in tuple(self.seats) if self.bury(seat)]
            self.see_off(0.0)
            time.sleep(0.005)
        for seat in self._all:
            log.warning("worker %d (process %d) won't die", seat.number, seat.worker.child.pid)
        return dead

    @property
    def _all(self) -> list[Seat]:
        return [*self.seats, *(seat for seat, _ in self._leaving)]

    def _forget(self, seat: Seat) -> None:
        if self.lock.ours:
            shutil.rmtree(temporary_folder(self.folder, seat.number), ignore_errors=True)
        self._record()

    def _record(self) -> None:
        self.lock.record(tuple(seat.worker.recorded for seat in self._all))


def temporary_folder(folder: QueueFolder, number: int) -> Path:
    """Where a worker keeps its temporary files, which a killed Blender leaves behind."""
    return folder.path / "tmp" / f"worker-{number}"

"""All worker processes of one runner: in which slots, which were retired, which are confirmed dead.

No bpy here.
"""

import logging
import shutil
import tempfile
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
    """Why the worker of a slot dies."""

    #: the runner ends; nothing is wrong with the job
    STOPPING = "stopping"
    #: somebody cancelled the job
    CANCELLED = "cancelled"
    #: it ended by itself; exit code and log tell more
    BY_ITSELF = "by itself"
    #: it had to be killed, see `Slot.verdict`
    FAILED = "failed"


@dataclass(eq=False)
class Slot:
    """A worker, and the job that it has or is being started for."""

    worker: Worker
    number: int
    #: runner's clock when it was last without a job
    idle_since: float
    #: where it keeps its temporary files
    temporary: Path
    job: Job | None = None
    #: the sheet that it draws instead of a job
    sheet: BatchResults | None = None
    #: runner's clock when the worker got the job or sheet; None while it is being started
    assigned_at: float | None = None
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
class WorkerPool:
    """Starts, dismisses and kills; keeps the lock's record of live workers up to date."""

    folder: QueueFolder
    lock: RunnerLock
    #: what workers say; None when a door has rung
    mailbox: "SimpleQueue[Said | None]" = field(default_factory=SimpleQueue)
    slots: list[Slot] = field(default_factory=list)
    #: idle workers that were asked to quit, and when they are killed if they haven't
    _leaving: list[tuple[Slot, float]] = field(default_factory=list)

    @property
    def busy(self) -> list[tuple[Slot, Job]]:
        """The slots whose job isn't settled."""
        return [(slot, slot.job) for slot in self.slots if slot.job is not None]

    @property
    def somebody_dies(self) -> bool:
        """Whether a death is to be confirmed."""
        return bool(self._leaving) or any(slot.worker.dying for slot in self.slots)

    @property
    def free(self) -> list[Slot]:
        """The slots that may be given work."""
        return [slot for slot in self.slots if slot.free]

    def free_slot_or_none(self, template: str) -> Slot | None:
        """The free slot for a job with that template: open, or with a worker that has none open."""
        fitting = [slot for slot in self.free if slot.worker.template in (template, "")]

        def warmth(slot: Slot) -> tuple[bool, bool]:
            return slot.worker.template == template, slot.worker.ready is not None

        return max(fitting, key=warmth, default=None)

    @property
    def occupied(self) -> int:
        """How many have a job or draw a sheet."""
        return sum(slot.job is not None or slot.sheet is not None for slot in self.slots)

    def slot_of_or_none(self, worker: Worker) -> Slot | None:
        """Where it sits; None once it was retired."""
        return next((slot for slot in self.slots if slot.worker is worker), None)

    def start(self, command: Sequence[str], now: float) -> Slot:
        """Start a worker; OSError if that can't be done."""
        number = min(set(range(1, len(self._all) + 2)) - {slot.number for slot in self._all})
        temporary = new_temporary_folder(self.folder, number)
        worker_log = self.folder.worker_log(number)
        try:
            worker = Worker.start(command, worker_log, temporary, self.mailbox, now)
        except OSError:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        slot = Slot(worker, number, now, temporary)
        self.slots.append(slot)
        self._record()
        log.info("worker %d is starting: process %d", number, worker.child.pid)
        return slot

    def retire(self, slot: Slot, now: float, why: str) -> None:
        """Let an idle worker go; its slot is free at once."""
        log.info("worker %d is let go: %s", slot.number, why)
        self.slots.remove(slot)
        slot.worker.quit()
        self._leaving.append((slot, now + QUIT_LIMIT))

    def reap_retired(self, now: float) -> None:
        """Drop those of the retired who are gone, kill those who take too long."""
        for entry in tuple(self._leaving):
            slot, until = entry
            if slot.worker.gone():
                self._leaving.remove(entry)
                self._forget(slot)
            elif now > until and not slot.worker.dying:
                slot.worker.kill()

    def reap(self, slot: Slot) -> bool:
        """Whether a killed worker is dead with all it started; its slot is free then."""
        if not slot.worker.gone():
            return False
        self.slots.remove(slot)
        self._forget(slot)
        return True

    def kill_all(self) -> list[Slot]:
        """Kill everybody and return the slots of the dead, after at most `KILL_LIMIT` seconds."""
        for slot in self._all:
            slot.worker.kill()
        dead: list[Slot] = []
        until = time.monotonic() + KILL_LIMIT
        while self._all and time.monotonic() < until:
            dead += [slot for slot in tuple(self.slots) if self.reap(slot)]
            self.reap_retired(0.0)
            time.sleep(0.005)
        for slot in self._all:
            log.warning("worker %d (process %d) won't die", slot.number, slot.worker.child.pid)
        return dead

    @property
    def _all(self) -> list[Slot]:
        return [*self.slots, *(slot for slot, _ in self._leaving)]

    def _forget(self, slot: Slot) -> None:
        if self.lock.ours:
            shutil.rmtree(slot.temporary, ignore_errors=True)
        self._record()

    def _record(self) -> None:
        self.lock.record(tuple(slot.worker.recorded for slot in self._all))


def new_temporary_folder(folder: QueueFolder, number: int) -> Path:
    """Make one for a worker's temporary files, which a killed Blender leaves behind; OSError."""
    folder.temporary.mkdir(mode=0o700, exist_ok=True)  # never the queue folder: it may be gone
    made = Path(tempfile.mkdtemp(prefix=f"worker-{number}-", dir=folder.temporary))
    (made / _OURS).touch()
    return made


def left_folders(folder: QueueFolder) -> list[Path]:
    """The temporary folders that dead runners have left; nothing else that may lie beside them."""
    if folder.temporary.is_symlink():
        return []
    return [mark.parent for mark in folder.temporary.glob(f"worker-*/{_OURS}")]


#: lies in a temporary folder that we made
_OURS = ".tshirt_render_queue"

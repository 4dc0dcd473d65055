"""The one runner of a queue folder: hosted here by `run_queue`, or detached by `start_detached`.

Doors call these; the loop itself is in `scheduler.py`. Crash-only: whatever ends it at whatever
instant, the next one goes on from what is on the disk. No bpy here.
"""

import logging
import logging.handlers
import os
import signal
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from ..errors import DamagedQueue, QueueLocked, QueueReadOnly
from ..events import News, Subscription
from ..folder import QueueFolder
from ..settings import Settings
from ..store.job_store import JobStore
from ..store.repair import open_or_repair
from . import processes, wakeup
from .blender import find_blender, own_blender, plain_python
from .lock import QueueHeld, RunnerLock, holder_or_none, is_held
from .outcome import Outcome, Tally
from .recovery import recover
from .scheduler import STOP_ASKED, Reason, Scheduler
from .worker_handle import blender_command
from .worker_pool import WorkerPool

log = logging.getLogger(__name__)

SERVE = Path(__file__).with_name("serve.py")
#: how often a queue file that is found damaged at work is set aside before it is given up
REPAIRS = 3
#: seconds between two tries while another program holds the queue file
LOCKED_PAUSE = 1.0
#: bytes of runner.log before it is put aside, and how many of those are kept
LOG_SIZE, LOGS_KEPT = 1_000_000, 3


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """What one runner did."""

    completed: int
    failed: int
    cancelled: int
    #: why it ended
    reason: Reason
    #: why the queue is paused, None if it isn't
    paused: str | None
    #: where the pictures of completed jobs are
    folders: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 when all jobs are done; 1 when one failed, was left, or nothing was there to do."""
        ended_well = self.reason in (Reason.EMPTY, Reason.IDLE)
        return 0 if ended_well and self.completed and not self.failed else 1


def run_queue(
    folder: QueueFolder | str | os.PathLike[str],
    *,
    until_empty: bool = False,
    concurrency: int | None = None,
    on_event: Callable[[News], None] | None = None,
    stop: Event | None = None,
    command: Sequence[str] | None = None,
) -> RunSummary:
    """Be the runner of that folder, in this thread, until there is a reason to end.

    Ends when nothing is left to do (`until_empty`: at once, else after the idle time of the
    settings), when `stop` is set (running jobs go back uncounted), or when a door asks for it.
    `command` starts something else than Blender as worker.

    Raises QueueHeld when another runner has the folder, and QueueTrouble.
    """
    folder = folder if isinstance(folder, QueueFolder) else QueueFolder.at(folder)
    try:
        folder.make()
    except OSError as error:
        raise QueueReadOnly(folder.database, str(error)) from error
    run = _Run(folder, command, concurrency, on_event, stop or Event())
    with _logging_to(folder.runner_log):
        reason, paused = run.until_the_end(until_empty)
        log.info("the runner ends: %s", reason)
    tally = run.tally
    return RunSummary(
        completed=tally.completed,
        failed=tally.failed,
        cancelled=tally.cancelled,
        reason=reason,
        paused=paused,
        folders=tuple(tally.folders),
    )


@dataclass
class _Run:
    """What stays the same over all turns with the lock."""

    folder: QueueFolder
    command: Sequence[str] | None
    concurrency: int | None
    on_event: Callable[[News], None] | None
    stop: Event
    tally: Tally = field(default_factory=Tally)

    def until_the_end(self, until_empty: bool) -> tuple[Reason, str | None]:
        """Take turns until there is a reason to end; that, and why the queue is paused."""
        repairs = 0
        while True:
            try:
                reason = self.turn(until_empty)
            except DamagedQueue:
                # Next turn sets the file aside; if that doesn't help, nothing here does.
                if repairs == REPAIRS:
                    raise
                repairs += 1
                continue
            except QueueLocked as error:
                # Nothing is lost: the next turn completes what was finished and renders the rest.
                log.warning("%s The runner waits, and goes on.", error)
                if self.stop.wait(LOCKED_PAUSE):
                    raise
                continue
            with closing(JobStore(self.folder)) as store:
                if not _missed_work(store, reason):
                    return reason, store.paused()
            if is_held(self.folder):
                return reason, None  # another runner has come in the meantime, and sees to it

    def turn(self, until_empty: bool) -> Reason:
        """Take the lock, put in order what was left behind, and work."""
        owner = uuid.uuid4().hex
        with (
            RunnerLock(self.folder, owner) as lock,
            closing(open_or_repair(self.folder)) as store,
        ):
            log.info("process %d is the runner of %s", os.getpid(), self.folder.path)
            tell = Subscription(store, self.on_event).poll if self.on_event else _nobody
            outcome = Outcome(store, self.tally)
            recover(store, self.folder, lock, outcome)
            pool = WorkerPool(self.folder, lock)
            with wakeup.hung(self.folder.bell, lambda: pool.mailbox.put(None)) as has_bell:
                scheduler = Scheduler(
                    store,
                    pool,
                    outcome,
                    self.command_of,
                    concurrency=self.concurrency,
                    has_bell=has_bell,
                    on_change=tell,
                )
                reason = scheduler.run(until_empty=until_empty, stop=self.stop)
            tell()
            return reason

    def command_of(self, settings: Settings) -> Sequence[str]:
        """A worker's command line."""
        return self.command or blender_command(find_blender(settings.blender))


def start_detached(folder: QueueFolder | str | os.PathLike[str]) -> int | None:
    """Start a runner of its own for that folder unless one is there; return at once with its pid.

    It outlives this process. Any number of calls at once end in one runner. Raises NoPython, or
    OSError when the process can't be started.
    """
    folder = folder if isinstance(folder, QueueFolder) else QueueFolder.at(folder)
    folder.make()
    if is_held(folder):
        return None
    command = (str(plain_python()), "-I", str(SERVE), "--queue", str(folder.path))
    environment = dict(os.environ)
    if own_blender():
        environment.setdefault("BLENDER", own_blender())
    return processes.start_detached(command, folder.logs / "serve.log", environment)


def ask_stop(store: JobStore, *, finish_running: bool = True, on_quit: bool = False) -> bool:
    """Ask the folder's runner to end; False if there is none.

    `finish_running`: after the jobs that run now, else at once, putting them back uncounted.
    `on_quit`: only because a Blender quits; another one that is open goes on all the same.
    """
    holder = holder_or_none(store.folder)
    if holder is None or not is_held(store.folder):
        return False
    wish = {"owner": holder.owner, "finish": finish_running, "on_quit": on_quit}
    store.set_setting(STOP_ASKED, wish)
    return True


def left_by_another(store: JobStore) -> bool:
    """Whether a Blender that quit has asked the runner to stop."""
    return bool((store.setting(STOP_ASKED, None) or {}).get("on_quit"))


def go_on(store: JobStore) -> int | None:
    """See to it that the queue is rendered: `start_detached`, after taking back any `ask_stop`."""
    if store.setting(STOP_ASKED, None):
        store.set_setting(STOP_ASKED, None)
    return start_detached(store.folder)


@contextmanager
def signals_stop() -> Iterator[Event]:
    """An event that Ctrl+C, a closed terminal or a request to terminate sets.

    A second Ctrl+C interrupts. What was started to outlive its terminal (nohup) still does.
    """
    stop = Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask(number: int, _frame: object) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    asking = [signal.SIGINT, signal.SIGTERM]
    # Windows has no SIGHUP, and tells of a closing console by SIGBREAK.
    closed = getattr(signal, "SIGHUP", None) or getattr(signal, "SIGBREAK", None)
    if closed and signal.getsignal(closed) is not signal.SIG_IGN:
        asking.append(closed)
    before = {number: signal.signal(number, ask) for number in asking}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            # None: Blender's own handler, in C, which Python can neither name nor set again.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _missed_work(store: JobStore, reason: Reason) -> bool:
    """Whether a job came in after our last look and while the lock was still ours.

    Its door saw the lock held and started no runner, so that this one has to go on; and so it has
    to if the wish to stop was taken back meanwhile.
    """
    counts = store.counts()
    called_back = reason is Reason.ASKED and not store.setting(STOP_ASKED, None)
    return (
        (called_back or reason in (Reason.EMPTY, Reason.IDLE))
        and counts.waiting + counts.delayed > 0
        and store.paused() is None
    )


def _nobody() -> None:
    """Nobody wants to know."""


class _RunnerLog(logging.handlers.RotatingFileHandler):
    """The queue's own log; where it can't be written, the queue says itself what is wrong."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Let the line go, unlike logging, which prints it with a traceback."""


@contextmanager
def _logging_to(file: Path) -> Iterator[None]:
    """The queue's own log, for as long as this runner lives."""
    room = logging.getLogger((__package__ or "").rpartition(".")[0])  # queue/
    handler = _RunnerLog(
        file, maxBytes=LOG_SIZE, backupCount=LOGS_KEPT, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    before = room.level, room.propagate
    room.addHandler(handler)
    room.setLevel(logging.INFO)
    room.propagate = False
    try:
        yield
    except QueueHeld:
        raise  # the log is its holder's
    except Exception:
        log.exception("the runner broke off")
        raise
    finally:
        room.removeHandler(handler)
        handler.close()
        room.level, room.propagate = before

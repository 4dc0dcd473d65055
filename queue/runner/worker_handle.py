"""The runner's handle of one worker process: starts it, hears it, gives it work, kills it.

Speaks JSON lines with `render/worker.py`, or with any program that answers alike. No bpy here.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from ..failures import FailureClass, of_exit
from . import processes
from .lock import Recorded

#: longer lines are nonsense: the longest true one lists the files of a thousand-frame turntable
LONGEST_LINE = 4_000_000
#: how much of a log's end is searched for the reason of an exit
LOG_TAIL = 16_000

SCRIPT = Path(__file__).parents[2] / "render" / "worker.py"


def blender_command(blender: Path) -> tuple[str, ...]:
    """The command line of a worker Blender, to which `--channel N` is added."""
    return (
        str(blender),
        "--background",
        "--factory-startup",
        "--disable-autoexec",
        # It must stand before --python, or a script that raises ends with 0.
        "--python-exit-code",
        "1",
        "--python",
        str(SCRIPT),
        "--",
    )


@dataclass(frozen=True)
class Ready:
    """The worker can take jobs."""

    blender: str
    device: str = ""
    denoiser: str = ""


@dataclass(frozen=True)
class Alive:
    """A sign of life, and nothing more."""


@dataclass(frozen=True)
class Progress:
    """How far the job is."""

    job: str
    #: 0..1
    fraction: float
    note: str = ""


@dataclass(frozen=True)
class Done:
    """The work folder is complete."""

    job: str
    #: the most memory the worker has held, 0 if unknown
    memory_mb: float = 0.0


@dataclass(frozen=True)
class Failed:
    """The attempt failed, the worker lives on."""

    job: str
    failure: FailureClass
    error: str = ""


@dataclass(frozen=True)
class Drawn:
    """A batch's sheet is in its work folder; or, with an error, can't be drawn."""

    batch: str
    error: str = ""


@dataclass(frozen=True)
class ProtocolError:
    """A line that is no message; the worker can't be trusted any more."""

    line: str


@dataclass(frozen=True)
class Ended:
    """The channel has closed: the process has ended, or is about to."""


WorkerMessage = Ready | Alive | Progress | Done | Failed | Drawn | ProtocolError | Ended


def parse(line: bytes) -> WorkerMessage:
    """The message in one line of the channel; what can't be read is ProtocolError, never an error."""
    try:
        said = json.loads(line)
        match said["is"]:
            case "ready":
                return Ready(
                    str(said["blender"]), str(said.get("device", "")), str(said.get("denoiser", ""))
                )
            case "alive":
                return Alive()
            case "progress":
                fraction = min(1.0, max(0.0, float(said["fraction"])))
                return Progress(str(said["job"]), fraction, str(said.get("note", "")))
            case "done":
                return Done(str(said["job"]), float(said.get("memory_mb", 0)))
            case "failed":
                failure = FailureClass(said["failure"])
                return Failed(str(said["job"]), failure, str(said.get("error", "")))
            case "drawn":
                return Drawn(str(said["batch"]))
            case "undrawn":
                return Drawn(str(said["batch"]), str(said["error"]))
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        pass
    return ProtocolError(line[:200].decode("utf-8", "replace").strip())


@dataclass(frozen=True)
class Said:
    """A message and the worker it came from; what the runner's mailbox holds."""

    worker: "Worker"
    message: WorkerMessage


@dataclass(eq=False)
class Worker:
    """One process. The runner's thread calls it; a reader thread of its own fills `mailbox`."""

    child: processes.Child
    mailbox: "SimpleQueue[Said | None]"
    #: where its output goes before the first job
    log: Path
    #: runner's clock when it last gave a sign of life
    heard: float
    #: counts every line that came; read by the runner to see a sign of life
    lines: int = 0
    ready: Ready | None = None
    #: the template it has open, "" for none yet
    template: str = ""
    jobs_done: int = 0
    memory_mb: float = 0.0
    dying: bool = False
    memory_kills_before: int = field(default_factory=processes.out_of_memory_kills)
    _heard_lines: int = 0
    #: what is still to be said to it; None: nothing more
    _outbox: "SimpleQueue[bytes | None]" = field(default_factory=SimpleQueue)

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        log: Path,
        temporary: Path,
        mailbox: "SimpleQueue[Said | None]",
        now: float,
    ) -> "Worker":
        """Start the process; OSError if that can't be done."""
        worker = cls(processes.start(tuple(command), log, temporary), mailbox, log, now)
        name = f"worker {worker.child.pid}"
        for work in (worker._read, worker._write):
            threading.Thread(target=work, name=name, daemon=True).start()
        return worker

    @property
    def recorded(self) -> Recorded:
        """By which the next runner knows it again."""
        return Recorded(self.child.pid, self.child.identity)

    def heartbeat_age(self, now: float) -> float:
        """Seconds on the runner's clock since it gave a sign of life."""
        if self.lines != self._heard_lines:
            self._heard_lines, self.heard = self.lines, now
        return now - self.heard

    def render(self, order: Mapping[str, Any]) -> None:
        """Give it a job: the fields of the protocol's `render`."""
        self._send({"do": "render", **order})

    def draw(self, order: Mapping[str, Any]) -> None:
        """Let it draw a batch's sheet: the protocol's `sheet`."""
        self._send(order)

    def quit(self) -> None:
        """Ask it to end, being idle."""
        self._send({"do": "quit"})

    def kill(self) -> None:
        """Begin to kill it with all it started; what it says from now on is not listened to."""
        self.dying = True
        self.child.kill()

    def gone(self) -> bool:
        """Whether it and all it started are dead; gives back its pipes when they are."""
        if not self.child.gone():
            return False
        self._outbox.put(None)
        self.child.release()
        return True

    def how_it_ended(self, log: Path) -> tuple[FailureClass, str]:
        """Class and sentence of its end in the middle of a job whose output is in `log`."""
        killed = processes.out_of_memory_kills() > self.memory_kills_before
        return of_exit(self.child.process.returncode, tail(log), oom_killed=killed)

    def _send(self, message: Mapping[str, Any]) -> None:
        # Not from here: a pipe holds 64 kB, and a worker that reads nothing would stop the runner.
        self._outbox.put(json.dumps(message).encode() + b"\n")

    def _write(self) -> None:
        """Runs in the writer thread until nothing more is to be said, or nobody is there to hear."""
        stdin = self.child.stdin
        with suppress(OSError):  # it has ended; its channel says so too
            while (line := self._outbox.get()) is not None:
                stdin.write(line)
                stdin.flush()
        with suppress(OSError):  # what was still unsent has no reader any more
            stdin.close()  # which also ends a worker that still lives

    def _read(self) -> None:
        """Runs in the reader thread until the channel closes."""
        with self.child.channel as channel:
            while line := channel.readline(LONGEST_LINE):
                self.lines += 1
                message = parse(line)
                if not isinstance(message, Alive):
                    self.mailbox.put(Said(self, message))
        self.mailbox.put(Said(self, Ended()))


def tail(log: Path) -> str:
    """The end of a log, or "" where there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - LOG_TAIL))
            return stream.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""

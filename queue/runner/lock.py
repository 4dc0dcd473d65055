"""The lock of a queue folder: whoever holds it is the runner; the system drops it when that ends.

An exclusive SQLite transaction on a file of its own works alike on every system; `runner.json`
beside it says who holds it, for people and for the next runner. No bpy here.
"""

import json
import os
import socket
import sqlite3
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from ...presets.messages import Message, UserError
from ..durable import write_over
from ..errors import QueueTrouble
from ..folder import QueueFolder

#: seconds a newcomer waits: longer than a look (`is_held`) takes, too short to be noticed
PATIENCE = 0.5


@dataclass(frozen=True)
class Recorded:
    """A process that may have to be killed by the next runner."""

    pid: int
    identity: str


@dataclass(frozen=True)
class Holder:
    """Who holds, or last held, a queue folder."""

    #: owner name in the job table
    owner: str
    pid: int
    host: str
    #: unix seconds
    since: float
    #: its live workers
    workers: tuple[Recorded, ...] = ()

    def __str__(self) -> str:
        since = datetime.fromtimestamp(self.since).strftime("%Y-%m-%d %H:%M:%S")
        return f"process {self.pid} on {self.host} since {since}"


class QueueHeld(UserError):
    """Another runner works on this queue folder."""

    def __init__(self, folder: Path, holder: Holder | None) -> None:
        self.folder = folder
        self.holder = holder
        words = (
            "The queue {folder} is being worked on by {who}."
            " It will take your jobs too; to run it here, stop that runner first."
        )
        who = str(holder) if holder else Message("another process")
        super().__init__(Message(words, folder=folder, who=who))


class LockUnusable(QueueTrouble):
    """The lock {file} can't be used. Check that its folder is there and that you may write in it."""


class LockDamaged(LockUnusable):
    """The lock {file} is damaged. Delete it: it holds nothing, and no runner can be at work."""


class LockLost(QueueTrouble):
    """The folder of {file} was removed or replaced while a runner worked on it. The runner ends and touches nothing in the folder that is there now."""  # noqa: E501


class RunnerLock:
    """Held from `acquire` to `release`; as a context manager for the length of a block."""

    def __init__(self, folder: QueueFolder, owner: str) -> None:
        self._folder = folder
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        #: who we are
        self.holder = Holder(owner, os.getpid(), socket.gethostname(), time.time())
        #: who held it before, if that runner did not end in good order
        self.left_behind: Holder | None = None

    def acquire(self) -> Self:
        """Take the lock; QueueHeld says who has it, LockUnusable why it can't be taken."""
        connection = _connected(self._folder.lock, PATIENCE)
        try:
            connection.execute("BEGIN EXCLUSIVE")
            self.left_behind = holder_or_none(self._folder)
            self._write(self.holder)
        except (sqlite3.Error, OSError) as error:
            connection.close()
            if is_busy(error):
                raise QueueHeld(self._folder.path, holder_or_none(self._folder)) from error
            raise _unusable(self._folder.lock, error) from error
        self._connection = connection
        self._file = _identity_or_none(self._folder.lock)
        return self

    @property
    def ours(self) -> bool:
        """Whether the file that we have locked is still the folder's lock."""
        return _identity_or_none(self._folder.lock) == self._file

    def check(self) -> None:
        """LockLost if the folder isn't ours any more."""
        if not self.ours:
            raise LockLost(self._folder.lock)

    def record(self, workers: tuple[Recorded, ...]) -> None:
        """Keep which workers live, before they are given work."""
        self.holder = replace(self.holder, workers=workers)
        if self.ours:
            self._write(self.holder)

    def release(self) -> None:
        """Give the lock back; a worker that would not die is left to the next runner."""
        if self._connection is not None:
            if self.ours and not self.holder.workers:
                self._folder.runner_info.unlink(missing_ok=True)
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Self:
        return self.acquire()

    def __exit__(self, *_exception: object) -> None:
        self.release()

    def _write(self, holder: Holder) -> None:
        write_over(self._folder.runner_info, json.dumps(asdict(holder)).encode())


def is_held(folder: QueueFolder) -> bool:
    """Whether a runner works on the folder at this moment."""
    if not folder.lock.exists():
        return False
    connection = _connected(folder.lock, 0)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        if is_busy(error):
            return True
        raise _unusable(folder.lock, error) from error
    finally:
        connection.close()
    return False


def holder_or_none(folder: QueueFolder) -> Holder | None:
    """Who holds the lock, or held it and died; None when it was given back in good order."""
    try:
        found = json.loads(folder.runner_info.read_text(encoding="utf-8"))
        workers = tuple(Recorded(one["pid"], one["identity"]) for one in found.pop("workers"))
        return Holder(**found, workers=workers)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None  # never written, or cut short by a power failure


def _identity_or_none(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _connected(file: Path, timeout: float) -> sqlite3.Connection:
    try:
        return sqlite3.connect(file, timeout=timeout, isolation_level=None, check_same_thread=False)
    except sqlite3.OperationalError as error:
        raise LockUnusable(file, str(error)) from error


def _unusable(file: Path, error: Exception) -> LockUnusable:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    damaged = code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
    return (LockDamaged if damaged else LockUnusable)(file, str(error))


def is_busy(error: Exception) -> bool:
    """Whether SQLite means that somebody else has the file."""
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))

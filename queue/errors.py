"""What can go wrong with a queue: its file can't be used, or it says no to what it was asked.

Each is an error whose message says what to do. SQLite's codes are turned into these here and nowhere
else. No bpy.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..presets.messages import Message, UserError
from .job import Job


class QueueTrouble(UserError, RuntimeError):
    """The queue's file can't be used now; nothing that was stored before is lost."""

    def __init__(self, file: Path, detail: str = "") -> None:
        self.file = file
        self.detail = detail
        said = Message(self.__doc__ or "", file=file)
        super().__init__(Message("{said} ({detail})", said=said, detail=detail) if detail else said)


class DamagedQueue(QueueTrouble):
    """The queue file {file} is damaged. Start the runner: it sets the file aside in a folder beside it, never overwrites it, and takes over every job that can still be read."""  # noqa: E501


class NotAQueue(QueueTrouble):
    """The file {file} is a database of something else. Choose another queue folder."""


class FilledFolder(NotAQueue):
    """The folder {file} holds other files, and a queue deletes what is old in its folder. Choose an empty folder, or one that isn't there yet."""  # noqa: E501


class OthersFolder(NotAQueue):
    """The queue folder {file} belongs to another user, whose settings would run as you. Choose a folder of your own."""  # noqa: E501


class Planted(NotAQueue):
    """{file} is a link or something else that a queue never makes. Look at what it is and remove it, or choose another queue folder."""  # noqa: E501


class NewerQueue(QueueTrouble):
    """The queue {file} was made by a newer version of this extension. Update the extension, or choose another queue folder."""  # noqa: E501


class QueueLocked(QueueTrouble):
    """The queue file {file} stayed locked by another program. Try again; if it lasts, look for a backup or virus scanner that holds the file, or a Blender that hangs."""  # noqa: E501


class QueueReadOnly(QueueTrouble):
    """The queue file {file} can't be opened for writing. Check that its folder exists and that you may write there, or choose another queue folder."""  # noqa: E501


class QueueFull(QueueTrouble):
    """There is no space left for the queue file {file}. Free some space on that disk; nothing that was stored before is lost."""  # noqa: E501


class QueueDiskError(QueueTrouble):
    """The disk failed while reading or writing the queue file {file}. Check the disk, or choose a queue folder on another one."""  # noqa: E501


#: bytes; SQLite's shared memory takes 32 kB
_ROOM = 1 << 16

_TROUBLE: dict[int, type[QueueTrouble]] = {
    sqlite3.SQLITE_CORRUPT: DamagedQueue,
    sqlite3.SQLITE_NOTADB: DamagedQueue,
    sqlite3.SQLITE_BUSY: QueueLocked,
    sqlite3.SQLITE_LOCKED: QueueLocked,
    sqlite3.SQLITE_PROTOCOL: QueueLocked,
    sqlite3.SQLITE_READONLY: QueueReadOnly,
    sqlite3.SQLITE_CANTOPEN: QueueReadOnly,
    sqlite3.SQLITE_PERM: QueueReadOnly,
    sqlite3.SQLITE_FULL: QueueFull,
    sqlite3.SQLITE_IOERR: QueueDiskError,
}


def trouble_of(file: Path, error: sqlite3.DatabaseError) -> QueueTrouble:
    """What SQLite says about that file, as an error with advice; other errors are raised."""
    # The low byte is the primary code, the rest says more about the same thing.
    kind = _TROUBLE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if kind is None:
        raise error
    if kind is QueueDiskError and _is_full(file.parent):
        kind = QueueFull  # no room even for the files that SQLite needs while it is open
    return kind(file, str(error))


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _ROOM
    except OSError:
        return False


@contextmanager
def trouble_with(file: Path) -> Iterator[None]:
    """Turn what SQLite raises about that file inside the block into an error with advice."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise trouble_of(file, error) from error


class UnknownJob(UserError, LookupError):
    """There is no job of that id."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        words = "There is no job “{job}” in this queue; `list` shows those there are."
        super().__init__(Message(words, job=job_id))


class NameTaken(UserError, ValueError):
    """An unfinished job will write the same file."""

    def __init__(self, name: str, job_id: str) -> None:
        self.name = name
        self.job_id = job_id
        super().__init__(
            Message(
                "Job {job} is already going to write {file}. Choose another file-name pattern or"
                " output folder, or cancel that job.",
                job=job_id,
                file=name,
            )
        )


class CannotRetry(UserError, ValueError):
    """Only a failed or cancelled job whose request can be read can be retried."""

    def __init__(self, job: Job, why: str) -> None:
        words = "Job {job} can't be retried: {why}. Only failed and cancelled jobs can."
        super().__init__(Message(words, job=job.id, why=why))


class StillNeeded(UserError, ValueError):
    """A job that isn't finished, or that another one waits for, can't be removed."""

    def __init__(self, job: Job, why: str) -> None:
        super().__init__(Message("Job {job} can't be removed: {why}.", job=job.id, why=why))


class AgainstThePromise(TypeError):
    """Something persist-queue offers that would break what this queue promises."""

"""The layout of a queue folder and where it lies by default; makes and marks it, deletes nothing.

A runner deletes what is old in its folder, so that a queue is only ever opened in a folder that
was made for it, or was empty: `make` marks it, and refuses any other.
"""

import os
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ..presets.paths import typed
from .durable import SUFFIX, make_folder, write_new
from .errors import FilledFolder, NotAQueue, OthersFolder, Planted, QueueReadOnly

#: names another queue folder, for the doors, the runner and the command line alike
ENVIRONMENT_VARIABLE = "TSHIRT_QUEUE_DIR"
NAME = "tshirt_render_queue"

#: what the marker says to whoever finds it
_MARK = (
    "This folder belongs to T-Shirt Render Queue, which deletes what is old in it.\n"
    "Keep nothing of your own here.\n"
)
#: what systems leave in folders that people call empty
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", ".directory"})
#: what a queue of version 0.1, which marked nothing, may hold
_UNMARKED = frozenset({
    "queue.db", "queue.db-wal", "queue.db-shm", "queue.db-journal", "queue.repair",
    "lock.db", "lock.db-journal", "bell", "runner.json", "runner.new",
    "designs", "logs", "renders", "tmp", "orders",
})  # fmt: skip
_SQLITE = b"SQLite format 3\0"
#: "TSRQ" at the place where SQLite keeps an application's id
_OURS, _PLACE = b"TSRQ", 68


@dataclass(frozen=True)
class QueueFolder:
    """The files of one queue; two queues share nothing."""

    path: Path

    @classmethod
    def at(cls, path: str | os.PathLike[str]) -> Self:
        """The queue folder at that path, made absolute (`~` is the user's home)."""
        return cls(Path(os.path.abspath(typed(path))))

    @classmethod
    def default(cls) -> Self:
        """`TSHIRT_QUEUE_DIR`, or a folder in the user's data folder."""
        return cls.at(os.environ.get(ENVIRONMENT_VARIABLE) or default_path(
            sys.platform, os.environ, Path.home()
        ))  # fmt: skip

    @property
    def database(self) -> Path:
        """All jobs and settings."""
        return self.path / "queue.db"

    @property
    def marker(self) -> Path:
        """Says that the folder was made, or was empty, when a queue was first opened in it."""
        return self.path / ".tshirt_render_queue"

    @property
    def lock(self) -> Path:
        """What the one runner holds."""
        return self.path / "lock.db"

    @property
    def bell(self) -> Path:
        """Rung by doors, heard by the runner."""
        return self.path / "bell"

    @property
    def runner_info(self) -> Path:
        """Who holds the lock, for people."""
        return self.path / "runner.json"

    @property
    def designs(self) -> Path:
        """Copies of the designs, as they were when they were ordered."""
        return self.path / "designs"

    @property
    def libraries(self) -> Path:
        """What the picture process unpacks of our wheels where Blender hasn't."""
        return self.path / "libraries"

    @property
    def logs(self) -> Path:
        """Of the runner, of each worker, and of each claim of a job."""
        return self.path / "logs"

    @property
    def lights(self) -> Path:
        """Lights that were baked once, by what decides them."""
        return self.path / "light"

    @property
    def outputs(self) -> Path:
        """The extension's own output folder, the only one that is cleaned unasked."""
        return self.path / "renders"

    def design(self, sha256: str, suffix: str) -> Path:
        """Where a design's snapshot lies; `suffix` with its dot."""
        return self.designs / f"{sha256}{suffix.lower()}"

    def log(self, job_id: str, claim: int) -> Path:
        """The log of a job's claim, `<job>-<number>.log`."""
        return self.logs / f"{job_id}-{claim}.log"

    @property
    def runner_log(self) -> Path:
        """What the runner did."""
        return self.logs / "runner.log"

    def worker_log(self, number: int) -> Path:
        """What a worker printed outside of jobs."""
        return self.logs / f"worker-{number}.log"

    @property
    def temporary(self) -> Path:
        """Of workers, while they live."""
        return self.path / "tmp"

    def make(self) -> Self:
        """Make the folder, mark it, and make its subfolders, where they are missing.

        Raises QueueReadOnly if that can't be; FilledFolder or NotAQueue for a folder that
        something else lies in, OthersFolder for another user's, Planted where a link or a pipe
        lies in place of a file of ours.
        """
        try:
            if not self.marker.exists():
                self._take()
            self._close_to_others()
            for folder in (self.designs, self.logs):
                make_folder(folder)
            self._check_kinds()
        except OSError as error:
            raise QueueReadOnly(self.database, str(error)) from error
        return self

    def owns(self, path: str | os.PathLike[str]) -> bool:
        """Whether the path is the folder or in it, links followed."""
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self.path))

    def _take(self) -> None:
        """Mark the folder as a queue's, unless something else lies in it."""
        make_folder(self.path, mode=0o700)
        found = {name for name in os.listdir(self.path) if not name.endswith(SUFFIX)} - _LITTER
        if self.marker.name in found:
            return  # another door was as quick
        if found == {self.temporary.name} and all(
            name.startswith("worker-") for name in os.listdir(self.temporary)
        ):
            found.clear()  # of a runner whose folder was moved away under it
        if found and not _is_ours(self.database):
            if found - _UNMARKED and not all(name.startswith("damaged-") for name in found):
                raise FilledFolder(self.path, min(found - _UNMARKED))
            if not found & {self.database.name, self.lock.name, self.runner_info.name}:
                raise FilledFolder(self.path, min(found))
            if _is_another_database(self.database):
                raise NotAQueue(self.database)
        with suppress(FileExistsError):
            write_new(self.marker, _MARK.encode())

    def _close_to_others(self) -> None:
        if sys.platform == "win32":
            return  # a user's folders are closed there from the start
        told = self.path.stat()
        if told.st_uid != os.geteuid():
            raise OthersFolder(self.path)
        if told.st_mode & 0o077:
            self.path.chmod(told.st_mode & 0o700)

    def _check_kinds(self) -> None:
        """Planted if somebody, while he could, put something in the place of our files."""
        for folder in (self.designs, self.logs):
            if not stat.S_ISDIR(folder.lstat().st_mode):
                raise Planted(folder)
        for file in (self.database, self.lock, self.runner_info, self.runner_log):
            with suppress(FileNotFoundError):
                if not stat.S_ISREG(file.lstat().st_mode):
                    raise Planted(file)


def _is_ours(database: Path) -> bool:
    """Whether it is a queue's database, told without opening it."""
    start = _start_of(database)
    return start.startswith(_SQLITE) and start[_PLACE : _PLACE + len(_OURS)] == _OURS


def _is_another_database(database: Path) -> bool:
    """Whether it is one, and no queue's; what a queue has just begun may be in its log still."""
    has_log = database.with_name(f"{database.name}-wal").exists()
    return _start_of(database).startswith(_SQLITE) and not has_log


def _start_of(file: Path) -> bytes:
    if not file.is_file():
        return b""
    with file.open("rb") as stream:
        return stream.read(100)


def work_folder(out: str | os.PathLike[str], job_id: str, claim: int) -> Path:
    """Where a claim renders before its files are published: beside them, on the same disk."""
    return Path(out) / ".work" / f"{job_id}-{claim}"


def manifest_file(out: str | os.PathLike[str], key: str) -> Path:
    """The mark of completion of the job with that request key."""
    return Path(out) / "manifests" / f"{key[:16]}.json"


def default_path(platform: str, environ: Mapping[str, str], home: Path) -> Path:
    """The folder for user data by each system's custom, and in it ours."""
    if platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / NAME
    if platform == "darwin":
        return home / "Library" / "Application Support" / NAME
    return Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share") / NAME

"""Sets a damaged queue file aside and takes over every job that can still be read from it.

Only for the holder of the runner's lock. What is set aside is moved and never written to.
"""

import logging
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DamagedQueue, QueueLocked
from ..folder import QueueFolder
from .connection import as_text, repair_mark
from .job_store import JobStore

log = logging.getLogger(__name__)

#: what SQLite keeps beside the database, and the database last: so no door mixes old and new
SUFFIXES = ("-shm", "-wal", "")
PAGE = 4096
#: ids that are looked for where the highest isn't known
REACH = 100_000
#: seconds for a door that was just opening the file to get through
GRACE = 0.2


@dataclass(frozen=True)
class SetAside:
    """What became of a damaged queue file."""

    #: the folder that holds it now
    folder: Path
    #: jobs taken over
    salvaged: int
    #: jobs that were there and can't be read; None if that can't be told
    lost: int | None

    def __str__(self) -> str:
        lost = "an unknown number" if self.lost is None else self.lost
        return (
            f"The queue file was damaged. It lies in {self.folder} now; jobs taken over:"
            f" {self.salvaged}, unreadable: {lost}."
        )


def open_or_repair(folder: QueueFolder, busy_timeout: float = 10.0) -> JobStore:
    """The store of that folder; if it is damaged, that is set aside first, and logged."""
    try:
        with closing(JobStore(folder, busy_timeout)) as store:
            store.check()
    except DamagedQueue as error:
        log.warning("%s", error)
        log.error("%s", set_aside(folder))
    return JobStore(folder, busy_timeout)


def set_aside(folder: QueueFolder) -> SetAside:
    """Move the queue file into `damaged-<time>` and make a new one of what can be read.

    Raises QueueLocked where the system won't move a file that another process has open.
    """
    named = time.strftime("damaged-%Y%m%d-%H%M%S-")
    aside = Path(tempfile.mkdtemp(prefix=named, dir=folder.path))
    with (
        _doors_kept_out(folder.database),
        closing(sqlite3.connect(folder.database, isolation_level=None)) as damaged,
        tempfile.TemporaryDirectory(dir=folder.path) as scratch,
    ):
        _keep_writers_out(damaged)
        found = _read(damaged) or _read_mended(folder.database, Path(scratch)) or _Found()
        new = QueueFolder(Path(scratch) / "new")
        with closing(JobStore(new)) as store:
            taken = store.take_over(found.rows, found.settings, found.rev)
        if os.name == "nt":
            damaged.close()  # there a file that anybody has open can't be moved
        _move(folder.database, aside)
        new.database.rename(folder.database)
    lost = None if found.counted is None else max(0, found.counted - taken)
    return SetAside(aside, taken, lost)


@dataclass(frozen=True)
class _Found:
    rows: tuple[dict[str, Any], ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    #: rows by the table's own count
    counted: int | None = None
    #: number of its newest change
    rev: int = 0


def _beside(database: Path, suffix: str) -> Path:
    return database.with_name(database.name + suffix)


@contextmanager
def _doors_kept_out(database: Path) -> Iterator[None]:
    """Nobody opens the database meanwhile; who has it open notices the move and opens it anew."""
    mark = repair_mark(database)
    mark.touch()
    try:
        time.sleep(GRACE)
        yield
    finally:
        mark.unlink(missing_ok=True)


def _keep_writers_out(damaged: sqlite3.Connection) -> None:
    """No job is added until it is closed, if it is sound enough for anybody to add one.

    Meanwhile none of its files may be opened and closed in this process by other means: on POSIX
    that drops SQLite's locks.
    """
    try:
        damaged.execute("BEGIN IMMEDIATE")
    except sqlite3.DatabaseError as error:
        log.info("The damaged queue file can't be locked: %s", error)


def _move(database: Path, aside: Path) -> None:
    moved: list[Path] = []
    try:
        for suffix in SUFFIXES:
            file = _beside(database, suffix)
            if file.exists():
                file.rename(aside / file.name)
                moved.append(file)
    except PermissionError as error:
        for file in moved:
            (aside / file.name).rename(file)
        aside.rmdir()
        raise QueueLocked(database, "close every Blender that uses this queue") from error


def _read(db: sqlite3.Connection) -> _Found | None:
    """What a database holds; None if SQLite can't make anything of it."""
    db.row_factory = sqlite3.Row
    db.text_factory = as_text
    try:
        db.execute("SELECT 1 FROM job LIMIT 0")
    except sqlite3.DatabaseError:
        return None
    highest = _number_or_none(db, "SELECT seq FROM sqlite_sequence WHERE name = 'job'")
    return _Found(
        tuple(_readable(db, 1, REACH if highest is None else highest)),
        tuple(_settings(db)),
        _number_or_none(db, "SELECT sum(n) FROM tally WHERE typeof(key) = 'integer'"),
        _number_or_none(db, "SELECT n FROM tally WHERE key = 'rev'") or 0,
    )


def _readable(db: sqlite3.Connection, first: int, last: int) -> Iterator[dict[str, Any]]:
    """The rows with ids from `first` to `last`; where some can't be read, half by half."""
    try:
        rows = db.execute("SELECT * FROM job WHERE _id BETWEEN ? AND ?", (first, last)).fetchall()
    except sqlite3.DatabaseError:
        if first < last:
            middle = (first + last) // 2
            yield from _readable(db, first, middle)
            yield from _readable(db, middle + 1, last)
        return
    yield from map(dict, rows)


def _settings(db: sqlite3.Connection) -> list[tuple[str, str]]:
    try:
        return [tuple(row) for row in db.execute("SELECT key, value FROM settings")]
    except sqlite3.DatabaseError:
        return []


def _number_or_none(db: sqlite3.Connection, query: str) -> int | None:
    try:
        row = db.execute(query).fetchone()
    except sqlite3.DatabaseError:
        return None
    return row[0] if row and isinstance(row[0], int) else None


def _read_mended(database: Path, scratch: Path) -> _Found | None:
    """What a copy holds that gets the first page of a new queue file, which says where tables lie.

    They lie at the same place in every queue file, being made in the same order.
    """
    fresh = QueueFolder(scratch / "fresh")
    JobStore(fresh).close()
    page = bytearray(fresh.database.read_bytes()[:PAGE])
    pages = database.stat().st_size // PAGE
    page[28:32] = pages.to_bytes(4, "big")
    page[32:40] = bytes(8)  # no free pages
    page[92:96] = page[24:28]  # the number of pages holds for this change
    mended = scratch / "mended.db"
    mended.write_bytes(bytes(page) + database.read_bytes()[PAGE:])
    if _beside(database, "-wal").exists():
        shutil.copyfile(_beside(database, "-wal"), _beside(mended, "-wal"))
    with closing(sqlite3.connect(mended, isolation_level=None)) as db:
        return _read(db)

"""The queue's file: opened so that no commit is lost, read and written in whole transactions.

The part of the store below the jobs; `store.py` puts it under persist-queue. No bpy here.
"""

import logging
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DamagedQueue, NewerQueue, NotAQueue, QueueLocked, trouble_of, trouble_with
from ..job import EventKind, event_line
from . import schema
from .counts import says

log = logging.getLogger(__name__)

#: seconds between two tries of what SQLite's busy timeout doesn't cover
RETRY_PAUSE = 0.01
#: seconds after which a repair that left its mark counts as broken off
REPAIR_LIMIT = 60.0


@dataclass
class Change:
    """One open write transaction; numbers what it changes and writes the journal lines."""

    run: Callable[..., sqlite3.Cursor]
    now: float
    rev: int

    def next_rev(self) -> int:
        """The number of the next change."""
        self.rev += 1
        return self.rev

    def line(self, kind: EventKind, claim: int = 0, **what: Any) -> str:
        """The journal line of an event of the newest change."""
        return event_line(self.rev, self.now, kind, claim, **what)


class Connection(sqlite3.Connection):
    """One that knows which file it has open, whatever becomes of the file's name."""

    identity: tuple[int, int] | None = None


class Database:
    """Two connections to one file, one to read and one to write, each for one thread at a time."""

    #: set by `JobStore` before persist-queue opens anything
    file: Path
    bell: str
    #: seconds to wait for another writer
    timeout: float
    #: unix seconds
    clock: Callable[[], float]
    #: persist-queue's names
    tran_lock: threading.Lock
    _getter: Any = None
    _putter: Any = None
    _reading: threading.RLock
    #: how often a file that was set aside was noticed
    _reopened: int

    def _new_db_connection(self, *_: Any) -> Connection:
        """A connection as persist-queue asks for one, whose commits survive a power cut."""
        self._wait_for_repair()
        self._set_lone_log_aside()
        with trouble_with(self.file):
            # Transactions are begun by hand: isolation_level None.
            db = sqlite3.connect(
                self.file,
                timeout=self.timeout,
                isolation_level=None,
                check_same_thread=False,
                factory=Connection,
            )
            try:
                self._check_owner(db)
                self._make_durable(db)
                self._make_tables(db)
                db.create_function("says", 3, _says, deterministic=True)
                db.identity = identity_of(self.file)
            except BaseException:
                db.close()
                raise
            return db

    def _check_owner(self, db: sqlite3.Connection) -> None:
        # In this order: whoever makes the tables, tables and id come with one commit.
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        application = db.execute("PRAGMA application_id").fetchone()[0]
        if application != schema.APPLICATION_ID and tables - schema.NAMES:
            raise NotAQueue(self.file)
        if db.execute("PRAGMA user_version").fetchone()[0] > schema.VERSION:
            raise NewerQueue(self.file)

    def _make_durable(self, db: sqlite3.Connection) -> None:
        # When two open a new file at once, SQLite calls this locked without waiting.
        self._patiently(lambda: db.execute("PRAGMA journal_mode = WAL").fetchone())
        db.execute("PRAGMA synchronous = FULL")
        # On macOS a plain fsync leaves the data in the drive's cache; elsewhere it changes nothing.
        db.execute("PRAGMA fullfsync = ON")
        if db.execute("PRAGMA synchronous").fetchone()[0] != 2:
            raise sqlite3.NotSupportedError("this SQLite can't be made to write through to disk")
        db.execute("PRAGMA journal_size_limit = 16777216")

    def _make_tables(self, db: sqlite3.Connection) -> None:
        if db.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION:
            return
        self._patiently(lambda: db.execute("BEGIN IMMEDIATE"))
        try:
            for statement in schema.CREATE:
                db.execute(statement)
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")

    def _patiently(self, action: Callable[[], Any]) -> Any:
        end = time.monotonic() + self.timeout
        while True:
            try:
                return action()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
                time.sleep(RETRY_PAUSE)

    def _wait_for_repair(self) -> None:
        """Open nothing while the runner sets a damaged file aside."""
        end = time.monotonic() + self.timeout
        while (begun := _modified_or_none(repair_mark(self.file))) is not None:
            if abs(time.time() - begun) > REPAIR_LIMIT:
                return
            if time.monotonic() > end:
                raise QueueLocked(self.file, "it is being repaired")
            time.sleep(RETRY_PAUSE)

    def _set_lone_log_aside(self) -> None:
        """SQLite deletes a log of writes whose database is empty or gone: move both away first."""
        wal = self.file.with_name(f"{self.file.name}-wal")
        if not _size(wal) or _size(self.file):
            return
        named = time.strftime("damaged-%Y%m%d-%H%M%S-")
        try:
            aside = tempfile.mkdtemp(prefix=named, dir=self.file.parent)
            for ending in ("-shm", "-wal", ""):
                with suppress(FileNotFoundError):
                    beside = self.file.with_name(f"{self.file.name}{ending}")
                    beside.rename(Path(aside, beside.name))
        except OSError as error:
            raise QueueLocked(self.file, str(error)) from error
        log.error("%s was empty or gone; what it had not yet taken in is in %s", self.file, aside)

    def _still_ours(self, which: str) -> bool:
        """Whether the file that a connection has open is still the queue's, not one set aside."""
        return getattr(self, which).identity == identity_of(self.file)

    def _open_again(self, which: str) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        before, now = getattr(self, which), self._new_db_connection()
        setattr(self, which, now)
        before.close()
        self._reopened += 1

    @contextmanager
    def _write(self) -> Iterator[Change]:
        """One transaction, on the disk when the block has ended; all of it or nothing."""
        with self.tran_lock:
            try:
                self._putter.text_factory = as_text  # persist-queue sets its own when it opens
                self._putter.execute("BEGIN IMMEDIATE")
                if not self._still_ours("_putter"):
                    self._putter.execute("ROLLBACK")
                    self._open_again("_putter")
                    self._putter.execute("BEGIN IMMEDIATE")
                run = self._putter.execute
                (rev,) = run("SELECT n FROM tally WHERE key = 'rev'").fetchone()
                change = Change(run, self.clock(), rev)
                yield change
                if change.rev != rev:
                    run("UPDATE tally SET n = ? WHERE key = 'rev'", (change.rev,))
                run("COMMIT")
            except sqlite3.DatabaseError as error:
                raise trouble_of(self.file, error) from error
            finally:
                if self._putter.in_transaction:
                    self._putter.execute("ROLLBACK")

    def _rows(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        """What a query finds, read at once so that no read stays open."""
        with self._reading:
            try:
                return self._getter.execute(sql, values).fetchall()
            except sqlite3.DatabaseError as error:
                if "decode to UTF-8" not in str(error):
                    raise trouble_of(self.file, error) from error
            # Somebody wrote text that is none: show it as well as can be, break nothing.
            self._getter.text_factory = as_text
            try:
                return self._getter.execute(sql, values).fetchall()
            finally:
                self._getter.text_factory = str

    def check(self) -> None:
        """Read the whole file; DamagedQueue if it isn't sound. Takes about a second a gigabyte."""
        found = self._rows("PRAGMA quick_check(1)")[0][0]
        if found != "ok":
            raise DamagedQueue(self.file, found)

    def take_over(
        self,
        rows: Iterable[Mapping[str, Any]],
        settings: Iterable[tuple[str, str]],
        rev: int,
    ) -> int:
        """Put in rows saved from a damaged file whose newest change had that number.

        In their order; returns how many were sound.
        """
        known = {name for (_, name, *_) in self._rows("PRAGMA table_info(job)")}
        taken = 0
        with self._write() as change:
            for row in rows:
                names = [name for name in row if name in known]
                marks = ", ".join("?" * len(names))
                sql = f"INSERT INTO job ({', '.join(names)}) VALUES ({marks})"
                try:
                    change.run(sql, [row[name] for name in names])
                except sqlite3.IntegrityError:
                    continue
                taken += 1
                change.rev = max(change.rev, row["rev"])
            change.rev = max(change.rev, rev)
            for one in settings:
                change.run("INSERT OR IGNORE INTO settings VALUES (?, ?)", one)
            change.run("UPDATE tally SET n = ? WHERE key = 'removed'", (change.next_rev(),))
        return taken

    def data_version(self) -> int:
        """A number that is another one whenever anybody has written since; takes microseconds.

        Also notices when the file was set aside: from then on all is read from the new one.
        """
        with self._reading:
            if not self._still_ours("_getter"):
                self._open_again("_getter")
            return self._reopened << 32 | self._rows("PRAGMA data_version")[0][0]


def as_text(stored: bytes) -> str:
    """Text, also where somebody stored bytes that are none."""
    return stored.decode(errors="replace")


def repair_mark(file: Path) -> Path:
    """The file that is there while the database of that name is set aside."""
    return file.with_suffix(".repair")


def _says(text: str, names: str, batch: str) -> bool:
    """What SQLite's `lower` and `instr` can't: names are stored as JSON, and not all in ASCII."""
    return says(text, schema.strings(names), batch)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _modified_or_none(file: Path) -> float | None:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return None


def identity_of(file: Path) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None if there is none."""
    try:
        found = os.stat(file)  # a third of the time of Path.stat, and at every poll
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino

"""The one table of jobs: its columns, its indexes, the counts that triggers keep, and row ↔ `Job`.

SQL and values only; `store.py` runs it. SQLite 3.35 and later.
"""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from operator import contains
from typing import Any

from ...presets.storable import is_sound
from ..failures import FailureClass
from ..job import Job, Lane, State, job_of

#: "TSRQ", told apart from other databases by it
APPLICATION_ID = 0x54535251
VERSION = 1

#: persist-queue's numbers (ready, unack, acked, ack_failed) and ours between them
STATUS: dict[State, int] = {
    State.WAITING: 1,
    State.ACTIVE: 2,
    State.DELAYED: 3,
    State.BLOCKED: 4,
    State.COMPLETED: 5,
    State.CANCELLED: 7,
    State.FAILED: 9,
}
LANE: dict[int, Lane] = {int(lane): lane for lane in Lane}
STATE: dict[int, State] = {number: state for state, number in STATUS.items()}

#: persist-queue's four columns come first and keep their meaning
CREATE_JOB = """
CREATE TABLE IF NOT EXISTS {table_name} (
    {key_column} INTEGER PRIMARY KEY AUTOINCREMENT,
    data BLOB,
    timestamp FLOAT,
    status INTEGER NOT NULL CHECK (status IN (1, 2, 3, 4, 5, 7, 9)),
    job_id TEXT NOT NULL UNIQUE,
    rev INTEGER NOT NULL CHECK (typeof(rev) = 'integer'),
    lane INTEGER NOT NULL,
    run_at FLOAT NOT NULL,
    -- when a backoff was set, so that a clock set back can't stretch it; null for a set time
    delayed_at FLOAT,
    attempts INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    stalls INTEGER NOT NULL DEFAULT 0,
    claims INTEGER NOT NULL DEFAULT 0,
    timeout FLOAT NOT NULL,
    backoff FLOAT NOT NULL,
    progress FLOAT NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    cancel INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    worker_pid INTEGER,
    worker_identity TEXT,
    started FLOAT,
    finished FLOAT,
    request_key TEXT NOT NULL,
    out TEXT NOT NULL,
    target TEXT NOT NULL,
    names TEXT NOT NULL,
    after_jobs TEXT NOT NULL DEFAULT '[]',
    waits_for TEXT,
    batch TEXT NOT NULL DEFAULT '',
    pinned INTEGER NOT NULL DEFAULT 0,
    retry_of TEXT,
    retried_by TEXT,
    failure TEXT,
    error TEXT NOT NULL DEFAULT '',
    files TEXT NOT NULL DEFAULT '[]',
    facts TEXT NOT NULL DEFAULT '{{}}',
    journal TEXT NOT NULL DEFAULT ''
)
"""

#: everything, in one transaction; few indexes, so that each change touches few pages
CREATE = (
    CREATE_JOB.format(table_name="job", key_column="_id"),
    "CREATE INDEX IF NOT EXISTS job_by_state ON job (status, lane)",
    "CREATE INDEX IF NOT EXISTS job_by_rev ON job (rev)",
    "CREATE INDEX IF NOT EXISTS job_low ON job (run_at) WHERE status = 1 AND lane = 2",
    "CREATE INDEX IF NOT EXISTS job_due ON job (run_at) WHERE status = 3",
    "CREATE INDEX IF NOT EXISTS job_backing_off ON job (delayed_at)"
    " WHERE status = 3 AND delayed_at IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS job_blocked ON job (waits_for) WHERE status = 4",
    "CREATE INDEX IF NOT EXISTS job_target ON job (target) WHERE status < 5",
    "CREATE INDEX IF NOT EXISTS job_key ON job (request_key)",
    "CREATE INDEX IF NOT EXISTS job_batch ON job (batch, status) WHERE batch <> ''",
    # No declared type: the keys are the status numbers, and a few words.
    "CREATE TABLE IF NOT EXISTS tally (key PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "INSERT OR IGNORE INTO tally VALUES"
    " (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (7, 0), (9, 0), ('rev', 0), ('removed', 0)",
    "CREATE TRIGGER IF NOT EXISTS job_added AFTER INSERT ON job BEGIN"
    " UPDATE tally SET n = n + 1 WHERE key = NEW.status; END",
    "CREATE TRIGGER IF NOT EXISTS job_changed AFTER UPDATE OF status ON job"
    " WHEN NEW.status <> OLD.status BEGIN"
    " UPDATE tally SET n = n - 1 WHERE key = OLD.status;"
    " UPDATE tally SET n = n + 1 WHERE key = NEW.status; END",
    "CREATE TRIGGER IF NOT EXISTS job_removed AFTER DELETE ON job BEGIN"
    " UPDATE tally SET n = n - 1 WHERE key = OLD.status; END",
    # Whoever writes, and by whatever means: a finished job stays what it is.
    "CREATE TRIGGER IF NOT EXISTS job_finished BEFORE UPDATE OF status ON job"
    " WHEN OLD.status >= 5 AND NEW.status <> OLD.status BEGIN"
    " SELECT RAISE(ABORT, 'a finished job never changes its state'); END",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)

#: what persist-queue may have made before us
NAMES = frozenset({"job", "sqlite_sequence", "sqlite_autoindex_job_1"})

COLUMNS = (
    "_id, data, timestamp, status, job_id, rev, lane, run_at, attempts, max_attempts, stalls,"
    " claims, timeout, backoff, progress, note, cancel, owner, worker_pid, worker_identity,"
    " started, finished, request_key, out, target, names, after_jobs, waits_for, batch, pinned,"
    " retry_of, retried_by, failure, error, files, facts, journal"
)

_TEXT, _WHOLE, _NUMBER = frozenset({str}), frozenset({int}), frozenset({int, float})
_NONE = frozenset({type(None)})

#: what each of `COLUMNS` holds, whatever somebody else may have written there
_HOLDS = (
    _WHOLE, frozenset({bytes}), _NUMBER, _WHOLE, _TEXT, _WHOLE, _WHOLE, _NUMBER, _WHOLE, _WHOLE,
    _WHOLE, _WHOLE, _NUMBER, _NUMBER, _NUMBER, _TEXT, _WHOLE, _TEXT | _NONE, _WHOLE | _NONE,
    _TEXT | _NONE, _NUMBER | _NONE, _NUMBER | _NONE, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT,
    _TEXT | _NONE, _TEXT, _WHOLE, _TEXT | _NONE, _TEXT | _NONE, _TEXT | _NONE, _TEXT, _TEXT,
    _TEXT, _TEXT,
)  # fmt: skip

#: more than there can be of anything, and the latest unix seconds: the year 5138
_MANY, LATEST = 1_000_000_000, 1e11

#: ids and request keys name files: no dot and no slash, so that they stay in their folder
_NAME = re.compile(r"[\w-]+")

SELECT = f"SELECT {COLUMNS} FROM job "
SELECT_ONE = SELECT + "WHERE job_id = ?"

INSERT = (
    "INSERT INTO job (data, timestamp, status, job_id, rev, lane, run_at, max_attempts, timeout,"
    " backoff, progress, note, finished, request_key, out, target, names, after_jobs, waits_for,"
    " batch, pinned, retry_of, files, journal)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (job_id) DO NOTHING"
)

#: characters of a journal from which on its oldest line goes for each new one
FULL_JOURNAL = 6000
#: the journal with a line appended; see `appended`
JOURNAL = (
    f"journal = substr(journal, CASE WHEN length(journal) > {FULL_JOURNAL}"
    " THEN instr(journal, char(10)) + 1 ELSE 1 END) || "
)


def appended(journal: str, line: str) -> str:
    """Return the journal with a line more: what `JOURNAL` says in SQL."""
    if len(journal) > FULL_JOURNAL:
        journal = journal.partition("\n")[2]
    return journal + line


def values_of(job: Job) -> tuple[Any, ...]:
    """A new job's values for `INSERT`."""
    return (
        json.dumps(job.request).encode(),
        job.created,
        STATUS[job.state],
        job.id,
        job.rev,
        int(job.lane),
        job.run_at,
        job.max_attempts,
        job.timeout,
        job.backoff,
        job.progress,
        job.note,
        job.finished,
        job.key,
        job.out,
        job.target,
        json.dumps(job.names),
        json.dumps(job.after) if job.after else "[]",
        job.waits_for,
        job.batch,
        job.pinned,
        job.retry_of,
        json.dumps(job.files) if job.files else "[]",
        job.journal,
    )


def job_from_row(row: Sequence[Any]) -> Job:
    """The job in a row of `COLUMNS`; one that can't be read is shown as failed, and says so."""
    try:
        return _decoded(row)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return _unreadable(row, error)


def _decoded(row: Sequence[Any]) -> Job:
    (
        rowid, data, created, status, job_id, rev, lane, run_at, attempts, max_attempts, stalls,
        claims, timeout, backoff, progress, note, cancel, owner, worker_pid, worker_identity,
        started, finished, key, out, target, names, after, waits_for, batch, pinned,
        retry_of, retried_by, failure, error, files, facts, journal,
    ) = row  # fmt: skip
    if not all(map(contains, _HOLDS, map(type, row))):
        raise TypeError("a column holds another kind of value")
    if not (_NAME.fullmatch(job_id) and _NAME.fullmatch(key)):
        raise ValueError("its id or its key could lead out of a folder")
    if not os.path.isabs(out) or "\0" in out:
        raise ValueError("its output folder is no absolute path")
    if not (
        0 <= attempts <= _MANY and 0 <= max_attempts <= _MANY and 0 <= stalls <= _MANY
        and 0 <= claims <= 1 << 53 and 0 <= timeout <= _MANY and 0 <= backoff <= _MANY
        and 0 <= progress <= 1 and 0 <= run_at <= LATEST and 0 <= created <= LATEST
        and 0 <= (started or 0) <= LATEST and 0 <= (finished or 0) <= LATEST
        and (worker_pid is None or 1 < worker_pid < 1 << 31)
    ):  # fmt: skip
        raise ValueError("one of its numbers is out of range")
    request = _sound(data.decode())
    if not isinstance(request, dict) or not all(map(_is_object, request.get("prints", ()))):
        raise TypeError("the request is no JSON object, or one of its prints isn't")
    files = () if files == "[]" else tuple(_sound(files))
    if not all(map(_is_file, files)):
        raise TypeError("its list of files is unsound")
    names = tuple(_sound(names))
    if not all(isinstance(one, str) and os.path.basename(one) == one != "" for one in names):
        raise TypeError("its list of names is unsound")
    return job_of(
        id=job_id,
        rowid=rowid,
        rev=rev,
        state=STATE[status],
        lane=LANE[lane],
        request=request,
        key=key,
        out=out,
        target=target,
        names=names,
        batch=batch,
        attempts=attempts,
        max_attempts=max_attempts,
        stalls=stalls,
        claims=claims,
        timeout=timeout,
        backoff=backoff,
        progress=progress,
        note=note,
        cancel_asked=bool(cancel),
        owner=owner,
        worker_pid=worker_pid,
        worker_identity=worker_identity,
        created=created,
        run_at=run_at,
        started=started,
        finished=finished,
        after=() if after == "[]" else strings(after),
        waits_for=waits_for,
        pinned=bool(pinned),
        retry_of=retry_of,
        retried_by=retried_by,
        failure=FailureClass(failure) if failure else None,
        error=error,
        files=files,
        facts={} if facts == "{}" else dict(_sound(facts)),
        journal=journal,
    )


def _sound(text: str) -> Any:
    """What was stored as JSON; ValueError for what could not be written again."""
    value = json.loads(text)
    if not is_sound(value, text):
        raise ValueError("it holds half a character, or lists too deep in each other")
    return value


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_file(entry: Any) -> bool:
    """Whether it is the entry of a published file: a name inside the output folder, size, hash."""
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("file"), str)
        and os.path.basename(entry["file"]) == entry["file"]
        and isinstance(entry.get("bytes", 0), int)
        and isinstance(entry.get("sha256", ""), str)
    )


def _unreadable(row: Sequence[Any], error: Exception) -> Job:
    """As much of a damaged row as keeps it visible, cancellable and removable."""
    blank = Job(
        id=str(row[4]),
        rowid=row[0],
        rev=row[5] if isinstance(row[5], int) else 0,
        state=State.FAILED,
        lane=Lane.NORMAL,
        request={},
        key="",
        out="",
        target="",
    )
    return replace(
        blank,
        created=row[2] if isinstance(row[2], float | int) else 0.0,
        owner=row[17] if isinstance(row[17], str) else None,
        claims=row[11] if isinstance(row[11], int) else 0,
        failure=FailureClass.BAD_REQUEST,
        error=f"What is stored of this job can't be read ({error}). Remove it and add it anew.",
        journal=row[-1] if isinstance(row[-1], str) else "",
    )


def strings(text: str) -> tuple[str, ...]:
    """A stored JSON list of strings; none if somebody made it unreadable."""
    try:
        return tuple(str(one) for one in json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return ()

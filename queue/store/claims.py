"""The runner's half of the store: claim a job, tell how it goes, end it or put it back.

Everything about a claimed job is guarded by its owner and the number of its claim: whoever lost it
is told so (False) and drops the result.
"""

import json
from collections.abc import Sequence
from typing import Any, Literal

from ..failures import FailureClass
from ..job import EventKind, Job, Lane, State
from ..settings import Settings
from .commands import Doors, set_lane
from .connection import Change
from .dependencies import tell_dependents
from .schema import COLUMNS, JOURNAL, LATEST, SELECT, STATUS, job_from_row

#: longest text kept of an error: on the job, and in its journal
ERROR_TEXT, EVENT_TEXT = 2000, 300

#: what each way of putting a job back adds to attempts and stalls, and is called
PUT_BACK = {
    "attempt": (0, 0, EventKind.RETRYING),
    "stall": (-1, 1, EventKind.STALLED),
    "nothing": (-1, 0, EventKind.RELEASED),
}


class Claiming(Doors):
    """What the one runner does; it holds the lock, the guards here don't rely on it."""

    def claim(self, owner: str, now: float) -> Job | None:
        """The next job, now active and owned by `owner`; None if none is ready, or while paused.

        Jobs whose time has come and old jobs of the low lane are seen to on the way. A job that
        can't be read is failed and passed over.
        """
        ready = self._readiness(now)
        if ready.paused or not (ready.waiting or ready.due):
            return None
        with self._write() as change:
            if ready.due:
                _wake(change, now)
            if ready.aged or ready.due:  # what has just been woken may have been due long ago
                _promote(change, now - Settings.load(self).promote_after)
            while (row := _take(change, owner, now)) is not None:
                job = job_from_row(row)
                if job.state is State.ACTIVE:
                    return job
                _set_aside(change, job, job.error)
        return None

    def set_aside(self, job: Job, error: str) -> None:
        """Fail an unfinished job that nothing can be done with, whatever its row holds."""
        with self._write() as change:
            _set_aside(change, job, error)

    def started(self, job: Job, worker_pid: int, worker_identity: str = "") -> bool:
        """Note which process renders it, so that it can be found and ended if this runner dies."""
        return self._tell(job, "worker_pid = ?, worker_identity = ?", (worker_pid, worker_identity))

    def progress(self, job: Job, fraction: float, note: str = "") -> bool:
        """How far it is (0..1) and what is being done."""
        return self._tell(job, "progress = ?, note = ?", (min(max(fraction, 0.0), 1.0), note))

    def complete(
        self, job: Job, files: Sequence[dict[str, Any]], facts: dict[str, Any] | None = None
    ) -> bool:
        """Its files are published; those that waited for it may go on."""
        with self._write() as change:
            return _end(change, job, State.COMPLETED, files=files, facts=facts)

    def fail(self, job: Job, failure: FailureClass, error: str = "") -> bool:
        """It will not be tried again."""
        with self._write() as change:
            return _end(change, job, State.FAILED, failure=failure, error=error)

    def cancelled(self, job: Job) -> bool:
        """It was stopped because somebody asked to cancel it."""
        with self._write() as change:
            return _end(change, job, State.CANCELLED)

    def put_back(
        self,
        job: Job,
        run_at: float,
        failure: FailureClass | None = None,
        error: str = "",
        counts_as: Literal["attempt", "stall", "nothing"] = "attempt",
    ) -> bool:
        """Back to its place in its lane, to run at `run_at` (unix seconds) or later.

        Counted as a failed attempt, as a stall or not at all. Cancelled instead, if that was asked.
        """
        with self._write() as change:
            return _put_back(change, job, run_at, failure, error, counts_as)

    def release(self, job: Job, now: float) -> bool:
        """Put back a job whose runner ended; its attempt isn't counted."""
        return self.put_back(job, now, counts_as="nothing")

    def _tell(self, job: Job, assignments: str, values: Sequence[Any]) -> bool:
        with self._write() as change:
            return _update(change, job, f"{assignments}, rev = ?", (*values, change.next_rev()))


def _set_aside(change: Change, job: Job, error: str) -> None:
    """By its number alone: owner and claim may be what is odd about it."""
    rev = change.next_rev()
    line = change.line(EventKind.FAILED, failure=FailureClass.BAD_REQUEST, text=error[:EVENT_TEXT])
    change.run(
        "UPDATE job SET status = 9, finished = ?, note = '', failure = ?, error = ?, files = '[]',"
        f" facts = '{{}}', cancel = 0, rev = ?, {JOURNAL} ? WHERE _id = ? AND status < 5",
        (change.now, FailureClass.BAD_REQUEST, error[:ERROR_TEXT], rev, line, job.rowid),
    )
    tell_dependents(change, job.id)


def _wake(change: Change, now: float) -> None:
    """Delayed jobs whose time has come wait in their lane; one whose time is no time fails."""
    for row in change.run(f"{SELECT} WHERE status = 3 AND run_at > ?", (LATEST,)).fetchall():
        _set_aside(change, job_from_row(row), "The time that it is to start at is no time.")
    bent = change.run(
        "SELECT _id FROM job WHERE status = 3 AND delayed_at IS NOT NULL AND delayed_at > ?", (now,)
    ).fetchall()
    for (rowid,) in bent:
        # The clock was set back: the backoff counts from now, not from that later time.
        change.run(
            "UPDATE job SET run_at = coalesce(run_at - delayed_at, 0) + ?, delayed_at = ?, rev = ?"
            " WHERE _id = ?",
            (now, now, change.next_rev(), rowid),
        )
    due = change.run(
        "SELECT _id, claims FROM job WHERE status = 3 AND run_at <= ?", (now,)
    ).fetchall()
    for rowid, claims in due:
        rev = change.next_rev()
        change.run(
            f"UPDATE job SET status = 1, delayed_at = NULL, rev = ?, {JOURNAL} ? WHERE _id = ?",
            (rev, change.line(EventKind.READY, claims), rowid),
        )


def _promote(change: Change, ready_before: float) -> None:
    """Jobs of the low lane that have been ready for so long move up one."""
    old = change.run(
        "SELECT _id, claims FROM job WHERE status = 1 AND lane = 2 AND run_at <= ?", (ready_before,)
    ).fetchall()
    for rowid, claims in old:
        set_lane(change, rowid, claims, Lane.LOW, Lane.NORMAL)


def _take(change: Change, owner: str, now: float) -> Any:
    """The row of the next waiting job, claimed; None if none waits."""
    found = change.run(
        "SELECT _id, claims FROM job WHERE status = 1 ORDER BY lane, _id LIMIT 1"
    ).fetchone()
    if found is None:
        return None
    rowid, claims = found
    claims = claims if isinstance(claims, int) else 0
    rev = change.next_rev()
    return change.run(
        "UPDATE job SET status = 2, owner = ?, started = ?, finished = NULL, progress = 0,"
        " note = '', attempts = attempts + 1, claims = claims + 1, worker_pid = NULL,"
        f" worker_identity = NULL, rev = ?, {JOURNAL} ? WHERE _id = ? RETURNING {COLUMNS}",
        (owner, now, rev, change.line(EventKind.STARTED, claims + 1), rowid),
    ).fetchall()[0]


def _put_back(
    change: Change,
    job: Job,
    run_at: float,
    failure: FailureClass | None,
    error: str,
    counts_as: Literal["attempt", "stall", "nothing"],
) -> bool:
    asked = change.run("SELECT cancel FROM job WHERE _id = ?", (job.rowid,)).fetchone()
    if asked == (1,):
        return _end(change, job, State.CANCELLED)
    attempts, stalls, kind = PUT_BACK[counts_as]
    later = run_at > change.now
    rev = change.next_rev()
    line = change.line(kind, job.claims, failure=failure, text=error[:EVENT_TEXT])
    return _update(
        change,
        job,
        "status = ?, run_at = ?, delayed_at = ?, attempts = attempts + ?, stalls = stalls + ?,"
        " owner = NULL, worker_pid = NULL, worker_identity = NULL, progress = 0, note = '',"
        f" failure = ?, error = ?, rev = ?, {JOURNAL} ?",
        (
            STATUS[State.DELAYED if later else State.WAITING],
            run_at if later else change.now,
            change.now if later else None,
            attempts,
            stalls,
            failure,
            error[:ERROR_TEXT],
            rev,
            line,
        ),
    )


def _end(
    change: Change,
    job: Job,
    state: State,
    *,
    failure: FailureClass | None = None,
    error: str = "",
    files: Sequence[dict[str, Any]] = (),
    facts: dict[str, Any] | None = None,
) -> bool:
    """Into a finished state, once and for all."""
    rev = change.next_rev()
    line = change.line(EventKind(state.value), job.claims, failure=failure, text=error[:EVENT_TEXT])
    ended = _update(
        change,
        job,
        "status = ?, finished = ?, progress = ?, note = '', failure = ?, error = ?, files = ?,"
        f" facts = ?, rev = ?, {JOURNAL} ?",
        (
            STATUS[state],
            change.now,
            1.0 if state is State.COMPLETED else job.progress,
            failure,
            error[:ERROR_TEXT],
            json.dumps(files),
            json.dumps(facts or {}),
            rev,
            line,
        ),
    )
    if ended:
        tell_dependents(change, job.id)
    return ended


def _update(change: Change, job: Job, assignments: str, values: Sequence[Any]) -> bool:
    """Change the row of a claimed job if its claim still stands."""
    done = change.run(
        f"UPDATE job SET {assignments} WHERE _id = ? AND status = 2 AND owner = ? AND claims = ?",
        (*values, job.rowid, job.owner, job.claims),
    )
    if done.rowcount == 1:
        return True
    change.rev -= 1  # nothing was changed: no watcher need look, and nothing goes to disk
    return False

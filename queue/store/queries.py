"""The reading half of the store: jobs, counts, changes since, settings. Writes only settings."""

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..errors import UnknownJob
from ..job import Job, Lane, State
from ..settings import LONGEST_WAIT, Settings
from .connection import Database
from .counts import BatchCounts, Counts, Sort, batches_of
from .schema import SELECT, SELECT_ONE, STATE, STATUS, job_from_row, strings

ORDER_BY = {
    Sort.NEWEST: "_id DESC",
    Sort.OLDEST: "_id",
    Sort.QUEUE: "status <> 2, min(status, 5), lane, _id",
    Sort.CHANGED: "rev DESC",
}
PAUSED = "paused"
SHA256 = re.compile(r"[0-9a-f]{64}")

READINESS = """
SELECT EXISTS (SELECT 1 FROM job WHERE status = 1),
    EXISTS (SELECT 1 FROM job WHERE status = 3 AND run_at <= :now)
    OR EXISTS (SELECT 1 FROM job WHERE status = 3 AND delayed_at > :now)
    OR EXISTS (SELECT 1 FROM job WHERE status = 3 AND run_at > 1e11),
    EXISTS (SELECT 1 FROM job WHERE status = 1 AND lane = 2 AND run_at <= :now - coalesce(
        (SELECT CAST(value AS REAL) FROM settings WHERE key = 'promote_after'
            AND CAST(value AS REAL) <= :longest), :promote_after)),
    (SELECT value FROM settings WHERE key = 'paused')
"""


class Readiness(NamedTuple):
    """What there is for a runner to do."""

    waiting: bool
    #: a delayed job's time has come, or its clock was set back
    due: bool
    #: a job of the low lane has waited long enough to move up
    aged: bool
    paused: bool


class Reading(Database):
    """What anyone may ask; nothing here waits for a writer."""

    def job(self, job_id: str) -> Job:
        """That job; UnknownJob if there is none."""
        rows = self._rows(SELECT_ONE, (job_id,))
        if not rows:
            raise UnknownJob(job_id)
        return job_from_row(rows[0])

    def jobs(
        self,
        *,
        states: Iterable[State] | None = None,
        batch: str | None = None,
        lane: Lane | None = None,
        text: str = "",
        limit: int = -1,
        offset: int = 0,
        order: Sort = Sort.NEWEST,
    ) -> list[Job]:
        """The jobs that fit all filters; `text` is looked for in file names, batch and id."""
        where, values = ["1"], []
        if states is not None:
            numbers = [STATUS[State(state)] for state in states]
            where.append(f"status IN ({', '.join('?' * len(numbers))})")
            values += numbers
        if batch is not None:
            # The partial index holds named batches only.
            where.append("batch = ? AND batch <> ''" if batch else "batch = ?")
            values.append(batch)
        if lane is not None:
            where.append("lane = ?")
            values.append(int(lane))
        if text:
            where.append("(job_id = ? OR says(?, names, batch))")
            values += [text, text]
        sql = f"{SELECT} WHERE {' AND '.join(where)} ORDER BY {ORDER_BY[order]} LIMIT ? OFFSET ?"
        return [job_from_row(row) for row in self._rows(sql, (*values, limit, offset))]

    def find_done(self, key: str) -> Job | None:
        """The newest completed job of that request key, if any."""
        rows = self._rows(
            f"{SELECT} WHERE request_key = ? AND status = 5 ORDER BY _id DESC LIMIT 1", (key,)
        )
        return job_from_row(rows[0]) if rows else None

    def find_unfinished(self, key: str) -> Job | None:
        """The oldest job of that request key that is still to be done, if any."""
        rows = self._rows(
            f"{SELECT} WHERE request_key = ? AND status < 5 ORDER BY _id LIMIT 1", (key,)
        )
        return job_from_row(rows[0]) if rows else None

    def counts(self) -> Counts:
        """How many jobs stand where: numbers that triggers keep, however many jobs there are."""
        return Counts.of({
            STATE[key]: n for key, n in self._rows("SELECT key, n FROM tally") if key in STATE
        })  # fmt: skip

    def batches(self) -> list[BatchCounts]:
        """Every named batch, newest first."""
        rows = self._rows(
            "SELECT batch, status, count(*), total(progress), min(timestamp) FROM job"
            " WHERE batch <> '' AND retried_by IS NULL GROUP BY batch, status"
        )
        return batches_of((name, STATE[status], *rest) for name, status, *rest in rows)

    def revision(self) -> int:
        """The number of the newest change."""
        return self._rows("SELECT n FROM tally WHERE key = 'rev'")[0][0]

    def last_removal(self) -> int:
        """The number of the newest change that removed jobs: whoever keeps a list reads it anew."""
        return self._rows("SELECT n FROM tally WHERE key = 'removed'")[0][0]

    def changes(self, since_rev: int, limit: int = 500) -> list[Job]:
        """The jobs changed after that number, as they are now, in the order of their changes."""
        sql = f"{SELECT} WHERE rev > ? ORDER BY rev LIMIT ?"
        return [job_from_row(row) for row in self._rows(sql, (since_rev, limit))]

    def has_work(self, now: float) -> bool:
        """Whether `claim` has something to do: a job waits, is due, or backs off by a clock that was
        set back since; and the queue isn't paused.
        """
        readiness = self._readiness(now)
        return (readiness.waiting or readiness.due) and not readiness.paused

    def _readiness(self, now: float) -> "Readiness":
        waiting, due, aged, paused = self._rows(
            READINESS,
            {"now": now, "promote_after": Settings.promote_after, "longest": LONGEST_WAIT},
        )[0]
        return Readiness(waiting == 1, due == 1, aged == 1, paused not in (None, "null"))

    def next_due(self, now: float) -> float | None:
        """When the next delayed job becomes ready (unix seconds), None if none is delayed.

        `now` tells whether the clock was set back during a backoff, which then counts from now.
        """
        (due,) = self._rows("SELECT min(run_at) FROM job WHERE status = 3 AND run_at <= 1e11")[0]
        (bent,) = self._rows(
            "SELECT min(run_at - delayed_at) + ? FROM job"
            " WHERE status = 3 AND delayed_at IS NOT NULL AND delayed_at > ? AND run_at <= 1e11",
            (now, now),
        )[0]
        return min((at for at in (due, bent) if at is not None), default=None)

    def mentions(self) -> dict[str, frozenset[str]]:
        """Every SHA-256 that each job's request names: the snapshots that are still needed."""
        rows = self._rows("SELECT job_id, CAST(data AS TEXT) FROM job")
        return {job_id: frozenset(SHA256.findall(data or "")) for job_id, data in rows}

    def ahead_of(self, job: Job) -> int:
        """How many waiting jobs start before that one."""
        return self._rows(
            "SELECT count(*) FROM job WHERE status = 1 AND (lane, _id) < (?, ?)",
            (int(job.lane), job.rowid),
        )[0][0]

    def orphans(self, owner: str) -> list[Job]:
        """The active jobs that another runner than `owner` had claimed."""
        sql = f"{SELECT} WHERE status = 2 AND owner IS NOT ? ORDER BY _id"
        return [job_from_row(row) for row in self._rows(sql, (owner,))]

    def awaited(self) -> set[str]:
        """The jobs whose outcome a blocked job still has to see, retries of them included."""
        awaited: set[str] = set()
        for (after,) in self._rows("SELECT after_jobs FROM job WHERE status = 4"):
            awaited.update(strings(after))
        more = awaited
        while more:
            marks = ", ".join("?" * len(more))
            rows = self._rows(
                f"SELECT retried_by FROM job WHERE job_id IN ({marks}) AND retried_by IS NOT NULL",
                tuple(more),
            )
            more = {retry for (retry,) in rows} - awaited
            awaited |= more
        return awaited

    def paused(self) -> str | None:
        """Why the queue is paused, None if it isn't."""
        return self.setting(PAUSED, None)

    def pause(self, reason: str = "Paused by hand.") -> None:
        """Start no further job until `resume`; running ones go on."""
        self.set_setting(PAUSED, reason)

    def resume(self) -> None:
        """Start jobs again."""
        self.set_setting(PAUSED, None)

    def setting(self, key: str, default: Any) -> Any:
        """The value kept under that key, or the default."""
        rows = self._rows("SELECT value FROM settings WHERE key = ?", (key,))
        return _value(rows[0][0], default) if rows else default

    def all_settings(self) -> dict[str, Any]:
        """Every value that was set."""
        return {key: _value(text, None) for key, text in self._rows("SELECT * FROM settings")}

    def set_setting(self, key: str, value: Any) -> None:
        """Keep a JSON value under that key."""
        self.set_settings({key: value})

    def set_settings(self, values: dict[str, Any]) -> None:
        """Keep several in one transaction; whoever watches the queue notices."""
        with self._write() as change:
            change.next_rev()
            for key, value in values.items():
                change.run(
                    "INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, json.dumps(value))
                )


def _value(text: str, default: Any) -> Any:
    """A stored value; one that can't be read counts as not set."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return default

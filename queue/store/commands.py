"""The doors' half of the store: add, cancel, retry, move, pin, remove. Never claims a job."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from ...presets.messages import Message
from ...presets.storable import refuse_unstorable
from ..errors import StillNeeded, UnknownJob
from ..job import EventKind, Job, Lane, NewJob, State
from ..runner.wakeup import notify
from . import schema
from .admission import (
    Writers,
    claim_names,
    job_from_order,
    order_again,
    retriable,
    writers_of,
)
from .connection import Change
from .dependencies import known_in, standing_for, tell_dependents
from .queries import Reading
from .schema import JOURNAL, SELECT_ONE, STATE, job_from_row, strings


class Doors(Reading):
    """What artists and scripts do to the queue, from any process, at any time."""

    @contextmanager
    def _ordering(self) -> Iterator[Change]:
        """One transaction after which the runner should look at the queue at once."""
        with self._write() as change:
            yield change
        notify(self.bell)

    def add(self, order: NewJob) -> Job:
        """`add_many` of one."""
        return self.add_many([order])[0]

    def add_many(self, orders: Iterable[NewJob]) -> list[Job]:
        """Put orders in, in their order, in one transaction: all of them or none.

        An order whose id is already there was put in before and is left as it is, so that a door
        that could not learn the outcome may ask again.

        Raises:
            NameTaken: an unfinished job, or another of these orders, will write the same file.
            UnknownJob: `after` names a job that isn't there.
        """
        with self._ordering() as change:
            writers: dict[str, Writers] = {}
            return [_added(change, order, writers) for order in orders]

    def cancel(self, job_ids: Iterable[str]) -> list[Job]:
        """Cancel those that wait at once, ask the runner to stop those that run, leave the rest.

        Returns all of them as they are now. UnknownJob if one isn't there; then none is cancelled.
        """
        with self._ordering() as change:
            return [_cancelled(change, job_id) for job_id in job_ids]

    def retry(self, job_ids: Iterable[str]) -> list[Job]:
        """New jobs for failed and cancelled ones; what waited for an old job waits for its new one.

        The two name each other. One that was retried already gives the retry that is under way or
        done.

        Raises:
            CannotRetry: one of them neither failed nor was cancelled, or can't be read.
            NameTaken: an unfinished job will write the same file.
        """
        with self._ordering() as change:
            return [_retried(change, job_id) for job_id in job_ids]

    def move(self, job_ids: Iterable[str], lane: Lane) -> list[Job]:
        """Put unfinished jobs into that lane, where each keeps its place in time."""
        with self._ordering() as change:
            moved = []
            for job_id in job_ids:
                job, state = _found(change, job_id)
                if not state.finished and job.lane is not lane:
                    set_lane(change, job.rowid, job.claims, job.lane, lane)
                moved.append(_found(change, job_id)[0])
            return moved

    def pin(self, job_ids: Iterable[str], pinned: bool = True) -> list[Job]:
        """Keep those jobs and their files from the cleaner, or no longer."""
        with self._write() as change:
            jobs = []
            for job_id in job_ids:
                _found(change, job_id)
                change.run(
                    "UPDATE job SET pinned = ?, rev = ? WHERE job_id = ?",
                    (pinned, change.next_rev(), job_id),
                )
                jobs.append(_found(change, job_id)[0])
            return jobs

    def remove(self, job_ids: Iterable[str]) -> list[Job]:
        """Forget finished jobs; their files stay. Returns them as they were.

        Raises:
            StillNeeded: one isn't finished, or a blocked job waits for it; then none is removed.
        """
        with self._write() as change:
            awaited = self.awaited()
            removed = []
            for job_id in job_ids:
                job, state = _found(change, job_id)
                check_removable(job, state, awaited)
                _delete(change, job_id)
                removed.append(job)
            return removed

    def discard(self, job_ids: Iterable[str]) -> list[str]:
        """`remove` for the cleaner: leaves out what is unfinished, pinned or awaited by now."""
        with self._write() as change:
            awaited = self.awaited()
            return [
                job_id
                for job_id in job_ids
                if job_id not in awaited and _delete(change, job_id, "AND pinned = 0")
            ]


def _found(change: Change, job_id: str) -> tuple[Job, State]:
    """The job and its state in the table, which for an unreadable job is not what is shown."""
    row = change.run(SELECT_ONE, (job_id,)).fetchone()
    if row is None:
        raise UnknownJob(job_id)
    return job_from_row(row), STATE[row[3]]


def _added(change: Change, order: NewJob, writers: dict[str, Writers]) -> Job:
    job = job_from_order(order, known_in(change), change.next_rev(), change.now)
    if job.state is not State.COMPLETED:
        if job.target not in writers:
            writers[job.target] = writers_of(
                (job_id, strings(names))
                for job_id, names in change.run(
                    "SELECT job_id, names FROM job WHERE target = ? AND status < 5", (job.target,)
                )
            )
        claim_names(order, writers[job.target])
    refuse_unstorable([order.request, order.out, order.target, order.names, order.batch])
    inserted = change.run(schema.INSERT, schema.values_of(job))
    if inserted.rowcount == 0:
        return _found(change, order.id)[0]
    vars(job)["rowid"] = inserted.lastrowid  # nobody else has it yet
    return job


def _cancelled(change: Change, job_id: str) -> Job:
    job, state = _found(change, job_id)
    if state.finished or job.cancel_asked:
        return job
    rev = change.next_rev()
    if state is State.ACTIVE:
        change.run(
            f"UPDATE job SET cancel = 1, rev = ?, {JOURNAL} ? WHERE job_id = ?",
            (rev, change.line(EventKind.CANCEL_ASKED, job.claims), job_id),
        )
    else:
        change.run(
            "UPDATE job SET status = 7, finished = ?, waits_for = NULL, note = '', rev = ?,"
            f" {JOURNAL} ? WHERE job_id = ?",
            (change.now, rev, change.line(EventKind.CANCELLED, job.claims), job_id),
        )
        tell_dependents(change, job_id)
    return _found(change, job_id)[0]


def _retried(change: Change, job_id: str) -> Job:
    _found(change, job_id)
    known = known_in(change)
    newest, _ = standing_for(known, job_id)
    old, state = _found(change, newest)
    if newest != job_id and not retriable(state):
        return old
    order = order_again(old, state, known)
    new = _added(change, order, {})
    change.run(
        "UPDATE job SET retried_by = ?, rev = ? WHERE job_id = ?",
        (new.id, change.next_rev(), old.id),
    )
    tell_dependents(change, old.id)
    return new


def check_removable(job: Job, state: State, awaited: Collection[str]) -> None:
    """Raise StillNeeded if a job in that state isn't finished, or is one of the awaited ones."""
    if not state.finished:
        raise StillNeeded(job, Message("it is {state}; cancel it first", state=Message(state)))
    if job.id in awaited:
        raise StillNeeded(job, Message("another job waits for it; cancel that one first"))


def told_move(old: Lane, new: Lane) -> str:
    """Return what a job's journal says of being put into another lane."""
    return f"From {old.name.lower()} to {new.name.lower()}."


def set_lane(change: Change, rowid: int, claims: int, old: Lane, new: Lane) -> None:
    """Move a job inside a transaction and note it in its journal."""
    rev = change.next_rev()
    line = change.line(EventKind.MOVED, claims, text=told_move(old, new))
    change.run(
        f"UPDATE job SET lane = ?, rev = ?, {JOURNAL} ? WHERE _id = ?",
        (int(new), rev, line, rowid),
    )


def _delete(change: Change, job_id: str, condition: str = "") -> bool:
    sql = f"DELETE FROM job WHERE job_id = ? AND status >= 5 {condition}"
    gone = change.run(sql, (job_id,)).rowcount == 1
    if gone:
        change.run("UPDATE tally SET n = ? WHERE key = 'removed'", (change.next_rev(),))
    return gone

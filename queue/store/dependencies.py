"""Jobs that wait for other jobs: which one they wait for now, and what happens when that one ends.

A retry by hand stands in for the job it retries. What is decided asks any store through `Known`;
the rest runs inside the transactions of the one on disk.
"""

from collections.abc import Callable

from ..errors import UnknownJob
from ..job import EventKind, State
from .connection import Change
from .schema import JOURNAL, STATE, STATUS, strings

#: asks a store for a job's state and the job that retried it; None: not in the queue
Known = Callable[[str], tuple[State, str | None] | None]


def known_in(change: Change) -> Known:
    """Return what asks the table."""

    def known(job_id: str) -> tuple[State, str | None] | None:
        row = change.run(
            "SELECT status, retried_by FROM job WHERE job_id = ?", (job_id,)
        ).fetchone()
        return None if row is None else (STATE[row[0]], row[1])

    return known


def standing_for(known: Known, job_id: str) -> tuple[str, State | None]:
    """The job or its newest retry that is still known, and its state (None: not in the queue)."""
    newest: tuple[str, State | None] = job_id, None
    following: str | None = job_id
    seen: set[str] = set()  # a row may claim to be its own retry
    while following is not None and following not in seen:
        seen.add(following)
        if (found := known(following)) is None:
            break
        newest, following = (following, found[0]), found[1]
    return newest


def unknown_among(known: Known, after: tuple[str, ...]) -> None:
    """Raise UnknownJob for the first of those jobs that isn't there."""
    for job_id in after:
        if known(job_id) is None:
            raise UnknownJob(job_id)


def first_open(known: Known, after: tuple[str, ...]) -> tuple[str, State | None] | None:
    """The first of those jobs that has not completed, and its state; None when all have."""
    for job_id in after:
        now, state = standing_for(known, job_id)
        if state is not State.COMPLETED:
            return now, state
    return None


def why_blocked(job_id: str, state: State | None) -> str:
    """One sentence for the job that waits."""
    match state:
        case State.FAILED:
            return f"Waits for job {job_id}, which failed: retry that one, or cancel this one."
        case State.CANCELLED:
            return (
                f"Waits for job {job_id}, which was cancelled: retry that one, or cancel this one."
            )
        case None:
            return f"Waits for job {job_id}, which is no longer in the queue: cancel this one."
        case _:
            return f"Waits for job {job_id}."


def tell_dependents(change: Change, job_id: str) -> None:
    """After that job ended or was retried: let those go on that waited for it, or say why not."""
    blocked = change.run(
        "SELECT _id, run_at, after_jobs FROM job WHERE status = 4 AND waits_for = ?", (job_id,)
    ).fetchall()
    for rowid, run_at, after in blocked:
        rev = change.next_rev()
        still = first_open(known_in(change), strings(after))
        if still is not None:
            change.run(
                "UPDATE job SET waits_for = ?, note = ?, rev = ? WHERE _id = ?",
                (still[0], why_blocked(*still), rev, rowid),
            )
            continue
        state = State.DELAYED if run_at > change.now else State.WAITING
        change.run(
            "UPDATE job SET status = ?, run_at = ?, waits_for = NULL, note = '', rev = ?,"
            f" {JOURNAL} ? WHERE _id = ?",
            (
                STATUS[state],
                max(run_at, change.now),
                rev,
                change.line(EventKind.READY),
                rowid,
            ),
        )

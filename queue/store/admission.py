"""How an order becomes a job, and a failed job an order again: what any store decides about it.

Pure functions of what a store knows; no database and no bpy here.
"""

import sys
from collections.abc import Iterable

from ...presets.messages import Message
from ..errors import CannotRetry, NameTaken
from ..job import EventKind, Job, Lane, NewJob, State, event_line, job_of
from .dependencies import Known, first_open, standing_for, unknown_among, why_blocked

#: where two file names that differ in case only are one file
CASE_BLIND = sys.platform in ("win32", "darwin")

#: the unfinished jobs' files in one place, and the job that will write each
Writers = dict[str, str]


def job_from_order(order: NewJob, known: Known, rev: int, now: float) -> Job:
    """Return the new job of change number `rev` at unix time `now`; the store numbers its row.

    Raises UnknownJob if `after` names a job that isn't there.
    """
    unknown_among(known, order.after)
    blocker = first_open(known, order.after)
    run_at = now if order.not_before is None else order.not_before
    done = order.completed_files is not None
    journal = event_line(rev, now, EventKind.ADDED)
    if done:
        state, blocker = State.COMPLETED, None
        text = "Its files were there already."
        journal += event_line(rev, now, EventKind.COMPLETED, text=text)
    else:
        state = ready_state(run_at, now) if blocker is None else State.BLOCKED
    return job_of(
        id=order.id,
        rowid=0,
        rev=rev,
        state=state,
        lane=Lane(order.lane),
        request=order.request,
        key=order.key,
        out=order.out,
        target=on_disk(order.target),
        names=order.names,
        batch=order.batch,
        max_attempts=order.attempts,
        timeout=order.timeout,
        backoff=order.backoff,
        progress=1.0 if done else 0.0,
        note=why_blocked(*blocker) if blocker else "",
        created=now,
        run_at=run_at,
        finished=now if done else None,
        after=order.after,
        waits_for=blocker[0] if blocker else None,
        pinned=order.pinned,
        retry_of=order.retry_of,
        files=order.completed_files or (),
        facts={},
        journal=journal,
    )


def ready_state(run_at: float, now: float) -> State:
    """Return where a job goes that waits for no other one: by its time, unix seconds."""
    return State.DELAYED if run_at > now else State.WAITING


def writers_of(unfinished: Iterable[tuple[str, Iterable[str]]]) -> Writers:
    """Return who writes what, of the ids and file names of the unfinished jobs in one place."""
    return {on_disk(name): job_id for job_id, names in unfinished for name in names}


def claim_names(order: NewJob, writers: Writers) -> None:
    """Note in `writers` the files of that order; NameTaken if another job writes one of them."""
    for name in order.names:
        writer = writers.setdefault(on_disk(name), order.id)
        if writer != order.id:
            raise NameTaken(name, writer)


def on_disk(name: str) -> str:
    """Return what two names for the same file have in common on this system."""
    return name.casefold() if CASE_BLIND else name


def retriable(state: State) -> bool:
    """Return whether a job in that state can be tried again by hand."""
    return state in (State.FAILED, State.CANCELLED)


def order_again(old: Job, state: State, known: Known) -> NewJob:
    """Return the order that does an ended job's work again; CannotRetry says why there is none.

    `state` is the one in the store, which for a job that can't be read is not what is shown.
    """
    if not retriable(state):
        raise CannotRetry(old, Message("it is {state}", state=Message(state)))
    if not old.request:
        raise CannotRetry(old, Message("its request can't be read; add it anew"))
    return NewJob(
        request=old.request,
        key=old.key,
        out=old.out,
        target=old.target,
        names=old.names,
        lane=old.lane,
        attempts=old.max_attempts,
        timeout=old.timeout,
        # What has completed may have been forgotten since.
        after=tuple(one for one in old.after if standing_for(known, one)[1] is not None),
        batch=old.batch,
        pinned=old.pinned,
        retry_of=old.id,
        backoff=old.backoff,
    )

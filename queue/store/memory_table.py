"""The jobs of a `MemoryStore` and what each change does to them, by the decisions of the one on disk.

A change is made to a copy of the table, which then takes the table's place. No bpy here.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from ...presets.storable import refuse_unstorable
from ..errors import UnknownJob
from ..failures import FailureClass
from ..job import UNFINISHED, EventKind, Job, Lane, NewJob, State, event_line
from .admission import (
    Writers,
    claim_names,
    job_from_order,
    order_again,
    ready_state,
    retriable,
    writers_of,
)
from .claims import ERROR_TEXT, EVENT_TEXT, PUT_BACK
from .commands import told_move
from .dependencies import first_open, standing_for, why_blocked
from .schema import appended


@dataclass
class Table:
    """All that the store knows; each change is made to a copy, which then takes its place."""

    #: in the order of their rows
    jobs: dict[str, Job] = field(default_factory=dict)
    #: when the backoff of a delayed job was set, unix seconds; not there for a set time
    delayed_at: dict[str, float] = field(default_factory=dict)
    #: as JSON
    settings: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    rev: int = 0
    removed: int = 0
    #: unix time of the change that is being made
    now: float = 0.0

    def copied(self, now: float) -> Self:
        """Return a copy for the change that is made at that unix time."""
        return replace(
            self,
            jobs=dict(self.jobs),
            delayed_at=dict(self.delayed_at),
            settings=dict(self.settings),
            now=now,
        )

    def next_rev(self) -> int:
        """Return the number of the next change."""
        self.rev += 1
        return self.rev

    def job(self, job_id: str) -> Job:
        """Return that job; UnknownJob if there is none."""
        if job_id not in self.jobs:
            raise UnknownJob(job_id)
        return self.jobs[job_id]

    def of(self, *states: State) -> list[Job]:
        """Return the jobs in these states, oldest first."""
        return [job for job in self.jobs.values() if job.state in states]

    def known(self, job_id: str) -> tuple[State, str | None] | None:
        """Return what `dependencies.Known` asks for."""
        job = self.jobs.get(job_id)
        return None if job is None else (job.state, job.retried_by)

    def awaited(self) -> set[str]:
        """Return the jobs whose outcome a blocked job has to see, retries of them included."""
        awaited: set[str] = set()
        for job in self.of(State.BLOCKED):
            for link in job.after:
                following: str | None = link
                while following is not None and following not in awaited:
                    awaited.add(following)
                    following = (self.known(following) or (None, None))[1]
        return awaited

    def change(
        self,
        job: Job,
        kind: EventKind | None = None,
        told: FailureClass | None = None,
        text: str = "",
        claim: int | None = None,
        **values: Any,
    ) -> Job:
        """The job with these values and, if a kind is given, with an event in its journal."""
        changed = replace(job, rev=self.next_rev(), **values)
        if kind is not None:
            claim = changed.claims if claim is None else claim
            line = event_line(self.rev, self.now, kind, claim, told, text)
            changed = replace(changed, journal=appended(job.journal, line))
        self.jobs[job.id] = changed
        return changed

    def add(self, order: NewJob, writers: dict[str, Writers]) -> Job:
        """Return the new job, or the one that is there under the order's id."""
        job = job_from_order(order, self.known, self.next_rev(), self.now)
        if job.state is not State.COMPLETED:
            if job.target not in writers:
                unfinished = self.of(*UNFINISHED)
                writers[job.target] = writers_of(
                    (other.id, other.names) for other in unfinished if other.target == job.target
                )
            claim_names(order, writers[job.target])
        refuse_unstorable([order.request, order.out, order.target, order.names, order.batch])
        if job.id in self.jobs:
            return self.jobs[job.id]
        self.rows += 1
        stored = replace(job, rowid=self.rows, request=as_stored(job.request))
        self.jobs[job.id] = stored
        return stored

    def tell_dependents(self, job_id: str) -> None:
        """Let those go on that waited for that job, or say why not."""
        for job in self.of(State.BLOCKED):
            if job.waits_for != job_id:
                continue
            still = first_open(self.known, job.after)
            if still is not None:
                self.change(job, waits_for=still[0], note=why_blocked(*still))
            else:
                self.change(
                    job,
                    EventKind.READY,
                    state=ready_state(job.run_at, self.now),
                    run_at=max(job.run_at, self.now),
                    waits_for=None,
                    note="",
                )

    def wake(self, now: float) -> None:
        """Let delayed jobs whose time has come wait in their lane."""
        delayed = self.of(State.DELAYED)
        for job in sorted(delayed, key=lambda job: self.delayed_at.get(job.id, 0.0)):
            if self.delayed_at.get(job.id, now) > now:
                # The clock was set back: the backoff counts from now, not from that later time.
                self.change(job, run_at=self.due(job, now))
                self.delayed_at[job.id] = now
        delayed = self.of(State.DELAYED)
        for job in sorted(delayed, key=lambda job: job.run_at):
            if job.run_at <= now:
                self.change(job, EventKind.READY, state=State.WAITING)

    def due(self, job: Job, now: float) -> float:
        """Return when a delayed job becomes ready."""
        set_at = self.delayed_at.get(job.id, now)
        return job.run_at - set_at + now if set_at > now else job.run_at

    def promote(self, ready_before: float) -> None:
        """Move the jobs of the low lane up one that have been ready since before that time."""
        for job in sorted(self.of(State.WAITING), key=lambda job: job.run_at):
            if job.lane is Lane.LOW and job.run_at <= ready_before:
                self.move(job, Lane.NORMAL)

    def move(self, job: Job, lane: Lane) -> Job:
        """Put it into another lane."""
        return self.change(job, EventKind.MOVED, text=told_move(job.lane, lane), lane=lane)

    def claimed(self, handle: Job) -> Job | None:
        """Return that job as it is now; None if the claim that `handle` shows is over."""
        job = self.jobs.get(handle.id)
        if job is None or job.state is not State.ACTIVE:
            return None
        return job if (job.owner, job.claims) == (handle.owner, handle.claims) else None

    def cancel(self, job: Job) -> Job:
        """Cancel it at once, or ask its runner to; a finished one stays as it is."""
        if job.state.finished or job.cancel_asked:
            return job
        if job.state is State.ACTIVE:
            return self.change(job, EventKind.CANCEL_ASKED, cancel_asked=True)
        cancelled = self.change(
            job,
            EventKind.CANCELLED,
            state=State.CANCELLED,
            finished=self.now,
            waits_for=None,
            note="",
        )
        self.tell_dependents(job.id)
        return cancelled

    def retry(self, job: Job) -> Job:
        """Return a new job in its place, or the retry that is under way or done."""
        old = self.job(standing_for(self.known, job.id)[0])
        if old.id != job.id and not retriable(old.state):
            return old
        new = self.add(order_again(old, old.state, self.known), {})
        self.change(old, retried_by=new.id)
        self.tell_dependents(old.id)
        return new

    def take(self, owner: str, now: float) -> Job | None:
        """Return the next waiting job, claimed."""
        waiting = self.of(State.WAITING)
        if not waiting:
            return None
        job = min(waiting, key=lambda job: (job.lane, job.rowid))
        return self.change(
            job,
            EventKind.STARTED,
            state=State.ACTIVE,
            owner=owner,
            started=now,
            finished=None,
            progress=0.0,
            note="",
            attempts=job.attempts + 1,
            claims=job.claims + 1,
            worker_pid=None,
            worker_identity=None,
        )

    def put_back(
        self,
        handle: Job,
        run_at: float,
        failure: FailureClass | None,
        error: str,
        counts_as: Literal["attempt", "stall", "nothing"],
    ) -> bool:
        """Bring a claimed job back into its lane."""
        job = self.claimed(handle)
        if job is None:
            return False
        if job.cancel_asked:
            return self.end(handle, State.CANCELLED)
        attempts, stalls, kind = PUT_BACK[counts_as]
        self.delayed_at[job.id] = self.now
        self.change(
            job,
            kind,
            failure,
            error[:EVENT_TEXT],
            state=ready_state(run_at, self.now),
            run_at=max(run_at, self.now),
            attempts=job.attempts + attempts,
            stalls=job.stalls + stalls,
            owner=None,
            worker_pid=None,
            worker_identity=None,
            progress=0.0,
            note="",
            failure=failure,
            error=error[:ERROR_TEXT],
        )
        return True

    def end(
        self,
        handle: Job,
        state: State,
        told: FailureClass | None = None,
        error: str = "",
        *,
        files: Sequence[dict[str, Any]] = (),
        facts: dict[str, Any] | None = None,
    ) -> bool:
        """Bring a claimed job into a finished state, once and for all."""
        job = self.claimed(handle)
        if job is None:
            return False
        self.change(
            job,
            EventKind(state.value),
            told,
            error[:EVENT_TEXT],
            state=state,
            finished=self.now,
            progress=1.0 if state is State.COMPLETED else handle.progress,
            note="",
            failure=told,
            error=error[:ERROR_TEXT],
            files=tuple(as_stored(files)),
            facts=as_stored(facts or {}),
        )
        self.tell_dependents(job.id)
        return True

    def set_aside(self, job: Job, error: str) -> None:
        """Fail it unless it is finished, whoever has claimed it."""
        self.change(
            job,
            EventKind.FAILED,
            FailureClass.BAD_REQUEST,
            error[:EVENT_TEXT],
            claim=0,
            state=State.FAILED,
            finished=self.now,
            note="",
            failure=FailureClass.BAD_REQUEST,
            error=error[:ERROR_TEXT],
            files=(),
            facts={},
            cancel_asked=False,
        )
        self.tell_dependents(job.id)

    def remove(self, job_id: str) -> None:
        """Forget it."""
        del self.jobs[job_id]
        self.removed = self.next_rev()


def as_stored(value: Any) -> Any:
    """Return what is left of a value that goes through JSON."""
    return json.loads(json.dumps(value))

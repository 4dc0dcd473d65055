"""What a job is: its states, its lanes, what a door hands in, what anyone reads back.

Values only, no database and no bpy here; `store.py` keeps them.
"""

import base64
import json
import secrets
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any, Self

from ..presets.bad_request import BadRequest
from .failures import FailureClass


class State(StrEnum):
    """Where a job stands; the last three are final and never change again."""

    #: ready, in its lane
    WAITING = "waiting"
    #: backing off after a failure, or scheduled for a set time
    DELAYED = "delayed"
    #: until the jobs named in `after` complete
    BLOCKED = "blocked"
    #: a runner has it
    ACTIVE = "active"
    #: its files are published
    COMPLETED = "completed"
    #: given up, see `Job.failure` and `Job.error`
    FAILED = "failed"
    #: called off before it completed
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        """Whether it is final."""
        return self in FINISHED


FINISHED = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED})
UNFINISHED = tuple(state for state in State if state not in FINISHED)


class Lane(IntEnum):
    """Lower goes first; inside one lane first in, first out."""

    URGENT = 0
    NORMAL = 1
    LOW = 2

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the lane of that name; BadRequest names the valid ones."""
        try:
            return cls[text.strip().upper()]
        except KeyError:
            names = ", ".join(lane.name.lower() for lane in cls)
            raise BadRequest(f"There is no lane “{text}”; choose one of {names}.") from None


class EventKind(StrEnum):
    """What can happen to a job, in the order it usually does."""

    ADDED = "added"
    #: its dependencies are done, or its time has come
    READY = "ready"
    STARTED = "started"
    #: never stored: told from a change of `Job.progress`
    PROGRESS = "progress"
    #: no sign of life; goes back to its lane
    STALLED = "stalled"
    #: failed, and will be tried again
    RETRYING = "retrying"
    #: its runner ended; goes back to its lane, nothing counted
    RELEASED = "released"
    #: put into another lane, by hand or by age
    MOVED = "moved"
    CANCEL_ASKED = "cancel_asked"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    #: of the queue, not of a job
    PAUSED = "paused"
    RESUMED = "resumed"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened to a job; `rev` puts all events of a queue in order."""

    rev: int
    #: unix seconds
    at: float
    kind: EventKind
    #: the claim it belongs to (`Job.claims`), 0 before the first
    claim: int = 0
    failure: FailureClass | None = None
    #: one sentence, or empty
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class AttemptRecord:
    """One time a worker had the job; `outcome` is None while it still has."""

    #: the claim's number, also in the name of its work folder and log
    number: int
    started: float
    finished: float | None = None
    outcome: EventKind | None = None
    failure: FailureClass | None = None
    error: str = ""


def new_job_id() -> str:
    """12 letters and digits (60 random bits) that survive a file name, a URL and a phone call."""
    return base64.b32encode(secrets.token_bytes(8))[:12].decode().lower()


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """What a door hands to the store: already checked, every path absolute."""

    #: `Request.to_json()`
    request: dict[str, Any]
    #: `Request.key()`: the same key means the same pixels and file names
    key: str
    #: absolute output folder
    out: str
    #: output folder and file stem, to find jobs that might write the same files
    target: str
    #: the files it will write, relative to `out`
    names: tuple[str, ...]
    lane: Lane = Lane.NORMAL
    attempts: int = 3
    #: seconds an attempt may take
    timeout: float = 300.0
    #: unix seconds before which it must not start
    not_before: float | None = None
    #: ids of jobs that must complete first; may name earlier orders of the same call
    after: tuple[str, ...] = ()
    batch: str = ""
    #: the cleaner keeps a pinned job and its files
    pinned: bool = False
    retry_of: str | None = None
    #: answered from disk: goes in as completed, with these files
    completed_files: tuple[dict[str, Any], ...] | None = None
    #: seconds before the second attempt, doubling with each further one
    backoff: float = 2.0
    id: str = field(default_factory=new_job_id)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as it was when it was read; ask the store again for news."""

    id: str
    rowid: int
    #: number of its last change; see `JobStore.changes`
    rev: int
    state: State
    lane: Lane
    request: dict[str, Any]
    key: str
    out: str
    target: str
    names: tuple[str, ...] = ()
    batch: str = ""
    #: attempts begun, without those that stalled or whose runner ended
    attempts: int = 0
    max_attempts: int = 3
    stalls: int = 0
    #: times claimed: never goes down, so it numbers work folders and logs
    claims: int = 0
    timeout: float = 300.0
    backoff: float = 2.0
    #: 0..1
    progress: float = 0.0
    #: what is being done, or why it waits
    note: str = ""
    cancel_asked: bool = False
    owner: str | None = None
    worker_pid: int | None = None
    #: tells the worker from a later process with the same pid
    worker_identity: str | None = None
    #: unix seconds, all four
    created: float = 0.0
    #: when it became ready, or will
    run_at: float = 0.0
    started: float | None = None
    finished: float | None = None
    after: tuple[str, ...] = ()
    #: the first of `after` that has not completed
    waits_for: str | None = None
    pinned: bool = False
    retry_of: str | None = None
    retried_by: str | None = None
    failure: FailureClass | None = None
    #: one sentence, or empty
    error: str = ""
    #: published files: at least "file", "bytes", "sha256" each
    files: tuple[dict[str, Any], ...] = ()
    #: what the worker told: Blender's version, device, denoiser, samples, timings
    facts: dict[str, Any] = field(default_factory=dict)
    #: the events as stored: one JSON line each (see `event_line`)
    journal: str = ""

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """What happened to it, oldest first; the oldest of very many are dropped."""
        return events_of(self.journal)

    @cached_property
    def history(self) -> tuple[AttemptRecord, ...]:
        """Every claim, told from the events."""
        return history_of(self.events)

    @property
    def seconds(self) -> float | None:
        """From its last start to its end, or None if it has not had both."""
        if self.started is None or self.finished is None:
            return None
        return max(0.0, self.finished - self.started)


def job_of(**values: Any) -> Job:
    """`Job(…)` with `facts` given, in a third of the time: the init of a frozen class is slow."""
    job = object.__new__(Job)
    vars(job).update(values)  # what is left out has its default from the class
    return job


def event_line(
    rev: int,
    at: float,
    kind: EventKind,
    claim: int = 0,
    failure: FailureClass | None = None,
    text: str = "",
) -> str:
    """An event as one line of a job's journal: a JSON list."""
    # Put together by hand, json.dumps takes three times as long; only the text needs quoting.
    quoted = json.dumps(text) if text else '""'
    return f'[{rev}, {at!r}, "{kind}", {claim}, "{failure or ""}", {quoted}]\n'


def events_of(journal: str) -> tuple[Event, ...]:
    """The events of a journal; a line that can't be read is left out."""
    events = []
    for line in journal.splitlines():
        try:
            rev, at, kind, claim, failure, text = json.loads(line)
            events.append(
                Event(
                    rev=int(rev),
                    at=float(at),
                    kind=EventKind(kind),
                    claim=int(claim),
                    failure=FailureClass(failure) if failure else None,
                    text=str(text),
                )
            )
        except (ValueError, TypeError, RecursionError):
            continue
    return tuple(events)


#: events that end a claim
ENDS = frozenset({
    EventKind.STALLED, EventKind.RETRYING, EventKind.RELEASED,
    EventKind.COMPLETED, EventKind.FAILED, EventKind.CANCELLED,
})  # fmt: skip


def history_of(events: tuple[Event, ...]) -> tuple[AttemptRecord, ...]:
    """One record for each claim among a job's events."""
    records: dict[int, AttemptRecord] = {}
    for event in events:
        if event.kind is EventKind.STARTED:
            records[event.claim] = AttemptRecord(number=event.claim, started=event.at)
        elif event.kind in ENDS and event.claim in records:
            begun = records[event.claim]
            if begun.outcome is None:
                records[event.claim] = AttemptRecord(
                    number=begun.number,
                    started=begun.started,
                    finished=event.at,
                    outcome=event.kind,
                    failure=event.failure,
                    error=event.text,
                )
    return tuple(records.values())

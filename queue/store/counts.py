"""How jobs are listed and counted: orders of a list, counts of a queue and of a batch."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ..job import State


class Sort(StrEnum):
    """An order for lists of jobs."""

    NEWEST = "newest"
    OLDEST = "oldest"
    #: as they will run: active, then waiting by lane, then the rest
    QUEUE = "queue"
    #: last changed first
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many jobs stand where; the names are those of `State`."""

    waiting: int = 0
    delayed: int = 0
    blocked: int = 0
    active: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0

    @classmethod
    def of(cls, by_state: dict[State, int]) -> "Counts":
        """States that are left out count as none."""
        return cls(**{state.value: n for state, n in by_state.items()})

    @property
    def unfinished(self) -> int:
        """What is still to be done."""
        return self.waiting + self.delayed + self.blocked + self.active

    @property
    def under_way(self) -> int:
        """What will still be done by itself: a job that only a retry can unblock doesn't count."""
        return self.waiting + self.delayed + self.active

    @property
    def total(self) -> int:
        """All there are."""
        return self.unfinished + self.completed + self.failed + self.cancelled


@dataclass(frozen=True, kw_only=True)
class BatchCounts:
    """One batch; a job that was retried is left out, its retry counts."""

    name: str
    counts: Counts
    #: 0..1 over all its jobs
    progress: float
    #: unix seconds of its first job
    created: float


def batches_of(parts: Iterable[tuple[str, State, int, float, float]]) -> list[BatchCounts]:
    """Return the batches, newest first, of any parts of them.

    A part is a batch's name, a state, how many jobs of it are in that state, the sum of their
    progress, and the unix time of the first of these.
    """
    found: dict[str, tuple[dict[State, int], float, float]] = {}
    for name, state, n, done, created in parts:
        states, progress, begun = found.get(name, ({}, 0.0, created))
        states[state] = states.get(state, 0) + n
        done = n if state is State.COMPLETED else done
        found[name] = states, progress + done, min(begun, created)
    batches = [
        BatchCounts(
            name=name,
            counts=Counts.of(states),
            progress=progress / sum(states.values()),
            created=created,
        )
        for name, (states, progress, created) in found.items()
    ]
    return sorted(batches, key=lambda batch: (-batch.created, batch.name))


def says(text: str, names: Iterable[str], batch: str) -> bool:
    """Return whether the file names or the batch of a job hold that text, in capitals or not."""
    return text.casefold() in " ".join((*names, batch)).casefold()

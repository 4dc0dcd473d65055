"""Whether and when a failed attempt is tried again: one pure decision, carried out by the runner.

No bpy here.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from .failures import FailureClass, Handling

#: how often a job may come back after a stall before it fails
MAX_STALLS = 1


class Attempted(Protocol):
    """What is looked at of a job; `Job` has it all."""

    @property
    def attempts(self) -> int:
        """Attempts begun so far, the failed one among them."""
        ...

    @property
    def max_attempts(self) -> int:
        """How many there may be."""
        ...

    @property
    def stalls(self) -> int:
        """Times it came back after a stall."""
        ...

    @property
    def backoff(self) -> float:
        """Seconds before the second attempt; doubles with each further one."""
        ...


@dataclass(frozen=True)
class Retry:
    """Put the job back, to run at `at` (unix seconds)."""

    at: float
    counts_as: Literal["attempt", "stall", "nothing"]


@dataclass(frozen=True)
class GiveUp:
    """Fail the job; `reason` says why it isn't tried again."""

    reason: str


@dataclass(frozen=True)
class PauseQueue:
    """Put the job back uncounted and pause the queue: no other job would fare better."""


def decide(
    job: Attempted, failure: FailureClass, now: float, spread: float = 0.0
) -> Retry | GiveUp | PauseQueue:
    """What follows a failed attempt at unix time `now`.

    After the n-th attempt the job waits `backoff * 2 ** (n - 1)` seconds: 2 and 4 by default.
    `spread` >= 0 lengthens that by its share (0.25: a quarter longer); the runner draws it anew
    each time, so that jobs that failed together don't come back together.
    """
    match failure.handling:
        case Handling.GIVE_UP:
            return GiveUp("trying again can't help")
        case Handling.PAUSE:
            return PauseQueue()
        case Handling.RETRY_ONCE:
            if job.stalls >= MAX_STALLS:
                return GiveUp(f"it stalled {job.stalls + 1} times")
            return Retry(now, "stall")
        case Handling.RETRY:
            if job.attempts >= job.max_attempts:
                return GiveUp(f"attempt {job.attempts} of {job.max_attempts}")
            return Retry(now + job.backoff * 2 ** (job.attempts - 1) * (1 + spread), "attempt")

"""A queue in memory that answers as the one on disk does, for tests of what is built on the queue.

It has the methods of `JobStore` but persist-queue's, and decides by the same functions; nothing of
it outlives its process, and no runner works it off: a test plays that by `claim` and `complete`. No
bpy here.
"""

import copy
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

from ..failures import FailureClass
from ..folder import QueueFolder
from ..job import UNFINISHED, Job, Lane, NewJob, State
from ..settings import Settings
from .admission import Writers
from .commands import check_removable
from .counts import BatchCounts, Counts, Sort, batches_of, says
from .memory_table import Table
from .queries import PAUSED, SHA256

#: as they will run; the finished ones follow
_QUEUE_ORDER = (State.ACTIVE, State.WAITING, State.DELAYED, State.BLOCKED)

_SORT_BY: dict[Sort, Callable[[Job], Any]] = {
    Sort.NEWEST: lambda job: -job.rowid,
    Sort.OLDEST: lambda job: job.rowid,
    Sort.QUEUE: lambda job: (
        (_QUEUE_ORDER.index(job.state) if job.state in _QUEUE_ORDER else len(_QUEUE_ORDER)),
        job.lane,
        job.rowid,
    ),
    Sort.CHANGED: lambda job: -job.rev,
}


class MemoryStore:
    """The jobs of one process, kept nowhere; safe with any number of threads.

    What a method does, takes, returns and raises is told by `JobStore`'s of the same name.
    """

    def __init__(
        self,
        folder: QueueFolder | str | os.PathLike[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`folder`: where `enqueue` keeps the designs; nothing else is written, and no job read."""
        self.folder = folder if isinstance(folder, QueueFolder) else QueueFolder.at(folder)
        self.clock = clock
        self._lock = threading.RLock()
        self._table = Table()

    @contextmanager
    def _write(self) -> Iterator[Table]:
        """A copy to change: all of it counts when the block has ended, nothing if it raised."""
        with self._lock:
            table = self._table.copied(self.clock())
            yield table
            self._table = table

    def close(self) -> None:
        """Nothing is open."""

    def check(self) -> None:
        """Nothing can be damaged."""

    def job(self, job_id: str) -> Job:
        return _handed_out(self._table.job(job_id))

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
        wanted = None if states is None else {State(state) for state in states}
        found = [
            job
            for job in self._table.jobs.values()
            if (wanted is None or job.state in wanted)
            and batch in (None, job.batch)
            and lane in (None, job.lane)
            and (not text or job.id == text or says(text, job.names, job.batch))
        ]
        found.sort(key=_SORT_BY[order])
        end = None if limit < 0 else offset + limit
        return [_handed_out(job) for job in found[offset:end]]

    def find_done(self, key: str) -> Job | None:
        done = [job for job in self._table.of(State.COMPLETED) if job.key == key]
        return _handed_out(done[-1]) if done else None

    def find_unfinished(self, key: str) -> Job | None:
        unfinished = [job for job in self._table.of(*UNFINISHED) if job.key == key]
        return _handed_out(unfinished[0]) if unfinished else None

    def counts(self) -> Counts:
        return Counts.of(Counter(job.state for job in self._table.jobs.values()))

    def batches(self) -> list[BatchCounts]:
        return batches_of(
            (job.batch, job.state, 1, job.progress, job.created)
            for job in self._table.jobs.values()
            if job.batch and job.retried_by is None
        )

    def revision(self) -> int:
        return self._table.rev

    def last_removal(self) -> int:
        return self._table.removed

    def data_version(self) -> int:
        return self._table.rev

    def changes(self, since_rev: int, limit: int = 500) -> list[Job]:
        changed = [job for job in self._table.jobs.values() if job.rev > since_rev]
        changed.sort(key=lambda job: job.rev)
        return [_handed_out(job) for job in changed[: None if limit < 0 else limit]]

    def has_work(self, now: float) -> bool:
        table = self._table
        return self.paused() is None and (
            bool(table.of(State.WAITING))
            or any(
                job.run_at <= now or table.delayed_at.get(job.id, now) > now
                for job in table.of(State.DELAYED)
            )
        )

    def next_due(self, now: float) -> float | None:
        table = self._table
        return min((table.due(job, now) for job in table.of(State.DELAYED)), default=None)

    def mentions(self) -> dict[str, frozenset[str]]:
        return {
            job.id: frozenset(SHA256.findall(json.dumps(job.request)))
            for job in self._table.jobs.values()
        }

    def ahead_of(self, job: Job) -> int:
        mine = job.lane, job.rowid
        return sum((other.lane, other.rowid) < mine for other in self._table.of(State.WAITING))

    def orphans(self, owner: str) -> list[Job]:
        return [_handed_out(job) for job in self._table.of(State.ACTIVE) if job.owner != owner]

    def awaited(self) -> set[str]:
        return self._table.awaited()

    def paused(self) -> str | None:
        return self.setting(PAUSED, None)

    def pause(self, reason: str = "Paused by hand.") -> None:
        self.set_setting(PAUSED, reason)

    def resume(self) -> None:
        self.set_setting(PAUSED, None)

    def setting(self, key: str, default: Any) -> Any:
        return self.all_settings().get(key, default)

    def all_settings(self) -> dict[str, Any]:
        return {key: json.loads(text) for key, text in self._table.settings.items()}

    def set_setting(self, key: str, value: Any) -> None:
        self.set_settings({key: value})

    def set_settings(self, values: dict[str, Any]) -> None:
        with self._write() as table:
            table.next_rev()
            table.settings.update({key: json.dumps(value) for key, value in values.items()})

    def add(self, order: NewJob) -> Job:
        return self.add_many([order])[0]

    def add_many(self, orders: Iterable[NewJob]) -> list[Job]:
        with self._write() as table:
            writers: dict[str, Writers] = {}
            return [_handed_out(table.add(order, writers)) for order in orders]

    def cancel(self, job_ids: Iterable[str]) -> list[Job]:
        with self._write() as table:
            return [_handed_out(table.cancel(table.job(one))) for one in job_ids]

    def retry(self, job_ids: Iterable[str]) -> list[Job]:
        with self._write() as table:
            return [_handed_out(table.retry(table.job(one))) for one in job_ids]

    def move(self, job_ids: Iterable[str], lane: Lane) -> list[Job]:
        with self._write() as table:
            moved = []
            for job in map(table.job, job_ids):
                stays = job.state.finished or job.lane is lane
                moved.append(_handed_out(job if stays else table.move(job, lane)))
            return moved

    def pin(self, job_ids: Iterable[str], pinned: bool = True) -> list[Job]:
        with self._write() as table:
            return [
                _handed_out(table.change(table.job(job_id), pinned=pinned)) for job_id in job_ids
            ]

    def remove(self, job_ids: Iterable[str]) -> list[Job]:
        with self._write() as table:
            awaited = table.awaited()
            removed = []
            for job in map(table.job, job_ids):
                check_removable(job, job.state, awaited)
                table.remove(job.id)
                removed.append(_handed_out(job))
            return removed

    def discard(self, job_ids: Iterable[str]) -> list[str]:
        with self._write() as table:
            awaited = table.awaited()
            discarded = []
            for job_id in job_ids:
                job = table.jobs.get(job_id)
                if job and job.state.finished and not job.pinned and job_id not in awaited:
                    table.remove(job_id)
                    discarded.append(job_id)
            return discarded

    def claim(self, owner: str, now: float) -> Job | None:
        with self._write() as table:
            if not self.has_work(now):
                return None
            table.wake(now)
            table.promote(now - Settings.load(self).promote_after)
            job = table.take(owner, now)
            return None if job is None else _handed_out(job)

    def set_aside(self, job: Job, error: str) -> None:
        with self._write() as table:
            now = table.jobs.get(job.id)
            if now is not None and not now.state.finished:
                table.set_aside(now, error)

    def started(self, job: Job, worker_pid: int, worker_identity: str = "") -> bool:
        return self._tell(job, worker_pid=worker_pid, worker_identity=worker_identity)

    def progress(self, job: Job, fraction: float, note: str = "") -> bool:
        return self._tell(job, progress=min(max(fraction, 0.0), 1.0), note=note)

    def _tell(self, handle: Job, **values: Any) -> bool:
        with self._write() as table:
            job = table.claimed(handle)
            if job is not None:
                table.change(job, **values)
            return job is not None

    def complete(
        self, job: Job, files: Sequence[dict[str, Any]], facts: dict[str, Any] | None = None
    ) -> bool:
        with self._write() as table:
            return table.end(job, State.COMPLETED, files=files, facts=facts)

    def fail(self, job: Job, failure: FailureClass, error: str = "") -> bool:
        with self._write() as table:
            return table.end(job, State.FAILED, failure, error)

    def cancelled(self, job: Job) -> bool:
        with self._write() as table:
            return table.end(job, State.CANCELLED)

    def put_back(
        self,
        job: Job,
        run_at: float,
        failure: FailureClass | None = None,
        error: str = "",
        counts_as: Literal["attempt", "stall", "nothing"] = "attempt",
    ) -> bool:
        with self._write() as table:
            return table.put_back(job, run_at, failure, error, counts_as)

    def release(self, job: Job, now: float) -> bool:
        return self.put_back(job, now, counts_as="nothing")


def _handed_out(job: Job) -> Job:
    """The job for somebody else, whose changes to its values don't reach the store."""
    return replace(
        job, **copy.deepcopy({n: getattr(job, n) for n in ("request", "files", "facts")})
    )

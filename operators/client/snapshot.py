"""What panels show of the queue, as a plain value, and what the client remembers to make the next one.

No bpy here: this runs on the client's own thread.
"""

import gc
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from ...queue.cleanup.last_cleaning import LastCleaning, last_cleaning_or_none
from ...queue.job import Job, State
from ...queue.metrics import Experience
from ...queue.settings import Settings
from ...queue.store.job_store import JobStore
from . import job_rows
from .job_rows import Line, Row, RunProgress, View

#: Jobs read at once; between two reads the main thread gets its turn.
_PORTION = 200


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The queue as panels show it; a new one, with a higher number, whenever something changed."""

    number: int = 0
    lines: tuple[Line, ...] = ()
    #: what the subtitles of all lines have in common
    shared: tuple[str, ...] = ()
    #: what cleaning took off the list within a day
    cleaned: LastCleaning | None = None
    #: jobs and batches beyond the lines
    more: int = 0
    #: jobs by state, all of the queue
    counts: dict[State, int] = field(default_factory=dict)
    work: RunProgress = RunProgress()
    #: how long jobs took here
    experience: Experience = Experience()
    #: why the queue is paused, None while it isn't
    paused: str | None = None
    settings: Settings = Settings()
    #: the job whose details are shown
    detail: Job | None = None
    #: why that job waits, one sentence
    why: str = ""
    #: why the queue can't be read, one sentence
    trouble: str = ""

    @property
    def total(self) -> int:
        """All jobs of the queue."""
        return sum(self.counts.values())

    @property
    def unfinished(self) -> int:
        """Jobs that wait or run."""
        return sum(count for state, count in self.counts.items() if not state.finished)


class Memory:
    """What the client's thread remembers between looks: a row for each job."""

    def __init__(self) -> None:
        self.version: object = None
        self.rev = -1
        self.removed = 0
        self.rows: dict[str, Row] = {}
        #: rows that changed with the last read, before and after
        self.news: list[tuple[Row, Row]] = []
        #: whether one of them changed its place in the list, or came or went
        self.moved = False
        self.view: View | None = None
        self.chosen = ""
        #: what cleaning took off the list within a day
        self.cleaned: LastCleaning | None = None

    def read(self, store: JobStore) -> None:
        """Read what changed; where jobs were removed, forget them."""
        newest, removed = store.revision(), store.last_removal()
        if removed > self.removed:  # read all anew: which ones went is not told
            self.rows, self.rev, self.removed, self.moved = {}, -1, removed, True
        cleaned = last_cleaning_or_none(store)
        self.cleaned, self.moved = cleaned, self.moved or cleaned != self.cleaned
        since = self.rev
        while jobs := store.changes(since, _PORTION):
            for job in jobs:
                self._take(job_rows.row_of(job))
            since = max(job.rev for job in jobs)
            if len(jobs) < _PORTION:
                break
            time.sleep(0.002)
        self.rev = max(since, newest)

    def _take(self, row: Row) -> None:
        before = self.rows.get(row.id)
        self.rows[row.id] = row
        if before is None or job_rows.standing(before) != job_rows.standing(row):
            self.moved = True
        else:
            self.news.append((before, row))

    def overview(self, view: View, concurrency: int) -> dict[str, Any]:
        """What a snapshot tells of all jobs together."""
        rows = tuple(self.rows.values())
        counted = dict.fromkeys(State, 0)
        for row in rows:
            counted[row.state] += 1
        lines, more = job_rows.lines_of(rows, view)
        experience = job_rows.experience_of(rows)
        return {
            "lines": lines,
            "shared": job_rows.shared_by(lines),
            "cleaned": self.cleaned,
            "more": more,
            "counts": counted,
            "work": job_rows.work_of(rows, experience, concurrency, time.time()),
            "experience": experience,
        }


class _NoSearchForCycles:
    """Holds back Python's search for objects that only name each other, while jobs are read.

    Thousands of new objects set it off, it stops every thread for some 30 ms, the main one too,
    and it finds nothing: nothing here makes cycles. Several threads may hold it back at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = 0
        self._usual = True

    def __enter__(self) -> None:
        with self._lock:
            if self._held == 0:
                self._usual = gc.isenabled()
                gc.disable()
            self._held += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._held -= 1
            if self._held == 0 and self._usual:
                gc.enable()


no_search_for_cycles = _NoSearchForCycles()

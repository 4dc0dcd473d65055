"""Which finished batches still lack their contact sheet, gallery and tables.

The runner asks after each job that ended; a worker draws, `batch_results.py` knows what. No bpy.
"""

import logging
from collections import Counter
from pathlib import Path

from ..errors import QueueTrouble
from ..job import UNFINISHED, Job, State
from ..publish import NotOurs
from ..store.job_store import JobStore
from .batch_results import BatchResults, results_of

log = logging.getLogger(__name__)

#: seconds in which a batch that has ended is looked at by the next runner, should this one die
RECENT = 3600.0
#: workers that may die over one sheet before it is given up
TRIES = 3
#: so many of the newest completed jobs are asked for their batches then
NEWEST = 200


class BatchFinisher:
    """The batches that may be done, and what is to be drawn for those that are."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        since = store.clock() - RECENT
        newest = store.jobs(states=[State.COMPLETED], limit=NEWEST)
        #: in the order they came
        self._batches = {job.batch: None for job in newest if (job.finished or 0) > since}
        self._batches.pop("", None)
        self._to_draw: list[BatchResults] = []
        #: could not be looked at
        self._postponed: dict[str, None] = {}
        #: workers that died over a sheet, by batch and folder
        self._deaths: Counter[tuple[str, Path]] = Counter()

    def ended(self, job: Job) -> None:
        """A job has come to its end, or was put back; its batch may be done."""
        if job.batch:
            self._batches[job.batch] = None

    def next_or_none(self) -> BatchResults | None:
        """Something to draw, its tables written; None if nothing is left."""
        while self._to_draw or self._batches:
            if self._to_draw:
                results = self._to_draw.pop()
                try:
                    results.write_tables()
                except (OSError, NotOurs) as error:
                    log.warning("batch %s: its table can't be written: %s", results.batch, error)
                    self._postponed[results.batch] = None
                    continue
                return results
            batch = next(iter(self._batches))
            del self._batches[batch]
            try:
                self._see_to(batch)
            except QueueTrouble:
                raise
            except Exception:
                log.exception("batch %s: its sheet can't be made; it is tried again later", batch)
                self._postponed[batch] = None
        return None

    def _see_to(self, batch: str) -> None:
        if not self._store.jobs(states=UNFINISHED, batch=batch, limit=1):
            done = results_of(batch, self._store.jobs(batch=batch))
            self._to_draw += [results for results in done if not results.fresh()]

    def try_again(self) -> None:
        """Look again at the batches whose results could not be made."""
        self._batches |= self._postponed
        self._postponed = {}

    def worker_died(self, results: BatchResults, error: str) -> None:
        """Its worker has died: let another one draw it, unless too many have died over it."""
        this = results.batch, results.folder
        self._deaths[this] += 1
        if self._deaths[this] < TRIES:
            results.discard()
            self._to_draw.append(results)
        else:
            give_up(results, error)


def put_in_place(results: BatchResults) -> None:
    """A worker has drawn it."""
    try:
        results.put_in_place()
    except OSError as error:
        log.warning("batch %s: its sheet can't be put in place: %s", results.batch, error)
    else:
        log.info("batch %s: sheet and gallery are in %s", results.batch, results.folder)


def give_up(results: BatchResults, error: str) -> None:
    """It can't be drawn; the pictures are there all the same."""
    results.discard()
    log.warning("batch %s: its sheet can't be drawn: %s", results.batch, error)

"""What becomes of a claimed job: completed, tried again, given up or put back.

Publishes what is finished and removes what isn't, and only then tells the store, so that a kill
in between leaves a job that the next runner settles the same way. No bpy here.
"""

import logging
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import QueueTrouble
from ..failures import FailureClass, of_os_error
from ..job import Job
from ..publish import NotOurs, OutputInvalid, Published, discard, publish, recover_or_none
from ..retry import GiveUp, PauseQueue, Retry, decide
from ..store.job_store import JobStore

log = logging.getLogger(__name__)


@dataclass
class Tally:
    """How many jobs a runner has brought to which end."""

    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    #: where the pictures of completed jobs are, in the order they came
    folders: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """Carries out what follows the end of an attempt. No worker has the job any more."""

    store: JobStore
    tally: Tally
    #: the share of a backoff that chance may add
    jitter: float = 0.0

    @contextmanager
    def blaming(self, job: Job | None) -> Iterator[None]:
        """Fail that job where the block fails, so that it can't end the runner, nor the next one.

        What is wrong with the queue itself, or with no job at hand, is raised.
        """
        try:
            yield
        except (QueueTrouble, sqlite3.Error):
            raise
        except Exception as error:
            if job is None:
                raise
            log.exception("job %s can't be worked with", job.id)
            self.tally.failed += 1
            self.store.set_aside(job, f"It can't be worked with ({_told(error)}). Add it anew.")

    def done(self, job: Job, work: Path) -> None:
        """A worker says that the work folder is complete."""
        try:
            published = publish(job, work)
        except OutputInvalid as error:
            self.failed(job, FailureClass.OUTPUT_INVALID, str(error))
        except NotOurs as error:
            self.failed(job, FailureClass.BAD_REQUEST, str(error))
        except OSError as error:
            self.failed(job, of_os_error(error), _said(error))
        else:
            self._complete(job, published)

    def worker_died(self, job: Job, failure: FailureClass, error: str) -> None:
        """The worker is dead; what it had finished all the same is completed."""
        published = self._finished_or_none(job)
        if published is not None:
            self._complete(job, published)
        else:
            self.failed(job, failure, error)

    def failed(self, job: Job, failure: FailureClass, error: str) -> None:
        """The attempt failed: try again, give up or pause the queue."""
        self._discard(job, keep_frames=True)
        now = time.time()
        match decide(job, failure, now, random.uniform(0, self.jitter)):
            case Retry(at, counts_as):
                log.info("job %s: %s Next try in %.1f s.", job.id, error, at - now)
                self.store.put_back(job, at, failure, error, counts_as)
            case GiveUp(reason):
                log.info("job %s has failed: %s (%s)", job.id, error, reason)
                self.tally.failed += self.store.fail(job, failure, error)
            case PauseQueue():
                log.warning("job %s: %s The queue pauses.", job.id, error)
                self.store.put_back(job, now, failure, error, "nothing")
                self.store.pause(f"{error} {failure.advice}")

    def put_back(self, job: Job, *, cancelling: bool) -> None:
        """Nothing went wrong: the runner ends, or somebody cancelled the job."""
        self._discard(job, keep_frames=not cancelling)
        log.info("job %s is %s", job.id, "cancelled" if cancelling else "put back")
        stood = self.store.put_back(job, time.time(), counts_as="nothing")
        self.tally.cancelled += stood and cancelling

    def orphaned(self, job: Job) -> None:
        """A job that a dead runner had claimed; its worker is dead as well."""
        published = self._finished_or_none(job)
        if published is not None:
            self._complete(job, published)
        else:
            self.put_back(job, cancelling=job.cancel_asked)

    def _complete(self, job: Job, published: Published) -> None:
        self._discard(job)
        if self.store.complete(job, published.files, published.facts):
            log.info("job %s is complete", job.id)
            self.tally.completed += 1
            if job.out not in self.tally.folders:
                self.tally.folders.append(job.out)
        else:
            log.warning("job %s is no longer ours; its files stay", job.id)

    def _finished_or_none(self, job: Job) -> Published | None:
        try:
            return recover_or_none(job)
        except (OSError, NotOurs) as error:
            log.warning("job %s: what it had finished can't be published: %s", job.id, error)
            return None

    def _discard(self, job: Job, *, keep_frames: bool = False) -> None:
        try:
            discard(job, keep_frames=keep_frames)
        except OSError as error:
            log.warning("job %s: its work folder can't be removed: %s", job.id, error)


def _said(error: OSError) -> str:
    return f"{error.filename or 'The output folder'} can't be written: {error.strerror}."


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".encode(errors="replace").decode()

"""The disk-backed queue: persist-queue's SQLiteAckQueue with one table, one transaction a change.

Safe with any number of doors writing and one runner claiming. The only module that imports
persistqueue; what of it would break the queue's promises is made safe here. No bpy.
"""

import os
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, NoReturn

from ..errors import (
    AgainstThePromise,
    CannotRetry,
    DamagedQueue,
    NameTaken,
    NewerQueue,
    NotAQueue,
    QueueDiskError,
    QueueFull,
    QueueLocked,
    QueueReadOnly,
    QueueTrouble,
    StillNeeded,
    UnknownJob,
)
from ..failures import FailureClass
from ..folder import QueueFolder
from ..job import Job, NewJob, State
from . import schema, vendor
from .claims import Claiming
from .counts import BatchCounts, Counts, Sort

vendor.find_persistqueue()

import persistqueue  # noqa: E402  only now is it sure to be on the path
from persistqueue.serializers import json as json_serializer  # noqa: E402

vendor.check_version(persistqueue.__version__)

__all__ = (
    "AgainstThePromise",
    "BatchCounts",
    "CannotRetry",
    "Counts",
    "DamagedQueue",
    "JobStore",
    "NameTaken",
    "NewerQueue",
    "NotAQueue",
    "QueueDiskError",
    "QueueFull",
    "QueueLocked",
    "QueueReadOnly",
    "QueueTrouble",
    "Sort",
    "StillNeeded",
    "UnknownJob",
)


class JobStore(Claiming, persistqueue.SQLiteAckQueue):
    """A queue folder's jobs: `Reading` for anyone, `Doors` for doors, `Claiming` for the runner.

    The inherited `put`, `get`, `ack`, `ack_failed` and `nack` keep working, on orders and jobs and
    within the same guards; `get(id=…)` and `update`, which could run a finished job again or change
    it, are refused.
    """

    _TABLE_NAME = "job"
    _SQL_CREATE = schema.CREATE_JOB
    _SQL_INSERT = schema.INSERT
    _SQL_SELECT = (
        "SELECT {key_column}, data, timestamp, status FROM {table_name}"
        " WHERE {key_column} > {rowid} AND status = 1 ORDER BY lane, {key_column} LIMIT 1"
    )
    #: of use only where this object claimed the job
    _SQL_MARK_ACK_UPDATE = (
        "UPDATE {table_name} SET status = ? WHERE {key_column} = ? AND status = 2"
    )

    def __init__(
        self,
        folder: QueueFolder | str | os.PathLike[str],
        busy_timeout: float = 10.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open the queue in that folder, made if missing; waits `busy_timeout` seconds for writers.

        Raises one of `QueueTrouble`.
        """
        self.folder = folder if isinstance(folder, QueueFolder) else QueueFolder.at(folder)
        self.file = self.folder.database
        self.bell = os.fspath(self.folder.bell)
        self.clock = clock
        #: the owner of what is claimed through persist-queue's `get`
        self.owner_of_gets = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._reading = threading.RLock()
        self._reopened = 0
        try:
            self.folder.make()
        except OSError as error:
            raise QueueReadOnly(self.file, str(error)) from error
        super().__init__(
            str(self.folder.path),
            auto_resume=False,
            multithreading=True,
            timeout=busy_timeout,
            serializer=json_serializer,
            db_file_name=self.file.name,
        )

    @property
    def _table_name(self) -> str:
        return self._TABLE_NAME

    def put(self, item: NewJob) -> int:
        """Add one order; returns the row's number, as persist-queue does."""
        if not isinstance(item, NewJob):
            raise AgainstThePromise("This queue takes orders: put(NewJob(…)) or add_many([…]).")
        job = self.add(item)
        self.put_event.set()
        return job.rowid

    def _pop(self, rowid: int | None = None, next_in_order: bool = False, raw: bool = False) -> Any:
        if rowid is not None or next_in_order:
            raise AgainstThePromise("get() by number could run a finished job again; use claim().")
        with self.action_lock:
            job = self.claim(self.owner_of_gets, self.clock())
            if job is None:
                return None
            self._unack_cache[job.rowid] = job
            if raw:
                return {"pqid": job.rowid, "data": job, "timestamp": job.created}
            return job

    def _mark_ack_status(self, key: int, status: str) -> None:
        """What `ack`, `ack_failed` and `nack` come down to, for jobs claimed by `get` only."""
        job = self._unack_cache.get(key)
        if job is None or not self._settled(job, status):
            raise AgainstThePromise(f"Row {key} isn't claimed by this object, or no longer.")

    def _settled(self, job: Job, status: str) -> bool:
        match status:
            case persistqueue.AckStatus.acked:
                return self.complete(job, ())
            case persistqueue.AckStatus.ack_failed:
                return self.fail(job, FailureClass.ENGINE_ERROR)
            case _:
                return self.release(job, self.clock())

    def _count(self) -> int:
        return self.counts().waiting

    @property
    def size(self) -> int:
        """The jobs that wait, now and by whoever added; the library's is a guess of its own."""
        return self._count()

    def active_size(self) -> int:
        """The jobs that wait or run."""
        counts = self.counts()
        return counts.waiting + counts.active

    def queue(self) -> list[dict[str, Any]]:
        """persist-queue's list of rows; `jobs` says more."""
        return [
            {
                "id": job.rowid,
                "data": job.request,
                "timestamp": job.created,
                "status": schema.STATUS[job.state],
            }
            for job in self.jobs(order=Sort.OLDEST)
        ]

    def clear_acked_data(
        self, max_delete: int = 1000, keep_latest: int = 1000, clear_ack_failed: bool = False
    ) -> None:
        """Forget completed jobs beyond the newest `keep_latest`; the cleaner does it by policy."""
        states = [State.COMPLETED, *([State.FAILED] if clear_ack_failed else [])]
        old = self.jobs(states=states, offset=keep_latest, limit=max_delete or -1)
        self.discard(job.id for job in old)

    def update(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: a job's request never changes."""
        raise AgainstThePromise("A job's request never changes; cancel it and add another.")

    def resume_unack_tasks(self) -> NoReturn:
        """Refused: it would run again what is running."""
        raise AgainstThePromise("Only the runner puts jobs back, one by one: orphans(), release().")

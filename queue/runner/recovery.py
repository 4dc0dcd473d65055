"""What a new runner does first: ends the workers of a dead one and settles the jobs it had.

Needs the lock of the queue folder. No bpy here.
"""

import logging
import shutil
import time

from ..folder import QueueFolder
from ..store.job_store import JobStore
from .lock import Recorded, RunnerLock
from .outcome import Outcome
from .processes import kill_recorded, recorded_lives
from .worker_pool import left_folders

log = logging.getLogger(__name__)

#: seconds to wait for the death of what was killed
KILL_LIMIT = 10.0


def recover(store: JobStore, folder: QueueFolder, lock: RunnerLock, outcome: Outcome) -> None:
    """Leave no process and no claimed job of an earlier runner."""
    orphans = store.orphans(lock.holder.owner)
    workers = {
        Recorded(job.worker_pid, job.worker_identity or "") for job in orphans if job.worker_pid
    }
    if lock.left_behind is not None:
        log.info("%s ended without cleaning up; %d jobs", lock.left_behind, len(orphans))
        workers |= set(lock.left_behind.workers)
    _end(workers)
    for left in left_folders(folder):
        shutil.rmtree(left, ignore_errors=True)
    for job in orphans:
        if job.state.finished:  # as an unreadable row is shown
            store.set_aside(job, job.error)
        else:
            with outcome.blaming(job):
                outcome.orphaned(job)


def _end(workers: set[Recorded]) -> None:
    for worker in workers:
        kill_recorded(worker.pid, worker.identity)
    until = time.monotonic() + KILL_LIMIT
    while alive := [one for one in workers if recorded_lives(one.pid, one.identity)]:
        if time.monotonic() > until:
            pids = ", ".join(str(one.pid) for one in alive)
            log.warning("processes of an earlier runner won't die: %s", pids)
            return
        time.sleep(0.005)

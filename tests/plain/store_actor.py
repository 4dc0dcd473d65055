"""A process of its own for tests of the store: a door that adds, a runner that claims, a visitor.

Prints one line for each thing that the store has confirmed. Run as `store_actor.py ROLE FOLDER …`.
"""

import os
import random
import sys
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import conftest  # noqa: F401  loads the package
from tshirt_render_queue.queue.errors import QueueTrouble
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.job import Lane, NewJob
from tshirt_render_queue.queue.store.job_store import JobStore


def say(*words: object) -> None:
    print(*words, flush=True)


def order(name: str) -> NewJob:
    return NewJob(
        request={"prints": [{"name": name}]},
        key=name,
        out="/pictures",
        target=f"/pictures/{name}",
        names=(f"{name}.png",),
        lane=Lane(random.randrange(3)),
    )


def door(folder: str, name: str, number: str) -> None:
    """Add so many jobs, one by one, and cancel one in ten."""
    with closing(JobStore(folder)) as store:
        for index in range(int(number)):
            job = store.add(order(f"{name}-{index}"))
            say("added", job.id)
            if index % 10 == 9:
                store.cancel([job.id])
            time.sleep(random.random() * 0.004)


def runner(folder: str, owner: str, number: str) -> None:
    """Take back what a dead runner had, then work until so many jobs are finished."""
    with closing(JobStore(folder)) as store:
        for job in store.orphans(owner):
            store.release(job, time.time())
        while True:
            job = store.claim(owner, time.time())
            if job is None:
                counts = store.counts()
                if counts.total - counts.unfinished >= int(number):
                    return
                time.sleep(0.002)
                continue
            say("claimed", job.id)
            store.started(job, os.getpid(), "me")
            chance = random.random()
            if chance < 0.1 and job.attempts < job.max_attempts:
                store.put_back(job, time.time() + 0.01, FailureClass.CRASH, "It crashed.")
            elif job.cancel_asked or chance < 0.15:
                store.cancelled(job)
            elif store.complete(job, [{"file": job.names[0]}]):
                say("completed", job.id)


def visitor(folder: str, user: str) -> None:
    """Try to add a job as that user (0: whoever runs this), and say what came of it."""
    if int(user):
        os.setegid(int(user))
        os.seteuid(int(user))
    try:
        with closing(JobStore(folder, busy_timeout=0.2)) as store:
            say("added", store.add(order("visitor")).id)
    except QueueTrouble as trouble:
        say(type(trouble).__name__, trouble)


if __name__ == "__main__":
    {"door": door, "runner": runner, "visitor": visitor}[sys.argv[1]](*sys.argv[2:])

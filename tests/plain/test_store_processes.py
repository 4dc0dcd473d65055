"""Many processes on one queue, killed at any instant: nothing lost, twice or broken."""

import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from tshirt_render_queue.queue.job import EventKind, State
from tshirt_render_queue.queue.store import repair
from tshirt_render_queue.queue.store.counts import Counts
from tshirt_render_queue.queue.store.job_store import JobStore
from tshirt_render_queue.queue.store.schema import STATUS

ACTOR = Path(__file__).with_name("store_actor.py")


class Actors:
    """Processes of store_actor.py and what they said."""

    def __init__(self, folder: Path, outputs: Path) -> None:
        self.folder = folder
        self.outputs = outputs
        self.all: list[subprocess.Popen] = []

    def start(self, role: str, *words: object) -> subprocess.Popen:
        output = self.outputs / f"{len(self.all)}.txt"
        with output.open("w") as stream:
            actor = subprocess.Popen(
                [sys.executable, str(ACTOR), role, str(self.folder), *map(str, words)],
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
        self.all.append(actor)
        return actor

    def wait_for_words_of(self, actor: subprocess.Popen) -> None:
        output = self.outputs / f"{self.all.index(actor)}.txt"
        while not output.read_text():
            assert actor.poll() is None
            time.sleep(0.005)

    def said(self, what: str) -> list[str]:
        """The ids in all lines that begin with that word; a line cut by a kill is none."""
        lines = [
            line.split()
            for output in self.outputs.glob("*.txt")
            for line in output.read_text().splitlines()
        ]
        return [words[1] for words in lines if words[0] == what and len(words[-1]) == 12]

    def errors(self) -> list[str]:
        texts = [output.read_text() for output in self.outputs.glob("*.txt")]
        return [text for text in texts if "Traceback" in text]

    def end(self) -> None:
        for actor in self.all:
            actor.kill()
            actor.wait()


@pytest.fixture
def actors(queue_folder, tmp_path):
    crowd = Actors(queue_folder, tmp_path)
    yield crowd
    crowd.end()


def check_sound(store: JobStore) -> None:
    """No damage, and counts that are what counting gives."""
    store.check()
    numbers = dict(store._rows("SELECT status, count(*) FROM job GROUP BY status"))
    counted = Counts.of({state: numbers.get(number, 0) for state, number in STATUS.items()})
    assert store.counts() == counted
    revs = [job.rev for job in store.jobs()]
    assert len(set(revs)) == len(revs)


def check_each_finished_once(store: JobStore) -> None:
    for job in store.jobs():
        ends = [event for event in job.events if event.kind.value in ("completed", "cancelled")]
        assert len(ends) == (1 if job.state.finished else 0), job
        starts = [event.claim for event in job.events if event.kind is EventKind.STARTED]
        assert starts == sorted(set(starts)), job


def test_eight_doors_and_one_runner_at_once(actors, queue_folder):
    doors, each = 8, 40
    runner = actors.start("runner", "runner", doors * each)
    for number in range(doors):
        actors.start("door", f"door{number}", each)
    assert runner.wait(timeout=120) == 0
    assert not actors.errors()
    added, completed = actors.said("added"), actors.said("completed")
    with closing(JobStore(queue_folder)) as store:
        check_sound(store)
        check_each_finished_once(store)
        assert {job.id for job in store.jobs()} == set(added)
        assert len(added) == doors * each == len(set(added))
        assert len(completed) == len(set(completed)) == store.counts().completed
        assert store.counts().unfinished == 0


def test_doors_and_runners_killed_at_random_lose_nothing(actors, queue_folder):
    chance = random.Random(11)
    crowd = {f"door-{number}": actors.start("door", f"door-{number}", 10**6) for number in range(3)}
    crowd["runner"] = actors.start("runner", "runner", 10**9)
    for kill in range(16):
        victim = "runner" if kill % 4 == 3 else f"door-{kill % 4}"
        actors.wait_for_words_of(crowd[victim])
        time.sleep(chance.random() * 0.05)
        crowd[victim].kill()
        assert crowd[victim].wait() == -signal.SIGKILL
        role = victim.split("-")[0]
        crowd[victim] = actors.start(role, f"{victim}-{kill}", 10**6)
    for actor in crowd.values():
        actor.kill()
        actor.wait()
    with closing(JobStore(queue_folder)) as store:
        total = store.counts().total
        assert actors.start("runner", "last", total).wait(timeout=120) == 0
        assert not actors.errors()
        check_sound(store)
        check_each_finished_once(store)
        ids = {job.id for job in store.jobs()}
        assert set(actors.said("added")) <= ids, "a confirmed job is gone"
        done = {job.id for job in store.jobs(states=[State.COMPLETED])}
        assert set(actors.said("completed")) <= done, "a confirmed result is gone"
        assert store.counts().unfinished == 0
        assert len(done) > 16


def test_many_open_a_new_queue_at_once(actors, queue_folder):
    crowd = [actors.start("door", f"door-{number}", 1) for number in range(12)]
    assert [door.wait(timeout=60) for door in crowd] == [0] * 12
    assert not actors.errors()
    with closing(JobStore(queue_folder)) as store:
        check_sound(store)
        assert store.counts().waiting == 12


def test_a_queue_is_made_once_however_many_make_it(queue_folder):
    for number in range(25):
        together = threading.Barrier(6)

        def open_it(folder, together=together):
            together.wait()
            with closing(JobStore(folder)) as store:
                return store.counts().total

        with ThreadPoolExecutor(6) as pool:
            folder = queue_folder / str(number)
            assert list(pool.map(open_it, [folder] * 6)) == [0] * 6


def test_a_queue_set_aside_under_busy_doors_loses_no_confirmed_job(actors, queue_folder):
    """The file is sound here, so that every loss would be the moving's fault."""
    with closing(JobStore(queue_folder)) as store:
        crowd = [actors.start("door", f"door-{number}", 150) for number in range(3)]
        for door in crowd:
            actors.wait_for_words_of(door)
        told = []
        while any(door.poll() is None for door in crowd) and len(told) < 4:
            told.append(repair.set_aside(store.folder))
        assert [door.wait(timeout=60) for door in crowd] == [0] * 3
        assert not actors.errors()
        assert told
        assert all(one.lost == 0 for one in told)
        store.data_version()
        check_sound(store)
        assert {job.id for job in store.jobs()} == set(actors.said("added"))
        assert store.counts().total == 450

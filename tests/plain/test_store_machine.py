"""The queue on disk beside the one in memory: whatever is done to both, both answer and hold the same.

A short run with a fixed seed by default. `TSHIRT_MACHINE_STEPS=10000` asks for so many steps with a
new seed, which is printed where it fails; `--hypothesis-seed` repeats it.
"""

import itertools
import os
import random
import secrets
import tempfile
from dataclasses import fields
from unittest.mock import patch

import pytest
from tshirt_render_queue.queue.errors import UserError
from tshirt_render_queue.queue.events import Watcher
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.job import Event, Job, Lane, NewJob, State
from tshirt_render_queue.queue.settings import Settings
from tshirt_render_queue.queue.store.counts import Sort
from tshirt_render_queue.queue.store.job_store import JobStore
from tshirt_render_queue.queue.store.memory_store import MemoryStore

#: `build.py test` always has it; pytest called by hand may have an environment of before
hypothesis = pytest.importorskip("hypothesis", reason="`python3 build.py env` installs it")
st = pytest.importorskip("hypothesis.strategies")
stateful = pytest.importorskip("hypothesis.stateful")
rule, invariant, precondition = stateful.rule, stateful.invariant, stateful.precondition

#: rules applied to a queue before the next one begins
LENGTH = 50
STEPS = int(os.environ.get("TSHIRT_MACHINE_STEPS", "0"))

#: few names and keys, so that orders meet
NAMES = st.sampled_from(["fox", "Füchsin", "bear"])
BATCHES = st.sampled_from(["", "spring", "Größe"])
LANES = st.sampled_from(Lane)
#: which of the jobs, orders or claims there are; taken modulo their number
PICK = st.integers(0, 15)
PICKS = st.lists(PICK, min_size=1, max_size=2)
SECONDS = st.sampled_from([0.0, 0.5, 2.0, 5.0, 60.0, 899.0, 900.0, 1e6])
FAILURES = st.sampled_from([FailureClass.CRASH, FailureClass.STALLED, FailureClass.DISK_FULL])
OWNERS = st.sampled_from(["runner-1", "runner-2"])


def shown(job: Job) -> dict:
    """All that a caller sees of a job but the numbers of its row and its changes, which only order."""
    told = {field.name: getattr(job, field.name) for field in fields(Job)}
    journal = [happened(event) for event in job.events]
    return told | {"rowid": None, "rev": None, "journal": journal}


def happened(event: Event) -> tuple:
    return event.at, event.kind, event.claim, event.failure, event.text


def plain(answer):
    """An answer of a store as something that can be compared with the other's."""
    if isinstance(answer, Job):
        return shown(answer)
    return [plain(one) for one in answer] if isinstance(answer, list) else answer


class StoreMachine(stateful.RuleBasedStateMachine):
    """Does each thing to both stores; two objects take turns at the one on disk."""

    def __init__(self):
        super().__init__()
        self.now = 1_700_000_000.0
        self.folder = tempfile.TemporaryDirectory(
            dir="/dev/shm" if os.path.isdir("/dev/shm") else None
        )
        self.disks = [JobStore(self.folder.name, clock=lambda: self.now) for _ in range(2)]
        self.memory = MemoryStore(self.folder.name, lambda: self.now)
        self.listener = JobStore(self.folder.name, clock=lambda: self.now)
        self.watchers = [Watcher(self.listener), Watcher(self.memory)]
        self.numbers = itertools.count()
        self.orders: list[NewJob] = []
        #: what was claimed, as each store handed it out
        self.claims: list[tuple[Job, Job]] = []

    def teardown(self):
        for disk in (*self.disks, self.listener):
            disk.close()
        self.folder.cleanup()

    def both(self, ask):
        """The answers of both stores to the same question, once they have been found equal."""
        number = next(self.numbers)
        answers = []
        for store in (self.disks[0], self.memory):
            chance = random.Random(number)  # a retry draws its id itself
            with patch.object(secrets, "token_bytes", chance.randbytes):
                try:
                    answers.append(ask(store))
                except UserError as refusal:
                    answers.append((type(refusal), str(refusal)))
        assert plain(answers[0]) == plain(answers[1])
        return answers

    def told(self, pick, tell):
        """What `tell` answers of the claim picked, as each store knows it."""
        on_disk, in_memory = self.claims[pick % len(self.claims)]
        self.both(lambda store: tell(store, in_memory if store is self.memory else on_disk))

    def ids(self, picks):
        known = [job.id for job in self.memory.jobs(order=Sort.OLDEST)] or ["nosuchjob"]
        return [known[pick % len(known)] for pick in picks]

    # ------------------------------------------------------------------ doors

    @rule(
        name=NAMES,
        batch=BATCHES,
        lane=LANES,
        after=st.lists(PICK, max_size=2),
        later=st.none() | SECONDS,
        done=st.sampled_from([None, None, None, ({"file": "fox.png", "bytes": 1},)]),
        pinned=st.booleans(),
    )
    def add(self, name, batch, lane, after, later, done, pinned):
        number = next(self.numbers)
        order = NewJob(
            id=f"job{number}",
            request={"prints": [{"name": name}], "metadata": {"n": number}},
            key=f"{len(name) if number % 2 else number:064x}",
            out="/pictures",
            target=f"/pictures/{name}",
            names=(f"{name}-{number % 3}.png",),
            batch=batch,
            lane=lane,
            after=tuple(self.ids(after)),
            not_before=None if later is None else self.now + later,
            completed_files=done,
            pinned=pinned,
        )
        self.orders.append(order)
        self.both(lambda store: store.add(order))

    @precondition(lambda self: self.orders)
    @rule(picks=st.lists(PICK, min_size=1, max_size=3))
    def add_again(self, picks):
        orders = [self.orders[pick % len(self.orders)] for pick in picks]
        self.both(lambda store: store.add_many(orders))

    @rule(picks=PICKS)
    def cancel(self, picks):
        ids = self.ids(picks)
        self.both(lambda store: store.cancel(ids))

    @rule(picks=PICKS)
    def retry(self, picks):
        ids = self.ids(picks)
        self.both(lambda store: store.retry(ids))

    @rule(picks=PICKS, lane=LANES)
    def move(self, picks, lane):
        ids = self.ids(picks)
        self.both(lambda store: store.move(ids, lane))

    @rule(picks=PICKS, pinned=st.booleans())
    def pin(self, picks, pinned):
        ids = self.ids(picks)
        self.both(lambda store: store.pin(ids, pinned))

    @rule(picks=PICKS)
    def remove(self, picks):
        ids = self.ids(picks)
        self.both(lambda store: store.remove(ids))

    @rule(picks=st.lists(PICK, max_size=4))
    def discard(self, picks):
        ids = [*self.ids(picks), "nosuchjob"]
        self.both(lambda store: store.discard(ids))

    @rule(reason=st.sampled_from([None, None, "The disk is full."]))
    def pause_or_resume(self, reason):
        self.both(lambda store: store.resume() if reason is None else store.pause(reason))

    @rule(value=st.sampled_from([0, 5.0, 900, "many", -1, 10**9, None]))
    def set_promote_after(self, value):
        self.both(lambda store: store.set_setting("promote_after", value))
        self.both(Settings.load)

    # ------------------------------------------------------------------ the runner

    @rule(owner=OWNERS)
    def claim(self, owner):
        on_disk, in_memory = self.both(lambda store: store.claim(owner, self.now))
        if on_disk is not None:
            self.claims.append((on_disk, in_memory))

    @precondition(lambda self: self.claims)
    @rule(pick=PICK, pid=st.sampled_from([4242, 4243]))
    def start(self, pick, pid):
        self.told(pick, lambda store, job: store.started(job, pid, f"born-{pid}"))

    @precondition(lambda self: self.claims)
    @rule(pick=PICK, fraction=st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0, 7.0]))
    def progress(self, pick, fraction):
        self.told(pick, lambda store, job: store.progress(job, fraction, "front 1/4"))

    @precondition(lambda self: self.claims)
    @rule(pick=PICK)
    def complete(self, pick):
        files = [{"file": "fox.png", "bytes": 3, "sha256": "0" * 64}]
        self.told(pick, lambda store, job: store.complete(job, files, {"device": "CPU"}))

    @precondition(lambda self: self.claims)
    @rule(pick=PICK, failure=FAILURES, error=st.sampled_from(["", "Blender crashed.", "x" * 5000]))
    def fail(self, pick, failure, error):
        self.told(pick, lambda store, job: store.fail(job, failure, error))

    @precondition(lambda self: self.claims)
    @rule(pick=PICK)
    def cancelled(self, pick):
        self.told(pick, lambda store, job: store.cancelled(job))

    @precondition(lambda self: self.claims)
    @rule(
        pick=PICK,
        later=st.sampled_from([-5.0, 0.0, 2.0, 60.0]),
        failure=st.none() | FAILURES,
        counts_as=st.sampled_from(["attempt", "stall", "nothing"]),
    )
    def put_back(self, pick, later, failure, counts_as):
        at = self.now + later
        self.told(
            pick, lambda store, job: store.put_back(job, at, failure, "It crashed.", counts_as)
        )

    @rule(owner=OWNERS)
    def release_orphans(self, owner):
        found = self.both(lambda store: store.orphans(owner))
        for pair in zip(*found, strict=True):
            self.claims.append(pair)
            self.told(-1, lambda store, job: store.release(job, self.now))

    # ------------------------------------------------------------------ the world

    @rule(seconds=SECONDS)
    def time_passes(self, seconds):
        self.now += seconds

    @rule(seconds=st.sampled_from([1.0, 3600.0]))
    def the_clock_is_set_back(self, seconds):
        self.now -= seconds

    @rule()
    def another_process_has_its_turn(self):
        self.disks.reverse()

    @rule()
    def the_file_is_opened_again(self):
        self.disks[1].close()
        self.disks[1] = JobStore(self.folder.name, clock=lambda: self.now)

    @rule(
        states=st.none() | st.lists(st.sampled_from(State), max_size=3),
        batch=st.none() | BATCHES,
        lane=st.none() | LANES,
        text=st.sampled_from(["", "", "FOX", "füch", "größe", "job1", "00", "-1.png"]),
        limit=st.sampled_from([-1, -1, 0, 2]),
        offset=st.sampled_from([0, 1]),
        order=st.sampled_from(Sort),
    )
    def look(self, **filters):
        self.both(lambda store: store.jobs(**filters))

    # ------------------------------------------------------------------ what is then alike

    @invariant()
    def all_jobs_are_equal(self):
        jobs, _ = self.both(lambda store: store.jobs(order=Sort.OLDEST))
        assert self.disks[1].jobs(order=Sort.OLDEST) == jobs
        self.both(lambda store: [job.id for job in store.jobs(order=Sort.CHANGED)])
        self.both(lambda store: [job.id for job in store.jobs(order=Sort.QUEUE)])

    @invariant()
    def all_sums_are_equal(self):
        self.both(lambda store: store.counts())
        self.both(lambda store: store.batches())
        self.both(lambda store: store.mentions())
        self.both(lambda store: store.awaited())
        self.both(lambda store: store.paused())
        self.both(lambda store: store.all_settings())
        self.both(lambda store: store.has_work(self.now))
        self.both(lambda store: store.next_due(self.now))
        self.both(lambda store: store.revision() > store.last_removal())
        self.both(lambda store: [store.ahead_of(job) for job in store.jobs()])
        for key in {order.key for order in self.orders}:
            self.both(lambda store, key=key: [store.find_done(key), store.find_unfinished(key)])

    @invariant()
    def the_same_news_are_told(self):
        heard = [
            [(happened(news.event), news.job and news.job.id) for news in watcher.poll()]
            for watcher in self.watchers
        ]
        assert heard[0] == heard[1]


StoreMachine.TestCase.settings = hypothesis.settings(
    max_examples=max(1, STEPS // LENGTH) if STEPS else 20,
    stateful_step_count=LENGTH,
    derandomize=not STEPS,
    database=None,
    deadline=None,
    print_blob=bool(STEPS),
    suppress_health_check=list(hypothesis.HealthCheck),
)
TestStores = StoreMachine.TestCase

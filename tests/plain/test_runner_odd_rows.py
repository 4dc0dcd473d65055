"""Rows that somebody tampered with, and text that nothing can write: one job's trouble only."""

import json
import sqlite3
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from tshirt_render_queue.operators.cli import output
from tshirt_render_queue.presets import storable
from tshirt_render_queue.presets.bad_request import BadRequest
from tshirt_render_queue.presets.order_form import OrderForm
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.intake import submit
from tshirt_render_queue.queue.job import NewJob, State
from tshirt_render_queue.queue.runner import launch, processes
from tshirt_render_queue.queue.runner.outcome import Outcome
from tshirt_render_queue.queue.store.job_store import JobStore

PLAIN_WORKER = Path(__file__).resolve().parents[1] / "chaos" / "plain_worker.py"
COMMAND = (sys.executable, "-I", "-S", str(PLAIN_WORKER))
#: what JavaScript's `slice` leaves of an emoji
HALF = "sun \ud83c"


def deep(levels):
    value = "bottom"
    for _ in range(levels):
        value = [value]
    return value


@pytest.fixture
def folder(queue_folder):
    return QueueFolder.at(queue_folder / "queue").make()


@pytest.fixture
def store(folder):
    with closing(JobStore(folder)) as opened:
        opened.set_settings({"idle_exit": 0.1})
        yield opened


@pytest.fixture
def new(queue_folder):
    numbers = iter(range(100))

    def make(act="", **metadata):
        number = next(numbers)
        names = (f"{number}.png",)
        wish = {"act": act, "files": names} | metadata
        request = {"mode": "stills", "template": "", "metadata": wish, "fabric": "white"}
        request |= {"fabric_hex": "#FFFFFF", "prints": [{"name": "art", "placement": "front"}]}
        out = str(queue_folder / "out")
        return NewJob(
            request=request,
            key=f"{number:064x}",
            out=out,
            target=f"{out}/{number}",
            names=names,
            backoff=0.05,
        )

    return make


def tamper(folder, job, assignment, *values):
    with closing(sqlite3.connect(folder.database)) as db, db:
        db.execute(f"UPDATE job SET {assignment} WHERE job_id = ?", (*values, job.id))


def run(folder, **options):
    return launch.run_queue(folder, until_empty=True, command=COMMAND, **options)


@pytest.mark.parametrize("text", [HALF, [HALF], {HALF: 1}, {"a": [{"b": HALF}]}, deep(60)])
def test_what_can_not_be_stored_is_refused_where_it_comes_in(store, new, design, text):
    with pytest.raises(BadRequest, match=r"whole characters|deep in each other"):
        store.add(new(note=text))
    assert store.counts().total == 0
    form = OrderForm(designs=(str(design),), metadata={"note": text})
    with pytest.raises(BadRequest, match=r"whole characters|deep in each other"):
        submit.check([form], store.folder)


def test_what_can_be_stored_is_taken(store, new):
    for text in ("☀️ 🌞 é", deep(30), [[1]] * 200, {"\\ud83c": "\\u0041"}):
        job = store.add(new(note=text))
        assert store.job(job.id).request["metadata"]["note"] == text
        assert storable.fault_or_none(text) is None


ODD = [
    ("data = ?", json.dumps({"prints": [], "metadata": {"note": HALF}}).encode()),
    ("data = ?", b'{"prints": [], "metadata": %s1%s}' % (b"[" * 900, b"]" * 900)),
    ("data = ?", b"[" * 100_000),
    ("claims = ?", 2**63 - 1),
    ("claims = ?", -7),
    ("claims = ?", "many"),
    ("attempts = ?", 2**62),
    ("max_attempts = ?", -1),
    ("backoff = ?", 1e308),
    ("timeout = ?", float("inf")),
    ("run_at = ?", float("inf")),
    ("run_at = ?", float("-inf")),
    ("run_at = ?", "noon"),
    ("status = 3, run_at = ?", "noon"),
    ("status = 3, run_at = ?", float("inf")),
    ("status = 3, delayed_at = 9e307, run_at = ?", 9e307),
    ("names = ?", '[{"a": 1}, 2]'),
    ("names = ?", "7"),
    ("names = ?", '["../up.png"]'),
    ("names = ?", json.dumps([HALF])),
    ("out = ?", "/" + "a" * 300),
    ("out = ?", "/dev/null/out"),
    ("retried_by = job_id, retry_of = ?", "nobody"),
]


@pytest.mark.parametrize("assignment, value", ODD)
def test_an_odd_row_fails_alone_and_the_next_job_runs(folder, store, new, assignment, value):
    odd, sound = store.add(new()), store.add(new())
    tamper(folder, odd, assignment, value)
    run(folder)
    assert store.job(sound.id).state is State.COMPLETED
    after = store.job(odd.id)
    assert after.state.finished
    assert after.state is State.COMPLETED or after.error
    for job in store.jobs():
        print(json.dumps(output.as_json(job), ensure_ascii=False).encode())
    assert not store.orphans("nobody")


@pytest.mark.parametrize(
    "assignment, value",
    [
        *ODD[:8],
        ("worker_pid = ?", 1),
        ("worker_pid = ?", 2**40),
        ("worker_pid = ?", "seven"),
        ("names = ?", "7"),
        ("out = ?", ""),
    ],
)
def test_an_odd_row_that_a_dead_runner_had_fails_alone(folder, store, new, assignment, value):
    odd = store.add(new())
    store.claim("a dead runner", time.time())
    sound = store.add(new())
    tamper(folder, odd, f"{assignment}, worker_identity = 'x'", value)
    run(folder)
    assert store.job(sound.id).state is State.COMPLETED
    assert store.job(odd.id).state.finished
    assert not store.orphans("nobody")


def test_whatever_goes_wrong_with_a_job_ends_it_and_not_the_runner(folder, store, new, monkeypatch):
    bad, sound = store.add(new()), store.add(new())
    done = Outcome.done

    def fail(self, job, work):
        if job.id == bad.id:
            raise ZeroDivisionError("as nobody expects")
        done(self, job, work)

    monkeypatch.setattr(Outcome, "done", fail)
    summary = run(folder)
    assert (summary.completed, summary.failed) == (1, 1)
    assert store.job(bad.id).failure is FailureClass.BAD_REQUEST
    assert "as nobody expects" in store.job(bad.id).error
    assert store.job(sound.id).state is State.COMPLETED


@pytest.mark.parametrize("pid", [-1, 0, 1])
def test_nobody_is_killed_by_a_number_that_means_everybody(monkeypatch, pid):
    monkeypatch.setattr(processes, "identity_or_none", lambda _: "x")
    monkeypatch.setattr(processes.os, "killpg", lambda *_: pytest.fail("it killed"))
    processes.kill_recorded(pid, "x")
    assert not processes.recorded_lives(pid, "x")
    with pytest.raises(ValueError, match="no group of processes of ours"):
        processes._kill_group(pid)


#: says that it is ready, and never reads
DEAF = """
import os, sys, time
channel = int(sys.argv[sys.argv.index("--channel") + 1])
os.write(channel, b'{"is": "ready", "blender": "5.2"}\\n')
while True:
    os.write(channel, b'{"is": "alive"}\\n')
    time.sleep(0.05)
"""


def test_a_worker_that_reads_nothing_holds_up_nobody(folder, store, new):
    job = store.add(new(note="x" * 300_000))
    tamper(folder, job, "timeout = ?, max_attempts = 1", 0.5)
    stop = threading.Event()
    guard = threading.Timer(20, stop.set)
    guard.start()
    begun = time.monotonic()
    launch.run_queue(folder, until_empty=True, command=(sys.executable, "-c", DEAF), stop=stop)
    guard.cancel()
    assert time.monotonic() - begun < 10
    assert store.job(job.id).failure is FailureClass.TIMEOUT

"""The runner with real processes, a real database and a worker without Blender that misbehaves."""

import json
import os
import signal
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.job import EventKind, Lane, NewJob, State
from tshirt_render_queue.queue.runner import launch, processes, scheduler, system_libraries
from tshirt_render_queue.queue.runner.clock import Clock
from tshirt_render_queue.queue.runner.lock import LockLost, QueueHeld, Recorded, RunnerLock
from tshirt_render_queue.queue.runner.scheduler import Reason
from tshirt_render_queue.queue.runner.worker_pool import WorkerPool
from tshirt_render_queue.queue.store.job_store import JobStore, QueueReadOnly

PLAIN_WORKER = Path(__file__).resolve().parents[1] / "chaos" / "plain_worker.py"
COMMAND = (sys.executable, "-I", "-S", str(PLAIN_WORKER))


class Shop:
    """One queue folder with what tests do to it."""

    def __init__(self, path):
        self.folder = QueueFolder.at(path / "queue").make()
        self.out = path / "out"
        self.store = JobStore(self.folder)
        self.stop = threading.Event()
        self.number = 0
        self.set(backoff=0.05, idle_exit=0.2)

    def set(self, **settings):
        self.store.set_settings(settings)

    def order(self, act="", *, template="", mode="stills", **options):
        self.number += 1
        names = (f"{self.number}.png",)
        wish = {"act": act, "files": names}
        for word in ("act_until", "seconds", "memory_mb"):
            if word in options:
                wish[word] = options.pop(word)
        request = {"mode": mode, "template": template, "metadata": wish, "fabric": "white"}
        request |= {"fabric_hex": "#FFFFFF", "prints": [{"name": "art", "placement": "front"}]}
        options = {"backoff": 0.05} | options
        return NewJob(
            request=request,
            key=f"{self.number:016x}" * 4,
            out=str(self.out),
            target=f"{self.out}/{self.number}",
            names=names,
            **options,
        )

    def add(self, *acts, **options):
        jobs = self.store.add_many([self.order(act, **options) for act in acts or ("",)])
        return jobs if len(jobs) > 1 else jobs[0]

    def run(self, **options):
        options = {"until_empty": True, "command": COMMAND, "stop": self.stop} | options
        return launch.run_queue(self.folder, **options)

    def start(self, **options):
        """Run in a thread; the tests below look on."""
        thread = threading.Thread(target=self.run, kwargs=options)
        thread.start()
        return thread

    def again(self, job):
        return self.store.job(job.id)

    def until(self, condition, seconds=10.0):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it took too long"
            time.sleep(0.005)

    def until_state(self, job, state):
        self.until(lambda: self.again(job).state is state)
        return self.again(job)

    def kinds(self, job):
        return [event.kind for event in self.again(job).events]

    def strays(self):
        """Files that belong to no completed job."""
        done = self.store.jobs(states=[State.COMPLETED])
        wanted = {self.out / one["file"] for job in done for one in job.files}
        wanted |= {self.out / "manifests" / f"{job.key[:16]}.json" for job in done}
        there = {path for path in self.out.rglob("*") if path.is_file()}
        return there ^ wanted


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path)
    yield shop
    shop.stop.set()
    for thread in threading.enumerate():
        if thread.name.startswith("Thread"):
            thread.join(10)
    shop.store.close()


def test_jobs_are_rendered_and_published(shop):
    jobs = shop.add("", "", "")
    summary = shop.run()
    assert (summary.completed, summary.reason, summary.exit_code) == (3, Reason.EMPTY, 0)
    for job in jobs:
        done = shop.again(job)
        assert done.state is State.COMPLETED
        assert done.progress == 1.0
        assert done.facts["blender"] == "plain"
        assert (shop.out / done.files[0]["file"]).stat().st_size == done.files[0]["bytes"]
    assert not shop.strays()
    assert not (shop.out / ".work").exists()
    assert not list((shop.folder.path / "tmp").iterdir())


def test_an_empty_queue_is_said_by_the_exit_code(shop):
    assert shop.run().exit_code == 1


def test_an_attempt_has_its_own_log(shop):
    job = shop.add("crash", act_until=1)
    shop.run()
    first, second = (shop.folder.log(job.id, claim).read_text() for claim in (1, 2))
    assert f"job {job.id} claim 1" in first
    assert f"job {job.id} claim 2" in second
    assert "is complete" in shop.folder.runner_log.read_text()


@pytest.mark.parametrize(
    "act, failure",
    [
        ("crash", FailureClass.CRASH),
        ("exit", FailureClass.CRASH),
        ("kill", FailureClass.CRASH),
        ("half", FailureClass.CRASH),
        ("garbage", FailureClass.CRASH),
        ("memory", FailureClass.OUT_OF_MEMORY),
        ("engine_error", FailureClass.ENGINE_ERROR),
        ("lie", FailureClass.OUTPUT_INVALID),
    ],
)
def test_what_may_pass_is_tried_again(shop, act, failure):
    passing, lasting = shop.add(act, act_until=2), shop.add(act, attempts=2)
    summary = shop.run()
    assert (summary.completed, summary.failed, summary.exit_code) == (1, 1, 1)
    assert shop.again(passing).attempts == 3
    given_up = shop.again(lasting)
    assert (given_up.state, given_up.failure, given_up.attempts) == (State.FAILED, failure, 2)
    assert given_up.error
    assert not shop.strays()


@pytest.mark.parametrize("act", ["bad_design", "bad_request", "bad_template"])
def test_what_cannot_pass_is_not_tried_again(shop, act):
    job = shop.add(act)
    shop.run()
    failed = shop.again(job)
    assert (failed.state, failed.failure, failed.attempts) == (State.FAILED, act, 1)
    assert failed.error == f"The {act} that was asked for."


def test_a_backoff_doubles(shop):
    job = shop.add("exit", backoff=0.2)
    shop.run()
    starts = [record.started for record in shop.again(job).history]
    assert starts[1] - starts[0] > 0.2
    assert starts[2] - starts[1] > 0.4


def test_an_attempt_that_takes_too_long_is_killed(shop):
    job = shop.add("hang", timeout=0.3, attempts=1)
    shop.run()
    failed = shop.again(job)
    assert failed.failure is FailureClass.TIMEOUT
    assert "longer than its timeout of 0.3 s" in failed.error
    assert 0.3 < failed.seconds < 10


class FastClock(Clock):
    """Twenty seconds in one."""

    def tick(self):
        before = self.now
        self.now = before + 20 * (super().tick() - before)
        return self.now


def test_a_silent_worker_is_killed_and_its_job_tried_once_more_uncounted(shop, monkeypatch):
    monkeypatch.setattr(scheduler, "Clock", FastClock)
    once, twice = shop.add("silent", act_until=1), shop.add("silent")
    shop.run()
    once, twice = shop.again(once), shop.again(twice)
    assert (once.state, once.attempts, once.stalls) == (State.COMPLETED, 1, 1)
    assert (twice.state, twice.failure, twice.stalls) == (State.FAILED, FailureClass.STALLED, 1)


def test_a_worker_that_dies_after_its_work_is_done_has_done_it(shop):
    job = shop.add("finished")
    shop.run()
    done = shop.again(job)
    assert (done.state, done.claims) == (State.COMPLETED, 1)
    assert not shop.strays()


def test_what_a_worker_started_dies_with_it(shop):
    job = shop.add("orphan", timeout=0.5, attempts=1)
    shop.run()
    grandchild = int(shop.folder.log(job.id, 1).read_text().splitlines()[-1])
    assert not alive(grandchild)


def test_a_full_disk_pauses_the_queue_and_costs_nothing(shop):
    job, other = shop.add("disk_full", act_until=1), shop.add()
    summary = shop.run(concurrency=1)
    assert (summary.reason, summary.exit_code) == (Reason.PAUSED, 1)
    assert "Make room on the disk" in summary.paused
    assert shop.again(job).state is State.WAITING
    assert shop.again(job).attempts == 0
    shop.store.resume()
    assert shop.run().completed == 2
    assert shop.again(other).state is State.COMPLETED


def test_a_folder_that_cannot_be_written_fails_the_job_alone(shop):
    shop.out.write_text("a file where the folder should be")
    job = shop.add()
    shop.run()
    assert shop.again(job).failure is FailureClass.FOLDER_NOT_WRITABLE


def test_a_running_job_is_cancelled_and_its_worker_is_dead_by_then(shop):
    job = shop.add("hang")
    thread = shop.start()
    running = shop.until_state(job, State.ACTIVE)
    shop.until(lambda: shop.again(job).worker_pid)
    running = shop.again(job)
    shop.store.cancel([job.id])
    shop.until_state(job, State.CANCELLED)
    assert not alive(running.worker_pid)
    thread.join(10)
    assert not shop.strays()


def test_no_worker_is_started_after_a_cancel_without_need(shop):
    job = shop.add("hang")
    thread = shop.start(until_empty=False)
    shop.until(lambda: shop.again(job).worker_pid)
    shop.store.cancel([job.id])
    thread.join(10)
    assert shop.folder.runner_log.read_text().count("is starting") == 1


def test_a_job_whose_worker_is_still_starting_is_cancelled_at_once(shop):
    job = shop.add()
    command = (sys.executable, "-c", "import time; time.sleep(100)")
    thread = shop.start(command=command)
    shop.until_state(job, State.ACTIVE)
    shop.store.cancel([job.id])
    shop.until_state(job, State.CANCELLED)
    thread.join(10)


def test_never_more_at_once_than_set_and_the_setting_works_live(shop):
    shop.set(concurrency=1)
    shop.store.add_many([shop.order(seconds=0.3) for _ in range(8)])
    most = {1: 0, 3: 0}
    thread = shop.start()
    active = lambda: shop.store.counts().active  # noqa: E731
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        most[1] = max(most[1], active())
    shop.set(concurrency=3)
    while thread.is_alive():
        most[3] = max(most[3], active())
    assert most == {1: 1, 3: 3}


def test_fewer_at_once_lets_running_ones_finish(shop):
    shop.set(concurrency=3)
    shop.store.add_many([shop.order(seconds=0.4) for _ in range(3)])
    later = shop.add(seconds=0.1)
    thread = shop.start()
    shop.until(lambda: shop.store.counts().active == 3)
    shop.set(concurrency=1)
    thread.join(10)
    assert all(job.claims == 1 for job in shop.store.jobs())
    assert shop.again(later).state is State.COMPLETED


def test_a_pause_lets_running_ones_finish(shop):
    running, waiting = shop.add(seconds=0.4), shop.add()
    thread = shop.start(concurrency=1)
    shop.until_state(running, State.ACTIVE)
    shop.store.pause("Lunch.")
    thread.join(10)
    assert shop.again(running).state is State.COMPLETED
    assert shop.again(waiting).state is State.WAITING


def test_lanes_go_in_order_and_a_retried_job_keeps_its_place(shop):
    low = shop.add(lane=Lane.LOW)
    failing, normal = shop.add("exit", act_until=1, backoff=0), shop.add()
    urgent = shop.add(lane=Lane.URGENT)
    shop.run(concurrency=1)
    ends = sorted([low, failing, normal, urgent], key=lambda job: shop.again(job).finished)
    assert [job.id for job in ends] == [urgent.id, failing.id, normal.id, low.id]


def test_a_warm_worker_gets_the_jobs_of_its_template(shop):
    for _ in range(4):
        shop.add(template="/a.blend", seconds=0.02)
        shop.add(template="/b.blend", seconds=0.02)
    shop.run()
    by_worker = {}
    for job in shop.store.jobs():
        by_worker.setdefault(job.worker_pid, set()).add(job.request["template"])
    assert all(len(templates) == 1 for templates in by_worker.values())
    claimed = sorted(shop.store.jobs(), key=lambda job: job.started)
    assert [job.rowid for job in claimed] == sorted(job.rowid for job in claimed)


@pytest.mark.parametrize(
    "settings, wish, why",
    [
        ({"worker_max_jobs": 2}, {}, "after 2 jobs"),
        ({"worker_max_mb": 200}, {"memory_mb": 900}, "it has grown to 900 MB"),
        ({}, {"template": True}, "another template is needed"),
    ],
)
def test_a_worker_is_replaced(shop, settings, wish, why):
    shop.set(**settings)
    for number in range(4):
        template = f"/{number}.blend" if wish.get("template") else ""
        shop.add(**wish | {"template": template})
    shop.run(concurrency=1)
    assert shop.store.counts().completed == 4
    assert why in shop.folder.runner_log.read_text()


def test_progress_is_written_twice_a_second_at_most(shop):
    job = shop.add("flood")
    revisions = set()
    thread = shop.start()
    while thread.is_alive():
        now = shop.again(job)
        if now.progress == 0.5:
            revisions.add(now.rev)
        time.sleep(0.005)
    assert 1 <= len(revisions) <= 4
    assert shop.again(job).state is State.COMPLETED


def test_stopping_puts_running_jobs_back_uncounted(shop):
    jobs = shop.add("hang", "hang")
    thread = shop.start()
    shop.until(lambda: all(shop.again(job).worker_pid for job in jobs))
    shop.stop.set()
    thread.join(10)
    for job in map(shop.again, jobs):
        assert (job.state, job.attempts, job.claims) == (State.WAITING, 0, 1)
        assert not alive(job.worker_pid)
    assert not shop.strays()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_in_good_order(shop, number):
    job = shop.add("hang")

    def send_when_it_runs():
        with closing(JobStore(shop.folder)) as store:
            shop.until(lambda: store.job(job.id).worker_pid)
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    threading.Thread(target=send_when_it_runs).start()
    with launch.signals_stop() as stop:
        assert shop.run(stop=stop).reason is Reason.STOPPED
    assert shop.again(job).state is State.WAITING
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("finish, state", [(True, State.COMPLETED), (False, State.WAITING)])
def test_a_door_can_ask_the_runner_to_stop(shop, finish, state):
    assert not launch.ask_stop(shop.store)
    running, waiting = shop.add(seconds=0.6), shop.add()
    thread = shop.start(concurrency=1, until_empty=False)
    shop.until(lambda: shop.again(running).worker_pid)
    assert launch.ask_stop(shop.store, finish_running=finish)
    thread.join(10)
    assert shop.again(running).state is state
    assert shop.again(waiting).state is State.WAITING
    assert shop.run().completed == (1 if finish else 2), "the wish is meant for one runner only"


def test_a_wish_to_stop_can_be_taken_back(shop):
    running, waiting = shop.add(seconds=0.6), shop.add()
    thread = shop.start(concurrency=1)
    shop.until(lambda: shop.again(running).worker_pid)
    launch.ask_stop(shop.store)
    time.sleep(0.2)  # it has heard that
    assert launch.go_on(shop.store) is None, "one is there"
    thread.join(10)
    assert shop.again(waiting).state is State.COMPLETED


def test_a_wish_to_stop_that_is_taken_back_at_the_last_moment_is_too(shop, monkeypatch):
    running, waiting = shop.add(seconds=0.3), shop.add()
    kill_all = WorkerPool.kill_all

    def at_the_end(pool):
        if shop.again(running).state is State.COMPLETED:  # it ends, and holds the lock still
            assert launch.go_on(shop.store) is None
        return kill_all(pool)

    monkeypatch.setattr(WorkerPool, "kill_all", at_the_end)
    thread = shop.start(concurrency=1)
    shop.until(lambda: shop.again(running).worker_pid)
    launch.ask_stop(shop.store)
    thread.join(10)
    assert shop.again(waiting).state is State.COMPLETED


def test_the_second_runner_is_told_who_holds_the_queue(shop):
    shop.add("hang")
    thread = shop.start()
    shop.until(lambda: shop.store.counts().active)
    with pytest.raises(QueueHeld, match=f"process {os.getpid()} on "):
        shop.run()
    shop.stop.set()
    thread.join(10)


def test_it_ends_after_the_idle_time_and_its_warm_workers_with_it(shop):
    job = shop.add()
    began = time.monotonic()
    assert shop.run(until_empty=False).reason is Reason.IDLE
    assert time.monotonic() - began > 0.2
    assert not alive(shop.again(job).worker_pid)


def test_a_scheduled_job_is_waited_for(shop):
    job = shop.add(not_before=time.time() + 0.6)
    assert shop.run(until_empty=False).completed == 1
    assert shop.again(job).started >= job.run_at


def test_a_job_added_from_elsewhere_starts_at_once_at_a_warm_worker(shop):
    shop.set(idle_exit=5)
    warming = shop.add()
    shop.start(until_empty=False)
    shop.until_state(warming, State.COMPLETED)
    delays = []
    for _ in range(10):
        time.sleep(0.06)
        job = shop.add()
        done = shop.until_state(job, State.COMPLETED)
        delays.append(done.started - done.created)
    # How fast exactly is for the benchmark to say; without noticing, it would take a second.
    assert sorted(delays)[5] < 0.3


def test_a_blender_that_does_not_start_pauses_the_queue(shop, monkeypatch):
    monkeypatch.setenv("PLAIN_WORKER_START", "this Blender does not start")
    job = shop.add()
    summary = shop.run()
    assert summary.reason is Reason.PAUSED
    assert "this Blender does not start" in summary.paused
    assert (shop.again(job).state, shop.again(job).attempts) == (State.WAITING, 0)
    assert shop.folder.runner_log.read_text().count("is starting") == scheduler.START_TRIES


def test_a_library_that_the_system_lacks_is_said_at_once_with_what_installs_it(
    shop, monkeypatch, tmp_path
):
    lacks = "ImportError: libX11.so.6: cannot open shared object file: No such file or directory"
    monkeypatch.setenv("PLAIN_WORKER_START", lacks)
    monkeypatch.setattr(system_libraries, "OS_RELEASE", tmp_path / "none")
    (tmp_path / "dnf").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    job = shop.add()
    assert shop.run().reason is Reason.PAUSED
    told = shop.again(job)
    assert (told.state, told.attempts) == (State.WAITING, 0)
    assert "Blender needs libX11.so.6, which this system lacks." in told.error
    assert "dnf install libX11 " in told.error
    assert told.failure is FailureClass.MISSING_LIBRARY
    assert "preferences" not in shop.store.paused()
    assert shop.folder.runner_log.read_text().count("is starting") == 1


@pytest.mark.parametrize(
    "command, version, words",
    [
        (("/no/such/blender",), "", "No such file"),
        (COMMAND, "3.6.1", "Blender 3.6.1 is too old; 4.2 or later is needed"),
    ],
)
def test_a_wrong_blender_is_said_at_once(shop, monkeypatch, command, version, words):
    monkeypatch.setenv("PLAIN_WORKER_VERSION", version)
    shop.add()
    assert words in shop.run(command=command).paused


def test_no_blender_at_all_pauses_with_what_to_install(shop, monkeypatch, tmp_path):
    monkeypatch.delenv("BLENDER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tshirt_render_queue.queue.runner.blender.ROOT", tmp_path)
    shop.add()
    assert "Install Blender 4.2 or later" in shop.run(command=None).paused


def test_a_plain_worker_can_stand_in_for_blender_by_the_setting(shop):
    shop.set(blender=str(PLAIN_WORKER))
    shop.add()
    assert shop.run(command=None).completed == 1


def test_the_frames_of_a_failed_attempt_are_handed_to_the_next(shop):
    job = shop.add("half", act_until=2, mode="turntable")
    shop.run()
    work = shop.out / ".work"
    handed = [shop.folder.log(job.id, claim).read_text().splitlines()[1] for claim in (1, 2, 3)]
    assert handed == [
        "previous",
        f"previous {work / job.id}-1",
        f"previous {work / job.id}-2 {work / job.id}-1",
    ]
    assert not shop.strays()


def test_a_clock_set_back_an_hour_holds_nothing_up(shop, monkeypatch):
    retried, hanging = (
        shop.add("exit", act_until=1, backoff=0.3),
        shop.add("hang", timeout=0.5, attempts=1),
    )
    thread = shop.start()
    shop.until(lambda: shop.again(retried).state is State.DELAYED)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 3600)
    monkeypatch.setattr(shop.store, "clock", time.time)
    later = shop.add()
    thread.join(10)
    assert not thread.is_alive()
    assert [shop.again(job).state for job in (retried, hanging, later)] == [
        State.COMPLETED,
        State.FAILED,
        State.COMPLETED,
    ]


def test_a_damaged_queue_is_set_aside_and_worked_on(shop):
    job = shop.add()
    shop.store.close()
    with shop.folder.database.open("r+b") as file:
        file.write(b"not a database at all")
    assert shop.run().completed == 1
    shop.store = JobStore(shop.folder)
    assert shop.again(job).state is State.COMPLETED
    assert [path.name for path in shop.folder.path.glob("damaged-*/queue.db")] == ["queue.db"]
    assert "jobs taken over: 1" in shop.folder.runner_log.read_text()


def test_a_runner_whose_folder_is_replaced_ends_without_touching_the_new_one(shop):
    shop.add("hang")
    refused = []

    def run():
        try:
            shop.run()
        except LockLost as error:
            refused.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    shop.until(lambda: shop.store.counts().active)
    shop.store.close()
    shop.folder.path.rename(shop.folder.path.with_name("elsewhere"))
    shop.store = JobStore(shop.folder)
    job = shop.add()
    thread.join(10)
    assert refused
    assert shop.again(job).state is State.WAITING
    assert shop.run().completed == 1


def test_a_folder_that_goes_while_it_is_cleaned_ends_the_runner_alike(shop, monkeypatch):
    clean = scheduler.clean

    def clean_too_late(store):
        shop.folder.path.rename(shop.folder.path.with_name("elsewhere"))
        return clean(store)

    monkeypatch.setattr(scheduler, "clean", clean_too_late)
    shop.add("hang")
    with pytest.raises(LockLost):
        shop.run()


def test_a_folder_that_is_a_file_is_refused_with_words(tmp_path):
    (tmp_path / "queue").write_text("")
    with pytest.raises(QueueReadOnly, match="can't be opened for writing"):
        launch.run_queue(tmp_path / "queue")


def test_a_job_of_a_dead_runner_is_settled_by_the_next(shop):
    """One it had only claimed, one it was asked to cancel, one that was finished."""
    claimed, cancelled, finished = shop.add("", "", "finished")
    for _ in range(3):
        shop.store.claim("a dead runner", time.time())
    shop.store.cancel([cancelled.id])
    work = shop.out / ".work" / f"{finished.id}-1"
    work.mkdir(parents=True)
    child = processes.start(COMMAND, shop.folder.logs / "w.log", shop.folder.path)
    order = {"job": finished.id, "attempt": 1, "request": finished.request, "work": str(work)}
    order |= {"do": "render", "log": str(shop.folder.logs / "x.log"), "threads": 1, "previous": []}
    child.stdin.write(json.dumps(order).encode() + b"\n")
    child.stdin.flush()
    shop.until(child.gone)
    child.channel.close()
    child.close()
    summary = shop.run()
    assert (summary.completed, summary.cancelled) == (2, 1)
    assert shop.again(cancelled).state is State.CANCELLED
    assert (shop.again(claimed).claims, shop.again(claimed).attempts) == (2, 1)
    assert shop.again(finished).claims == 1
    assert not shop.strays()


def test_recorded_workers_of_a_dead_runner_are_killed(shop):
    """The record is left as a kill -9 leaves it; the worker lives because its stdin is held."""
    child = processes.start(COMMAND, shop.folder.logs / "w.log", shop.folder.path)
    child.channel.readline()
    lock = RunnerLock(shop.folder, "a dead runner").acquire()
    lock.record((Recorded(child.pid, child.identity),))
    note = shop.folder.runner_info.read_text()
    lock.release()
    shop.folder.runner_info.write_text(note)
    shop.run()
    assert not alive(child.pid)
    shop.until(child.gone)
    child.channel.close()
    child.close()


SHEET = {"contact-sheet.png", "gallery.html", "manifest.csv", "manifest.json"}


def test_a_finished_batch_gets_its_sheet(shop):
    shop.add("", "", batch="spring")
    shop.add()
    assert shop.run().completed == 3
    assert {path.name for path in shop.strays()} == SHEET
    assert (shop.out / "gallery.html").read_text() == "2 pictures"
    assert not (shop.out / ".work").exists()
    sheet = (shop.out / "contact-sheet.png").stat().st_mtime_ns
    shop.run()
    assert (shop.out / "contact-sheet.png").stat().st_mtime_ns == sheet, "it was drawn once"


def test_a_batch_with_a_job_to_do_gets_none(shop):
    done = shop.add(batch="spring")
    shop.add(batch="spring", after=(shop.add("bad_design").id,))
    assert shop.run().completed == 1
    assert shop.again(done).state is State.COMPLETED
    assert not shop.strays()


def test_a_sheet_that_a_dead_runner_owed_is_drawn_by_the_next(shop):
    shop.add(batch="spring")
    shop.run()
    for name in SHEET:
        (shop.out / name).unlink()
    shop.run()
    assert {path.name for path in shop.strays()} == SHEET


def test_a_sheet_that_cannot_be_drawn_fails_no_job(shop):
    shop.add(batch="undrawable")
    assert shop.run().exit_code == 0
    assert {path.name for path in shop.strays()} == {"manifest.csv"}
    assert "It can't be drawn." in shop.folder.runner_log.read_text()


def test_a_sheet_whose_worker_dies_is_drawn_by_another(shop):
    shop.add(batch="mortal")
    assert shop.run().exit_code == 0
    assert {path.name for path in shop.strays()} == SHEET


def test_a_sheet_over_which_all_workers_die_is_given_up(shop):
    shop.add(batch="deadly")
    assert shop.run().exit_code == 0
    assert {path.name for path in shop.strays()} == {"manifest.csv"}
    assert shop.folder.runner_log.read_text().count("can't be drawn") == 1


def test_every_step_can_be_listened_to(shop):
    heard = []
    job = shop.add("exit", act_until=1)
    shop.run(on_event=heard.append)
    kinds = shop.kinds(job)
    assert kinds == [
        EventKind.ADDED,
        EventKind.STARTED,
        EventKind.RETRYING,
        EventKind.READY,
        EventKind.STARTED,
        EventKind.COMPLETED,
    ]
    assert [news.kind for news in heard if news.kind is not EventKind.PROGRESS] == kinds[1:]


def test_time_in_which_we_were_suspended_does_not_count(monkeypatch):
    times = iter([100.0, 100.4, 4000.0, 4000.2])
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    clock = Clock()
    assert [round(clock.tick(), 3) for _ in range(3)] == [0.4, 1.4, 1.6]


def test_a_detached_runner_ends_in_good_order_when_asked_to_terminate(shop):
    shop.set(blender=str(PLAIN_WORKER))
    job = shop.add("hang")
    pid = launch.start_detached(shop.folder)
    shop.until(lambda: shop.again(job).worker_pid)
    worker = shop.again(job).worker_pid
    os.kill(pid, signal.SIGTERM)
    shop.until(lambda: not alive(pid))
    assert not alive(worker)
    assert (shop.again(job).state, shop.again(job).attempts) == (State.WAITING, 0)


def test_detached_runners_are_one_and_end_by_themselves(shop):
    shop.set(blender=str(PLAIN_WORKER), idle_exit=0.5)
    jobs = shop.add("", "", "")
    pids = [pid for _ in range(4) if (pid := launch.start_detached(shop.folder))]
    shop.until(lambda: shop.store.counts().completed == 3)
    assert len({shop.again(job).owner for job in jobs}) == 1
    shop.until(lambda: not any(alive(pid) for pid in pids))


def alive(pid):
    return processes.identity_or_none(pid) is not None and processes._stat(pid)[0] not in "ZX"

"""The client: tasks are done on its thread, snapshots follow the queue, nobody waits."""

import gc
import threading
import time
from contextlib import closing

import pytest
from tshirt_render_queue.operators.client.queue_client import LOOK_EVERY, QueueClient
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.job import NewJob, State
from tshirt_render_queue.queue.runner import launch
from tshirt_render_queue.queue.runner.blender import NoPython
from tshirt_render_queue.queue.runner.lock import Holder
from tshirt_render_queue.queue.runner.scheduler import STOP_ASKED
from tshirt_render_queue.queue.settings import OnQuit
from tshirt_render_queue.queue.store.job_store import JobStore


@pytest.fixture
def client(tmp_path):
    client = QueueClient()
    client.open(QueueFolder.at(tmp_path / "queue"))
    until(lambda: client.snapshot.counts)
    yield client
    client.close()


def until(met, seconds=10.0):
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def order(name):
    return NewJob(
        request={"prints": [{"name": name}]}, key=name, out="/out", target=name, names=(name,)
    )


def paused(client):
    client.hand_over(lambda store: store.pause("for a test")).result(5)


def test_a_task_is_done_and_the_snapshot_follows(client):
    paused(client)
    (job,) = client.hand_over(lambda store: store.add_many([order("fox")])).result(5)
    until(lambda: client.snapshot.total == 1)
    assert client.snapshot.lines[0].row.id == job.id
    assert client.snapshot.counts[State.WAITING] == 1
    assert client.snapshot.paused == "for a test"


def test_a_task_that_fails_tells_who_asked_and_ends_nothing(client):
    def fails(_store):
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        client.hand_over(fails).result(5)
    assert client.hand_over(lambda store: store.counts().total).result(5) == 0


def test_handing_over_never_waits(client):
    client.hand_over(lambda _store: time.sleep(0.5))
    begun = time.perf_counter()
    for number in range(100):
        client.hand_over(lambda store, name=str(number): store.job(name))
    assert time.perf_counter() - begun < 0.05


def test_changes_by_others_are_seen_and_removed_jobs_go(client):
    paused(client)
    jobs = client.hand_over(
        lambda store: store.add_many([order(str(number)) for number in range(450)])
    ).result(5)
    until(lambda: client.snapshot.total == 450)
    ids = [job.id for job in jobs[:200]]
    client.hand_over(lambda store: (store.cancel(ids), store.remove(ids))).result(5)
    until(lambda: client.snapshot.total == 250)


def test_details_follow_the_chosen_job(client):
    paused(client)
    (job,) = client.hand_over(lambda store: store.add_many([order("fox")])).result(5)
    client.choose_job(job.id)
    until(lambda: client.snapshot.detail is not None)
    assert client.snapshot.detail.id == job.id
    assert "paused" in client.snapshot.why
    client.hand_over(lambda store: store.cancel([job.id])).result(5)
    until(lambda: client.snapshot.detail.state is State.CANCELLED)


def test_a_setting_is_shown_at_once_and_kept(client):
    client.assume(concurrency=5)
    assert client.snapshot.settings.concurrency == 5
    until(
        lambda: (
            client.hand_over(lambda store: store.all_settings()).result(5).get("concurrency") == 5
        )
    )


def test_a_queue_without_jobs_is_opened_once(client):
    assert len({client.hand_over(id).result(5) for _ in range(3)}) == 1


def test_an_idle_desk_makes_no_snapshots(client):
    time.sleep(0.6)
    before = client.snapshot.number
    time.sleep(1.0)
    assert client.snapshot.number == before


def test_trouble_is_told_and_passes(tmp_path):
    folder = tmp_path / "queue"
    folder.write_text("a file where the queue should be", encoding="utf-8")
    client = QueueClient()
    client.open(QueueFolder.at(folder))
    until(lambda: client.snapshot.trouble)
    folder.unlink()
    until(lambda: not client.snapshot.trouble)
    client.close()


def test_closing_ends_the_thread(client):
    assert client.snapshot.settings.on_quit is OnQuit.KEEP
    client.close()
    assert not client.is_open


def test_a_long_task_keeps_no_quick_one_waiting_and_is_seen_when_done(client):
    paused(client)
    go = threading.Event()
    slow = client.hand_over(lambda store: go.wait(10) and store.add_many([order("fox")]), long=True)
    assert client.hand_over(lambda store: store.counts().total).result(5) == 0
    go.set()
    assert len(slow.result(5)) == 1
    until(lambda: client.snapshot.total == 1, 0.2 + LOOK_EVERY)


def test_long_tasks_are_done_in_order(client):
    done = []
    tasks = [client.hand_over(lambda _, n=n: done.append(n), long=True) for n in range(5)]
    tasks[-1].result(5)
    assert done == [0, 1, 2, 3, 4]


def test_python_looks_for_no_cycles_while_thousands_of_jobs_are_read(client):
    paused(client)
    searches = []

    def search(phase, _info):
        if phase == "start" and threading.current_thread().name.startswith("tshirt"):
            searches.append(phase)

    gc.callbacks.append(search)
    try:
        client.hand_over(
            lambda store: store.add_many([order(str(number)) for number in range(2000)]), long=True
        ).result(20)
        until(lambda: client.snapshot.total == 2000)
    finally:
        gc.callbacks.remove(search)
    assert len(searches) < 10, "left to itself, it is fifty"
    until(gc.isenabled)


def test_it_says_so_when_nobody_can_render_and_when_that_is_over(client, monkeypatch):
    paused(client)
    (job,) = client.hand_over(lambda store: store.add_many([order("fox")])).result(5)
    until(lambda: client.snapshot.total == 1)

    def fails(_folder):
        raise NoPython("No Python was found.")

    with monkeypatch.context() as patch:
        patch.setattr(launch, "start_detached", fails)
        client.start_runner()
        until(lambda: client.snapshot.trouble)
        assert client.snapshot.trouble == "Nothing is rendered: No Python was found."
        time.sleep(0.6)
        before = client.snapshot.number
        time.sleep(0.6)
        assert client.snapshot.number == before, "told once, it is shown and not told again"
    client.hand_over(lambda store: store.cancel([job.id])).result(5)
    until(lambda: client.snapshot.unfinished == 0)
    assert client.snapshot.trouble, "nobody has tried again"
    monkeypatch.setattr(launch, "start_detached", lambda folder: None)
    client.start_runner()
    until(lambda: not client.snapshot.trouble)


@pytest.fixture
def runners(monkeypatch):
    """Counts who is asked to render, and starts nobody; a runner holds every folder."""
    asked = []
    monkeypatch.setattr(launch, "is_held", lambda folder: True)
    monkeypatch.setattr(launch, "holder_or_none", lambda folder: Holder("it", 1, "here", 0.0))
    monkeypatch.setattr(launch, "start_detached", lambda folder: asked.append(folder))
    return asked


def stop_asked(client):
    return client.hand_over(lambda store: store.setting(STOP_ASKED, None)).result(5)


def finishing(folder):
    client = QueueClient()
    client.open(folder)
    client.hand_over(lambda store: store.add_many([order("fox")])).result(5)
    client.assume(on_quit=OnQuit.FINISH)
    until(lambda: client.snapshot.unfinished == 1)
    return client


def test_a_desk_that_opens_again_takes_its_wish_to_stop_back(tmp_path, runners):
    folder = QueueFolder.at(tmp_path / "queue")
    client = finishing(folder)
    client.close()
    with closing(JobStore(folder)) as store:
        assert store.setting(STOP_ASKED, None)["owner"] == "it"
    del runners[:]
    client.open(folder)  # as Reload Scripts does
    until(lambda: runners)
    assert not stop_asked(client)
    client.close()


def test_while_another_blender_is_open_the_queue_goes_on(tmp_path, runners):
    folder = QueueFolder.at(tmp_path / "queue")
    client, other = finishing(folder), QueueClient()
    other.open(folder)
    until(lambda: other.snapshot.unfinished == 1)
    del runners[:]
    client.close()
    until(lambda: runners)
    assert not stop_asked(other)
    other.close()

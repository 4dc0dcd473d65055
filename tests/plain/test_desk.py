"""The desk: errands are done on its thread, snapshots follow the queue, nobody waits."""

import gc
import threading
import time
from contextlib import closing

import pytest
from tshirt_render_queue.operators.client.queue_client import LOOK_EVERY, Desk
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.job import Order, State
from tshirt_render_queue.queue.runner import launch
from tshirt_render_queue.queue.runner.blender import NoPython
from tshirt_render_queue.queue.runner.lock import Holder
from tshirt_render_queue.queue.runner.scheduler import STOP_ASKED
from tshirt_render_queue.queue.settings import OnQuit
from tshirt_render_queue.queue.store.job_store import JobStore


@pytest.fixture
def desk(tmp_path):
    desk = Desk()
    desk.open(QueueFolder.at(tmp_path / "queue"))
    until(lambda: desk.snapshot.counts)
    yield desk
    desk.close()


def until(met, seconds=10.0):
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def order(name):
    return Order(
        request={"prints": [{"name": name}]}, key=name, out="/out", target=name, names=(name,)
    )


def paused(desk):
    desk.hand_over(lambda store: store.pause("for a test")).result(5)


def test_an_errand_is_done_and_the_snapshot_follows(desk):
    paused(desk)
    (job,) = desk.hand_over(lambda store: store.add_many([order("fox")])).result(5)
    until(lambda: desk.snapshot.total == 1)
    assert desk.snapshot.lines[0].row.id == job.id
    assert desk.snapshot.counts[State.WAITING] == 1
    assert desk.snapshot.paused == "for a test"


def test_an_errand_that_fails_tells_who_asked_and_ends_nothing(desk):
    def fails(_store):
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        desk.hand_over(fails).result(5)
    assert desk.hand_over(lambda store: store.counts().total).result(5) == 0


def test_handing_over_never_waits(desk):
    desk.hand_over(lambda _store: time.sleep(0.5))
    begun = time.perf_counter()
    for number in range(100):
        desk.hand_over(lambda store, name=str(number): store.job(name))
    assert time.perf_counter() - begun < 0.05


def test_changes_by_others_are_seen_and_removed_jobs_go(desk):
    paused(desk)
    jobs = desk.hand_over(
        lambda store: store.add_many([order(str(number)) for number in range(450)])
    ).result(5)
    until(lambda: desk.snapshot.total == 450)
    ids = [job.id for job in jobs[:200]]
    desk.hand_over(lambda store: (store.cancel(ids), store.remove(ids))).result(5)
    until(lambda: desk.snapshot.total == 250)


def test_details_follow_the_chosen_job(desk):
    paused(desk)
    (job,) = desk.hand_over(lambda store: store.add_many([order("fox")])).result(5)
    desk.choose_job(job.id)
    until(lambda: desk.snapshot.detail is not None)
    assert desk.snapshot.detail.id == job.id
    assert "paused" in desk.snapshot.why
    desk.hand_over(lambda store: store.cancel([job.id])).result(5)
    until(lambda: desk.snapshot.detail.state is State.CANCELLED)


def test_a_setting_is_shown_at_once_and_kept(desk):
    desk.assume(concurrency=5)
    assert desk.snapshot.settings.concurrency == 5
    until(
        lambda: desk.hand_over(lambda store: store.all_settings()).result(5).get("concurrency") == 5
    )


def test_a_queue_without_jobs_is_opened_once(desk):
    assert len({desk.hand_over(id).result(5) for _ in range(3)}) == 1


def test_an_idle_desk_makes_no_snapshots(desk):
    time.sleep(0.6)
    before = desk.snapshot.number
    time.sleep(1.0)
    assert desk.snapshot.number == before


def test_trouble_is_told_and_passes(tmp_path):
    folder = tmp_path / "queue"
    folder.write_text("a file where the queue should be", encoding="utf-8")
    desk = Desk()
    desk.open(QueueFolder.at(folder))
    until(lambda: desk.snapshot.trouble)
    folder.unlink()
    until(lambda: not desk.snapshot.trouble)
    desk.close()


def test_closing_ends_the_thread(desk):
    assert desk.snapshot.settings.on_quit is OnQuit.KEEP
    desk.close()
    assert not desk.is_open


def test_a_long_errand_keeps_no_quick_one_waiting_and_is_seen_when_done(desk):
    paused(desk)
    go = threading.Event()
    slow = desk.hand_over(lambda store: go.wait(10) and store.add_many([order("fox")]), long=True)
    assert desk.hand_over(lambda store: store.counts().total).result(5) == 0
    go.set()
    assert len(slow.result(5)) == 1
    until(lambda: desk.snapshot.total == 1, 0.2 + LOOK_EVERY)


def test_long_errands_are_done_in_order(desk):
    done = []
    errands = [desk.hand_over(lambda _, n=n: done.append(n), long=True) for n in range(5)]
    errands[-1].result(5)
    assert done == [0, 1, 2, 3, 4]


def test_python_looks_for_no_cycles_while_thousands_of_jobs_are_read(desk):
    paused(desk)
    searches = []

    def search(phase, _info):
        if phase == "start" and threading.current_thread().name.startswith("tshirt"):
            searches.append(phase)

    gc.callbacks.append(search)
    try:
        desk.hand_over(
            lambda store: store.add_many([order(str(number)) for number in range(2000)]), long=True
        ).result(20)
        until(lambda: desk.snapshot.total == 2000)
    finally:
        gc.callbacks.remove(search)
    assert len(searches) < 10, "left to itself, it is fifty"
    until(gc.isenabled)


def test_it_says_so_when_nobody_can_render_and_when_that_is_over(desk, monkeypatch):
    paused(desk)
    (job,) = desk.hand_over(lambda store: store.add_many([order("fox")])).result(5)
    until(lambda: desk.snapshot.total == 1)

    def fails(_folder):
        raise NoPython("No Python was found.")

    with monkeypatch.context() as patch:
        patch.setattr(launch, "start_detached", fails)
        desk.start_runner()
        until(lambda: desk.snapshot.trouble)
        assert desk.snapshot.trouble == "Nothing is rendered: No Python was found."
        time.sleep(0.6)
        before = desk.snapshot.number
        time.sleep(0.6)
        assert desk.snapshot.number == before, "told once, it is shown and not told again"
    desk.hand_over(lambda store: store.cancel([job.id])).result(5)
    until(lambda: desk.snapshot.unfinished == 0)
    assert desk.snapshot.trouble, "nobody has tried again"
    monkeypatch.setattr(launch, "start_detached", lambda folder: None)
    desk.start_runner()
    until(lambda: not desk.snapshot.trouble)


@pytest.fixture
def runners(monkeypatch):
    """Counts who is asked to render, and starts nobody; a runner holds every folder."""
    asked = []
    monkeypatch.setattr(launch, "is_held", lambda folder: True)
    monkeypatch.setattr(launch, "holder_or_none", lambda folder: Holder("it", 1, "here", 0.0))
    monkeypatch.setattr(launch, "start_detached", lambda folder: asked.append(folder))
    return asked


def stop_asked(desk):
    return desk.hand_over(lambda store: store.setting(STOP_ASKED, None)).result(5)


def finishing(folder):
    desk = Desk()
    desk.open(folder)
    desk.hand_over(lambda store: store.add_many([order("fox")])).result(5)
    desk.assume(on_quit=OnQuit.FINISH)
    until(lambda: desk.snapshot.unfinished == 1)
    return desk


def test_a_desk_that_opens_again_takes_its_wish_to_stop_back(tmp_path, runners):
    folder = QueueFolder.at(tmp_path / "queue")
    desk = finishing(folder)
    desk.close()
    with closing(JobStore(folder)) as store:
        assert store.setting(STOP_ASKED, None)["owner"] == "it"
    del runners[:]
    desk.open(folder)  # as Reload Scripts does
    until(lambda: runners)
    assert not stop_asked(desk)
    desk.close()


def test_while_another_blender_is_open_the_queue_goes_on(tmp_path, runners):
    folder = QueueFolder.at(tmp_path / "queue")
    desk, other = finishing(folder), Desk()
    other.open(folder)
    until(lambda: other.snapshot.unfinished == 1)
    del runners[:]
    desk.close()
    until(lambda: runners)
    assert not stop_asked(other)
    other.close()

"""The desk: errands are done on its thread, snapshots follow the queue, nobody waits."""

import time

import pytest
from tshirt_render_queue.operators.desk import Desk
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.job import Order, State
from tshirt_render_queue.queue.settings import OnQuit


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

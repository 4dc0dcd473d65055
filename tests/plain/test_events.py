"""Events: every one told once and in order, to any number of listeners, in any process."""

import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from tshirt_render_queue.queue.events import Subscription, Watcher, subscribe, watch
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.job import EventKind, Lane, State
from tshirt_render_queue.queue.store.job_store import JobStore

ME = "runner-1"
STORES = ("disk_store", "memory_store")


def kinds(news):
    return [one.kind.value for one in news]


def test_a_jobs_whole_life_is_told_in_its_order(store, order, clock):
    watcher = Watcher(store)
    job = store.add(order())
    assert kinds(watcher.poll()) == ["added"]
    claimed = store.claim(ME, clock.now)
    assert kinds(watcher.poll()) == ["started"]
    store.progress(claimed, 0.5, "front 1/2")
    (progress,) = watcher.poll()
    assert (progress.kind, progress.job.progress) == (EventKind.PROGRESS, 0.5)
    assert progress.event.text == "front 1/2"
    store.put_back(claimed, clock.now, FailureClass.STALLED, "No sign of life.", "stall")
    (stalled,) = watcher.poll()
    assert (stalled.kind, stalled.event.failure) == (EventKind.STALLED, FailureClass.STALLED)
    claimed = store.claim(ME, clock.now)
    store.put_back(claimed, clock.now + 2, FailureClass.CRASH, "It crashed.")
    clock.now += 2
    store.move([job.id], Lane.URGENT)
    claimed = store.claim(ME, clock.now)
    store.cancel([job.id])
    store.cancelled(claimed)
    assert kinds(watcher.poll()) == [
        "started", "retrying", "moved", "ready", "started", "cancel_asked", "cancelled",
    ]  # fmt: skip
    assert watcher.poll() == []


def test_only_what_comes_is_told_or_all_since(store, order):
    store.add_many(order() for _ in range(3))
    assert Watcher(store).poll() == []
    assert kinds(Watcher(store, since_rev=0).poll()) == ["added"] * 3


def test_events_of_many_jobs_come_in_the_order_they_happened(store, order, clock):
    watcher = Watcher(store)
    store.add_many(order() for _ in range(30))
    jobs = [store.claim(ME, clock.now) for _ in range(30)]
    for job in reversed(jobs):
        store.complete(job, [])
    news = watcher.poll()
    revs = [one.event.rev for one in news]
    assert revs == sorted(set(revs))
    ends = [one.job.id for one in news if one.kind is EventKind.COMPLETED]
    assert ends == [job.id for job in reversed(jobs)]


def test_more_changes_than_one_portion_are_told_without_a_gap(store, order):
    watcher = Watcher(store)
    store.add_many(order() for _ in range(1300))
    news = watcher.poll()
    assert len({one.job.id for one in news}) == len(news) == 1300


def test_pausing_and_resuming_are_told_without_a_job(store):
    watcher = Watcher(store)
    store.pause("The disk is full.")
    (paused,) = watcher.poll()
    assert (paused.kind, paused.event.text, paused.job) == (
        EventKind.PAUSED,
        "The disk is full.",
        None,
    )
    store.resume()
    assert kinds(watcher.poll()) == ["resumed"]


def test_what_is_no_event_is_not_told(store, order):
    job = store.add(order())
    watcher = Watcher(store)
    store.pin([job.id])
    store.set_setting("concurrency", 3)
    assert watcher.poll() == []


def test_an_idle_queue_is_asked_one_cheap_question(disk_store):
    watcher = Watcher(disk_store)
    watcher.poll()
    asked = []
    disk_store._getter.set_trace_callback(asked.append)
    for _ in range(10):
        watcher.poll()
    assert asked == ["PRAGMA data_version"] * 10


def test_subscribers_hear_what_they_asked_for(store, order, clock):
    heard, all_heard = [], []
    ends = Subscription(store, heard.append, [EventKind.COMPLETED, EventKind.FAILED])
    everything = Subscription(store, all_heard.append)
    store.add_many(order() for _ in range(2))
    store.complete(store.claim(ME, clock.now), [])
    store.fail(store.claim(ME, clock.now), FailureClass.BAD_DESIGN, "The design is gone.")
    ends.poll()
    everything.poll()
    assert kinds(heard) == ["completed", "failed"]
    assert heard[1].event.text == "The design is gone."
    assert kinds(all_heard) == ["added", "added", "started", "completed", "started", "failed"]


def test_a_subscription_can_have_its_own_thread(store, order, clock):
    heard = threading.Event()
    names = []

    def hear(news):
        names.append(news.job.names[0])
        heard.set()

    subscription = subscribe(store, hear, EventKind.COMPLETED, every=0.005)
    store.add(order("fox"))
    store.complete(store.claim(ME, clock.now), [])
    assert heard.wait(10)
    store.add(order("bear"))
    store.complete(store.claim(ME, clock.now), [])
    subscription.close()
    assert names == ["fox.png", "bear.png"], "closing looks once more"
    store.add(order("wolf"))
    store.complete(store.claim(ME, clock.now), [])
    assert len(names) == 2


def test_a_callback_may_close_its_own_subscription(store, order):
    closed = threading.Event()

    def hear(_):
        subscription.close()
        closed.set()

    subscription = subscribe(store, hear, every=0.005)
    store.add(order())
    assert closed.wait(10)
    subscription._thread.join(10)
    assert not subscription._thread.is_alive()


def test_what_a_callback_raises_is_not_swallowed(store, order):
    def hear(_):
        raise RuntimeError("mine")

    subscription = Subscription(store, hear)
    store.add(order())
    with pytest.raises(RuntimeError, match="mine"):
        subscription.poll()


def test_watching_until_empty_ends_with_the_last_news(store, order, clock):
    store.add_many(order() for _ in range(2))
    told = []
    for news in watch(store, since_rev=0, every=0, until_empty=True):
        told.append(news.kind.value)
        if (job := store.claim(ME, clock.now)) is not None:
            store.complete(job, [])
    assert told.count("completed") == 2
    assert list(watch(store, until_empty=True)) == []


def test_watching_until_empty_does_not_wait_for_what_only_a_retry_unblocks(store, order, clock):
    first = store.add(order())
    store.add(order(after=(first.id,)))
    store.fail(store.claim(ME, clock.now), FailureClass.CRASH)
    assert store.counts().blocked == 1
    assert list(watch(store, until_empty=True)) == []


def test_watching_stops_when_told(store, order):
    stop = threading.Event()
    stop.set()
    store.add(order())
    assert kinds(watch(store, since_rev=0, stop=stop)) == ["added"]


def test_events_of_another_process_are_heard(queue_folder):
    actor = Path(__file__).with_name("store_actor.py")
    with closing(JobStore(queue_folder)) as store:
        watcher = Watcher(store)
        subprocess.run(
            [sys.executable, str(actor), "door", str(queue_folder), "there", "10"],
            check=True,
            capture_output=True,
        )
        assert kinds(watcher.poll()) == ["added"] * 10 + ["cancelled"]
        assert store.counts().waiting == 9
        assert store.jobs()[0].state is State.CANCELLED

"""Jobs that wait for others: order of a chain, failed links, retries that stand in for them."""

import pytest
from tshirt_render_queue.queue.errors import StillNeeded, UnknownJob
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.job import EventKind, State

ME = "runner-1"
STORES = ("disk_store", "memory_store")


def run_next(store, clock, ends=State.COMPLETED):
    job = store.claim(ME, clock.now)
    if ends is State.COMPLETED:
        store.complete(job, [])
    else:
        store.fail(job, FailureClass.CRASH)
    return job


def test_a_chain_runs_in_its_order_and_one_at_a_time(store, order, clock):
    first = order("1")
    second = order("2", after=(first.id,))
    third = order("3", after=(second.id,))
    store.add_many([first, second, third])
    for link in (first, second, third):
        assert run_next(store, clock).id == link.id
    assert store.counts().completed == 3


def test_a_job_waits_for_all_it_names(store, order, clock):
    first, second = store.add_many([order(), order()])
    last = store.add(order(after=(first.id, second.id)))
    assert (last.state, last.waits_for) == (State.BLOCKED, first.id)
    run_next(store, clock)
    assert (store.job(last.id).state, store.job(last.id).waits_for) == (State.BLOCKED, second.id)
    assert second.id in store.job(last.id).note
    run_next(store, clock)
    ready = store.job(last.id)
    assert (ready.state, ready.waits_for, ready.note) == (State.WAITING, None, "")
    assert ready.events[-1].kind is EventKind.READY


def test_what_is_done_needs_no_waiting_for(store, order, clock):
    first = store.add(order())
    run_next(store, clock)
    assert store.add(order(after=(first.id,))).state is State.WAITING


def test_an_unknown_job_can_not_be_waited_for(store, order):
    with pytest.raises(UnknownJob, match="nosuchjob"):
        store.add_many([order(), order(after=("nosuchjob",))])
    assert store.counts().total == 0


@pytest.mark.parametrize("end", [State.FAILED, State.CANCELLED])
def test_a_failed_link_blocks_and_says_so_and_its_retry_goes_on(store, order, clock, end):
    first = store.add(order("first"))
    last = store.add(order("last", after=(first.id,)))
    if end is State.FAILED:
        run_next(store, clock, State.FAILED)
    else:
        store.cancel([first.id])
    blocked = store.job(last.id)
    assert blocked.state is State.BLOCKED
    assert first.id in blocked.note
    assert str(end) in blocked.note
    assert store.claim(ME, clock.now) is None
    (retry,) = store.retry([first.id])
    assert store.job(last.id).waits_for == retry.id
    assert run_next(store, clock).id == retry.id
    assert run_next(store, clock).id == last.id


def test_a_retry_stands_in_also_for_a_link_that_is_not_yet_come_to(store, order, clock):
    first, second = store.add_many([order("1"), order("2")])
    last = store.add(order("3", after=(first.id, second.id)))
    store.cancel([second.id])
    (retry,) = store.retry([second.id])
    assert store.job(last.id).waits_for == first.id
    run_next(store, clock)
    assert store.job(last.id).waits_for == retry.id
    run_next(store, clock)
    assert store.job(last.id).state is State.WAITING


def test_a_retry_of_a_retry_stands_in_as_well(store, order, clock):
    first = store.add(order("1"))
    last = store.add(order("2", after=(first.id,)))
    for _ in range(3):
        run_next(store, clock, State.FAILED)
        store.retry([first.id])
    run_next(store, clock)
    assert store.job(last.id).state is State.WAITING


def test_a_failed_link_blocks_also_who_comes_later(store, order, clock):
    first = store.add(order("1"))
    run_next(store, clock, State.FAILED)
    last = store.add(order("2", after=(first.id,)))
    assert (last.state, last.waits_for) == (State.BLOCKED, first.id)
    assert "failed" in last.note


def test_a_blocked_job_can_be_cancelled_and_retried_blocked(store, order, clock):
    first = store.add(order("1"))
    last = store.add(order("2", after=(first.id,)))
    assert store.cancel([last.id])[0].state is State.CANCELLED
    (again,) = store.retry([last.id])
    assert (again.state, again.waits_for) == (State.BLOCKED, first.id)


def test_a_blocked_job_with_a_set_time_waits_for_both(store, order, clock):
    first = store.add(order("1"))
    at = clock.now + 100
    last = store.add(order("2", after=(first.id,), not_before=at))
    run_next(store, clock)
    assert store.job(last.id).state is State.DELAYED
    assert store.claim(ME, at - 1) is None
    assert store.claim(ME, at).id == last.id


def test_a_job_answered_from_disk_waits_for_nobody_and_lets_others_go(store, order, clock):
    first = store.add(order("1"))
    done = store.add(order("2", after=(first.id,), completed_files=({"file": "2.png"},)))
    assert done.state is State.COMPLETED
    assert store.add(order("3", after=(done.id,))).state is State.WAITING


def test_what_is_waited_for_can_not_be_removed(store, order, clock):
    first, second = store.add_many([order("1"), order("2")])
    last = store.add(order("3", after=(first.id, second.id)))
    run_next(store, clock)
    with pytest.raises(StillNeeded, match=first.id):
        store.remove([first.id])
    assert store.discard([first.id]) == []
    assert store.awaited() == {first.id, second.id}
    run_next(store, clock)
    assert store.job(last.id).state is State.WAITING
    assert [job.id for job in store.remove([first.id, second.id])] == [first.id, second.id]


def test_a_job_whose_link_was_lost_says_so(disk_store, order, clock):
    first, second = disk_store.add_many([order("1"), order("2")])
    last = disk_store.add(order("3", after=(first.id, second.id)))
    with disk_store._write() as change:
        change.run("DELETE FROM job WHERE job_id = ?", (second.id,))
    run_next(disk_store, clock)
    assert disk_store.job(last.id).state is State.BLOCKED
    assert "no longer in the queue" in disk_store.job(last.id).note


def test_a_thousand_jobs_that_wait_for_one_go_together(store, order, clock):
    first = store.add(order())
    store.add_many(order(after=(first.id,)) for _ in range(1000))
    run_next(store, clock)
    assert store.counts().waiting == 1000

"""Who is claimed next, and when: lanes, places in time, aged jobs, backoffs, set times, pause."""

import pytest
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.job import EventKind, Lane, State
from tshirt_render_queue.queue.settings import Settings

ME = "runner-1"
STORES = ("disk_store", "memory_store")


def claimed(store, now):
    """Names of the jobs in the order in which they are claimed."""
    names = []
    while (job := store.claim(ME, now)) is not None:
        names.append(job.names[0].removesuffix(".png"))
    return names


def test_urgent_first_then_normal_then_low_and_each_in_its_order(store, order, clock):
    for number, lane in enumerate((2, 1, 0, 1, 2, 0)):
        store.add(order(f"{Lane(lane).name.lower()}-{number}", lane=Lane(lane)))
    assert claimed(store, clock.now) == [
        "urgent-2",
        "urgent-5",
        "normal-1",
        "normal-3",
        "low-0",
        "low-4",
    ]


def test_orders_of_one_call_keep_their_order(store, order, clock):
    names = [f"n{number:03}" for number in range(200)]
    store.add_many(order(name) for name in names)
    assert claimed(store, clock.now) == names


def test_a_retried_job_keeps_its_place_in_time(store, order, clock):
    store.add_many([order("first"), order("second")])
    job = store.claim(ME, clock.now)
    store.put_back(job, clock.now)
    store.add(order("third"))
    assert claimed(store, clock.now) == ["first", "second", "third"]


def test_a_moved_job_has_the_place_of_its_age_in_the_new_lane(store, order, clock):
    jobs = store.add_many([order("old", lane=Lane.LOW), order("new")])
    moved = store.move([jobs[0].id], Lane.NORMAL)
    assert moved[0].lane is Lane.NORMAL
    assert moved[0].events[-1].kind is EventKind.MOVED
    assert claimed(store, clock.now) == ["old", "new"]


def test_an_old_low_job_moves_up_one_lane(store, order, clock):
    store.add_many(
        [order("low", lane=Lane.LOW), order("normal"), order("urgent", lane=Lane.URGENT)]
    )
    clock.now += Settings.promote_after - 1
    store.add(order("late urgent", lane=Lane.URGENT))
    assert store.claim(ME, clock.now).names == ("urgent.png",)
    assert store.jobs(lane=Lane.LOW)
    clock.now += 1
    assert store.claim(ME, clock.now).names == ("late urgent.png",)
    assert not store.jobs(lane=Lane.LOW)
    clock.now += 10 * Settings.promote_after
    store.add(order("later urgent", lane=Lane.URGENT))
    assert claimed(store, clock.now) == ["later urgent", "low", "normal"]


def test_how_long_a_low_job_waits_is_a_setting_that_works_at_once(store, order, clock):
    store.add_many([order("low", lane=Lane.LOW), order("normal")])
    clock.now += 10
    Settings(promote_after=5).save(store)
    assert claimed(store, clock.now) == ["low", "normal"]


def test_a_low_job_that_was_due_long_ago_moves_up_at_the_first_claim(store, order, clock):
    store.add_many([order("due", lane=Lane.LOW, not_before=clock.now + 5), order("normal")])
    clock.now += 5 + Settings.promote_after
    assert claimed(store, clock.now) == ["due", "normal"]


def test_a_wait_for_low_jobs_beyond_its_limits_counts_as_not_set(store, order, clock):
    store.set_setting("promote_after", 10**9)
    store.add_many([order("low", lane=Lane.LOW), order("normal")])
    clock.now += Settings.promote_after
    assert claimed(store, clock.now) == ["low", "normal"]


def test_waiting_begins_when_a_job_is_ready_not_when_it_was_added(store, order, clock):
    store.add(order("scheduled", lane=Lane.LOW, not_before=clock.now + 5000))
    store.add_many(order(f"normal-{number}") for number in range(2))
    clock.now += 5001
    assert store.claim(ME, clock.now).names == ("normal-0.png",)
    assert claimed(store, clock.now) == ["normal-1", "scheduled"]


def test_a_set_time_is_kept_to_the_second(store, order, clock):
    at = clock.now + 60
    job = store.add(order(not_before=at))
    assert (job.state, store.next_due(clock.now)) == (State.DELAYED, at)
    assert not store.has_work(at - 0.001)
    assert store.claim(ME, at - 0.001) is None
    assert store.has_work(at)
    assert store.claim(ME, at).id == job.id
    assert store.next_due(at) is None


def test_a_set_time_in_the_past_is_now(store, order, clock):
    job = store.add(order(not_before=clock.now - 60))
    assert job.state is State.WAITING


def test_a_backoff_is_waited_for(store, order, clock):
    store.add(order())
    job = store.claim(ME, clock.now)
    store.put_back(job, clock.now + 2, FailureClass.CRASH, "It crashed.")
    assert store.claim(ME, clock.now + 1.9) is None
    clock.now += 2
    again = store.claim(ME, clock.now)
    assert (again.id, again.attempts, again.claims) == (job.id, 2, 2)


def test_a_clock_set_back_an_hour_does_not_stretch_a_backoff(store, order, clock):
    store.add(order())
    store.put_back(store.claim(ME, clock.now), clock.now + 4, FailureClass.CRASH)
    clock.now -= 3600
    assert store.next_due(clock.now) == pytest.approx(clock.now + 4)
    assert store.claim(ME, clock.now) is None
    assert store.claim(ME, clock.now + 3.9) is None
    assert store.next_due(clock.now + 3.9) == pytest.approx(clock.now + 4)
    assert store.claim(ME, clock.now + 4.1) is not None


def test_a_clock_set_back_an_hour_leaves_a_set_time_alone(store, order, clock):
    at = clock.now + 60
    store.add(order(not_before=at))
    clock.now -= 3600
    assert store.claim(ME, clock.now) is None
    assert store.next_due(clock.now) == at
    assert store.claim(ME, at - 1) is None
    assert store.claim(ME, at) is not None


def test_a_clock_set_back_an_hour_does_not_hold_up_waiting_jobs(store, order, clock):
    store.add_many([order("normal"), order("low", lane=Lane.LOW)])
    clock.now -= 3600
    assert claimed(store, clock.now) == ["normal", "low"]
    assert store.job(store.jobs()[0].id).state is State.ACTIVE


def test_a_paused_queue_starts_nothing_and_lets_running_jobs_end(store, order, clock):
    store.add_many([order("running"), order("waiting")])
    running = store.claim(ME, clock.now)
    store.pause("The disk is full.")
    assert store.paused() == "The disk is full."
    assert not store.has_work(clock.now)
    assert store.claim(ME, clock.now) is None
    assert store.complete(running, [])
    store.resume()
    assert store.paused() is None
    assert claimed(store, clock.now) == ["waiting"]


def test_many_jobs_due_at_once_are_claimed_in_their_order(store, order, clock):
    at = clock.now + 10
    store.add_many(order(f"n{number:03}", not_before=at) for number in range(300))
    assert claimed(store, at) == [f"n{number:03}" for number in range(300)]


def test_jobs_of_other_runners_are_orphans(store, order, clock):
    store.add_many([order("a"), order("b")])
    theirs = store.claim("dead runner", clock.now)
    store.claim(ME, clock.now)
    assert [job.id for job in store.orphans(ME)] == [theirs.id]
    assert store.release(theirs, clock.now)
    assert store.orphans(ME) == []
    back = store.job(theirs.id)
    assert (back.state, back.attempts, back.owner) == (State.WAITING, 0, None)

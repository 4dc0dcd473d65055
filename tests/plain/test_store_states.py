"""From which state a job gets where, and that nothing moves one that it shouldn't."""

import sqlite3

import pytest
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.job import FINISHED, EventKind, State

ME = "runner-1"
STORES = ("disk_store", "memory_store")


def brought_to(state, store, order, clock):
    """A new job in that state; claimed by ME where it has to be."""
    if state is State.BLOCKED:
        first = store.add(order(not_before=clock.now + 1e6))
        return store.add(order(after=(first.id,)))
    if state is State.DELAYED:
        return store.add(order(not_before=clock.now + 60))
    job = store.add(order())
    if state is State.CANCELLED:
        return store.cancel([job.id])[0]
    if state is State.WAITING:
        return job
    job = store.claim(ME, clock.now)
    if state is State.COMPLETED:
        assert store.complete(job, [])
    if state is State.FAILED:
        assert store.fail(job, FailureClass.CRASH)
    return job


def told(store, job, what, clock):
    """Do one thing of the runner's to a job, as it was when it was claimed."""
    return {
        "started": lambda: store.started(job, 4242, "born-1"),
        "progress": lambda: store.progress(job, 0.5, "front"),
        "complete": lambda: store.complete(job, []),
        "fail": lambda: store.fail(job, FailureClass.CRASH, "It crashed."),
        "cancelled": lambda: store.cancelled(job),
        "put back now": lambda: store.put_back(job, clock.now),
        "put back later": lambda: store.put_back(job, clock.now + 5),
        "release": lambda: store.release(job, clock.now),
    }[what]()


ENDS = {
    "started": State.ACTIVE,
    "progress": State.ACTIVE,
    "complete": State.COMPLETED,
    "fail": State.FAILED,
    "cancelled": State.CANCELLED,
    "put back now": State.WAITING,
    "put back later": State.DELAYED,
    "release": State.WAITING,
}


@pytest.mark.parametrize("what", ENDS)
def test_an_active_job_goes_where_its_runner_says(store, order, clock, what):
    job = brought_to(State.ACTIVE, store, order, clock)
    assert told(store, job, what, clock)
    assert store.job(job.id).state is ENDS[what]


@pytest.mark.parametrize("what", ENDS)
@pytest.mark.parametrize("state", [state for state in State if state is not State.ACTIVE])
def test_a_job_that_is_not_active_stays_what_it_is(store, order, clock, state, what):
    job = brought_to(state, store, order, clock)
    before = store.job(job.id)
    assert before.state is state
    assert not told(store, job, what, clock)
    assert store.job(job.id) == before


@pytest.mark.parametrize("what", ENDS)
def test_whoever_lost_a_job_changes_nothing(store, order, clock, what):
    lost = brought_to(State.ACTIVE, store, order, clock)
    assert store.release(lost, clock.now)
    now = store.claim("runner-2", clock.now)
    assert now.id == lost.id
    version = store.data_version()
    assert not told(store, lost, what, clock)
    assert store.job(now.id) == now
    assert (store.revision(), store.data_version()) == (now.rev, version), "no watcher is woken"


@pytest.mark.parametrize("what", ENDS)
def test_a_late_message_of_an_earlier_claim_by_the_same_runner_changes_nothing(
    store, order, clock, what
):
    early = brought_to(State.ACTIVE, store, order, clock)
    store.put_back(early, clock.now)
    now = store.claim(ME, clock.now)
    assert (now.id, now.owner) == (early.id, early.owner)
    assert not told(store, early, what, clock)
    assert store.job(now.id) == now


@pytest.mark.parametrize("state", sorted(FINISHED))
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 7, 9])
def test_not_even_sql_moves_a_finished_job(disk_store, order, clock, state, number):
    job = brought_to(state, disk_store, order, clock)
    before = disk_store.job(job.id)
    change = f"UPDATE job SET status = {number} WHERE job_id = ?"
    with sqlite3.connect(disk_store.file) as db:
        if disk_store.queue()[-1]["status"] == number:
            db.execute(change, (job.id,))
        else:
            with pytest.raises(sqlite3.IntegrityError, match="never changes its state"):
                db.execute(change, (job.id,))
    db.close()
    assert disk_store.job(job.id) == before


@pytest.mark.parametrize("state", sorted(FINISHED))
def test_no_door_moves_a_finished_job(store, order, clock, state):
    job = brought_to(state, store, order, clock)
    assert store.cancel([job.id])[0].state is state
    assert store.move([job.id], job.lane.LOW)[0].lane is job.lane
    assert store.pin([job.id])[0].state is state
    assert store.claim(ME, clock.now + 1e9) is None


def test_attempts_stalls_and_claims_are_counted_apart(store, order, clock):
    store.add(order())
    for counts_as, attempts, stalls in (("stall", 0, 1), ("nothing", 0, 1), ("attempt", 1, 1)):
        job = store.claim(ME, clock.now)
        assert store.put_back(job, clock.now, FailureClass.STALLED, "Silent.", counts_as)
        job = store.job(job.id)
        assert (job.attempts, job.stalls) == (attempts, stalls)
    assert store.claim(ME, clock.now).claims == 4


def test_a_job_asked_to_be_cancelled_is_not_put_back(store, order, clock):
    job = brought_to(State.ACTIVE, store, order, clock)
    assert store.cancel([job.id])[0].cancel_asked
    assert store.job(job.id).state is State.ACTIVE
    assert store.put_back(job, clock.now + 2, FailureClass.CRASH, "It crashed.")
    assert store.job(job.id).state is State.CANCELLED


def test_a_job_that_completed_before_its_cancelling_was_noticed_is_completed(store, order, clock):
    job = brought_to(State.ACTIVE, store, order, clock)
    store.cancel([job.id])
    assert store.complete(job, [{"file": "a.png"}])
    assert store.job(job.id).state is State.COMPLETED


def test_the_journal_tells_every_attempt(store, order, clock):
    store.add(order())
    first = store.claim(ME, clock.now)
    clock.now += 3
    store.put_back(first, clock.now + 2, FailureClass.CRASH, "Blender crashed.")
    clock.now += 2
    second = store.claim(ME, clock.now)
    clock.now += 7
    store.complete(second, [])
    job = store.job(first.id)
    kinds = [event.kind for event in job.events]
    assert kinds == [
        EventKind.ADDED,
        EventKind.STARTED,
        EventKind.RETRYING,
        EventKind.READY,
        EventKind.STARTED,
        EventKind.COMPLETED,
    ]
    assert [event.rev for event in job.events] == sorted(event.rev for event in job.events)
    crashed, done = job.history
    assert (crashed.outcome, crashed.failure) == (EventKind.RETRYING, FailureClass.CRASH)
    assert (crashed.error, crashed.finished - crashed.started) == ("Blender crashed.", 3)
    assert (done.number, done.outcome, done.finished - done.started) == (2, EventKind.COMPLETED, 7)
    assert job.seconds == 7


@pytest.mark.parametrize("state", State)
def test_a_job_set_aside_fails_unless_it_is_finished(store, order, clock, state):
    job = brought_to(state, store, order, clock)
    before = store.job(job.id)
    store.set_aside(job, "It can't be worked with.")
    after = store.job(job.id)
    if state in FINISHED:
        assert after == before
    else:
        assert (after.state, after.failure) == (State.FAILED, FailureClass.BAD_REQUEST)
        assert (after.error, after.finished) == ("It can't be worked with.", clock.now)
        assert after.events[-1].kind is EventKind.FAILED


def test_a_journal_stays_small(store, order, clock):
    store.add(order())
    for _ in range(120):
        store.put_back(store.claim(ME, clock.now), clock.now, None, "x" * 5000, "nothing")
    (job,) = store.jobs()
    assert len(job.journal) < 7000
    assert len(job.error) <= 2000
    assert job.events[-1].kind is EventKind.RELEASED


def test_progress_stays_between_nothing_and_all(store, order, clock):
    job = brought_to(State.ACTIVE, store, order, clock)
    for fraction, kept in ((-1, 0), (0.25, 0.25), (7, 1)):
        store.progress(job, fraction, "front 1/4")
        assert store.job(job.id).progress == kept
    assert store.job(job.id).note == "front 1/4"

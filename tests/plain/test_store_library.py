"""The store is persist-queue's SQLiteAckQueue, and what of it would break a promise is safe."""

import inspect
import pickle
import sqlite3
from contextlib import closing

import persistqueue
import pytest
from persistqueue.exceptions import Empty
from tshirt_render_queue.queue.errors import AgainstThePromise
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.job import State
from tshirt_render_queue.queue.store import schema, vendor
from tshirt_render_queue.queue.store.job_store import JobStore


def test_it_is_the_version_whose_private_parts_are_overridden():
    assert persistqueue.__version__ == vendor.VERSION == "1.1.0"
    with pytest.raises(ImportError, match=r"needs persist-queue 1\.1\.0.*brought 1\.2\.0"):
        vendor.check_version("1.2.0")


def test_the_wheel_is_where_it_is_looked_for():
    assert vendor.WHEEL.is_file()


@pytest.mark.parametrize(
    "name", ["_init", "_pop", "_count", "_new_db_connection", "_mark_ack_status", "_table_name"]
)
def test_what_is_overridden_is_there_to_override(name):
    assert hasattr(persistqueue.SQLiteAckQueue, name)
    assert name in vars(JobStore) or hasattr(super(JobStore, JobStore), name)


def test_the_librarys_columns_come_first_and_mean_the_same(store, order, clock):
    store.add(order())
    with closing(sqlite3.connect(store.file)) as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(job)")]
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    assert columns[:4] == ["_id", "data", "timestamp", "status"]
    assert tables == {"job", "tally", "settings", "sqlite_sequence"}
    store.complete(store.claim("me", clock.now), [])
    assert (store.acked_count(), store.unack_count(), store.ready_count()) == (1, 0, 0)
    assert (schema.STATUS[State.ACTIVE], schema.STATUS[State.COMPLETED]) == (
        int(persistqueue.AckStatus.unack),
        int(persistqueue.AckStatus.acked),
    )


def test_every_commit_is_written_through(store, order):
    for connection in (store._putter, store._getter):
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_put_get_and_ack_work_on_orders_and_jobs(store, order):
    given = order()
    row = store.put(given)
    assert (len(store), store.qsize(), store.empty()) == (1, 1, False)
    job = store.get(block=False)
    assert (job.id, job.rowid, job.state) == (given.id, row, State.ACTIVE)
    assert store.active_size() == 1
    assert store.ack(job) == row
    assert store.job(job.id).state is State.COMPLETED
    with pytest.raises(Empty):
        store.get(block=False)
    with pytest.raises(Empty):
        store.get(timeout=0.01)


def test_nack_and_ack_failed_work_within_the_guards(store, order):
    store.put(order())
    raw = store.get(block=False, raw=True)
    assert raw["data"].rowid == raw["pqid"]
    store.nack(raw)
    assert store.job(raw["data"].id).state is State.WAITING
    again = store.get_nowait()
    store.ack_failed(id=again.rowid)
    assert store.job(again.id).failure is FailureClass.ENGINE_ERROR


def test_size_is_not_a_guess_of_this_process(store, order, queue_folder):
    with closing(JobStore(queue_folder)) as other:
        other.put(order())
    assert (store.size, store.empty()) == (1, False)


@pytest.mark.parametrize(
    "break_promise",
    [
        lambda store, job: store.get(id=job.rowid, block=False),
        lambda store, job: store.get(id=job.rowid, next_in_order=True, block=False),
        lambda store, job: store.nack(id=job.rowid),
        lambda store, job: store.ack(id=job.rowid),
        lambda store, job: store.ack_failed(id=job.rowid),
        lambda store, job: store.ack(id=4711),
        lambda store, job: store.update({"views": []}, id=job.rowid),
        lambda store, job: store.resume_unack_tasks(),
        lambda store, job: store.put({"any": "thing"}),
        lambda store, job: store.put(None),
    ],
)
@pytest.mark.parametrize("state", ["finished", "somebody else's"])
def test_what_would_break_a_promise_is_refused(store, order, clock, break_promise, state):
    store.add(order())
    job = store.claim("another runner", clock.now)
    if state == "finished":
        store.complete(job, [])
    before = store.job(job.id)
    with pytest.raises(AgainstThePromise):
        break_promise(store, job)
    assert store.job(job.id) == before
    assert store.counts().total == 1


def test_clearing_keeps_the_newest_the_pinned_and_the_awaited(store, order, clock):
    jobs = store.add_many(order() for _ in range(6))
    for _ in jobs:
        store.complete(store.claim("me", clock.now), [])
    store.pin([jobs[0].id])
    waiting = store.add(order())
    store.add(order(after=(jobs[1].id, waiting.id)))
    store.clear_acked_data(max_delete=0, keep_latest=2)
    left = {job.id for job in store.jobs(states=[State.COMPLETED])}
    assert left == {jobs[0].id, jobs[1].id, jobs[4].id, jobs[5].id}


def test_opening_the_queue_a_second_time_takes_nothing_back(store, order, clock, queue_folder):
    store.add(order())
    job = store.claim("runner", clock.now)
    with closing(JobStore(queue_folder)) as other:
        assert other.job(job.id).state is State.ACTIVE
        assert other.claim("other", clock.now) is None
    assert store.complete(job, [])


def test_nothing_is_pickled(store, order):
    assert store._serializer.__name__ == "persistqueue.serializers.json"
    store.add(order())
    (data,) = store._rows("SELECT data FROM job")[0]
    with pytest.raises(pickle.UnpicklingError):
        pickle.loads(data)


def test_disk_space_can_be_given_back(store, order, clock):
    store.add_many(order() for _ in range(50))
    while job := store.claim("me", clock.now):
        store.complete(job, [])
    store.discard([job.id for job in store.jobs()])
    store.shrink_disk_usage()
    store.check()
    assert store.add(order()).rowid == 51


def test_all_public_methods_of_the_library_are_known(store):
    """A method that a later version adds has to be looked at before the pin is lifted."""
    public = {
        name
        for name, _ in inspect.getmembers(persistqueue.SQLiteAckQueue, inspect.isfunction)
        if not name.startswith("_")
    }
    assert public == {
        "ack", "ack_failed", "ack_failed_count", "acked_count", "active_size", "clear_acked_data",
        "close", "empty", "full", "get", "get_nowait", "nack", "put", "qsize", "queue",
        "ready_count", "resume_unack_tasks", "shrink_disk_usage", "task_done", "unack_count",
        "update",
    }  # fmt: skip


def test_nothing_that_happens_often_reads_the_whole_table(store, order, clock):
    """Each statement of a job's usual life is explained: none scans the jobs."""
    first = store.add(order())
    store.add(order(after=(first.id,), batch="b"))
    store.add(order(not_before=clock.now + 5))
    statements = set()
    for connection in (store._getter, store._putter):
        connection.set_trace_callback(statements.add)
    job = store.claim("me", clock.now)
    store.started(job, 1, "born")
    store.progress(job, 0.5)
    store.put_back(job, clock.now + 2, FailureClass.CRASH, "It crashed.")
    clock.now += 2
    job = store.claim("me", clock.now)
    store.complete(job, [])
    store.add(order())
    store.cancel([store.add(order()).id])
    store.job(first.id)
    store.changes(3)
    store.counts()
    store.find_done(job.key)
    store.find_unfinished(job.key)
    store.has_work(clock.now)
    store.next_due(clock.now)
    store.ahead_of(job)
    store.orphans("other")
    store.jobs(states=[State.ACTIVE])
    store.jobs(batch="b")
    store.jobs(limit=100)
    for connection in (store._getter, store._putter):
        connection.set_trace_callback(None)
    asked = [text for text in statements if text.startswith(("SELECT", "UPDATE", "INSERT"))]
    assert len(asked) > 30
    for text in asked:
        plan = [row[3] for row in store._getter.execute(f"EXPLAIN QUERY PLAN {text}")]
        scans = [step for step in plan if step.startswith("SCAN") and "job" in step]
        in_order = "LIMIT 100" in text and "ORDER BY _id" in text
        assert not scans or in_order, (text, plan)

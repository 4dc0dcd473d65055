"""What doors do: add, all or nothing; name clashes; cancel, retry, pin and remove."""

import dataclasses

import pytest
from tshirt_render_queue.queue.errors import CannotRetry, NameTaken, StillNeeded, UnknownJob
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.job import Lane, NewJob, State, new_job_id
from tshirt_render_queue.queue.store import admission

ME = "runner-1"
STORES = ("disk_store", "memory_store")


def failed(store, clock):
    job = store.claim(ME, clock.now)
    store.fail(job, FailureClass.BAD_DESIGN, "The design is gone.")
    return store.job(job.id)


def test_ids_are_short_plain_and_differ():
    ids = {new_job_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert all(len(one) == 12 and one.isalnum() and one == one.lower() for one in ids)


def test_an_order_is_read_back_as_it_was_given(store, order, clock):
    given = order(
        request={"views": ["front"], "metadata": {"Größe": "XL", "n": 1.5, "deep": [None, True]}},
        lane=Lane.LOW,
        attempts=5,
        timeout=12.5,
        backoff=0.5,
        batch="autumn",
        pinned=True,
        not_before=clock.now + 60,
    )
    added = store.add(given)
    assert store.job(added.id) == added
    for field in dataclasses.fields(NewJob):
        name = {"attempts": "max_attempts", "not_before": "run_at"}.get(field.name, field.name)
        if field.name != "completed_files":
            assert getattr(added, name) == getattr(given, field.name), field.name


def test_orders_go_in_all_or_none(store, order):
    store.add(order("taken"))
    with pytest.raises(NameTaken):
        store.add_many([order("fine"), order("taken")])
    assert [job.names for job in store.jobs()] == [("taken.png",)]


def test_the_same_order_twice_is_one_job(store, order):
    given = order()
    first = store.add(given)
    assert store.add(given) == first
    assert store.counts().total == 1


class TestNameClash:
    def test_names_of_every_unfinished_job_are_taken(self, store, order, clock):
        waiting = store.add(order("fox"))
        with pytest.raises(NameTaken, match=r"fox\.png") as refused:
            store.add(order("fox"))
        assert refused.value.job_id == waiting.id
        active = store.claim(ME, clock.now)
        with pytest.raises(NameTaken):
            store.add(order("fox"))
        store.put_back(active, clock.now + 5)
        with pytest.raises(NameTaken):
            store.add(order("fox"))

    def test_names_of_finished_jobs_are_free(self, store, order, clock):
        store.add(order("fox"))
        store.complete(store.claim(ME, clock.now), [])
        store.cancel([store.add(order("fox")).id])
        store.add(order("fox"))
        failed(store, clock)
        assert store.add(order("fox")).state is State.WAITING

    def test_two_orders_of_one_call_clash(self, store, order):
        with pytest.raises(NameTaken):
            store.add_many([order("fox"), order("fox")])

    def test_other_views_of_the_same_design_do_not_clash(self, store, order):
        store.add(order("fox", names=("fox_front.png", "fox_back.png")))
        store.add(order("fox", names=("fox_left.png",)))
        with pytest.raises(NameTaken, match=r"fox_back\.png"):
            store.add(order("fox", names=("fox_right.png", "fox_back.png")))

    def test_the_same_name_in_another_folder_does_not_clash(self, store, order):
        store.add(order("fox"))
        assert store.add(order("fox", out="/other", target="/other/fox"))

    def test_where_disks_are_blind_to_case_so_are_names(self, store, order, monkeypatch):
        store.add(order("Fox", names=("Fox.png",)))
        assert store.add(order("fox", names=("fox.png",)))
        monkeypatch.setattr(admission, "CASE_BLIND", True)
        store.add(order("Bear", names=("Bear.png",)))
        with pytest.raises(NameTaken):
            store.add(order("bear", names=("bear.png",)))

    def test_a_job_answered_from_disk_takes_no_name(self, store, order):
        files = ({"file": "fox.png", "bytes": 1, "sha256": "0" * 64},)
        done = store.add(order("fox", completed_files=files))
        assert (done.state, done.progress, done.files) == (State.COMPLETED, 1.0, files)
        assert done.seconds is None
        assert store.find_done(done.key).id == done.id
        assert store.add(order("fox")).state is State.WAITING


class TestCancel:
    def test_waiting_delayed_and_active(self, store, order, clock):
        jobs = store.add_many([order(), order(), order(not_before=clock.now + 9)])
        active = store.claim(ME, clock.now)
        ids = [job.id for job in jobs]
        states = [job.state for job in store.cancel(ids)]
        assert states == [State.ACTIVE, State.CANCELLED, State.CANCELLED]
        assert store.job(active.id).cancel_asked
        assert store.cancelled(active)
        assert store.counts().cancelled == 3

    def test_twice_is_once(self, store, order, clock):
        job = store.add(order())
        store.claim(ME, clock.now)
        first = store.cancel([job.id])
        assert store.cancel([job.id]) == first

    def test_with_one_unknown_none_is_cancelled(self, store, order):
        job = store.add(order())
        with pytest.raises(UnknownJob):
            store.cancel([job.id, "nosuchjob"])
        assert store.job(job.id).state is State.WAITING


class TestRetry:
    def test_makes_a_new_job_and_both_name_each_other(self, store, order, clock):
        store.add(order("fox", lane=Lane.URGENT, batch="b", attempts=7, pinned=True))
        old = failed(store, clock)
        (new,) = store.retry([old.id])
        assert (new.retry_of, store.job(old.id).retried_by) == (old.id, new.id)
        assert store.job(old.id).state is State.FAILED
        for name in ("request", "key", "out", "names", "lane", "batch", "max_attempts", "pinned"):
            assert getattr(new, name) == getattr(old, name), name
        assert (new.state, new.attempts, new.events[0].text) == (State.WAITING, 0, "")

    def test_twice_gives_the_retry_that_is_under_way(self, store, order, clock):
        store.add(order())
        old = failed(store, clock)
        (new,) = store.retry([old.id])
        assert [job.id for job in store.retry([old.id])] == [new.id]
        store.complete(store.claim(ME, clock.now), [])
        assert [job.id for job in store.retry([old.id])] == [new.id]
        assert store.counts().total == 2

    def test_a_failed_retry_is_retried_in_its_place(self, store, order, clock):
        store.add(order())
        old = failed(store, clock)
        store.retry([old.id])
        second = failed(store, clock)
        (third,) = store.retry([old.id])
        assert third.retry_of == second.id

    def test_works_when_what_it_waited_for_or_its_retry_was_forgotten(self, store, order, clock):
        first = store.add(order())
        last = store.add(order(after=(first.id,)))
        store.complete(store.claim(ME, clock.now), [])
        store.cancel([last.id])
        store.remove([first.id])
        (retry,) = store.retry([last.id])
        assert retry.state is State.WAITING
        store.complete(store.claim(ME, clock.now), [])
        store.remove([retry.id])
        assert store.retry([last.id])[0].retry_of == last.id

    @pytest.mark.parametrize("what", ["waiting", "active", "completed"])
    def test_is_refused_for_what_has_not_failed(self, store, order, clock, what):
        job = store.add(order())
        if what != "waiting":
            active = store.claim(ME, clock.now)
            if what == "completed":
                store.complete(active, [])
        with pytest.raises(CannotRetry, match=what):
            store.retry([job.id])

    def test_is_refused_when_another_job_writes_the_files_now(self, store, order, clock):
        store.add(order("fox"))
        old = failed(store, clock)
        store.add(order("fox"))
        with pytest.raises(NameTaken):
            store.retry([old.id])
        assert store.job(old.id).retried_by is None


def test_pinning_is_for_any_job_and_can_be_undone(store, order):
    job = store.add(order())
    assert store.pin([job.id])[0].pinned
    assert not store.pin([job.id], False)[0].pinned


class TestRemove:
    def test_finished_jobs_go(self, store, order, clock):
        store.add(order())
        old = failed(store, clock)
        assert store.remove([old.id]) == [old]
        with pytest.raises(UnknownJob):
            store.job(old.id)
        assert store.counts().total == 0
        assert store.last_removal() == store.revision()

    def test_unfinished_jobs_stay_and_so_does_the_rest(self, store, order, clock):
        store.add(order())
        old = failed(store, clock)
        waiting = store.add(order())
        with pytest.raises(StillNeeded, match="cancel it first"):
            store.remove([old.id, waiting.id])
        assert store.counts().total == 2

    def test_the_cleaner_leaves_out_what_may_not_go(self, store, order, clock):
        store.add_many(order() for _ in range(2))
        gone, pinned = failed(store, clock), failed(store, clock)
        store.pin([pinned.id])
        waiting = store.add(order())
        assert store.discard([gone.id, pinned.id, waiting.id, "nosuchjob"]) == [gone.id]


def test_a_thousand_jobs_are_one_transaction(disk_store, order):
    statements = []
    disk_store._putter.set_trace_callback(statements.append)
    disk_store.add_many(order() for _ in range(1000))
    assert statements.count("COMMIT") == 1
    assert statements.count("BEGIN IMMEDIATE") == 1
    assert disk_store.counts().waiting == 1000

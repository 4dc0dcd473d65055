"""Reading: counts, lists, changes since, batches, settings, and rows that can't be read."""

import json
import pickle
import random
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace

import pytest
from tshirt_render_queue.queue.errors import UnknownJob
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.job import Lane, State
from tshirt_render_queue.queue.settings import BadSetting, OnQuit, Settings, parse
from tshirt_render_queue.queue.store.counts import Counts, Sort
from tshirt_render_queue.queue.store.job_store import JobStore

ME = "runner-1"
STORES = ("disk_store", "memory_store")


def counted(store):
    """The counts, counted."""
    return Counts.of(Counter(job.state for job in store.jobs()))


def test_counts_are_what_counting_gives_after_whatever_happens(store, order, clock):
    chance = random.Random(7)
    claimed = []

    def add():
        jobs = store.jobs(limit=3)
        after = tuple(job.id for job in jobs if chance.random() < 0.2)
        later = clock.now + 5 if chance.random() < 0.2 else None
        store.add(order(after=after, not_before=later, lane=Lane(chance.randrange(3))))

    def claim():
        if (job := store.claim(ME, clock.now)) is not None:
            claimed.append(job)

    def settle():
        if claimed:
            job = claimed.pop(chance.randrange(len(claimed)))
            chance.choice((
                lambda: store.complete(job, []),
                lambda: store.fail(job, FailureClass.CRASH),
                lambda: store.put_back(job, clock.now + chance.choice((0, 3))),
                lambda: store.cancelled(job),
            ))()  # fmt: skip

    def cancel():
        if jobs := store.jobs(states=[State.WAITING, State.BLOCKED, State.DELAYED]):
            store.cancel([chance.choice(jobs).id])

    def retry():
        if jobs := store.jobs(states=[State.FAILED, State.CANCELLED]):
            store.retry([chance.choice(jobs).id])

    def discard():
        if jobs := store.jobs(states=[State.COMPLETED]):
            store.discard([chance.choice(jobs).id])

    def time_goes_by():
        clock.now += 2

    todo = (add, add, add, claim, claim, settle, settle, cancel, retry, discard, time_goes_by)
    for _ in range(600):
        chance.choice(todo)()
        assert store.counts() == counted(store)
    assert store.counts().total > 50


def test_lists_are_filtered_sorted_and_cut(store, order, clock):
    store.add_many([
        order("fox", batch="animals"),
        order("Bear", batch="animals", lane=Lane.URGENT),
        order("oak", lane=Lane.LOW),
    ])  # fmt: skip
    store.complete(store.claim(ME, clock.now), [])

    def names(**filters):
        return [job.names[0].removesuffix(".png") for job in store.jobs(**filters)]

    assert names() == ["oak", "Bear", "fox"]
    assert names(order=Sort.OLDEST) == ["fox", "Bear", "oak"]
    assert names(order=Sort.QUEUE) == ["fox", "oak", "Bear"]
    assert names(order=Sort.CHANGED)[0] == "Bear"
    assert names(states=[State.COMPLETED]) == ["Bear"]
    assert names(states=[]) == []
    assert names(batch="animals") == ["Bear", "fox"]
    assert names(batch="") == ["oak"]
    assert names(lane=Lane.LOW) == ["oak"]
    assert names(text="bEAR") == ["Bear"]
    assert names(text="anim") == ["Bear", "fox"]
    assert names(text="'; DROP TABLE job; --") == []
    assert names(limit=1, offset=1) == ["Bear"]


def test_text_is_found_as_it_is_read_not_as_it_is_stored(store, order):
    fox, oak = store.add_many([order("Füchsin-100", batch="Größe L"), order("EICHE-Ä")])
    for text in ("füchsin", "FÜCHSIN-1", "größe", "GRÖSSE L", fox.id):
        assert [job.id for job in store.jobs(text=text)] == [fox.id], text
    assert [job.id for job in store.jobs(text="eiche-ä")] == [oak.id]
    for text in ("00f", "u00", "\\", '"'):
        assert store.jobs(text=text) == []


def test_an_unknown_job_is_named(store):
    with pytest.raises(UnknownJob, match="nosuchjob"):
        store.job("nosuchjob")


def test_every_change_is_told_once_and_in_its_order(store, order, clock):
    seen = store.revision()
    jobs = store.add_many(order() for _ in range(5))
    changed = store.changes(seen)
    assert [job.id for job in changed] == [job.id for job in jobs]
    seen = changed[-1].rev
    assert store.changes(seen) == []
    claimed = store.claim(ME, clock.now)
    store.progress(claimed, 0.5)
    store.pin([jobs[4].id])
    assert [job.id for job in store.changes(seen)] == [claimed.id, jobs[4].id]
    assert store.revision() == store.changes(seen)[-1].rev


def test_changes_come_in_portions_without_a_gap(store, order):
    store.add_many(order() for _ in range(25))
    seen, ids = 0, []
    while jobs := store.changes(seen, limit=4):
        ids += [job.id for job in jobs]
        seen = jobs[-1].rev
    assert ids == [job.id for job in store.jobs(order=Sort.OLDEST)]


def test_the_data_version_tells_of_changes_by_anybody(disk_store, order, queue_folder):
    with closing(JobStore(queue_folder)) as other:
        before = disk_store.data_version()
        assert disk_store.data_version() == before
        other.add(order())
        after = disk_store.data_version()
        assert after != before
        disk_store.add(order())
        assert disk_store.data_version() != after


def test_the_same_work_is_found_by_its_key(store, order, clock):
    job = store.add(order())
    assert store.find_unfinished(job.key).id == job.id
    assert store.find_done(job.key) is None
    store.complete(store.claim(ME, clock.now), [])
    assert store.find_unfinished(job.key) is None
    assert store.find_done(job.key).id == job.id


def test_batches_count_a_retried_job_once(store, order, clock):
    store.add_many(order(batch="b") for _ in range(4))
    store.complete(store.claim(ME, clock.now), [])
    failed = store.claim(ME, clock.now)
    store.fail(failed, FailureClass.CRASH)
    half = store.claim(ME, clock.now)
    store.progress(half, 0.5)
    (batch,) = store.batches()
    assert (batch.name, batch.progress) == ("b", (1 + 0 + 0.5 + 0) / 4)
    store.retry([failed.id])
    (batch,) = store.batches()
    assert (batch.counts.total, batch.counts.failed, batch.counts.waiting) == (4, 0, 2)


def test_settings_are_kept_checked_and_seen_by_others(disk_store, queue_folder):
    Settings(concurrency=4, on_quit=OnQuit.FINISH, device="OPTIX").save(disk_store)
    with closing(JobStore(queue_folder)) as other:
        assert Settings.load(other) == Settings(
            concurrency=4, on_quit=OnQuit.FINISH, device="OPTIX"
        )
        other.set_settings({"concurrency": 99, "attempts": "many", "nonsense": [1]})
    assert Settings.load(disk_store) == Settings(on_quit=OnQuit.FINISH, device="OPTIX")


@pytest.mark.parametrize(
    "name,text,value",
    [
        ("concurrency", "4", 4),
        ("timeout", "12.5", 12.5),
        ("clean_user_outputs", "on", True),
        ("clean_user_outputs", "No", False),
        ("on_quit", "finish", OnQuit.FINISH),
        ("blender", "/opt/blender", "/opt/blender"),
    ],
)
def test_settings_as_typed(name, text, value):
    assert parse(name, text) == value


@pytest.mark.parametrize(
    "name,text,says",
    [
        ("concurrency", "0", "from 1 to 16"),
        ("concurrency", "17", "from 1 to 16"),
        ("concurrency", "two", "a number"),
        ("timeout", "nan", "from 1 to"),
        ("clean_user_outputs", "maybe", "on or off"),
        ("on_quit", "explode", "keep, finish"),
        ("device", "QUANTUM", "one of CPU, CUDA"),
        ("speed", "1", "there are concurrency"),
    ],
)
def test_settings_that_can_not_be_say_what_can(name, text, says):
    with pytest.raises(BadSetting, match=says):
        parse(name, text)


class Planted:
    """Runs code wherever it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle that was planted in the queue was run",))


UNREADABLE = {
    "a pickle": ("data", pickle.dumps(Planted())),
    "no JSON": ("data", b"\xff\xfe\x00"),
    "a number for a request": ("data", b"42"),
    "nothing for a request": ("data", None),
    "broken names": ("names", "[1, 2"),
    "names that are no list": ("names", "7"),
    "no text": ("names", "\udcff"),
    "an unknown lane": ("lane", 17),
    "an unknown failure": ("failure", "gremlins"),
    "broken files": ("files", "{"),
    "an id that leads elsewhere": ("job_id", "../../elsewhere"),
    "a key that leads elsewhere": ("request_key", "../../elsewhere"),
    "a folder that depends on where one is": ("out", "pictures"),
    "a folder with a NUL": ("out", "/pictures\0"),
    "a word for a number": ("timeout", "soon"),
    "JSON without an end": ("data", b"[" * 100_000),
    "prints that are none": ("data", b'{"prints": [7]}'),
    "files that are none": ("files", "[7]"),
    "a file elsewhere": ("files", '[{"file": "../elsewhere.png"}]'),
    "a blob for a journal": ("journal", b"\x80\x81"),
    "a broken journal": ("journal", "[1,2\nnull\n"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_row_that_can_not_be_read_is_shown_and_harms_nobody(disk_store, order, clock, what):
    bad, good = disk_store.add_many([order("bad"), order("good")])
    column, value = UNREADABLE[what]
    with closing(sqlite3.connect(disk_store.file, isolation_level=None)) as db:
        if value == "\udcff":
            value = "CAST(x'FFFE22' AS TEXT)"
            db.execute(f"UPDATE job SET {column} = {value} WHERE job_id = ?", (bad.id,))
        else:
            db.execute(f"UPDATE job SET {column} = ? WHERE job_id = ?", (value, bad.id))
    if column == "job_id":
        bad = replace(bad, id=value)
    shown = {job.id: job for job in disk_store.jobs()}
    assert shown[good.id] == good
    if "journal" not in column:
        assert shown[bad.id].state is State.FAILED
        assert "can't be read" in shown[bad.id].error
    assert shown[bad.id].events == shown[bad.id].events
    assert disk_store.queue()
    assert disk_store.mentions().keys() == {bad.id, good.id}
    assert disk_store.add(order("third")).state is State.WAITING
    claimed = {job.id for job in iter(lambda: disk_store.claim(ME, clock.now), None)}
    assert good.id in claimed
    if "journal" not in column:
        assert bad.id not in claimed
        assert disk_store.counts().failed == 1
        assert disk_store.remove([bad.id])


def test_a_setting_that_can_not_be_read_counts_as_not_set(disk_store):
    disk_store.set_setting("concurrency", 3)
    with closing(sqlite3.connect(disk_store.file, isolation_level=None)) as db:
        db.execute("UPDATE settings SET value = '{' WHERE key = 'concurrency'")
    assert Settings.load(disk_store) == Settings()
    assert disk_store.setting("concurrency", "default") == "default"


def test_mentions_are_all_hashes_of_each_request(store, order):
    first, second = "1" * 64, "a2" * 32
    prints = [{"design": f"/q/designs/{first}.png"}, {"design": f"/q/designs/{second}.jpg"}]
    job = store.add(order(request={"prints": prints}))
    assert store.mentions() == {job.id: {first, second}}


def test_jobs_are_plain_json(disk_store, order):
    disk_store.add(order(request={"metadata": {"ü": "Ω"}}))
    (data,) = disk_store._rows("SELECT data FROM job")[0]
    assert json.loads(data) == {"metadata": {"ü": "Ω"}}

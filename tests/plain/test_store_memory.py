"""The queue in memory: that it offers what the one on disk does, and keeps its own to itself."""

import inspect

import pytest
from tshirt_render_queue import queue
from tshirt_render_queue.queue.cleanup.policy import clean_completed
from tshirt_render_queue.queue.job import State
from tshirt_render_queue.queue.store.claims import Claiming
from tshirt_render_queue.queue.store.memory_store import MemoryStore

ME = "runner-1"
#: what only a file needs
OF_THE_FILE = {"take_over"}


def offered_on_disk():
    members = inspect.getmembers(Claiming, inspect.isfunction)
    return {name for name, _ in members if not name.startswith("_")} - OF_THE_FILE


def test_both_stores_offer_the_same_but_persist_queues_own():
    mine = {name for name, _ in inspect.getmembers(MemoryStore, inspect.isfunction)}
    assert {name for name in mine if not name.startswith("_")} == offered_on_disk() | {"close"}


@pytest.mark.parametrize("name", sorted(offered_on_disk()))
def test_both_stores_are_called_alike(name):
    on_disk, in_memory = (
        inspect.signature(getattr(store, name)) for store in (Claiming, MemoryStore)
    )
    assert on_disk == in_memory


def test_it_is_part_of_the_api(tmp_path):
    assert queue.MemoryStore(tmp_path).counts().total == 0


def test_it_writes_nothing(memory_store, order, clock, queue_folder):
    memory_store.add(order())
    memory_store.complete(memory_store.claim(ME, clock.now), [])
    memory_store.check()
    memory_store.close()
    assert list(queue_folder.iterdir()) == []


def test_two_of_one_folder_share_nothing(memory_store, order, queue_folder):
    memory_store.add(order())
    assert MemoryStore(queue_folder).counts().total == 0


def test_what_callers_do_to_their_values_does_not_reach_it(memory_store, order, clock):
    request = {"metadata": {"n": [1]}}
    given = memory_store.add(order(request=request))
    request["metadata"]["n"].append(2)
    given.request["metadata"]["n"].append(3)
    files = [{"file": "fox.png"}]
    memory_store.complete(memory_store.claim(ME, clock.now), files, {"device": {"name": "CPU"}})
    files[0]["file"] = "bear.png"
    memory_store.job(given.id).facts["device"]["name"] = "GPU"
    job = memory_store.job(given.id)
    assert (job.request, job.files, job.facts) == (
        {"metadata": {"n": [1]}},
        ({"file": "fox.png"},),
        {"device": {"name": "CPU"}},
    )


def test_an_order_of_a_shop_goes_in_and_is_cleaned(tmp_path, design, clock):
    shop = queue.MemoryStore(tmp_path / "queue", clock)
    form = queue.OrderForm(designs=(str(design),), fabrics=("navy",), out=str(tmp_path / "out"))
    heard = []
    (job,) = queue.enqueue(shop, form, queue.JobOptions(batch="spring"))
    subscription = queue.subscribe(shop, heard.append, queue.EventKind.COMPLETED, every=0.005)
    claimed = shop.claim(ME, clock.now)
    assert claimed.id == job.id
    assert shop.complete(claimed, [{"file": name} for name in job.names])
    subscription.close()
    assert [news.job.id for news in heard] == [job.id]
    assert queue.metrics_of(shop).counts.completed == 1
    assert [one.name for one in shop.batches()] == ["spring"]
    assert clean_completed(shop).jobs == (job.id,)
    assert not shop.jobs(states=State)

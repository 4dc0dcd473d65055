"""Rendering many again asks first, with what it comes to; one job, or a script, doesn't."""

import types
from pathlib import Path

import pytest
from tshirt_render_queue import queue
from tshirt_render_queue.operators import batch
from tshirt_render_queue.operators.client.background_operator import Nothing
from tshirt_render_queue.presets.order_form import OrderForm, fill_in
from tshirt_render_queue.presets.qualities import find_quality
from tshirt_render_queue.queue.job import NewJob

MEGABYTE = 1_000_000
SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "samples" / "north-ridge.png"


@pytest.fixture
def shop(tmp_path):
    return queue.open_queue(str(tmp_path / "queue"))


def finished(shop, tmp_path, name: str, *, at_once: bool = True) -> str:
    """A job of one picture of 512 px that took ten seconds and a megabyte; its id."""
    form = OrderForm(
        designs=(str(SAMPLE),), fabrics=("navy",), out=str(tmp_path), quality="draft", light="full"
    )
    (asked,) = fill_in(form)
    job = shop.add(
        NewJob(
            request=asked.request.to_json(),
            key=name * 64,
            out=str(tmp_path),
            target=name,
            names=(f"{name}.png",),
        )
    )
    claimed = shop.claim("test", shop.clock())
    assert claimed is not None and claimed.id == job.id
    if at_once:
        shop.complete(claimed, [{"file": f"{name}.png", "bytes": MEGABYTE, "sha256": "0" * 64}])
    return job.id


def test_it_says_what_rendering_again_comes_to(shop, tmp_path):
    ids = tuple(finished(shop, tmp_path, name) for name in "ab")
    costs = batch.costs_again(shop, ids, "", find_quality("final"))
    assert (costs.jobs, costs.pictures) == (2, 2)
    assert costs.bytes == pytest.approx(2 * 16 * MEGABYTE), "16 times the pixels, twice"
    assert costs.seconds is not None
    first, *others = costs.lines()
    assert first == "2 jobs, 2 files"
    assert others[-1] == "about 32 MB on disk"


def test_without_experience_it_says_so(shop, tmp_path):
    ids = (finished(shop, tmp_path, "a", at_once=False),)
    with pytest.raises(Nothing, match="Only finished jobs"):
        batch.costs_again(shop, ids, "", find_quality("final"))
    assert len(batch.Costs(jobs=2, pictures=2, seconds=None, bytes=None).lines()) == 2


@pytest.mark.parametrize(
    "ids, name, asks", [(("a",), "", 0), (("a", "b"), "", 1), ((), "spring", 1)]
)
def test_more_than_one_job_asks_first(monkeypatch, ids, name, asks):
    asked, done = [], []
    monkeypatch.setattr(batch, "targets", lambda: (ids, name))
    window_manager = types.SimpleNamespace(
        invoke_props_dialog=lambda operator, **words: asked.append(words) or {"RUNNING_MODAL"}
    )
    operator = types.SimpleNamespace(
        quality="final", _costs=None, execute=lambda context: done.append(context) or {"FINISHED"}
    )
    context = types.SimpleNamespace(window_manager=window_manager)
    batch.TSHIRT_OT_order_again.ask(operator, context, None)
    assert (len(asked), len(done)) == (asks, 1 - asks)
    assert all("Final" in words["title"] for words in asked)

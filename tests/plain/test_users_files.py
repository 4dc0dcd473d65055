"""Files of the user's in output folders: nothing of ours replaces them, or stops over them."""

import json
from dataclasses import replace

import pytest
from tshirt_render_queue.presets.bad_request import BadRequest
from tshirt_render_queue.presets.order_form import OrderForm
from tshirt_render_queue.queue.folder import QueueFolder, work_folder
from tshirt_render_queue.queue.intake import submit
from tshirt_render_queue.queue.job import Job, Lane, State
from tshirt_render_queue.queue.publish import NotOurs, make_work_folder, publish
from tshirt_render_queue.queue.runner import scheduler
from tshirt_render_queue.queue.runner.batch_finisher import BatchFinisher
from tshirt_render_queue.queue.runner.batch_results import BatchResults, foreign_or_none

SHA = {
    b"one": "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
    b"two": "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3",
}


@pytest.fixture
def job(tmp_path):
    return Job(
        id="abcdefgh2345",
        rowid=1,
        rev=1,
        state=State.ACTIVE,
        lane=Lane.NORMAL,
        request={"mode": "stills"},
        key="f00d" * 16,
        out=str(tmp_path),
        target=str(tmp_path / "front"),
        names=("front.png",),
        claims=1,
    )


def render(job, content):
    work = make_work_folder(job)
    (work / "front.png").write_bytes(content)
    entry = {"file": "front.png", "bytes": len(content), "sha256": SHA[content]}
    (work / "result.json").write_text(json.dumps({"files": [entry]}))
    return work


def test_a_file_of_the_users_is_not_replaced(job, tmp_path):
    (tmp_path / "front.png").write_bytes(b"mine")
    work = render(job, b"one")
    with pytest.raises(NotOurs, match=r"front\.png is there already"):
        publish(job, work)
    assert (tmp_path / "front.png").read_bytes() == b"mine"
    assert (work / "front.png").read_bytes() == b"one"


def test_nor_is_a_link_followed_or_replaced(job, tmp_path):
    (tmp_path / "mine.png").write_bytes(b"mine")
    (tmp_path / "front.png").symlink_to(tmp_path / "mine.png")
    with pytest.raises(NotOurs):
        publish(job, render(job, b"one"))
    assert (tmp_path / "front.png").is_symlink()


def test_a_picture_of_ours_is_replaced_unless_it_was_changed(job, tmp_path):
    publish(job, render(job, b"one"))
    again = replace(job, id="bbbbbbbb2345", key="beef" * 16)
    publish(again, render(again, b"two"))
    assert (tmp_path / "front.png").read_bytes() == b"two"
    (tmp_path / "front.png").write_bytes(b"mine")
    with pytest.raises(NotOurs):
        publish(job, render(job, b"one"))


def test_such_a_file_is_told_of_when_it_is_ordered(design, tmp_path):
    form = OrderForm(designs=(str(design),), out=str(design.parent), name="{design}")
    with pytest.raises(BadRequest, match=r"art\.png is there already"):
        submit.check([form], QueueFolder.at(tmp_path / "queue"))
    assert submit.check([replace(form, name="{design}-shirt")], QueueFolder.at(tmp_path / "queue"))


@pytest.mark.parametrize(
    "name", ["manifest.json", "manifest.csv", "gallery.html", "contact-sheet.png"]
)
@pytest.mark.parametrize("content", ["mine", '{"mine": 1}', "[" * 100_000])
def test_a_batch_replaces_nothing_of_the_users(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    assert foreign_or_none(tmp_path) == tmp_path / name
    with pytest.raises(NotOurs):
        BatchResults("spring", tmp_path, ()).write_tables()
    assert (tmp_path / name).read_text() == content


def test_a_batch_replaces_its_own(tmp_path):
    results = BatchResults("spring", tmp_path, ())
    results.write_tables()
    results.work.mkdir(parents=True)
    for name in ("gallery.html", "contact-sheet.png"):
        (results.work / name).touch()
    results.put_in_place()
    assert foreign_or_none(tmp_path) is None
    results.write_tables()
    assert not work_folder(tmp_path, "x", 0).parent.exists()


def test_a_batch_that_can_not_be_looked_at_is_tried_later(store, monkeypatch):
    batches = BatchFinisher(store)
    batches._batches["spring"] = None
    tries = []

    def fail(batch):
        tries.append(batch)
        raise RecursionError

    monkeypatch.setattr(batches, "_see_to", fail)
    assert batches.next_or_none() is None
    batches.try_again()
    assert batches.next_or_none() is None
    assert tries == ["spring", "spring"]


def test_a_cleaning_that_breaks_off_is_tried_later(monkeypatch):
    def fail(_store):
        raise PermissionError(13, "not allowed")

    class Fake:
        _cleaned = _next_cleaning = 0.0
        _store = None

        class _sheets:
            try_again = staticmethod(lambda: None)

        class _pool:
            class lock:
                check = staticmethod(lambda: None)

    monkeypatch.setattr(scheduler, "clean", fail)
    fake = Fake()
    scheduler.Scheduler._clean_if_due(fake, 1000.0)
    assert fake._next_cleaning == 1000.0 + scheduler.CLEAN_AGAIN

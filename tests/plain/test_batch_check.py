"""A batch is told before it is ordered: what is there already, and what the rest takes."""

import time
from types import SimpleNamespace

import pytest
from tshirt_render_queue.operators.client import batch_check
from tshirt_render_queue.operators.client.batch_check import BatchClient, bytes_of, look_over
from tshirt_render_queue.operators.client.queue_client import QueueClient
from tshirt_render_queue.presets.order_form import OrderForm, fill_in
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.intake import submit

FABRICS = ("white", "navy", "red")


@pytest.fixture
def folder(tmp_path):
    return QueueFolder.at(tmp_path / "queue")


@pytest.fixture(autouse=True)
def client(folder, monkeypatch):
    client = QueueClient()
    client.open(folder)
    monkeypatch.setattr(batch_check, "client", client)
    yield client
    client.close()


@pytest.fixture
def form(design, tmp_path):
    return OrderForm(
        designs=(str(design),), fabrics=FABRICS, out=str(tmp_path / "out"), size=(64, 64), samples=1
    )


def done(store, claimed, tmp_path):
    """The job's pictures are there and so is what says so."""
    files = []
    for name in claimed.names:
        (tmp_path / "out" / name).write_bytes(b"x" * 1000)
        files.append({"file": name, "bytes": 1000, "sha256": ""})
    store.complete(claimed, files, {})


def test_what_is_rendered_and_what_is_queued_is_named(client, form, folder, tmp_path, monkeypatch):
    one = OrderForm(**vars(form) | {"fabrics": ("navy",)})
    client.hand_over(lambda store: submit.enqueue(store, one)).result(10)
    (white, *_) = submit.check([form], folder, force=True)
    monkeypatch.setattr(
        batch_check,
        "finished_files",
        lambda _, key: () if key == white.request.key() else None,
    )
    look = look_over(form, folder)
    assert (look.error, look.jobs, look.files) == ("", 3, 3)
    assert [fabric for *_, fabric in look.rendered] == ["white"]
    assert [fabric for *_, fabric in look.queued] == ["navy"]
    assert (look.seconds, look.bytes) == (None, None), "nothing was rendered here before"
    assert look_over(form, folder, again=True).rendered == ()


def test_what_was_rendered_here_tells_time_and_disk(client, form, folder, tmp_path):
    (tmp_path / "out").mkdir()
    one = OrderForm(**vars(form) | {"fabrics": ("black",)})

    def render(store):
        submit.enqueue(store, one)
        done(store, store.claim("a runner", time.time()), tmp_path)

    client.hand_over(render).result(10)
    look = look_over(form, folder)
    assert look.bytes == pytest.approx(3000)
    assert look.seconds is not None


def test_a_design_that_can_not_be_read_is_the_error(form, folder, tmp_path):
    missing = str(tmp_path / "missing.png")
    look = look_over(OrderForm(**vars(form) | {"designs": (missing,)}), folder)
    assert missing in look.error


@pytest.mark.parametrize(
    ("mode", "files", "expected"),
    [
        ("stills", {"a.png": 4000}, 4000),
        ("stills", {"a.jpeg": 4000}, None),
        ("glb", {"a.glb": 7000, "b.png": 1}, 7000),
        ("stills", {"a.png": 4000, "b.png": 8000, "c.png": 12000}, 8000),
    ],
)
def test_a_kind_of_file_takes_what_it_took_at_the_median(form, mode, files, expected):
    (asked,) = fill_in(OrderForm(**vars(form) | {"fabrics": ("white",), "mode": mode}))
    history = [
        SimpleNamespace(
            request={"width": 64, "height": 64},
            files=[{"file": name, "bytes": size} for name, size in files.items()],
        )
    ]
    assert bytes_of([asked.request], history) == expected


def test_files_grow_with_their_pixels(form):
    (asked,) = fill_in(OrderForm(**vars(form) | {"fabrics": ("white",), "size": (128, 128)}))
    history = [
        SimpleNamespace(
            request={"width": 64, "height": 64}, files=[{"file": "a.png", "bytes": 1000}]
        )
    ]
    assert bytes_of([asked.request], history) == 4000


def test_the_newest_form_is_looked_over_and_the_same_one_once(form, folder, monkeypatch):
    looked = []
    monkeypatch.setattr(
        batch_check,
        "look_over",
        lambda form, folder, *, again: looked.append(form.fabrics) or batch_check.BatchLook(),
    )
    batch = BatchClient()
    for fabrics in (("white",), ("white",), ("navy",)):
        batch.ask(OrderForm(**vars(form) | {"fabrics": fabrics}), folder, again=False)
    until = time.monotonic() + 10
    while batch.busy:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert looked in ([("white",), ("navy",)], [("navy",)])


def test_a_look_that_fails_is_told_and_ends(form, folder, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(batch_check, "look_over", fail)
    batch = BatchClient()
    batch.ask(form, folder, again=False)
    until = time.monotonic() + 10
    while batch.busy:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert batch.look.error == "the disk is gone"

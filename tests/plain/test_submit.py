"""An order is checked as a whole, keeps copies of its designs, and is never done twice."""

import dataclasses
import errno
import hashlib
import json
from pathlib import Path

import pytest
from tshirt_render_queue import queue
from tshirt_render_queue.presets.bad_request import BadRequest
from tshirt_render_queue.presets.images import BadDesign
from tshirt_render_queue.presets.messages import UserError
from tshirt_render_queue.queue.errors import QueueFull, UnknownJob
from tshirt_render_queue.queue.folder import manifest_file
from tshirt_render_queue.queue.intake import design_store, submit
from tshirt_render_queue.queue.intake.submit import JobOptions
from tshirt_render_queue.queue.job import Lane, State
from tshirt_render_queue.queue.publish import finished_files
from tshirt_render_queue.queue.store.job_store import JobStore


@pytest.fixture
def shop(tmp_path: Path) -> JobStore:
    """An empty queue."""
    return queue.open_queue(str(tmp_path / "queue"))


def form(design: Path, **further: object) -> queue.OrderForm:
    """An order for one job."""
    fields = {"designs": (str(design),), "out": str(design.parent / "out"), "fabrics": ("navy",)}
    return queue.OrderForm(**(fields | further))


def test_every_design_placement_and_fabric_is_a_job(shop, design, png):
    second = design.with_name("other.png")
    second.write_bytes(png(red=20))
    asked = form(
        design,
        designs=(str(design), str(second)),
        placements=("left_chest", "full_back"),
        fabrics=("navy", "#ff0000"),
    )
    jobs = queue.enqueue(shop, asked, JobOptions(lane=Lane.LOW, batch="b"))
    assert len(jobs) == 8 == shop.counts().waiting
    assert {(job.lane, job.batch) for job in jobs} == {(Lane.LOW, "b")}
    assert [job.request["views"] for job in jobs[:4]] == [["front"], ["front"], ["back"], ["back"]]


def test_more_work_gets_more_time_unless_a_timeout_was_set(shop, design):
    small = form(design, quality="draft", light="full")
    large = form(
        design, quality="final", light="full", views=("front", "back"), name="large_{view}"
    )
    baked = dataclasses.replace(large, light="once", name="baked_{view}")

    def limits(terms: JobOptions) -> list[float]:
        jobs = [queue.enqueue(shop, one, terms)[0] for one in (small, large, baked)]
        shop.cancel(job.id for job in jobs)
        return [job.timeout for job in jobs]

    standard, grown, with_baking = limits(JobOptions())
    assert standard == 300
    assert 2 * 8 * 300 < grown < 2 * 16 * 300  # 10.7 times the rays, twice
    # Cloth and a print are baked, with four times the samples where Blender has no denoiser.
    assert 8 * grown < with_baking < 8.2 * grown
    assert limits(JobOptions(timeout=7)) == [7, 7, 7]
    shop.set_settings({"timeout": 20.0})
    assert limits(JobOptions()) == [20, 20, 20]


def test_the_order_does_not_see_later_edits_of_the_design(shop, design, png):
    before = design.read_bytes()
    (job,) = queue.enqueue(shop, form(design))
    design.write_bytes(png(red=1))
    (print_,) = job.request["prints"]
    kept = Path(print_["design"])
    assert kept.parent == shop.folder.designs
    assert kept.read_bytes() == before
    design.unlink()
    assert shop.job(job.id).request["prints"][0]["name"] == "art"


def test_a_copy_that_was_spoilt_is_made_anew_by_the_next_order(shop, design):
    (job,) = queue.enqueue(shop, form(design))
    kept = Path(job.request["prints"][0]["design"])
    kept.write_bytes(b"cut short")
    queue.enqueue(shop, form(design, fabrics=("red",)))
    assert kept.read_bytes() == design.read_bytes()


def test_a_copy_that_finds_no_room_leaves_nothing_and_says_so(shop, design, monkeypatch):
    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(design_store.os, "fsync", full)
    with pytest.raises(QueueFull, match=r"no space left for .*Free some space"):
        queue.enqueue(shop, form(design))
    assert not list(shop.folder.designs.iterdir())
    assert shop.counts().total == 0


def test_a_background_picture_is_kept_too(shop, design, png):
    sand = design.with_name("sand.png")
    sand.write_bytes(png(red=99))
    (job,) = queue.enqueue(shop, form(design, backgrounds=("transparent", str(sand))))
    kept = Path(job.request["backgrounds"][1])
    assert kept.parent == shop.folder.designs
    assert kept.read_bytes() == sand.read_bytes()
    assert len(job.names) == 2


def test_the_same_order_again_is_the_same_job(shop, design, png):
    (first,) = queue.enqueue(shop, form(design))
    (again,) = queue.enqueue(shop, form(design))
    assert again.id == first.id
    assert shop.counts().total == 1


def published(job, png) -> None:
    """Put a job's files and manifest where the runner would."""
    out = Path(job.out)
    out.mkdir(exist_ok=True)
    files = []
    sha256 = hashlib.sha256(png()).hexdigest()
    for name in job.names:
        (out / name).write_bytes(png())
        files.append({"file": name, "bytes": len(png()), "sha256": sha256})
    manifest = manifest_file(out, job.key)
    manifest.parent.mkdir(exist_ok=True)
    manifest.write_text(json.dumps({"job": job.id, "key": job.key, "files": files, "facts": {}}))


def test_what_is_rendered_already_is_answered_from_disk(tmp_path, design, png):
    (job,) = queue.enqueue(queue.open_queue(str(tmp_path / "one")), form(design))
    published(job, png)
    assert finished_files(job.out, job.key)
    other = queue.open_queue(str(tmp_path / "two"))
    (answered,) = queue.enqueue(other, form(design))
    assert answered.state is State.COMPLETED
    assert [one["file"] for one in answered.files] == list(job.names)
    (forced,) = queue.enqueue(other, form(design), JobOptions(force=True))
    assert forced.state is State.WAITING
    Path(job.out, job.names[0]).unlink()
    (missing,) = queue.enqueue(queue.open_queue(str(tmp_path / "three")), form(design))
    assert missing.state is State.WAITING


def test_a_design_may_come_as_bytes_and_keeps_its_name(shop, tmp_path, png):
    asked = queue.OrderForm(out=str(tmp_path / "out"), metadata={"job": 7, "product": "T-1"})
    (job,) = queue.enqueue_bytes(shop, png(), "Größe 1.PNG", asked)
    assert job.names[0].startswith("Größe-1_full_front_white")
    assert job.request["metadata"] == {"job": 7, "product": "T-1"}
    assert Path(job.request["prints"][0]["design"]).is_file()


def test_two_jobs_of_one_order_never_write_the_same_file(shop, design, png):
    same = design.parent / "elsewhere" / design.name
    same.parent.mkdir()
    same.write_bytes(png(red=3))
    with pytest.raises(BadRequest, match=r"would write 'art_full_front_navy"):
        queue.enqueue(shop, form(design, designs=(str(design), str(same))))
    assert shop.counts().total == 0


def test_an_output_folder_that_is_a_file_is_refused(shop, design):
    with pytest.raises(BadRequest, match=r"is a file"):
        queue.enqueue(shop, form(design, out=str(design / "out")))
    assert not list(shop.folder.designs.iterdir())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"GIF89a" + bytes(20), "damaged|truncated"),
        (b"\x76\x2f\x31\x01", "OpenEXR"),
        (None, "cut|truncated|incomplete"),
    ],
)
def test_a_bad_design_queues_nothing(shop, design, content, says):
    bad = design.with_name("bad.png")
    bad.write_bytes(design.read_bytes()[:200] if content is None else content)
    with pytest.raises(BadDesign, match=rf"(?i)bad\.png.*({says})"):
        queue.enqueue(shop, form(design, designs=(str(design), str(bad))))
    assert shop.counts().total == 0


def test_preflight_errors_refuse_the_order_unless_forced(shop, tmp_path, png):
    tiny = tmp_path / "tiny.png"
    tiny.write_bytes(png(side=60))
    with pytest.raises(submit.Refused, match="force"):
        queue.enqueue(shop, form(tiny))
    assert queue.enqueue(shop, form(tiny), JobOptions(force=True))


def test_jobs_can_wait_for_jobs_and_for_a_time(shop, design):
    (first,) = queue.enqueue(shop, form(design))
    (second,) = queue.enqueue(shop, form(design, fabrics=("black",)), JobOptions(after=(first.id,)))
    (third,) = queue.enqueue(shop, form(design, fabrics=("sand",)), JobOptions(not_before=4e9))
    assert (second.state, third.state) == (State.BLOCKED, State.DELAYED)


@pytest.mark.parametrize(
    "old, new",
    [
        ("Terms", "JobOptions"),
        ("place", "enqueue"),
        ("place_bytes", "enqueue_bytes"),
        ("place_many", "enqueue_many"),
    ],
)
def test_old_names_of_the_api_still_work_and_warn(old, new):
    with pytest.warns(DeprecationWarning, match=f"queue.{old} is now queue.{new}"):
        assert getattr(queue, old) is getattr(queue, new)


def test_a_bug_is_no_sentence_for_the_user():
    """Doors report UserError and OSError; a KeyError must stay a traceback that somebody can mend."""
    assert issubclass(BadRequest, UserError) and issubclass(QueueFull, UserError)
    assert issubclass(BadDesign, UserError) and issubclass(UnknownJob, UserError)
    assert not issubclass(KeyError, UserError) and not issubclass(ValueError, UserError)

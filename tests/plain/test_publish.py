"""Publishing is all or nothing: cut short at every step, it is made whole by the next runner."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tshirt_render_queue.queue import publish
from tshirt_render_queue.queue.folder import manifest_file, work_folder
from tshirt_render_queue.queue.job import Job, Lane, State
from tshirt_render_queue.queue.publish import (
    OutputInvalid,
    discard,
    finished_files,
    make_work_folder,
    previous_folders,
    recover_or_none,
)

PICTURES = {"front.png": b"front picture", "back.png": b"back picture"}


@pytest.fixture
def job(tmp_path):
    return Job(
        id="abcdefgh2345",
        rowid=1,
        rev=1,
        state=State.ACTIVE,
        lane=Lane.NORMAL,
        request={"mode": "stills", "template": "/t.blend"},
        key="f00d" * 16,
        out=str(tmp_path / "out"),
        target=str(tmp_path / "out" / "x"),
        names=tuple(PICTURES),
        claims=1,
    )


def entry(name, content):
    return {"file": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def render(job, pictures=PICTURES):
    """What a worker does with a work folder."""
    work = make_work_folder(job)
    for name, content in pictures.items():
        (work / name).write_bytes(content)
    result = {
        "files": [entry(name, content) for name, content in pictures.items()],
        "timings": {"render": 1.5},
        "facts": {"blender": "5.2.0"},
    }
    (work / "result.json").write_text(json.dumps(result))
    return work


def tree(job):
    out = Path(job.out)
    return sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())


PUBLISHED = ["back.png", "front.png", "manifests/f00df00df00df00d.json"]


def test_files_and_manifest_arrive_and_the_work_folder_goes(job):
    published = publish.publish(job, render(job))
    assert [one["file"] for one in published.files] == list(PICTURES)
    assert published.facts == {"blender": "5.2.0", "timings": {"render": 1.5}}
    discard(job)
    assert tree(job) == PUBLISHED
    assert not (Path(job.out) / ".work").exists()
    manifest = json.loads(manifest_file(job.out, job.key).read_text())
    assert manifest["job"] == job.id
    assert manifest["request"] == job.request
    assert finished_files(job.out, job.key) == published.files


class Cut(BaseException):
    """Stands for a kill: nothing catches it."""


@pytest.mark.parametrize("step", range(1, 4))
def test_a_kill_at_any_rename_is_rolled_forward(job, step, monkeypatch):
    """Renames: first picture, second picture, manifest."""
    work = render(job)
    steps = 0
    real = Path.replace

    def replace_or_die(self, target):
        nonlocal steps
        steps += 1
        if steps == step:
            raise Cut
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace_or_die)
    with pytest.raises(Cut):
        publish.publish(job, work)
    monkeypatch.undo()
    assert finished_files(job.out, job.key) is None
    published = recover_or_none(job)
    discard(job)
    assert published is not None
    assert tree(job) == PUBLISHED


def test_a_kill_after_the_manifest_renders_nothing_again(job):
    published = publish.publish(job, render(job))
    assert recover_or_none(job) == published


def test_a_work_folder_without_its_list_is_not_rolled_forward(job):
    work = render(job)
    (work / "result.json").write_text('{"files": [{"file": "fro')
    assert recover_or_none(job) is None
    (work / "result.json").unlink()
    assert recover_or_none(job) is None
    assert not (Path(job.out) / "front.png").exists()


def test_the_manifest_of_another_job_with_the_same_request_does_not_count(job):
    publish.publish(job, render(job))
    discard(job)
    assert recover_or_none(replace(job, id="another23456")) is None


def test_a_manifest_whose_picture_was_changed_does_not_count(job):
    publish.publish(job, render(job))
    discard(job)
    (Path(job.out) / "front.png").write_bytes(b"FRONT picture")
    assert recover_or_none(job) is None
    (Path(job.out) / "front.png").write_bytes(b"")
    assert finished_files(job.out, job.key) is None


def forge(job, files) -> None:
    manifest = manifest_file(job.out, job.key)
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(
        files
        if isinstance(files, str)
        else json.dumps({"job": job.id, "key": job.key, "files": files, "facts": {}})
    )


@pytest.mark.parametrize(
    "files",
    [
        [],
        [1, None],
        [{"file": 5, "bytes": 6, "sha256": ""}],
        [{"file": "front.png"}],
        [entry("../secret.txt", b"secret")],
        [entry("a\0b.png", b"secret")],
        "[" * 100_000,
        '{"files": []}',
    ],
)
def test_a_manifest_that_was_forged_answers_nothing(job, tmp_path, files):
    (tmp_path / "secret.txt").write_bytes(b"secret")
    forge(job, files)
    assert finished_files(job.out, job.key) is None
    assert recover_or_none(job) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_in_a_manifests_place_keeps_nobody_waiting(job):
    manifest = manifest_file(job.out, job.key)
    manifest.parent.mkdir(parents=True)
    os.mkfifo(manifest)
    assert finished_files(job.out, job.key) is None
    assert recover_or_none(job) is None


def test_a_picture_changed_in_place_is_not_the_one_that_was_published(job):
    publish.publish(job, render(job))
    assert finished_files(job.out, job.key) is not None
    front = Path(job.out) / "front.png"
    front.write_bytes(b"FRONT picture")
    later = manifest_file(job.out, job.key).stat().st_mtime + 5
    os.utime(front, (later, later))
    assert finished_files(job.out, job.key) is None
    front.write_bytes(b"front picture")
    os.utime(front, (later, later))
    assert finished_files(job.out, job.key) is not None


@pytest.mark.parametrize(
    "damage, sentence",
    [
        (lambda work: (work / "front.png").unlink(), "is missing"),
        (lambda work: (work / "front.png").write_bytes(b"half"), "has 4 bytes instead of 13"),
        (lambda work: (work / "front.png").write_bytes(b"FRONT picture"), "was changed"),
        (lambda work: (work / "result.json").unlink(), "left no list"),
    ],
)
def test_nothing_is_published_of_a_damaged_work_folder(job, damage, sentence):
    work = render(job)
    damage(work)
    with pytest.raises(OutputInvalid, match=sentence):
        publish.publish(job, work)
    assert not list(Path(job.out).glob("*.png"))


@pytest.mark.parametrize(
    "pictures, sentence",
    [
        ({"front.png": b"1"}, "back.png is missing"),
        (PICTURES | {"more.png": b"1"}, "more.png was not asked for"),
    ],
)
def test_other_files_than_asked_for_are_refused(job, pictures, sentence):
    with pytest.raises(OutputInvalid, match=sentence):
        publish.publish(job, render(job, pictures))


@pytest.mark.parametrize("name", ["../front.png", "/etc/front.png", "sub/front.png", "..", ""])
def test_a_worker_cannot_name_a_file_elsewhere(job, name):
    work = render(job)
    (work / "result.json").write_text(json.dumps({"files": [entry(name, b"")]}))
    with pytest.raises(OutputInvalid, match="outside"):
        publish.publish(replace(job, names=()), work)


def test_nothing_is_put_in_the_place_of_a_link_or_through_it(job, tmp_path):
    mine = tmp_path / "mine.png"
    mine.write_bytes(b"not the queue's")
    work = render(job)
    (Path(job.out) / "front.png").symlink_to(mine)
    with pytest.raises(publish.NotOurs):
        publish.publish(job, work)
    assert mine.read_bytes() == b"not the queue's"
    assert (Path(job.out) / "front.png").is_symlink()


def test_frames_of_earlier_attempts_are_handed_on(job):
    turntable = replace(job, request={"mode": "turntable"}, claims=1)
    for claims in (1, 2, 10):
        turntable = replace(turntable, claims=claims)
        make_work_folder(turntable)
        discard(turntable, keep_frames=True)
    assert [path.name for path in previous_folders(turntable)] == [f"{job.id}-2", f"{job.id}-1"]
    by_hand = replace(turntable, id="another23456", claims=1, retry_of=job.id)
    make_work_folder(by_hand)
    assert previous_folders(by_hand)[0] == work_folder(job.out, job.id, 10)
    discard(by_hand)
    assert not (Path(job.out) / ".work").exists()


def test_a_stills_attempt_leaves_nothing(job):
    render(job)
    discard(job, keep_frames=True)
    assert tree(job) == []
    assert previous_folders(job) == ()


def test_discarding_spares_the_work_of_other_jobs(job):
    render(job)
    other = replace(job, id="another23456")
    work = render(other)
    discard(job)
    assert [path.name for path in work.parent.iterdir()] == [work.name]

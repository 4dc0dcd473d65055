"""Cleaning: what is past its time goes, all that is needed or not ours stays."""

import hashlib
import json
import os
import sqlite3
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from tshirt_render_queue.queue.cleanup import files, policy
from tshirt_render_queue.queue.cleanup.files import Kind, is_inside
from tshirt_render_queue.queue.cleanup.last_cleaning import (
    LAST_CLEANING,
    LastCleaning,
    last_cleaning_or_none,
)
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.folder import manifest_file, work_folder
from tshirt_render_queue.queue.settings import Settings

ME = "runner-1"
HOUR, DAY = policy.HOUR, policy.DAY


def test_what_cleaning_took_off_the_list_is_remembered_for_a_day(store, rendered, clock):
    assert last_cleaning_or_none(store) is None
    for name in ("fox", "bear"):
        rendered(name)
        clock.now += 25 * HOUR
        policy.clean(store)
    first, second = clock.now - 25 * HOUR, clock.now
    assert last_cleaning_or_none(store) == LastCleaning(jobs=1, since=second, at=second)
    rendered("owl")
    clock.now += 2 * HOUR
    policy.clean(store)  # takes nothing
    assert last_cleaning_or_none(store).at == second > first
    store.set_setting("keep_completed", 0)
    policy.clean(store)
    assert last_cleaning_or_none(store) == LastCleaning(jobs=2, since=second, at=clock.now)
    clock.now += 25 * HOUR
    assert last_cleaning_or_none(store) is None


@pytest.mark.parametrize("kept", [None, [], {"jobs": "x"}, {"jobs": 1, "since": None, "at": 0}])
def test_a_setting_that_is_no_cleaning_is_none(store, kept):
    store.set_setting(LAST_CLEANING, kept)
    assert last_cleaning_or_none(store) is None


def aged(file: Path, at: float) -> Path:
    os.utime(file, (at, at))
    return file


def written(file: Path, at: float, content: bytes = b"picture") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return aged(file, at)


@pytest.fixture
def rendered(store, order, clock):
    """Renders a job into a folder, as the runner does: pictures, manifest, log, snapshot."""

    def render(name="fox", out=None, fails=False, **more):
        out = Path(out or store.folder.outputs)
        sha256 = hashlib.sha256(name.encode()).hexdigest()
        snapshot = written(store.folder.design(sha256, ".png"), clock.now)
        request = {"prints": [{"name": name, "design": str(snapshot)}]}
        files = (f"{name}_front.png", f"{name}_back.png")
        store.add(order(name, request=request, out=str(out), names=files, **more))
        job = store.claim(ME, clock.now)
        written(store.folder.log(job.id, job.claims), clock.now, b"log")
        work = work_folder(out, job.id, job.claims)
        written(work / "frame_0001.png", clock.now)
        if fails:
            store.fail(job, FailureClass.CRASH, "It crashed.")
            return job
        listed = []
        for file in files:
            content = f"{name} {file} {job.id}".encode()
            written(out / file, clock.now, content)
            digest = hashlib.sha256(content).hexdigest()
            listed.append({"file": file, "bytes": len(content), "sha256": digest})
        manifest = {"format": 1, "job": job.id, "key": job.key, "files": listed}
        written(manifest_file(out, job.key), clock.now, json.dumps(manifest).encode())
        store.complete(job, listed)
        return job

    return render


def files_in(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def ids(jobs):
    return {job.id for job in jobs}


class TestJobs:
    @pytest.mark.parametrize(
        "age,end,goes",
        [
            (23 * HOUR, "completed", False),
            (25 * HOUR, "completed", True),
            (6.9 * DAY, "failed", False),
            (7.1 * DAY, "failed", True),
            (6.9 * DAY, "cancelled", False),
            (7.1 * DAY, "cancelled", True),
            (1000 * DAY, "waiting", False),
            (1000 * DAY, "active", False),
        ],
    )
    def test_by_age(self, store, order, clock, age, end, goes):
        job = store.add(order())
        if end == "cancelled":
            store.cancel([job.id])
        elif end != "waiting":
            claimed = store.claim(ME, clock.now)
            if end == "completed":
                store.complete(claimed, [])
            elif end == "failed":
                store.fail(claimed, FailureClass.CRASH)
        clock.now += age
        assert (job.id in ids(policy.plan_now(store).jobs)) is goes

    def test_only_the_newest_hundred_completed_stay(self, store, order, clock):
        store.add_many(order() for _ in range(130))
        done = []
        for _ in range(130):
            job = store.claim(ME, clock.now)
            clock.now += 1
            store.complete(job, [])
            done.append(job.id)
        assert ids(policy.plan_now(store).jobs) == set(done[:30])
        Settings(keep_completed=3).save(store)
        assert ids(policy.plan_now(store).jobs) == set(done[:-3])

    def test_pinned_and_awaited_jobs_and_those_of_a_running_batch_stay(self, store, order, clock):
        first, second, third, fourth = store.add_many([
            order(), order(), order(batch="b"), order(batch="b"),
        ])  # fmt: skip
        for _ in range(3):
            store.complete(store.claim(ME, clock.now), [])
        store.pin([first.id])
        waiting = store.add(order(after=(second.id, fourth.id)))
        clock.now += 2 * DAY
        assert policy.plan_now(store).jobs == ()
        store.cancel([waiting.id, fourth.id])
        store.pin([first.id], False)
        assert ids(policy.plan_now(store).jobs) == {first.id, second.id, third.id}

    def test_all_completed_or_all_failed_on_demand(self, store, rendered, clock, order):
        Settings(keep_outputs_days=0).save(store)
        done = [rendered("fox").id, rendered("bear").id]
        pinned = rendered("wolf")
        store.pin([pinned.id])
        failed = rendered("crow", fails=True)
        store.cancel([store.add(order()).id])
        clock.now += 1
        assert set(policy.clean_completed(store).jobs) == set(done)
        assert store.counts().failed == store.counts().cancelled == 1
        assert failed.id in policy.clean_failed(store).jobs
        assert [job.id for job in store.jobs()] == [pinned.id]
        assert "fox_front.png" in files_in(store.folder.outputs)


class TestFiles:
    def test_logs_and_snapshots_go_with_their_job(self, store, rendered, clock):
        old = rendered("fox")
        clock.now += 23 * HOUR
        young = rendered("bear")
        clock.now += 2 * HOUR
        cleaned = policy.clean(store)
        assert cleaned.jobs == (old.id,)
        bear = hashlib.sha256(b"bear").hexdigest()
        assert files_in(store.folder.designs) == {f"{bear}.png"}
        assert files_in(store.folder.logs) == {f"{young.id}-1.log"}

    def test_a_snapshot_two_jobs_share_stays_for_the_second(self, store, rendered, order, clock):
        rendered("fox")
        request = store.jobs()[0].request
        store.add(order("fox-again", request=request))
        clock.now += 30 * DAY
        cleaned = policy.clean(store)
        assert len(cleaned.jobs) == 1
        assert len(files_in(store.folder.designs)) == 1

    def test_a_snapshot_of_an_order_that_is_being_placed_stays(self, store, clock):
        snapshot = written(store.folder.design("a" * 64, ".png"), clock.now)
        broken_off = written(store.folder.designs / ".0123456789abcdef.tshirt-new", clock.now)
        clock.now += HOUR
        assert policy.clean(store).leftovers == ()
        clock.now += 1
        assert {leftover.path for leftover in policy.clean(store).leftovers} == {
            snapshot,
            broken_off,
        }

    def test_a_snapshot_that_is_used_again_in_the_meantime_stays(self, store, order, clock):
        named = written(store.folder.design("a" * 64, ".png"), clock.now)
        touched = written(store.folder.design("b" * 64, ".png"), clock.now)
        clock.now += DAY
        plan = policy.plan_now(store)
        assert len(plan.leftovers) == 2
        store.add(order(request={"prints": [{"design": str(named)}]}))
        os.utime(touched)
        assert policy.apply(store, plan).leftovers == ()
        assert named.exists()
        assert touched.exists()

    def test_only_logs_of_jobs_are_deleted(self, store, clock):
        for name in ("runner.log", "worker-1.log", "serve.log", "notes.txt"):
            written(store.folder.logs / name, clock.now)
        lost = written(store.folder.log("abcdefghij23", 4), clock.now)
        clock.now += 1000 * DAY
        assert [leftover.path for leftover in policy.clean(store).leftovers] == [lost]

    def test_work_folders_of_ended_jobs_go_and_frames_of_failed_ones_stay(
        self, store, rendered, order, clock, tmp_path
    ):
        done = rendered("done", out=tmp_path / "chosen")
        failed = rendered("failed", out=tmp_path / "chosen", fails=True)
        nobodys = store.folder.outputs / ".work" / "abcdefghij23-1"
        somebodys = tmp_path / "chosen" / ".work" / "abcdefghij23-1"
        for folder in (nobodys, somebodys):
            written(folder / "frame.png", clock.now)
        store.add(order(out=str(store.folder.outputs)))
        active = store.claim(ME, clock.now)
        running = work_folder(store.folder.outputs, active.id, 1)
        written(running / "frame.png", clock.now)
        policy.clean(store)
        assert not work_folder(tmp_path / "chosen", done.id, 1).exists()
        assert work_folder(tmp_path / "chosen", failed.id, 1).exists()
        assert not nobodys.exists()
        assert somebodys.exists(), "another queue may render there"
        assert running.exists()
        clock.now += 8 * DAY
        policy.clean(store)
        assert not work_folder(tmp_path / "chosen", failed.id, 1).exists()


class TestOutputs:
    def test_own_pictures_go_after_thirty_days_with_their_manifest(self, store, rendered, clock):
        rendered("fox", out=store.folder.outputs / "autumn")
        clock.now += 29 * DAY
        policy.clean(store)
        kept = {"fox_front.png", "fox_back.png"}
        assert kept < files_in(store.folder.outputs / "autumn")
        clock.now += 1.1 * DAY
        policy.clean(store)
        assert files_in(store.folder.outputs) == set()
        assert list(store.folder.outputs.iterdir()) == []

    def test_pictures_in_a_folder_the_user_chose_stay_for_ever(
        self, store, rendered, clock, tmp_path
    ):
        rendered("fox", out=tmp_path / "chosen")
        clock.now += 3000 * DAY
        policy.clean(store)
        assert {"fox_front.png", "fox_back.png"} < files_in(tmp_path / "chosen")

    def test_unless_the_user_says_so_also_for_forgotten_jobs(
        self, store, rendered, clock, tmp_path
    ):
        Settings(clean_user_outputs=True).save(store)
        rendered("fox", out=tmp_path / "chosen")
        mine = written(tmp_path / "chosen" / "holiday.png", clock.now)
        clock.now += 25 * HOUR
        assert len(policy.clean(store).jobs) == 1
        clock.now += 30 * DAY
        policy.clean(store)
        assert files_in(tmp_path / "chosen") == {mine.name}

    def test_a_pinned_jobs_pictures_stay(self, store, rendered, clock):
        store.pin([rendered("fox").id])
        clock.now += 3000 * DAY
        policy.clean(store)
        assert {"fox_front.png", "fox_back.png"} < files_in(store.folder.outputs)

    def test_a_picture_that_was_changed_stays(self, store, rendered, clock):
        rendered("fox")
        same_size = (store.folder.outputs / "fox_front.png").stat().st_size
        written(store.folder.outputs / "fox_front.png", clock.now, b"x" * same_size)
        written(store.folder.outputs / "fox_back.png", clock.now, b"retouched")
        clock.now += 60 * DAY
        kinds = {leftover.kind for leftover in policy.plan_now(store).leftovers}
        assert Kind.OUTPUT not in kinds, "nor is it listed"
        policy.clean(store)
        assert files_in(store.folder.outputs) == {"fox_front.png", "fox_back.png"}

    def test_a_picture_that_was_rendered_anew_stays(self, store, rendered, clock):
        rendered("fox")
        clock.now += 29 * DAY
        rendered("fox")
        clock.now += 2 * DAY
        policy.clean(store)
        assert {"fox_front.png", "fox_back.png"} < files_in(store.folder.outputs)

    def test_only_what_a_manifest_names_is_deleted(self, store, rendered, clock):
        rendered("fox")
        mine = written(store.folder.outputs / "contact-sheet.png", clock.now)
        note = written(store.folder.outputs / "manifests" / "note.json", clock.now)
        clock.now += 60 * DAY
        policy.clean(store)
        assert files_in(store.folder.outputs) == {mine.name, f"manifests/{note.name}"}

    @pytest.mark.parametrize(
        "name",
        [
            "../secret.png",
            "/secret.png",
            "linked/secret.png",
            "link.png",
            "../out/../secret.png",
        ],
    )
    def test_no_manifest_reaches_out_of_its_folder(self, store, clock, tmp_path, name):
        """A manifest that somebody planted, with the right size and hash of a file elsewhere."""
        out = store.folder.outputs
        content = b"secret"
        places = {
            "../secret.png": out.parent / "secret.png",
            "/secret.png": tmp_path / "secret.png",
            "linked/secret.png": tmp_path / "secret.png",
            "link.png": tmp_path / "secret.png",
            "../out/../secret.png": out.parent / "secret.png",
        }
        secret = written(places[name], clock.now, content)
        out.mkdir(exist_ok=True)
        (out.parent / "out").mkdir()
        (out / "linked").symlink_to(tmp_path, target_is_directory=True)
        (out / "link.png").symlink_to(secret)
        key = "c" * 64
        entry = {
            "file": str(secret) if name == "/secret.png" else name,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        manifest = json.dumps({"job": "", "key": key, "files": [entry]}).encode()
        written(manifest_file(out, key), clock.now, manifest)
        clock.now += 1000 * DAY
        plan = policy.plan_now(store)
        assert {leftover.kind for leftover in plan.leftovers} <= {Kind.MANIFEST}
        policy.apply(store, plan)
        assert secret.read_bytes() == content
        assert (out / "link.png").is_symlink()

    def test_a_link_put_there_after_the_plan_is_not_followed(self, store, rendered, clock):
        rendered("fox", out=store.folder.outputs / "autumn")
        clock.now += 60 * DAY
        plan = policy.plan_now(store)
        autumn = store.folder.outputs / "autumn"
        moved = store.folder.path / "moved"
        autumn.rename(moved)
        autumn.symlink_to(moved, target_is_directory=True)
        policy.apply(store, plan)
        assert {"fox_front.png", "fox_back.png"} < files_in(moved)

    @pytest.mark.parametrize(
        "text",
        [
            "{",
            "[]",
            "{}",
            '{"key": "%s", "files": 3}',
            '{"key": "%s", "files": [7]}',
            '{"key": "%s", "files": [{"file": "fox_front.png"}]}',
            '{"key": "another", "files": []}',
        ],
    )
    def test_a_manifest_that_is_not_sound_deletes_nothing(self, store, rendered, clock, text):
        rendered("fox")
        for manifest in (store.folder.outputs / "manifests").iterdir():
            written(manifest, clock.now, text.replace("%s", manifest.stem * 4).encode())
        clock.now += 60 * DAY
        policy.clean(store)
        assert {"fox_front.png", "fox_back.png"} < files_in(store.folder.outputs)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_in_a_manifests_place_does_not_keep_cleaning(store, rendered, clock):
    manifests = store.folder.outputs / "manifests"
    manifests.mkdir(parents=True, exist_ok=True)
    os.mkfifo(manifests / "0123456789abcdef.json")
    assert policy.clean(store).failures == ()


def test_a_dry_run_lists_what_then_goes(store, rendered, clock):
    rendered("fox")
    clock.now += 60 * DAY
    plan = policy.plan_now(store)
    lines = "\n".join(plan.lines())
    for name in ("fox_front.png", "fox_back.png", ".log", "manifests", "completed job"):
        assert name in lines
    assert len(files_in(store.folder.outputs)) == 4, "planning deletes nothing"
    assert store.counts().total == 1
    cleaned = policy.apply(store, plan)
    assert set(cleaned.leftovers) == set(plan.leftovers)
    assert cleaned.jobs == tuple(job.id for job in plan.jobs)
    assert str(plan) in str(cleaned)
    assert policy.plan_now(store) == policy.Plan()


def test_what_a_spared_job_left_stays(store, rendered, clock):
    job = rendered("fox")
    clock.now += 2 * DAY
    plan = policy.plan_now(store)
    store.pin([job.id])
    cleaned = policy.apply(store, plan)
    assert cleaned.jobs == ()
    assert files_in(store.folder.logs) == {f"{job.id}-1.log"}
    assert len(files_in(store.folder.designs)) == 1


def test_what_can_not_be_deleted_is_told_and_the_rest_goes(store, rendered, clock, monkeypatch):
    rendered("fox")
    clock.now += 2 * DAY
    unlink = os.unlink

    def stubborn(path, **where):
        if str(path).endswith(".log"):
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, **where)

    monkeypatch.setattr(files.os, "unlink", stubborn)
    monkeypatch.setattr(files.os, "supports_dir_fd", os.supports_dir_fd | {stubborn})
    cleaned = policy.clean(store)
    assert [leftover.kind for leftover in cleaned.leftovers] == [Kind.SNAPSHOT, Kind.WORK]
    (failure,) = cleaned.failures
    assert ".log could not be deleted: Permission denied." in failure


@pytest.mark.parametrize(
    "path,inside",
    [("a/b", True), ("a", True), ("", False), ("../x", False), ("a/../../x", False), ("no", False)],
)
def test_inside_means_below_and_there(tmp_path, path, inside):
    folder = tmp_path / "folder"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "b").touch()
    (tmp_path / "x").touch()
    assert is_inside(folder / path, folder) is inside


@pytest.mark.parametrize(
    "now,then",
    [
        ("2026-03-10 13:20:00", "2026-03-10 14:20:00"),
        ("2026-03-10 01:15:00", "2026-03-10 02:00:00"),
        ("2026-03-10 01:00:00", "2026-03-10 02:00:00"),
        ("2026-03-10 02:00:00", "2026-03-10 03:00:00"),
        ("2026-12-31 23:30:00", "2027-01-01 00:30:00"),
    ],
)
def test_the_next_cleaning_is_in_an_hour_or_at_two(now, then):
    at = datetime.fromisoformat(now).timestamp()
    assert datetime.fromtimestamp(policy.next_run(at)) == datetime.fromisoformat(then)


def test_cleanings_never_stand_still():
    at = time.time()
    for _ in range(200):
        following = policy.next_run(at)
        assert 0 < following - at <= HOUR
        at = following


def test_a_row_that_claims_to_have_been_claimed_for_ever_does_not_keep_cleaning(
    store, rendered, tmp_path
):
    job = rendered(out=tmp_path / "mine")
    with closing(sqlite3.connect(store.folder.database)) as planted, planted:
        planted.execute("UPDATE job SET claims = ?", (10**15,))
    cleaned = policy.clean(store)
    assert [leftover.path.name for leftover in cleaned.leftovers] == [f"{job.id}-1"]


class TestLights:
    def light(self, store, name: str, at: float, size: int = 1000) -> Path:
        file = store.folder.lights / f"{hashlib.sha256(name.encode()).hexdigest()}.light"
        return written(file, at, b"x" * size)

    def test_those_not_used_longest_go_past_the_limit(self, store, clock):
        old, middle, new = (self.light(store, name, clock.now + n) for n, name in enumerate("abc"))
        assert policy.plan_now(store).leftovers == ()
        Settings(keep_lights_gb=2.5e-6).save(store)
        (leftover,) = policy.plan_now(store).leftovers
        assert (leftover.kind, leftover.path, leftover.bytes) == (Kind.LIGHT, old, 1000)
        assert policy.clean(store).leftovers == (leftover,)
        assert sorted(files_in(store.folder.lights)) == sorted([middle.name, new.name])
        Settings(keep_lights_gb=0).save(store)
        policy.clean(store)
        assert files_in(store.folder.lights) == set()

    def test_what_broken_off_baking_left_goes_after_a_day_and_nothing_else(self, store, clock):
        part = written(store.folder.lights / f"{'a' * 64}.light.7.part", clock.now)
        others = written(store.folder.lights / "notes.txt", clock.now)
        Settings(keep_lights_gb=0).save(store)
        assert policy.plan_now(store).leftovers == ()
        clock.now += 2 * DAY
        assert [leftover.path for leftover in policy.plan_now(store).leftovers] == [part]
        policy.clean(store)
        assert others.exists() and not part.exists()

    def test_all_completed_on_demand_keeps_the_lights(self, store, clock):
        self.light(store, "a", clock.now)
        Settings(keep_lights_gb=0).save(store)
        policy.clean_completed(store)
        policy.clean_failed(store)
        assert len(files_in(store.folder.lights)) == 1

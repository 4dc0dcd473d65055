"""A queue folder: which one a queue is opened in, and what in it is left alone."""

import os
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tshirt_render_queue import queue
from tshirt_render_queue.presets.bad_request import BadRequest
from tshirt_render_queue.presets.order_form import OrderForm
from tshirt_render_queue.queue.errors import FilledFolder, NotAQueue, OthersFolder, Planted
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.intake import submit
from tshirt_render_queue.queue.runner.lock import RunnerLock
from tshirt_render_queue.queue.runner.outcome import Outcome, Tally
from tshirt_render_queue.queue.runner.recovery import recover
from tshirt_render_queue.queue.runner.worker_pool import new_temporary_folder
from tshirt_render_queue.queue.store.job_store import JobStore

ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")


def fill(folder: Path) -> Path:
    """A folder of the user's, with names that a queue uses too."""
    for name in ("tmp/worker-1/mine.txt", "designs/tmp_mine.png", "logs/abcdefghijkl-1.log"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("mine")
    return folder


def unmark(folder: QueueFolder) -> None:
    """Make it as version 0.1 left it."""
    folder.marker.unlink()
    folder.path.chmod(0o755)


class TestWhichFolder:
    def test_one_that_is_missing_is_made_and_marked(self, tmp_path):
        folder = QueueFolder.at(tmp_path / "a" / "queue").make()
        assert folder.marker.is_file()
        assert folder.make() == folder

    def test_an_empty_one_is_taken(self, tmp_path):
        (tmp_path / ".DS_Store").touch()
        assert QueueFolder.at(tmp_path).make().marker.is_file()

    def test_one_with_anything_else_is_refused_and_left_as_it_is(self, tmp_path, monkeypatch):
        fill(tmp_path)
        before = sorted(tmp_path.rglob("*"))
        monkeypatch.setenv("TSHIRT_QUEUE_DIR", str(tmp_path))
        for open_it in (
            lambda: JobStore(tmp_path),
            lambda: queue.open_queue(tmp_path),
            queue.open_queue,
            lambda: queue.run_queue(tmp_path, until_empty=True),
        ):
            with pytest.raises(FilledFolder, match="Choose an empty folder"):
                open_it()
        assert sorted(tmp_path.rglob("*")) == before

    def test_an_old_queue_is_known_by_its_table_whatever_lies_beside_it(self, tmp_path, order):
        folder = QueueFolder.at(tmp_path)
        with closing(JobStore(folder)) as store:
            job = store.add(order())
        unmark(folder)
        (tmp_path / "notes.txt").touch()
        with closing(JobStore(folder)) as store:
            assert store.job(job.id).id == job.id
        assert folder.marker.is_file()

    def test_an_old_queue_that_was_never_written_back_or_is_damaged_is_known_too(self, tmp_path):
        (tmp_path / "designs").mkdir()
        (tmp_path / "lock.db").touch()
        assert QueueFolder.at(tmp_path).make().marker.is_file()

    def test_names_of_ours_alone_make_no_queue(self, tmp_path):
        (tmp_path / "tmp").mkdir()
        (tmp_path / "tmp" / "mine.txt").touch()
        with pytest.raises(FilledFolder):
            QueueFolder.at(tmp_path).make()

    def test_the_database_of_something_else_is_left_unmarked(self, tmp_path):
        (tmp_path / "queue.db").write_bytes(b"SQLite format 3\0".ljust(4096, b"\0"))
        with pytest.raises(NotAQueue, match="a database of something else"):
            QueueFolder.at(tmp_path).make()
        assert [path.name for path in tmp_path.iterdir()] == ["queue.db"]


@ON_POSIX
class TestOthers:
    def test_nobody_else_can_look_into_it(self, tmp_path):
        folder = QueueFolder.at(tmp_path / "queue")
        with closing(JobStore(folder)):
            assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
            assert stat.S_IMODE(folder.marker.stat().st_mode) == 0o600

    def test_one_that_was_open_to_all_is_closed(self, tmp_path):
        folder = QueueFolder.at(tmp_path / "queue").make()
        folder.path.chmod(0o777)
        folder.make()
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700

    def test_that_of_another_user_is_refused(self, tmp_path, monkeypatch):
        folder = QueueFolder.at(tmp_path / "queue").make()
        monkeypatch.setattr(os, "geteuid", lambda: folder.path.stat().st_uid + 1)
        with pytest.raises(OthersFolder, match="belongs to another user"):
            JobStore(folder)

    @pytest.mark.parametrize("name", ["queue.db", "lock.db", "runner.json", "logs/runner.log"])
    def test_a_link_or_a_pipe_in_place_of_a_file_is_refused(self, tmp_path, name):
        folder = QueueFolder.at(tmp_path / "queue").make()
        mine = tmp_path / "mine"
        mine.write_text("mine")
        (folder.path / name).symlink_to(mine)
        with pytest.raises(Planted, match=name):
            JobStore(folder)
        (folder.path / name).unlink()
        os.mkfifo(folder.path / name)
        with pytest.raises(Planted, match=name):
            JobStore(folder)
        assert mine.read_text() == "mine"

    def test_a_link_in_place_of_a_folder_is_refused(self, tmp_path):
        folder = QueueFolder.at(tmp_path / "queue").make()
        folder.designs.rmdir()
        folder.designs.symlink_to(tmp_path)
        with pytest.raises(Planted, match="designs"):
            JobStore(folder)


def test_recovery_removes_only_the_temporary_folders_of_workers(tmp_path):
    folder = QueueFolder.at(tmp_path / "queue").make()
    left = new_temporary_folder(folder, 1)
    (left / "blender_a1").mkdir()
    fill(folder.path)
    with RunnerLock(folder, "me") as lock, closing(JobStore(folder)) as store:
        recover(store, folder, lock, Outcome(store, Tally()))
    assert not left.exists()
    assert (folder.path / "tmp" / "worker-1" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("where", [".", "tmp", "designs", "logs/mine", "renders/.work/mine"])
def test_pictures_may_not_go_where_the_queue_tidies_up(tmp_path, design, where):
    folder = QueueFolder.at(tmp_path / "queue")
    form = OrderForm(designs=(str(design),), out=str(folder.path / where))
    with pytest.raises(BadRequest, match="inside the queue's own folder"):
        submit.check([form], folder)
    beside = tmp_path / "elsewhere"
    folder.make()
    beside.symlink_to(folder.path)
    with pytest.raises(BadRequest, match="inside the queue's own folder"):
        submit.check([OrderForm(designs=(str(design),), out=str(beside / where))], folder)


def test_pictures_may_go_into_the_queues_outputs(tmp_path, design):
    folder = QueueFolder.at(tmp_path / "queue")
    for out in (folder.outputs, folder.outputs / "monday"):
        assert submit.check([OrderForm(designs=(str(design),), out=str(out))], folder)

"""A queue file that is damaged, foreign, locked, read-only or full: what is said, what is saved."""

import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from tshirt_render_queue.queue.errors import (
    DamagedQueue,
    NewerQueue,
    NotAQueue,
    QueueDiskError,
    QueueFull,
    QueueLocked,
    QueueReadOnly,
    trouble_of,
)
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.job import State
from tshirt_render_queue.queue.settings import Settings
from tshirt_render_queue.queue.store import connection, repair
from tshirt_render_queue.queue.store.counts import Sort
from tshirt_render_queue.queue.store.job_store import JobStore

PAGE = repair.PAGE


@pytest.fixture
def filled(queue_folder, order, clock):
    """A closed queue of 200 jobs, 40 of them completed, one active, with a setting."""
    with closing(JobStore(queue_folder, clock=clock)) as store:
        store.add_many(order(f"n{number:03}") for number in range(200))
        for _ in range(40):
            store.complete(store.claim("runner", clock.now), [])
        store.claim("runner", clock.now)
        Settings(concurrency=5).save(store)
    return QueueFolder.at(queue_folder)


def spoil(file: Path, *pages: int, filling: bytes = b"") -> None:
    """Overwrite those pages, in place, as a failing disk does."""
    with file.open("r+b") as stream:
        for page in pages:
            stream.seek(page * PAGE)
            stream.write((filling or random.Random(page).randbytes(PAGE))[:PAGE])


def pages(file: Path) -> int:
    return file.stat().st_size // PAGE


class TestDamaged:
    def test_a_door_says_which_file_and_what_to_do_and_touches_nothing(self, filled):
        spoil(filled.database, 0)
        before = filled.database.read_bytes()
        with pytest.raises(DamagedQueue) as told:
            JobStore(filled)
        assert str(filled.database) in str(told.value)
        assert "Start the runner" in str(told.value)
        assert filled.database.read_bytes() == before

    def test_damage_in_the_middle_is_found_and_the_rest_is_saved(self, filled, order, clock):
        late = pages(filled.database) * 3 // 4
        spoil(filled.database, late, late + 1)
        before = filled.database.read_bytes()
        with closing(repair.open_or_repair(filled)) as store:
            store.check()
            saved = store.counts()
            assert 150 <= saved.total < 200
            assert saved.completed + saved.waiting + saved.active == saved.total
            assert Settings.load(store).concurrency == 5
            names = [job.names[0] for job in store.jobs(order=Sort.OLDEST)]
            assert names == sorted(names)
            assert store.add(order()).state is State.WAITING
            (job,) = store.orphans("new runner")
            assert store.release(job, clock.now)
        (aside,) = filled.path.glob("damaged-*")
        assert (aside / "queue.db").read_bytes() == before

    def test_without_its_first_page_all_is_saved(self, filled):
        spoil(filled.database, 0, filling=bytes(PAGE))
        with closing(repair.open_or_repair(filled)) as store:
            assert store.counts().total == 200
            assert store.counts().completed == 40
            assert Settings.load(store).concurrency == 5

    def test_a_file_that_never_was_a_database_is_set_aside_as_it_is(self, queue_folder, order):
        file = queue_folder / "queue.db"
        file.write_text("These are not the jobs you are looking for.\n" * 200)
        with closing(repair.open_or_repair(QueueFolder.at(queue_folder))) as store:
            assert store.counts().total == 0
            store.add(order())
        (aside,) = queue_folder.glob("damaged-*")
        assert (aside / "queue.db").read_text().startswith("These are not")

    def test_what_was_lost_is_counted(self, filled, queue_folder):
        last = pages(filled.database)
        spoil(filled.database, last - 1, last - 2)
        told = repair.set_aside(filled)
        with closing(JobStore(queue_folder)) as store:
            assert (told.salvaged, told.lost) == (store.counts().total, 200 - told.salvaged)
        assert str(told.folder) in str(told)
        assert f"unreadable: {told.lost}" in str(told)

    def test_jobs_still_in_the_log_of_writes_are_saved_too(self, queue_folder, order, tmp_path):
        folder = QueueFolder.at(tmp_path / "copy")
        folder.path.mkdir()
        with closing(JobStore(queue_folder)) as store:
            store.add_many(order() for _ in range(20))
            for suffix in ("", "-wal"):
                shutil.copy(queue_folder / f"queue.db{suffix}", folder.path)
        assert (folder.path / "queue.db-wal").stat().st_size > 10 * PAGE
        assert repair.set_aside(folder).salvaged == 20

    def test_a_door_that_had_it_open_goes_on_with_the_new_file(self, filled, order):
        with closing(JobStore(filled)) as door:
            seen = door.data_version()
            spoil(filled.database, pages(filled.database) // 2)
            told = repair.set_aside(filled)
            assert door.data_version() != seen
            assert door.counts().total == told.salvaged
            job = door.add(order())
            with closing(JobStore(filled)) as other:
                assert other.job(job.id) == job
        with closing(JobStore(filled)) as again:
            assert again.job(job.id) == job
            again.check()

    def test_a_door_that_only_writes_notices_as_well(self, filled, order):
        with closing(JobStore(filled)) as door:
            repair.set_aside(filled)
            job = door.add(order())
        with closing(JobStore(filled)) as other:
            assert other.job(job.id) == job

    def test_a_list_that_was_read_before_is_told_to_be_stale(self, filled):
        with closing(JobStore(filled)) as door:
            seen = door.revision()
            repair.set_aside(filled)
            door.data_version()
            assert door.last_removal() > seen

    def test_nobody_opens_the_file_while_it_is_set_aside(self, filled, monkeypatch):
        monkeypatch.setattr(repair, "GRACE", 0.5)
        repairing = threading.Thread(target=repair.set_aside, args=(filled,))
        repairing.start()
        mark = connection.repair_mark(filled.database)
        while not mark.exists():
            time.sleep(0.001)
        with pytest.raises(QueueLocked, match="being repaired"):
            JobStore(filled, busy_timeout=0.05)
        with closing(JobStore(filled, busy_timeout=20)) as store:
            assert not mark.exists()
            assert store.counts().total == 200
        repairing.join()

    def test_a_repair_that_broke_off_does_not_lock_the_queue_for_ever(self, filled):
        mark = connection.repair_mark(filled.database)
        mark.touch()
        os.utime(mark, (time.time() - 100, time.time() - 100))
        with closing(JobStore(filled, busy_timeout=0.1)) as store:
            assert store.counts().total == 200

    def test_a_sound_queue_is_left_alone(self, filled):
        with closing(repair.open_or_repair(filled)) as store:
            assert store.counts().total == 200
        assert not list(filled.path.glob("damaged-*"))


class TestForeign:
    def test_a_database_of_something_else_is_left_alone(self, queue_folder):
        file = queue_folder / "queue.db"
        with closing(sqlite3.connect(file)) as db:
            db.execute("CREATE TABLE diary (day, text)")
            db.commit()
        before = file.read_bytes()
        with pytest.raises(NotAQueue, match="Choose another queue folder"):
            JobStore(queue_folder)
        with pytest.raises(NotAQueue):
            repair.open_or_repair(QueueFolder.at(queue_folder))
        assert file.read_bytes() == before

    def test_a_queue_of_a_newer_version_is_left_alone(self, filled):
        with closing(sqlite3.connect(filled.database)) as db:
            db.execute("PRAGMA user_version = 99")
        with pytest.raises(NewerQueue, match="Update the extension"):
            JobStore(filled)

    def test_an_empty_file_is_a_new_queue(self, queue_folder, order):
        (queue_folder / "queue.db").touch()
        with closing(JobStore(queue_folder)) as store:
            assert store.add(order())


class TestLocked:
    def test_a_locked_file_is_waited_for_and_then_named(self, store, order, queue_folder):
        with closing(sqlite3.connect(store.file, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            with closing(JobStore(queue_folder, busy_timeout=0.2)) as door:
                begun = time.monotonic()
                with pytest.raises(QueueLocked) as told:
                    door.add(order())
                assert 0.15 < time.monotonic() - begun < 2
                assert str(store.file) in str(told.value)
                assert door.counts().total == 0, "reading needs no lock"
                holder.execute("COMMIT")
                assert door.add(order())

    def test_a_lock_that_is_let_go_in_time_is_not_noticed(self, store, order):
        with closing(
            sqlite3.connect(store.file, isolation_level=None, check_same_thread=False)
        ) as holder:
            holder.execute("BEGIN IMMEDIATE")
            release = threading.Timer(0.2, holder.execute, ["COMMIT"])
            release.start()
            assert store.add(order())
            release.join()

    def test_threads_share_a_store(self, store, order):
        def add_and_read():
            for _ in range(20):
                store.job(store.add(order()).id)

        threads = [threading.Thread(target=add_and_read) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.counts().waiting == 120


class TestFull:
    def fill(self, store, order):
        for _ in range(1000):
            store.add(order(request={"metadata": "x" * 5000}))

    def test_a_full_disk_is_named_and_loses_nothing(self, store, order):
        jobs = store.add_many(order() for _ in range(50))
        (pages_now,) = store._rows("PRAGMA page_count")[0]
        store._putter.execute(f"PRAGMA max_page_count = {pages_now + 2}")
        with pytest.raises(QueueFull) as told:
            self.fill(store, order)
        assert "Free some space" in str(told.value)
        assert str(store.file) in str(told.value)
        assert len(store.jobs()) == store.counts().total >= 50
        store.check()
        store._putter.execute("PRAGMA max_page_count = 1000000")
        assert store.add(order()).state is State.WAITING
        assert store.job(jobs[0].id) == jobs[0]

    def test_no_room_for_the_files_beside_it_is_no_broken_disk(self, tmp_path, monkeypatch):
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
        assert type(trouble_of(tmp_path / "queue.db", error)) is QueueDiskError
        full = SimpleNamespace(free=4096)
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: full)
        assert type(trouble_of(tmp_path / "queue.db", error)) is QueueFull

    @pytest.mark.skipif(sys.platform != "linux", reason="mounts a small disk")
    def test_a_disk_that_really_is_full(self, order):
        """On a file system of 1 MB, where one can be mounted."""
        with tempfile.TemporaryDirectory() as name:
            mount = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", name], capture_output=True
            )
            if mount.returncode:
                pytest.skip("can't mount a small file system here")
            try:
                with closing(JobStore(name)) as store:
                    with pytest.raises(QueueFull):
                        self.fill(store, order)
                    kept = store.counts().total
                    assert kept == len(store.jobs()) > 10
                with closing(JobStore(name)) as again:
                    assert again.counts().total == kept
                    again.check()
            finally:
                subprocess.run(["umount", name], check=True)


@pytest.mark.skipif(os.name == "nt", reason="rights differ on Windows")
class TestReadOnly:
    @pytest.fixture
    def folder(self, order):
        """A queue that others can read, where they can get at it."""
        with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
            Path(name).chmod(0o755)
            queue = Path(name, "queue")
            with closing(JobStore(queue)) as store:
                store.add(order())
            yield queue
            for path in (queue, queue / "queue.db"):
                path.chmod(0o755)

    def visit(self, folder: Path) -> str:
        """What a user without rights is told; one who isn't root plays it himself."""
        user = 65534 if os.geteuid() == 0 else 0
        for path in (folder, *folder.rglob("*")) if user and folder.exists() else ():
            os.chown(path, user, user)
        actor = Path(__file__).with_name("store_actor.py")
        ran = subprocess.run(
            [sys.executable, str(actor), "visitor", str(folder), str(user)],
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout

    @pytest.mark.parametrize("what", ["folder", "file", "both"])
    def test_a_queue_that_may_not_be_written_says_so(self, folder, what):
        if what in ("folder", "both"):
            folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
        if what in ("file", "both"):
            (folder / "queue.db").chmod(0o444)
        told = self.visit(folder)
        assert told.startswith("QueueReadOnly")
        assert str(folder / "queue.db") in told

    def test_a_folder_that_can_not_be_made_says_so(self, folder):
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR | stat.S_IROTH | stat.S_IXOTH)
        told = self.visit(folder / "another")
        assert told.startswith("QueueReadOnly")
        assert "Check that its folder exists" in told

    def test_a_file_where_the_folder_should_be(self, tmp_path):
        (tmp_path / "queue").write_text("a file")
        with pytest.raises(QueueReadOnly, match=r"queue\.db"):
            JobStore(tmp_path / "queue")


def test_a_queue_folder_that_was_deleted_is_made_anew(store, order):
    store.add(order())
    shutil.rmtree(store.folder.path)
    assert store.data_version() != 0
    assert store.add(order()).state is State.WAITING
    assert store.counts().waiting == 1

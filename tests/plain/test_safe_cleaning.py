"""A manifest that somebody wrote, a log of writes without its database, a lock that lasts."""

import json
import shutil
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from tshirt_render_queue.queue.cleanup import files
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.runner import launch
from tshirt_render_queue.queue.store import repair
from tshirt_render_queue.queue.store.job_store import JobStore

PLAIN_WORKER = Path(__file__).resolve().parents[1] / "chaos" / "plain_worker.py"


@pytest.mark.parametrize("where", ["photo.jpg", "sub/photo.jpg", "../photo.jpg"])
def test_only_a_plain_name_in_a_manifest_is_ours(tmp_path, where):
    out = tmp_path / "out"
    mine = out / where
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_bytes(b"mine")
    for name in (where, str(mine)):
        entry = {"file": name, "bytes": 4, "sha256": files._hash(mine)}
        (out / "manifests").mkdir(exist_ok=True)
        manifest = out / "manifests" / f"{'f00d' * 4}.json"
        manifest.write_text(json.dumps({"key": "f00d" * 16, "files": [entry]}))
        found = [one.path for one in files.outputs(out / "manifests", out)]
        assert (mine in found) is (name == "photo.jpg")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows can't open folders")
def test_a_folder_that_becomes_a_link_while_we_look_leads_nowhere(tmp_path, monkeypatch):
    out, mine = tmp_path / "out", tmp_path / "mine"
    for folder in (out / "logs", mine):
        folder.mkdir(parents=True)
        (folder / "abcdefghijkl-1.log").write_text("text")
    (found,) = files.logs(QueueFolder(out))

    def look_then_swap(_):
        (out / "logs").rename(out / "before")
        (out / "logs").symlink_to(mine)
        return True

    monkeypatch.setattr(files, "is_itself", look_then_swap)
    with pytest.raises(OSError, match="logs"):
        files.delete(found)
    assert (mine / "abcdefghijkl-1.log").exists()


@pytest.mark.parametrize("empty", [True, False])
def test_a_log_of_writes_without_its_database_is_set_aside(queue_folder, order, empty):
    folder, kept = QueueFolder.at(queue_folder / "queue"), queue_folder / "kept"
    with closing(JobStore(folder)) as store:
        store.add_many(order() for _ in range(50))
        shutil.copy(f"{folder.database}-wal", kept)
    shutil.copy(kept, f"{folder.database}-wal")
    if empty:
        folder.database.write_bytes(b"")
    else:
        folder.database.unlink()
    with closing(JobStore(folder)) as store:
        assert store.counts().total == 0
    (aside,) = folder.path.glob("damaged-*")
    assert (aside / "queue.db-wal").read_bytes() == kept.read_bytes()


def test_a_lock_that_lasts_is_waited_for(queue_folder, monkeypatch):
    folder = QueueFolder.at(queue_folder / "queue").make()
    with closing(JobStore(folder)) as store:
        store.set_settings({"idle_exit": 0.0})
    patient = repair.open_or_repair
    monkeypatch.setattr(launch, "open_or_repair", lambda folder: patient(folder, 0.05))
    holder = sqlite3.connect(folder.database, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    turns = []
    turn = launch._Run.turn

    def locked(self, until_empty):
        turns.append(until_empty)
        with closing(JobStore(folder, 0.05)) as store:
            store.set_setting("note", 1)
        return turn(self, until_empty)

    monkeypatch.setattr(launch._Run, "turn", locked)
    threading.Timer(0.5, lambda: holder.execute("ROLLBACK")).start()
    command = (sys.executable, "-I", "-S", str(PLAIN_WORKER))
    launch.run_queue(folder, until_empty=True, command=command)
    holder.close()
    assert len(turns) >= 2
    assert "goes on" in folder.runner_log.read_text()

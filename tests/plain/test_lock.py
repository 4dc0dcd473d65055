"""One runner a queue folder: real processes compete for the lock, real kills free it."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.runner.lock import (
    Holder,
    LockLost,
    LockUnusable,
    QueueHeld,
    Recorded,
    RunnerLock,
    holder_or_none,
    is_held,
)

CONFTEST = Path(__file__).resolve().parent.parent / "conftest.py"

HOLD = """
import runpy, sys, time
runpy.run_path(sys.argv[1])
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.runner.lock import Recorded, RunnerLock
lock = RunnerLock(QueueFolder.at(sys.argv[2]), "other").acquire()
lock.record((Recorded(4242, "then"),))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path):
    return QueueFolder.at(tmp_path).make()


@pytest.fixture
def other(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(CONFTEST), str(folder.path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_it_is_held_and_given_back(folder):
    assert not is_held(folder)
    with RunnerLock(folder, "me") as lock:
        assert is_held(folder)
        assert holder_or_none(folder) == lock.holder
    assert not is_held(folder)
    assert holder_or_none(folder) is None


def test_the_second_is_told_who_holds_it(folder, other):
    with pytest.raises(QueueHeld) as refused:
        RunnerLock(folder, "me").acquire()
    assert refused.value.holder.pid == other.pid
    assert f"process {other.pid} on " in str(refused.value)
    assert str(folder.path) in str(refused.value)


def test_a_kill_frees_it_and_leaves_word_of_the_workers(folder, other):
    other.kill()
    other.wait()
    with RunnerLock(folder, "me") as lock:
        assert lock.left_behind.pid == other.pid
        assert lock.left_behind.workers == (Recorded(4242, "then"),)
    with RunnerLock(folder, "me") as lock:
        assert lock.left_behind is None


def test_workers_that_would_not_die_are_left_to_the_next(folder):
    with RunnerLock(folder, "me") as lock:
        lock.record((Recorded(4242, "then"),))
    with RunnerLock(folder, "you") as lock:
        assert lock.left_behind.workers == (Recorded(4242, "then"),)


def test_a_folder_that_was_replaced_is_left_alone(folder):
    with RunnerLock(folder, "me") as lock:
        folder.lock.unlink()
        with RunnerLock(folder, "you") as other:
            with pytest.raises(LockLost, match="touches nothing"):
                lock.check()
            lock.record(())
            lock.release()
            assert holder_or_none(folder) == other.holder


def test_a_look_does_not_keep_a_newcomer_out(folder):
    code = HOLD.replace("lock.record", "#").replace("RunnerLock(QueueFolder", "(QueueFolder")
    code = code.split("lock = ")[0] + (
        "from tshirt_render_queue.queue.runner.lock import is_held\n"
        "folder = QueueFolder.at(sys.argv[2])\n"
        "folder.lock.touch()\n"
        "print('held', flush=True)\n"
        "while True: is_held(folder)\n"
    )
    looker = subprocess.Popen(
        [sys.executable, "-c", code, str(CONFTEST), str(folder.path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        looker.stdout.readline()
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            RunnerLock(folder, "me").acquire().release()
    finally:
        looker.kill()
        looker.wait()
        looker.stdout.close()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 3}', "\x00\x00"])
def test_a_damaged_note_is_no_holder(folder, text):
    folder.runner_info.write_text(text)
    assert holder_or_none(folder) is None
    with RunnerLock(folder, "me"):
        assert json.loads(folder.runner_info.read_text())["owner"] == "me"


def test_a_lock_that_cannot_be_used_says_which_and_what_to_do(folder):
    folder.lock.mkdir()
    with pytest.raises(LockUnusable, match=r"lock\.db can't be used\. .*may write in it"):
        RunnerLock(folder, "me").acquire()


def test_a_lock_that_is_no_database_says_to_delete_it(folder):
    folder.lock.write_bytes(b"no database " * 100)
    for use in (RunnerLock(folder, "me").acquire, lambda: is_held(folder)):
        with pytest.raises(LockUnusable, match=r"lock\.db is damaged\. Delete it"):
            use()


def test_a_holder_in_words():
    words = str(Holder("me", 12, "studio", time.time()))
    assert words.startswith("process 12 on studio since 2")

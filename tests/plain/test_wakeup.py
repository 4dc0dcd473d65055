"""The bell: whoever listens hears it, and whoever planted something in its place gains nothing."""

import os
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.job import NewJob, State
from tshirt_render_queue.queue.runner import launch, scheduler, wakeup
from tshirt_render_queue.queue.store.job_store import JobStore

PLAIN_WORKER = Path(__file__).resolve().parents[1] / "chaos" / "plain_worker.py"

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such pipes")


@pytest.fixture
def heard():
    return threading.Event()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "bell"


def test_it_is_heard_each_time_and_taken_down_at_the_end(file, heard):
    with wakeup.hung(file, heard.set) as hangs:
        assert hangs
        for _ in range(3):
            wakeup.notify(file)
            assert heard.wait(10)
            heard.clear()
    assert not file.exists()
    assert not [one for one in threading.enumerate() if one.name == "bell"]


def test_that_of_a_runner_that_was_killed_is_used_again(file, heard):
    os.mkfifo(file)
    wakeup.notify(file)
    with wakeup.hung(file, heard.set) as hangs:
        assert hangs
        wakeup.notify(file)
        assert heard.wait(10)


def test_ringing_without_a_bell_makes_nothing(file):
    wakeup.notify(file)
    assert not file.exists()


def test_nothing_is_written_through_a_link_or_into_a_file_in_its_place(tmp_path, file, heard):
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    file.symlink_to(letter)
    for _ in ("a link", "a file"):
        with wakeup.hung(file, heard.set) as hangs:
            assert not hangs
            wakeup.notify(file)
        assert file.read_text() == "dear"
        file.unlink()
        file.write_text("dear")
    assert letter.read_text() == "dear"


def test_one_that_hangs_in_a_folder_that_took_the_place_of_ours_stays(tmp_path, file, heard):
    with wakeup.hung(file, heard.set):
        file.rename(tmp_path / "old")
        os.mkfifo(file)
    assert file.exists()


def test_a_new_job_starts_long_before_the_runner_would_look(queue_folder, tmp_path, monkeypatch):
    for looks in ("POLL", "SLOW_POLL", "LOOK_AROUND"):
        monkeypatch.setattr(scheduler, looks, 60.0)
    names, stop = ("1.png",), threading.Event()
    out = str(tmp_path / "out")
    order = NewJob(
        request={"metadata": {"files": names}},
        key="1" * 64,
        out=out,
        target=f"{out}/1",
        names=names,
    )
    folder = QueueFolder.at(queue_folder)
    command = (sys.executable, "-I", "-S", str(PLAIN_WORKER))
    running = threading.Thread(
        target=launch.run_queue, args=(folder,), kwargs={"command": command, "stop": stop}
    )
    with closing(JobStore(folder)) as store:
        running.start()
        end = time.monotonic() + 30
        while not folder.bell.exists():
            assert time.monotonic() < end
            time.sleep(0.01)
        time.sleep(0.5)  # it has looked, and now waits
        job = store.add(order)
        while store.job(job.id).state is not State.COMPLETED:
            assert time.monotonic() < end, "the runner slept on"
            time.sleep(0.01)
        stop.set()
        wakeup.notify(folder.bell)
    running.join(30)
    assert not running.is_alive()

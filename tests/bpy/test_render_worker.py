"""A worker as the runner meets it: a process of its own, messages, logs, and how it ends."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")
if sys.platform == "win32":
    pytest.skip("descriptors are passed on differently", allow_module_level=True)

SCRIPT = Path(__file__).resolve().parents[2] / "render" / "worker.py"


class Worker:
    """A worker process and the test's ends of its pipes."""

    def __init__(self, *arguments: str) -> None:
        channel, theirs = os.pipe()
        self.process = subprocess.Popen(
            [*_blender(), "--", "--channel", str(theirs), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs,),
        )
        os.close(theirs)
        self._messages = os.fdopen(channel, "rb")

    def send(self, **command) -> None:
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    def hear(self, *kinds: str) -> dict:
        """Return the next message that is one of `kinds`, or any with none named."""
        for line in self._messages:
            message = json.loads(line)
            if not kinds or message["is"] in kinds:
                return message
        raise AssertionError("the worker has closed its channel")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self._messages.close()


def _blender() -> list[str]:
    if not bpy.app.binary_path:
        return [sys.executable, str(SCRIPT)]
    options = ["--background", "--factory-startup", "--disable-autoexec"]
    return [bpy.app.binary_path, *options, "--python-exit-code", "1", "--python", str(SCRIPT)]


@pytest.fixture
def worker():
    started = Worker()
    yield started
    started.close()


@pytest.fixture
def order(tmp_path):
    def make(request, number=1, **changed):
        return {
            "do": "render",
            "job": f"job{number}",
            "attempt": 1,
            "request": request.to_json(),
            "work": str(tmp_path / f"job{number}-1"),
            "log": str(tmp_path / "logs" / f"job{number}-1.log"),
            "threads": 1,
            "device": "CPU",
        } | changed

    return make


def test_serves_one_job_after_another_and_quits(
    worker, order, make_request, studio_blend, tmp_path
):
    ready = worker.hear()
    assert (ready["is"], ready["pid"]) == ("ready", worker.process.pid)
    assert ready["blender"] == bpy.app.version_string
    for number in (1, 2):
        worker.send(**order(make_request(studio_blend), number))
        done = worker.hear("done", "failed")
        assert done["is"] == "done", done
        assert done["job"] == f"job{number}"
        (row,) = done["files"]
        assert (tmp_path / f"job{number}-1" / row["file"]).stat().st_size == row["bytes"]
        log = (tmp_path / "logs" / f"job{number}-1.log").read_text("utf-8")
        assert "denoiser: " in log
        assert ("Read blend" in log) == (number == 1), "the second finds the template open"
    worker.send(do="quit")
    assert worker.process.wait(10) == 0


def test_tells_how_far_it_is(worker, order, make_request, studio_blend):
    worker.send(**order(make_request(studio_blend, views=("front", "back"), samples=300)))
    heard = []
    while (message := worker.hear())["is"] != "done":
        assert message["is"] != "failed", message
        if message["is"] == "progress":
            heard.append(message["fraction"])
    assert heard == sorted(heard)
    assert any(0 < fraction < 1 for fraction in heard)
    assert heard[-1] <= 1


def test_a_bad_job_is_told_and_the_worker_lives_on(worker, order, make_request, studio_blend):
    good = make_request(studio_blend)
    lost = {"design": "/not/there.png", "name": "lost", "placement": "full_front"}
    worker.send(**order(good) | {"request": good.to_json() | {"prints": [lost]}})
    failed = worker.hear("done", "failed")
    assert (failed["is"], failed["failure"]) == ("failed", "bad_design")
    assert "lost" in failed["error"] and "/not/there.png" in failed["error"]

    worker.send(**order(good, 2) | {"request": {"nonsense": 1}})
    assert worker.hear("done", "failed")["failure"] == "bad_request"

    worker.send(**order(good, 3, device="CUDA"))
    failed = worker.hear("done", "failed")
    assert failed["failure"] == "device_missing"
    assert "CUDA" in failed["error"]

    worker.send(**order(good, 4))
    assert worker.hear("done", "failed")["is"] == "done"


def test_ends_at_once_when_the_runner_is_gone(worker, order, make_request, studio_blend):
    worker.hear("ready")
    worker.send(**order(make_request(studio_blend, samples=100_000, width=512, height=512)))
    worker.hear("progress")
    worker.process.stdin.close()
    began = time.monotonic()
    worker.process.wait(5)
    assert time.monotonic() - began < 2


def test_gives_signs_of_life_while_cycles_renders(worker, order, make_request, studio_blend):
    worker.hear("ready")
    worker.send(**order(make_request(studio_blend, samples=100_000, width=512, height=512)))
    worker.hear("progress")
    assert worker.hear("alive") == {"is": "alive"}
    assert worker.hear("alive") == {"is": "alive"}

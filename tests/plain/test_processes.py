"""Real processes: started with a channel, told apart, killed with all they started."""

import os
import subprocess
import sys
import time

import pytest
from tshirt_render_queue.queue.runner import processes

SAYS = """
import os, sys
channel = os.fdopen(int(sys.argv[sys.argv.index("--channel") + 1]), "w")
channel.write("hello\\n"); channel.flush()
print("this goes to the log", flush=True)
sys.stdin.read()
"""

#: starts a grandchild that would outlive it, and says its pid
PARENT = """
import os, subprocess, sys
channel = os.fdopen(int(sys.argv[sys.argv.index("--channel") + 1]), "w")
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
channel.write(f"{child.pid}\\n"); channel.flush()
{then}
"""


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.005)


@pytest.fixture
def start(tmp_path):
    started = []

    def start(code):
        child = processes.start((sys.executable, "-c", code), tmp_path / "child.log", tmp_path)
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        until(child.gone)
        child.channel.close()
        child.close()


def test_a_child_speaks_on_its_channel_and_prints_into_its_log(start, tmp_path):
    child = start(SAYS)
    assert child.channel.readline() == b"hello\n"
    assert not child.gone()
    child.stdin.close()
    until(child.gone)
    assert child.process.returncode == 0
    assert child.channel.read() == b""
    assert (tmp_path / "child.log").read_text() == "this goes to the log\n"


def test_killing_takes_the_whole_tree(start):
    child = start(PARENT.replace("{then}", "child.wait()"))
    grandchild = int(child.channel.readline())
    assert processes.identity_or_none(grandchild)
    child.kill()
    until(child.gone)
    assert lives(grandchild) is False


def test_it_is_not_gone_while_a_grandchild_lives(start):
    child = start(PARENT.replace("{then}", ""))
    grandchild = int(child.channel.readline())
    until(lambda: child.process.poll() is not None)
    assert lives(grandchild)
    assert not child.gone()
    child.kill()
    until(child.gone)
    assert not lives(grandchild)


def test_an_identity_tells_a_process_from_the_next(start):
    first, second = start(SAYS), start(SAYS)
    assert first.identity == processes.identity_or_none(first.pid)
    assert first.identity != ""
    until(lambda: second.channel.readline())
    first.kill()
    until(first.gone)
    assert processes.identity_or_none(first.pid) is None


def test_a_recorded_process_is_killed_only_if_it_is_the_same(start):
    child = start(SAYS)
    child.channel.readline()
    processes.kill_recorded(child.pid, "another time")
    time.sleep(0.05)
    assert not child.gone()
    assert not processes.recorded_lives(child.pid, "another time")
    assert processes.recorded_lives(child.pid, child.identity)
    processes.kill_recorded(child.pid, child.identity)
    until(lambda: not processes.recorded_lives(child.pid, child.identity))
    processes.kill_recorded(child.pid, child.identity)


def test_an_unreaped_dead_process_counts_as_dead(start):
    child = start(SAYS)
    processes.kill_recorded(child.pid, child.identity)
    until(lambda: not processes.recorded_lives(child.pid, child.identity))
    assert child.process.returncode is None  # nobody has fetched its end yet


def test_a_detached_process_is_its_own_leader_and_is_reaped(tmp_path):
    log = tmp_path / "detached.log"
    code = "import os; print(os.getpid() == os.getsid(0), flush=True)"
    pid = processes.start_detached((sys.executable, "-c", code), log, os.environ)
    until(lambda: log.read_text() == "True\n")
    until(lambda: processes.identity_or_none(pid) is None)


def test_a_program_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        processes.start(("/no/such/blender",), tmp_path / "log", tmp_path)


def test_memory_is_told_in_mb():
    code = "x = bytearray(b'1') * 60_000_000; print(flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    child.stdout.readline()
    assert 60 < processes.memory_mb_or_none(child.pid) < 90
    child.communicate(b"\n")
    assert processes.memory_mb_or_none(child.pid) is None


def test_the_count_of_memory_kills_can_be_read():
    assert processes.out_of_memory_kills() >= 0


def lives(pid):
    identity = processes.identity_or_none(pid)
    return identity is not None and processes._stat(pid)[0] not in "ZX"


BEHIND = """
import importlib.util, os, pathlib, sys
spec = importlib.util.spec_from_file_location("processes", sys.argv[1])
processes = sys.modules["processes"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(processes)
processes.go_behind()
waits = (sys.executable, "-c", "import sys; sys.stdin.read()")
child = processes.start(waits, pathlib.Path(os.devnull), pathlib.Path(sys.argv[2]))
for pid in (os.getpid(), child.pid):
    print(os.getpriority(os.PRIO_PROCESS, pid))
    group = pathlib.Path(f"/proc/{pid}/autogroup")
    print(group.read_text().split()[-1] if group.exists() else os.getpriority(os.PRIO_PROCESS, 0))
child.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does that itself")
def test_who_goes_behind_takes_its_workers_and_their_sessions_along(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", BEHIND, processes.__file__, tmp_path],
        check=True, capture_output=True, text=True, start_new_session=True,
    )  # fmt: skip
    behind = max(processes.BEHIND, os.nice(0))  # where the tests themselves stand further behind
    assert told.stdout.split() == [str(behind)] * 4

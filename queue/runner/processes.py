"""All that differs by operating system: start processes, tell them apart, kill whole trees, rename.

POSIX: a worker leads its own process group. Windows: it sits in a job object that dies with the
runner. No bpy here.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

LINUX = sys.platform == "linux"
#: DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP: it survives the console it was started from
WINDOWS_DETACHED = 0x00000008 | 0x00000200
#: how far behind everybody else a process of ours stands, of 19: a third of their share. With less,
#: a job would come to its timeout while the artist renders something else.
BEHIND = 5
#: seconds after which Linux lets one who isn't root weigh another session, and how often to ask
WEIGHING, WEIGHINGS = 0.11, 3
#: seconds in which Windows may come to allow a rename
RENAME_PATIENCE = 2.0

if TYPE_CHECKING:
    from .windows import JobObject


@dataclass
class Child:
    """A worker process with its two pipes; `start` makes it."""

    process: subprocess.Popen[bytes]
    #: what the child says, until end-of-file
    channel: IO[bytes]
    #: told apart from a later process with the same pid
    identity: str
    #: Windows: the job object that holds the whole tree
    job: "JobObject | None" = None

    @property
    def pid(self) -> int:
        """The process id; on POSIX also the id of its group."""
        return self.process.pid

    @property
    def stdin(self) -> IO[bytes]:
        """The pipe to the child's standard input."""
        assert self.process.stdin is not None
        return self.process.stdin

    def kill(self) -> None:
        """Begin to kill the whole tree; `gone` tells when it is done."""
        if self.job is not None:
            self.job.terminate()
        elif sys.platform != "win32":
            _kill_group(self.pid)

    def gone(self) -> bool:
        """Whether no process of the tree lives any more; a zombie counts as dead."""
        if self.process.poll() is None:
            return False
        if self.job is not None:
            return self.job.active_processes() == 0
        return sys.platform == "win32" or not _group_lives(self.pid)

    def close(self) -> None:
        """Give back the pipe to it, whose end also ends a worker that still lives, and `release`."""
        with suppress(OSError):  # what was still unsent has no reader any more
            self.stdin.close()
        self.release()

    def release(self) -> None:
        """Give back what holds the tree together."""
        if self.job is not None:
            self.job.close()


def start(command: tuple[str, ...], log: Path, temporary: Path) -> Child:
    """Start `command` with `--channel N` added, N being the number of a pipe only we read.

    Its output goes to `log`, its temporary files into the folder `temporary`. OSError if the
    program can't be started.
    """
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    launch = _launch_on_windows if sys.platform == "win32" else _launch
    reading, writing = os.pipe()
    try:
        with log.open("wb") as output:
            process, job = launch(command, writing, output, environment)
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    return Child(process, os.fdopen(reading, "rb"), identity_or_none(process.pid) or "", job)


_Launched = tuple["subprocess.Popen[bytes]", "JobObject | None"]


def _launch(
    command: tuple[str, ...], writing: int, output: IO[bytes], environment: Mapping[str, str]
) -> _Launched:
    process = subprocess.Popen(
        (*command, "--channel", str(writing)),
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        env=environment,
        pass_fds=(writing,),
        start_new_session=True,
    )
    _weigh_session(process.pid)
    return process, None


def _launch_on_windows(
    command: tuple[str, ...], writing: int, output: IO[bytes], environment: Mapping[str, str]
) -> _Launched:
    import msvcrt

    from .windows import JobObject

    handle = msvcrt.get_osfhandle(writing)
    os.set_handle_inheritable(handle, True)
    process = subprocess.Popen(
        (*command, "--channel", str(handle)),
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        env=environment,
        startupinfo=subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]}),
        creationflags=subprocess.CREATE_NO_WINDOW,
    )
    return process, JobObject.holding(process.pid)


def start_detached(command: tuple[str, ...], log: Path, environment: Mapping[str, str]) -> int:
    """Start `command` so that it outlives us and our terminal; its pid. OSError if it can't."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=log.parent,
            env=environment,
            start_new_session=True,
            creationflags=WINDOWS_DETACHED if sys.platform == "win32" else 0,
        )
    # Somebody has to fetch its exit code, or it stays a zombie for as long as we live.
    threading.Thread(target=process.wait, name="reaper", daemon=True).start()
    return process.pid


def go_behind() -> None:
    """Leave most of the processor to whoever else wants it; the workers of this process do too.

    Windows puts the window that is worked in first by itself, and would starve who steps back.
    """
    if sys.platform != "win32":
        os.nice(max(0, BEHIND - os.nice(0)))
        _weigh_session(os.getpid())


def _weigh_session(pid: int) -> None:
    """Let the session that `pid` leads count as little as this process does.

    Linux desktops weigh sessions against each other (autogroup), and a process only in its own.
    """
    nice = os.nice(0) if LINUX else 0
    for _ in range(WEIGHINGS if nice else 0):
        try:
            Path(f"/proc/{pid}/autogroup").write_text(str(nice), encoding="ascii")
        except BlockingIOError:
            time.sleep(WEIGHING)
        except OSError:
            return  # ended already, or a Linux without
        else:
            return


def identity_or_none(pid: int) -> str | None:
    """What tells a process from a later one with the same pid: when it was started."""
    if LINUX:
        try:
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
            return f"{boot}:{_stat(pid)[19]}"
        except (OSError, IndexError):
            return None
    if sys.platform == "win32":
        from . import windows

        return windows.start_time_or_none(pid)
    return _ps(pid, "lstart=")


def kill_recorded(pid: int, identity: str) -> None:
    """Begin to kill a tree that an earlier runner started, if its leader is still that process."""
    if pid > 1 and identity and identity_or_none(pid) == identity:  # kill(-1) means everybody
        if sys.platform == "win32":
            from . import windows

            windows.terminate(pid)
        else:
            _kill_group(pid)


def recorded_lives(pid: int, identity: str) -> bool:
    """Whether any process of such a tree lives."""
    if not identity or pid <= 1:
        return False
    found = identity_or_none(pid)
    if found is not None and found != identity:
        return False
    return _group_lives(pid) if sys.platform != "win32" else found is not None


def memory_mb_or_none(pid: int) -> float | None:
    """Memory in use (resident), in MB."""
    if LINUX:
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, IndexError):
            return None
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    if sys.platform == "win32":
        from . import windows

        return windows.memory_mb_or_none(pid)
    kilobytes = _ps(pid, "rss=")
    return int(kilobytes) / 1e3 if kilobytes else None


def cores() -> int:
    """How many processor cores we may use."""
    return len(os.sched_getaffinity(0)) if LINUX else os.cpu_count() or 1


def out_of_memory_kills() -> int:
    """How many processes the system has killed for want of memory; 0 where it doesn't say."""
    if LINUX:
        for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines():
            name, _, number = line.partition(" ")
            if name == "oom_kill":
                return int(number)
    return 0


def rename_over(source: Path, target: Path) -> None:
    """Put a file in the place of another, all at once.

    Windows refuses while anybody, a viewer or a virus scanner, has the old one open: wait a little.
    """
    until = time.monotonic() + RENAME_PATIENCE
    while True:
        try:
            source.replace(target)
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` survive a power cut, where a system lets one ask for it."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _kill_group(group: int) -> None:
    if group <= 1:
        raise ValueError(f"{group} is no group of processes of ours")
    # Dead already; macOS says "not permitted" while it is a zombie.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # the number belongs to somebody else's group now
    if not LINUX:
        return True
    # Where nobody reaps orphans the group consists of zombies for ever.
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                state, _, of_group = _stat(int(entry.name))[:3]
            except OSError:
                continue  # ended while we looked
            if int(of_group) == group and state not in "ZX":
                return True
    return False


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on (the name before may hold anything)."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return text.rpartition(")")[2].split()


def _ps(pid: int, column: str) -> str | None:
    found = subprocess.run(
        ("ps", "-o", column, "-p", str(pid)), capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or None

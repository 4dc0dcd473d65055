"""The bell at the queue's door: rung by whoever ordered something, so that the runner need not look
often. A named pipe in the queue folder, and nothing but a hint: a runner that missed it looks soon.

Windows has no such pipes in its folders, nor have some network drives: there the runner looks more
often instead. No bpy here.
"""

import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: bytes taken at once; how often it was rung does not matter
_RINGS = 4096


@contextmanager
def hung(file: Path, heard: Callable[[], None]) -> Iterator[bool]:
    """Call `heard`, in a thread of its own, whenever the bell is rung in this block.

    Yields whether there is a bell; it is taken down at the end.
    """
    try:
        pipe = _hang(file)
    except OSError:
        pipe = None
    if pipe is None:
        yield False
        return
    ended = threading.Event()

    def listen() -> None:
        while os.read(pipe, _RINGS) and not ended.is_set():
            heard()

    listener = threading.Thread(target=listen, name="bell", daemon=True)
    listener.start()
    try:
        yield True
    finally:
        ended.set()
        os.write(pipe, b"!")
        listener.join()
        with suppress(OSError):
            # Not the one that hangs in a folder which has taken the place of ours.
            if os.path.samestat(os.lstat(file), os.fstat(pipe)):
                os.unlink(file)
        os.close(pipe)


def notify(file: str | Path) -> None:
    """Tell the runner, if one listens, that there is something to do."""
    if not os.access(file, os.W_OK):
        return  # which costs less than the exception that `open` would raise, at every order
    with suppress(OSError):
        pipe = os.open(file, os.O_WRONLY | _CAREFULLY | _AT_ONCE)
        try:
            if stat.S_ISFIFO(os.fstat(pipe).st_mode):
                os.write(pipe, b"!")
        finally:
            os.close(pipe)


#: no link is followed; and who opens or writes never waits for the other end
_CAREFULLY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)


def _hang(file: Path) -> int | None:
    """The pipe, made if there is none yet; None if there can't be one."""
    if not hasattr(os, "mkfifo"):
        return None
    with suppress(FileExistsError):
        os.mkfifo(file, 0o600)
    # Open to be written too, else the first door that closes it would end it.
    pipe = os.open(file, os.O_RDWR | _CAREFULLY)
    if stat.S_ISFIFO(os.fstat(pipe).st_mode):
        return pipe
    os.close(pipe)
    return None

"""How a worker talks with its runner: JSON lines, in by stdin and out by a channel of its own.

Blender prints into stdout whenever it likes, so messages never go there. No bpy here.
"""

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

#: Seconds between two signs of life.
HEARTBEAT = 2.0


class Channel:
    """The way to the runner. Any thread may send; a message is one JSON line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    @classmethod
    def inherited(cls, number: int) -> "Channel":
        """Open the descriptor, or on Windows the handle, that the runner passed down."""
        if sys.platform == "win32":
            import msvcrt

            number = msvcrt.open_osfhandle(number, os.O_WRONLY)
        os.set_inheritable(number, False)
        return cls(os.fdopen(number, "wb", buffering=0))

    def send(self, kind: str, **fields: Any) -> None:
        """Send one message; without a runner to read it this process has no purpose and ends."""
        line = json.dumps({"is": kind} | fields, ensure_ascii=False).encode() + b"\n"
        with self._lock:
            try:
                self._stream.write(line)
            except BrokenPipeError:
                os._exit(1)


def beat(channel: Channel, every: float = HEARTBEAT) -> None:
    """Start sending signs of life; they go on while Cycles renders, which leaves Python free."""
    rest = threading.Event()

    def go_on() -> None:
        while not rest.wait(every):
            channel.send("alive")

    threading.Thread(target=go_on, name="heartbeat", daemon=True).start()


def listen(stream: BinaryIO) -> "SimpleQueue[dict[str, Any]]":
    """Return the queue of the runner's commands; when the runner is gone, end at once.

    `os._exit` and no clean-up: a render can't be waited for, and nothing half-written counts.
    """
    commands: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def read() -> None:
        for line in stream:
            commands.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=read, name="commands", daemon=True).start()
    return commands


@contextmanager
def output_to(log: Path) -> Iterator[None]:
    """Send all that this process prints, Python's and Blender's alike, to the end of `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    kept = [os.dup(1), os.dup(2)]
    _flush()
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.dup2(target, 1)
        os.dup2(target, 2)
        yield
    finally:
        _flush()
        os.dup2(kept[0], 1)
        os.dup2(kept[1], 2)
        for descriptor in (target, *kept):
            os.close(descriptor)


def _flush() -> None:
    """Empty Python's and the C library's buffers, or lines end up in the next job's log."""
    import ctypes

    sys.stdout.flush()
    sys.stderr.flush()
    library = "ucrtbase" if sys.platform == "win32" else None
    ctypes.CDLL(library).fflush(None)

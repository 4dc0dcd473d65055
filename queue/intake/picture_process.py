"""Has pictures read and SVGs drawn by processes of their own, which may fail, hang or crash.

A process stays for many pictures and ends by itself when there are none; see `picture_server.py` for
its side. Pillow and resvg are never imported here. No bpy here.
"""

import atexit
import contextlib
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...presets.images import BadDesign
from ...presets.messages import Message, said_by
from ..runner.blender import NoPython, plain_python
from ..runner.processes import cores
from .wire import sentence

SCRIPT = Path(__file__).with_name("decode_pictures.py")
#: what the processes use, and would rather take as installed than unpack
MODULES = ("PIL", "resvg_py")
#: processes at once: each may take much memory
MOST = 4
#: seconds until what took too much is tried again
AGAIN = 600.0


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing to do for one design."""

    #: what for, a method of `picture_server`: 'look', 'convert' or 'draw'
    do: str
    #: the design's name, for messages
    name: str
    #: seconds that it may take
    patience: float
    arguments: dict[str, Any] = field(default_factory=dict)
    content: bytes = b""

    @property
    def key(self) -> tuple:
        """What its outcome depends on."""
        told = json.dumps(self.arguments, sort_keys=True)
        stamp = _stamp_or_none(self.arguments.get("path"))
        content = hashlib.sha256(self.content).digest()
        return self.do, self.name, self.patience, told, stamp, content


@dataclass(frozen=True)
class Answer:
    """What came of a task that went well."""

    facts: dict[str, Any]
    content: bytes


class _Died(Exception):
    """The process ended without an answer."""


def run(task: Task, libraries: Path) -> Answer:
    """Do one task; raises BadDesign. `libraries` is where a library may be unpacked."""
    (answer,) = run_all([task], libraries)
    if isinstance(answer, BadDesign):
        raise answer
    return answer


def run_all(tasks: Iterable[Task], libraries: Path) -> Iterator[Answer | BadDesign]:
    """Do tasks, some at a time; yield each one's answer or refusal, in their order."""
    most = max(1, min(MOST, cores()))
    at_work: deque[tuple[Task, _Process | BadDesign]] = deque()
    try:
        for task in tasks:
            if len(at_work) == most:
                yield _finish(*at_work.popleft(), libraries)
            at_work.append((task, _begin(task, libraries)))
        while at_work:
            yield _finish(*at_work.popleft(), libraries)
    finally:
        for _, process in at_work:
            if isinstance(process, _Process):
                process.end()


#: processes that wait for work, of this process; appending and popping needs no lock
_idle: list["_Process"] = []


@atexit.register
def end_all() -> None:
    """End the processes that wait for work."""
    while _idle:
        _idle.pop().end()


#: when a task took too much, and what was said of it: panels look at a design after every edit
_failed: dict[tuple, tuple[float, BadDesign]] = {}


def _begin(task: Task, libraries: Path) -> "_Process | BadDesign":
    """Return the process that is at it, or why it isn't tried."""
    when, refusal = _failed.get(task.key, (0.0, None))
    if refusal and time.monotonic() - when < AGAIN:
        return refusal
    try:
        process = _idle.pop() if _idle else _Process(libraries)
    except (NoPython, OSError) as error:
        words = "{name} can't be read: {problem}."
        problem = said_by(error)
        return BadDesign(Message(words, name=task.name, problem=problem))
    process.send(task)
    return process


def _finish(task: Task, process: "_Process | BadDesign", libraries: Path) -> Answer | BadDesign:
    if isinstance(process, BadDesign):
        return process
    try:
        answer = process.answer()
    except _Died:
        is_late, is_fresh = process.is_late(task), process.answered == 0
        process.end()
        if not is_late and not is_fresh:
            # An earlier picture may be to blame, or it ended for want of work at this very moment.
            process = _Process(libraries)
            process.send(task)
            return _finish(task, process, libraries)
        refusal = _late(task) if is_late else _crashed(task)
        _failed[task.key] = (time.monotonic(), refusal)
        return refusal
    if len(_idle) < MOST:
        _idle.append(process)
    else:
        process.end()
    return _refusal_or_none(task, answer.facts) or answer


class _Process:
    """One picture process; does one task at a time."""

    def __init__(self, libraries: Path) -> None:
        """Start it; raises NoPython or OSError."""
        found = (f"{name}={folder}" for name in MODULES if (folder := _installed_or_none(name)))
        self._process = subprocess.Popen(
            (str(plain_python()), "-I", str(SCRIPT), str(libraries), *found),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0,
        )
        self.answered = 0
        self._since = 0.0

    def send(self, task: Task) -> None:
        """Give it work."""
        told = task.arguments | {
            "do": task.do, "patience": task.patience, "bytes": len(task.content)
        }  # fmt: skip
        self._since = time.monotonic()
        assert self._process.stdin
        with contextlib.suppress(OSError):  # it has died, which `answer` tells
            self._process.stdin.write(json.dumps(told).encode() + b"\n" + task.content)
            self._process.stdin.flush()

    def answer(self) -> Answer:
        """Wait for its answer; raises _Died."""
        assert self._process.stdout
        try:
            line = self._process.stdout.readline()
            facts = json.loads(line) if line.endswith(b"\n") else {}
            content = self._process.stdout.read(facts.get("bytes", 0))
        except (OSError, ValueError) as error:
            raise _Died from error
        if not facts or len(content) != facts["bytes"]:
            raise _Died
        self.answered += 1
        return Answer(facts, content)

    def is_late(self, task: Task) -> bool:
        """Tell whether the task has had its time."""
        return time.monotonic() - self._since >= task.patience

    def end(self) -> None:
        """End it at once."""
        self._process.kill()
        assert self._process.stdin and self._process.stdout
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what it hasn't read, it needs no more
                pipe.close()
        self._process.wait()


def _stamp_or_none(path: str | None) -> tuple[int, int] | None:
    try:
        told = path and os.stat(path)
    except OSError:
        return None
    return (told.st_mtime_ns, told.st_size) if told else None


def _installed_or_none(module: str) -> Path | None:
    """Return the folder that a module is installed in; it isn't imported."""
    try:
        found = importlib.util.find_spec(module)
    except ValueError:
        return None
    if found is None or found.origin is None or not Path(found.origin).is_file():
        return None
    return Path(found.origin).parent.parent


def _late(task: Task) -> BadDesign:
    words = (
        "{name} takes longer than {seconds:.0f} seconds to draw; simplify its effects, or export it "
        "as PNG."
        if task.do == "draw"
        else "{name} takes longer than {seconds:.0f} seconds to read; save it anew as PNG."
    )
    return BadDesign(Message(words, name=task.name, seconds=task.patience))


def _crashed(task: Task) -> BadDesign:
    words = (
        "{name} can't be drawn: it takes too much memory or makes the drawing library crash; "
        "simplify it, or export it as PNG."
        if task.do == "draw"
        else "{name} can't be read: it takes too much memory or makes the reading library crash; "
        "save it smaller, or anew as PNG."
    )
    return BadDesign(Message(words, name=task.name))


def _refusal_or_none(task: Task, facts: dict[str, Any]) -> BadDesign | None:
    """Return the sentence for an answer that is a refusal."""
    kind, reason = facts.get("refused"), sentence(facts.get("why", ""))
    if kind is None:
        return None
    if kind == "memory":
        return _crashed(task)
    words = {
        "truncated": Message(
            "{name} is truncated: its end is missing; save or copy it again.", name=task.name
        ),
        "damaged": Message(
            "{name} is damaged: {problem}; save it again.", name=task.name, problem=reason
        ),
        "changed": Message(
            "{path} was changed while it was being ordered; order it again.", path=task.name
        ),
        "unprintable": Message("{name} {problem}.", name=task.name, problem=reason),
        "not drawn": Message(
            "{name} can't be drawn ({problem}); save it as plain SVG or as PNG.",
            name=task.name,
            problem=reason,
        ),
        "library": Message("{name} can't be read: {problem}.", name=task.name, problem=reason),
    }
    return BadDesign(words.get(kind) or reason)

"""Has SVGs drawn as PNG, each in a process of its own that may fail, hang or crash. No bpy here."""

import hashlib
import importlib.util
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ...presets.image_headers import PNG_SIGNATURE
from ...presets.images import BadDesign
from ...presets.messages import Message, said_by
from ...presets.svg import Sized
from ..runner.blender import NoPython, plain_python
from ..runner.processes import cores

SCRIPT = Path(__file__).with_name("draw_svg.py")
#: seconds that a drawing may take
PATIENCE = 120.0
#: seconds for a look at it, and the longer side of that in pixels
LOOKING, LOOK_SIDE = 15.0, 720
#: seconds until one that failed is tried again: panels look at a design after every edit
AGAIN = 600.0

#: how many different ones are passed on
MOST_REMARKS = 3
_REMARK = re.compile(r"^Warning \(in [^)]*\): (.+)", re.MULTILINE)


@dataclass(frozen=True)
class Drawing:
    """What became of an SVG."""

    png: bytes
    #: what the drawing library had to say, in English
    remarks: tuple[str, ...]


def draw(svg: Sized, name: str, patience: float | None = None) -> Drawing:
    """Draw `svg`, for at most `patience` seconds; `name` is for messages. Raises BadDesign."""
    return _run(svg.content, name, PATIENCE if patience is None else patience)


def draw_all(svgs: Iterable[tuple[Sized, str]]) -> Iterator[Drawing]:
    """`draw` of many, some at a time."""
    with ThreadPoolExecutor(min(4, cores())) as pool:
        yield from pool.map(lambda one: draw(*one), svgs)


@lru_cache(maxsize=8)
def look(content: bytes, name: str) -> Drawing:
    """Draw an SVG of at most `LOOK_SIDE` with hard edges: half clear is then what was meant so."""
    return _run(content, name, LOOKING, "--hard-edges")


class _TooMuch(Exception):
    """A drawing takes more time or memory than it may have; the message lacks the design's name."""


#: when drawing failed for want of time or memory, by content, patience and how it was drawn
_failed: dict[tuple, tuple[float, str]] = {}


def _run(content: bytes, name: str, patience: float, *flags: str) -> Drawing:
    drawn = (hashlib.sha256(content).digest(), patience, flags)
    when, sentence = _failed.get(drawn, (0.0, ""))
    if sentence and time.monotonic() - when < AGAIN:
        raise BadDesign(Message("{name} {problem}", name=name, problem=sentence))
    try:
        return _run_now(content, name, patience, *flags)
    except _TooMuch as error:
        _failed[drawn] = (time.monotonic(), said_by(error))
        raise BadDesign(Message("{name} {problem}", name=name, problem=said_by(error))) from error


def _run_now(content: bytes, name: str, patience: float, *flags: str) -> Drawing:
    try:
        command = (str(plain_python()), "-I", str(SCRIPT), str(_site(name)), *flags)
        done = subprocess.run(
            command,
            input=content,
            capture_output=True,
            timeout=patience,
            check=False,
            creationflags=subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0,
        )
    except subprocess.TimeoutExpired as error:
        raise _TooMuch(
            Message(
                "takes longer than {seconds:.0f} seconds to draw; simplify its effects, or export "
                "it as PNG.",
                seconds=patience,
            )
        ) from error
    except NoPython as error:
        words = "{name} can't be drawn: {error}"
        raise BadDesign(Message(words, name=name, error=said_by(error))) from error
    problem = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == 1 and problem:
        words = "{name} can't be drawn ({problem}); save it as plain SVG or as PNG."
        raise BadDesign(Message(words, name=name, problem=problem.splitlines()[-1]))
    said, signature, png = done.stdout.partition(PNG_SIGNATURE)
    if done.returncode != 0 or not png:
        raise _TooMuch(
            Message(
                "can't be drawn: it takes too much memory or makes the drawing library crash; "
                "simplify it, or export it as PNG."
            )
        )
    remarks = dict.fromkeys(_REMARK.findall(said.decode("utf-8", "replace")))
    return Drawing(signature + png, tuple(remarks)[:MOST_REMARKS])


def _site(name: str) -> Path:
    """Return the folder that resvg_py is installed in."""
    found = importlib.util.find_spec("resvg_py")
    if found is None or found.origin is None or not Path(found.origin).is_file():
        raise BadDesign(
            Message(
                "{name} can't be drawn here, because the Python package resvg_py isn't installed; "
                "install it, or export the design as PNG.",
                name=name,
            )
        )
    return Path(found.origin).parent.parent

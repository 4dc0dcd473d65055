"""The picture process: reads pictures and draws SVGs for whoever asks, one after the other.

`decode_pictures.py` starts it. A task is a line of JSON on standard input, `bytes` of content
after it where it has some; the answer is the same on standard output. A hostile file can make it
hang, crash or grow, but nothing else: time and memory are limited. No bpy here.
"""

import faulthandler
import json
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from ...presets.image_info import Damaged, Truncated, Unreadable
from ...presets.messages import Message, said_by
from . import bundled_library
from .wire import to_plain

#: what may be used, in bytes, where the system lets a process limit itself
MEMORY = 4 << 30
#: seconds without a task after which the process ends
IDLE = 120.0
#: the versions that pictures depend on
PILLOW, RESVG = "13.0.0", "0.5.0"


class _Changed(Exception):
    """The file isn't the one that was checked."""


def serve(installed: dict[str, Path], libraries: Path) -> None:
    """Do tasks until standard input ends; `installed` tells where modules were found."""
    tasks = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)  # what a library prints must not get between the answers
    _limit_memory()
    handlers = _Handlers(installed, libraries)
    while True:
        faulthandler.dump_traceback_later(IDLE, exit=True)
        line = tasks.readline()
        if not line:
            break
        task = json.loads(line)
        content = tasks.read(task.get("bytes", 0))
        # In C and without Python's lock, which a library may hold: there is no way around it.
        faulthandler.dump_traceback_later(task["patience"], exit=True)
        _write(answers, *_answer(handlers, task, content))
    faulthandler.cancel_dump_traceback_later()


def _answer(handlers: "_Handlers", task: dict[str, Any], content: bytes) -> tuple[dict, bytes]:
    try:
        return getattr(handlers, task["do"])(task, content)
    except Truncated:
        return {"refused": "truncated"}, b""
    except Damaged as error:
        return {"refused": "damaged", "why": to_plain(said_by(error))}, b""
    except _Changed:
        return {"refused": "changed"}, b""
    except MemoryError:
        return {"refused": "memory"}, b""
    except bundled_library.LibraryMissing as error:
        return {"refused": "library", "why": to_plain(said_by(error))}, b""
    except Unreadable as error:
        return {"refused": "unprintable", "why": to_plain(said_by(error))}, b""
    except OSError as error:
        return {"refused": "unreadable", "why": to_plain(said_by(error))}, b""
    except Exception as error:  # noqa: BLE001 - the outermost loop: a library's surprise about a file
        problem = f"{type(error).__name__}: {error}"[:120]
        return {"refused": "damaged", "why": to_plain(Message("{problem}", problem=problem))}, b""


def _write(answers: BinaryIO, answer: dict[str, Any], content: bytes) -> None:
    answers.write(json.dumps(answer | {"bytes": len(content)}).encode() + b"\n")
    answers.write(content)
    answers.flush()


class _Handlers:
    """What can be asked for; each method takes a task and its content."""

    def __init__(self, installed: dict[str, Path], libraries: Path) -> None:
        self._installed = installed
        self._libraries = libraries
        self._loaded: dict[str, Any] = {}

    def look(self, task: dict[str, Any], _content: bytes) -> tuple[dict, bytes]:
        """Tell what a picture is, and show its grid unless `pixels` is false."""
        reading, grid = self._pillow()
        data = Path(task["path"]).read_bytes()
        picture = reading.read(data, pixels=task["pixels"], side=grid.SIDE)
        answer = {
            "info": to_plain(picture.info),
            "sha256": picture.sha256,
            "kept": picture.kept,
            "is_canonical": picture.is_canonical,
        }
        if picture.image is None or not task["pixels"]:
            return answer, b""
        pixels, width, ink = grid.grid_of(picture.image)
        return answer | {"width": width, "ink": ink}, pixels

    def convert(self, task: dict[str, Any], _content: bytes) -> tuple[dict, bytes]:
        """Return the canonical PNG, with at most `side` pixels where that is told."""
        reading, _ = self._pillow()
        side = task.get("side")
        picture = reading.read(Path(task["path"]).read_bytes(), side=side and 2 * side)
        if task.get("sha256", picture.sha256) != picture.sha256:
            raise _Changed
        return {}, reading.as_png(picture.image, side)

    def draw(self, task: dict[str, Any], content: bytes) -> tuple[dict, bytes]:
        """Draw an SVG; `look` gives its grid instead of the PNG, with hard edges."""
        from . import draw_svg

        resvg = self._library("resvg_py", "resvg_py", RESVG)
        text = content.decode("utf-8")
        try:
            drawing = draw_svg.draw(resvg, text, task["fonts"], hard_edges=task["look"])
        except draw_svg.NotDrawn as error:
            return {"refused": "not drawn", "why": str(error)}, b""
        answer = {"remarks": drawing.remarks, "fonts": drawing.fonts}
        if not task["look"]:
            return answer, drawing.png
        reading, grid = self._pillow()
        pixels, width, ink = grid.grid_of(reading.read(drawing.png).image)
        return answer | {"width": width, "ink": ink}, pixels

    def _pillow(self) -> tuple[Any, Any]:
        self._library("pillow", "PIL", PILLOW)
        from . import picture_grid, picture_reading

        return picture_reading, picture_grid

    def _library(self, package: str, module: str, version: str) -> Any:
        if module not in self._loaded:
            found = self._installed.get(module)
            self._loaded[module] = bundled_library.load(
                package, module, version, found, self._libraries
            )
        return self._loaded[module]


def _limit_memory() -> None:
    """Let what takes too much end this process and nothing else."""
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        limit = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))

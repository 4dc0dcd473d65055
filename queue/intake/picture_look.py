"""Has pictures looked at by the picture process, and remembers what it saw. No bpy here."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...presets.image_info import ImageInfo
from ...presets.images import BadDesign
from ...presets.pixels import Grid, grid_from_bytes
from .picture_process import Answer, Task, run, run_all
from .wire import image_info

#: seconds that a look may take
PATIENCE = 60.0
#: looks that are remembered: an order is checked with every edit in a panel
_MOST = 1000


@dataclass(frozen=True)
class PictureLook:
    """What a look at a picture shows."""

    info: ImageInfo
    #: of the file's bytes
    sha256: str
    #: the hash under which its canonical PNG is kept
    kept: str
    #: True where that is the file itself
    is_canonical: bool
    #: None where the pixels weren't looked at
    grid: Grid | None


_seen: dict[tuple, PictureLook] = {}


def look_all(
    paths: Sequence[str], libraries: Path, until: float | None
) -> Iterator[PictureLook | BadDesign]:
    """Look at pictures, some at a time; yield for each what was seen or why it is refused.

    After the time `until` (`time.perf_counter`), the pixels of those that are canonical aren't
    looked at any more; the first one's always are.
    """
    known = {path: seen for path in paths if (seen := _seen.get(_stamp(path)))}
    asked = [path for path in paths if path not in known]
    answers = run_all(_tasks(asked, until), libraries)
    for path in paths:
        if path in known:
            yield known[path]
            continue
        answer = next(answers)
        if isinstance(answer, BadDesign):
            yield answer
            continue
        look = _look_of(answer)
        if look.grid:
            while len(_seen) >= _MOST:
                _seen.pop(next(iter(_seen)), None)
            _seen[_stamp(path)] = look
        yield look


def small_png(path: str, side: int, libraries: Path) -> bytes:
    """Return the picture as a PNG of at most `side` pixels; raises BadDesign."""
    arguments = {"path": os.path.abspath(path), "side": side}
    task = Task(do="convert", name=path, patience=PATIENCE, arguments=arguments)
    return run(task, libraries).content


def _tasks(paths: Iterable[str], until: float | None) -> Iterator[Task]:
    for number, path in enumerate(paths):
        pixels = not number or until is None or time.perf_counter() < until
        arguments = {"path": os.path.abspath(path), "pixels": pixels}
        yield Task(do="look", name=path, patience=PATIENCE, arguments=arguments)


def _look_of(answer: Answer) -> PictureLook:
    facts = answer.facts
    grid = None
    if "width" in facts:
        ink = tuple(facts["ink"]) if facts["ink"] else None
        grid = grid_from_bytes(answer.content, facts["width"], ink)
    return PictureLook(
        image_info(facts["info"]), facts["sha256"], facts["kept"], facts["is_canonical"], grid
    )


def _stamp(path: str) -> tuple:
    try:
        told = os.stat(path)
    except OSError:
        return (path,)
    return path, told.st_mtime_ns, told.st_size

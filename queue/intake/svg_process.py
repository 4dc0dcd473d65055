"""Has SVGs drawn as PNG by the picture process. No bpy here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...presets.images import BadDesign
from ...presets.pixels import Grid, grid_from_bytes
from ...presets.svg import Sized
from .picture_process import Task, run_all

#: seconds that a drawing may take
PATIENCE = 120.0
#: seconds for a look at it, and the longer side of that in pixels
LOOKING, LOOK_SIDE = 15.0, 720


@dataclass(frozen=True)
class SvgLook:
    """What a look at an SVG shows."""

    grid: Grid
    #: what the drawing library had to say, in English
    remarks: tuple[str, ...]
    #: for each of the SVG's fonts, the family that it is drawn in
    fonts: tuple[str, ...]


def draw(svg: Sized, name: str, libraries: Path, patience: float | None = None) -> bytes:
    """Return the PNG of `svg`, drawn within `patience` seconds; `name` is for messages.

    Raises BadDesign.
    """
    (png,) = draw_all([(svg, name)], libraries, patience)
    return png


def draw_all(
    svgs: Iterable[tuple[Sized, str]], libraries: Path, patience: float | None = None
) -> Iterator[bytes]:
    """`draw` of many, some at a time."""
    seconds = PATIENCE if patience is None else patience
    tasks = (task(svg, name, seconds, is_look=False) for svg, name in svgs)
    for answer in run_all(tasks, libraries):
        if isinstance(answer, BadDesign):
            raise answer
        yield answer.content


def look_all(svgs: Iterable[tuple[Sized, str]], libraries: Path) -> Iterator[SvgLook | BadDesign]:
    """Look at SVGs of at most `LOOK_SIDE`, each given with its name, with hard edges.

    Half clear is then what was meant so.
    """
    tasks = (task(svg, name, LOOKING, is_look=True) for svg, name in svgs)
    for answer in run_all(tasks, libraries):
        if isinstance(answer, BadDesign):
            yield answer
            continue
        facts = answer.facts
        ink = tuple(facts["ink"]) if facts["ink"] else None
        grid = grid_from_bytes(answer.content, facts["width"], ink)
        yield SvgLook(grid, tuple(facts["remarks"]), tuple(facts["fonts"]))


def task(svg: Sized, name: str, patience: float, *, is_look: bool) -> Task:
    """Return what the picture process is told to draw `svg`, or to look at it."""
    return Task(
        do="draw",
        name=name,
        patience=patience,
        arguments={"fonts": svg.fonts, "look": is_look},
        content=svg.content,
    )

"""Reads the pictures of an order once each, and keeps them in the queue folder as canonical PNGs.

Canonical is upright, in sRGB, and as a viewer shows it. Such a PNG lies under its hash, or under the
hash of all that it depends on, so that later edits stay out: an sRGB PNG as it is, any other picture
as it was converted, an SVG as it is drawn for its print. No bpy here.
"""

import dataclasses
import errno
import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ...presets import placing, preflight, svg
from ...presets.backgrounds import is_picture
from ...presets.bad_request import BadRequest
from ...presets.finding import Finding
from ...presets.image_info import ImageInfo
from ...presets.images import BadDesign, kind_of, read_svg
from ...presets.measures import METRES_PER_INCH
from ...presets.messages import Message
from ...presets.pixels import Grid
from ...presets.placements import find_placement
from ...presets.request import Print, Request
from ...presets.svg import Sized, Svg
from ...presets.template_info import resolve
from ..durable import write_over
from ..errors import QueueFull, QueueReadOnly
from ..folder import QueueFolder
from . import picture_look, svg_process
from .picture_look import PictureLook
from .picture_process import Task, run_all

#: seconds that one order may spend on looking at its designs' pixels
_LOOKING = 2.0
#: seconds that making a picture canonical may take
PATIENCE = 120.0


@dataclass(frozen=True)
class Original:
    """A picture as it was ordered, which is kept in its canonical form."""

    path: str
    #: of the file, when it was looked at
    sha256: str
    #: of what is kept
    kept: str

    @property
    def is_canonical(self) -> bool:
        """True where the file itself is kept."""
        return self.sha256 == self.kept


#: what a design's PNG is made from
Source = Original | Sized


@dataclass
class _Drawing:
    """An SVG of an order."""

    svg: Svg
    look: svg_process.SvgLook | None = None

    @cached_property
    def info(self) -> ImageInfo:
        return svg.info_of(self.svg)


class Artwork:
    """The pictures of one order, each read once, however many shirts it goes on."""

    def __init__(self, folder: QueueFolder) -> None:
        self._folder = folder
        self._pictures: dict[str, PictureLook] = {}
        self._drawings: dict[str, _Drawing] = {}

    def look_at(self, requests: Iterable[Request]) -> None:
        """Read all pictures of the order, some at a time; raises BadDesign for the first bad one."""
        paths: dict[str, None] = {}
        for request in requests:
            paths |= dict.fromkeys(print_.design for print_ in request.prints)
            paths |= dict.fromkeys(one for one in request.backgrounds if is_picture(one))
        pictures = []
        for path in paths:
            if kind_of(path) == "SVG":
                self._drawings[path] = _Drawing(read_svg(path))
            else:
                pictures.append(path)
        until = time.perf_counter() + _LOOKING
        looks = picture_look.look_all(pictures, self._folder.libraries, until)
        for path, look in zip(pictures, looks, strict=True):
            if isinstance(look, BadDesign):
                raise look
            self._pictures[path] = look
        self._look_at_drawings(until)

    def _look_at_drawings(self, until: float) -> None:
        """Draw them small; those of a large order that would take too long aren't looked at."""
        asked: list[_Drawing] = []

        def in_time() -> Iterable[tuple[Sized, str]]:
            for path, drawing in self._drawings.items():
                if asked and time.perf_counter() > until:
                    return
                asked.append(drawing)
                yield drawing.svg.within(svg_process.LOOK_SIDE), path

        looks = svg_process.look_all(in_time(), self._folder.libraries)
        for number, look in enumerate(looks):
            if isinstance(look, BadDesign):
                raise look
            asked[number].look = look

    def sources(self, request: Request, dpi: float) -> dict[Print, Source]:
        """Return for each print what its PNG is made from; `look_at` has seen the request."""
        zones = resolve(request.template).zones
        found: dict[Print, Source] = {}
        for print_ in request.prints:
            drawing = self._drawings.get(print_.design)
            if drawing is None:
                found[print_] = self._original(print_.design)
                continue
            zone = zones[find_placement(print_.placement).zone]
            placed = placing.place(print_, zone, drawing.svg.aspect, request.garment_size)
            found[print_] = drawing.svg.at(placed.width / METRES_PER_INCH, dpi)
        return found

    def hashed(self, request: Request, sources: Mapping[Print, Source]) -> Request:
        """Return the request with its designs' hashes and its background pictures' copies."""
        return dataclasses.replace(
            request,
            prints=tuple(
                dataclasses.replace(print_, sha256=name_of(sources[print_]))
                for print_ in request.prints
            ),
            backgrounds=tuple(self._copy_of(one) for one in request.backgrounds),
        )

    def backgrounds(self, request: Request) -> tuple[Original, ...]:
        """Return the background pictures, as they were asked for."""
        return tuple(self._original(one) for one in request.backgrounds if is_picture(one))

    def preflight(self, request: Request) -> tuple[Finding, ...]:
        """Return what is to be said of the designs."""
        found = list(preflight.findings(request, self._info, self._grid_or_none))
        for print_ in request.prints:
            if drawing := self._drawings.get(print_.design):
                look = drawing.look
                remarks, fonts = (look.remarks, look.fonts) if look else ((), ())
                found += svg.findings(print_.name, drawing.svg, remarks, fonts)
        return tuple(found)

    def _info(self, path: str) -> ImageInfo:
        drawing = self._drawings.get(path)
        return drawing.info if drawing else self._pictures[path].info

    def _grid_or_none(self, path: str) -> Grid | None:
        drawing = self._drawings.get(path)
        if drawing:
            return drawing.look.grid if drawing.look else None
        return self._pictures[path].grid

    def _original(self, path: str) -> Original:
        look = self._pictures[path]
        return Original(path, look.sha256, look.kept)

    def _copy_of(self, background: str) -> str:
        if not is_picture(background):
            return background
        if background in self._drawings:
            words = "{path} is an SVG, which can't be a background; save it as PNG."
            raise BadDesign(Message(words, path=background))
        return str(self._folder.design(self._original(background).kept, ".png"))


def name_of(source: Source) -> str:
    """Return the hash that a design is kept under."""
    return source.kept if isinstance(source, Original) else source.sha256


def keep(sources: Iterable[tuple[Source, str]], folder: QueueFolder) -> None:
    """Write the PNGs that aren't there yet, each source given with its design's name.

    Raises BadDesign, BadRequest for a file that was changed since it was looked at, or QueueTrouble.
    """
    wanted = {folder.design(name_of(source), ".png"): (source, name) for source, name in sources}
    missing = {file: one for file, one in wanted.items() if not _is_kept(file, _size_of(*one))}
    made = {}
    for file, (source, name) in missing.items():
        if isinstance(source, Original) and source.is_canonical:
            _write(file, _unchanged(source))
        else:
            made[file] = (source, name)
    answers = run_all([_task(*one) for one in made.values()], folder.libraries)
    for file, answer in zip(made, answers, strict=True):
        if isinstance(answer, BadDesign):
            raise answer
        _write(file, answer.content)


def look(path: str, folder: QueueFolder) -> ImageInfo:
    """Return what the design at `path` is; raises BadDesign."""
    if kind_of(path) == "SVG":
        return svg.info_of(read_svg(path))
    (found,) = picture_look.look_all([path], folder.libraries, None)
    if isinstance(found, BadDesign):
        raise found
    return found.info


def keep_small(path: str, folder: QueueFolder) -> str:
    """Return a picture that Blender can show for the design at `path`; raises BadDesign.

    It is the file itself where that is canonical.
    """
    if kind_of(path) == "SVG":
        small = read_svg(path).within(svg_process.LOOK_SIDE)
        file = folder.make().design(small.sha256, ".png")
        if not _is_kept(file):
            _write(file, svg_process.draw(small, path, folder.libraries, svg_process.LOOKING))
        return str(file)
    (found,) = picture_look.look_all([path], folder.libraries, None)
    if isinstance(found, BadDesign):
        raise found
    if found.is_canonical:
        return path
    name = hashlib.sha256(f"small {found.kept}".encode()).hexdigest()
    file = folder.make().design(name, ".png")
    if not _is_kept(file):
        _write(file, picture_look.small_png(path, svg_process.LOOK_SIDE, folder.libraries))
    return str(file)


def _task(source: Source, name: str) -> Task:
    if isinstance(source, Original):
        return Task(
            do="convert",
            name=source.path,
            patience=PATIENCE,
            arguments={"path": source.path, "sha256": source.sha256},
        )
    return svg_process.task(source, name, svg_process.PATIENCE, is_look=False)


def _size_of(source: Source, _name: str) -> int | None:
    """Return the bytes of what is kept, where they are known before."""
    if isinstance(source, Original) and source.is_canonical:
        return os.path.getsize(source.path)
    return None


def _unchanged(source: Original) -> bytes:
    content = Path(source.path).read_bytes()
    if hashlib.sha256(content).hexdigest() != source.sha256:
        words = "{path} was changed while it was being ordered; order it again."
        raise BadRequest(Message(words, path=source.path))
    return content


def _is_kept(path: Path, size: int | None = None) -> bool:
    """Tell whether it is there, and whole where its size in bytes is known.

    Then the cleaner, which spares what is young, leaves it alone.
    """
    try:
        os.utime(path)
        return size in (None, os.path.getsize(path))
    except FileNotFoundError:
        return False


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there as a whole or not at all; raises QueueTrouble."""
    try:
        write_over(path, content)
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise (QueueFull if is_full else QueueReadOnly)(path, str(error)) from error

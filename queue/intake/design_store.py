"""Reads the pictures of an order once each, and keeps copies of them in the queue folder.

A copy lies under its hash, so that later edits stay out. An SVG is kept as it is drawn for its
print, under the hash of all that the drawing depends on. No bpy here.
"""

import dataclasses
import errno
import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from ...presets import placing, preflight, svg
from ...presets.backgrounds import is_picture
from ...presets.bad_request import BadRequest
from ...presets.finding import Finding
from ...presets.images import BadDesign, ImageInfo, probe, read_svg
from ...presets.measures import METRES_PER_INCH
from ...presets.messages import Message
from ...presets.pixels import Grid, grid_of_png_or_none, grid_or_none
from ...presets.placements import find_placement
from ...presets.request import Print, Request
from ...presets.svg import Sized, Svg
from ...presets.template_info import resolve
from ..durable import write_over
from ..errors import QueueFull, QueueReadOnly
from ..folder import QueueFolder
from . import svg_process

#: seconds that one order may spend on looking at its designs' pixels
_LOOKING = 2.0


class Artwork:
    """The pictures of one order, each read once, however many shirts it goes on."""

    def __init__(self, folder: QueueFolder) -> None:
        self._folder = folder
        self._images: dict[str, ImageInfo] = {}
        self._svgs: dict[str, Svg] = {}
        self._grids: dict[str, Grid | None] = {}
        self._remarks: dict[str, tuple[str, ...]] = {}
        self._looked = 0.0
        self._hashes: dict[str, str] = {}

    def svgs(self, request: Request, dpi: float) -> dict[Print, Sized]:
        """Return those prints whose design is an SVG, with what is drawn for them."""
        zones = resolve(request.template).zones
        sized = {}
        for print_ in request.prints:
            if self._image(print_.design).format == "SVG":
                zone = zones[find_placement(print_.placement).zone]
                drawing = self._svgs[print_.design]
                placed = placing.place(print_, zone, drawing.aspect, request.garment_size)
                sized[print_] = drawing.at(placed.width / METRES_PER_INCH, dpi)
        return sized

    def hashed(self, request: Request, svgs: Mapping[Print, Sized]) -> Request:
        """Return the request with its designs' hashes and its background pictures' copies."""
        hashes = (
            svgs[print_].sha256 if print_ in svgs else self._hash(print_.design)
            for print_ in request.prints
        )
        return dataclasses.replace(
            request,
            prints=tuple(
                dataclasses.replace(print_, sha256=sha256)
                for print_, sha256 in zip(request.prints, hashes, strict=True)
            ),
            backgrounds=tuple(self._copy_of(one) for one in request.backgrounds),
        )

    def pictures(self, request: Request) -> tuple[tuple[str, str], ...]:
        """Return path and hash of the background pictures, as they were asked for."""
        return tuple((one, self._hash(one)) for one in request.backgrounds if is_picture(one))

    def preflight(self, request: Request) -> tuple[Finding, ...]:
        """Return what is to be said of the designs."""
        found = list(preflight.findings(request, self._image, self._grid))
        for print_ in request.prints:
            if drawing := self._svgs.get(print_.design):
                remarks = self._remarks.get(print_.design, ())
                found += svg.findings(print_.name, drawing, remarks)
        return tuple(found)

    def _image(self, path: str) -> ImageInfo:
        if path not in self._images:
            self._images[path] = probe(path)
            if self._images[path].format == "SVG":
                self._svgs[path] = read_svg(path)
        return self._images[path]

    def _grid(self, path: str) -> Grid | None:
        """Return a design's pixels, None for those of a large order that it would take too long."""
        if path not in self._grids:
            if self._looked > _LOOKING:
                return None
            start = time.perf_counter()
            self._grids[path] = self._grid_now(path)
            self._looked += time.perf_counter() - start
        return self._grids[path]

    def _grid_now(self, path: str) -> Grid | None:
        if path not in self._svgs:
            told = os.stat(path)
            return _grid_of(path, told.st_mtime_ns, told.st_size)
        small = self._svgs[path].within(svg_process.LOOK_SIDE)
        drawing = svg_process.look(small.content, path)
        self._remarks[path] = drawing.remarks
        return grid_of_png_or_none(drawing.png)

    def _copy_of(self, background: str) -> str:
        if not is_picture(background):
            return background
        if self._image(background).format == "SVG":
            words = "{path} is an SVG, which can't be a background; save it as PNG."
            raise BadDesign(Message(words, path=background))
        return str(self._folder.design(self._hash(background), Path(background).suffix))

    def _hash(self, path: str) -> str:
        self._image(path)
        if path not in self._hashes:
            with open(path, "rb") as file:
                self._hashes[path] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._hashes[path]


def keep_copy(path: str, sha256: str, folder: QueueFolder) -> str:
    """Copy a picture into the queue folder unless it is there; return where the copy lies.

    Raises BadRequest if the file was changed since it was checked.
    """
    kept = folder.design(sha256, Path(path).suffix)
    if not _is_kept(kept, os.path.getsize(path)):
        content = Path(path).read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            words = "{path} was changed while it was being ordered; order it again."
            raise BadRequest(Message(words, path=path))
        _write(kept, content)
    return str(kept)


def draw_missing(svgs: Iterable[tuple[Sized, str]], folder: QueueFolder) -> None:
    """Draw those SVGs that aren't there yet, each given with its name; raises BadDesign."""
    wanted = {drawn_file(svg_, folder): (svg_, name) for svg_, name in svgs}
    missing = {file: one for file, one in wanted.items() if not _is_kept(file)}
    for file, drawing in zip(missing, svg_process.draw_all(missing.values()), strict=True):
        _write(file, drawing.png)


def keep_small(path: str, folder: QueueFolder) -> Path:
    """Return a drawing of the SVG at `path` to be looked at; raises BadDesign."""
    small = read_svg(path).within(svg_process.LOOK_SIDE)
    file = drawn_file(small, folder.make())
    if not _is_kept(file):
        _write(file, svg_process.draw(small, path, svg_process.LOOKING).png)
    return file


def drawn_file(one: Sized, folder: QueueFolder) -> Path:
    """Return where an SVG's drawing lies."""
    return folder.design(one.sha256, ".png")


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


@lru_cache(maxsize=64)
def _grid_of(path: str, _changed: int, _size: int) -> Grid | None:
    """The pixels of a design, looked at once: an order is checked with every edit in a panel."""
    return grid_or_none(path)

"""Turns a render into the files that were asked for, checks them, and says what was made."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..presets.backgrounds import TRANSPARENT, is_colour
from . import compositing, pictures
from .failures import OutputInvalid, RenderFailure

#: the file whose presence says that a work folder is complete
RESULT = "result.json"


class BadBackground(RenderFailure):
    """The background picture can't be used."""

    failure = "bad_request"


class Backgrounds:
    """What goes under the shirt, each picture fetched once a job for each size."""

    def __init__(self) -> None:
        self._pictures: dict[tuple[str, int, int], np.ndarray] = {}

    def under(self, render: np.ndarray, background: str) -> np.ndarray:
        """Return `render` (linear, premultiplied) over `background` as a request names it."""
        if background == TRANSPARENT:
            return render
        if is_colour(background):
            return compositing.over_colour(render, background)
        height, width = render.shape[:2]
        key = background, width, height
        if key not in self._pictures:
            self._pictures[key] = _fetch(Path(background), width, height)
        return compositing.over(render, self._pictures[key])


def _fetch(path: Path, width: int, height: int) -> np.ndarray:
    """Return the picture at `path`, filling width × height, what sticks out cut off evenly."""
    try:
        image = pictures.load(path)
    except pictures.Unreadable as error:
        raise BadBackground(f"The background {error}") from error
    scale = max(width / image.size[0], height / image.size[1])
    image.scale(max(width, round(image.size[0] * scale)), max(height, round(image.size[1] * scale)))
    pixels = np.empty(image.size[0] * image.size[1] * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(image.size[1], image.size[0], 4)
    left, bottom = (image.size[0] - width) // 2, (image.size[1] - height) // 2
    pixels = pixels[bottom : bottom + height, left : left + width].copy()
    if not image.is_float:
        pixels[..., :3] = compositing.decode_srgb(pixels[..., :3]) * pixels[..., 3:]
    bpy.data.images.remove(image)
    return pixels


def save(picture: np.ndarray, background: str, under: Backgrounds, path: Path) -> None:
    """Write `picture` (linear, premultiplied) over `background` as a request names it."""
    pictures.write(compositing.to_bytes(under.under(picture, background)), path)


def verify(path: Path, width: int, height: int) -> None:
    """Raise OutputInvalid unless `path` is a whole picture of that size that shows something."""
    try:
        pixels, _linear = pictures.read(path)
    except pictures.Unreadable as error:
        raise OutputInvalid(f"The rendered picture {error}") from error
    if pixels.shape[:2] != (height, width):
        raise OutputInvalid(
            f"The rendered picture {path.name} is {pixels.shape[1]}×{pixels.shape[0]} px "
            f"instead of {width}×{height} px."
        )
    if not np.isfinite(pixels).all() or (pixels == pixels[0, 0]).all():
        raise OutputInvalid(
            f"The rendered picture {path.name} is one flat color; "
            "check the template's camera and lights."
        )


def describe(path: Path, work: Path, **about: Any) -> dict[str, Any]:
    """Return the row that stands for a file in messages, results and manifests."""
    data = path.read_bytes()
    return {
        "file": path.relative_to(work).as_posix(),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    } | about


def write_result(work: Path, result: dict[str, Any]) -> None:
    """Write result.json, the mark of a complete work folder, so that a power cut can't fake it.

    Every file it names is on the disk before it appears.
    """
    for row in result["files"]:
        _sync(work / row["file"])
    part = work / f"{RESULT}.part"
    part.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    _sync(part)
    part.replace(work / RESULT)


def _sync(path: Path) -> None:
    # Windows flushes only what is open for writing.
    with path.open("r+b") as file:
        os.fsync(file.fileno())

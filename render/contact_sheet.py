"""Lays the pictures of a batch out on sheets that one would send to a client.

The words on a sheet are text objects in a scene of their own, rendered flat; the pictures are put
in by arithmetic, so that their colours stay what they are. Lengths are pixels, from the top left.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from . import compositing, pictures

#: pictures on one sheet; more go on further sheets
MOST = 96
CELL, GAP, MARGIN = 360, 24, 64
TITLE, HEADING, CAPTION = 44, 26, 19
PAPER, FRAME, INK, PALE = "#FFFFFF", "#F1F1EF", "#1C1C1C", "#6E6E6E"


@dataclass(frozen=True)
class Item:
    """One picture, as the runner names it."""

    path: Path
    #: pictures of one group stand together under this heading
    group: str
    caption: str


@dataclass(frozen=True)
class _Words:
    text: str
    #: left end and baseline
    left: float
    baseline: float
    size: float
    colour: str
    #: no wider than this, cut short with an ellipsis
    width: float


@dataclass(frozen=True)
class _Sheet:
    width: int
    height: int
    #: (picture, left, top)
    cells: tuple[tuple[Item, int, int], ...]
    words: tuple[_Words, ...]


def make(title: str, about: str, items: Sequence[Item], folder: Path) -> list[Path]:
    """Draw contact-sheet.png, and -2, -3 … where there are many pictures; return the files.

    `about` is a line under the title. Raises pictures.Unreadable where a picture can't be read.
    """
    made = []
    for number, start in enumerate(range(0, len(items), MOST), 1):
        sheet = _lay_out(title, about, items[start : start + MOST])
        path = folder / ("contact-sheet.png" if number == 1 else f"contact-sheet-{number}.png")
        pictures.write(compositing.to_bytes(_draw(sheet)), path)
        made.append(path)
    return made


def _lay_out(title: str, about: str, items: Sequence[Item]) -> _Sheet:
    columns = _columns(items)
    width = 2 * MARGIN + columns * CELL + (columns - 1) * GAP
    inner = width - 2 * MARGIN
    words = [
        _Words(title, MARGIN, MARGIN + TITLE, TITLE, INK, inner),
        _Words(about, MARGIN, MARGIN + TITLE + 1.9 * CAPTION, CAPTION, PALE, inner),
    ]
    cells = []
    top = MARGIN + TITLE + 2 * CAPTION
    for group, members in _groups(items):
        top += 2 * GAP
        words.append(_Words(group, MARGIN, top + HEADING, HEADING, INK, inner))
        top += HEADING + GAP
        for place, item in enumerate(members):
            if place and place % columns == 0:
                top += CELL + 3 * CAPTION
            left = MARGIN + place % columns * (CELL + GAP)
            cells.append((item, left, top))
            under = top + CELL + 1.5 * CAPTION
            words.append(_Words(item.caption, left, under, CAPTION, PALE, CELL))
        top += CELL + 2 * CAPTION
    return _Sheet(width, top + MARGIN, tuple(cells), tuple(words))


def _columns(items: Sequence[Item]) -> int:
    largest = max(len(members) for _, members in _groups(items))
    return min(4, max(2, largest))


def _groups(items: Sequence[Item]) -> list[tuple[str, list[Item]]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.group, []).append(item)
    return list(groups.items())


def _draw(sheet: _Sheet) -> np.ndarray:
    """Return the sheet in linear light, first row at the bottom."""
    paper = np.zeros((sheet.height, sheet.width, 4), dtype=np.float32)
    paper = compositing.over_colour(paper, PAPER)
    frame = compositing.over_colour(np.zeros((CELL, CELL, 4), dtype=np.float32), FRAME)
    for item, left, top in sheet.cells:
        bottom = sheet.height - top - CELL
        cell = frame.copy()
        small = fitted(item.path)
        height, width = small.shape[:2]
        y, x = (CELL - height) // 2, (CELL - width) // 2
        part = cell[y : y + height, x : x + width]
        cell[y : y + height, x : x + width] = compositing.over(small, part)
        paper[bottom : bottom + CELL, left : left + CELL] = cell
    return compositing.over(_letters(sheet), paper)


def fitted(path: Path) -> np.ndarray:
    """Return the picture in linear light, premultiplied, its longer side CELL."""
    pixels, linear = pictures.read(path)
    if not linear:
        pixels[..., :3] = compositing.decode_srgb(pixels[..., :3])
    pixels[..., :3] *= pixels[..., 3:]
    height, width = pixels.shape[:2]
    scale = CELL / max(height, width)
    return compositing.resized(pixels, max(1, round(width * scale)), max(1, round(height * scale)))


def _letters(sheet: _Sheet) -> np.ndarray:
    """Return the words of the sheet, linear and premultiplied, on nothing."""
    with _stage(sheet.width, sheet.height) as scene:
        for words in sheet.words:
            _write(words, sheet, scene)
        path = Path(bpy.app.tempdir) / "contact-sheet-words.png"
        scene.render.filepath = str(path)
        bpy.ops.render.render(scene=scene.name, write_still=True)
    pixels, _linear = pictures.read(path)
    path.unlink()
    pixels[..., :3] = compositing.decode_srgb(pixels[..., :3]) * pixels[..., 3:]
    return pixels


@contextmanager
def _stage(width: int, height: int) -> Iterator[Any]:
    """A scene in which one unit is one pixel; it goes, with all that was put into it."""
    before = {kind: set(getattr(bpy.data, kind)) for kind in _KINDS}
    scene = bpy.data.scenes.new("contact sheet")
    try:
        camera = bpy.data.cameras.new("contact sheet")
        camera.type = "ORTHO"
        camera.ortho_scale = max(width, height)
        seat = bpy.data.objects.new("contact sheet", camera)
        seat.location = (width / 2, height / 2, 10)
        scene.collection.objects.link(seat)
        scene.camera = seat
        scene.render.engine = "CYCLES"
        scene.render.film_transparent = True
        scene.render.resolution_x, scene.render.resolution_y = width, height
        scene.render.resolution_percentage = 100
        scene.render.image_settings.file_format = "PNG"
        scene.render.image_settings.color_mode = "RGBA"
        scene.view_settings.view_transform = "Standard"
        scene.cycles.samples = 12
        scene.cycles.use_adaptive_sampling = False
        scene.cycles.use_denoising = False
        scene.cycles.max_bounces = 0
        scene.cycles.filter_width = 1.0
        yield scene
    finally:
        bpy.data.scenes.remove(scene)
        for kind in _KINDS:
            left = [one for one in getattr(bpy.data, kind) if one not in before[kind]]
            bpy.data.batch_remove(left)


_KINDS = ("objects", "curves", "cameras", "materials", "fonts")


def _write(words: _Words, sheet: _Sheet, scene: Any) -> None:
    # In Blender's own font: the fill of a text object has holes where a variable font's strokes
    # overlap, and the interface font is one.
    curve = bpy.data.curves.new("words", "FONT")
    curve.size = words.size
    curve.materials.append(_ink(words.colour))
    written = bpy.data.objects.new("words", curve)
    written.location = (words.left, sheet.height - words.baseline, 0)
    scene.collection.objects.link(written)
    text = words.text
    curve.body = text
    layer = scene.view_layers[0]
    layer.update()
    while written.dimensions.x > words.width and len(text) > 1:
        text = text[: max(1, int(len(text) * words.width / written.dimensions.x) - 1)]
        curve.body = text.rstrip() + "…"
        layer.update()


def _ink(colour: str) -> Any:
    name = f"ink {colour}"
    if found := bpy.data.materials.get(name):
        return found
    material = bpy.data.materials.new(name)
    if material.node_tree is None:
        material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    light = tree.nodes.new("ShaderNodeEmission")
    light.inputs["Color"].default_value = (*compositing.linear_from_hex(colour), 1.0)
    out = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(light.outputs[0], out.inputs[0])
    return material

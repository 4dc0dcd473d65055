"""How a print is made: what DTG ink, screen ink, vinyl, thread and wear do to the cloth's surface.

A technique changes the material only: where the art lies and what colours it has stay the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import bpy
import numpy as np

from . import wear
from .graph import Graph, Source

#: marks an image that was made or loaded for a print, to be dropped with the next job
ART = "mockup_art"

#: field of Surface → input of the Principled BSDF
SOCKETS = {
    "colour": "Base Color",
    "roughness": "Roughness",
    "specular": "Specular IOR Level",
    "sheen": "Sheen Weight",
    "normal": "Normal",
}


@dataclass(frozen=True, kw_only=True)
class Surface:
    """What the shader is fed: sockets, or values where nothing is linked."""

    colour: Source
    roughness: Source
    specular: Source
    sheen: Source
    #: a value where the shader takes the mesh's own normal
    normal: Source


@dataclass(frozen=True, kw_only=True)
class Ink:
    """A design as it is sampled on the cloth."""

    colour: bpy.types.NodeSocket
    alpha: bpy.types.NodeSocket
    #: 0..1 over the art
    uv: bpy.types.NodeSocket
    #: metres
    width: float
    height: float
    image: bpy.types.Image


def apply(graph: Graph, technique: str, ink: Ink, cloth: Surface, *, dark: bool) -> Surface:
    """Return `cloth` with `ink` on it; `dark` says that the fabric needs a white underbase."""
    return TECHNIQUES[technique](graph, ink, cloth, dark)


def _dtg(graph: Graph, ink: Ink, cloth: Surface, _dark: bool) -> Surface:
    """Water-based ink in the fibres: the knit shows through, the fluff is held down."""
    return replace(
        cloth,
        colour=graph.mix_colours(ink.alpha, cloth.colour, ink.colour),
        sheen=graph.mix(ink.alpha, cloth.sheen, 0.0),
        roughness=graph.mix(ink.alpha, cloth.roughness, 0.7),
    )


def _screen(graph: Graph, ink: Ink, cloth: Surface, dark: bool) -> Surface:
    """Plastisol on the fibres: a thin satin film that half fills the knit, white below on dark."""
    return _film(
        graph, ink, _underbased(graph, ink, cloth) if dark else cloth, ink.alpha,
        roughness=0.42, specular=0.22, filled=0.7, thick=0.00012,
    )  # fmt: skip


def _vinyl(graph: Graph, ink: Ink, cloth: Surface, _dark: bool) -> Surface:
    """A cut foil pressed on: glossy, smooth, no half-clear edges, and a step around it."""
    cut = graph.step(ink.alpha, 0.45, 0.55)
    return _film(graph, ink, cloth, cut, roughness=0.2, specular=0.5, filled=1.0, thick=0.00025)


def _distressed(graph: Graph, ink: Ink, cloth: Surface, _dark: bool) -> Surface:
    """An old screen print: cracked, and rubbed off in patches, down to the cloth."""
    left = graph.math("MULTIPLY", ink.alpha, _what_wear_left(graph, ink))
    return _old_film(graph, ink, cloth, left)


def _old_film(graph: Graph, ink: Ink, cloth: Surface, left: bpy.types.NodeSocket) -> Surface:
    return _film(graph, ink, cloth, left, roughness=0.6, specular=0.1, filled=0.5, thick=0.0001)


def _embroidery(graph: Graph, ink: Ink, cloth: Surface, _dark: bool) -> Surface:
    """Columns of satin stitch: shiny thread, raised above the cloth, rounded at the edges."""
    sewn = graph.step(ink.alpha, 0.4, 0.6)
    stitches, shade = _stitches(graph, ink)
    body = graph.add("TexImage", {"Vector": ink.uv}, extension="CLIP", interpolation="Linear")
    body.image = _relief(ink.image, ink.width)
    height = graph.math("MULTIPLY_ADD", body.outputs["Color"], 0.0011, stitches)
    thread = graph.add("VectorMath", {0: ink.colour, "Scale": shade}, operation="SCALE").outputs[0]
    raised = graph.add(
        "Bump",
        {
            "Strength": sewn,
            "Distance": 1.0,
            "Height": height,
            "Normal": _flattened(graph, cloth, sewn, 1.0),
        },
    )
    return Surface(
        colour=graph.mix_colours(sewn, cloth.colour, thread),
        roughness=graph.mix(sewn, cloth.roughness, 0.35),
        specular=graph.mix(sewn, cloth.specular, 0.35),
        sheen=graph.mix(sewn, cloth.sheen, 0.0),
        normal=raised.outputs["Normal"],
    )


#: technique as a request names it → what it does
TECHNIQUES: dict[str, Callable[[Graph, Ink, Surface, bool], Surface]] = {
    "dtg": _dtg,
    "screen": _screen,
    "vinyl": _vinyl,
    "embroidery": _embroidery,
    "distressed": _distressed,
}


def whole(graph: Graph, technique: str, ink: Ink, cloth: Surface) -> Surface:
    """Return `cloth` wholly covered with `ink`, without underbase, wear or edges."""
    if technique == "distressed":
        return _old_film(graph, ink, cloth, ink.alpha)
    return apply(graph, technique, ink, cloth, dark=False)


def _film(
    graph: Graph, ink: Ink, cloth: Surface, cover: bpy.types.NodeSocket,
    *, roughness: float, specular: float, filled: float, thick: float,
) -> Surface:  # fmt: skip
    """Return cloth under a film of ink, `thick` metres, that covers it by `cover`."""
    edge = graph.add(
        "Bump",
        {
            "Strength": 1.0,
            "Distance": thick,
            "Height": cover,
            "Normal": _flattened(graph, cloth, cover, filled),
        },
    )
    return Surface(
        colour=graph.mix_colours(cover, cloth.colour, ink.colour),
        roughness=graph.mix(cover, cloth.roughness, roughness),
        specular=graph.mix(cover, cloth.specular, specular),
        sheen=graph.mix(cover, cloth.sheen, 0.0),
        normal=edge.outputs["Normal"],
    )


def _underbased(graph: Graph, ink: Ink, cloth: Surface) -> Surface:
    """Return cloth with white under the ink, choked so that none looks out at the edges."""
    white = graph.math("MULTIPLY", graph.math("POWER", ink.alpha, 4.0), 0.8)
    return replace(cloth, colour=graph.mix_colours(white, cloth.colour, (0.9, 0.9, 0.9, 1.0)))


def _flattened(graph: Graph, cloth: Surface, cover: Source, filled: float) -> bpy.types.NodeSocket:
    """Return the cloth's normal with its knit evened out under the print by `filled` 0..1."""
    smooth = graph.add("NewGeometry").outputs["Normal"]
    if not isinstance(cloth.normal, bpy.types.NodeSocket):
        return smooth
    factor = graph.math("MULTIPLY", cover, filled)
    mixed = graph.mix_vectors(factor, cloth.normal, smooth)
    return graph.add("VectorMath", {0: mixed}, operation="NORMALIZE").outputs[0]


def _what_wear_left(graph: Graph, ink: Ink) -> bpy.types.NodeSocket:
    """Return 1 where the print is whole, 0 in cracks and where it is rubbed off."""
    tiles = graph.scaled(ink.uv, ink.width / wear.TILE, ink.height / wear.TILE)
    texture = graph.add("TexImage", {"Vector": tiles}, extension="REPEAT", interpolation="Linear")
    texture.image = _grey_image("wear", wear.left_of_print())
    return texture.outputs["Color"]


def _stitches(graph: Graph, ink: Ink) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
    """Return the height of satin stitch in metres, and how light its thread is, 0..1.

    Leaning columns 3 mm wide stand side by side; thread of 0.6 mm crosses them, a herringbone.
    """
    split = graph.add("SeparateXYZ", {0: graph.scaled(ink.uv, ink.width, ink.height)})
    y = split.outputs[1]
    x = graph.math("MULTIPLY_ADD", y, 0.3, split.outputs[0])
    across = graph.math("FRACT", graph.math("DIVIDE", x, 0.003))
    column = graph.math("SQRT", graph.math("SINE", graph.math("MULTIPLY", across, np.pi)))
    slanted = graph.math("MULTIPLY_ADD", graph.math("PINGPONG", x, 0.003), 0.4, y)
    wave = graph.math("SINE", graph.math("MULTIPLY", slanted, np.pi / 0.0006))
    thread = graph.math("ABSOLUTE", wave)
    height = graph.math("MULTIPLY_ADD", thread, 0.0002, graph.math("MULTIPLY", column, 0.0003))
    lit = graph.math("MULTIPLY", graph.mix(thread, 0.8, 1.0), graph.mix(column, 0.85, 1.0))
    return height, lit


def _relief(art: bpy.types.Image, width: float) -> bpy.types.Image:
    """Return a picture of how high the body of thread is, 0..1: the art's alpha, edges rounded."""
    small = art.copy()
    scale = min(1.0, 512 / max(art.size))
    small.scale(max(1, round(art.size[0] * scale)), max(1, round(art.size[1] * scale)))
    columns, rows = small.size
    pixels = np.empty(columns * rows * 4, dtype=np.float32)
    small.pixels.foreach_get(pixels)
    bpy.data.images.remove(small)
    height = pixels.reshape(rows, columns, 4)[..., 3]
    radius = max(1, round(0.0015 / width * columns))
    for axis in (0, 1):
        height = _blurred(height, radius, axis)
    return _grey_image("relief", height)


def _grey_image(name: str, values: np.ndarray) -> bpy.types.Image:
    """Return an image of numbers, as they are, that goes with the print."""
    rows, columns = values.shape
    image = bpy.data.images.new(name, columns, rows, alpha=False, float_buffer=True)
    image.colorspace_settings.name = "Non-Color"
    grey = np.repeat(values.astype(np.float32)[..., None], 4, axis=-1)
    image.pixels.foreach_set(grey.ravel())
    image[ART] = 1
    return image


def _blurred(height: np.ndarray, radius: int, axis: int) -> np.ndarray:
    """Return the mean over 2 × radius + 1 neighbours along `axis`; beyond the border lies 0."""
    margin = [(0, 0), (0, 0)]
    margin[axis] = (radius + 1, radius)
    sums = np.cumsum(np.pad(height, margin), axis=axis)
    length = height.shape[axis]
    upper = np.take(sums, range(2 * radius + 1, 2 * radius + 1 + length), axis=axis)
    lower = np.take(sums, range(length), axis=axis)
    return (upper - lower) / (2 * radius + 1)

"""Prints designs on the fabric: shader nodes that lay each over the cloth where its zone says.

The art is sampled at its own resolution through the zone's UV layer, and mixed over the cloth by
its alpha, in linear light. What colour a point of the shirt has is decided here and in `fabric`;
how it is lit is not.
"""

from dataclasses import dataclass
from pathlib import Path

import bpy

from ..presets.colours import luminance
from ..presets.placements import find_placement
from ..presets.placing import Placed, place
from ..presets.request import Print, Request
from ..presets.template_info import Zone
from . import pictures, techniques
from .failures import BadDesign, BadTemplate
from .graph import Graph
from .techniques import ART, Ink, Surface
from .template import Cloth, Template

#: fabrics darker than this (relative luminance 0..1) get a white underbase when screen-printed
DARK = 0.25


@dataclass(frozen=True)
class LaidOut:
    """A design and where it goes."""

    technique: str
    zone: Zone
    image: bpy.types.Image
    placed: Placed


def print_all(template: Template, request: Request) -> tuple[LaidOut, ...]:
    """Replace the prints of the job before by those of `request`, and return them.

    Raises BadDesign, BadTemplate.
    """
    printable = [cloth for cloth in template.cloths if cloth.printable]
    for cloth in printable:
        wash(cloth)
    drop_art()
    if not printable:
        raise BadTemplate(
            f"The template {template.path} has no material with mockup_printable = 1."
        )

    dark = is_dark(request.fabric_hex)
    prints = tuple(_laid_out(template, print_, request) for print_ in request.prints)
    for cloth in printable:
        graph = Graph(cloth.material.node_tree)
        surface = bare(cloth)
        for print_ in prints:
            ink = _ink(graph, print_)
            surface = techniques.apply(graph, print_.technique, ink, surface, dark=dark)
        cover(cloth, graph, surface)
    return prints


def is_dark(fabric_hex: str) -> bool:
    """Return whether a screen print on that fabric gets a white underbase."""
    return luminance(fabric_hex) < DARK


def drop_art() -> None:
    """Drop the images that were loaded or made for prints."""
    for image in [image for image in bpy.data.images if ART in image]:
        bpy.data.images.remove(image)


def _laid_out(template: Template, print_: Print, request: Request) -> LaidOut:
    zone = zone_of(template, print_)
    image = load_art(print_)
    aspect = image.size[0] / image.size[1]
    placed = place(print_, zone, aspect, request.garment_size)
    return LaidOut(print_.technique, zone, image, placed)


def zone_of(template: Template, print_: Print) -> Zone:
    """Return the print zone of the template that `print_` lies in; raises BadTemplate."""
    wanted = find_placement(print_.placement).zone
    if wanted not in template.zones:
        raise BadTemplate(
            f"The template {template.path} has no print zone {wanted!r} for {print_.placement!r}; "
            f"it has {', '.join(template.zones) or 'none'}."
        )
    return template.zones[wanted]


def load_art(print_: Print) -> bpy.types.Image:
    """Return a new image of the design of `print_`; raises BadDesign."""
    try:
        image = pictures.load(Path(print_.design))
    except pictures.Unreadable as error:
        raise BadDesign(f"The design {print_.name!r}: {error}") from error
    image[ART] = 1
    return image


def _ink(graph: Graph, print_: LaidOut) -> Ink:
    """Add the nodes that sample the art; what lies outside of it, or of the zone, is clear."""
    zone, placed = print_.zone, print_.placed
    layer = graph.add("UVMap", uv_map=zone.uv_map)
    metres = graph.add(
        "VectorMath", {0: layer.outputs["UV"], 1: (zone.width, zone.height, 0.0)},
        operation="MULTIPLY",
    )  # fmt: skip
    # A Mapping of type TEXTURE does, in this order: minus location, unrotate, divide by scale.
    centred = graph.add(
        "Mapping",
        {
            "Vector": metres.outputs[0],
            "Location": (placed.centre_u, placed.centre_v, 0.0),
            "Rotation": (0.0, 0.0, placed.rotation),
            "Scale": (placed.width, placed.height, 1.0),
        },
        vector_type="TEXTURE",
    )
    corner = graph.add("VectorMath", {0: centred.outputs[0], 1: (0.5, 0.5, 0.0)}, operation="ADD")
    # Cycles' cubic interpolation is a B-spline: it would blur lines of one or two pixels.
    texture = graph.add(
        "TexImage", {"Vector": corner.outputs[0]}, extension="CLIP", interpolation="Linear"
    )
    texture.image = print_.image
    alpha = texture.outputs["Alpha"]
    if pictures.is_one_channel(print_.image):
        alpha = graph.math("MULTIPLY", alpha, _within(graph, centred.outputs[0]))
    return Ink(
        colour=texture.outputs["Color"],
        alpha=alpha,
        uv=corner.outputs[0],
        width=placed.width,
        height=placed.height,
        image=print_.image,
    )


def _within(graph: Graph, centred: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
    """Return 1 on the art and 0 beside it, where Cycles takes a picture of one channel for solid."""
    off = graph.add("VectorMath", {0: centred}, operation="ABSOLUTE")
    sides = graph.add("SeparateXYZ", {0: off.outputs[0]})
    return graph.math("LESS_THAN", graph.math("MAXIMUM", *sides.outputs[:2]), 0.5)


def bare(cloth: Cloth) -> Surface:
    """Return what feeds the cloth's shader when nothing is printed."""
    return Surface(**{field: cloth.feed_of(socket) for field, socket in techniques.SOCKETS.items()})


def cover(cloth: Cloth, graph: Graph, surface: Surface) -> None:
    """Feed `surface` to the cloth's shader, and its colour to the one that bounced light sees."""
    for field, socket in techniques.SOCKETS.items():
        graph.link_if_socket(getattr(surface, field), cloth.bsdf.inputs[socket])
    if cloth.bounce is not None:
        graph.link_if_socket(surface.colour, cloth.bounce.inputs["Color"])


def wash(cloth: Cloth) -> None:
    """Take the nodes of earlier prints out, and link the cloth again as the template has it."""
    Graph(cloth.material.node_tree).clear()
    cloth.restore()

"""The icons that panels show: swatches, placements, thumbnails of designs and results.

Blender loads image files for these in a background job when they are first drawn, so nothing here
reads a disk. The collection lives from `register` to `unregister`.
"""

from functools import cache

import bpy
import bpy.utils.previews

from ..operators.order import shirts
from ..presets.fabrics import fabrics
from ..presets.measures import CM_PER_INCH
from ..presets.placements import Placement, find_placement, placements
from . import drawing
from .editors import in_inches
from .translations import iface

#: The identifier of "a colour of your own" in the fabric picker.
OWN_COLOUR = "OWN"

_previews: bpy.utils.previews.ImagePreviewCollection | None = None


def thumbnail(path: str, stamp: object = "") -> int:
    """The icon of an image file; another `stamp` (a size, a time) means a changed file."""
    if not path or _previews is None:
        return 0
    name = f"{path}|{stamp}"
    found = _previews.get(name)
    return (found or _previews.load(name, path, "IMAGE")).icon_id


def placement_icon(identifier: str, faint: bool = False) -> int:
    """The drawing of a shirt with that placement's rectangle."""
    name = f"place:{identifier}:{faint}"
    return _drawn(name, lambda: drawing.place(find_placement(identifier), faint=faint))


def swatch_icon(colour: str, heather: bool = False) -> int:
    """A square of fabric, '#RRGGBB'."""
    return _drawn(f"swatch:{colour}:{heather}", lambda: drawing.swatch(colour, heather, 64))


def _drawn(name: str, draw) -> int:
    if _previews is None:
        return 0
    found = _previews.get(name)
    if found is None:
        pixels = draw()
        found = _previews.new(name)
        height, width = pixels.shape[:2]
        found.image_size = found.icon_size = (width, height)
        found.image_pixels_float.foreach_set(pixels.ravel())
        found.icon_pixels_float.foreach_set(pixels.ravel())
    return found.icon_id


def placement_items(order, context) -> list[tuple[str, str, str, int, int]]:
    """Items of the placement picker. Blender keeps no copy of the strings: the cache does.

    Where the chosen shirt can't be printed is marked, not left out: an order may name it already.
    """
    shirt = order.shirt if order else ""
    inches = context is not None and in_inches(context)
    return _placement_items(_previews is not None, shirt, inches, bpy.app.translations.locale)


def fabric_items(_owner, _context) -> list[tuple[str, str, str, int, int]]:
    """Items of the fabric picker; the last one is a colour of the artist's own."""
    return _fabric_items(_previews is not None)


@cache
def _placement_items(
    _ready: bool, shirt: str, inches: bool, _language: str
) -> list[tuple[str, str, str, int, int]]:
    items, info = [], shirts().get(shirt)
    for number, (id, place) in enumerate(placements().items()):
        name, about = place.label.title(), _where(place, inches)
        lacks = info is not None and place.zone not in info.zones
        if lacks:
            name = iface("{place} (not on this shirt)").format(place=iface(name))
        items.append((id, name, about, placement_icon(id, lacks), number))
    return items


@cache
def _fabric_items(_ready: bool) -> list[tuple[str, str, str, int, int]]:
    items = [
        (id, fabric.label.title(), fabric.hex, swatch_icon(fabric.hex, fabric.heather), number)
        for number, (id, fabric) in enumerate(fabrics().items())
    ]
    own = ("Own Color", "A fabric in a color of your own")
    return [*items, (OWN_COLOUR, *own, 0, len(items))]


def _where(place: Placement, inches: bool) -> str:
    sides = (place.art_width_in, place.box_width_in, place.box_height_in)
    if not inches:
        sides = tuple(round(side * CM_PER_INCH) for side in sides)
    width, most_width, most_height = (f"{side:g}" for side in sides)
    return iface("{width} {unit} wide, at most {most_width} × {most_height} {unit}").format(
        width=width, most_width=most_width, most_height=most_height, unit="in" if inches else "cm"
    )


def register() -> None:
    """Make the collection."""
    global _previews
    _previews = bpy.utils.previews.new()


def unregister() -> None:
    """Remove the collection and all its icons."""
    global _previews
    if _previews is not None:
        bpy.utils.previews.remove(_previews)
    _previews = None
    _placement_items.cache_clear()
    _fabric_items.cache_clear()

"""What a print shop would say about a request before printing it. No bpy here.

Most of it is told from sizes; looking at the pixels costs up to half a second a design, so a door
asks for it where it can wait.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache

from . import colours
from .finding import Finding, Severity
from .image_info import ImageInfo
from .measures import METRES_PER_INCH
from .messages import Message
from .pixels import CLEAR, Grid
from .placements import FREE, find_placement
from .placing import Placed, place
from .request import Print, Request
from .template_info import Zone, resolve

#: dots an inch of the printed size: the trade's floor, and where single pixels show
FEW_DPI, TOO_FEW_DPI = 150, 40

#: alpha 0..255 from which a pixel is solid
SOLID = 248
#: share of the art's width or height that is clear on one side
WIDE_MARGIN = 0.12
#: visible pixels of the grid below which no share of them is told
ENOUGH = 20
#: share of the visible pixels
MUCH_SOFT, MUCH_ALIKE = 0.15, 0.3
#: distance in CIE L*a*b* below which ink is hardly seen on cloth
ALIKE = 7.0
#: luminance below which ink gets a white underbase
DARK = 0.18

Look = Callable[[str], Grid | None]

_EDGES = {
    "left": Message("left"),
    "right": Message("right"),
    "top": Message("top"),
    "bottom": Message("bottom"),
}


def findings(
    request: Request, image: Callable[[str], ImageInfo], look: Look = lambda _path: None
) -> Iterator[Finding]:
    """Yield the remarks on each print of `request`, which `request.check` has passed.

    `image` tells what a design's file holds and `look` its pixels, None to leave those checks
    out; both take the design's path.
    """
    zones = resolve(request.template).zones
    for print_ in request.prints:
        info = image(print_.design)
        zone = zones[find_placement(print_.placement).zone]
        placed = place(print_, zone, info.width / info.height, request.garment_size)
        yield from _place(print_, placed, zone)
        yield from _file(print_, placed, info)
        grid = look(print_.design)
        if grid is not None:
            yield from pixel_findings(print_.name, grid, placed, request.fabric_hex)


def effective_dpi(info: ImageInfo, placed: Placed) -> float:
    """Return the art's pixels an inch at the size it is printed."""
    return info.width / (placed.width / METRES_PER_INCH)


def _place(print_: Print, placed: Placed, zone: Zone) -> Iterator[Finding]:
    beyond = placed.overhang(zone)
    across = beyond.get("left", 0) >= placed.width or beyond.get("right", 0) >= placed.width
    along = beyond.get("top", 0) >= placed.height or beyond.get("bottom", 0) >= placed.height
    if across or along:
        yield Finding(
            Severity.ERROR,
            "art_off_the_cloth",
            Message(
                "The print {name!r} lies beside the zone {zone!r}; nothing of it would be seen.",
                name=print_.name,
                zone=zone.id,
            ),
            Message("Bring its x and y nearer to the middle."),
        )
    elif beyond:
        parts = tuple(
            Message("{mm:.0f} mm at the {edge}", mm=1000 * metres, edge=_EDGES[edge])
            for edge, metres in beyond.items()
        )
        yield Finding(
            Severity.WARNING,
            "art_outside",
            Message(
                "The print {name!r} leaves the zone {zone!r} by {parts}; that part is cut off.",
                name=print_.name,
                zone=zone.id,
                parts=parts,
            ),
            Message("Make it smaller or move it."),
        )
    placement = find_placement(print_.placement)
    is_free = placement.id.split(":")[0] == FREE
    widest, highest = placement.box_width_in * 1.08, placement.box_height_in * 1.08
    inches = placed.width / METRES_PER_INCH, placed.height / METRES_PER_INCH
    if not is_free and (inches[0] > widest or inches[1] > highest):
        yield Finding(
            Severity.NOTE,
            "larger_than_usual",
            Message(
                "The print {name!r} is {width:.1f} × {height:.1f} inches; at {placement!r} shops "
                "print up to {widest:g} × {highest:g}.",
                name=print_.name,
                width=inches[0],
                height=inches[1],
                placement=placement.id,
                widest=placement.box_width_in,
                highest=placement.box_height_in,
            ),
            Message("Leave its width out for the usual one."),
        )


def _file(print_: Print, placed: Placed, info: ImageInfo) -> Iterator[Finding]:
    dpi = effective_dpi(info, placed)
    if dpi < FEW_DPI and info.format != "SVG":  # which is drawn with the dots that it needs
        needed = math.ceil(FEW_DPI * placed.width / METRES_PER_INCH)
        facts = {"name": print_.name, "dpi": dpi, "width": placed.width * 100}
        yield Finding(
            Severity.ERROR if dpi < TOO_FEW_DPI else Severity.WARNING,
            "low_dpi",
            Message(
                "The design {name!r} has {dpi:.0f} DPI at {width:.1f} cm width; single pixels "
                "would show.",
                **facts,
            )
            if dpi < TOO_FEW_DPI
            else Message("The design {name!r} has {dpi:.0f} DPI at {width:.1f} cm width.", **facts),
            Message("Use art at least {needed} px wide, or print it smaller.", needed=needed),
        )
    for remark in info.remarks:
        said = Message("The design {name!r} {said}.", name=print_.name, said=remark.said)
        yield Finding(remark.severity, remark.code, said, remark.advice)


def pixel_findings(name: str, grid: Grid, placed: Placed, fabric_hex: str) -> Iterator[Finding]:
    """Yield the remarks on the art called `name` that only its pixels tell."""
    if grid.ink is None:
        yield Finding(
            Severity.ERROR,
            "art_is_clear",
            Message(
                "The design {name!r} is fully transparent; nothing would be printed.", name=name
            ),
            Message("Check that its layers were visible when it was exported."),
        )
        return
    yield from _margins(name, grid.ink, placed)
    yield from _box(name, grid, fabric_hex)
    tones, many, soft = _visible(grid)
    if many < ENOUGH:
        return
    fabric = colours.lab_from_srgb(colours.srgb_from_hex(fabric_hex))
    alike = sum(n for lab, n in tones if math.dist(lab, fabric) < ALIKE) / many
    if alike > MUCH_ALIKE:
        yield Finding(
            Severity.WARNING,
            "fabric_colour",
            Message(
                "{share:.0%} of the design {name!r} has nearly the fabric's color {colour} and "
                "will hardly be seen.",
                share=alike,
                name=name,
                colour=fabric_hex,
            ),
            Message("Choose another fabric, or give the art an outline."),
        )
    if soft > MUCH_SOFT and colours.luminance(fabric_hex) < DARK:
        yield Finding(
            Severity.WARNING,
            "soft_alpha",
            Message(
                "{share:.0%} of the design {name!r} is half transparent, and the fabric is dark: "
                "a white underbase would show as a halo when it is really printed.",
                share=soft,
                name=name,
            ),
            Message("Use solid colors or a halftone."),
        )


def _margins(
    name: str, ink: tuple[float, float, float, float], placed: Placed
) -> Iterator[Finding]:
    left, top, right, bottom = ink
    margins = {"left": left, "top": top, "right": 1 - right, "bottom": 1 - bottom}
    wide = tuple(_EDGES[edge] for edge, share in margins.items() if share > WIDE_MARGIN)
    if wide:
        yield Finding(
            Severity.WARNING,
            "transparent_margins",
            Message(
                "The design {name!r} is empty at the {edges}: of {width:.1f} cm width the art "
                "itself takes {taken:.1f} cm.",
                name=name,
                edges=wide,
                width=placed.width * 100,
                taken=placed.width * (right - left) * 100,
            ),
            Message("Trim it, so that size and place are those of the art."),
        )


@lru_cache(maxsize=64)
def _visible(grid: Grid) -> tuple[tuple[tuple[colours.RGB, int], ...], int, float]:
    """Return each colour that is seen, as L*a*b*, with its pixels; all those; the share half clear.

    Once a design, however many fabrics it goes on.
    """
    seen = Counter(pixel for row in grid.rows for pixel in row if pixel[3] > CLEAR)
    many = seen.total()
    soft = sum(n for pixel, n in seen.items() if pixel[3] < SOLID)
    return tuple((_lab(pixel), n) for pixel, n in seen.items()), many, soft / max(many, 1)


@lru_cache(maxsize=64)
def _around_or_none(grid: Grid) -> tuple[int, int, int, int] | None:
    """Return the pixel of one even, opaque colour that reaches all edges, with art in front."""
    sides = [row[x] for row in grid.rows for x in (0, -1)]
    edge = [*grid.rows[0], *grid.rows[-1], *sides]
    if min(pixel[3] for pixel in edge) < SOLID:
        return None
    spread = max(max(c) - min(c) for c in zip(*edge, strict=True))
    inside = [pixel for row in grid.rows for pixel in row]
    plain = max(max(c) - min(c) for c in zip(*inside, strict=True)) <= 12
    return edge[0] if spread <= 12 and not plain else None


def _box(name: str, grid: Grid, fabric_hex: str) -> Iterator[Finding]:
    around = _around_or_none(grid)
    if around is None:
        return
    box = colours.hex_from_srgb([component / 255 for component in around[:3]])
    fabric = colours.lab_from_srgb(colours.srgb_from_hex(fabric_hex))
    if math.dist(_lab(around), fabric) >= ALIKE:
        what = Message("white") if colours.luminance(box) > 0.9 else box
        yield Finding(
            Severity.WARNING,
            "box_around_art",
            Message(
                "The design {name!r} has a {colour} background, which is printed as a box.",
                name=name,
                colour=what,
            ),
            Message("Save it as PNG with a transparent background."),
        )


@lru_cache(maxsize=1 << 16)
def _lab(pixel: tuple[int, int, int, int]) -> colours.RGB:
    return colours.lab_from_srgb([component / 255 for component in pixel[:3]])

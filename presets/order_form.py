"""The order form every door fills in: designs × placements × fabrics become one request each.

Plain values in, checked requests out. Nothing is written and nothing is queued here; no bpy.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import svg
from .backgrounds import TRANSPARENT, find_background
from .bad_request import BadRequest
from .fabrics import find_fabric
from .finding import Finding
from .light import AUTO, decided, find_light
from .messages import Message
from .naming import DEFAULT_PATTERN
from .paths import typed
from .placements import find_placement
from .qualities import find_output_preset, find_quality
from .request import Print, Request, check
from .template_info import TemplateInfo, resolve
from .views import in_order, round_the_shirt

#: What an empty field of the form stands for.
PLACEMENT = "full_front"
FABRIC = "white"
QUALITY = "standard"
TEMPLATE = "tshirt"

#: dots an inch that an SVG may be drawn with
SVG_DPI = (36, 1200)
#: every view of the template that goes round the shirt
ALL_VIEWS = "all"


@dataclass(frozen=True, kw_only=True)
class OrderForm:
    """What was asked for, in the asker's words. An empty field means the usual."""

    #: design files; each becomes jobs of its own
    designs: tuple[str, ...] = ()
    #: placement ids or aliases; each becomes jobs of its own
    placements: tuple[str, ...] = ()
    #: fabric ids, CSS colour names or hex; each becomes jobs of its own
    fabrics: tuple[str, ...] = ()
    #: further designs on every shirt: (placement, file)
    prints: tuple[tuple[str, str], ...] = ()
    #: view ids or 'all', all of them in each job; usually the view that faces the print
    views: tuple[str, ...] = ()
    #: 'transparent', a colour or a picture's path, all of them in each job
    backgrounds: tuple[str, ...] = ()
    mode: str = "stills"
    quality: str = QUALITY
    #: samples a pixel; None for the quality's
    samples: int | None = None
    #: pixels, width and height; None for the quality's
    size: tuple[int, int] | None = None
    format: str = "png"
    #: output presets to which further pictures are made from the same renders
    also: tuple[str, ...] = ()
    #: name of a shipped template, or the path of a .blend
    template: str = TEMPLATE
    #: output folder
    out: str = ""
    #: pattern of file names, see naming.py
    name: str = DEFAULT_PATTERN
    #: pictures of one turn
    frames: int = 36
    technique: str = "dtg"
    #: width of the art in inches; None for the placement's
    width_in: float | None = None
    #: offset towards the wearer's left, inches; None for the placement's
    x_in: float | None = None
    #: what the placement's anchor measures, inches; None for the placement's
    y_in: float | None = None
    #: degrees, counter-clockwise
    rotation_deg: float = 0.0
    garment_size: str = "L"
    #: dots an inch that SVG designs are drawn with
    svg_dpi: float = svg.DPI
    #: what must render it; "" for what the queue's settings say
    device: str = ""
    #: 'auto', 'once' or 'full', see light.py; "" for what the queue's settings say
    light: str = ""
    #: None for a shadow where the shirt lies, and none where it hangs
    ground_shadow: bool | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One request of a form and what its check remarked."""

    request: Request
    findings: tuple[Finding, ...]


def fill_in(form: OrderForm) -> list[Asked]:
    """Return the requests `form` stands for, by design, then placement, then fabric.

    Looks at no design file. Raises BadRequest with what is wrong and the names that are valid.
    """
    if not form.designs and not form.prints:
        raise BadRequest(Message("No design was given; name at least one image file."))
    low, high = SVG_DPI
    if not low <= form.svg_dpi <= high:
        raise BadRequest(
            Message(
                "An SVG can't be drawn with {dpi:g} dots an inch; it goes from {low} to {high}; "
                "{usual} is usual.",
                dpi=form.svg_dpi,
                low=low,
                high=high,
                usual=svg.DPI,
            )
        )
    info = resolve(form.template)
    quality = find_quality(form.quality)
    width, height = form.size or (quality.size, quality.size)
    further = tuple(_print(file, place, form) for place, file in form.prints)
    placements = _each(form.placements or (PLACEMENT,), lambda one: find_placement(one).id)
    backgrounds = _each(form.backgrounds or (TRANSPARENT,), find_background)
    fabrics = _each(form.fabrics or (FABRIC,), find_fabric)
    common = {
        "backgrounds": backgrounds,
        "mode": form.mode,
        "samples": quality.samples if form.samples is None else form.samples,
        "width": width,
        "height": height,
        "format": form.format,
        "also": _each(form.also, lambda one: find_output_preset(one).id),
        "template": info.path,
        "template_sha256": info.blend_sha256,
        "out": _absolute(form.out),
        "name": form.name or DEFAULT_PATTERN,
        "frames": form.frames,
        "garment_size": form.garment_size,
        "device": form.device,
        "light": find_light(form.light or AUTO),
        "ground_shadow": info.lies if form.ground_shadow is None else form.ground_shadow,
        "metadata": dict(form.metadata),
    }
    asked = []
    for prints in _shirts(form, placements, further):
        for fabric in fabrics:
            request = Request(
                prints=prints,
                fabric=fabric.id,
                fabric_hex=fabric.hex,
                heather=fabric.heather,
                views=_views(form.views, prints, info),
                **common,
            )
            findings = tuple(check(request, info))
            asked.append(Asked(decided(request, info), findings))
    return asked


def _shirts(
    form: OrderForm, placements: Iterable[str], further: tuple[Print, ...]
) -> list[tuple[Print, ...]]:
    if not form.designs:
        return [further]
    own = [
        dataclasses.replace(
            _print(design, placement, form),
            width_in=form.width_in,
            x_in=form.x_in,
            y_in=form.y_in,
            rotation_deg=form.rotation_deg,
        )
        for design in dict.fromkeys(_absolute(design) for design in form.designs)
        for placement in placements
    ]
    return [(print_, *further) for print_ in own]


def _print(file: str, place: str, form: OrderForm) -> Print:
    return Print(
        design=_absolute(file),
        name=Path(file).stem,
        placement=find_placement(place).id,
        technique=form.technique,
    )


def _views(
    asked: tuple[str, ...], prints: tuple[Print, ...], info: TemplateInfo
) -> tuple[str, ...]:
    if ALL_VIEWS in asked:
        return tuple(view for view in in_order(info.views) if view in round_the_shirt())
    if asked:
        return tuple(dict.fromkeys(view.strip().lower().replace("-", "_") for view in asked))
    zones = dict.fromkeys(find_placement(print_.placement).zone for print_ in prints)
    return tuple(dict.fromkeys(info.view_facing(zone) for zone in zones))


def _each(asked: Iterable[str], find: Callable[[str], Any]) -> tuple:
    return tuple(dict.fromkeys(find(one) for one in asked))


def _absolute(path: str) -> str:
    return str(typed(path).absolute())

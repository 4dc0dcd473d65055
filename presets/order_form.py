"""The order form every door fills in: designs × placements × fabrics become one request each.

Plain values in, checked requests out. Nothing is written and nothing is queued here; no bpy.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import colours, fabrics, images, placements, qualities, template_info, views
from .request import BadRequest, Print, Request

#: Several views in one word, as people ask for them.
ALL_VIEWS = "all"


@dataclass(frozen=True, kw_only=True)
class OrderForm:
    """What was asked for, in the words of whoever asked. Empty means: the sensible default."""

    #: Design files; each becomes jobs of its own.
    designs: tuple[str, ...] = ()
    #: Placement ids or aliases; each becomes jobs of its own.
    placements: tuple[str, ...] = ()
    #: Fabric ids, CSS colour names or hex; each becomes jobs of its own.
    fabrics: tuple[str, ...] = ()
    #: Further designs on the same shirt: (placement, file).
    prints: tuple[tuple[str, str], ...] = ()
    #: View ids, or "all"; all of them in each job. Default: the view that faces the print.
    views: tuple[str, ...] = ()
    #: "transparent", a colour, or an image file; all of them in each job.
    backgrounds: tuple[str, ...] = ()
    mode: str = "stills"
    quality: str = qualities.DEFAULT
    #: Samples a pixel; default from the quality.
    samples: int | None = None
    #: Pixels, width and height; default from the quality.
    size: tuple[int, int] | None = None
    format: str = "png"
    template: str = template_info.DEFAULT
    #: Folder for the pictures. The door fills in its default.
    out: str = ""
    name: str = ""
    frames: int = 36
    technique: str = "dtg"
    #: Width of the art in inches; default from the placement.
    width_in: float | None = None
    #: Inches towards the wearer's left of, and below, the placement's anchor: free placement.
    x_in: float | None = None
    y_in: float | None = None
    rotation_deg: float = 0.0
    garment_size: str = "L"
    device: str = "CPU"
    ground_shadow: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)


def requests(form: OrderForm) -> Iterator[Request]:
    """Every request the form stands for, checked, in the order people read: design, placement,
    fabric.

    Raises:
        BadRequest: something asked for isn't known, or can't be made.
        images.BadDesign: a design can't be read.
    """
    info = template_info.resolve(form.template)
    if not form.designs and not form.prints:
        raise BadRequest("No design was given: name at least one image file.")
    quality = qualities.get(form.quality)
    width, height = form.size or (quality.size, quality.size)
    designs = {path: _design(path) for path in _unique(form.designs)}
    further = tuple(
        dataclasses.replace(_design(file), placement=placements.get(place).id)
        for place, file in form.prints
    )
    places = _unique(placements.get(name).id for name in form.placements) or (
        (placements.DEFAULT,) if designs else ("",)
    )
    colours_asked = _unique(form.fabrics) or (fabrics.DEFAULT,)
    backgrounds = _unique(_background(name) for name in form.backgrounds) or ("transparent",)
    for path in designs or ("",):
        for place in places:
            own = (_placed(designs[path], place, form),) if path else ()
            prints = own + further
            for asked in colours_asked:
                fabric = fabrics.get(asked)
                yield Request(
                    prints=prints,
                    fabric=fabric.id,
                    fabric_hex=fabric.hex,
                    heather=fabric.heather,
                    views=_views(form.views, prints[0].placement, info),
                    backgrounds=backgrounds,
                    mode=form.mode,
                    samples=quality.samples if form.samples is None else form.samples,
                    width=width,
                    height=height,
                    format=form.format,
                    template=str(info.path),
                    out=form.out,
                    name=form.name,
                    frames=form.frames,
                    garment_size=form.garment_size,
                    device=form.device,
                    ground_shadow=form.ground_shadow,
                    metadata=dict(form.metadata),
                )


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _design(path: str) -> Print:
    found = Path(path).expanduser().absolute()
    images.probe(found)
    return Print(design=str(found), name=found.stem, placement="")


def _placed(design: Print, place: str, form: OrderForm) -> Print:
    return dataclasses.replace(
        design,
        placement=place,
        width_in=form.width_in,
        x_in=form.x_in,
        y_in=form.y_in,
        rotation_deg=form.rotation_deg,
        technique=form.technique,
    )


def _background(asked: str) -> str:
    if asked == "transparent":
        return asked
    try:
        return colours.parse(asked)
    except BadRequest:
        path = Path(asked).expanduser().absolute()
        if not path.is_file():
            raise
        images.probe(path)
        return str(path)


def _views(asked: tuple[str, ...], place: str, info: template_info.TemplateInfo) -> tuple[str, ...]:
    if not asked:
        return (views.facing(placements.get(place).zone, info),)
    if ALL_VIEWS in asked:
        return tuple(view for view in views.SIX if view in info.views)
    return _unique(views.get(view, info) for view in asked)

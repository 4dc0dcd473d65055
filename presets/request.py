"""The request of one render job as a value: what is printed, on what, seen from where, saved how.

No bpy here. Doors build it, the queue stores its JSON, workers read it.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .backgrounds import TRANSPARENT, is_picture
from .bad_request import BadRequest, unknown
from .colours import hex_or_none
from .finding import Finding, Severity
from .messages import Message
from .naming import output_names
from .placements import Placement, find_placement
from .qualities import find_output_preset, output_presets
from .storable import refuse_unstorable
from .strict_json import read
from .template_info import TemplateInfo
from .views import views

__all__ = ["BadRequest", "Print", "Request", "check"]

#: version of the JSON written here; a newer one is refused, an older one read
VERSION = 1

MODES = ("stills", "turntable", "both", "glb")
FORMATS = ("png", "jpeg", "webp")
TECHNIQUES = ("dtg", "screen", "vinyl", "embroidery", "distressed")
#: how a picture gets its light, see light.py
LIGHTS = ("auto", "once", "full")
DEVICES = ("CPU", "CUDA", "OPTIX", "HIP", "METAL", "ONEAPI")
#: how much a print is scaled with the garment
GARMENT_SIZES = {"XS": 0.9, "S": 0.94, "M": 0.97, "L": 1.0, "XL": 1.04, "XXL": 1.08}

SAMPLES = (1, 65536)
SIDE = (16, 16384)
#: libwebp's own limit, https://developers.google.com/speed/webp/faq
WEBP_SIDE = 16383
FRAMES = (2, 1000)


@dataclass(frozen=True, kw_only=True)
class Print:
    """One design at one place of the shirt."""

    #: the image file, absolute
    design: str
    #: stem of the design in file names
    name: str
    #: a placement's id, 'free' or 'free:ZONE'
    placement: str
    #: SHA-256 of the design file; '' while unknown
    sha256: str = ""
    #: width of the art in inches, None for the placement's own
    width_in: float | None = None
    #: offset of the art's centre from the centre line towards the wearer's left, inches
    x_in: float | None = None
    #: what the placement's anchor measures, inches
    y_in: float | None = None
    #: turn of the art about its centre, degrees, counter-clockwise as seen from outside
    rotation_deg: float = 0.0
    #: 'dtg', 'screen', 'vinyl', 'embroidery' or 'distressed'
    technique: str = "dtg"


@dataclass(frozen=True, kw_only=True)
class Request:
    """Everything a worker needs to know to render one job."""

    prints: tuple[Print, ...]
    #: the fabric as it was asked for: an id, a CSS name or hex
    fabric: str
    #: sRGB, '#RRGGBB'
    fabric_hex: str
    #: True for a two-colour fibre mix around fabric_hex
    heather: bool
    #: view ids of the template
    views: tuple[str, ...]
    #: each 'transparent', '#RRGGBB' or the absolute path of a picture
    backgrounds: tuple[str, ...]
    #: 'stills', 'turntable', 'both', or 'glb' for a model of the shirt
    mode: str
    #: Cycles samples a pixel
    samples: int
    #: pixels
    width: int
    height: int
    #: 'png', 'jpeg' or 'webp'
    format: str
    #: output presets of which each still gives a further picture, from the same render
    also: tuple[str, ...] = ()
    #: the .blend, absolute
    template: str
    #: SHA-256 of the .blend; '' while unknown
    template_sha256: str = ""
    #: output folder, absolute
    out: str
    #: pattern of file names, see naming.py
    name: str
    #: pictures of one turn
    frames: int = 36
    #: scales the prints: 'XS' to 'XXL', see placing.py
    garment_size: str = "L"
    #: 'CPU' or the GPU backend that must be used; '' for what the queue's settings say
    device: str = ""
    #: True for a soft shadow behind the shirt
    ground_shadow: bool = False
    #: 'full' renders each picture, 'once' prints into the view's light, which is baked once; what
    #: 'auto' means was decided when it was ordered, see light.py
    light: str = "full"
    #: whatever the asker wants back in the manifest; JSON
    metadata: dict = field(default_factory=dict)
    version: int = VERSION

    def to_json(self) -> dict[str, Any]:
        """Return the request as plain JSON values."""
        plain = vars(self) | {"prints": [vars(print_) for print_ in self.prints]}
        return json.loads(json.dumps(plain))

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Request":
        """Return the request stored as `data`; raises BadRequest."""
        version = data.get("version", VERSION) if isinstance(data, dict) else VERSION
        if isinstance(version, int) and version > VERSION:
            raise BadRequest(
                f"The request has version {version}; this extension reads up to {VERSION}. "
                "Update the extension."
            )
        return read(cls, data, "request")

    def key(self) -> str:
        """Return the SHA-256 of all that changes pixels or files: equal keys, equal results."""
        data = self.to_json()
        for neither_pixels_nor_names in ("metadata", "device"):
            del data[neither_pixels_nor_names]
        if self.mode == "stills":
            del data["frames"]
        if self.light == "full":  # as it was before there was a choice
            del data["light"]
        for print_ in data["prints"]:
            print_["design"] = print_.pop("sha256") or print_["design"]
            for name, value in print_.items():  # 3 and 3.0 inches are one
                print_[name] = float(value) if isinstance(value, int) else value
        template_sha256 = data.pop("template_sha256")
        if template_sha256:  # the name stays, file names may show it
            data["template"] = [Path(self.template).stem, template_sha256]
        canonical = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def check(request: Request, info: TemplateInfo) -> list[Finding]:
    """Return remarks on `request` for the template `info`.

    Raises BadRequest for what can't be rendered as asked; looks at no design file.
    """
    _check_choices(request)
    _check_numbers(request)
    _check_backgrounds(request)
    _check_views(request, info)
    placed = _placements_checked(request, info)
    for path, what in ((request.out, "output folder"), (request.template, "template")):
        if not Path(path).is_absolute():
            raise BadRequest(f"The {what} {path!r} is not an absolute path.")
    output_names(request)
    refuse_unstorable(vars(request) | {"prints": [vars(print_) for print_ in request.prints]})
    return [*_unseen(request, placed, info), *_enlarged(request)]


def _check_choices(request: Request) -> None:
    for what, asked, valid in (
        ("mode", request.mode, MODES),
        ("format", request.format, FORMATS),
        ("device", request.device or DEVICES[0], DEVICES),
        ("light", request.light, LIGHTS),
        ("garment size", request.garment_size, tuple(GARMENT_SIZES)),
        *(("print technique", print_.technique, TECHNIQUES) for print_ in request.prints),
    ):
        if asked not in valid:
            raise unknown(what, asked, valid)
    for preset in request.also:
        if preset not in output_presets():
            raise unknown("output preset", preset, output_presets())
    if hex_or_none(request.fabric_hex) != request.fabric_hex:
        raise BadRequest(f"The fabric's color {request.fabric_hex!r} is not #RRGGBB in capitals.")


def _check_numbers(request: Request) -> None:
    _within("samples", request.samples, SAMPLES, "64 is a good start")
    _within("width", request.width, SIDE, "1024 is a good start", "px")
    _within("height", request.height, SIDE, "1024 is a good start", "px")
    _within("frames of the turntable", request.frames, FRAMES, "36 is usual")
    if request.format == "webp" and max(request.width, request.height) > WEBP_SIDE:
        words = "A WebP has at most {most} px a side; choose png or a smaller size."
        raise BadRequest(Message(words, most=WEBP_SIDE))


def _within(what: str, value: int, limits: tuple[int, int], advice: str, unit: str = "") -> None:
    low, high = limits
    if not low <= value <= high:
        raise BadRequest(
            Message(
                "The {what} can't be {many}; it goes from {low} to {high}; {advice}.",
                what=Message(what),
                many=f"{value} {unit}".strip(),
                low=low,
                high=high,
                advice=Message(advice),
            )
        )


def _check_backgrounds(request: Request) -> None:
    _some_and_once("background", request.backgrounds)
    for background in request.backgrounds:
        if background == TRANSPARENT and request.format == "jpeg":
            words = "A JPEG can't be transparent; choose a background color or png."
            raise BadRequest(Message(words))
        for preset in map(find_output_preset, request.also):
            if (preset.background or background) == TRANSPARENT and preset.format == "jpeg":
                raise BadRequest(
                    Message(
                        "The output preset {preset!r} is a JPEG and can't be transparent; "
                        "choose a background color.",
                        preset=preset.id,
                    )
                )
        if is_picture(background) and not Path(background).is_absolute():
            raise BadRequest(
                f"The background {background!r} is neither 'transparent' nor #RRGGBB in capitals "
                "nor an absolute path."
            )


def _check_views(request: Request, info: TemplateInfo) -> None:
    if request.mode in ("stills", "both") or request.views:
        _some_and_once("view", request.views)
    for view in request.views:
        if view not in info.views:
            also = Message("These are what the template {name!r} has.", name=info.name)
            raise unknown("view", view, info.views, also=also)


def _some_and_once(what: str, asked: Sequence[str]) -> None:
    if not asked:
        raise BadRequest(f"The request names no {what}; give at least one.")
    if twice := next((one for one in asked if asked.count(one) > 1), None):
        raise BadRequest(f"The {what} {twice!r} is asked for twice; once is enough.")


def _placements_checked(request: Request, info: TemplateInfo) -> list[Placement]:
    if not request.prints:
        raise BadRequest("The request names no print; give at least one design.")
    for number, print_ in enumerate(request.prints):
        for earlier in request.prints[:number]:
            same = ("placement", "x_in", "y_in")
            if all(getattr(print_, name) == getattr(earlier, name) for name in same):
                raise BadRequest(
                    Message(
                        "Two prints lie on each other at {placement!r}: {one!r} and {other!r}; "
                        "give one of them another placement.",
                        placement=print_.placement,
                        one=earlier.name,
                        other=print_.name,
                    )
                )
    return [_placement_checked(print_, info) for print_ in request.prints]


def _placement_checked(print_: Print, info: TemplateInfo) -> Placement:
    if not Path(print_.design).is_absolute():
        raise BadRequest(f"The design {print_.design!r} is not an absolute path.")
    placement = find_placement(print_.placement)
    if placement.zone not in info.zones:
        raise BadRequest(
            Message(
                "The template {name!r} can't be printed at {placement!r}: it has no zone {zone!r}, "
                "only {zones}; choose another placement.",
                name=info.name,
                placement=placement.id,
                zone=placement.zone,
                zones=tuple(info.zones) or Message("none"),
            )
        )
    if print_.width_in is not None and not 0.1 <= print_.width_in <= 60:
        raise BadRequest(
            Message(
                "The print {name!r} can't be {width:g} inches wide; it goes from 0.1 to 60 inches.",
                name=print_.name,
                width=print_.width_in,
            )
        )
    if not -360 <= print_.rotation_deg <= 360:
        raise BadRequest(
            Message(
                "The print {name!r} can't be turned by {degrees:g} degrees; "
                "it goes from -360 to 360.",
                name=print_.name,
                degrees=print_.rotation_deg,
            )
        )
    if not all(math.isfinite(at) for at in (print_.x_in, print_.y_in) if at is not None):
        raise BadRequest(f"The place of the print {print_.name!r} is no number of inches.")
    return placement


def _unseen(request: Request, placed: Iterable[Placement], info: TemplateInfo) -> list[Finding]:
    if request.mode != "stills":
        return []
    found = []
    for zone in dict.fromkeys(placement.zone for placement in placed):
        best = info.view_facing(zone)
        if not any(_shows(view, best) for view in request.views):
            sentence = Message(
                "None of the views asked for shows the print on the zone {zone!r}.", zone=zone
            )
            advice = Message("Add the view {view!r}.", view=best)
            found.append(Finding(Severity.WARNING, "print_not_seen", sentence, advice))
    return found


def _enlarged(request: Request) -> Iterator[Finding]:
    rendered = min(request.width, request.height)
    for preset in map(find_output_preset, request.also):
        if (needed := min(preset.width, preset.height)) > rendered:
            yield Finding(
                Severity.WARNING,
                "enlarged",
                Message(
                    "Pictures for {preset!r} are enlarged from a render of {width} × {height} px, "
                    "and soft.",
                    preset=preset.id,
                    width=request.width,
                    height=request.height,
                ),
                Message("Choose a size of at least {needed} × {needed} px.", needed=needed),
            )


def _shows(view: str, best: str) -> bool:
    if view == best or view not in views() or best not in views():
        return view == best or view not in views()
    apart = abs(views()[view].azimuth - views()[best].azimuth) % 360
    return min(apart, 360 - apart) <= 60

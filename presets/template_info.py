"""What a template offers, read from the JSON beside its .blend, so that no Blender is needed.

`render/checking.py` writes that file (`tshirt.blend` → `tshirt.json`) from the .blend itself.
"""

import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from .bad_request import BadRequest, unknown
from .messages import Message, why
from .paths import typed
from .views import facing_view_or_none

#: version of the sidecar's layout
FORMAT = 1

#: where the templates live that ship with the extension
SHIPPED = Path(__file__).with_name("templates")


class NotDescribed(BadRequest):
    """There is no description beside the .blend that fits it; check-template writes one."""

    def __init__(self, sentence: str, blend: Path) -> None:
        super().__init__(sentence)
        self.blend = blend


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A rectangle of flat cloth that can be printed on; u runs right and v up from outside."""

    id: str
    #: UV layer in which the rectangle is 0..1
    uv_map: str
    #: metres that 0..1 spans
    width: float
    height: float
    #: metres from the left edge to the garment's centre line
    centre: float
    #: metres from the bottom edge up to the collar seam on the centre line; None on sleeves
    collar: float | None
    #: metres from the bottom edge up to the hem, or sleeve hem, on the centre line
    hem: float
    #: 1 where +u runs towards the wearer's left, -1 where it runs to the right
    wearer_left: int
    #: the view that faces it
    view: str


@dataclass(frozen=True, kw_only=True)
class TemplateInfo:
    """What can be asked of a template."""

    #: the .blend, absolute
    path: str
    name: str
    author: str = ""
    licence: str = ""
    #: SHA-256 of the .blend
    blend_sha256: str = ""
    #: view ids in the template's own order
    views: tuple[str, ...] = ()
    zones: dict[str, Zone] = field(default_factory=dict)
    #: True where pictures may be printed into a light that is baked once, see light.py
    relightable: bool = False
    #: lies on something: its pictures have a shadow unless one asks for none
    lies: bool = False

    def view_facing(self, zone: str) -> str:
        """Return the view that faces `zone`; raises BadRequest where the template has no view."""
        usual = facing_view_or_none(zone)
        for view in (self.zones[zone].view if zone in self.zones else None, usual and usual.id):
            if view in self.views:
                return view
        if self.views:
            return self.views[0]
        words = "The template {name!r} has no view; check it with check-template."
        raise BadRequest(Message(words, name=self.name))


def sidecar_of(blend: Path) -> Path:
    """Return where the description of template `blend` is kept."""
    return blend.with_suffix(".json")


def is_taken(sidecar: Path) -> bool:
    """Return whether something else than a template's description is kept in `sidecar`."""
    if not sidecar.exists():
        return False
    try:
        data = json.loads(sidecar.read_text("utf-8"))
    except (OSError, ValueError):
        return True
    return not (isinstance(data, dict) and {"format", "zones"} <= data.keys())


def shipped() -> dict[str, Path]:
    """Return the .blend of each template that ships with the extension, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.blend"))}


def resolve(name_or_path: str) -> TemplateInfo:
    """Return the template called so: a shipped one's name, or the path of a .blend.

    Raises BadRequest: no such template; NotDescribed: no description beside it, a damaged one, or
    one of the .blend as it was before.
    """
    asked = typed(name_or_path)
    known = shipped()
    if name_or_path in known:
        asked = known[name_or_path]
    elif asked.suffix.lower() != ".blend":
        also = Message("The path of a .blend works too.")
        raise unknown("template", name_or_path, known, also=also)
    if asked.is_dir() or not asked.exists():
        raise BadRequest(
            Message(
                "The template {path} is a folder; give the path of a .blend."
                if asked.is_dir()
                else "The template {path} does not exist; give the path of a .blend.",
                path=asked,
            )
        )
    blend = asked.absolute()
    sidecar = sidecar_of(blend)
    if not sidecar.is_file():
        raise NotDescribed(
            Message(
                "The template {blend} has no description {file} beside it; "
                "check-template {name} writes one.",
                blend=blend,
                file=sidecar.name,
                name=blend.name,
            ),
            blend,
        )
    try:
        stamps = tuple((s.st_mtime_ns, s.st_size) for s in (blend.stat(), sidecar.stat()))
        return _read(blend, sidecar, stamps)
    except OSError as error:
        words = "The template {blend} can't be read: {why}."
        raise BadRequest(Message(words, blend=blend, why=why(error))) from error


@lru_cache(maxsize=32)
def _read(blend: Path, sidecar: Path, _stamps: tuple) -> TemplateInfo:
    try:
        info = from_sidecar(json.loads(sidecar.read_text("utf-8")), blend)
    except (KeyError, TypeError, ValueError) as error:
        raise NotDescribed(
            Message(
                "The template's description {file} is damaged ({error}); "
                "check-template {name} writes it anew.",
                file=sidecar,
                error=str(error),
                name=blend.name,
            ),
            blend,
        ) from error
    if info.blend_sha256 and info.blend_sha256 != hashlib.sha256(blend.read_bytes()).hexdigest():
        raise NotDescribed(
            Message(
                "The template {blend} was changed after {file} was written; "
                "check-template {name} brings it up to date.",
                blend=blend,
                file=sidecar.name,
                name=blend.name,
            ),
            blend,
        )
    return info


def from_sidecar(data: dict, blend: Path) -> TemplateInfo:
    """Return the template described by `data`; raises ValueError, KeyError or TypeError."""
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']!r}, not {FORMAT}")
    return TemplateInfo(
        path=str(blend),
        name=data["name"],
        author=data.get("author", ""),
        licence=data.get("licence", ""),
        blend_sha256=data.get("blend_sha256", ""),
        views=tuple(data["views"]),
        zones={name: Zone(id=name, **zone) for name, zone in data["zones"].items()},
        relightable=data.get("relightable") is True,
        lies=bool(data.get("lies", False)),
    )

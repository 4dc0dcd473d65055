"""Which fabric colours there are: the trade's names, CSS names and plain hex. No bpy here."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .bad_request import unknown
from .colours import css_colours, hex_or_none, squeezed
from .messages import Message


@dataclass(frozen=True)
class Fabric:
    """A fabric colour."""

    #: name in file names and lists: a fabric's id, a CSS name or '#RRGGBB'
    id: str
    #: sRGB, '#RRGGBB'
    hex: str
    #: True for a mix of two fibres around `hex`, see colours.heather_fibres
    heather: bool = False

    @property
    def label(self) -> str:
        """Return the name to show, in English."""
        return self.id.replace("_", " ").capitalize()


@cache
def fabrics() -> dict[str, Fabric]:
    """Return the fabrics that are offered, by id, in the order to show them."""
    return {row["id"]: Fabric(**row) for row in _data()["fabrics"]}


def find_fabric(asked: str) -> Fabric:
    """Return the fabric called `asked`: an id, an alias, a CSS colour name, '#RGB' or '#RRGGBB'.

    A fabric's id wins over a CSS name. Raises BadRequest.
    """
    name = squeezed(asked)
    if name in _by_squeezed_name():
        return _by_squeezed_name()[name]
    if colour := hex_or_none(asked):
        return Fabric(id=colour if asked.strip().startswith("#") else name, hex=colour)
    also = Message("CSS color names, #RGB and #RRGGBB are accepted too.")
    raise unknown("fabric", asked, fabrics(), near=[*fabrics(), *css_colours()], also=also)


@cache
def _by_squeezed_name() -> dict[str, Fabric]:
    named = {squeezed(fabric.id): fabric for fabric in fabrics().values()}
    named |= {name.replace("grey", "gray"): fabric for name, fabric in named.items()}
    for alias, meant in _data()["aliases"].items():
        named[squeezed(alias)] = fabrics().get(meant) or Fabric(id=alias, hex=meant)
    return named


@cache
def _data() -> dict:
    return json.loads(Path(__file__).with_name("fabrics.json").read_text("utf-8"))

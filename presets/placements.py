"""Where a print can go: the garment trade's placements, with the names other tools use for them.

No bpy here. Measures are inches on an adult size L; `placing.py` turns them into a mapping.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from .bad_request import unknown

#: A placement of this name is given by its own x, y and width; 'free:back' names the zone.
FREE = "free"


class Anchor(StrEnum):
    """What a placement's `y_in` measures."""

    TOP = "top"  #: top edge of the art below the collar seam, on the centre line
    CENTER = "center"  #: centre of the art below the collar seam
    BOTTOM = "bottom"  #: bottom edge of the art above the hem or sleeve hem


@dataclass(frozen=True, kw_only=True)
class Placement:
    """One place for a print."""

    id: str
    #: the print zone of the template that it lies in
    zone: str
    #: largest print, inches
    box_width_in: float
    box_height_in: float
    #: default width of the art, inches; it is fitted inside the box with its aspect kept
    art_width_in: float
    anchor: Anchor
    #: distance that `anchor` names, inches
    y_in: float
    #: offset of the art's centre from the centre line towards the wearer's left, inches
    x_in: float = 0.0

    @property
    def label(self) -> str:
        """Return the name to show, in English."""
        return self.id.replace("_", " ").capitalize()


@cache
def placements() -> dict[str, Placement]:
    """Return every placement by its id, in the order to show them."""
    return {
        row["id"]: Placement(
            id=row["id"],
            zone=row["zone"],
            box_width_in=row["box"][0],
            box_height_in=row["box"][1],
            art_width_in=row["art_width"],
            anchor=Anchor(row["anchor"]),
            y_in=row["y"],
            x_in=row.get("x", 0.0),
        )
        for row in _data()["placements"]
    }


@cache
def aliases() -> dict[str, str]:
    """Return the names of other tools, each with the placement it means."""
    return dict(_data()["aliases"])


def find_placement(asked: str) -> Placement:
    """Return the placement called `asked` (an id or an alias, '-' and '_' alike).

    'free' is the front zone, 'free:ZONE' another: a placement without a trade's figures, whose
    width, x and y the print gives. Raises BadRequest.
    """
    name = asked.strip().lower().replace(" ", "_")
    kind, _, zone = name.partition(":")
    if kind == FREE:
        return _free(zone.replace("-", "_") or "front")
    name = name.replace("-", "_")
    target = {alias.replace("-", "_"): meant for alias, meant in aliases().items()}.get(name, name)
    if target not in placements():
        raise unknown("placement", asked, [*placements(), *aliases(), FREE])
    return placements()[target]


def _free(zone: str) -> Placement:
    return Placement(
        id=FREE if zone == "front" else f"{FREE}:{zone}",
        zone=zone,
        box_width_in=60,
        box_height_in=60,
        art_width_in=3 if zone.startswith("sleeve") else 10,
        anchor=Anchor.BOTTOM if zone.startswith("sleeve") else Anchor.TOP,
        y_in=1 if zone.startswith("sleeve") else 3,
    )


@cache
def _data() -> dict:
    return json.loads(Path(__file__).with_name("placements.json").read_text("utf-8"))

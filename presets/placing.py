"""Where on the cloth a print lands: from placement, art and garment size to a rectangle. No bpy.

All in metres of flat cloth from the lower left corner of the print zone, u right and v up, as
someone sees it who looks at the cloth from outside.
"""

import math
from dataclasses import dataclass

from .bad_request import BadRequest
from .measures import METRES_PER_INCH
from .messages import Message
from .placements import FREE, Anchor, Placement, find_placement
from .request import GARMENT_SIZES, Print
from .template_info import Zone


@dataclass(frozen=True)
class Placed:
    """The rectangle of a print, turned about its centre."""

    #: centre of the art, metres
    centre_u: float
    centre_v: float
    #: size of the art, metres
    width: float
    height: float
    #: radians, counter-clockwise
    rotation: float = 0.0

    def art_uv(self, u: float, v: float) -> tuple[float, float]:
        """Return the point of the art, 0..1 from its lower left, at `u` and `v` metres.

        This is what a Mapping node of type TEXTURE does with the centre as location, `rotation`,
        and the size as scale, and then half of the art's size added.
        """
        right, up = u - self.centre_u, v - self.centre_v
        cos, sin = math.cos(self.rotation), math.sin(self.rotation)
        across, along = right * cos + up * sin, up * cos - right * sin
        return across / self.width + 0.5, along / self.height + 0.5

    def corners(self) -> tuple[tuple[float, float], ...]:
        """Return lower left, lower right, upper right and upper left of the art, metres."""
        cos, sin = math.cos(self.rotation), math.sin(self.rotation)
        halves = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
        return tuple(
            (
                self.centre_u + across * self.width * cos - along * self.height * sin,
                self.centre_v + across * self.width * sin + along * self.height * cos,
            )
            for across, along in halves
        )

    def overhang(self, zone: Zone) -> dict[str, float]:
        """Return by how many metres the art leaves `zone`, by edge; empty where it stays inside."""
        us, vs = zip(*self.corners(), strict=True)
        beyond = {
            "left": -min(us),
            "right": max(us) - zone.width,
            "bottom": -min(vs),
            "top": max(vs) - zone.height,
        }
        return {edge: metres for edge, metres in beyond.items() if metres > 1e-6}


def place(print_: Print, zone: Zone, aspect: float, garment_size: str = "L") -> Placed:
    """Return where art of `aspect` (its width over its height) lands on `zone`.

    What the print gives itself is taken as it is; the placement's own width is scaled with the
    garment. Raises BadRequest where the placement needs a collar and the zone has none.
    """
    placement = find_placement(print_.placement)
    width = width_in(placement, aspect, garment_size, print_.width_in) * METRES_PER_INCH
    height = width / aspect
    right = (placement.x_in if print_.x_in is None else print_.x_in) * METRES_PER_INCH
    return Placed(
        centre_u=zone.centre + zone.wearer_left * right,
        centre_v=_centre_v(print_, placement, zone, height),
        width=width,
        height=height,
        rotation=math.radians(print_.rotation_deg),
    )


def width_in(
    placement: Placement, aspect: float, garment_size: str, asked: float | None = None
) -> float:
    """Return how wide art of `aspect` is printed, inches: as `asked`, else fitted into the box."""
    if asked is not None:
        return asked
    fitting = min(placement.art_width_in, placement.box_width_in, placement.box_height_in * aspect)
    return fitting * GARMENT_SIZES[garment_size]


def _centre_v(print_: Print, placement: Placement, zone: Zone, height: float) -> float:
    distance = (placement.y_in if print_.y_in is None else print_.y_in) * METRES_PER_INCH
    is_free = placement.id.split(":")[0] == FREE
    if placement.anchor is Anchor.BOTTOM or (is_free and zone.collar is None):
        return zone.hem + distance + height / 2
    if zone.collar is None:
        raise BadRequest(
            Message(
                "The placement {placement!r} is measured from the collar, and the template's "
                "zone {zone!r} names no collar.",
                placement=placement.id,
                zone=zone.id,
            )
        )
    below = distance + height / 2 if placement.anchor is Anchor.TOP else distance
    return zone.collar - below

"""A view's light: the planes into which designs and fabrics are printed afterwards. No bpy here.

Planes have their first row at the bottom and are cut to the box of pixels that show anything. Light
is linear and premultiplied by coverage. What a pixel shows is

    shine + colour × (direct + thrown)

with `colour` the surface's own, and `thrown` what the cloth around it throws, see `relight`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

#: the surface that is nothing but cloth; all others are print techniques
CLOTH_SURFACE = "cloth"

#: what a camera sample's `zone` holds beside the numbers of print zones, which start at 1: cloth
#: outside of all zones, what takes no dye (a label, a hanger), nothing at all
CLOTH, FIXED, NOTHING = 0, 254, 255

#: metres by which the place in a zone is counted: 20 µm, a tenth of a pixel of a closeup of 2,048
#: px; 16 bits reach 1.31 m
STEP = 2e-5

#: planes by name: what one part of a light is kept as
Planes = Mapping[str, np.ndarray]

#: left, bottom, width and height, pixels
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class CameraSamples:
    """Where on the shirt each camera sample lands, `fine` × `fine` of them a pixel."""

    fine: int
    #: pixels of the whole picture
    width: int
    height: int
    #: what is kept of it
    box: Box
    #: (fine × rows) × (fine × columns), uint8: number of the zone, or CLOTH, FIXED, NOTHING
    zone: np.ndarray
    #: same, uint16 each: where in the zone, in STEPs from its lower left
    u: np.ndarray
    v: np.ndarray

    @property
    def pixels(self) -> tuple[int, int]:
        """Rows and columns of the box."""
        return self.box[3], self.box[2]

    def to_planes(self) -> Planes:
        """Return what to keep."""
        frame = np.array([self.fine, self.width, self.height, *self.box], np.int32)
        return {"frame": frame, "zone": self.zone, "u": self.u, "v": self.v}

    @classmethod
    def from_planes(cls, planes: Planes) -> "CameraSamples":
        """Return them from what was kept."""
        fine, width, height, *box = (int(number) for number in planes["frame"])
        left, bottom, columns, rows = box
        return cls(
            fine, width, height, (left, bottom, columns, rows),
            planes["zone"], planes["u"], planes["v"],
        )  # fmt: skip

    def metres_a_pixel(self) -> float | None:
        """Return how much cloth a pixel shows, the median along rows; None where none is seen."""
        # A few rows tell it as well as all.
        rows = np.s_[self.fine // 2 :: self.fine * max(1, self.pixels[0] // 64)]
        zone, u, v = (plane[rows] for plane in (self.zone, self.u, self.v))
        printed = (zone[:, 1:] == zone[:, :-1]) & (zone[:, 1:] != CLOTH) & (zone[:, 1:] < FIXED)
        if not printed.any():
            return None
        apart = (np.diff(plane.astype(np.float32), axis=1)[printed] for plane in (u, v))
        return max(float(np.median(np.hypot(*apart))) * STEP * self.fine, 1e-6)


@dataclass(frozen=True)
class Answer:
    """How one kind of surface answers the light: rows × columns × 1, or × 3 in colour."""

    #: what it shows when it reflects nothing
    shine: np.ndarray
    #: what white of it shows more among cloth that reflects nothing
    direct: np.ndarray
    #: what it shows still more among white cloth
    bounced: np.ndarray

    @classmethod
    def from_planes(cls, planes: Planes) -> "Answer":
        """Return it from what was kept: as float32, in which it is calculated."""
        names = ("shine", "direct", "bounced")
        return cls(*(planes[name].astype(np.float32) for name in names))


@dataclass(frozen=True)
class Patch:
    """The part of a view around what takes no dye, lit once more, in colour."""

    #: in pixels of the light's box
    box: Box
    #: rows × columns, 0..1: how much of each pixel takes no dye
    fixed: np.ndarray
    #: by surface; those of prints only where one reaches the patch
    answers: Mapping[str, Answer]


@dataclass(frozen=True)
class LightSet:
    """All that is needed to print into one view."""

    samples: CameraSamples
    #: rows × columns, 0..1: coverage, the shadow of a black shirt on the ground included
    alpha: np.ndarray
    #: by surface
    answers: Mapping[str, Answer]
    #: what a white shirt adds to the ground shadow's alpha (less than nothing: it lights the ground)
    lighter: np.ndarray | None = None
    #: rows × columns, 0..1: the light fibre's share of a heather
    fibre: np.ndarray | None = None
    patches: tuple[Patch, ...] = field(default=())

"""The flat sewing pattern: measurements, seam lines, and which part a point belongs to.

Centimetres; x towards the wearer's left, z up, the origin at the high point of the shoulder on the
centre line.
"""

import math
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property

import numpy as np


class Panel(StrEnum):
    """One of the two layers of cloth that are sewn together; sleeves and collar belong to both."""

    FRONT = "front"
    BACK = "back"


class Part(IntEnum):
    """What a triangle of cloth is part of."""

    BODY = 0
    SLEEVE_LEFT = 1
    SLEEVE_RIGHT = 2
    RIB = 3


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Measurements of one garment, adult size L by default."""

    #: below the horizontal, of the flat sleeve's upper edge
    sleeve_deg: float = 30.0
    #: along the upper edge, from the shoulder tip to the sleeve hem
    sleeve_length: float = 21.0
    #: half of the sleeve hem's girth
    sleeve_opening: float = 18.5
    #: how much shorter the sleeve is along its under seam
    cuff_rise: float = 1.9
    #: height of the ribbed cuff at the end of the sleeve; 0 for a plain hem
    cuff: float = 0.0
    shoulder_tip: tuple[float, float] = (23.6, -5.0)
    underarm: tuple[float, float] = (27.6, -25.5)
    hem: tuple[float, float] = (27.2, -72.5)
    #: how far the side seam curves in at the waist
    waist: float = 0.6
    #: half width of the neckline at the seam and at the rib's upper edge
    neck_seam: float = 9.6
    neck_edge: float = 7.6
    #: height of the rib's upper edge at the shoulder
    neck_rise: float = 0.7
    #: depth of the neckline at the seam; depth of the rib's upper edge below neck_rise
    front_drop: tuple[float, float] = (10.5, 9.2)
    back_drop: tuple[float, float] = (2.6, 1.3)

    @property
    def sewn(self) -> tuple[str, ...]:
        """The lines along which front and back are sewn."""
        cuff = ("cuff_over", "cuff_under") if self.cuff else ()
        return ("rib_end", "shoulder", "sleeve_top", "sleeve_under", "side", *cuff)

    @cached_property
    def sleeve_along(self) -> np.ndarray:
        """Unit vector down the left sleeve."""
        angle = math.radians(self.sleeve_deg)
        return np.array([math.cos(angle), -math.sin(angle)])

    @cached_property
    def sleeve_across(self) -> np.ndarray:
        """Unit vector from the left sleeve's upper edge to its under edge."""
        angle = math.radians(self.sleeve_deg)
        return np.array([-math.sin(angle), -math.cos(angle)])

    def neck_drop(self, panel: Panel) -> tuple[float, float]:
        """Depth of the neckline at the seam and at the rib's upper edge."""
        return self.front_drop if panel is Panel.FRONT else self.back_drop

    def armhole_x(self, z: np.ndarray) -> np.ndarray:
        """x of the left armhole seam at height z."""
        (tip_x, tip_z), (arm_x, arm_z) = self.shoulder_tip, self.underarm
        t = np.clip((tip_z - np.asarray(z, float)) / (tip_z - arm_z), 0, 1)
        return tip_x + (arm_x - tip_x) * t**2.2 - 1.5 * np.sin(math.pi * t) * (1 - 0.35 * t)

    def lines(self, panel: Panel) -> dict[str, np.ndarray]:
        """Every seam and edge of the left half of a panel, as polylines (n, 2)."""
        seam_drop, edge_drop = self.neck_drop(panel)
        turn = np.linspace(0, math.pi / 2, 160)
        seam = np.c_[self.neck_seam * np.sin(turn), -seam_drop * np.cos(turn)]
        edge = np.c_[self.neck_edge * np.sin(turn), self.neck_rise - edge_drop * np.cos(turn)]
        tip, underarm, hem = (np.array(p) for p in (self.shoulder_tip, self.underarm, self.hem))
        cuff_top = tip + self.sleeve_length * self.sleeve_along
        # the hem bends up towards the under seam, to meet it at a right angle
        t = np.linspace(0, 1, 20)[:, None]
        cuff = cuff_top + self.sleeve_opening * t * self.sleeve_across
        cuff = cuff - self.cuff_rise * t**4 * self.sleeve_along
        side_z = np.linspace(underarm[1], hem[1], 30)
        down = (side_z - underarm[1]) / (hem[1] - underarm[1])
        side_x = underarm[0] + (hem[0] - underarm[0]) * down - self.waist * np.sin(math.pi * down)
        armhole_z = np.linspace(tip[1], underarm[1], 40)
        lines = {
            "rib_edge": edge,
            "rib_end": np.array([edge[-1], seam[-1]]),
            "shoulder": np.array([seam[-1], tip]),
            "sleeve_top": np.array([tip, cuff_top]),
            "cuff": cuff,
            "sleeve_under": np.array([cuff[-1], underarm]),
            "side": np.c_[side_x, side_z],
            "hem": np.array([hem, [0, hem[1]]]),
            "neck_seam": seam,
            "armhole": np.c_[self.armhole_x(armhole_z), armhole_z],
        }
        if self.cuff:
            top = cuff_top - self.cuff * self.sleeve_along
            under = underarm - cuff[-1]
            under = cuff[-1] - under * self.cuff / (under @ self.sleeve_along)
            lines |= {
                "sleeve_top": np.array([tip, top]),
                "cuff_over": np.array([top, cuff_top]),
                "cuff_under": np.array([cuff[-1], under]),
                "sleeve_under": np.array([under, underarm]),
                "cuff_seam": top
                + t * ((under - top) @ self.sleeve_across) * self.sleeve_across
                - t**4 * self.cuff_rise * self.sleeve_along,
            }
        return lines

    def outline(self, panel: Panel) -> np.ndarray:
        """The closed outline of a whole panel (both halves)."""
        lines = self.lines(panel)
        names = (
            "rib_edge",
            "rib_end",
            "shoulder",
            "sleeve_top",
            "cuff",
            "sleeve_under",
            "side",
            "hem",
        )
        half = np.concatenate([lines[name] for name in names])
        return np.concatenate([half, (half * [-1, 1])[::-1]])

    def part_of(self, points: np.ndarray, panel: Panel) -> np.ndarray:
        """The Part (as int) of each point (n, 2) of a panel."""
        x, z = np.abs(points[:, 0]), points[:, 1]
        depth = self.neck_drop(panel)[0]
        neckline = -depth * np.sqrt(np.clip(1 - (x / self.neck_seam) ** 2, 0, 1))
        rib = (x < self.neck_seam) & (z > neckline)
        below = z < self.underarm[1]
        sleeve = np.where(below, x > self.underarm[0], x > self.armhole_x(z)) & ~rib
        if self.cuff:
            along, across = self.sleeve_coordinates(points).T
            bend = self.cuff_rise * (across / self.sleeve_opening) ** 4
            rib |= sleeve & (along > self.sleeve_length - self.cuff - bend)
        side = np.where(points[:, 0] > 0, Part.SLEEVE_LEFT, Part.SLEEVE_RIGHT)
        return np.where(rib, Part.RIB, np.where(sleeve, side, Part.BODY))

    def sleeve_coordinates(self, points: np.ndarray) -> np.ndarray:
        """(along, across) from the shoulder tip for points (…, 2) of either sleeve."""
        away = np.stack([np.abs(points[..., 0]), points[..., 1]], -1) - self.shoulder_tip
        return np.stack([away @ self.sleeve_along, away @ self.sleeve_across], -1)

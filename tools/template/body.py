"""The invisible body that the shirt is draped over, as a signed distance.

Centimetres, with the same origin as the pattern.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

#: torso rings: height, half width, half depth, centre's y (negative is forward)
_RINGS = np.array(
    [
        (14, 5.0, 5.4, -1.8),
        (6, 5.3, 5.6, -1.2),
        (2.5, 5.7, 5.9, -0.5),
        (0.6, 6.5, 6.4, 0.1),
        (-0.8, 8.6, 6.9, 0.5),
        (-2.2, 12, 7.5, 0.9),
        (-4, 15.6, 8.2, 1.0),
        (-6, 17.4, 9.0, 0.9),
        (-9, 18.8, 9.8, 0.8),
        (-14, 19.6, 10.8, 0.6),
        (-20, 20.3, 11.2, 0.0),
        (-26, 20.3, 10.8, -0.4),
        (-34, 19.8, 9.8, -0.7),
        (-42, 19.6, 9.2, -0.6),
        (-50, 20.3, 9.3, -0.2),
        (-58, 21.2, 9.6, 0.2),
        (-66, 21.6, 9.7, 0.4),
        (-90, 21.6, 9.5, 0.4),
    ]
)
#: cross sections are a little squarer than ellipses
_SQUARE = 2.3
#: arm: distance from the shoulder joint along the arm, radius
_ARM = np.array(
    [
        (-6, 0.5),
        (-5, 2.6),
        (-3, 4.2),
        (0, 5.3),
        (4, 5.6),
        (9, 5.5),
        (16, 5.2),
        (24, 4.7),
        (40, 4.2),
        (62, 3.2),
        (80, 3.0),
    ]
)
#: along the arm
_ELBOW, _ARM_END = 30.0, 82.0
_SLIM = 0.97
_DOWN = np.linspace(-14, 90, 209)


@dataclass(frozen=True)
class Bar:
    """Two round rods from the middle outward, as x and z of their ends."""

    middle: tuple[float, float]
    end: tuple[float, float]
    radius: float

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Signed distance (n,) of points (n, 3)."""
        (x0, z0), (x1, z1) = self.middle, self.end
        x, y, z = np.abs(points[:, 0]) - x0, points[:, 1], points[:, 2] - z0
        run = np.array([x1 - x0, z1 - z0])
        t = np.clip((x * run[0] + z * run[1]) / (run @ run), 0, 1)
        return np.sqrt((x - t * run[0]) ** 2 + y**2 + (z - t * run[1]) ** 2) - self.radius


@dataclass(frozen=True, eq=False)
class Figure:
    """What stands inside the shirt: a torso of rings, and arms that hang from the shoulder joints."""

    #: rows of height, half width, half depth, centre's y (negative is forward)
    rings: np.ndarray
    #: the left shoulder's joint, x and z
    joint: tuple[float, float]
    #: girth of the arms against a person's
    arm_size: float = 1.0
    #: what the shoulders lie on where there is no flesh
    bar: Bar | None = None

    @cached_property
    def tables(self) -> list[np.ndarray]:
        """Half width, half depth and centre's y at the heights -_DOWN, a little smoothed."""
        return [
            np.convolve(
                np.pad(np.interp(_DOWN, -self.rings[:, 0], self.rings[:, k]), 4, mode="edge"),
                np.ones(9) / 9,
                "valid",
            )
            for k in (1, 2, 3)
        ]


PERSON = Figure(_RINGS, (17.6, -9.4))
#: loose in long sleeves
SLIM_ARMED = replace(PERSON, arm_size=0.78)
#: sloping shoulders of wood; what is below only keeps front and back apart
HANGER = Figure(
    np.array(
        [
            (14, 0.2, 2.5, 0.0),
            (1.0, 0.2, 2.5, 0.0),
            (-7.0, 20.5, 5.0, 0.0),
            (-9, 22.0, 6.0, 0.0),
            (-14, 22.4, 7.4, 0.0),
            (-25, 21.5, 9.5, -0.2),
            (-90, 21.0, 9.5, 0.2),
        ]
    ),
    (19.9, -13.0),
    arm_size=0.6,
    bar=Bar((0.0, 1.5), (21.0, -6.2), 1.1),
)


@dataclass(frozen=True)
class Pose:
    """How the body stands at one moment of the drape."""

    #: 0 flat as a board … 1 full depth
    depth: float
    #: arms below the horizontal
    arm_deg: float
    #: sideways shift of the hips
    sway: float = 0.0
    #: turn of the hips, radians
    twist: float = 0.0
    #: how far the forearms bend inward, and forward
    elbow_deg: tuple[float, float] = (0.0, 0.0)
    figure: Figure = PERSON


def distance(points: np.ndarray, pose: Pose) -> np.ndarray:
    """Signed distance (n,) of points (n, 3) from the body, negative inside; exact enough near the surface."""
    x, y, z = points.T
    low = np.clip(-z / 70, 0, 1) ** 1.5
    x = x - pose.sway * low
    turn = pose.twist * low
    x, y = x + turn * y, y - turn * x
    width, depth, centre = (np.interp(-z, _DOWN, table) for table in pose.figure.tables)
    width, depth = width * _SLIM, depth * _SLIM * pose.depth
    ring = np.abs(x / width) ** _SQUARE + np.abs((y - centre * pose.depth) / depth) ** _SQUARE
    body = (ring ** (1 / _SQUARE) - 1) * np.minimum(width, depth)
    blend = (1.2 + 2 * np.clip((z + 12) / 6, 0, 1)) * pose.depth
    for side in (1, -1):
        lower_deg = 2.0 if side < 0 else 0.0  # nobody holds both arms alike
        arm = _arm(np.stack([side * x, y - 0.3 * pose.depth, z], 1), pose, lower_deg)
        arm *= min(1, max(pose.depth, 0.1))
        share = np.clip(0.5 + 0.5 * (body - arm) / blend, 0, 1)
        body = body + (arm - body) * share - blend * share * (1 - share)
    bar = pose.figure.bar
    return body if bar is None else np.minimum(body, bar.distance(points))


def _arm(points: np.ndarray, pose: Pose, lower_deg: float) -> np.ndarray:
    """Distance (n,) to an arm at +x that hangs `lower_deg` lower than asked."""
    down, *elbow = map(math.radians, (pose.arm_deg + lower_deg, *pose.elbow_deg))
    (x, z), upper = pose.figure.joint, _toward(down, 0.0)
    joint = np.array([x, 0.0, z])
    if not any(elbow):
        return _limb(points - joint, upper, (-6.0, _ARM_END), pose)
    fore = _toward(down + elbow[0], elbow[1])
    bend = joint + (upper - fore) * _ELBOW
    return np.minimum(
        _limb(points - joint, upper, (-6.0, _ELBOW), pose),
        _limb(points - bend, fore, (_ELBOW, _ARM_END), pose),
    )


def _toward(down: float, forward: float) -> np.ndarray:
    across = math.cos(forward)
    return np.array([math.cos(down) * across, -math.sin(forward), -math.sin(down) * across])


def _limb(
    away: np.ndarray, along: np.ndarray, reach: tuple[float, float], pose: Pose
) -> np.ndarray:
    """Distance (n,) to the part of an arm that runs `along` from the origin."""
    t = np.clip(away @ along, *reach)
    away = (away - t[:, None] * along) / [1, pose.depth, 1]
    radius = np.interp(t, _ARM[:, 0], _ARM[:, 1]) * pose.figure.arm_size
    return np.sqrt(np.einsum("ij,ij->i", away, away)) - radius


def touching(points: np.ndarray, pose: Pose, gap: float):
    """Points nearer than about `gap`: their numbers, distances (k,) and outward normals (k, 3)."""
    field = distance(points, pose)
    near = np.flatnonzero(field < gap * 1.5 + 0.3)
    spot, field = points[near], field[near]
    step = 0.05
    slope = np.stack([distance(spot + step * axis, pose) - field for axis in np.eye(3)], 1) / step
    steep = np.linalg.norm(slope, axis=1) + 1e-9
    return near, field / steep, slope / steep[:, None]

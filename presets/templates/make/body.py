"""The invisible body that the shirt is draped over, as a signed distance.

Centimetres, with the same origin as the pattern.
"""

import math
from dataclasses import dataclass

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
    ]
)
_JOINT = (17.6, -9.4)
_SLIM = 0.97
_DOWN = np.linspace(-14, 90, 209)
_WIDTH, _DEPTH, _CENTRE = (
    np.convolve(
        np.pad(np.interp(_DOWN, -_RINGS[:, 0], _RINGS[:, k]), 4, mode="edge"),
        np.ones(9) / 9,
        "valid",
    )
    for k in (1, 2, 3)
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
    #: girth of the arms against a usual one
    arm_size: float = 1.0


def distance(points: np.ndarray, pose: Pose) -> np.ndarray:
    """Signed distance (n,) of points (n, 3) from the body, negative inside; exact enough near the surface."""
    x, y, z = points.T
    low = np.clip(-z / 70, 0, 1) ** 1.5
    x = x - pose.sway * low
    turn = pose.twist * low
    x, y = x + turn * y, y - turn * x
    width, depth, centre = (np.interp(-z, _DOWN, table) for table in (_WIDTH, _DEPTH, _CENTRE))
    width, depth = width * _SLIM, depth * _SLIM * pose.depth
    ring = np.abs(x / width) ** _SQUARE + np.abs((y - centre * pose.depth) / depth) ** _SQUARE
    body = (ring ** (1 / _SQUARE) - 1) * np.minimum(width, depth)
    blend = (1.2 + 2 * np.clip((z + 12) / 6, 0, 1)) * pose.depth
    for side in (1, -1):
        angle = math.radians(pose.arm_deg + (2 if side < 0 else 0))  # nobody holds both arms alike
        along = (side * math.cos(angle), -math.sin(angle))
        from_joint_x, from_joint_z = x - side * _JOINT[0], z - _JOINT[1]
        t = np.clip(from_joint_x * along[0] + from_joint_z * along[1], -6, 64)
        away_x, away_z = from_joint_x - t * along[0], from_joint_z - t * along[1]
        away_y = (y - 0.3 * pose.depth) / pose.depth
        arm = (
            np.sqrt(away_x**2 + away_z**2 + away_y**2)
            - np.interp(t, _ARM[:, 0], _ARM[:, 1]) * pose.arm_size
        )
        arm *= min(1, max(pose.depth, 0.1))
        share = np.clip(0.5 + 0.5 * (body - arm) / blend, 0, 1)
        body = body + (arm - body) * share - blend * share * (1 - share)
    return body


def touching(points: np.ndarray, pose: Pose, gap: float):
    """Points nearer than about `gap`: their numbers, distances (k,) and outward normals (k, 3)."""
    field = distance(points, pose)
    near = np.flatnonzero(field < gap * 1.5 + 0.3)
    spot, field = points[near], field[near]
    step = 0.05
    slope = np.stack([distance(spot + step * axis, pose) - field for axis in np.eye(3)], 1) / step
    steep = np.linalg.norm(slope, axis=1) + 1e-9
    return near, field / steep, slope / steep[:, None]

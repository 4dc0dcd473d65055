"""The form inside a hanging shirt, as a signed distance: torso, arms that are let down, a bar to hang from.

Compiled by numba. Centimetres, with the same origin as the pattern; y points backwards.
"""

from typing import NamedTuple

import numpy as np
from numba import njit  # pyright: ignore[reportMissingImports] - for making shirts only

#: tables of the torso start this far above the shoulder's high point, and step down by this; cm
_TOP, _STEP = -14.0, 0.5
_DOWN = np.arange(_TOP, 90.1, _STEP)
#: along the arm from the shoulder joint, where its table starts and ends, and where the elbow is
_ARM_TOP, _ARM_END, _ELBOW = -6.0, 82.0, 30.0

#: height, half width, half depth, centre's y (negative is forward): a shop's torso form with sloping
#: shoulders. Chest and hips are wide for the cut: what it leaves over would hang in front as one deep
#: fold, which hides a print, and as a hem that stands away like a tent
_TORSO = (
    (14, 4.6, 5.0, -2.4),
    (6, 5.0, 5.2, -1.5),
    (2.5, 5.5, 5.6, -0.7),
    (0.8, 6.4, 6.0, 0.0),
    (-0.6, 8.6, 6.3, 0.5),
    (-2.2, 11.8, 6.7, 0.9),
    (-4.2, 15.0, 7.4, 1.0),
    (-6.4, 16.6, 8.5, 0.8),
    (-10, 17.0, 9.6, 0.6),
    (-15, 17.4, 10.4, 0.4),
    (-21, 18.0, 11.0, 0.3),
    (-27, 18.9, 11.2, 0.2),
    (-34, 19.3, 11.2, 0.1),
    (-41, 19.6, 11.1, 0.1),
    (-48, 19.8, 11.1, 0.2),
    (-56, 20.2, 11.2, 0.3),
    (-64, 20.4, 11.2, 0.5),
    (-90, 20.4, 11.1, 0.5),
)
#: along the arm, radius; as thick as foam arms, so that a sleeve is filled and hangs in no flap
_ARM = (
    (-6, 0.5),
    (-5, 2.2),
    (-3, 3.3),
    (0, 4.2),
    (4, 4.8),
    (9, 5.0),
    (16, 4.9),
    (24, 4.6),
    (40, 3.9),
    (62, 3.1),
    (82, 2.9),
)


class Form(NamedTuple):
    """What stands inside a shirt, as arrays and numbers that compiled code reads."""

    #: (3, len(_DOWN)) half width, half depth, centre's y
    torso: np.ndarray
    #: (k,) radius along the arm
    arm: np.ndarray
    #: the left shoulder's joint, and how far forward it is
    joint_x: float
    joint_z: float
    forward: float
    #: (5,) two round rods from the middle outward: x and z of their ends, radius; 0 for none
    bar: np.ndarray


class Pose(NamedTuple):
    """How the form stands at one moment."""

    #: 0 flat as a board … 1 full depth
    depth: float
    #: arms below the horizontal, left and right, degrees
    left_deg: float
    right_deg: float
    #: sideways shift of the hips, and their turn, radians
    sway: float = 0.0
    twist: float = 0.0
    #: how far the forearms bend inward, and forward, degrees
    elbow_in_deg: float = 0.0
    elbow_forward_deg: float = 0.0


def torso_form(*, girth: float = 0.96, size: float = 1.0, arm: float = 1.0) -> Form:
    """Return the shop's form; `girth` widens it, `size` scales it whole, `arm` thickens its arms."""
    return form(_TORSO, joint=(17.0, -11.0), girth=girth, size=size, arm=arm, forward=0.4)


def form(
    rings: tuple[tuple[float, float, float, float], ...],
    joint: tuple[float, float],
    *,
    girth: float = 1.0,
    size: float = 1.0,
    arm: float = 1.0,
    forward: float = 0.3,
    bar: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0),
) -> Form:
    """Return a form of rings (height, half width, half depth, centre's y)."""
    rows = np.array(rings, float) * size
    torso = [np.interp(_DOWN, -rows[:, 0], rows[:, k]) for k in (1, 2, 3)]
    torso = [np.convolve(np.pad(row, 4, mode="edge"), np.ones(9) / 9, "valid") for row in torso]
    along = np.arange(_ARM_TOP, _ARM_END + _STEP, _STEP)
    limb = np.array(_ARM, float) * size
    return Form(
        torso=np.array(torso) * [[girth], [girth], [1.0]],
        arm=np.interp(along, limb[:, 0], limb[:, 1]) * arm,
        joint_x=joint[0] * size,
        joint_z=joint[1] * size,
        forward=forward,
        bar=np.array(bar),
    )


@njit(cache=True, fastmath=True, inline="always")
def _at(table, place):
    place = min(max(place, 0.0), len(table) - 1.001)
    i = int(place)
    share = place - i
    return table[i] * (1 - share) + table[i + 1] * share


@njit(cache=True, fastmath=True)
def _limb(rx, ry, rz, ax, ay, az, low, high, form, depth):
    """Distance to the part of an arm that runs along (ax, ay, az) from the origin."""
    t = min(high, max(low, rx * ax + ry * ay + rz * az))
    qx, qy, qz = rx - t * ax, (ry - t * ay) / depth, rz - t * az
    return np.sqrt(qx * qx + qy * qy + qz * qz) - _at(form.arm, (t - _ARM_TOP) / _STEP)


@njit(cache=True, fastmath=True)
def distance(px, py, pz, form, pose):
    """Signed distance of a point from the form, negative inside; exact enough near the surface."""
    low = min(1.0, max(0.0, -pz / 70.0)) ** 1.5
    x = px - pose.sway * low
    turn = pose.twist * low
    x, y = x + turn * py, py - turn * x
    row = (-pz - _TOP) / _STEP
    wide, deep = _at(form.torso[0], row), _at(form.torso[1], row) * pose.depth
    across, through = abs(x) / wide, abs(y - _at(form.torso[2], row) * pose.depth) / deep
    # a little squarer than an ellipse: the powers are 2.5
    ring = across * across * np.sqrt(across) + through * through * np.sqrt(through)
    found = (ring**0.4 - 1) * min(wide, deep)
    blend = (1.4 + 2.2 * min(1.0, max(0.0, (pz + 12.0) / 6.0))) * pose.depth
    for side in (1.0, -1.0):
        rx = side * x - form.joint_x
        if rx < -form.joint_x + 3.0:
            continue
        down = np.radians(pose.left_deg if side > 0 else pose.right_deg)
        ry, rz = y + form.forward * pose.depth, pz - form.joint_z
        ax, az = np.cos(down), -np.sin(down)
        bent = pose.elbow_in_deg != 0.0 or pose.elbow_forward_deg != 0.0
        limb = _limb(
            rx, ry, rz, ax, 0.0, az, _ARM_TOP, _ELBOW if bent else _ARM_END, form, pose.depth
        )
        if bent:
            more, ahead = down + np.radians(pose.elbow_in_deg), np.radians(pose.elbow_forward_deg)
            bx, by, bz = np.cos(more) * np.cos(ahead), -np.sin(ahead), -np.sin(more) * np.cos(ahead)
            ex, ey, ez = (ax - bx) * _ELBOW, -by * _ELBOW, (az - bz) * _ELBOW
            fore = _limb(rx - ex, ry - ey, rz - ez, bx, by, bz, _ELBOW, _ARM_END, form, pose.depth)
            limb = min(limb, fore)
        limb *= min(1.0, max(pose.depth, 0.1))
        share = min(1.0, max(0.0, 0.5 + 0.5 * (found - limb) / blend))
        found += (limb - found) * share - blend * share * (1 - share)
    mx, mz, ex, ez, radius = form.bar[0], form.bar[1], form.bar[2], form.bar[3], form.bar[4]
    if radius > 0.0:
        rx, rz, ux, uz = abs(px) - mx, pz - mz, ex - mx, ez - mz
        t = min(1.0, max(0.0, (rx * ux + rz * uz) / (ux * ux + uz * uz)))
        rx, rz = rx - t * ux, rz - t * uz
        found = min(found, np.sqrt(rx * rx + py * py + rz * rz) - radius)
    return found


@njit(cache=True, fastmath=True)
def keep_outside(x, before, w, gap, friction, form, pose):
    """Push points (n, 3) out of the form to `gap` from it, at most 1 cm at once, and brake what slides."""
    h = 0.05
    for i in range(len(x)):
        if w[i] == 0.0:
            continue
        away = distance(x[i, 0], x[i, 1], x[i, 2], form, pose)
        if away > gap * 1.5 + 0.3:
            continue
        gx = (distance(x[i, 0] + h, x[i, 1], x[i, 2], form, pose) - away) / h
        gy = (distance(x[i, 0], x[i, 1] + h, x[i, 2], form, pose) - away) / h
        gz = (distance(x[i, 0], x[i, 1], x[i, 2] + h, form, pose) - away) / h
        steep = np.sqrt(gx * gx + gy * gy + gz * gz) + 1e-9
        deep = gap - away / steep
        if deep <= 0:
            continue
        gx, gy, gz = gx / steep, gy / steep, gz / steep
        push = min(deep, 1.0)
        x[i, 0] += push * gx
        x[i, 1] += push * gy
        x[i, 2] += push * gz
        mx, my, mz = x[i, 0] - before[i, 0], x[i, 1] - before[i, 1], x[i, 2] - before[i, 2]
        out = mx * gx + my * gy + mz * gz
        sx, sy, sz = mx - out * gx, my - out * gy, mz - out * gz
        far = np.sqrt(sx * sx + sy * sy + sz * sz) + 1e-9
        brake = min(1.0, friction * max(deep, 0.003) / far)
        x[i, 0] -= sx * brake
        x[i, 1] -= sy * brake
        x[i, 2] -= sz * brake

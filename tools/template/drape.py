"""Lets the sewn cloth fall over the body: position-based dynamics in numpy, about 15 seconds.

The body inflates inside the flat shirt, then lowers its arms, sways and twists its hips and comes
most of the way back, which leaves the folds of a shirt that somebody has just put on.
Centimetres, seconds.
"""

import math
from dataclasses import dataclass

import numpy as np

from . import body, springs
from .cloth import Cloth

FRAMES, SUBSTEPS, STRETCH_PASSES, POLISH = 110, 14, 3, 240
GRAVITY, DAMPING, FRICTION, GAP = 981.0, 5.0, 0.45, 0.35
ARMS_UP = 30.0
SWAY, TWIST, SWAY_LEFT = 5.0, 0.16, 0.3
WIND = 60.0


def _smooth(low: float, high: float, at: float) -> float:
    t = min(1.0, max(0.0, (at - low) / (high - low)))
    return t * t * (3 - 2 * t)


@dataclass(frozen=True)
class Wearer:
    """Whom, or what, the shirt is put on."""

    #: 1 for a body, less for something as flat as a hanger
    depth: float = 1.0
    #: arms at rest, below the horizontal
    arms_deg: float = 62.0
    #: how far the forearms end up bent inward, and forward
    elbow_deg: tuple[float, float] = (0.0, 0.0)
    figure: body.Figure = body.PERSON


def pose_at(frame: float, wearer: Wearer) -> body.Pose:
    """The wearer's pose at a (fractional) frame of the drape."""
    moved = _smooth(50, 66, frame) * (1 - (1 - SWAY_LEFT) * _smooth(70, 90, frame))
    bent = _smooth(40, 80, frame)
    return body.Pose(
        depth=0.03 + (wearer.depth - 0.03) * _smooth(0, 28, frame),
        arm_deg=ARMS_UP + (wearer.arms_deg - ARMS_UP) * _smooth(26, 60, frame),
        sway=SWAY * moved,
        twist=TWIST * moved,
        elbow_deg=(bent * wearer.elbow_deg[0], bent * wearer.elbow_deg[1]),
        figure=wearer.figure,
    )


def drape(cloth: Cloth, wearer: Wearer, held: np.ndarray | None = None) -> Cloth:
    """The cloth at rest on its wearer, its threads back at the length they have in the pattern.

    The points numbered in `held` stay where they are: so few could not carry a shirt on a hanger.
    """
    held = np.empty(0, int) if held is None else held
    hung, relaxed, bend = springs.of(cloth)
    tick = 1 / 24 / SUBSTEPS
    soft = [
        [(a, b, length, give / tick**2 * 1e-3) for a, b, length, give in kind.coloured()]
        for kind in (bend, hung)
    ]
    order = soft[0] + soft[1] * STRETCH_PASSES
    x, speed = cloth.points.copy(), np.zeros_like(cloth.points)
    wind = _gusts(x)
    for frame in range(FRAMES):
        for substep in range(SUBSTEPS):
            now = frame + substep / SUBSTEPS
            pose = pose_at(now, wearer)
            speed[:, 2] -= GRAVITY * (0.15 + 0.85 * _smooth(17, 28, now)) * tick
            speed[:, :2] += wind * (tick * WIND * _smooth(20, 30, now) * (1 - _smooth(60, 75, now)))
            speed *= math.exp(-DAMPING * tick)
            before = x.copy()
            x = x + speed * tick
            for a, b, length, give in order:
                _pull(x, a, b, length, give)
            _collide(x, before, pose)
            x[held] = cloth.points[held]
            speed = (x - before) / tick
    rest = pose_at(FRAMES, wearer)
    threads = relaxed.coloured()
    # no gravity: takes the last stretch out, so that prints keep their size
    for turn in range(POLISH):
        for a, b, length, _ in threads:
            _pull(x, a, b, length, 0.0)
        x[held] = cloth.points[held]
        if turn % 4 == 3:
            near, away, normal = body.touching(x, rest, GAP)
            x[near] += np.maximum(GAP - away, 0)[:, None] * normal
    return cloth.moved(x)


def _pull(
    x: np.ndarray, a: np.ndarray, b: np.ndarray, length: np.ndarray, give: np.ndarray | float
) -> None:
    apart = x[a] - x[b]
    now = np.sqrt(np.einsum("ij,ij->i", apart, apart)) + 1e-9
    apart *= ((now - length) / (now * (2 + give)))[:, None]
    x[a] -= apart
    x[b] += apart


def _collide(x: np.ndarray, before: np.ndarray, pose: body.Pose) -> None:
    near, away, normal = body.touching(x, pose, GAP)
    deep = away < GAP
    index, normal, depth = near[deep], normal[deep], GAP - away[deep]
    x[index] += np.minimum(depth, 1.0)[:, None] * normal
    moved = x[index] - before[index]
    slid = moved - (moved * normal).sum(1, keepdims=True) * normal
    far = np.linalg.norm(slid, axis=1) + 1e-9
    x[index] -= slid * np.minimum(1, FRICTION * np.maximum(depth, 0.003) / far)[:, None]


def _gusts(points: np.ndarray) -> np.ndarray:
    """A fixed uneven push (n, 2) in x and y that starts folds where symmetry would leave none."""
    x, _, z = (points * [0.13, 0.1, 0.11]).T
    return np.c_[np.sin(z * 2 + x + 1), np.sin(x * 2 + z * 1.3) + 0.4 * np.sin(z * 3.1 - x * 2.3)]

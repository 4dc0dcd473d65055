"""Lays the sewn cloth on a table: it falls, was smoothed by hand, and keeps what's left of its folds.

Centimetres, seconds; the shirt lies on its back, above is towards -y.
"""

from dataclasses import dataclass

import numpy as np

from . import finish, solver
from .cloth import Cloth
from .jersey import Jersey, threads
from .pattern import Cut

#: frames of the coarse cloth and of the finer one, steps in each of them
_FRAMES, _SUBSTEPS = (70, 40), (14, 18)
#: gravity and stiffness against nature's, as in dressed.py
_SLOW = 0.2
#: the table's top, and what the middle of the cloth keeps from it
_LEVEL, _GAP = 1.4, 0.1
_FASTEST = 150.0


@dataclass(frozen=True, kw_only=True)
class Thrown:
    """How somebody has put the shirt down."""

    #: how much nearer to each other than in the pattern its places are: folds rise from that
    squeeze: float = 0.015
    #: how far the sleeves are swept down, left and right, degrees
    sleeves_deg: tuple[float, float] = (5.0, 3.2)


def laid(cloth: Cloth, cut: Cut, thrown: Thrown, jersey: Jersey, seed: int) -> Cloth:
    """Return the cloth at rest on the table, each triangle split in four on the way."""
    above = cloth.moved(_spread(cloth, thrown, np.random.default_rng(seed)))
    coarse = _fallen(above, cut, jersey, seed, 0)
    return _fallen(finish.refined(coarse), cut, jersey, seed, 1)


def _spread(cloth: Cloth, thrown: Thrown, rng: np.random.Generator) -> np.ndarray:
    """Points (n, 3) above the table, unevenly: here a sleeve swept down, there the hem pushed in."""
    x = cloth.points.copy()
    flat, front = cloth.flat_of_points()
    moved = np.zeros_like(flat)
    for _ in range(14):
        wave = rng.normal(0, 1, 2)
        wide = rng.uniform(14, 45)
        wave *= 2 * np.pi / wide / np.hypot(*wave)
        far = thrown.squeeze * wide / (2 * np.pi) * 1.5 * rng.normal(0, 1, 2) / 14**0.5
        moved += np.sin(flat @ wave + rng.uniform(0, 6.3))[:, None] * far
    x[:, [0, 2]] += moved
    for side, deg in zip((1, -1), thrown.sleeves_deg, strict=True):
        on = side * flat[:, 0] > 23
        turn = -side * np.radians(deg) * np.clip((side * flat[on, 0] - 23) / 6, 0, 1)
        dx, dz = x[on, 0] - side * 25.0, x[on, 2] + 13.0
        x[on, 0] = side * 25.0 + dx * np.cos(turn) - dz * np.sin(turn)
        x[on, 2] = -13.0 + dx * np.sin(turn) + dz * np.cos(turn)
    x[:, 1] = np.where(front, -1, 1) * np.minimum(np.abs(x[:, 1]) + 0.1, 1.0)
    for _ in range(8):
        wave = rng.normal(0, 1, 2)
        wave *= 2 * np.pi / rng.uniform(8, 22) / np.hypot(*wave)
        x[:, 1] -= 0.35 + 0.35 * np.sin(flat @ wave + rng.uniform(0, 6.3))
    return x


def _fallen(cloth: Cloth, cut: Cut, jersey: Jersey, seed: int, level: int) -> Cloth:
    rest = threads(cloth, cut, jersey, seed)
    touching = solver.Touching(rest, jersey, 2.4)
    x, speed, w = cloth.points.copy(), np.zeros_like(cloth.points), 1 / rest.mass
    frames, substeps = _FRAMES[level], _SUBSTEPS[level]
    tick = 1 / 24 / substeps
    for frame in range(frames):
        for substep in range(substeps):
            now = frame + substep / substeps
            speed[:, 1] += _SLOW * solver.GRAVITY * tick * min(1.3, 0.3 + now / 20)
            speed *= np.exp(-(2.5 if now < frames - 15 else 6.0) * tick)
            before = x.copy()
            x += speed * tick
            solver.bend(x, w, rest.hinges, rest.weights, rest.soft / _SLOW, tick)
            for _ in range(2):
                solver.stretch(x, w, rest.edges, rest.order, rest.length, rest.give, tick)
            if substep % 4 == 0:
                touching.find(x)
            touching.separate(x, before, w, 0.3)
            touching.keep_order(x, w)
            solver.lie_on_table(x, before, _LEVEL - _GAP, 0.6)
            speed = (x - before) / tick
            fast = np.sqrt((speed * speed).sum(1))
            speed *= np.minimum(1, _FASTEST / (fast + 1e-9))[:, None]
    return cloth.moved(x)

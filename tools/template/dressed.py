"""Puts the sewn cloth on a form and lets it come to rest, twice: coarse, then with half the edge.

The form inflates inside the flat shirt, lets down its arms, sways a little and comes back, as a shirt
hangs that somebody has just put on. Centimetres, seconds.
"""

from dataclasses import dataclass, field

import numpy as np

from . import finish, mannequin, solver
from .cloth import Cloth
from .jersey import Jersey, Threads, threads
from .mannequin import Form, Pose
from .pattern import Cut

#: frames of the coarse cloth and of the finer one after it, steps in each of them
_DRESS, _SETTLE = 170, 230
_SUBSTEPS = (14, 20)
#: gravity and stiffness are both this much less than in nature: what comes to rest is the same, and
#: threads stretch less on the way
_SLOW = (0.2, 0.06)
#: how much longer than in the pattern the way from the shoulders may get
_SLACK = (1.015, 1.05)
#: from the form to the middle of the cloth
_GAP = 0.3
#: steps without gravity that take the last stretch out, so that prints keep their size
_POLISH = 40
_ARMS_UP = 30.0
_FLAT, _FASTEST = 0.03, 300.0


@dataclass(frozen=True, kw_only=True)
class Wearer:
    """Whom, or what, the shirt is put on, and how it's moved meanwhile."""

    form: Form = field(default_factory=mannequin.torso_form)
    #: at rest, below the horizontal, left and right
    arms_deg: tuple[float, float] = (65.0, 66.5)
    #: how far the forearms end up bent inward, and forward
    elbow_deg: tuple[float, float] = (0.0, 0.0)
    #: 1 for a body, less for something as flat as a hanger
    depth: float = 1.0
    #: of the hips at rest: sideways, and turned, radians
    sway: float = 2.5
    twist: float = 0.05
    #: how far arms and hips move, degrees
    shake: float = 22.0
    #: an uneven push while it's put on, which starts folds where symmetry would leave none
    gusts: float = 0.8
    friction: float = 0.5


def dressed(
    cloth: Cloth,
    cut: Cut,
    wearer: Wearer,
    jersey: Jersey,
    seed: int,
    held: np.ndarray | None = None,
) -> Cloth:
    """Return the cloth at rest on its wearer, each triangle split in four on the way.

    The points (of the coarse cloth) numbered in `held` stay where they are.
    """
    held = np.empty(0, int) if held is None else held
    coarse = _Drape(cloth, cut, wearer, jersey, seed, held, 0).run()
    return _Drape(finish.refined(coarse), cut, wearer, jersey, seed, held, 1).run()


def pose_at(now: float, wearer: Wearer) -> Pose:
    """Return the pose at a (fractional) frame: arms come down, hips move to and fro, twice."""
    down = _smooth(45, 100, now)
    moved = _smooth(95, 112, now) * (1 - _smooth(116, 140, now))
    again = _smooth(_DRESS, _DRESS + 20, now) * (1 - _smooth(_DRESS + 22, _DRESS + 46, now))
    lift = wearer.shake * (moved - 0.6 * again)
    left, right = wearer.arms_deg
    return Pose(
        depth=_FLAT + (wearer.depth - _FLAT) * _smooth(0, 45, now),
        left_deg=_ARMS_UP + (left - _ARMS_UP) * down - lift,
        right_deg=_ARMS_UP + (right - _ARMS_UP) * down - 0.8 * lift,
        sway=wearer.sway * down + 0.5 * lift * down,
        twist=wearer.twist * down + 0.014 * lift * down,
        elbow_in_deg=wearer.elbow_deg[0] * down,
        elbow_forward_deg=wearer.elbow_deg[1] * down,
    )


class _Drape:
    """One run of the solver over one mesh; `level` 0 is the coarse one."""

    def __init__(
        self,
        cloth: Cloth,
        cut: Cut,
        wearer: Wearer,
        jersey: Jersey,
        seed: int,
        held: np.ndarray,
        level: int,
    ) -> None:
        self.cloth, self.wearer, self.level = cloth, wearer, level
        self.threads: Threads = threads(cloth, cut, jersey, seed)
        self.w = 1 / self.threads.mass
        self.w[held] = 0
        self.slow = _SLOW[level]
        self.tick = 1 / 24 / _SUBSTEPS[level]
        self.touching = solver.Touching(self.threads, jersey, 2.0)
        self.hung = solver.hung_from(self.threads, cut, _SLACK[level])
        self.gusts = wearer.gusts * _gusts(cloth.points, np.random.default_rng(seed))

    def run(self) -> Cloth:
        """Return the cloth at rest."""
        x, speed = self.cloth.points.copy(), np.zeros_like(self.cloth.points)
        start, end = ((0, _DRESS), (_DRESS, _SETTLE))[self.level]
        free = (self.w > 0)[:, None]
        for frame in range(start, end):
            for substep in range(_SUBSTEPS[self.level]):
                now = frame + substep / _SUBSTEPS[self.level]
                before = x.copy()
                speed[:, 2] -= (
                    self.slow * solver.GRAVITY * (0.15 + 0.85 * _smooth(20, 45, now)) * self.tick
                )
                blown = _smooth(30, 45, now) * (1 - _smooth(90, 112, now))
                speed[:, :2] += self.gusts * (self.slow * self.tick * 70 * blown)
                speed *= np.exp(-(2.0 if now < end - 25 else 5.0) * self.tick)
                x += speed * self.tick * free
                self._constrain(x, before, now, substep)
                speed = (x - before) / self.tick
                fast = np.sqrt((speed * speed).sum(1))
                speed *= np.minimum(1, _FASTEST / (fast + 1e-9))[:, None]
        return self.cloth.moved(self._polished(x, end))

    def _constrain(self, x: np.ndarray, before: np.ndarray, now: float, substep: int) -> None:
        cloth, w, tick = self.threads, self.w, self.tick
        solver.bend(x, w, cloth.hinges, cloth.weights, cloth.soft / self.slow, tick)
        if now > 20:
            solver.hang(x, w, *self.hung)
        for _ in range(2):
            solver.stretch(x, w, cloth.edges, cloth.order, cloth.length, cloth.give, tick)
        if now > 16:
            if substep % 4 == 0:
                self.touching.find(x)
            self.touching.separate(x, before, w, 0.2)
        wearer = self.wearer
        pose = pose_at(now, wearer)
        mannequin.keep_outside(x, before, w, _GAP, wearer.friction, wearer.form, pose)

    def _polished(self, x: np.ndarray, end: int) -> np.ndarray:
        cloth, w = self.threads, self.w
        pose = pose_at(end, self.wearer)
        relaxer = solver.Relaxer(cloth)
        held = w == 0
        for _ in range(_POLISH):
            before = x.copy()
            x = relaxer.step(x)
            x[held] = before[held]
            solver.bend(x, w, cloth.hinges, cloth.weights, cloth.soft / self.slow, self.tick)
            self.touching.separate(x, before, w, 0.0)
            mannequin.keep_outside(x, before, w, _GAP, 0.0, self.wearer.form, pose)
        return x


def _smooth(low: float, high: float, at: float) -> float:
    t = min(1.0, max(0.0, (at - low) / (high - low)))
    return t * t * (3 - 2 * t)


def _gusts(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a slow random push (n, 2) in x and y."""
    push = np.zeros((len(points), 2))
    for _ in range(10):
        wave = rng.normal(0, 1, 3)
        wave *= 2 * np.pi / rng.uniform(14, 50) / np.linalg.norm(wave)
        push += np.sin(points @ wave + rng.uniform(0, 6.3))[:, None] * rng.normal(0, 1, 2)
    return push / 3

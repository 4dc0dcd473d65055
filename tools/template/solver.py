"""Cloth that moves, bends and touches itself: XPBD (Macklin & Müller 2016), compiled by numba.

Every function changes the positions `x` (n, 3), cm, in place; `w` (n,) are inverse masses, 0 for a
point that is held. Needed only to make the shirts: what ships is the frozen mesh.
"""

import numpy as np
from numba import njit  # pyright: ignore[reportMissingImports] - for making shirts only
from scipy.sparse import coo_matrix, diags  # pyright: ignore[reportMissingImports]
from scipy.sparse.linalg import splu  # pyright: ignore[reportMissingImports]

from .cloth import scatter
from .jersey import Jersey, Threads
from .pattern import Cut

GRAVITY = 981.0
#: cells of the hash grid, and the primes that mix its coordinates (Teschner et al. 2003)
_CELLS = 1 << 16
_MIX = (92837111, 689287499, 283923481)
#: places on the shoulder seams that the cloth hangs from, cm from the centre line
_HUNG_FROM = (-17.0, -10.4, 10.4, 17.0)
_UNBOUND = 1e9


@njit(cache=True, fastmath=True)
def stretch(x, w, edges, order, length, give, tick):
    """Pull or push each thread's ends towards its length at rest."""
    for e in order:
        i, j = edges[e, 0], edges[e, 1]
        dx, dy, dz = x[i, 0] - x[j, 0], x[i, 1] - x[j, 1], x[i, 2] - x[j, 2]
        now = np.sqrt(dx * dx + dy * dy + dz * dz) + 1e-9
        total = w[i] + w[j]
        if total == 0.0:
            continue
        pull = (now - length[e]) / (now * (total + give[e] / (tick * tick)))
        a, b = pull * w[i], pull * w[j]
        x[i, 0] -= a * dx
        x[i, 1] -= a * dy
        x[i, 2] -= a * dz
        x[j, 0] += b * dx
        x[j, 1] += b * dy
        x[j, 2] += b * dz


@njit(cache=True, fastmath=True)
def bend(x, w, hinges, weights, soft, tick):
    """Unbend each hinge, by the quadratic energy of a cloth that hardly stretches."""
    for h in range(len(hinges)):
        bx = by = bz = total = 0.0
        for c in range(4):
            i, k = hinges[h, c], weights[h, c]
            bx += k * x[i, 0]
            by += k * x[i, 1]
            bz += k * x[i, 2]
            total += k * k * w[i]
        if total == 0.0:
            continue
        share = 1.0 / (total + soft[h] / (tick * tick))
        for c in range(4):
            i = hinges[h, c]
            back = share * weights[h, c] * w[i]
            x[i, 0] -= back * bx
            x[i, 1] -= back * by
            x[i, 2] -= back * bz


def hung_from(cloth: Threads, cut: Cut, slack: float) -> tuple[np.ndarray, np.ndarray]:
    """Return points (n, 4) of the shoulder seams, and how far from them each point can be, cm.

    Long-range attachments (Kim et al. 2012): what a few sweeps along single threads can't do, to keep
    a shirt's weight from stretching it. `slack` is a factor of the way in the pattern.
    """
    tip_x, tip_z = cut.shoulder_tip
    anchors, reach = [], []
    for x in _HUNG_FROM:
        z = tip_z * (abs(x) - cut.neck_seam) / (tip_x - cut.neck_seam)
        anchor = np.hypot(*(cloth.flat - [x, z]).T).argmin()
        far = np.hypot(*(cloth.flat - cloth.flat[anchor]).T)
        # the straight way doesn't lead round the neckline, nor over the armhole's curve
        beyond = (cloth.flat[:, 0] * np.sign(x) < 0) & (cloth.flat[:, 1] > -12)
        out = np.abs(cloth.flat[:, 0]) > cut.armhole_x(cloth.flat[:, 1])
        anchors.append(np.full(len(far), anchor))
        reach.append(np.where(beyond | out, _UNBOUND, far * slack + 0.05))
    return np.stack(anchors, 1), np.stack(reach, 1)


@njit(cache=True, fastmath=True)
def hang(x, w, anchors, reach):
    """Bring what hangs too far from its anchors half the way back."""
    for i in range(len(x)):
        if w[i] == 0.0:
            continue
        for n in range(anchors.shape[1]):
            a = anchors[i, n]
            dx, dy, dz = x[i, 0] - x[a, 0], x[i, 1] - x[a, 1], x[i, 2] - x[a, 2]
            far = np.sqrt(dx * dx + dy * dy + dz * dz)
            if far > reach[i, n]:
                back = 0.5 * (far - reach[i, n]) / far
                x[i, 0] -= back * dx
                x[i, 1] -= back * dy
                x[i, 2] -= back * dz


@njit(cache=True, inline="always")
def _cell(x, i, inv, dx, dy, dz):
    mixed = (
        ((int(np.floor(x[i, 0] * inv)) + dx) * _MIX[0])
        ^ ((int(np.floor(x[i, 1] * inv)) + dy) * _MIX[1])
        ^ ((int(np.floor(x[i, 2] * inv)) + dz) * _MIX[2])
    )
    return mixed & (_CELLS - 1)


@njit(cache=True)
def find_near(x, flat, front, to_seam, reach, apart, near):
    """Fill `near` (k, 2) with pairs closer than `reach` that are no neighbours; return how many.

    Neighbours are closer than `apart` in the pattern, also across a seam.
    """
    n = len(x)
    start = np.zeros(_CELLS + 1, np.int64)
    cell = np.empty(n, np.int64)
    inv = 1.0 / reach
    for i in range(n):
        cell[i] = _cell(x, i, inv, 0, 0, 0)
        start[cell[i]] += 1
    for c in range(_CELLS):
        start[c + 1] += start[c]
    table = np.empty(n, np.int64)
    for i in range(n):
        start[cell[i]] -= 1
        table[start[cell[i]]] = i
    found = 0
    for i in range(n):
        for cube in range(27):
            c = _cell(x, i, inv, cube % 3 - 1, cube // 3 % 3 - 1, cube // 9 - 1)
            for s in range(start[c], start[c + 1]):
                j = table[s]
                if j <= i:
                    continue
                d2 = 0.0
                for axis in range(3):
                    d2 += (x[i, axis] - x[j, axis]) ** 2
                if d2 > reach * reach:
                    continue
                if front[i] == front[j]:
                    if np.hypot(flat[i, 0] - flat[j, 0], flat[i, 1] - flat[j, 1]) < apart:
                        continue
                elif to_seam[i] + to_seam[j] < apart:
                    continue
                if found < len(near):
                    near[found, 0] = i
                    near[found, 1] = j
                    found += 1
    return found


@njit(cache=True, fastmath=True)
def separate(x, before, w, near, found, thick, friction):
    """Push the first `found` pairs of `near` apart to the thickness, and brake what slides."""
    for n in range(found):
        i, j = near[n, 0], near[n, 1]
        dx, dy, dz = x[i, 0] - x[j, 0], x[i, 1] - x[j, 1], x[i, 2] - x[j, 2]
        d2 = dx * dx + dy * dy + dz * dz
        total = w[i] + w[j]
        if d2 >= thick * thick or d2 < 1e-12 or total == 0.0:
            continue
        now = np.sqrt(d2)
        push = 0.5 * (thick - now) / (now * total)
        a, b = push * w[i], push * w[j]
        x[i, 0] += a * dx
        x[i, 1] += a * dy
        x[i, 2] += a * dz
        x[j, 0] -= b * dx
        x[j, 1] -= b * dy
        x[j, 2] -= b * dz
        for c in range(3):
            slip = friction * 0.5 * ((x[i, c] - before[i, c]) - (x[j, c] - before[j, c]))
            x[i, c] -= slip * w[i] / total
            x[j, c] += slip * w[j] / total


@njit(cache=True, fastmath=True)
def lie_on_table(x, before, level, friction):
    """Keep the cloth above a table whose top is the plane y = `level`, above being towards -y."""
    for i in range(len(x)):
        deep = x[i, 1] - level
        if deep <= 0:
            continue
        x[i, 1] -= deep
        sx, sz = x[i, 0] - before[i, 0], x[i, 2] - before[i, 2]
        far = np.sqrt(sx * sx + sz * sz) + 1e-9
        brake = min(1.0, friction * max(deep, 0.002) / far)
        x[i, 0] -= sx * brake
        x[i, 2] -= sz * brake


@njit(cache=True, fastmath=True)
def keep_order(x, w, front, near, found, thick):
    """Keep the front above the back (towards -y) wherever they are near to each other."""
    for n in range(found):
        i, j = near[n, 0], near[n, 1]
        if front[i] == front[j]:
            continue
        if not front[i]:
            i, j = j, i
        across = np.hypot(x[i, 0] - x[j, 0], x[i, 2] - x[j, 2])
        lack = thick - 0.35 * across - (x[j, 1] - x[i, 1])
        if across > 1.6 * thick or lack <= 0:
            continue
        push = 0.5 * lack / (w[i] + w[j])
        x[i, 1] -= push * w[i]
        x[j, 1] += push * w[j]


class Touching:
    """The pairs of a garment's points that touch, found anew every few steps."""

    def __init__(self, cloth: Threads, jersey: Jersey, reach: float) -> None:
        self._cloth, self._thick, self._reach = cloth, jersey.thick, reach
        self._near = np.zeros((len(cloth.mass) * 24, 2), np.int64)
        self._found = 0

    def find(self, x: np.ndarray) -> None:
        """Look for them."""
        cloth, thick = self._cloth, self._thick
        self._found = find_near(
            x,
            cloth.flat,
            cloth.front,
            cloth.to_seam,
            self._reach * thick,
            2.6 * thick,
            self._near,
        )

    def separate(self, x: np.ndarray, before: np.ndarray, w: np.ndarray, friction: float) -> None:
        """Push them apart."""
        separate(x, before, w, self._near, self._found, self._thick, friction)

    def keep_order(self, x: np.ndarray, w: np.ndarray) -> None:
        """Keep the front above the back."""
        keep_order(x, w, self._cloth.front, self._near, self._found, self._thick)


class Relaxer:
    """Gives all threads their length at once (projective dynamics, Bouaziz et al. 2014).

    `hold` is how strongly each point stays where it is, against the pull of one thread.
    """

    def __init__(self, cloth: Threads, hold: float = 0.02) -> None:
        n = len(cloth.mass)
        i, j = cloth.edges.T
        joined = coo_matrix((np.ones(len(i)), (i, j)), (n, n))
        joined = joined + joined.T
        matrix = diags(np.asarray(joined.sum(1)).ravel() + hold) - joined
        self._solver = splu(
            matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}
        )
        self._cloth, self._hold = cloth, hold

    def step(self, x: np.ndarray) -> np.ndarray:
        """Return the positions (n, 3) after one step."""
        i, j = self._cloth.edges.T
        along = x[i] - x[j]
        along *= (self._cloth.length / (np.linalg.norm(along, axis=1) + 1e-9))[:, None]
        n = len(x)
        return self._solver.solve(self._hold * x + scatter(i, along, n) - scatter(j, along, n))

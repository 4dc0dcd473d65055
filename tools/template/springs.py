"""What holds the cloth together: stretch and bend, with rest lengths from the flat pattern."""

from dataclasses import dataclass

import numpy as np

from .cloth import Cloth
from .pattern import Part

#: compliance of stretch and bending as the solver takes them (extended position-based dynamics)
_STRETCH, _BEND = 2e-7, 8e-3
#: bending of the rib and of a seam, against plain cloth
_RIB_BEND, _SEAM_BEND = 0.02, 0.3
#: how much narrower than the cloth the ribs of the collar and of cuffs are knitted
_RIB_SHRINK, _CUFF_SHRINK = 0.02, 0.10
#: ribs nearer to the centre line than this are the collar's
_NECK = 20.0
#: rest length added across and down, which cancels what gravity stretches
_ACROSS, _DOWN = 0.06, -0.03
#: extra cloth at the armpits: it falls into drag folds
_ARMPIT = 0.14


@dataclass(frozen=True)
class Springs:
    """Pairs of points that want to be a length apart."""

    ends: np.ndarray
    length: np.ndarray
    compliance: np.ndarray

    def coloured(self) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
        """Groups (a, b, length, compliance) without a point twice: numpy may move all at once."""
        taken: dict[int, int] = {}
        groups: list[list[int]] = []
        for number, (a, b) in enumerate(self.ends.tolist()):
            used = taken.get(a, 0) | taken.get(b, 0)
            colour = (~used & (used + 1)).bit_length() - 1  # lowest free bit
            taken[a] = taken.get(a, 0) | 1 << colour
            taken[b] = taken.get(b, 0) | 1 << colour
            if colour == len(groups):
                groups.append([])
            groups[colour].append(number)
        return [
            (self.ends[g, 0], self.ends[g, 1], self.length[g], self.compliance[g])
            for g in map(np.array, groups)
        ]


def of(cloth: Cloth) -> tuple[Springs, Springs, Springs]:
    """Stretch springs while gravity pulls, the same without gravity, and bend springs across inner edges."""
    edges, edges_of, count = cloth.edges()
    triangle, corner = np.divmod(np.arange(len(cloth.triangles) * 3), 3)
    edge = edges_of[triangle, corner]
    a, b, c = (cloth.flat[triangle, (corner + k) % 3] for k in range(3))
    along = b - a
    length = np.hypot(*along.T)
    height = np.abs(along[:, 0] * (c - a)[:, 1] - along[:, 1] * (c - a)[:, 0]) / length
    foot = ((c - a) * along).sum(1) / length
    start = cloth.triangles[triangle, corner]
    foot = np.where(start == edges[edge, 0], foot, length - foot)
    opposite = cloth.triangles[triangle, (corner + 2) % 3]
    part = cloth.part[triangle]

    order = np.argsort(edge, kind="stable")
    first = order[np.r_[0, np.cumsum(count)[:-1]]]
    inner = count == 2
    second = np.where(
        inner, order[np.minimum(np.r_[0, np.cumsum(count)[:-1]] + 1, len(order) - 1)], first
    )
    rib_only = (part[first] == Part.RIB) & (part[second] == Part.RIB)
    any_rib = (part[first] == Part.RIB) | (part[second] == Part.RIB)
    direction = along[first] / length[first, None]
    middle = (a + b)[first] / 2
    ease = _ease(middle, direction)
    against = ease + _ACROSS * direction[:, 0] ** 2 + _DOWN * direction[:, 1] ** 2
    ribbed = 1 - np.where(np.abs(middle[:, 0]) < _NECK, _RIB_SHRINK, _CUFF_SHRINK)
    rigid = np.full(len(edges), _STRETCH)
    hung = Springs(edges, length[first] * np.where(rib_only, ribbed, against), rigid)
    rest = Springs(edges, length[first] * np.where(rib_only, ribbed, ease), rigid)

    f, s = first[inner], second[inner]
    stiff = np.where(part[f] == part[s], np.where(any_rib[inner], _RIB_BEND, 1.0), _SEAM_BEND)
    bend = Springs(
        np.stack([opposite[f], opposite[s]], 1),
        np.hypot(height[f] + height[s], foot[f] - foot[s]),
        _BEND * stiff,
    )
    return hung, rest, bend


def _ease(middle: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Extra cloth (n,), as a factor of the length of edges, by place and direction in the pattern."""
    x, z = middle.T
    armpit = np.exp(-(((np.abs(x) - 25) / 5) ** 2) - ((z + 24) / 9) ** 2)
    uneven = 0.5 + 0.5 * np.sin(0.29 * z - 0.21 * x + 1.1 * np.sin(0.09 * z))
    return 1 + direction[:, 1] ** 2 * _ARMPIT * armpit * uneven

"""The shirt folded to a parcel, as it lies in a shop. Centimetres."""

import numpy as np

from . import polyline
from .cloth import Cloth
from .pattern import Cut, Panel

#: between the layers in the middle of a shirt that is pressed and folded;
#: how far from the seams they come apart
_PRESSED = (0.5, 0.6)
#: half width and lower edge of the parcel: the usual front print is seen whole
_PARCEL = (16.0, -48.5)
#: radius of the first, the second and the third fold
_RADII = (0.5, 0.9, 2.4)
#: half width and lower edge of the cloth that is seen from the front, round the folds
PARCEL_SHOWN = (_PARCEL[0] + 0.7, _PARCEL[1] - 2.0)
#: where the sides bend round: edges along it keep the folds straight
PARCEL_CREASES = tuple(
    np.array([(_PARCEL[0] + beyond, -4.5), (_PARCEL[0] + beyond, -71.0)])
    for beyond in np.linspace(0, np.pi * _RADII[1], 6)
)


def parcel(cloth: Cloth, cut: Cut) -> Cloth:
    """Sides folded behind, one over the other, then the lower half up behind them."""
    x, y, z = _laid(cloth, cut, _PRESSED).points.T
    face = -_PRESSED[0] / 2
    half, low = _PARCEL
    x, y = _folded_behind(x, y, half, _RADII[0], face)
    x, y = _folded_behind(-x, y, half, _RADII[1], face)
    z, y = _folded_behind(-z, y, -low, _RADII[2], face)
    return cloth.moved(np.stack([-x, y, -z], 1))


def _laid(cloth: Cloth, cut: Cut, layers: tuple[float, float]) -> Cloth:
    air, slope = layers
    spots, front = cloth.flat_of_points()
    lift = np.zeros(len(spots))
    for panel in Panel:
        here = front == (panel is Panel.FRONT)
        mirrored = np.c_[np.abs(spots[here, 0]), spots[here, 1]]
        lines = cut.lines(panel)
        to_seam = np.min([polyline.nearest(mirrored, lines[name])[0] for name in cut.sewn], 0)
        rise = air / 2 * (1 - np.exp(-to_seam / slope))
        lift[here] = -rise if panel is Panel.FRONT else rise
    return cloth.moved(np.c_[spots[:, 0], lift, spots[:, 1]])


def _folded_behind(
    across: np.ndarray, depth: np.ndarray, line: float, radius: float, face: float
) -> tuple[np.ndarray, np.ndarray]:
    """Bends what lies beyond `line` backwards by half a turn; the layer at depth `face` isn't stretched."""
    beyond = np.maximum(across - line, 0)
    turn = np.minimum(beyond / radius, np.pi)
    rest = beyond - turn * radius
    arm = radius - (depth - face)
    bent_across = line + arm * np.sin(turn) + rest * np.cos(turn)
    bent_depth = face + radius - arm * np.cos(turn) + rest * np.sin(turn)
    inside = across <= line
    return np.where(inside, across, bent_across), np.where(inside, depth, bent_depth)

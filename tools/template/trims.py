"""What is sewn into the back of the neck: a tape over the seam and a label under it. Centimetres."""

from collections.abc import Sequence

import numpy as np

from . import polyline
from .charts import Edge
from .cloth import Cloth
from .pattern import Cut, Panel
from .pieces import Piece, Slot

#: cross section of the tape: distance below the neck seam, height above the cloth
_TAPE = ((-0.45, -0.05), (-0.40, 0.09), (0.1, 0.12), (0.62, 0.09), (0.67, -0.05))
#: width and height of the label
_LABEL = (4.4, 3.3)


def trims(lining: Cloth, inside: np.ndarray, cut: Cut) -> list[Piece]:
    """Inside the back of the neck: a tape over the seam and a label under it.

    `inside` (n, 3) is where the points of the lining are, on the garment's inside.
    """
    seam = cut.lines(Panel.BACK)["neck_seam"]
    seam = polyline.resample(np.concatenate([(seam * [-1, 1])[::-1], seam[1:]]), 0.25)[2:-2]
    slope = np.gradient(seam, axis=0)
    down = np.stack([slope[:, 1], -slope[:, 0]], 1) / np.linalg.norm(slope, axis=1, keepdims=True)
    tape = _sheet(
        lining,
        inside,
        seam,
        down,
        _TAPE,
        Slot.INSIDE,
    )
    wide, high = _LABEL
    top = seam[np.abs(seam[:, 0]) < wide / 2, 1].mean()
    across = np.c_[np.linspace(-wide / 2, wide / 2, 15), np.full(15, top)]
    straight = np.tile([0.0, -1.0], (15, 1))
    fall = np.linspace(0, 1, 9)
    rows = [(0.45 + high * t, 0.17 + 0.08 * t + 0.09 * np.sin(3 * t)) for t in fall]
    return [tape, _sheet(lining, inside, across, straight, rows, Slot.LABEL)]


def _sheet(
    lining: Cloth,
    inside: np.ndarray,
    line: np.ndarray,
    down: np.ndarray,
    rows: Sequence[tuple[float, float]],
    slot: Slot,
) -> Piece:
    """A strip on the inside of the back; `rows` are (distance below the line, height above the cloth)."""
    points, heights = [], []
    for below, lift in rows:
        points.append(line + below * down)
        heights.append(np.full(len(line), lift))
    flat = np.concatenate(points)
    surface, normal = _inside_at(lining, inside, flat)
    spots = surface - normal * np.concatenate(heights)[:, None]
    wide, high = len(line), len(rows)
    corner = np.arange(wide - 1)[None] + wide * np.arange(high - 1)[:, None]
    corner = corner.ravel()
    # the wearer's left is on the right of who looks at the inside of the back from the front
    faces = np.stack([corner, corner + wide, corner + wide + 1, corner + 1], 1)
    if slot is Slot.LABEL:
        u, v = np.meshgrid(np.linspace(0, 1, wide), np.linspace(1, 0, high))
        uv = np.stack([u, v], -1).reshape(-1, 2)
    else:
        arc = np.r_[0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
        u, v = np.meshgrid(arc, [below - rows[0][0] for below, _ in rows])
        uv = np.stack([u, v], -1).reshape(-1, 2) / 100
    uv = uv[faces]
    edge = np.full(len(faces), Edge.TAPE if slot is Slot.INSIDE else Edge.NONE)
    return Piece(spots, faces, uv, uv, edge, slot)


def _inside_at(lining: Cloth, inside: np.ndarray, flat: np.ndarray) -> tuple[np.ndarray, ...]:
    """Position and outward normal (n, 3) of the inside at places of the back's pattern."""
    low, high = flat.min(0) - 2, flat.max(0) + 2
    centre = lining.flat.mean(1)
    near = np.flatnonzero(~lining.front & (centre > low).all(1) & (centre < high).all(1))
    a, b, c = (lining.flat[near, k] for k in range(3))
    e1, e2, away = b - a, c - a, flat[:, None] - a[None]
    area = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
    s = (away[..., 0] * e2[:, 1] - away[..., 1] * e2[:, 0]) / area
    t = (e1[:, 0] * away[..., 1] - e1[:, 1] * away[..., 0]) / area
    share = np.stack([1 - s - t, s, t], -1)
    best = share.min(-1).argmax(1)
    share = share[np.arange(len(flat)), best][..., None]
    corners = lining.triangles[near[best]]
    normal = (lining.normals()[corners] * share).sum(1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return (inside[corners] * share).sum(1), normal

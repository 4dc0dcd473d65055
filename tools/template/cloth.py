"""Turns the flat pattern into one welded triangle mesh, front and back sewn together. Centimetres."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from mathutils import Vector
from mathutils.geometry import delaunay_2d_cdt

from . import polyline
from .pattern import Cut, Panel


@dataclass(frozen=True)
class Cloth:
    """A garment's cloth: where it lies flat, and where each point is in space."""

    #: (n, 3) positions, cm
    points: np.ndarray
    #: (m, 3) point numbers, wound so that the outside faces the viewer
    triangles: np.ndarray
    #: (m, 3, 2) flat pattern position of each corner, cm
    flat: np.ndarray
    #: (m,) belongs to the front panel
    front: np.ndarray
    #: (m,) Part as int
    part: np.ndarray

    def moved(self, points: np.ndarray) -> "Cloth":
        """The same cloth elsewhere in space."""
        return Cloth(points, self.triangles, self.flat, self.front, self.part)

    def edges(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Unique edges (e, 2); each triangle's three edges (m, 3); triangles at each edge (e,)."""
        t = self.triangles
        ends = np.sort(np.concatenate([t[:, [0, 1]], t[:, [1, 2]], t[:, [2, 0]]]), 1)
        unique, of, count = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
        return unique, of.reshape(3, -1).T, count

    def normals(self) -> np.ndarray:
        """Unit normals (n, 3) at the points, weighted by area."""
        x, t = self.points, self.triangles
        face = np.cross(x[t[:, 1]] - x[t[:, 0]], x[t[:, 2]] - x[t[:, 0]])
        total = sum(scatter(t[:, k], face, len(x)) for k in range(3))
        return total / (np.linalg.norm(total, axis=1, keepdims=True) + 1e-9)

    def flat_of_points(self) -> tuple[np.ndarray, np.ndarray]:
        """One flat position (n, 2) for each point and whether it is the front's."""
        flat, front = np.zeros((len(self.points), 2)), np.zeros(len(self.points), bool)
        flat[self.triangles.ravel()] = self.flat.reshape(-1, 2)
        front[self.triangles.ravel()] = np.repeat(self.front, 3)
        return flat, front


def scatter(index: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Sum of the rows of `values` (k, d) that fall on each index, (size, d)."""
    return np.stack([np.bincount(index, column, size) for column in values.T], 1)


def sew(cut: Cut, step: float, seed: int, creases: Sequence[np.ndarray] = ()) -> Cloth:
    """Both panels meshed with edges about `step` cm long, 2 cm apart, joined along the seams.

    `creases` are lines (n, 2) of the left half that edges follow; they may touch no seam.
    """
    points, triangles, flat, front, part, seams, first = [], [], [], [], [], {}, 0
    for panel in Panel:
        spots, faces, seam = _mesh_panel(cut, panel, step, seed, creases)
        lines = cut.lines(panel)
        to_seam = np.min(
            [
                polyline.nearest(spots, lines[name] * [sign, 1])[0]
                for name in cut.sewn
                for sign in (1, -1)
            ],
            0,
        )
        lift = np.clip(to_seam / 5, 0, 1)
        apart = lift * lift * (3 - 2 * lift) * (-1 if panel is Panel.FRONT else 1)
        a, b, c = (spots[faces[:, k]] for k in range(3))
        turn = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
        flip = (turn > 0) != (panel is Panel.FRONT)
        faces[flip] = faces[flip][:, ::-1]
        points.append(np.c_[spots[:, 0], apart, spots[:, 1]])
        triangles.append(faces + first)
        flat.append(spots[faces])
        front.append(np.full(len(faces), panel is Panel.FRONT))
        part.append(cut.part_of(spots[faces].mean(1), panel))
        seams[panel] = {key: np.array(ids) + first for key, ids in seam.items()}
        first += len(spots)
    stands_for = np.arange(first)
    for key, ids in seams[Panel.FRONT].items():
        stands_for[seams[Panel.BACK][key]] = ids
    used, renumbered = np.unique(stands_for[np.concatenate(triangles)], return_inverse=True)
    return Cloth(
        np.concatenate(points)[used],
        renumbered.reshape(-1, 3),
        np.concatenate(flat),
        np.concatenate(front),
        np.concatenate(part),
    )


def _mesh_panel(cut: Cut, panel: Panel, step: float, seed: int, creases: Sequence[np.ndarray]):
    """Constrained Delaunay mesh of a panel: points (n, 2), faces (m, 3), points of each sewn line."""
    points, edges, lines, sewn, number = [], [], [], {}, {}

    def add(point: np.ndarray) -> int:
        key = (round(float(point[0]), 4), round(float(point[1]), 4))
        if key not in number:
            number[key] = len(points)
            points.append(key)
        return number[key]

    for name, line in (*cut.lines(panel).items(), *(("crease", line) for line in creases)):
        fine = resample_step(name, step)
        for sign in (1, -1):
            mirrored = polyline.resample(line, fine) * [sign, 1]
            ids = [add(point) for point in mirrored]
            edges += [pair for pair in pairwise(ids) if pair[0] != pair[1]]
            lines.append(mirrored)
            if name in cut.sewn:
                sewn[name, sign] = ids
    low, high = np.min(points, 0), np.max(points, 0)
    rows = np.arange(low[1] - step, high[1] + step, step * 0.866)
    columns = np.arange(low[0] - step, high[0] + step, step)
    grid = np.concatenate(
        [
            np.c_[columns + (step / 2 if k % 2 else 0), np.full(len(columns), z)]
            for k, z in enumerate(rows)
        ]
    )
    grid += np.random.default_rng(seed).normal(0, step * 0.06, grid.shape)
    clear = np.min([polyline.nearest(grid, line)[0] for line in lines], 0)
    outline = cut.outline(panel)
    grid = grid[(clear > 0.62 * step) & polyline.inside(grid, outline)]
    meshed, _, faces, *_ = delaunay_2d_cdt(
        [Vector(p) for p in (*points, *grid)], edges, [], 1, 1e-5
    )
    spots, faces = np.array(meshed), np.array(faces)
    faces = faces[polyline.inside(spots[faces].mean(1), outline)]
    moved = [int(((spots - point) ** 2).sum(1).argmin()) for point in points]
    return spots, faces, {key: [moved[i] for i in ids] for key, ids in sewn.items()}


def resample_step(line: str, step: float) -> float:
    """The collar's narrow strip is meshed a little finer than the rest."""
    return step * 0.8 if line in ("rib_edge", "rib_end", "neck_seam") else step

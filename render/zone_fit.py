"""Measures how a print zone lies on the cloth: true to size, unstretched, upright, not mirrored."""

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix  # pyright: ignore[reportMissingImports]

from ..presets.template_info import Zone

#: UVs of faces that belong to other zones lie far outside the rectangle
_NEAR = 0.5


@dataclass(frozen=True, kw_only=True)
class ZoneFit:
    """What was measured over a zone's rectangle, each weighted by the cloth's area."""

    #: metres of cloth for each metre of the flat rectangle, along u and v: 1 is true to size
    across: float
    along: float
    #: least and greatest principal scale of the map from the rectangle to the cloth, leaving out
    #: the 5 % of the cloth at either end, where seams are
    least: float
    greatest: float
    #: directions in which +u and +v run, metres, unit vectors averaged
    right: np.ndarray
    up: np.ndarray
    #: direction in which the cloth's faces look
    outward: np.ndarray
    #: part of the rectangle that has cloth in it, 0..1
    covered: float


def measure_or_none(garment: bpy.types.Object, zone: Zone) -> ZoneFit | None:
    """Return how `zone` lies on `garment` as rendered, None where no printable face is in it."""
    uv, points = _triangles(garment, zone.uv_map)
    middle = uv.mean(axis=1)
    within = ((middle > 0) & (middle < 1)).all(axis=1)
    near = ((uv > -_NEAR) & (uv < 1 + _NEAR)).all(axis=(1, 2))
    uv, points = uv[within & near], points[within & near]
    flat = uv * (zone.width, zone.height)
    size = _cross(flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0])
    real = np.abs(size) > 1e-12
    flat, points, size = flat[real], points[real], size[real]
    if not len(flat):
        return None

    # P(u, v) is linear on a triangle: edges of the cloth = Jacobian × edges of the rectangle.
    edges = np.stack([flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]], axis=-1)
    cloth = np.stack([points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]], axis=-1)
    jacobian = cloth @ np.linalg.inv(edges)
    scales = np.linalg.svd(jacobian, compute_uv=False)
    outward = np.cross(cloth[..., 0], cloth[..., 1])
    area = np.linalg.norm(outward, axis=1) / 2
    lengths = np.linalg.norm(jacobian, axis=1)
    return ZoneFit(
        across=float(np.average(lengths[:, 0], weights=area)),
        along=float(np.average(lengths[:, 1], weights=area)),
        least=_quantile(scales[:, 1], area, 0.05),
        greatest=_quantile(scales[:, 0], area, 0.95),
        right=_mean_direction(jacobian[..., 0], area),
        up=_mean_direction(jacobian[..., 1], area),
        outward=_mean_direction(outward, area),
        covered=float(np.abs(size).sum() / 2 / (zone.width * zone.height)),
    )


def _triangles(garment: bpy.types.Object, uv_map: str) -> tuple[np.ndarray, np.ndarray]:
    """Return UVs (n × 3 × 2) and points in the world (n × 3 × 3) of the printable triangles."""
    evaluated = garment.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    mesh.calc_loop_triangles()
    triangles = len(mesh.loop_triangles)
    uv = _read(mesh.uv_layers[uv_map].uv, "vector", len(mesh.loops), 2)
    points = _read(mesh.vertices, "co", len(mesh.vertices), 3)
    loops = _read(mesh.loop_triangles, "loops", triangles, 3, np.int32)
    corners = _read(mesh.loop_triangles, "vertices", triangles, 3, np.int32)
    material = _read(mesh.loop_triangles, "material_index", triangles, 1, np.int32)[:, 0]
    printable = np.array([bool(m and m.get("mockup_printable")) for m in mesh.materials] or [False])
    evaluated.to_mesh_clear()
    outside = printable[np.minimum(material, len(printable) - 1)]
    return uv[loops][outside], _in_world(points, garment.matrix_world)[corners][outside]


def _read(things, name: str, count: int, width: int, kind: type = np.float32) -> np.ndarray:
    values = np.empty(count * width, dtype=kind)
    things.foreach_get(name, values)
    values = values.reshape(count, width)
    return values if kind is np.int32 else values.astype(np.float64)


def _in_world(points: np.ndarray, matrix: Matrix) -> np.ndarray:
    world = np.array(matrix)
    return points @ world[:3, :3].T + world[:3, 3]


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _mean_direction(vectors: np.ndarray, area: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return np.average(units, axis=0, weights=area)


def _quantile(values: np.ndarray, weights: np.ndarray, part: float) -> float:
    order = np.argsort(values)
    upto = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(upto, part * upto[-1])])

"""A tape measure for prints: is each as large, and where it should be, along the cloth's surface?

All in metres. Used by tests/bpy and by the benchmark of the templates.
"""

from dataclasses import dataclass

import bpy
import numpy as np
from tshirt_render_queue.presets.placements import Anchor, Placement, placements
from tshirt_render_queue.presets.placing import Placed, place
from tshirt_render_queue.presets.request import Print
from tshirt_render_queue.presets.template_info import TemplateInfo, Zone

#: cell of the position map; folds of a few millimetres are followed
STEP = 0.0025


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a tape laid on the cloth says about one placement's largest print."""

    placement: str
    #: measured over asked, mean over the print's rows and columns
    width: float
    height: float
    #: how far the anchor is from its place along the cloth, metres
    off_x: float
    off_y: float
    #: principal scales of the map from the zone to space: 5th and 95th percentile over the print
    smallest: float
    largest: float

    def __str__(self) -> str:
        return (
            f"{self.placement:15} width {self.width - 1:+6.1%}  height {self.height - 1:+6.1%}  "
            f"off {self.off_x * 1000:+5.1f} {self.off_y * 1000:+5.1f} mm  "
            f"scales {self.smallest:.3f} … {self.largest:.3f}"
        )


def measure_all(garment: bpy.types.Object, info: TemplateInfo) -> list[Measured]:
    """Measure every placement of which the open template shows something."""
    found = []
    for zone in info.zones.values():
        cells = position_map(garment, zone)
        found += [
            measure(placement, zone, cells)
            for placement in placements().values()
            if placement.zone == zone.id and 0 < _largest(placement, zone).centre_v < zone.height
        ]
    return found


def position_map(garment: bpy.types.Object, zone: Zone) -> np.ndarray:
    """Return where each cell of the zone lies in space, (rows, columns, 3), NaN off the cloth."""
    points, uv = zone_triangles(garment, zone)
    columns, rows = round(zone.width / STEP), round(zone.height / STEP)
    found = np.full((rows, columns, 3), np.nan)
    low = np.maximum(np.floor(uv.min(1) / STEP - 0.5).astype(int), 0)
    high = np.minimum(np.ceil(uv.max(1) / STEP + 0.5).astype(int), [columns, rows])
    first, second = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    for k in range(len(uv)):
        u, v = np.meshgrid(np.arange(low[k, 0], high[k, 0]), np.arange(low[k, 1], high[k, 1]))
        du, dv = (u + 0.5) * STEP - uv[k, 0, 0], (v + 0.5) * STEP - uv[k, 0, 1]
        b = (du * second[k, 1] - dv * second[k, 0]) / area[k]
        c = (first[k, 0] * dv - first[k, 1] * du) / area[k]
        inside = (b >= -1e-6) & (c >= -1e-6) & (b + c <= 1 + 1e-6)
        share = np.stack([1 - b - c, b, c], -1)[inside]
        found[v[inside], u[inside]] = share @ points[k]
    return found


def zone_triangles(garment: bpy.types.Object, zone: Zone) -> tuple[np.ndarray, np.ndarray]:
    """Return corner positions (m, 3, 3) and UVs in metres (m, 3, 2) of the triangles in a zone."""
    mesh = garment.data
    mesh.calc_loop_triangles()
    uv = np.empty(len(mesh.loops) * 2, np.float32)
    mesh.uv_layers[zone.uv_map].data.foreach_get("uv", uv)
    points = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", points)
    loops = np.empty(len(mesh.loop_triangles) * 3, np.int32)
    mesh.loop_triangles.foreach_get("loops", loops)
    corners = np.empty(len(mesh.loop_triangles) * 3, np.int32)
    mesh.loop_triangles.foreach_get("vertices", corners)
    uv = uv.reshape(-1, 2)[loops].reshape(-1, 3, 2).astype(float)
    inside = (uv > -1).all((1, 2))
    points = points.reshape(-1, 3)[corners].reshape(-1, 3, 3).astype(float)
    return points[inside], uv[inside] * [zone.width, zone.height]


def measure(placement: Placement, zone: Zone, found: np.ndarray) -> Measured:
    """Measure what a zone's position map shows of the largest print of one placement."""
    art = _largest(placement, zone)
    rows, columns = (size - 1 for size in found.shape[:2])
    left, right = (_cell(art.centre_u + k * art.width / 2, columns) for k in (-1, 1))
    bottom, top = (_cell(art.centre_v + k * art.height / 2, rows) for k in (-1, 1))
    patch = found[bottom : top + 1, left : right + 1]
    right_step, up_step = np.diff(patch, axis=1) / STEP, np.diff(patch, axis=0) / STEP
    jacobian = np.stack([right_step[:-1], up_step[:, :-1]], -1).reshape(-1, 3, 2)
    scales = np.linalg.svd(jacobian[np.isfinite(jacobian).all((1, 2))], compute_uv=False)
    edge = {Anchor.TOP: top, Anchor.CENTER: (top + bottom) // 2, Anchor.BOTTOM: bottom}
    seam = zone.hem if placement.anchor is Anchor.BOTTOM else zone.collar
    assert seam is not None
    middle = _cell(zone.centre, columns)
    return Measured(
        placement=placement.id,
        width=float(np.nanmean(np.linalg.norm(right_step, axis=2))),
        height=float(np.nanmean(np.linalg.norm(up_step, axis=2))),
        off_x=_longer(found[(bottom + top) // 2], middle, (left + right) // 2),
        off_y=_longer(found[:, middle], _cell(seam, rows), edge[placement.anchor]),
        smallest=float(np.percentile(scales[:, 1], 5)),
        largest=float(np.percentile(scales[:, 0], 95)),
    )


def _largest(placement: Placement, zone: Zone) -> Placed:
    aspect = placement.box_width_in / placement.box_height_in
    largest = Print(design="", name="", placement=placement.id, width_in=placement.box_width_in)
    return place(largest, zone, aspect)


def _cell(metres: float, last: int) -> int:
    """Return the cell at a distance from the zone's edge; what is beyond the zone is cut off."""
    return min(max(round(metres / STEP - 0.5), 0), last)


def _longer(line: np.ndarray, start: int, end: int) -> float:
    """Return by how much the cloth between two cells of a row is longer than it should be."""
    steps = np.linalg.norm(np.diff(line[min(start, end) : max(start, end) + 1], axis=0), axis=1)
    return float(np.nansum(steps - STEP))

"""Finds where a point of a print zone lies in space and in the picture: for measuring renders."""

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector


class Zone:
    """The triangles of one print zone of a garment, as it is rendered."""

    def __init__(self, garment, uv_map: str) -> None:
        evaluated = garment.evaluated_get(bpy.context.evaluated_depsgraph_get())
        mesh = evaluated.to_mesh()
        layer = mesh.uv_layers[uv_map].data
        uv = np.empty(len(mesh.loops) * 2, np.float32)
        layer.foreach_get("uv", uv)
        points = np.empty(len(mesh.vertices) * 3, np.float32)
        mesh.vertices.foreach_get("co", points)
        mesh.calc_loop_triangles()
        loops = np.empty(len(mesh.loop_triangles) * 3, np.int32)
        mesh.loop_triangles.foreach_get("loops", loops)
        corners = np.empty(len(mesh.loop_triangles) * 3, np.int32)
        mesh.loop_triangles.foreach_get("vertices", corners)
        materials = np.empty(len(mesh.loop_triangles), np.int32)
        mesh.loop_triangles.foreach_get("material_index", materials)
        printable = np.array([bool(m and m.get("mockup_printable")) for m in mesh.materials])
        outside = printable[materials]
        self.uv = uv.reshape(-1, 2)[loops].reshape(-1, 3, 2).astype(np.float64)[outside]
        local = points.reshape(-1, 3)[corners].reshape(-1, 3, 3).astype(np.float64)[outside]
        matrix = np.array(evaluated.matrix_world)
        self.points = local @ matrix[:3, :3].T + matrix[:3, 3]
        evaluated.to_mesh_clear()

    def point(self, u: float, v: float) -> Vector:
        """Return where (u, v), each 0..1 of the zone, is in space, metres."""
        a, b, c = self.uv[:, 0], self.uv[:, 1], self.uv[:, 2]
        whole = _cross(b - a, c - a)
        with np.errstate(divide="ignore", invalid="ignore"):
            wb = _cross(np.array([u, v]) - a, c - a) / whole
            wc = _cross(b - a, np.array([u, v]) - a) / whole
            weights = np.stack([1 - wb - wc, wb, wc], axis=1)
        inside = np.nan_to_num(weights.min(axis=1), nan=-1.0)
        best = inside.argmax()
        assert inside[best] > -1e-6, f"({u}, {v}) lies on no cloth"
        return Vector(weights[best] @ self.points[best])


def pixel(scene, camera, point: Vector, width: int, height: int) -> tuple[int, int]:
    """Return column and row (from below) of the picture in which `point` is seen."""
    scene.render.resolution_x, scene.render.resolution_y = width, height
    seen = world_to_camera_view(scene, camera, point)
    return int(seen.x * width), int(seen.y * height)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]

"""Run by a background Blender of its own: reads a template and a design, writes plain arrays.

`blender -b --factory-startup --disable-autoexec --python preview_helper.py -- JSON` with the keys
`template` and `zones` (UV layers by zone), `design`, `side` (largest side of the art, px) and
`into` (a folder). So a preview puts nothing at all into the artist's file.
"""

import json
import sys
from pathlib import Path

import bpy
import numpy as np


def main() -> None:
    """Write `shirt.npz` and `art.npy`, whichever is asked for."""
    asked = json.loads(sys.argv[sys.argv.index("--") + 1])
    into = Path(asked["into"])
    if asked.get("template"):
        bpy.ops.wm.open_mainfile(filepath=asked["template"], load_ui=False, use_scripts=False)
        np.savez(into / "shirt.npz", **shirt(asked["zones"]))
    if asked.get("design"):
        np.save(into / "art.npy", art(asked["design"], asked["side"]))


def shirt(zones: dict[str, str]) -> dict[str, np.ndarray]:
    """Corners of all triangles: position and normal (n, 3), fabric (n,), and (n, 2) for each zone."""
    parts = [_part(one, zones) for one in bpy.data.objects if _is_cloth(one)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _is_cloth(thing: bpy.types.Object) -> bool:
    return thing.type == "MESH" and thing.get("mockup_role") == "garment" and not thing.hide_render


def _part(garment: bpy.types.Object, zones: dict[str, str]) -> dict[str, np.ndarray]:
    evaluated = garment.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    mesh.calc_loop_triangles()
    corners = _read(mesh.loop_triangles, "loops", np.int32, 3)
    vertices = _read(mesh.loops, "vertex_index", np.int32, 1)[corners]
    slots = _read(mesh.loop_triangles, "material_index", np.int32, 1).repeat(3)
    place = np.array(garment.matrix_world)
    position = _read(mesh.vertices, "co", np.float32, 3).reshape(-1, 3)[vertices]
    normal = _read(mesh.corner_normals, "vector", np.float32, 3).reshape(-1, 3)[corners]
    part = {
        "position": (position @ place[:3, :3].T + place[:3, 3]).astype(np.float32),
        "normal": (normal @ np.linalg.inv(place[:3, :3])).astype(np.float32),
        "fabric": _flags(garment, "mockup_role", "fabric")[slots],
    }
    printable = _flags(garment, "mockup_printable", 1)[slots]
    for zone, layer in zones.items():
        uv = np.full((len(corners), 2), -10.0, np.float32)
        if layer in mesh.uv_layers:
            uv = _read(mesh.uv_layers[layer].data, "uv", np.float32, 2).reshape(-1, 2)[corners]
        part[f"zone_{zone}"] = np.where(printable[:, None] > 0, uv, -10.0).astype(np.float32)
    evaluated.to_mesh_clear()
    return part


def _flags(garment: bpy.types.Object, name: str, value: object) -> np.ndarray:
    """For each material slot 1.0 where its material's property has that value."""
    slots = [slot.material for slot in garment.material_slots]
    flags = [float(bool(one) and one.get(name) == value) for one in slots] or [0.0]
    return np.array(flags, np.float32)


def _read(items, name: str, kind, width: int) -> np.ndarray:
    values = np.empty(len(items) * width, kind)
    items.foreach_get(name, values)
    return values


def art(path: str, side: int) -> np.ndarray:
    """The design as sRGB floats (height, width, 4), bottom row first, at most `side` px long."""
    image = bpy.data.images.load(path)
    width, height = image.size
    factor = min(1.0, side / max(width, height))
    if factor < 1.0:
        image.scale(max(1, round(width * factor)), max(1, round(height * factor)))
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(image.size[1], image.size[0], 4)
    if image.is_float:
        colour = np.clip(pixels[..., :3], 0.0, 1.0)
        curve = 1.055 * colour ** (1 / 2.4) - 0.055
        pixels[..., :3] = np.where(colour <= 0.0031308, 12.92 * colour, curve)
    return np.clip(pixels, 0.0, 1.0)


if __name__ == "__main__":
    main()

"""Exports the printed shirt as a GLB: one file, textures inside, metres, for viewers in a browser.

The prints are painted into a texture for each zone; fabric and zones become plain glTF materials.
The mesh is packed by Draco where the build can; the file itself tells.
"""

import json
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..presets.colours import linear_from_hex
from ..presets.placing import Placed
from . import compositing, model_mesh, pictures
from .failures import OutputInvalid
from .printing import LaidOut
from .template import Template

#: glTF's name of the packing
DRACO = "KHR_draco_mesh_compression"

#: bits of what Draco packs: 0.05 mm of the shirt, and a sixteenth of a texture's pixel
PACKING = {
    "export_draco_mesh_compression_enable": True,
    "export_draco_position_quantization": 14,
    "export_draco_normal_quantization": 10,
    "export_draco_texcoord_quantization": 16,
}

#: texture pixels for each metre of cloth (150 an inch), and the most on a side, as phones allow
DENSITY, LONGEST = 150 / 0.0254, 4096


def export(template: Template, prints: Iterable[LaidOut], fabric: str, path: Path) -> None:
    """Write the garment with its `prints`, in the colour `fabric` ('#RRGGBB'), to `path` (.glb)."""
    by_zone: dict[str, list[LaidOut]] = {}
    for print_ in prints:
        by_zone.setdefault(print_.zone.id, []).append(print_)
    with _temporaries():
        materials = {
            zone: _material(f"{zone} print", fabric, _painted(group, fabric))
            for zone, group in by_zone.items()
        }
        cloth = _material("fabric", fabric, None)
        shirts = [_copied(garment) for garment in template.garments]
        for shirt in shirts:
            model_mesh.prepare(shirt.data, cloth, materials, template.zones)
        part = path.with_name(f"{path.stem}.part{path.suffix}")
        _write(shirts, part)
    part.replace(path)


def is_packed(path: Path) -> bool:
    """Return whether the mesh in the GLB `path` is packed by Draco."""
    return DRACO in _contents(path.read_bytes()).get("extensionsRequired", ())


@contextmanager
def _temporaries() -> Iterator[None]:
    """Take away what is made meanwhile: the template stays as it was for the next job."""
    kinds = (bpy.data.objects, bpy.data.meshes, bpy.data.materials, bpy.data.images)
    before = [set(kind) for kind in kinds]
    try:
        yield
    finally:
        for kind, had in zip(kinds, before, strict=True):
            for block in [block for block in kind if block not in had]:
                kind.remove(block)


def _painted(prints: list[LaidOut], fabric: str) -> np.ndarray:
    """Return a zone's texture, sRGB uint8, first row at the bottom: the fabric, prints on it."""
    zone = prints[0].zone
    scale = min(DENSITY, LONGEST / max(zone.width, zone.height))
    width, height = round(zone.width * scale), round(zone.height * scale)
    texture = np.empty((height, width, 4), np.uint8)
    texture[:] = compositing.to_bytes(np.float32([[[*linear_from_hex(fabric), 1.0]]]))
    for print_ in prints:
        _paint(texture, print_.placed, _art(print_, scale), scale)
    return texture


def _art(print_: LaidOut, scale: float) -> np.ndarray:
    """Return the art, linear and premultiplied, no finer than the texture."""
    image = print_.image
    art = pictures.pixels_of(image)
    if not image.is_float:
        art[..., :3] = compositing.decode_srgb(art[..., :3])
    art[..., :3] *= art[..., 3:]
    rows, columns = art.shape[:2]
    width = min(columns, max(1, round(print_.placed.width * scale)))
    height = min(rows, max(1, round(print_.placed.height * scale)))
    return compositing.resized(art, width, height)


def _paint(texture: np.ndarray, placed: Placed, art: np.ndarray, scale: float) -> None:
    """Lay `art` over the part of `texture` that it covers."""
    rows, columns = texture.shape[:2]
    corners = np.array(placed.corners()) * scale
    left, bottom = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, (columns, rows))
    right, top = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, (columns, rows))
    v, u = np.mgrid[bottom:top, left:right] + 0.5
    across, along = placed.art_uv(u / scale, v / scale)
    sampled = _sampled(art, across * art.shape[1] - 0.5, along * art.shape[0] - 0.5)
    under = texture[bottom:top, left:right] / np.float32(255)
    under[..., :3] = compositing.decode_srgb(under[..., :3])
    texture[bottom:top, left:right] = compositing.to_bytes(compositing.over(sampled, under))


def _sampled(art: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return `art` at pixel coordinates x, y, linearly between pixels, clear outside."""
    framed = np.pad(art, ((1, 1), (1, 1), (0, 0)))
    x = np.clip(x + 1, 0, framed.shape[1] - 1.001)
    y = np.clip(y + 1, 0, framed.shape[0] - 1.001)
    column, row = x.astype(int), y.astype(int)
    fx, fy = (x - column)[..., None], (y - row)[..., None]
    lower = framed[row, column] * (1 - fx) + framed[row, column + 1] * fx
    upper = framed[row + 1, column] * (1 - fx) + framed[row + 1, column + 1] * fx
    return (lower * (1 - fy) + upper * fy).astype(np.float32)


def _material(name: str, fabric: str, texture: np.ndarray | None) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    if material.node_tree is None:
        material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Roughness"].default_value = 0.9
    shader.inputs["Base Color"].default_value = (*linear_from_hex(fabric), 1.0)
    if texture is not None:
        nodes, links = material.node_tree.nodes, material.node_tree.links
        image = nodes.new("ShaderNodeTexImage")
        # Beyond the zone's rectangle goes on what is at its edge: fabric.
        image.extension = "EXTEND"
        image.image = pictures.new(name, texture, alpha=False)
        links.new(image.outputs["Color"], shader.inputs["Base Color"])
    return material


def _copied(garment: bpy.types.Object) -> bpy.types.Object:
    """Return a copy of the garment as it is rendered, its modifiers and place worked in."""
    graph = bpy.context.evaluated_depsgraph_get()
    mesh = bpy.data.meshes.new_from_object(garment.evaluated_get(graph), depsgraph=graph)
    mesh.transform(garment.matrix_world)
    copy = bpy.data.objects.new(garment.name, mesh)
    bpy.context.scene.collection.objects.link(copy)
    return copy


def _write(shirts: list[bpy.types.Object], path: Path) -> None:
    for thing in bpy.context.view_layer.objects:
        thing.select_set(thing in shirts)
    # The exporter leaves out by itself what its build lacks; later ones may lack the options too.
    exporter = bpy.ops.export_scene.gltf
    offered = exporter.get_rna_type().properties  # pyright: ignore[reportCallIssue] - stub
    packing = {option: value for option, value in PACKING.items() if option in offered}
    exporter(
        filepath=str(path),
        export_format="GLB",
        use_selection=True,
        export_apply=False,
        export_animations=False,
        export_cameras=False,
        export_lights=False,
        export_extras=False,
        export_yup=True,
        export_image_format="AUTO",
        **packing,
    )


def verify(path: Path, textures: int) -> None:
    """Raise OutputInvalid unless `path` is a whole GLB with a mesh and at least those textures."""
    data = path.read_bytes()
    try:
        head = struct.unpack_from("<4sII", data) + struct.unpack_from("<4s", data, 16)
        scene = _contents(data)
    except (struct.error, ValueError) as error:
        raise OutputInvalid(f"The model {path.name} can't be read: {error}.") from error
    whole = head == (b"glTF", 2, len(data), b"JSON")
    found = len(scene.get("images", ()))
    if not whole or not scene.get("meshes") or found < textures:
        raise OutputInvalid(
            f"The model {path.name} is incomplete: {found} textures instead of {textures}."
        )


def _contents(data: bytes) -> dict[str, Any]:
    """Return the JSON of a GLB: what the scene is made of; raises struct.error, ValueError."""
    (length,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + length])

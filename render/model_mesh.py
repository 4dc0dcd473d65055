"""Prepares the garment's mesh for a model: one UV map, and a material for each printed zone."""

import bpy
import numpy as np

from ..presets.template_info import Zone
from .template import ROLE

_MAP = "UVMap"


def prepare(
    mesh: bpy.types.Mesh, cloth: bpy.types.Material, prints: dict[str, bpy.types.Material],
    zones: dict[str, Zone],
) -> None:  # fmt: skip
    """Give the faces of fabric the material `cloth`, and those in a zone the zone's of `prints`.

    Faces of other materials, such as a label's, keep them. Of the UV maps each face keeps the one
    that its material is laid out by.
    """
    faces = _Faces(mesh)
    own = list(mesh.materials)
    dyed = np.array([material is None or material.get(ROLE) == "fabric" for material in own])
    printable = np.array([bool(material and material.get("mockup_printable")) for material in own])
    index = np.where(dyed[faces.material], len(own), faces.material).astype(np.int32)
    uv = np.zeros((len(mesh.loops), 2), np.float32)
    for number, material in enumerate(own):
        if not dyed[number]:
            faces.copy_uv(_map_of(material, mesh), faces.material == number, uv)
    for number, zone in enumerate(prints, len(own) + 1):
        within = faces.within(zones[zone].uv_map) & printable[faces.material]
        index[within] = number
        faces.copy_uv(zones[zone].uv_map, within, uv)

    while mesh.uv_layers:
        mesh.uv_layers.remove(mesh.uv_layers[0])
    mesh.uv_layers.new(name=_MAP).uv.foreach_set("vector", uv.ravel())
    for material in (cloth, *prints.values()):
        mesh.materials.append(material)
    mesh.polygons.foreach_set("material_index", index)


def _map_of(material: bpy.types.Material, mesh: bpy.types.Mesh) -> str:
    """Return the UV map that a material's first UV Map node names, else the one for rendering."""
    nodes = material.node_tree.nodes if material.node_tree else ()
    named = (node.uv_map for node in nodes if node.type == "UVMAP")
    usual = next((layer.name for layer in mesh.uv_layers if layer.active_render), "")
    return next((name for name in named if name in mesh.uv_layers), usual)


class _Faces:
    """The faces of a mesh as arrays."""

    def __init__(self, mesh: bpy.types.Mesh) -> None:
        self._mesh = mesh
        self.material = np.empty(len(mesh.polygons), np.int32)
        mesh.polygons.foreach_get("material_index", self.material)
        starts = np.empty(len(mesh.polygons), np.int32)
        mesh.polygons.foreach_get("loop_start", starts)
        #: the face of each corner
        self._of_corner = np.searchsorted(starts, np.arange(len(mesh.loops)), side="right") - 1

    def within(self, uv_map: str) -> np.ndarray:
        """Return for each face whether its middle lies in 0..1 of a UV map."""
        middle = np.zeros((len(self.material), 2))
        np.add.at(middle, self._of_corner, self._uv(uv_map))
        middle /= np.bincount(self._of_corner)[:, None]
        inside = (middle > 0) & (middle < 1)
        return inside[:, 0] & inside[:, 1]

    def copy_uv(self, uv_map: str, faces: np.ndarray, into: np.ndarray) -> None:
        """Copy the UVs that the chosen `faces` have in a UV map."""
        if uv_map:
            corners = faces[self._of_corner]
            into[corners] = self._uv(uv_map)[corners]

    def _uv(self, uv_map: str) -> np.ndarray:
        uv = np.empty(len(self._mesh.loops) * 2, np.float32)
        self._mesh.uv_layers[uv_map].uv.foreach_get("vector", uv)
        return uv.reshape(-1, 2)

"""What a stranger's .blend could do beyond being looked at: run code, read or write elsewhere."""

from collections.abc import Iterator
from pathlib import Path

import bpy


def first_danger_or_none(folder: Path) -> str | None:
    """Return the first danger in the file that is open, as a sentence, or None."""
    return next(dangers(folder), None)


def dangers(folder: Path) -> Iterator[str]:
    """Yield a sentence for all that would run code, or reach outside the template's `folder`.

    The file was opened with its scripts switched off, so none of this has happened yet.
    """
    yield from _scripts()
    yield from _reaching_outside(folder)


def _scripts() -> Iterator[str]:
    for text in bpy.data.texts:
        if text.use_module:
            yield f"the text {text.name!r} is a script that runs on loading; remove it."
    for owner in _animated():
        for curve in owner.animation_data.drivers:
            driver = curve.driver
            if driver.type == "SCRIPTED" and not driver.is_simple_expression:
                yield (
                    f"the driver of {owner.name!r} ({curve.data_path}) runs Python: "
                    f"{driver.expression!r}; replace it with a simple expression or delete it."
                )
    for scene in bpy.data.scenes:
        for layer in scene.view_layers:
            if any(module.script for module in layer.freestyle_settings.modules):
                yield f"the scene {scene.name!r} has a Freestyle script; remove it."
    for tree in _node_trees():
        for node in tree.nodes:
            if node.bl_idname == "ShaderNodeScript":
                yield f"the node {node.name!r} in {tree.name!r} runs a shader script; remove it."


def _reaching_outside(folder: Path) -> Iterator[str]:
    for library in bpy.data.libraries:
        yield f"it links data from {library.filepath!r}; make everything local."
    inside = folder.resolve()
    for used in bpy.utils.blend_paths(absolute=True, packed=False, local=False):
        if used.lower().endswith(".blend"):
            continue  # a library, told above, or where the artist's brushes come from: never read
        if not Path(used).resolve().is_relative_to(inside):
            yield f"it uses the file {used!r}, outside its own folder; pack it into the .blend."
    for tree in _node_trees():
        for node in tree.nodes:
            if node.bl_idname.startswith("GeometryNodeImport"):
                yield f"the node {node.name!r} in {tree.name!r} reads files; apply it as a mesh."


def _animated() -> Iterator[bpy.types.ID]:
    for kind in bpy.data.bl_rna.properties:
        if kind.type != "COLLECTION":
            continue
        for block in getattr(bpy.data, kind.identifier):
            if getattr(block, "animation_data", None):
                yield block
            tree = getattr(block, "node_tree", None)
            if tree is not None and tree.animation_data:
                yield tree
            keys = getattr(block, "shape_keys", None)
            if keys is not None and keys.animation_data:
                yield keys


def _node_trees() -> Iterator[bpy.types.NodeTree]:
    yield from bpy.data.node_groups
    for blocks in (bpy.data.materials, bpy.data.worlds, bpy.data.lights, bpy.data.scenes):
        for block in blocks:
            if tree := getattr(block, "node_tree", None):
                yield tree

"""Opens a .blend as a template and finds its parts by the custom properties of the contract.

Scripts stored in the file never run: it is opened without them, and refused when it has any.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..presets.template_info import Zone
from . import framing
from .failures import BadTemplate
from .safety import first_danger_or_none

#: custom property that says what an object or a material is for
ROLE = "mockup_role"

#: how a .blend starts: plain, compressed by Zstandard (3.0 and later), by gzip (earlier)
_BLEND_STARTS = (b"BLENDER", b"\x28\xb5\x2f\xfd", b"\x1f\x8b")


@dataclass(frozen=True, kw_only=True)
class Cloth:
    """A material that takes the fabric's colour."""

    material: bpy.types.Material
    #: the material's one Principled BSDF
    bsdf: bpy.types.Node
    #: RGB node of the fabric's colour
    colour: bpy.types.Node
    #: Value node 0..1 and RGB node of a heather's second fibre, where the material has them
    heather: bpy.types.Node | None
    heather_colour: bpy.types.Node | None
    #: Diffuse node that bounced light sees instead of the Principled BSDF
    bounce: bpy.types.Node | None
    #: True where prints go
    printable: bool
    #: the template's own links into the shaders that prints change:
    #: (node, input) → (node, number of the output)
    links: dict[tuple[str, str], tuple[str, int]]

    def feed_of(self, name: str) -> bpy.types.NodeSocket | float | tuple[float, ...]:
        """Return what the template feeds to the shader's input `name`: a socket or a value."""
        if (key := (self.bsdf.name, name)) in self.links:
            node, output = self.links[key]
            return self.material.node_tree.nodes[node].outputs[output]
        value = self.bsdf.inputs[name].default_value
        return value if isinstance(value, float) else tuple(value)

    def restore(self) -> None:
        """Link the shaders again as the template has them."""
        tree = self.material.node_tree
        for (node, name), (source, output) in self.links.items():
            tree.links.new(tree.nodes[source].outputs[output], tree.nodes[node].inputs[name])


@dataclass(frozen=True, kw_only=True)
class Template:
    """An opened template: Blender's objects, by what they are for."""

    path: Path
    scene: bpy.types.Scene
    garments: tuple[bpy.types.Object, ...]
    cloths: tuple[Cloth, ...]
    zones: dict[str, Zone]
    #: by view id
    cameras: dict[str, bpy.types.Object]
    #: how the cameras frame, by view id; pictures of other shapes change it in the scene
    lenses: dict[str, framing.Lens]
    #: turns with the camera, so that light falls alike in every view
    light_rig: bpy.types.Object | None
    turntable: bpy.types.Object | None
    #: shadow catchers
    ground: tuple[bpy.types.Object, ...]
    #: what stands behind the garment in the artist's view; backgrounds go under the render instead
    backdrop: tuple[bpy.types.Object, ...]


def open_template(path: Path) -> Template:
    """Open `path` in place of the current file and return its parts; raises BadTemplate."""
    load(path)
    if danger := first_danger_or_none(path.parent):
        raise BadTemplate(f"The template {path} is refused: {danger}")
    return read_template(path)


def load(path: Path) -> None:
    """Open `path` with its scripts switched off; raises BadTemplate."""
    if not path.is_file():
        raise BadTemplate(f"The template {path} does not exist; it was moved or deleted.")
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False, use_scripts=False)
    except RuntimeError as error:
        raise BadTemplate(_why_unreadable(path, str(error))) from error


def _why_unreadable(path: Path, said: str) -> str:
    here = ".".join(str(part) for part in bpy.app.version[:2])
    if "newer" in said.lower():
        return (
            f"The template {path} was saved by a newer Blender than this one ({here}); "
            f"save it again with Blender {here}, or render with a newer Blender."
        )
    with path.open("rb") as file:
        if not file.read(7).startswith(_BLEND_STARTS):
            return f"The template {path} is not a .blend file; give the path of one."
    return f"The template {path} can't be opened, it is damaged or incomplete; save it again."


def read_template(path: Path) -> Template:
    """Return the parts of the file that is open; raises BadTemplate for the first one missing."""
    scene = bpy.context.scene
    if scene.get("mockup_template") != 1:
        raise BadTemplate(
            f"{path} is not a template: its scene {scene.name!r} has no property "
            "mockup_template = 1; see docs/templates.md."
        )
    garments = _by_role(scene, "garment")
    if not garments:
        raise BadTemplate(f"{path} has no garment: no object has mockup_role = 'garment'.")
    cameras = {str(camera.get("view_id")): camera for camera in _by_role(scene, "camera")}
    if not cameras:
        raise BadTemplate(f"{path} has no camera with mockup_role = 'camera' and a view_id.")
    materials = {
        slot.material.name: slot.material
        for garment in garments
        for slot in garment.material_slots
        if slot.material and slot.material.get(ROLE) == "fabric"
    }
    if not materials:
        raise BadTemplate(f"{path} has no fabric: no material has mockup_role = 'fabric'.")
    return Template(
        path=path,
        scene=scene,
        garments=garments,
        cloths=tuple(read_cloth(material) for material in materials.values()),
        zones={zone.id: zone for garment in garments for zone in read_zones(garment)},
        cameras=cameras,
        lenses={view: framing.lens_of(camera.data) for view, camera in cameras.items()},
        light_rig=next(iter(_by_role(scene, "light_rig")), None),
        turntable=next(iter(_by_role(scene, "turntable")), None),
        ground=_by_role(scene, "ground"),
        backdrop=_by_role(scene, "backdrop"),
    )


def read_zones(garment: bpy.types.Object) -> tuple[Zone, ...]:
    """Return the print zones that `garment` declares; raises BadTemplate."""
    text = garment.get("mockup_zones", "{}")
    try:
        return tuple(Zone(id=name, **fields) for name, fields in json.loads(text).items())
    except (ValueError, TypeError, AttributeError) as error:
        raise BadTemplate(
            f"The property mockup_zones of {garment.name!r} can't be read: {error}."
        ) from error


def read_cloth(material: bpy.types.Material) -> Cloth:
    """Return the nodes of fabric `material` that the contract names; raises BadTemplate."""
    tree = material.node_tree
    shaders = [node for node in tree.nodes if node.type == "BSDF_PRINCIPLED"] if tree else []
    if len(shaders) != 1:
        raise BadTemplate(
            f"The fabric material {material.name!r} has {len(shaders)} Principled BSDF nodes; "
            "it needs exactly one."
        )

    def named(key: str) -> bpy.types.Node | None:
        name = material.get(key)
        if name is not None and name not in tree.nodes:
            raise BadTemplate(
                f"The fabric material {material.name!r} names a node {name!r} in {key}, "
                "which it doesn't have."
            )
        return tree.nodes[name] if name is not None else None

    colour = named("mockup_colour")
    if colour is None:
        raise BadTemplate(
            f"The fabric material {material.name!r} has no property mockup_colour "
            "that names its RGB node."
        )
    bounce = named("mockup_bounce")
    return Cloth(
        material=material,
        bsdf=shaders[0],
        colour=colour,
        heather=named("mockup_heather"),
        heather_colour=named("mockup_heather_colour"),
        bounce=bounce,
        printable=bool(material.get("mockup_printable")),
        links={
            (node.name, name): (link.from_node.name, _number(link.from_socket))
            for node in (shaders[0], bounce)
            if node is not None
            for name, socket in node.inputs.items()
            for link in socket.links
        },
    )


def _number(output: bpy.types.NodeSocket) -> int:
    return next(n for n, other in enumerate(output.node.outputs) if other == output)


def _by_role(scene: bpy.types.Scene, role: str) -> tuple[bpy.types.Object, ...]:
    return tuple(thing for thing in scene.objects if thing.get(ROLE) == role)

"""Builds tshirt.blend and its sidecar tshirt.json from nothing, in under a minute.

`python -m make.make_tshirt OUT.blend` beside this package, in any Python that has bpy (4.2 so that every
later Blender opens the file).
"""

import hashlib
import json
import sys
from pathlib import Path

import bpy

from . import cloth, drape, finish, folds, garment, material, studio
from .pattern import Cut

NAME, AUTHOR, LICENCE = "T-shirt", "T-Shirt Render Queue", "CC0-1.0"
_STEP, _SEED = 1.2, 3


def build(out_path: str | Path) -> None:
    """Writes the .blend and, beside it, the .json that tells what it offers without opening it."""
    out = Path(out_path).resolve()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.preferences.filepaths.save_version = 0  # no .blend1 beside it
    cut = Cut()
    draped = drape.drape(cloth.sew(cut, _STEP, _SEED))
    assemble(draped, cut)
    bpy.ops.wm.save_as_mainfile(filepath=str(out), compress=True)
    write_sidecar(out)


def assemble(draped: cloth.Cloth, cut: Cut) -> bpy.types.Object:
    """Everything after the drape, in the open scene: mesh, material, studio and the template's marks."""
    smooth = finish.relaxed(draped)
    outside, lining = (
        folds.folded(finish.ordered(layer), cut, _SEED)
        for layer in (finish.refined(smooth), smooth)
    )
    shirt = garment.make(outside, lining, cut, NAME)
    weave = material.Weave.baked()
    for made in (
        material.fabric("Fabric", weave, printable=True),
        material.fabric("Inside", weave, printable=False),
        material.label(),
    ):
        shirt.data.materials.append(made)
    studio.build(shirt, studio.VIEWS)
    scene = bpy.context.scene
    scene["mockup_template"] = 1
    scene["mockup_name"], scene["mockup_author"], scene["mockup_licence"] = NAME, AUTHOR, LICENCE
    return shirt


def write_sidecar(blend: Path) -> None:
    """Tells beside the .blend, of the scene that is open, what a request may ask for."""
    garment_object = bpy.data.objects[NAME]
    facts = {
        "format": 1,
        "name": NAME,
        "author": AUTHOR,
        "licence": LICENCE,
        "views": list(studio.VIEWS),
        "zones": json.loads(garment_object["mockup_zones"]),
        "blend_sha256": hashlib.sha256(blend.read_bytes()).hexdigest(),
    }
    blend.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    build(sys.argv[-1])

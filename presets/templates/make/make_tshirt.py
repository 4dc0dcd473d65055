"""Builds tshirt.blend and its sidecar tshirt.json from nothing, in under a minute.

`python -m make.make_tshirt OUT.blend` beside this package, in any Python that has bpy (4.2 so that every
later Blender opens the file).
"""

import hashlib
import json
import sys
from pathlib import Path

import bpy

from . import charts, cloth, drape, finish, garment, material, studio
from .pattern import Cut

NAME, AUTHOR, LICENCE = "T-shirt", "T-Shirt Render Queue", "CC0-1.0"
_STEP, _SEED = 1.2, 3


def build(out_path: str | Path) -> None:
    """Writes the .blend and, beside it, the .json that tells what it offers without opening it."""
    out = Path(out_path).resolve()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    cut = Cut()
    draped = drape.drape(cloth.sew(cut, _STEP, _SEED))
    shirt = garment.make(finish.finished(draped, _SEED), cut, "T-shirt")
    for made in (
        material.fabric("Fabric", printable=True),
        material.fabric("Inside", printable=False),
    ):
        shirt.data.materials.append(made)
    studio.build(shirt)
    scene = bpy.context.scene
    scene["mockup_template"] = 1
    scene["mockup_name"], scene["mockup_author"], scene["mockup_licence"] = NAME, AUTHOR, LICENCE
    bpy.ops.wm.save_as_mainfile(filepath=str(out), compress=True)
    write_sidecar(out, cut)


def write_sidecar(blend: Path, cut: Cut) -> None:
    facts = {
        "format": 1,
        "name": NAME,
        "author": AUTHOR,
        "licence": LICENCE,
        "views": list(studio.VIEWS),
        "zones": {zone: value.to_json() for zone, value in charts.zones(cut).items()},
        "blend_sha256": hashlib.sha256(blend.read_bytes()).hexdigest(),
    }
    blend.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    build(sys.argv[-1])

"""Builds a template and its sidecar, tshirt.blend and tshirt.json, from nothing, in about a minute.

`python -m template.make_tshirt OUT.blend [STYLE]` beside this package, in any Python that has bpy
(4.2, so that every later Blender opens the file). The styles are those of `styles.py`; all of them ship.
"""

import hashlib
import json
import sys
from pathlib import Path

import bpy
import zstandard  # pyright: ignore[reportMissingImports] - comes with Blender

from . import cloth, finish, folds, garment, hanger, material, studio
from .styles import STYLES, Style

AUTHOR, LICENCE = "T-Shirt Render Queue", "CC0-1.0"
_SEED = 3


def build(out_path: str | Path, style: str = "tshirt") -> None:
    """Writes the .blend and, beside it, the .json that tells what it offers without opening it."""
    out = Path(out_path).resolve()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.preferences.filepaths.save_version = 0  # no .blend1 beside it
    made = STYLES[style]
    sewn = cloth.sew(made.cut, made.step, _SEED, made.creases)
    shirt = assemble(sewn, made.shape(sewn, made.cut), made)
    bpy.ops.wm.save_as_mainfile(filepath=str(out), compress=False)
    out.write_bytes(_squeezed(out.read_bytes()))
    write_sidecar(out, made, shirt)


def assemble(sewn: cloth.Cloth, shaped: cloth.Cloth, style: Style) -> bpy.types.Object:
    """Everything after the drape, in the open scene: mesh, material, studio, the template's marks.

    `shaped` is the `sewn` cloth with each triangle split in four, whose first points are the sewn ones.
    """
    smooth = finish.relaxed(shaped)
    if not (style.folds or style.lying):  # drawn folds have no creases, pressed ones are meant
        smooth = finish.eased(smooth)
    lining = sewn.moved(smooth.points[: len(sewn.points)])
    outside, lining = (finish.ordered(layer) for layer in (smooth, lining))
    if style.folds:
        outside, lining = (
            folds.folded(layer, style.cut, _SEED, style.folds) for layer in (outside, lining)
        )
    shirt = garment.make(outside, lining, style)
    weave = material.Weave.baked()
    for fabric in (
        material.fabric("Fabric", weave, printable=True),
        material.fabric("Inside", weave, printable=False),
        material.label(),
    ):
        shirt.data.materials.append(fabric)
    beside = hanger.make() if style.on_hanger else []
    studio.build([shirt, *beside], style.views, lying=style.lying)
    scene = bpy.context.scene
    scene["mockup_template"] = 1
    scene["mockup_name"] = style.title
    scene["mockup_lies"] = int(style.lying)
    scene["mockup_author"], scene["mockup_licence"] = AUTHOR, LICENCE
    return shirt


def _squeezed(blend: bytes) -> bytes:
    """A .blend packed as Blender does it, by zstd, but with patience: it takes a fifth less room."""
    thorough = zstandard.ZstdCompressionParameters.from_level(22, source_size=len(blend))
    return zstandard.ZstdCompressor(compression_params=thorough).compress(blend)


def write_sidecar(blend: Path, style: Style, shirt: bpy.types.Object) -> None:
    """Tells beside the .blend what a request may ask for."""
    facts = {
        "format": 1,
        "name": style.title,
        "author": AUTHOR,
        "licence": LICENCE,
        "views": list(style.views),
        "zones": json.loads(shirt["mockup_zones"]),
        "relightable": True,  # neutral lamps and sky, and a shader for bounced light
        "lies": style.lying,
        "blend_sha256": hashlib.sha256(blend.read_bytes()).hexdigest(),
    }
    blend.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    build(*sys.argv[1:])

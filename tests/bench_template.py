"""Measures the shipped shirts: size and place of each print along the cloth, and what files weigh."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

TAPE = Path(__file__).with_name("cloth_tape.py")
FOLDER = Path(__file__).resolve().parents[1] / "presets" / "templates"


def bench_prints_along_the_cloth() -> Iterator[str]:
    """Bounds: size within 3 %, place within 5 mm."""
    import bpy

    spec = importlib.util.spec_from_file_location("cloth_tape", TAPE)
    assert spec is not None and spec.loader is not None
    cloth_tape = importlib.util.module_from_spec(spec)
    sys.modules["cloth_tape"] = cloth_tape
    spec.loader.exec_module(cloth_tape)
    from tshirt_render_queue.presets.template_info import resolve

    for blend in sorted(FOLDER.glob("*.blend")):
        bpy.ops.wm.open_mainfile(filepath=str(blend), load_ui=False, use_scripts=False)
        (garment,) = (o for o in bpy.context.scene.objects if o.get("mockup_role") == "garment")
        vertices = len(garment.data.vertices)
        yield f"{blend.name}: {blend.stat().st_size / 1e6:.2f} MB, {vertices} vertices"
        for found in cloth_tape.measure_all(garment, resolve(str(blend))):
            yield f"  {found}"

"""One click shows the order on the shirt; it follows the order and leaves nothing behind."""

import shutil
import threading
from pathlib import Path

import bpy


def play(ui):
    preview = ui.room("operators.preview.preview").preview
    order = bpy.context.window_manager.tshirt.order
    yield from ui.sidebar()
    design = shutil.copy(ui.options["design"], ui.folder)
    order.design = design
    order.fabric = "navy"
    yield 1.0
    before = _contents()
    yield from ui.push("tshirt.preview")
    yield from ui.wait_for(lambda: preview._art is not None, 60, "the preview")
    yield 2.0
    yield from ui.shot("preview-front")
    order.fabric, order.placement = "red", "full_back"
    yield 2.0
    yield from ui.shot("preview-back")
    order.background, order.background_colour = "colour", (1.0, 1.0, 1.0)
    yield 1.0
    yield from ui.shot("preview-on-white")
    art = preview._art
    other = Path(ui.options["design"]).with_name("last-light.png")
    shutil.copy(other, design)  # as if it had been saved in a drawing program
    yield from ui.wait_for(lambda: preview._art is not art, 60, "the design as it is now")
    ui.notes["trouble"] = preview.trouble
    ui.notes["xy"] = yield from ui.push("tshirt.preview")
    yield from ui.shot("preview-off")
    yield from ui.wait_for(lambda: not preview.on, 5, "the preview's end")
    assert _contents() == before
    yield from ui.wait_for(
        lambda: not any("preview" in one.name for one in threading.enumerate()),
        5,
        "its thread's end",
    )


def _contents():
    return {
        name: len(getattr(bpy.data, name))
        for name in ("images", "meshes", "objects", "materials", "scenes", "texts", "libraries")
    }

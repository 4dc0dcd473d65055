"""One click shows the order on the shirt; it follows the order and leaves nothing behind."""

import math
import shutil
import threading
from pathlib import Path

import bpy
from mathutils import Quaternion, Vector


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
    # It begins with what was ordered, wherever the viewport stands, and turns with that.
    model = _model(preview)
    assert abs(model.y) < 1e-3 and abs(model.z) < 1e-3, "the shirt isn't upright"
    assert abs(model.x - 1.0) < 1e-3, "it isn't seen from the front"
    order.views = [number == 2 for number in range(len(order.views))]
    yield 1.0
    yield from ui.shot("preview-left")
    assert abs(_model(preview).x) < 1e-3, "it isn't seen from the side that was ordered"
    order.views = [number == 0 for number in range(len(order.views))]
    space = ui.area().spaces.active.region_3d
    straight = space.view_rotation.copy()
    space.view_rotation = Quaternion((0.0, 0.0, 1.0), math.radians(30.0)) @ straight
    yield 1.0
    assert abs(_model(preview).x - math.cos(math.radians(30.0))) < 1e-3, "it doesn't turn along"
    space.view_rotation = straight

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
    yield from _over_file_new(ui, preview)
    order = bpy.context.window_manager.tshirt.order
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


def _model(preview):
    """Where the wearer's left points in the picture: right, up, towards the eye."""
    return preview.model.to_3x3() @ Vector((1.0, 0.0, 0.0))


def _over_file_new(ui, preview):
    """It goes on after File > New, whose windows are others; nothing is drawn twice."""
    before = ui.area().as_pointer()
    bpy.ops.wm.read_homefile(use_empty=False)
    yield 1.5
    yield from ui.sidebar()
    assert preview.on and preview._area == ui.area().as_pointer() != before
    yield from ui.wait_for(lambda: preview._drawn, 10, "the preview in the new file's viewport")
    yield from ui.shot("preview-after-new")


def _contents():
    return {
        name: len(getattr(bpy.data, name))
        for name in ("images", "meshes", "objects", "materials", "scenes", "texts", "libraries")
    }

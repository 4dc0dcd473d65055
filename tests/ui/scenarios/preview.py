"""One click shows the order on the shirt; it follows the order and leaves nothing behind."""

import bpy


def play(ui):
    preview = ui.room("operators.preview").preview
    order = bpy.context.window_manager.tshirt.order
    yield from ui.sidebar()
    order.design = ui.options["design"]
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
    ui.notes["trouble"] = preview.trouble
    ui.notes["xy"] = yield from ui.push("tshirt.preview")
    yield from ui.shot("preview-off")
    yield from ui.wait_for(lambda: not preview.on, 5, "the preview's end")
    assert _contents() == before


def _contents():
    return {
        name: len(getattr(bpy.data, name))
        for name in ("images", "meshes", "objects", "materials", "scenes", "texts", "libraries")
    }

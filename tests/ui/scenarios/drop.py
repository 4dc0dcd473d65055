"""Images dragged from a file browser onto the tab: one becomes the design, several a batch."""

import shutil
from pathlib import Path

import bpy


def play(ui):
    state = bpy.context.window_manager.tshirt
    yield from ui.sidebar()
    yield from ui.wait_for(
        lambda: ui.room("operators.client.queue_client").client.is_open, 10, "the client"
    )
    folder = ui.folder / "designs"
    folder.mkdir(exist_ok=True)
    design = Path(shutil.copy(ui.options["design"], folder))
    yield from ui.browser(folder)
    yield from ui.drag_to_tab()
    yield from ui.wait_for(lambda: state.order.design == str(design), 5, "the dropped design")

    shutil.copy(design, folder / "a-second.png")
    yield from ui.browser(folder)
    with ui.there("FILE_BROWSER", "WINDOW"):
        bpy.ops.file.select_all(action="SELECT")
    yield 0.5
    yield from ui.drag_to_tab()
    if bpy.app.version < (5, 0):  # its file browser hands over one file; only a desktop's several
        yield from ui.wait_for(lambda: "a-second" in state.order.design, 5, "the dropped design")
        return
    yield from ui.wait_for(lambda: len(state.batch.designs) == 2, 5, "the dropped designs")
    yield from ui.shot("dropped-two")
    yield from ui.away()

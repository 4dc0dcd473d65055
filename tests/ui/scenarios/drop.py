"""Images dragged from a file browser onto the tab: one becomes the design, several a batch."""

import shutil
from pathlib import Path

import bpy


def play(ui):
    state = bpy.context.window_manager.tshirt
    yield from ui.sidebar()
    yield from ui.wait_for(lambda: ui.room("operators.desk").desk.is_open, 10, "the desk")
    folder = ui.folder / "designs"
    folder.mkdir(exist_ok=True)
    design = Path(shutil.copy(ui.options["design"], folder))
    browser = yield from _browser(ui, folder)
    yield from _drag(ui, browser)
    yield from ui.shot("dropped")
    yield from ui.tap("RET")  # of those who would take an image, ours is under the mouse
    yield from ui.wait_for(lambda: state.order.design == str(design), 5, "the dropped design")

    shutil.copy(design, folder / "a-second.png")
    with ui.there("FILE_BROWSER", "WINDOW"):
        bpy.ops.file.refresh()
    yield 1.0
    with ui.there("FILE_BROWSER", "WINDOW"):
        bpy.ops.file.select_all(action="SELECT")
    yield 0.5
    yield from _drag(ui, browser)
    yield from ui.tap("RET")
    if bpy.app.version < (5, 0):  # its file browser hands over one file; only a desktop's several
        yield from ui.wait_for(lambda: "a-second" in state.order.design, 5, "the dropped design")
        return
    yield from ui.wait_for(lambda: len(state.batch.designs) == 2, 5, "the dropped designs")
    yield from ui.shot("dropped-two")
    yield from ui.away()


def _browser(ui, folder):
    """A file browser, in place of the Properties editor, with the folder's files one a line."""
    area = ui.area("PROPERTIES")
    area.type = "FILE_BROWSER"
    space = area.spaces.active
    space.show_region_toolbar = space.show_region_ui = False
    yield 1.0
    space.params.directory = str(folder).encode()
    space.params.display_type = "LIST_VERTICAL"
    yield 2.0
    return area


def _drag(ui, browser):
    """Drag the first file that is listed, and all that are selected with it, onto the tab."""
    files, tab = ui.region(browser, "WINDOW"), ui.region(ui.area())
    x, y = files.x + 60 * ui.scale, files.y + files.height - 32 * ui.scale
    across, up = tab.x + tab.width / 2 - x, tab.y + tab.height * 0.7 - y
    ui.point(x, y)
    yield 0.3
    ui.press("LEFTMOUSE", "PRESS", x, y)
    yield 0.2
    for step in range(1, 21):
        ui.point(x + across * step / 20, y + up * step / 20)
        yield 0.05
    yield 0.3
    ui.press("LEFTMOUSE", "RELEASE", x + across, y + up)
    yield 1.0

"""From the zip to a picture, in a Blender that has never seen it, with what an artist has: a mouse.

Drag the zip into Blender, OK, drag a design onto the tab that opens, Draft, Add to Queue.
"""

import shutil
from pathlib import Path

import bpy


def play(ui):
    for name, source in (("zip", "zip"), ("art", "design")):
        (ui.folder / name).mkdir(exist_ok=True)
        shutil.copy(ui.options[source], ui.folder / name)
    viewport = ui.region(ui.area(), "WINDOW")
    middle = viewport.x + viewport.width / 2, viewport.y + viewport.height / 2
    yield from ui.browser(ui.folder / "zip")
    yield from ui.drag(*middle)
    yield from ui.shot("1-zip-dropped")
    yield from ui.tap("RET", *middle)
    addons = bpy.context.preferences.addons
    yield from ui.wait_for(lambda: ui.package in addons, 60, "the extension to be installed")
    yield from ui.wait_for(lambda: hasattr(bpy.types.WindowManager, "tshirt"), 20, "our tab")
    yield from ui.wait_for(
        lambda: ui.room("operators.client.queue_client").client.is_open, 10, "the client"
    )
    yield 2.0
    yield from ui.shot("2-installed")

    assert ui.region(ui.area()).active_panel_category == "T-Shirt", "nobody knows where it is"
    yield from ui.browser(ui.folder / "art")
    yield from ui.drag_to_tab()
    order = bpy.context.window_manager.tshirt.order
    client, state = ui.room("operators.client.queue_client").client, ui.room("queue.job").State
    art = str(ui.folder / "art" / Path(ui.options["design"]).name)
    yield from ui.wait_for(lambda: order.design == art, 10, "the design")
    yield from ui.wait_for(lambda: client.look.jobs == 1, 10, "the order to be looked over")
    _, y = yield from ui.find("order.quality", top=0.6)
    tab = ui.region(ui.area())
    yield from ui.click(tab.x + tab.width * 0.15, y)  # Draft, the left one of the three
    yield from ui.shot("3-design")
    assert order.quality == "draft"
    yield from ui.push("tshirt.order(")
    done = lambda: client.snapshot.counts.get(state.COMPLETED) == 1  # noqa: E731
    yield from ui.wait_for(done, 240, "the picture")
    yield 2.0
    yield from ui.shot("4-done")
    ui.notes["pictures"] = client.snapshot.lines[0].row.pictures

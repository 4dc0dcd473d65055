"""Pictures of the tab as it is: empty, with a design, with what the queue holds."""

import bpy


def play(ui):
    yield from ui.sidebar()
    yield from ui.shot("empty")
    order = bpy.context.window_manager.tshirt.order
    order.design = ui.options["design"]
    yield 1.5
    yield from ui.shot("order")
    ui.notes["look"] = str(ui.room("operators.desk").desk.look)
    ui.notes["snapshot"] = str(ui.room("operators.desk").desk.snapshot)[:600]

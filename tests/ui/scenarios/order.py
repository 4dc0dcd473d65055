"""From a design to a finished picture: what a fresh user does, by clicks."""

import bpy


def play(ui):
    client = ui.room("operators.client.queue_client").client
    state = ui.room("queue.job").State
    yield from ui.sidebar()
    yield from ui.wait_for(lambda: client.is_open, 10, "the client")
    order = bpy.context.window_manager.tshirt.order
    order.design, order.fabric, order.quality = ui.options["design"], "navy", "draft"
    order.picture, order.width, order.height, order.samples = "OWN", 192, 192, 4
    yield from ui.wait_for(lambda: client.look.jobs == 1, 10, "the order to be looked over")
    shown = ui.room("operators.client.adding").adding
    expected, expect = [], shown.expect
    shown.expect = lambda name, future: (expected.append(name), expect(name, future))
    yield from ui.push("tshirt.order(")
    assert expected == ["north-ridge"], "nothing is shown until the job is in the queue"
    yield from ui.wait_for(lambda: client.snapshot.total == 1, 10, "the job in the list")
    yield from ui.wait_for(lambda: client.snapshot.counts[state.ACTIVE] == 1, 60, "a worker")
    yield from ui.shot("rendering")
    yield from ui.wait_for(lambda: client.snapshot.counts[state.COMPLETED] == 1, 120, "the picture")
    row = client.snapshot.lines[0].row
    ui.notes["pictures"] = row.pictures
    bpy.context.window_manager.tshirt.queue.index = 0
    yield 1.0
    yield from ui.shot("done")
    client.order_changed()
    yield from ui.wait_for(lambda: client.look.rendered == 1, 10, "the notice that it is there")
    yield from ui.shot("there-already")

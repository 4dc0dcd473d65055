"""A click in the filter shows one state only, the same click again all; the panel shows that it is on.

The list is looked at in a narrow sidebar too.
"""

import sys
from pathlib import Path

import bpy


def play(ui):
    sys.path.append(str(Path(__file__).parent.parent))
    import seed

    client = ui.room("operators.client.queue_client").client
    state = ui.room("queue.job").State
    queue = bpy.context.window_manager.tshirt.queue
    design = Path(ui.options["design"])
    yield from ui.sidebar()
    yield from ui.wait_for(lambda: client.is_open, 5, "the client")
    seed.fill(ui.room, client.folder.path, design, 60, picture=design, unfinished=20)
    yield from ui.wait_for(lambda: client.snapshot.total == 60, 60, "the jobs")
    yield from ui.wait_for(lambda: client.snapshot.counts[state.ACTIVE] == 1, 30, "all of them")
    failed = client.snapshot.counts[state.FAILED]
    queue.grouped = False
    yield 1.0
    assert failed and client.snapshot.work.failed == failed

    sidebar = ui.region(ui.area())
    x, y = sidebar.x + sidebar.width / 2, sidebar.y + sidebar.height / 2
    ui.point(x, y)
    yield 0.2
    with ui.there():
        bpy.ops.wm.call_panel(name="TSHIRT_PT_filter", keep_open=True)
    yield 0.5
    yield from ui.shot("filter-open")
    at = yield from _of_failed(ui, queue, x, y)
    yield from ui.wait_for(lambda: len(client.snapshot.lines) == failed, 5, "failed jobs alone")
    yield from ui.shot("filter-on")
    yield from ui.click(*at)
    yield from ui.wait_for(lambda: len(client.snapshot.lines) == 60, 5, "all jobs again")
    yield from ui.click(*at)
    yield from ui.wait_for(lambda: len(client.snapshot.lines) == failed, 5, "failed jobs alone")
    yield from ui.away()
    queue.index = 0
    yield from ui.shot("failed-chosen")
    # What is kept while Blender opens another file comes back.
    saved_orders = ui.room("operators.saved_orders")
    kept = saved_orders.plain(queue)
    assert saved_orders.fill(queue, kept) == []
    assert list(queue.states) == kept["states"] == [False, False, False, True, False]
    bpy.ops.tshirt.show_all_states()
    yield from ui.wait_for(lambda: len(client.snapshot.lines) == 60, 5, "all jobs again")


def _of_failed(ui, queue, x, y):
    """Click down the popup under the mouse until failed jobs are chosen; return where that was."""
    for step in range(6, 30):
        at = x, y - step * 10 * ui.scale
        queue.states = [False] * len(queue.states)
        yield from ui.click(*at)
        if tuple(queue.states) == (False, False, False, True, False):
            return at
    raise AssertionError("no click shows failed jobs alone")

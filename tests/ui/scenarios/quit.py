"""Blender is closed while a job is rendered and two wait; running jobs are to finish."""

import bpy


def play(ui):
    client = ui.room("operators.client.queue_client").client
    state = ui.room("queue.job").State
    yield from ui.sidebar()
    yield from ui.wait_for(lambda: client.is_open, 10, "the client")
    client.assume(on_quit=ui.room("queue.settings").OnQuit.FINISH, concurrency=1)
    # Long enough for the window to be closed meanwhile, on any machine.
    slow = {"width": 320, "height": 320, "samples": 256, "light": "full"}
    bpy.ops.tshirt.enqueue(
        designs=ui.options["design"], fabrics="navy, red, white", wait=True, **slow
    )
    bpy.ops.tshirt.run_queue()
    yield from ui.wait_for(lambda: client.snapshot.counts[state.ACTIVE] == 1, 90, "a render")
    yield 0.5
    yield from ui.shot("before-quitting")
    yield from ui.quit()

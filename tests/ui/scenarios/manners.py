"""What a guest in somebody's Blender must not do: forget, linger, enter undo, block, leave traces."""

import sys
import threading
import time
from pathlib import Path

import addon_utils
import bpy

#: Seconds that an operator may take here; with the work they hand over it would be a multiple. The
#: bound itself is for the benchmark to measure.
MOMENT = 0.15
MANY = 2_000


def play(ui):
    yield from ui.sidebar()
    yield from _opens_the_queue_once(ui)
    yield from _survives_opening_a_file(ui)
    yield from _stays_out_of_undo(ui)
    yield from _works_in_a_second_window(ui)
    yield from _survives_reloading_scripts(ui)
    yield from _keeps_rendering_though_scripts_are_reloaded(ui)
    yield from _never_blocks(ui)
    yield from _leaves_nothing(ui)


def _survives_opening_a_file(ui):
    file = str(ui.folder / "artist.blend")
    bpy.ops.wm.save_as_mainfile(filepath=file)
    order = bpy.context.window_manager.tshirt.order
    order.design, order.fabric = ui.options["design"], "navy"
    yield 0.5
    bpy.ops.wm.open_mainfile(filepath=file)
    yield 1.0
    order = bpy.context.window_manager.tshirt.order
    assert order.design == ui.options["design"], "the order was forgotten"
    assert order.fabric == "navy"
    client = ui.room("operators.client.queue_client").client
    order.fabric = "red"
    yield from ui.wait_for(lambda: "red" in client.look.example, 10, "the client after File > Open")
    bpy.ops.wm.read_homefile()
    yield 1.0
    assert bpy.context.window_manager.tshirt.order.fabric == "red", "the order was forgotten"
    yield from ui.sidebar()


def _stays_out_of_undo(ui):
    with ui.there(region="WINDOW"):
        bpy.ops.object.empty_add()
        bpy.ops.ed.undo_push(message="the artist's last step")
    order = bpy.context.window_manager.tshirt.order
    with ui.there():
        bpy.ops.tshirt.apply_order.poll()
        order.fabric = "forest"
        bpy.ops.tshirt.tick_shown("INVOKE_DEFAULT")
        bpy.ops.tshirt.set_paused("INVOKE_DEFAULT", paused=True)
    yield 0.5
    with ui.there(region="WINDOW"):
        bpy.ops.ed.undo()
    yield 0.5
    assert not any(one.type == "EMPTY" for one in bpy.data.objects), "something entered undo"
    assert bpy.context.window_manager.tshirt.order.fabric == "forest", "undo changed the order"
    bpy.ops.tshirt.set_paused("INVOKE_DEFAULT", paused=False)
    yield 0.3


def _works_in_a_second_window(ui):
    bpy.ops.wm.window_new()
    yield 0.5
    assert len(bpy.context.window_manager.windows) == 2
    ui.room("operators.client.queue_client").client.touch()
    yield 0.5
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[1]):
        bpy.ops.wm.window_close()
    yield 0.5


def _survives_reloading_scripts(ui):
    with ui.there(region="WINDOW"):
        bpy.ops.script.reload()
    yield 1.5
    client = ui.room("operators.client.queue_client").client
    yield from ui.wait_for(lambda: client.is_open, 5, "the client after Reload Scripts")
    yield from ui.sidebar()
    order = bpy.context.window_manager.tshirt.order
    order.design = ui.options["design"]
    yield from ui.wait_for(lambda: client.look.jobs == 1, 10, "the order after Reload Scripts")


def _keeps_rendering_though_scripts_are_reloaded(ui):
    client = ui.room("operators.client.queue_client").client
    state = ui.room("queue.job").State
    client.assume(on_quit=ui.room("queue.settings").OnQuit.FINISH, concurrency=1)
    small = {"width": 64, "height": 64, "samples": 1}
    bpy.ops.tshirt.enqueue(designs=ui.options["design"], fabrics="navy, red", wait=True, **small)
    bpy.ops.tshirt.run_queue()
    yield from ui.wait_for(lambda: client.snapshot.counts[state.ACTIVE] == 1, 60, "a render")
    with ui.there(region="WINDOW"):
        bpy.ops.script.reload()
    client = ui.room("operators.client.queue_client").client
    state = ui.room("queue.job").State
    yield from ui.wait_for(
        lambda: client.snapshot.counts.get(state.COMPLETED) == 2,
        90,
        "what was left when it stopped",
    )
    client.assume(on_quit=ui.room("queue.settings").OnQuit.KEEP)
    yield from ui.sidebar()


def _never_blocks(ui):
    sys.path.append(str(Path(__file__).parent.parent))
    import seed

    client = ui.room("operators.client.queue_client").client
    unfinished = ui.room("queue.job").UNFINISHED
    yield from ui.pause(True)
    design = Path(ui.options["design"])
    seed.fill(ui.room, client.folder.path, design, MANY, picture=design, unfinished=MANY)
    yield from ui.wait_for(lambda: client.snapshot.unfinished >= MANY, 60, "many jobs")
    for how in ("EXEC_DEFAULT", "INVOKE_DEFAULT"):
        jobs = client.hand_over(
            lambda store: [job.id for job in store.jobs(states=unfinished, limit=MANY // 2)]
        )
        yield from ui.wait_for(jobs.done, 10, "their ids")
        client.ticked, left = (
            set(jobs.result()),
            client.snapshot.unfinished - MANY // 2 + 1,
        )  # one is at work
        begun = time.perf_counter()
        with ui.there():
            bpy.ops.tshirt.cancel_chosen(how)
        taken = time.perf_counter() - begun
        assert taken < MOMENT, f"cancelling many, {how}: {taken:.2f} s"
        yield from ui.wait_for(
            lambda left=left: client.snapshot.unfinished <= left, 30, "the cancel"
        )
        yield from ui.wait_for(lambda: not client.ticked, 10, "the operator to tell")
    begun = time.perf_counter()
    bpy.ops.tshirt.enqueue(
        designs=ui.options["design"],
        fabrics=",".join(ui.room("presets.fabrics").fabrics()),
        placements=",".join(ui.room("presets.placements").placements()),
        force=True,
    )
    taken = time.perf_counter() - begun
    assert taken < MOMENT, f"a script's order: {taken:.2f} s"
    assert client.snapshot.unfinished < 100, "it was meant to go on while the script does"
    yield from ui.wait_for(lambda: client.snapshot.unfinished > 100, 60, "a script's order")
    refusal = ""
    try:
        bpy.ops.tshirt.cancel(jobs="nobody", wait=True)
    except RuntimeError as error:
        refusal = str(error)
    assert "nobody" in refusal


def _opens_the_queue_once(ui):
    """An idle window holds no more files after a while than before."""
    client = ui.room("operators.client.queue_client").client
    descriptors = Path("/proc/self/fd")
    yield from ui.wait_for(lambda: client.is_open, 10, "the client")
    yield 1.0
    before = len(list(descriptors.iterdir()))
    yield 3.0
    assert len(list(descriptors.iterdir())) <= before + 2, "files are opened and never closed"


def _leaves_nothing(ui):
    for _ in range(2):
        addon_utils.disable(ui.package, default_set=True)
        yield 0.5
        left = [name for name in dir(bpy.types) if "tshirt" in name.lower()]
        assert not left, left
        assert not hasattr(bpy.types.WindowManager, "tshirt")
        assert not [one for one in dir(bpy.ops.tshirt) if not one.startswith("_")]
        threads = [one.name for one in threading.enumerate() if one.name.startswith("tshirt")]
        assert not threads, threads
        for header in (bpy.types.STATUSBAR_HT_header,):
            ours = [one for one in header.draw._draw_funcs if "tshirt" in one.__module__]
            assert not ours, ours
        addon_utils.enable(ui.package, default_set=True)
        yield 0.5
    client = ui.room("operators.client.queue_client").client
    yield from ui.wait_for(lambda: client.is_open, 5, "the client after disable and enable")

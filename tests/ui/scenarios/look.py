"""Pictures of the tab as it is: empty, with a design, with what a queue of `jobs` jobs holds.

Of a long list two jobs are compared.
"""

import sys
from pathlib import Path

import bpy


def play(ui):
    sys.path.append(str(Path(__file__).parent.parent))
    import seed

    desk = ui.room("operators.client.queue_client").desk
    count, design = ui.options["jobs"], Path(ui.options["design"])
    yield from ui.sidebar()
    yield from ui.wait_for(lambda: desk.is_open, 5, "the desk")
    if not count:
        yield from ui.shot("empty")
    order = bpy.context.window_manager.tshirt.order
    order.design = str(design)
    yield 1.5
    if count:
        seed.fill(ui.room, desk.folder.path, design, count, picture=design,
                  unfinished=min(count - 1, 40))  # fmt: skip
        yield from ui.wait_for(lambda: desk.snapshot.total == count, 60, "the jobs")
        for line, row in enumerate(desk.snapshot.lines):
            if row.row and row.row.state.value == ui.options.get("choose", "failed"):
                bpy.context.window_manager.tshirt.queue.index = line
                break
        yield 1.0
    yield from ui.shot(f"jobs-{count}")
    ui.notes["look"] = str(desk.look)
    ui.notes["lines"] = len(desk.snapshot.lines)
    ui.notes["trouble"] = desk.snapshot.trouble
    if count > 100:
        yield from _compare(ui, desk)


def _compare(ui, desk):
    bpy.context.window_manager.tshirt.queue.several = True
    rows = [line.row for line in desk.snapshot.lines if line.row and line.row.pictures]
    assert not bpy.ops.tshirt.compare_chosen.poll(), "one job is no pair"
    desk.ticked = {row.id for row in rows[:2]}
    desk.touch()
    yield 0.5
    with ui.there():
        bpy.ops.tshirt.compare_chosen("INVOKE_DEFAULT")
    yield 1.0
    yield from ui.shot("compared")
    areas = bpy.context.window_manager.windows[-1].screen.areas
    assert [area.type for area in areas] == ["IMAGE_EDITOR"] * 2
    assert all(area.spaces.active.image for area in areas)

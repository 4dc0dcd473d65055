"""Pictures of the tab as it is: empty, with a design, with what a queue of `jobs` jobs holds.

Of a long list two jobs are compared.
"""

import sys
from pathlib import Path

import bpy


def play(ui):
    sys.path.append(str(Path(__file__).parent.parent))
    import seed

    client = ui.room("operators.client.queue_client").client
    count, design = ui.options["jobs"], Path(ui.options["design"])
    yield from ui.sidebar()
    yield from ui.wait_for(lambda: client.is_open, 5, "the client")
    if not count:
        yield from ui.shot("empty")
    order = bpy.context.window_manager.tshirt.order
    order.design = str(design)
    yield 1.5
    if count:
        seed.fill(ui.room, client.folder.path, design, count, picture=design,
                  unfinished=min(count - 1, 40))  # fmt: skip
        yield from ui.wait_for(lambda: client.snapshot.total == count, 60, "the jobs")
        for line, row in enumerate(client.snapshot.lines):
            if row.row and row.row.state.value == ui.options.get("choose", "failed"):
                bpy.context.window_manager.tshirt.queue.index = line
                break
        yield 1.0
    yield from ui.shot(f"jobs-{count}")
    ui.notes["look"] = str(client.look)
    ui.notes["lines"] = len(client.snapshot.lines)
    ui.notes["trouble"] = client.snapshot.trouble
    if count > 100:
        yield from _compare(ui, client)


def _compare(ui, client):
    bpy.context.window_manager.tshirt.queue.several = True
    rows = [line.row for line in client.snapshot.lines if line.row and line.row.pictures]
    assert not bpy.ops.tshirt.compare_chosen.poll(), "one job is no pair"
    client.ticked = {row.id for row in rows[:2]}
    client.touch()
    yield 0.5
    with ui.there():
        bpy.ops.tshirt.compare_chosen("INVOKE_DEFAULT")
    yield 1.0
    yield from ui.shot("compared")
    areas = bpy.context.window_manager.windows[-1].screen.areas
    assert [area.type for area in areas] == ["IMAGE_EDITOR"] * 2
    assert all(area.spaces.active.image for area in areas)

"""What was ticked in the batch dialog stays ticked, whatever becomes of its designs."""

from pathlib import Path

import bpy


def play(ui):
    first = Path(ui.options["design"])
    second = first.with_name("night-sky.png")
    state = bpy.context.window_manager.tshirt
    batch = state.batch
    yield from ui.sidebar()

    # A dialog without a design begins with what the panel has.
    _open(ui)
    yield 0.5
    assert any(batch.placements) and any(batch.fabrics) and not batch.designs
    batch.fabrics = [number in (1, 3) for number in range(len(batch.fabrics))]
    batch.placements = [number in (2, 4) for number in range(len(batch.placements))]
    batch.transparent, batch.white = False, True
    chosen = tuple(batch.fabrics), tuple(batch.placements)
    _add(first)
    yield 0.3
    assert [design.path for design in batch.designs] == [str(first)]
    assert (tuple(batch.fabrics), tuple(batch.placements)) == chosen, "the ticks were dropped"
    assert batch.white and not batch.transparent, "the background was dropped"

    # The name follows the designs until the artist gives one.
    _add(second)
    yield 0.3
    assert batch.title == f"{first.stem} + 1"
    bpy.ops.tshirt.batch_drop_design(index=0)
    assert batch.title == second.stem, "the name keeps a design that was removed"
    batch.title = "Spring"
    _add(first)
    bpy.ops.tshirt.batch_drop_design(index=0)
    assert batch.title == "Spring"
    yield from ui.shot("batch-kept")

    bpy.ops.tshirt.batch_drop_design(index=0)
    _add(second)
    assert (tuple(batch.fabrics), tuple(batch.placements)) == chosen, "the ticks were dropped"
    yield from ui.away()


def _open(ui):
    with ui.there():
        bpy.ops.tshirt.order_batch("INVOKE_DEFAULT")


def _add(design):
    bpy.ops.tshirt.batch_add_designs(directory=str(design.parent), files=[{"name": design.name}])

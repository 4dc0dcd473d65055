"""Opens every popover, menu and dialog and the preferences, for looking at them."""

from pathlib import Path

import bpy


def play(ui):
    order = bpy.context.window_manager.tshirt.order
    client = ui.room("operators.client.queue_client").client
    yield from ui.sidebar()
    order.design = ui.options["design"]
    order.fabric = "forest"
    yield from ui.wait_for(lambda: client.look.jobs == 1, 10, "the order to be looked over")

    with ui.there():
        bpy.ops.wm.call_panel(name="TSHIRT_PT_fabrics", keep_open=True)
    yield from ui.shot("fabrics")
    yield from ui.away()

    yield from _another_shirt(ui, client, order)

    state = bpy.context.window_manager.tshirt
    ui.room("operators.batch").start_batch(state, [order.design, order.design])
    state.batch.fabrics = [number % 4 == 0 for number in range(len(state.batch.fabrics))]
    with ui.there():
        bpy.ops.tshirt.order_batch("INVOKE_DEFAULT")
    batch_client = ui.room("operators.client.batch_check").batch_client
    yield from ui.wait_for(lambda: batch_client.look.jobs == 8, 60, "the batch to be looked over")
    assert not batch_client.look.error
    yield from ui.shot("batch")
    another = Path(order.design).with_name("night-sky.png")
    with ui.there():
        bpy.ops.tshirt.batch_add_designs(
            directory=str(another.parent), files=[{"name": another.name}]
        )
    yield from ui.wait_for(lambda: batch_client.look.jobs == 16, 60, "the open dialog to notice it")
    yield from ui.away()
    assert not batch_client.dialog_open, "there was a second dialog"

    with ui.there():
        bpy.ops.wm.call_menu(name="TSHIRT_MT_more")
    yield from ui.shot("more")
    yield from ui.away()

    bpy.ops.screen.userpref_show("INVOKE_DEFAULT")
    yield 0.5
    bpy.ops.preferences.addon_show(module=ui.package)
    yield 0.5
    yield from ui.shot("preferences")
    bpy.ops.tshirt.check_health()
    health = ui.room("operators.health").health
    yield from ui.wait_for(lambda: not health.busy, 120, "the health check")
    yield from ui.shot("health")
    devices = ui.room("operators.client.devices").devices
    yield from ui.wait_for(lambda: devices.answer_or_none(""), 60, "the devices")
    assert "CPU" in devices.answer_or_none("").choices
    yield from ui.shot("devices")
    ui.notes["health"] = [one.sentence for one in health.findings]
    assert all(one.good for one in health.findings)


def _another_shirt(ui, client, order):
    """Closeups are views too; where a shirt can't be printed is said before it is ordered."""
    views = list(ui.room("presets.views").views())
    print_ = views.index("closeup_print")
    yield from ui.push(f"views[{print_}]")
    yield from ui.wait_for(lambda: client.look.files == 2, 10, "two pictures of the order")
    assert order.views[print_]
    order.shirt, order.placement = "folded", "sleeve_left"
    yield from ui.wait_for(lambda: client.look.error, 10, "the refusal")
    named = bpy.types.UILayout.enum_item_name
    assert named(order, "placement", "sleeve_left").endswith("(not on this shirt)")
    assert not bpy.ops.tshirt.order.poll()
    yield from ui.shot("not-on-this-shirt")
    with ui.there():
        bpy.ops.wm.call_menu(name="TSHIRT_MT_orders")
    yield from ui.shot("orders")
    yield from ui.away()
    order.shirt, order.placement = "tshirt", "full_front"
    order.views = [view == "front" for view in views]
    yield from ui.wait_for(lambda: client.look.jobs == 1, 10, "the order to be looked over")
    assert named(order, "placement", "sleeve_left") == "Sleeve Left"

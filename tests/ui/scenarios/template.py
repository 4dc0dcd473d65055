"""Makes a template of a tube by the panel's buttons, checks it, and undoes a step."""

import time

import bpy


def play(ui):
    _open_from_the_start(bpy.types.VIEW3D_PT_tshirt_template)
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    with ui.there(region="WINDOW"):
        bpy.ops.mesh.primitive_cylinder_add(
            vertices=96, radius=0.16, depth=0.6, end_fill_type="NOTHING", location=(0, 0, 0.3)
        )
    tube = bpy.context.view_layer.objects.active
    tube.name = "Tube"
    yield from ui.sidebar()
    yield from ui.shot("template-start")

    yield from ui.push("tshirt.mark_garment(")
    yield from ui.wait_for(lambda: tube.get("mockup_role") == "garment", 5, "the mark")
    yield from ui.shot("template-zones")
    yield from ui.push("tshirt.add_zone(zone='front'")
    yield from ui.wait_for(lambda: "mockup_zones" in bpy.data.objects["Tube"], 20, "the zone")
    yield from ui.push("tshirt.add_cameras(")
    yield from ui.wait_for(lambda: bpy.context.scene.camera is not None, 5, "the cameras")
    yield from ui.shot("template-made")

    ui.notes["steps"] = _undone(ui)
    bpy.ops.wm.save_as_mainfile(filepath=str(ui.folder / "tube.blend"))
    room = ui.room("operators.template.check_template")
    slept = _longest_gap(ui)
    yield from ui.push("tshirt.check_template(")
    yield from ui.wait_for(lambda: slept() and room.last.blend, 60, "the check")
    ui.notes["stall"] = slept.longest
    yield 0.5
    yield from ui.shot("template-found")
    yield from ui.away()
    yield from ui.shot("template-checked")
    yield from ui.push("tshirt.order_on_template(")
    order = bpy.context.window_manager.tshirt.order
    order.design = ui.options["design"]
    client = ui.room("operators.client.queue_client").client
    yield from ui.wait_for(lambda: client.look.example, 30, "the order looked over")
    ui.notes["template"] = order.template
    order.placement = "sleeve_left"
    yield from ui.wait_for(lambda: client.look.error, 30, "the refusal of a zone it lacks")
    ui.notes["refusal"] = client.look.error
    ui.notes["findings"] = [finding.code for finding in room.last.findings]


def _open_from_the_start(panel):
    bpy.utils.unregister_class(panel)
    panel.bl_options = set()
    bpy.utils.register_class(panel)


def _undone(ui):
    """How many cameras there are now, after an undo, and after a redo."""
    counts = [len(bpy.data.cameras)]
    for step in (bpy.ops.ed.undo, bpy.ops.ed.redo):
        with ui.there(region="WINDOW"):
            step()
        counts.append(len(bpy.data.cameras))
    return counts


class _longest_gap:
    """Called each tick; `longest` is the longest time between two calls, seconds."""

    def __init__(self, _ui):
        self.longest, self._last = 0.0, None

    def __call__(self):
        now = time.monotonic()
        if self._last is not None:
            self.longest = max(self.longest, now - self._last)
        self._last = now
        return True

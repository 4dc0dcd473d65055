"""Measures the tab: see tests/bench_ui.py, which prints what is noted here."""

import statistics
import sys
import time
from pathlib import Path

import bpy

JOBS = 10_000
REDRAWS = 60
IDLE = 10.0
#: Seconds that the queue is watched at work.
WORKING = 20.0


class Watch:
    """Sums the time that our panels take in each redraw, and the longest call of ours."""

    def __init__(self, ui):
        self.redraws = []
        self.longest = 0.0
        self._panels = 0
        queue_list = ui.room("panels.queue_list")
        self._first = bpy.types.VIEW3D_PT_tshirt_order
        for panel in (bpy.types.VIEW3D_PT_tshirt_order, bpy.types.VIEW3D_PT_tshirt_queue):
            self._wrap_draw(panel)
        self._wrap_draw_item(queue_list.TSHIRT_UL_jobs)
        pulse = ui.room("panels.pulse")
        for name in ("_follow", "redraw", "form_of"):
            self._wrap(pulse, name)

    # Blender looks how many arguments a draw function has, so these can't take any number.

    def _wrap_draw(self, panel):
        inner, begins = panel.draw, panel is self._first

        def draw(panel, context):
            if begins:
                self.redraws.append(0.0)
            self._timed(inner, (panel, context), drawing=True)

        panel.draw = draw

    def _wrap_draw_item(self, listing):
        inner = listing.draw_item

        def draw_item(listing, context, layout, data, item, icon, active, name, index):
            arguments = (listing, context, layout, data, item, icon, active, name, index)
            self._timed(inner, arguments, drawing=True)

        listing.draw_item = draw_item

    def _wrap(self, owner, name):
        inner = getattr(owner, name)
        setattr(owner, name, lambda *arguments: self._timed(inner, arguments))

    def _timed(self, inner, arguments, drawing=False):
        begun = time.perf_counter()
        result = inner(*arguments)
        taken = time.perf_counter() - begun
        self.longest = max(self.longest, taken)
        if drawing and self.redraws:
            self.redraws[-1] += taken
        return result


class Gaps:
    """The longest time between two ticks of a fast timer: what an artist feels as a stall."""

    def __init__(self):
        self.longest = 0.0
        self._last = time.perf_counter()
        bpy.app.timers.register(self._tick)

    def _tick(self):
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now
        return 0.001

    def take(self):
        longest, self.longest = self.longest, 0.0
        return longest


def play(ui):
    sys.path.append(str(Path(__file__).parent.parent))
    import seed

    desk = ui.room("operators.desk").desk
    pulse = ui.room("panels.pulse")
    region = yield from ui.sidebar()
    yield from ui.wait_for(lambda: desk.is_open, 10, "the desk")
    yield from ui.pause(True)
    design = Path(ui.options["designs"][0])
    order = bpy.context.window_manager.tshirt.order
    order.design = str(design)
    yield from _seed(ui, seed, desk, design)
    ui.notes["jobs"] = desk.snapshot.total

    watch = Watch(ui)
    for _ in range(REDRAWS):
        region.tag_redraw()
        yield 0.05
    draws = watch.redraws[10:]
    ui.notes["draw_ms"] = statistics.median(draws) * 1e3
    ui.notes["draw_worst_ms"] = max(draws) * 1e3

    begun = time.perf_counter()
    for _ in range(10_000):
        pulse.beat()
    ui.notes["poll_us"] = (time.perf_counter() - begun) / 10_000 * 1e6

    yield 3.0
    before = len(watch.redraws)
    yield IDLE
    ui.notes["redraws"], ui.notes["idle_seconds"] = len(watch.redraws) - before, IDLE

    gaps = Gaps()
    for _ in range(REDRAWS):
        region.tag_redraw()
        yield 0.05
    ui.notes["still_ms"] = gaps.take() * 1e3
    yield from _work(ui, desk, watch, gaps)


def _seed(ui, seed, desk, design):
    """In portions, so that a slow disk doesn't look like a hang."""
    seed.fill(ui.room, desk.folder.path, design, JOBS, picture=design, unfinished=JOBS // 2)
    yield from ui.wait_for(lambda: desk.snapshot.total == JOBS, 120, "the jobs")


def _work(ui, desk, watch, gaps):
    state = ui.room("queue.job").State
    store = ui.room("queue.store").JobStore(desk.folder.path)
    store.cancel([job.id for job in store.jobs(states=ui.room("queue.job").UNFINISHED)])
    tshirt = bpy.context.window_manager.tshirt
    order = tshirt.order
    order.picture, order.width, order.height, order.samples = "OWN", 64, 64, 1
    ui.room("operators.batch").start_batch(tshirt, ui.options["designs"][:3])
    tshirt.batch.placements = [True] * len(tshirt.batch.placements)
    tshirt.batch.fabrics = [number < 13 for number in range(len(tshirt.batch.fabrics))]
    yield from ui.pause(False)
    yield 2.0
    with ui.there():
        bpy.ops.tshirt.order_batch("INVOKE_DEFAULT")
    yield 1.0
    gaps.take()
    watch.longest = 0.0
    x, y = 400, 300
    yield from ui.tap("RET", x, y)
    yield from ui.wait_for(lambda: desk.snapshot.unfinished > 400, 60, "the batch")
    ui.notes["added"] = desk.snapshot.unfinished
    yield from ui.wait_for(lambda: desk.snapshot.counts[state.ACTIVE] == 2, 90, "two renders")
    yield WORKING
    ui.notes["stall_ms"], ui.notes["ours_ms"] = gaps.take() * 1e3, watch.longest * 1e3
    ui.notes["rendered"] = desk.snapshot.counts[state.COMPLETED]
    store.cancel([job.id for job in store.jobs(states=ui.room("queue.job").UNFINISHED)])
    store.close()
    ui.room("queue.runner").ask_stop(ui.room("queue.store").JobStore(desk.folder.path))

"""Measures the tab: see tests/bench_ui.py, which prints what is noted here.

In an Image editor in a small window: without a graphics card, drawing a 3D viewport takes a second.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

import bpy

EDITOR = "IMAGE_EDITOR"
JOBS = 10_000
REDRAWS = 60
IDLE = 10.0
#: Seconds that the window is watched with and without the queue at work.
WATCHED = 15.0
#: Jobs that operators are called with.
MANY = 2_000

#: A worker's load, without a worker: one core, behind everybody else.
LOAD = """
import contextlib, os
os.nice(5)
with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as weight:
    weight.write("5")
while True:
    pass
"""


class Watch:
    """Notes how long our panels take in each redraw, and our longest work on the main thread."""

    def __init__(self, ui):
        #: seconds, and of these the seconds that the processor was ours
        self.redraws, self.own = [], []
        self.longest = {}
        first = bpy.types.IMAGE_PT_tshirt_order
        for panel in (first, bpy.types.IMAGE_PT_tshirt_queue):
            self._wrap_draw(panel, panel is first)
        pulse = ui.room("panels.refresh_timer")
        for owner, names in (
            (pulse, ("_follow", "redraw", "form_of")),
            (pulse.notices, ("notice", "_draw")),
            (
                ui.room("operators.client.background_operator").BackgroundOperator,
                ("execute", "invoke"),
            ),
            (
                ui.room("operators.client.background_operator").TSHIRT_OT_tell_when_done,
                ("invoke", "modal"),
            ),
        ):
            for name in names:
                self._wrap(owner, name)

    # Blender looks how many arguments a function of a class has, so these can't take any number.

    def _wrap_draw(self, panel, first):
        inner = panel.draw

        def draw(panel, context):
            seconds, own = self._timed("draw", inner, panel, context)
            if first:
                self.redraws.append(0.0)
                self.own.append(0.0)
            self.redraws[-1] += seconds
            self.own[-1] += own

        panel.draw = draw

    def _wrap(self, owner, name):
        inner = getattr(owner, name)
        results = []

        def run(*arguments):
            results.append(inner(*arguments))

        def timed(*arguments):
            self._timed(name, run, *arguments)
            return results.pop()

        def method(self, context, event):
            return timed(self, context, event)

        def short(first, second):
            return timed(first, second)

        wrapper = {3: method, 2: short}.get(inner.__code__.co_argcount, timed)
        setattr(owner, name, wrapper)

    def _timed(self, name, work, *arguments):
        begun, own = time.perf_counter(), time.thread_time()
        work(*arguments)
        seconds, own = time.perf_counter() - begun, time.thread_time() - own
        self.longest[name] = max(self.longest.get(name, 0.0), seconds)
        return seconds, own

    def take(self):
        """The longest since it was last asked: (what, seconds)."""
        longest, self.longest = self.longest, {}
        return max(longest.items(), key=lambda one: one[1])


class Gaps:
    """The longest time between two ticks of a fast timer: what an artist feels as a stall.

    And the longest that the main thread worked in one: the rest it waited, for the processor, for
    Python, or for the window to be drawn, which without a graphics card other threads do.
    """

    def __init__(self):
        self.take()
        bpy.app.timers.register(self._tick)

    def _tick(self):
        now, own = time.perf_counter(), time.thread_time()
        self._longest = max(self._longest, now - self._last)
        self._worked = max(self._worked, own - self._own)
        self._last, self._own = now, own
        return 0.001

    def take(self):
        """Both, in milliseconds."""
        taken = getattr(self, "_longest", 0.0) * 1e3, getattr(self, "_worked", 0.0) * 1e3
        self._longest = self._worked = 0.0
        self._last, self._own = time.perf_counter(), time.thread_time()
        return taken


def play(ui):
    sys.path.append(str(Path(__file__).parent.parent))
    import seed

    client = ui.room("operators.client.queue_client").client
    ui.area().type = EDITOR
    region = yield from ui.sidebar(EDITOR)
    yield from ui.wait_for(lambda: client.is_open, 10, "the client")
    yield from ui.pause(True)
    design = Path(ui.options["designs"][0])
    order = bpy.context.window_manager.tshirt.order
    order.design = str(design)
    seed.fill(ui.room, client.folder.path, design, JOBS, picture=design, unfinished=JOBS // 2)
    yield from ui.wait_for(lambda: client.snapshot.total == JOBS, 120, "the jobs")
    ui.notes["jobs"] = client.snapshot.total

    watch = Watch(ui)
    for _ in range(REDRAWS + 10):
        region.tag_redraw()
        yield 0.05
    draws, own = watch.redraws[10:], watch.own[10:]
    ui.notes["draw_ms"] = statistics.median(draws) * 1e3
    ui.notes["draw_worst_ms"], ui.notes["draw_own_ms"] = max(draws) * 1e3, max(own) * 1e3

    beat = ui.room("panels.refresh_timer").beat
    begun = time.perf_counter()
    for _ in range(10_000):
        beat()
    ui.notes["poll_us"] = (time.perf_counter() - begun) / 10_000 * 1e6

    yield 3.0
    before = len(watch.redraws)
    yield IDLE
    ui.notes["redraws"], ui.notes["idle_seconds"] = len(watch.redraws) - before, IDLE

    gaps = Gaps()
    yield from _operators(ui, client, watch)
    yield from _others_at_work(ui, region, gaps)
    yield from _queue_at_work(ui, client, watch, gaps)


def _operators(ui, client, watch):
    """How long Blender stands still when operators are called, as a script does, with many jobs."""
    taken = {}

    def call(name, **arguments):
        begun = time.perf_counter()
        getattr(bpy.ops.tshirt, name)(**arguments)
        taken[name] = (time.perf_counter() - begun) * 1e3

    state = ui.room("queue.job").State
    jobs = ui.room("operators.jobs")
    for name, done in (
        ("cancel_chosen", lambda: client.snapshot.counts[state.CANCELLED] >= MANY),
        ("retry_chosen", lambda: client.snapshot.total >= JOBS + MANY),
        ("move_chosen", lambda: True),
        ("remove_chosen", lambda: client.snapshot.total < JOBS + MANY),
    ):
        wanted = getattr(jobs, f"TSHIRT_OT_{name}").states
        ids = client.hand_over(
            lambda store: [job.id for job in store.jobs(states=wanted, limit=MANY)]
        )
        yield from ui.wait_for(ids.done, 30, "the jobs to act on")
        client.ticked = set(ids.result())
        with ui.there(EDITOR):
            call(name)
        yield from ui.wait_for(done, 60, name)
        yield 1.0
    before = client.snapshot.unfinished
    with ui.there(EDITOR):
        call(
            "enqueue",
            designs=";".join(ui.options["designs"][:3]),
            placements=",".join(ui.room("presets.placements").placements()),
            fabrics=",".join(list(ui.room("presets.fabrics").fabrics())[:15]),
            force=True,  # some placements suit no portrait
        )
    yield from ui.wait_for(
        lambda: client.snapshot.unfinished > before + 500, 120, "the jobs of a script"
    )
    ui.notes["operators_ms"] = taken


def _others_at_work(ui, region, gaps):
    """The floor: two others keep the processor busy, and the tab is drawn as often."""
    python = str(ui.room("queue.runner.blender").plain_python())
    for name, count in (("alone_ms", 0), ("floor_ms", 2)):
        others = [
            subprocess.Popen([python, "-c", LOAD], start_new_session=True) for _ in range(count)
        ]
        yield 1.0
        gaps.take()
        for _ in range(int(WATCHED * 4)):
            region.tag_redraw()
            yield 0.25
        ui.notes[name], _ = gaps.take()
        for other in others:
            other.kill()
            other.wait()


def _queue_at_work(ui, client, watch, gaps):
    state = ui.room("queue.job").State
    store = ui.room("queue.store.job_store").JobStore(client.folder.path)
    store.cancel([job.id for job in store.jobs(states=ui.room("queue.job").UNFINISHED)])
    tshirt = bpy.context.window_manager.tshirt
    order = tshirt.order
    order.picture, order.width, order.height, order.samples = "OWN", 64, 64, 1
    ui.room("operators.batch").start_batch(tshirt, ui.options["designs"][:3])
    tshirt.batch.placements = [True] * len(tshirt.batch.placements)
    tshirt.batch.fabrics = [number < 13 for number in range(len(tshirt.batch.fabrics))]
    yield from ui.pause(False)
    yield 2.0
    with ui.there(EDITOR):
        bpy.ops.tshirt.order_batch("INVOKE_DEFAULT")
    yield 1.0
    gaps.take()
    watch.take()
    yield from ui.tap("RET", 300, 300)
    yield from ui.wait_for(lambda: client.snapshot.unfinished > 400, 60, "the batch")
    ui.notes["added"] = client.snapshot.unfinished
    yield from ui.wait_for(lambda: client.snapshot.counts[state.ACTIVE] == 2, 90, "two renders")
    yield WATCHED
    ui.notes["stall_ms"], ui.notes["worked_ms"] = gaps.take()
    what, seconds = watch.take()
    ui.notes["ours"], ui.notes["ours_ms"] = what, seconds * 1e3
    ui.notes["rendered"] = client.snapshot.counts[state.COMPLETED]
    store.cancel([job.id for job in store.jobs(states=ui.room("queue.job").UNFINISHED)])
    store.close()
    ui.room("queue.runner.launch").ask_stop(
        ui.room("queue.store.job_store").JobStore(client.folder.path)
    )

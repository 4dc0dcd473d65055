"""What can be done with the jobs of the list: call off, retry, move, keep, remove.

They act on the ticked jobs, else on the chosen line; a batch's line means all its jobs.
"""

from collections.abc import Callable

import bpy

from ..queue.job import FINISHED, UNFINISHED, Lane, State
from ..queue.runner import launch
from ..queue.store.job_store import JobStore
from .client.background_operator import BackgroundOperator, Nothing, rpt
from .client.job_rows import BATCH
from .client.queue_client import client

#: why the queue is paused when it was paused with the panel's button, which says so itself
PAUSED_HERE = "paused in Blender"


def targets() -> tuple[tuple[str, ...], str]:
    """Ids of the jobs meant, or the name of the batch meant."""
    if client.ticked:
        return tuple(sorted(client.ticked)), ""
    if client.chosen.startswith(BATCH):
        return (), client.chosen.removeprefix(BATCH)
    return ((client.chosen,), "") if client.chosen else ((), "")


def _states() -> list[State]:
    """States that the jobs meant have; any where not all of them are listed."""
    now = client.snapshot
    if client.ticked:
        rows = (line.row for line in now.lines if line.row)
        known = [row.state for row in rows if row.id in client.ticked]
        return known if len(known) == len(client.ticked) else list(State)
    if now.detail and now.detail.id == client.chosen:
        return [now.detail.state]
    return list(State)


def ids_in(store: JobStore, ids: tuple[str, ...], batch: str, states: tuple[State, ...]) -> list:
    """Those of the jobs meant that are in one of these states."""
    if batch:
        return [job.id for job in store.jobs(states=states, batch=batch)]
    return [id for id in ids if store.job(id).state in states]


class _OnJobs(BackgroundOperator):
    """An operator on the jobs meant, of which only those in `states` can be changed."""

    bl_options = {"REGISTER"}
    quick = True
    states: tuple[State, ...] = ()
    nothing = ""

    @classmethod
    def poll(cls, context):
        if not any(targets()):
            cls.poll_message_set("Choose a job in the list first")
            return False
        if not any(state in cls.states for state in _states()):
            cls.poll_message_set(cls.nothing)
            return False
        return True

    def change(self) -> Callable[[JobStore, list[str]], object]:
        """What is done with the ids."""
        raise NotImplementedError

    def task(self, context):
        (ids, batch), change, states, nothing = targets(), self.change(), self.states, self.nothing

        def work(store):
            fitting = ids_in(store, ids, batch, states)
            if not fitting:
                raise Nothing(rpt(nothing))
            change(store, fitting)
            return len(fitting)

        return work

    @classmethod
    def tell(cls, count):
        client.ticked.clear()
        return rpt(cls.done).format(count=count)


class TSHIRT_OT_cancel_chosen(_OnJobs, bpy.types.Operator):
    """Call off the chosen jobs; one that is being rendered is stopped"""

    bl_idname = "tshirt.cancel_chosen"
    bl_label = "Cancel Jobs"
    states = UNFINISHED
    nothing = "Only jobs that wait or are being rendered can be cancelled"
    done = "Jobs cancelled: {count}"

    def change(self):
        return JobStore.cancel


class TSHIRT_OT_retry_chosen(_OnJobs, bpy.types.Operator):
    """Queue the failed and cancelled ones of the chosen jobs again"""

    bl_idname = "tshirt.retry_chosen"
    bl_label = "Retry Jobs"
    states = (State.FAILED, State.CANCELLED)
    nothing = "Only failed or cancelled jobs can be retried"
    done = "Jobs queued again: {count}"

    def change(self):
        return JobStore.retry

    @classmethod
    def tell(cls, count):
        client.start_runner()
        return super().tell(count)


class TSHIRT_OT_move_chosen(_OnJobs, bpy.types.Operator):
    """Move the chosen jobs to another lane: urgent ones are rendered first, low ones last"""

    bl_idname = "tshirt.move_chosen"
    bl_label = "Move Jobs"
    states = (State.WAITING, State.DELAYED, State.BLOCKED)
    nothing = "Only jobs that wait can be moved"
    done = "Jobs moved: {count}"

    lane: bpy.props.EnumProperty(
        name="Lane",
        description="The lane to move the jobs to",
        items=[
            ("urgent", "Urgent", "Before all others"),
            ("normal", "Normal", "One after the other"),
            ("low", "Low", "When nothing else waits"),
        ],
        default="urgent",
    )

    def change(self):
        lane = Lane.parse(self.lane)
        return lambda store, ids: store.move(ids, lane)


class TSHIRT_OT_pin_chosen(_OnJobs, bpy.types.Operator):
    """Keep the chosen jobs and their pictures when the queue is cleaned, or let them go again"""

    bl_idname = "tshirt.pin_chosen"
    bl_label = "Keep Jobs"
    states = tuple(State)
    nothing = "These jobs are no longer in the queue"
    done = "Jobs changed: {count}"

    keep: bpy.props.BoolProperty(
        name="Keep", description="Keep them; off lets them go again", default=True
    )

    def change(self):
        keep = self.keep
        return lambda store, ids: store.pin(ids, keep)


class TSHIRT_OT_remove_chosen(_OnJobs, bpy.types.Operator):
    """Take the chosen finished jobs off the list; their pictures stay on disk"""

    bl_idname = "tshirt.remove_chosen"
    bl_label = "Remove Jobs"
    states = tuple(FINISHED)
    nothing = "Only finished jobs can be removed; cancel them first"
    done = "Jobs removed from the list: {count}"

    def change(self):
        return JobStore.remove


class TSHIRT_OT_set_paused(BackgroundOperator, bpy.types.Operator):
    """Start no further job, or go on; jobs that are being rendered finish"""

    bl_idname = "tshirt.set_paused"
    bl_label = "Pause Queue"
    bl_options = {"INTERNAL"}

    quick = True
    paused: bpy.props.BoolProperty(name="Paused", default=True)

    def task(self, context):
        if self.paused:
            return lambda store: store.pause(PAUSED_HERE)

        def resume(store):
            store.resume()
            launch.go_on(store)

        return resume


class TSHIRT_OT_tick(bpy.types.Operator):
    """Tick this job, or a batch's jobs. Shift ticks all from the chosen line to this one"""

    bl_idname = "tshirt.tick"
    bl_label = "Tick"
    bl_options = {"INTERNAL"}

    key: bpy.props.StringProperty()
    until_here: bpy.props.BoolProperty(options={"SKIP_SAVE"})

    def invoke(self, context, event):
        self.until_here = event.shift
        return self.execute(context)

    def execute(self, context):
        keys = [line.key for line in client.snapshot.lines]
        if self.until_here and client.chosen in keys and self.key in keys:
            ends = sorted((keys.index(client.chosen), keys.index(self.key)))
            client.ticked |= {key for key in keys[ends[0] : ends[1] + 1] if BATCH not in key}
        else:
            client.ticked ^= {self.key}
        return {"FINISHED"}


class TSHIRT_OT_tick_shown(bpy.types.Operator):
    """Tick every job that the list shows, or none"""

    bl_idname = "tshirt.tick_shown"
    bl_label = "Tick All"
    bl_options = {"INTERNAL"}

    def execute(self, context):
        shown = {line.key for line in client.snapshot.lines if line.row}
        client.ticked = set() if client.ticked >= shown else shown
        return {"FINISHED"}


class TSHIRT_OT_show_all_states(bpy.types.Operator):
    """Take the filter off: show jobs in every state again"""

    bl_idname = "tshirt.show_all_states"
    bl_label = "Show All"
    bl_options = {"INTERNAL"}

    def execute(self, context):
        queue = context.window_manager.tshirt.queue
        queue.states = [False] * len(queue.states)
        return {"FINISHED"}


class TSHIRT_OT_open_batch(bpy.types.Operator):
    """Show or hide the jobs of this batch"""

    bl_idname = "tshirt.open_batch"
    bl_label = "Open Batch"
    bl_options = {"INTERNAL"}

    name: bpy.props.StringProperty()

    def execute(self, context):
        client.toggle(self.name)
        return {"FINISHED"}


classes = (
    TSHIRT_OT_cancel_chosen,
    TSHIRT_OT_retry_chosen,
    TSHIRT_OT_move_chosen,
    TSHIRT_OT_pin_chosen,
    TSHIRT_OT_remove_chosen,
    TSHIRT_OT_set_paused,
    TSHIRT_OT_tick,
    TSHIRT_OT_tick_shown,
    TSHIRT_OT_show_all_states,
    TSHIRT_OT_open_batch,
)
register, unregister = bpy.utils.register_classes_factory(classes)

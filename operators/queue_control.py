"""Operators that steer the queue: run, pause, resume, cancel, retry, move, pin, remove, clean.

For scripts, which name the jobs; the buttons of the panel are in `jobs.py`.
"""

from collections.abc import Callable, Sequence

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy.types import Context, Operator

from ..presets.messages import counted, said_by, translated
from ..queue.cleanup import policy
from ..queue.job import UNFINISHED, Job, Lane, State
from ..queue.runner import launch
from ..queue.store.job_store import JobStore
from .client.background_operator import EXPECTED, BackgroundOperator, rpt
from .client.queue_location import queue_folder


class _QueueOperator(BackgroundOperator, Operator):
    """What all have in common: one thing is done to the queue, then what came of it is said."""

    bl_options = {"REGISTER"}

    wait: BoolProperty(
        name="Wait",
        description="Return only when it is done, also in a window",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def tell(cls, outcome: str) -> str:
        """What came of it."""
        return outcome


class _JobsOperator(_QueueOperator):
    """What the operators on jobs have in common: which jobs."""

    #: states that a batch's jobs are picked from
    states: tuple[State, ...] = tuple(State)

    jobs: StringProperty(name="Jobs", description="Ids, separated by commas")
    batch: StringProperty(name="Batch", description="Every job of that batch it applies to")

    def task(self, context: Context) -> Callable[[JobStore], str]:
        """Change the chosen jobs; say how many were."""
        named = [part.strip() for part in self.jobs.split(",") if part.strip()]
        batch, states, label, change = self.batch, self.states, self.bl_label, self.change()

        def work(store: JobStore) -> str:
            found = store.jobs(states=states, batch=batch) if batch else []
            return f"{rpt(label)}: {len(change(store, [*named, *(job.id for job in found)]))}"

        return work

    def change(self) -> Callable[[JobStore, Sequence[str]], Sequence[Job]]:
        """What is done with the ids; returns the jobs that were changed."""
        raise NotImplementedError


class TSHIRT_OT_run_queue(BackgroundOperator, Operator):
    """Render what is queued: in the background process that Blender starts for it"""

    bl_idname = "tshirt.run_queue"
    bl_label = "Render Queue"
    bl_options = {"REGISTER"}

    def execute(self, context: Context) -> set[str]:
        """Without a window: render until nothing is left. With one: start the runner and return."""
        if not bpy.app.background:
            return super().execute(context)
        try:
            summary = launch.run_queue(queue_folder(), until_empty=True)
        except EXPECTED as error:
            self.report({"ERROR"}, translated(said_by(error), rpt))
            return {"CANCELLED"}
        if summary.failed:
            self.report({"WARNING"}, f"{counted(summary.failed, 'job')} failed; the list says why")
        return {"FINISHED"}

    def task(self, context: Context) -> Callable[[JobStore], object]:
        """Start the runner."""
        return launch.go_on


class TSHIRT_OT_pause(_QueueOperator):
    """Start no further job; those that run are finished"""

    bl_idname = "tshirt.pause"
    bl_label = "Pause Queue"

    def task(self, context: Context) -> Callable[[JobStore], str]:
        """Pause."""

        def pause(store: JobStore) -> str:
            store.pause()
            return rpt("Paused; running jobs finish")

        return pause


class TSHIRT_OT_resume(_QueueOperator):
    """Go on with the queue after a pause"""

    bl_idname = "tshirt.resume"
    bl_label = "Resume Queue"

    def task(self, context: Context) -> Callable[[JobStore], str]:
        """Resume."""

        def resume(store: JobStore) -> str:
            store.resume()
            return rpt("Resumed")

        return resume


class TSHIRT_OT_cancel(_JobsOperator):
    """Call jobs off, running ones too"""

    bl_idname = "tshirt.cancel"
    bl_label = "Cancel Jobs"
    states = UNFINISHED

    def change(self) -> Callable[[JobStore, Sequence[str]], Sequence[Job]]:
        """Cancel them."""
        return JobStore.cancel


class TSHIRT_OT_retry(_JobsOperator):
    """Queue failed or cancelled jobs anew"""

    bl_idname = "tshirt.retry"
    bl_label = "Retry Jobs"
    states = (State.FAILED, State.CANCELLED)

    def change(self) -> Callable[[JobStore, Sequence[str]], Sequence[Job]]:
        """Retry them."""
        return JobStore.retry


class TSHIRT_OT_move(_JobsOperator):
    """Put jobs that wait into another lane"""

    bl_idname = "tshirt.move"
    bl_label = "Move to Lane"
    states = UNFINISHED

    lane: EnumProperty(
        name="Lane",
        description="Urgent jobs go before normal ones, low ones after",
        items=[(lane.name.lower(), lane.name.capitalize(), "") for lane in Lane],
        default="normal",
    )

    def change(self) -> Callable[[JobStore, Sequence[str]], Sequence[Job]]:
        """Move them."""
        lane = Lane.parse(self.lane)
        return lambda store, ids: store.move(ids, lane)


class TSHIRT_OT_pin(_JobsOperator):
    """Keep jobs and their files when the queue is cleaned"""

    bl_idname = "tshirt.pin"
    bl_label = "Pin Jobs"

    pinned: BoolProperty(
        name="Pinned", description="Keep them; off lets them go again", default=True
    )

    def change(self) -> Callable[[JobStore, Sequence[str]], Sequence[Job]]:
        """Pin or unpin them."""
        pinned = self.pinned
        return lambda store, ids: store.pin(ids, pinned)


class TSHIRT_OT_remove(_JobsOperator):
    """Take finished jobs off the list; their pictures stay"""

    bl_idname = "tshirt.remove"
    bl_label = "Remove from List"
    states = (State.COMPLETED, State.FAILED, State.CANCELLED)

    def change(self) -> Callable[[JobStore, Sequence[str]], Sequence[Job]]:
        """Remove them."""
        return JobStore.remove


class TSHIRT_OT_clean(_QueueOperator):
    """Delete jobs, logs and pictures that are past their time"""

    bl_idname = "tshirt.clean"
    bl_label = "Clean Queue"

    def task(self, context: Context) -> Callable[[JobStore], str]:
        """Clean by the queue's settings."""
        return lambda store: str(policy.clean(store))


register, unregister = bpy.utils.register_classes_factory((
    TSHIRT_OT_run_queue,
    TSHIRT_OT_pause,
    TSHIRT_OT_resume,
    TSHIRT_OT_cancel,
    TSHIRT_OT_retry,
    TSHIRT_OT_move,
    TSHIRT_OT_pin,
    TSHIRT_OT_remove,
    TSHIRT_OT_clean,
))  # fmt: skip

"""Operators that steer the queue: run, pause, resume, cancel, retry, move, pin, remove, clean."""

from collections.abc import Sequence

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy.types import Context, Operator

from ..queue import cleaner, runner
from ..queue.blender import NoBlender, NoPython
from ..queue.job import UNFINISHED, Job, Lane, State
from ..queue.lock import QueueHeld
from ..queue.refusals import CannotRetry, StillNeeded, UnknownJob
from ..queue.store import JobStore
from ..queue.trouble import QueueTrouble
from .where import queue_folder

#: what the queue can say no with, each a sentence for people
REFUSALS = (
    NoBlender, NoPython, CannotRetry, QueueHeld, QueueTrouble, StillNeeded, UnknownJob,
)  # fmt: skip


class _QueueOperator(Operator):
    """What all have in common: open the queue, do one thing, say what came of it."""

    bl_options = {"REGISTER"}

    def execute(self, context: Context) -> set[str]:
        """Do it; what the queue refuses becomes an error report."""
        try:
            store = JobStore(queue_folder())
            words = self.do(store)
            store.close()
        except REFUSALS as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, words)
        return {"FINISHED"}

    def do(self, store: JobStore) -> str:
        """Change the queue; return what to report."""
        raise NotImplementedError


class _JobsOperator(_QueueOperator):
    """What the operators on jobs have in common: which jobs."""

    #: states that a batch's jobs are picked from
    states: tuple[State, ...] = tuple(State)

    jobs: StringProperty(name="Jobs", description="Ids, separated by commas")
    batch: StringProperty(name="Batch", description="Every job of that batch it applies to")

    def do(self, store: JobStore) -> str:
        """Change the chosen jobs; return how many were."""
        ids = [part.strip() for part in self.jobs.split(",") if part.strip()]
        if self.batch:
            ids += [job.id for job in store.jobs(states=self.states, batch=self.batch)]
        changed = self.change(store, ids)
        return f"{self.bl_label}: {len(changed)}"

    def change(self, store: JobStore, ids: Sequence[str]) -> Sequence[Job]:
        """Change those jobs; return them."""
        raise NotImplementedError


class TSHIRT_OT_run_queue(Operator):
    """Render what is queued: in the background process that Blender starts for it"""

    bl_idname = "tshirt.run_queue"
    bl_label = "Render Queue"
    bl_options = {"REGISTER"}

    def execute(self, context: Context) -> set[str]:
        """Without a window: render until nothing is left. With one: start the runner and return."""
        folder = queue_folder()
        try:
            if not bpy.app.background:
                runner.start_detached(folder)
                return {"FINISHED"}
            summary = runner.run_queue(folder, until_empty=True)
        except REFUSALS as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if summary.failed:
            self.report({"WARNING"}, f"{summary.failed} jobs failed; the list says why")
        return {"FINISHED"}


class TSHIRT_OT_pause(_QueueOperator):
    """Start no further job; those that run are finished"""

    bl_idname = "tshirt.pause"
    bl_label = "Pause Queue"

    def do(self, store: JobStore) -> str:
        """Pause."""
        store.pause()
        return "Paused; running jobs finish"


class TSHIRT_OT_resume(_QueueOperator):
    """Go on with the queue after a pause"""

    bl_idname = "tshirt.resume"
    bl_label = "Resume Queue"

    def do(self, store: JobStore) -> str:
        """Resume."""
        store.resume()
        return "Resumed"


class TSHIRT_OT_cancel(_JobsOperator):
    """Call jobs off, running ones too"""

    bl_idname = "tshirt.cancel"
    bl_label = "Cancel Jobs"
    states = UNFINISHED

    def change(self, store: JobStore, ids: Sequence[str]) -> Sequence[Job]:
        """Cancel them."""
        return store.cancel(ids)


class TSHIRT_OT_retry(_JobsOperator):
    """Queue failed or cancelled jobs anew"""

    bl_idname = "tshirt.retry"
    bl_label = "Retry Jobs"
    states = (State.FAILED, State.CANCELLED)

    def change(self, store: JobStore, ids: Sequence[str]) -> Sequence[Job]:
        """Retry them."""
        return store.retry(ids)


class TSHIRT_OT_move(_JobsOperator):
    """Put jobs that wait into another lane"""

    bl_idname = "tshirt.move"
    bl_label = "Move to Lane"
    states = UNFINISHED

    lane: EnumProperty(
        name="Lane",
        items=[(lane.name.lower(), lane.name.capitalize(), "") for lane in Lane],
        default="normal",
    )

    def change(self, store: JobStore, ids: Sequence[str]) -> Sequence[Job]:
        """Move them."""
        return store.move(ids, Lane.parse(self.lane))


class TSHIRT_OT_pin(_JobsOperator):
    """Keep jobs and their files when the queue is cleaned"""

    bl_idname = "tshirt.pin"
    bl_label = "Pin Jobs"

    pinned: BoolProperty(name="Pinned", default=True)

    def change(self, store: JobStore, ids: Sequence[str]) -> Sequence[Job]:
        """Pin or unpin them."""
        return store.pin(ids, self.pinned)


class TSHIRT_OT_remove(_JobsOperator):
    """Take finished jobs off the list; their pictures stay"""

    bl_idname = "tshirt.remove"
    bl_label = "Remove from List"
    states = (State.COMPLETED, State.FAILED, State.CANCELLED)

    def change(self, store: JobStore, ids: Sequence[str]) -> Sequence[Job]:
        """Remove them."""
        return store.remove(ids)


class TSHIRT_OT_clean(_QueueOperator):
    """Delete jobs, logs and pictures that are past their time"""

    bl_idname = "tshirt.clean"
    bl_label = "Clean Queue"

    def do(self, store: JobStore) -> str:
        """Clean by the queue's settings."""
        return str(cleaner.clean(store))


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

"""How an operator with slow work keeps Blender free: it hands the work to the client and tells the
outcome when it is done. Called from a script it waits for that: in background mode however long it
takes, in a window only as long as nobody notices, unless it is asked to.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import closing
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt

from ...presets.bad_request import BadRequest
from ...presets.messages import UserError, said_by, translated
from ...queue.store.job_store import JobStore
from .adding import adding
from .queue_client import client
from .queue_location import queue_folder

__all__ = ["BackgroundOperator", "Nothing", "rpt"]

#: What is told to the artist in plain words; anything else is a bug and shows its traceback.
EXPECTED = (UserError, OSError)


#: Seconds that a script's call may keep a window waiting.
_UNNOTICED = 0.01


class Nothing(BadRequest):
    """There was nothing to do; the message says why."""


class BackgroundOperator:
    """Mix-in for operators: `task` reads the context and returns the work, `tell` its outcome.

    One that asks first (a dialog, a file) has an `ask`; one that scripts need done before they go
    on, also in a window, has a property `wait`.
    """

    #: the task takes no time to speak of, and goes before those that do
    quick = False
    _clicked = False

    def task(self, context: bpy.types.Context) -> Callable[[Any], Any]:
        """The work, a function of the store; called on the client's thread, must not call bpy."""
        raise NotImplementedError

    def hand_over(self, context: bpy.types.Context) -> Future:
        """Have the work done on the client's thread; here, where there is no client."""
        task = self.task(context)
        return client.hand_over(task, long=not self.quick) if client.is_open else _done_here(task)

    @classmethod
    def tell(cls, outcome: Any) -> str:
        """What to report when the work is done; empty for nothing. On the main thread.

        The operator itself has ended by then: Blender no longer has its properties.
        """
        return ""

    def adds(self, context: bpy.types.Context) -> str:
        """The name of what the work adds to the queue, shown until it is there; empty for nothing."""
        return ""

    def ask(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask for what is missing; here nothing is."""
        return self.execute(context)

    def invoke(self, context, event):
        self._clicked = not bpy.app.background
        return self.ask(context, event)

    def execute(self, context):
        try:
            future = self.hand_over(context)
        except EXPECTED as error:
            return _refused(self, error)
        if not bpy.app.background and not getattr(self, "wait", False):
            wait([future], 0.0 if self._clicked else _UNNOTICED)
            if not future.done():
                if name := self.adds(context):
                    adding.expect(name, future)
                    client.touch()
                _tell_later(context, future, type(self).tell)
                return {"FINISHED"}
        return _told(self, future, type(self).tell)


def _done_here(task: Callable[[JobStore], Any]) -> Future:
    future: Future = Future()
    try:
        with closing(JobStore(queue_folder().make())) as store:
            future.set_result(task(store))
    except EXPECTED as error:
        future.set_exception(error)
    return future


#: What was handed over and has nobody yet who waits for it.
_waiting: deque[tuple[Future, Callable[[Any], str]]] = deque()


def _tell_later(context: bpy.types.Context, future: Future, tell: Callable[[Any], str]) -> None:
    _waiting.append((future, tell))
    # A script that a timer runs has no window of its own.
    with context.temp_override(window=context.window or context.window_manager.windows[0]):
        bpy.ops.tshirt.tell_when_done("INVOKE_DEFAULT")


class TSHIRT_OT_tell_when_done(bpy.types.Operator):
    """Tell how it went, once the work in the background is done"""

    bl_idname = "tshirt.tell_when_done"
    bl_label = "T-Shirt Queue"
    bl_options = {"INTERNAL"}

    def invoke(self, context, event):
        if not _waiting:
            return {"CANCELLED"}
        self._future, self._tell = _waiting.popleft()
        self._timer = context.window_manager.event_timer_add(0.03, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type != "TIMER" or not self._future.done():
            return {"PASS_THROUGH"}
        self.cancel(context)
        client.touch()  # what was being added is there now, or refused
        return _told(self, self._future, self._tell)

    def cancel(self, context):
        """Take the timer away, also when Blender ends the operator."""
        context.window_manager.event_timer_remove(self._timer)


def _told(operator, future: Future, tell: Callable[[Any], str]) -> set[str]:
    try:
        said = tell(future.result())
    except EXPECTED as error:
        return _refused(operator, error)
    if said:
        operator.report({"INFO"}, said)
    return {"FINISHED"}


def _refused(operator, error: Exception) -> set[str]:
    kind = "WARNING" if isinstance(error, Nothing) else "ERROR"
    operator.report({kind}, translated(said_by(error), rpt))
    return {"CANCELLED"}


register, unregister = bpy.utils.register_classes_factory((TSHIRT_OT_tell_when_done,))

"""How an operator with slow work keeps Blender free: clicked, it hands the work to the desk and
tells the outcome when it is done; called from a script, it waits.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt

from ..presets.bad_request import BadRequest
from ..presets.images import BadDesign
from ..queue.settings import BadSetting
from ..queue.trouble import QueueTrouble
from .desk import desk

__all__ = ["HandedOver", "Nothing", "rpt"]

#: What is told to the artist in plain words; anything else is a bug and may show its traceback.
EXPECTED = (BadRequest, BadDesign, BadSetting, QueueTrouble, LookupError, ValueError, OSError)


class Nothing(BadRequest):
    """There was nothing to do; the message says why."""


class HandedOver:
    """Mix-in for operators: `errand` reads the context and returns the work, `tell` its outcome."""

    _future: Future | None = None
    _timer: bpy.types.Timer | None = None

    def errand(self, context: bpy.types.Context) -> Callable[[Any], Any]:
        """The work, a function of the store; called on the desk's thread, must not call bpy."""
        raise NotImplementedError

    def tell(self, outcome: Any) -> str:
        """What to report when the work is done; empty for nothing. On the main thread."""
        return ""

    def invoke(self, context, event):
        future = self._hand_over(context)
        if future is None:
            return {"CANCELLED"}
        if bpy.app.background or context.window is None:
            return self._tell(future)
        self._future = future
        self._timer = context.window_manager.event_timer_add(0.03, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type != "TIMER" or not self._future.done():
            return {"PASS_THROUGH"}
        self.cancel(context)
        return self._tell(self._future)

    def cancel(self, context):
        """Take the timer away, also when Blender ends the operator."""
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
        self._timer = None

    def execute(self, context):
        future = self._hand_over(context)
        return {"CANCELLED"} if future is None else self._tell(future)

    def _hand_over(self, context) -> Future | None:
        try:
            return desk.hand_over(self.errand(context))
        except EXPECTED as error:
            self.report({"WARNING" if isinstance(error, Nothing) else "ERROR"}, str(error))
            return None

    def _tell(self, future: Future) -> set[str]:
        try:
            said = self.tell(future.result())
        except EXPECTED as error:
            self.report({"WARNING" if isinstance(error, Nothing) else "ERROR"}, str(error))
            return {"CANCELLED"}
        if said:
            self.report({"INFO"}, said)
        return {"FINISHED"}

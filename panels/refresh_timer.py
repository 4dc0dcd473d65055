"""The one timer: notices a new snapshot of the queue and redraws what shows it, and nothing else.

On an idle queue a beat compares two numbers. It runs in every window, through File > Open too.
"""

import bpy

from ..operators.client.queue_client import client
from ..operators.order import form_of
from ..operators.preview.preview import preview
from . import status_bar
from .editors import EDITORS, largest_viewport_or_none

#: Seconds between beats.
BEAT = 0.1

_seen = (-1, -1)
_checked = -1


def beat() -> float:
    """Bring the list to the length of the snapshot and redraw, if there is a new one."""
    global _seen, _checked
    if client.edits != _checked:
        _checked = client.edits
        form = form_of(bpy.context.window_manager.tshirt.order, client.outputs)
        if preview.on:
            preview.show(form)
        client.check(form)
    if preview.on:
        preview.keep_to(largest_viewport_or_none(bpy.context))
    if preview.on and preview.follow():
        preview.refresh()
    now = (client.snapshot.number, client.looked)
    if now != _seen:
        _seen = now
        _follow(bpy.context.window_manager)
        redraw()
        status_bar.notice(bpy.context)
    status_bar.fade(bpy.context)
    return BEAT


def redraw() -> None:
    """Redraw our tab wherever it is open, and the preferences."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in EDITORS:
                for region in area.regions:
                    if region.type == "UI" and region.width > 1:
                        region.tag_redraw()
            elif area.type == "PREFERENCES":
                area.tag_redraw()


def _follow(manager: bpy.types.WindowManager) -> None:
    """Give the list as many lines as the snapshot has, and keep the chosen job chosen."""
    queue = manager.tshirt.queue
    lines = client.snapshot.lines
    for _ in range(len(queue.lines), len(lines)):
        queue.lines.add()
    for last in range(len(queue.lines) - 1, len(lines) - 1, -1):
        queue.lines.remove(last)
    keys = [line.key for line in lines]
    index = keys.index(client.chosen) if client.chosen in keys else -1
    if queue.index != index:
        queue["index"] = index  # without `update`: nobody chose anything


def register() -> None:
    """Start to beat; not in background mode, where there is nothing to redraw."""
    if not bpy.app.background:
        bpy.app.timers.register(beat, first_interval=BEAT, persistent=True)


def unregister() -> None:
    """Stop."""
    global _seen, _checked
    if bpy.app.timers.is_registered(beat):
        bpy.app.timers.unregister(beat)
    _seen, _checked = (-1, -1), -1

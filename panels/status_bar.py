"""Tells how the queue stands in the status bar, and when all is done or something failed."""

import math
import shutil
import subprocess
import sys
import threading
import time

import bpy

from ..operators.client.job_rows import span
from ..operators.client.queue_client import client
from ..queue.job import State
from .editors import open_tab
from .preferences import preferences_or_none
from .translations import iface

#: Seconds between two changes of the status bar's line.
_CALM = 1.0
#: Seconds after which the last word about a finished queue goes.
_LINGER = 120.0

_line = ""
_icon = "NONE"
_told_at = 0.0
_unfinished = 0
_failed = 0
_done = 0


def notice(context) -> None:
    """Look at the new snapshot; called by the timer whenever there is one."""
    global _unfinished, _failed, _done
    now = client.snapshot
    if now.counts and not now.total:
        _welcome(context)
    failed, done = now.counts.get(State.FAILED, 0), now.counts.get(State.COMPLETED, 0)
    if now.unfinished:
        if not _unfinished:
            _failed, _done = failed, done  # those of an earlier run are known already
        work = now.work
        words = f"{iface('T-Shirts')}: {work.done} / {work.total}"
        if work.failed:
            words += ", " + iface("{count} failed").format(count=work.failed)
        if now.paused is not None:
            words += f", {iface('paused')}"
        elif work.left:
            words += ", " + iface("{time} left").format(time=span(work.left))
        _tell(context, words, "RENDER_STILL", at_once=not _unfinished)
    elif _unfinished:
        bad, good = failed - _failed, done - _done
        if bad > 0:
            words, icon = iface("{count} t-shirts failed").format(count=bad), "ERROR"
        elif good > 0:
            words, icon = iface("All t-shirts are rendered"), "CHECKMARK"
        else:
            words, icon = iface("All t-shirts were cancelled"), "CANCEL"
        _tell(context, words, icon, at_once=True)
        if bad > 0 or good > 0:
            _call(context, words)
    _unfinished = now.unfinished


def _welcome(context) -> None:
    """Say once where the tab is, and open it: who has just installed it sees nothing of it."""
    found = preferences_or_none(context)
    if found is None or found.welcomed:
        return
    found.welcomed = context.preferences.is_dirty = True
    words = iface("T-Shirts: in the sidebar (N) of the 3D viewport and the Image editor")
    _tell(context, words, "INFO", at_once=True)
    open_tab(context)


def fade(context) -> None:
    """Take the line away when it has been read; called with every beat of the timer."""
    if _line and not _unfinished and time.monotonic() - _told_at > _LINGER:
        _tell(context, "", "NONE", at_once=True)


def _tell(context, words: str, icon: str, *, at_once: bool) -> None:
    global _line, _icon, _told_at
    if words == _line or (not at_once and time.monotonic() - _told_at < _CALM):
        return
    _line, _icon, _told_at = words, icon, time.monotonic()
    for window in context.window_manager.windows:
        if window.modal_operators:
            continue  # the status bar is theirs now; it shows our line when they end
        with context.temp_override(window=window):
            window.workspace.status_text_set_internal(None)  # has it drawn anew


def _call(context, words: str) -> None:
    """The sound or the system's notification, if the preferences ask for one."""
    found = preferences_or_none(context)
    if found is None or found.when_done == "BAR":
        return
    if found.when_done == "SYSTEM" and (command := _system_notice(words)):
        threading.Thread(
            target=subprocess.run, args=(command,), kwargs={"capture_output": True}, daemon=True
        ).start()
        return
    _chime()


def _system_notice(words: str) -> list[str] | None:
    if sys.platform == "darwin":
        return ["osascript", "-e", f'display notification "{words}" with title "Blender"']
    if program := shutil.which("notify-send"):
        return [program, "Blender", words]
    return None


def _chime() -> None:
    """Play two soft notes, a fifth apart."""
    try:
        import aud
    except ImportError:  # Blender can be built without sound, as Debian's 4.3 is
        print("T-Shirt Render Queue: no sound (this Blender is built without it)")
        return
    notes = (aud.Sound.sine(pitch).limit(0.0, 0.25) for pitch in (523.25, 783.99))
    first, second = (note.fadeout(0.05, 0.2).volume(0.3 / math.sqrt(2)) for note in notes)
    try:
        aud.Device().play(first.join(second))
    except aud.error as error:
        print(f"T-Shirt Render Queue: no sound ({error})")


def _draw(self, _context) -> None:
    if _line:
        self.layout.separator()
        self.layout.label(text=_line, icon=_icon, translate=False)


def register() -> None:
    """Add our line to the status bar."""
    bpy.types.STATUSBAR_HT_header.append(_draw)


def unregister() -> None:
    """Take it away."""
    global _line, _unfinished, _failed, _done
    bpy.types.STATUSBAR_HT_header.remove(_draw)
    _line, _unfinished, _failed, _done = "", 0, 0, 0

"""No program is started that nobody asked for: not by enabling, not when all is rendered."""

import subprocess
import time
from types import SimpleNamespace

import bpy
import pytest
import tshirt_render_queue
from tshirt_render_queue.panels import status_bar
from tshirt_render_queue.panels.preferences import TshirtPreferences
from tshirt_render_queue.queue.folder import ENVIRONMENT_VARIABLE


@pytest.fixture
def started(monkeypatch):
    """The command lines of all that Python starts from now on; none of it really starts."""
    commands = []

    def note(self, command, *_, **__):
        commands.append(command)
        raise FileNotFoundError(command)

    monkeypatch.setattr(subprocess.Popen, "__init__", note)
    # What was not made can't be cleared away.
    monkeypatch.setattr(subprocess.Popen, "__del__", lambda self: None)
    return commands


def test_enabling_starts_nothing(started, monkeypatch, tmp_path):
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "queue"))
    tshirt_render_queue.register()
    try:
        time.sleep(0.5)
    finally:
        tshirt_render_queue.unregister()
    assert started == []


def test_a_new_user_gets_a_line_in_the_status_bar_only():
    chosen = TshirtPreferences.__annotations__["when_done"].keywords
    assert chosen["items"][0][0] == "BAR"
    assert "default" not in chosen


@pytest.mark.parametrize(
    "platform, programs, when_done, command",
    [
        ("linux", "notify-send", "BAR", None),
        ("linux", "notify-send", "SOUND", None),
        ("linux", "notify-send", "SYSTEM", "notify-send"),
        ("linux", "", "SYSTEM", None),
        ("darwin", "", "BAR", None),
        ("darwin", "", "SYSTEM", "osascript"),
    ],
)
def test_the_systems_notification_is_for_those_who_chose_it(
    platform, programs, when_done, command, monkeypatch
):
    told, chimes = [], []
    monkeypatch.setattr(status_bar.sys, "platform", platform)
    monkeypatch.setattr(status_bar.shutil, "which", lambda name: name if name in programs else None)
    monkeypatch.setattr(status_bar.subprocess, "run", lambda command, **_: told.append(command[0]))
    monkeypatch.setattr(status_bar, "_chime", lambda: chimes.append(1))
    preferences = SimpleNamespace(when_done=when_done)
    monkeypatch.setattr(status_bar, "preferences_or_none", lambda context: preferences)
    status_bar._call(bpy.context, "All t-shirts are rendered")
    deadline = time.monotonic() + 5
    while command and not told and time.monotonic() < deadline:
        time.sleep(0.01)
    assert told == ([command] if command else [])
    assert bool(chimes) == (when_done != "BAR" and command is None)

"""Runs inside Blender's window: plays a scenario, one step each timer tick, like a patient person.

A scenario is a module with `play(ui)`, a generator: each `yield` lets Blender redraw and handle
events (`yield 2.0` waits that long). Buttons are found as a person finds them, by moving the mouse
over the panel and looking what is under it, so no coordinates are written down anywhere.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

import addon_utils
import bpy

ORDER = json.loads(sys.argv[sys.argv.index("--") + 1])
TICK = 0.03
#: Long enough for Blender to notice what is under the mouse.
GLANCE = 0.012


class Missing(AssertionError):
    """Something a scenario looked for is not on the screen."""


class Ui:
    """What a scenario can do: look, point, click, type, wait."""

    def __init__(self):
        self.notes = {}
        self.scale = ORDER["scale"]
        self.options = ORDER["options"]
        self.folder = Path(ORDER["shots"])
        self.package = f"bl_ext.user_default.{ORDER['extension']}"

    # Looking

    @property
    def window(self):
        return bpy.context.window_manager.windows[0]

    def area(self, kind="VIEW_3D"):
        return next(area for area in self.window.screen.areas if area.type == kind)

    def region(self, area, kind="UI"):
        return next(region for region in area.regions if region.type == kind)

    def room(self, name):
        """A module of the extension, e.g. `room("operators.client.queue_client")`."""
        return sys.modules[f"{self.package}.{name}"]

    def shot(self, name):
        """A picture of the whole screen."""
        yield 0.4
        file = self.folder / f"{name}.png"
        subprocess.run(
            [os.environ.get("TSHIRT_CAMERA") or "import", "-window", "root", str(file)], check=True
        )

    def sidebar(self, kind="VIEW_3D", tab="T-Shirt", width=None):
        """Open the sidebar of the first such editor at our tab."""
        area = self.area(kind)
        area.spaces.active.show_region_ui = True
        yield 0.3
        region = self.region(area)
        region.active_panel_category = tab
        area.tag_redraw()
        yield 0.3
        return region

    def there(self, kind="VIEW_3D", region="UI"):
        """A context as if the mouse were over that editor's sidebar."""
        area = self.area(kind)
        return bpy.context.temp_override(
            window=self.window, area=area, region=self.region(area, region)
        )

    def away(self):
        """Leave whatever popup is open."""
        yield from self.tap("ESC")
        self.point(300 * self.scale, 400 * self.scale)
        yield 0.4

    def pause(self, paused):
        """Pause the queue or go on, by the button's operator."""
        bpy.ops.tshirt.set_paused(paused=paused)
        client = self.room("operators.client.queue_client").client
        yield from self.wait_for(
            lambda: (client.snapshot.paused is not None) == paused, 5, f"paused: {paused}"
        )

    def wait_for(self, met, seconds, what):
        """Wait until `met()` is true."""
        until = time.monotonic() + seconds
        while not met():
            if time.monotonic() > until:
                raise Missing(f"waited {seconds} s in vain for {what}")
            yield 0.05

    def quit(self):
        """Close Blender as an artist does; the play ends with this."""
        _tell(self)
        bpy.context.preferences.view.use_save_prompt = False
        bpy.ops.wm.quit_blender()
        yield 60.0

    # Pointing

    def point(self, x, y):
        self.window.event_simulate("MOUSEMOVE", "NOTHING", x=int(x), y=int(y))

    def press(self, key, value="PRESS", x=0, y=0, **modifiers):
        self.window.event_simulate(key, value, x=int(x), y=int(y), **modifiers)

    def click(self, x, y, key="LEFTMOUSE", **modifiers):
        self.point(x, y)
        yield 0.15
        self.press(key, "PRESS", x, y, **modifiers)
        yield 0.08
        self.press(key, "RELEASE", x, y, **modifiers)
        yield 0.3

    def tap(self, key, x=0, y=0, **modifiers):
        self.press(key, "PRESS", x, y, **modifiers)
        yield 0.05
        self.press(key, "RELEASE", x, y, **modifiers)
        yield 0.15

    def type(self, text, x=0, y=0):
        for letter in text:
            self.window.event_simulate("A", "PRESS", unicode=letter, x=int(x), y=int(y))
            yield 0.02
            self.window.event_simulate("A", "RELEASE", x=int(x), y=int(y))
            yield 0.02

    def browser(self, folder):
        """A file browser with that folder's files, one a line; the Properties editor gives way."""
        area = next((one for one in self.window.screen.areas if one.type == "FILE_BROWSER"), None)
        if area is None:
            area = self.area("PROPERTIES")
            area.type = "FILE_BROWSER"
            space = area.spaces.active
            space.show_region_toolbar = space.show_region_ui = False
            yield 1.0
        params = area.spaces.active.params
        params.directory, params.display_type = str(folder).encode(), "LIST_VERTICAL"
        with self.there("FILE_BROWSER", "WINDOW"):
            bpy.ops.file.refresh()
        yield 2.0

    def drag(self, x, y):
        """Drag the first file of the browser, and all that are selected with it, to a place."""
        files = self.region(self.area("FILE_BROWSER"), "WINDOW")
        from_x, from_y = files.x + 60 * self.scale, files.y + files.height - 32 * self.scale
        self.point(from_x, from_y)
        yield 0.3
        self.press("LEFTMOUSE", "PRESS", from_x, from_y)
        yield 0.2
        for step in range(1, 21):
            self.point(from_x + (x - from_x) * step / 20, from_y + (y - from_y) * step / 20)
            yield 0.05
        yield 0.3
        self.press("LEFTMOUSE", "RELEASE", x, y)
        yield 1.0

    def drag_to_tab(self):
        """Drag what is first in the browser onto our tab."""
        tab = self.region(self.area())
        yield from self.drag(tab.x + tab.width / 2, tab.y + tab.height * 0.7)
        yield from self.tap("RET")  # of those who would take an image, ours is under the mouse

    def under_mouse(self, area, region):
        """What the button under the mouse would do: an operator's call or a property's name."""
        board = bpy.context.window_manager
        with bpy.context.temp_override(window=self.window, area=area, region=region):
            for copy in (bpy.ops.ui.copy_python_command_button, bpy.ops.ui.copy_data_path_button):
                board.clipboard = ""
                if copy.poll() and "FINISHED" in copy():  # pyright: ignore[reportCallIssue]
                    return board.clipboard
        return ""

    def find(self, name, kind="VIEW_3D", region="UI", top=1.0, bottom=0.0):
        """Where the button is that carries `name` (`tshirt.order(` or `order.fabric`): (x, y)."""
        area = self.area(kind)
        place = self.region(area, region)
        step = int(9 * self.scale)
        columns = [place.x + place.width * part // 20 for part in (9, 4, 15, 17, 2, 12, 7)]
        high = place.y + int(place.height * top) - 6
        low = place.y + int(place.height * bottom)
        seen = set()
        for x in columns:
            for y in range(high, low, -step):
                self.point(x, y)
                yield GLANCE
                found = self.under_mouse(area, place)
                seen.add(found)
                if name in found:
                    yield 0.2  # what was under the mouse before may have answered
                    if name in self.under_mouse(area, place):
                        return x, y
        raise Missing(f"no button '{name}'; found {sorted(seen)}")

    def push(self, name, **where):
        """Find the button and click it."""
        x, y = yield from self.find(name, **where)
        yield from self.click(x, y)
        return x, y


def _tell(ui, error=None):
    told = {"notes": ui.notes, "blender": bpy.app.version_string}
    if error:
        told["error"] = error
    Path(ORDER["result"]).write_text(json.dumps(told, indent=1, default=str), encoding="utf-8")


def _finish(ui, error=None):
    _tell(ui, error)
    os._exit(1 if error else 0)  # no quit dialog, no wait for anything: the play is over


def _steps(ui):
    """All scenarios, one after the other."""
    for file in ORDER["scenarios"]:
        spec = importlib.util.spec_from_file_location(Path(file).stem, file)
        assert spec is not None and spec.loader is not None
        scenario = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(scenario)
        yield from scenario.play(ui)


def _begin():
    preferences = bpy.context.preferences
    preferences.view.ui_scale = ORDER["scale"]
    preferences.view.show_tooltips = ORDER["options"].get("tooltips", False)
    ui = Ui()
    if ORDER["installed"]:
        addon_utils.enable(ui.package, default_set=True)
        preferences.addons[
            ui.package
        ].preferences.welcomed = True  # what is played is no first time
    steps = _steps(ui)

    def tick():
        try:
            return next(steps) or TICK
        except StopIteration:
            _finish(ui)
        except Exception:  # noqa: BLE001 - whatever went wrong is the test's result
            _finish(ui, traceback.format_exc())

    bpy.app.timers.register(tick, first_interval=1.0, persistent=True)


bpy.context.preferences.view.show_splash = False
_begin()

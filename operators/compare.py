"""Shows the pictures of two jobs side by side, in a window with two Image editors."""

from functools import partial
from pathlib import Path

import bpy

from .client.background_operator import rpt
from .client.job_rows import Row
from .client.queue_client import client

#: Seconds after which a new window's editors have their size.
_LAID_OUT = 0.2


def pair() -> tuple[Row, ...]:
    """The jobs with pictures among the ticked ones and the chosen one, in the list's order."""
    meant = client.ticked | ({client.chosen} if len(client.ticked) < 2 else set())
    return tuple(
        line.row
        for line in client.snapshot.lines
        if line.row and line.row.id in meant and line.row.pictures
    )


class TSHIRT_OT_compare_chosen(bpy.types.Operator):
    """Show the pictures of two ticked jobs side by side in a new window"""

    bl_idname = "tshirt.compare_chosen"
    bl_label = "Compare Two Jobs"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context):
        if len(pair()) != 2:
            cls.poll_message_set("Tick two finished jobs to compare their pictures")
            return False
        return True

    def execute(self, context):
        files = [row.pictures[0] for row in pair()]
        for file in files:
            if not Path(file).is_file():
                self.report({"WARNING"}, rpt("{file} is no longer there").format(file=file))
                return {"CANCELLED"}
        bpy.ops.wm.window_new()
        window = context.window_manager.windows[-1]
        left = window.screen.areas[0]
        left.type = "IMAGE_EDITOR"
        before = set(window.screen.areas)
        with context.temp_override(window=window, area=left, region=left.regions[-1]):
            bpy.ops.screen.area_split(direction="VERTICAL", factor=0.5)
        (right,) = set(window.screen.areas) - before
        areas = sorted((left, right), key=lambda area: area.x)
        for area, file in zip(areas, files, strict=True):
            area.spaces.active.show_region_ui = False
            area.spaces.active.image = shown(file)
        bpy.app.timers.register(partial(_fit, window.screen.name), first_interval=_LAID_OUT)
        return {"FINISHED"}


def _fit(screen: str) -> None:
    """Show both pictures whole and alike, once Blender knows how large their editors are."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if window.screen.name == screen and area.type == "IMAGE_EDITOR":
                region = next(one for one in area.regions if one.type == "WINDOW")
                with bpy.context.temp_override(window=window, area=area, region=region):
                    bpy.ops.image.view_all(fit_view=True)


def shown(file: str) -> bpy.types.Image:
    """The image of that file as it is now."""
    image = bpy.data.images.load(file, check_existing=True)
    image.reload()
    return image


register, unregister = bpy.utils.register_classes_factory((TSHIRT_OT_compare_chosen,))

"""What a job has left to look at: its folder, its pictures, its log."""

import os
import shutil
import sys
from pathlib import Path

import bpy

from .client.background_operator import BackgroundOperator, Nothing, rpt
from .client.queue_client import client
from .compare import shown

#: Bytes of a log that are shown: its text editor is filled in about a millisecond.
_LOG_SHOWN = 200_000
#: Lines of it from the end, where the error is, that a new window has room for.
_LINES_SHOWN = 30


class TSHIRT_OT_open_folder(bpy.types.Operator):
    """Open the folder with the pictures of the chosen job"""

    bl_idname = "tshirt.open_folder"
    bl_label = "Open Folder"
    bl_options = {"INTERNAL"}

    folder: bpy.props.StringProperty(subtype="DIR_PATH")

    def execute(self, context):
        folder = Path(self.folder)
        if not folder.is_dir():
            self.report(
                {"WARNING"}, rpt("The folder {folder} is not there yet").format(folder=folder)
            )
            return {"CANCELLED"}
        if sys.platform == "linux" and not shutil.which("xdg-open"):
            words = rpt("This system has no program to show a folder; the pictures are in {folder}")
            self.report({"WARNING"}, words.format(folder=folder))
            return {"CANCELLED"}
        return bpy.ops.wm.path_open(filepath=str(folder))


class TSHIRT_OT_show_picture(bpy.types.Operator):
    """Show the picture in an Image editor; a second one opens a window of its own"""

    bl_idname = "tshirt.show_picture"
    bl_label = "Show Picture"
    bl_options = {"INTERNAL"}

    file: bpy.props.StringProperty(subtype="FILE_PATH")
    beside: bpy.props.BoolProperty(
        name="Beside", description="Open another window, to compare", options={"SKIP_SAVE"}
    )

    def execute(self, context):
        if not Path(self.file).is_file():
            self.report({"WARNING"}, rpt("{file} is no longer there").format(file=self.file))
            return {"CANCELLED"}
        image = shown(self.file)
        editor = None if self.beside else _image_editor_or_none(context)
        if editor is None:
            bpy.ops.wm.window_new()
            editor = context.window_manager.windows[-1].screen.areas[0]
            editor.type = "IMAGE_EDITOR"
        editor.spaces.active.image = image
        editor.tag_redraw()
        return {"FINISHED"}


def _image_editor_or_none(context):
    areas = [area for window in context.window_manager.windows for area in window.screen.areas]
    return next((area for area in areas if area.type == "IMAGE_EDITOR"), None)


def _end_of(file: Path) -> str:
    """What a log says, or of a long one the end, where the error is."""
    with file.open("rb") as log:
        size = log.seek(0, os.SEEK_END)
        log.seek(max(0, size - _LOG_SHOWN))
        words = log.read(_LOG_SHOWN).decode("utf-8", errors="replace")
    if size <= _LOG_SHOWN:
        return words
    return rpt("The end of {file}:").format(file=file) + "\n\n" + words.partition("\n")[2]


class TSHIRT_OT_show_log(BackgroundOperator, bpy.types.Operator):
    """Show what Blender said while it rendered this job, in a text editor"""

    bl_idname = "tshirt.show_log"
    bl_label = "Show Log"
    bl_options = {"INTERNAL"}

    job: bpy.props.StringProperty()

    def task(self, context):
        id, folder = self.job, client.folder

        def read(store):
            file = folder.log(id, store.job(id).claims)
            if not file.is_file():
                raise Nothing(rpt("There is no log of this job: it has not been started"))
            return file.name, _end_of(file)

        return read

    @classmethod
    def tell(cls, read):
        name, words = read
        text = bpy.data.texts.get(name) or bpy.data.texts.new(name)
        text.from_string(words)
        bpy.ops.wm.window_new()
        area = bpy.context.window_manager.windows[-1].screen.areas[0]
        area.type = "TEXT_EDITOR"
        space = area.spaces.active
        space.text = text
        space.top = max(0, len(text.lines) - _LINES_SHOWN)
        return ""


classes = (TSHIRT_OT_open_folder, TSHIRT_OT_show_picture, TSHIRT_OT_show_log)
register, unregister = bpy.utils.register_classes_factory(classes)

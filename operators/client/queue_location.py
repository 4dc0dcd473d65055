"""Which queue folder the doors inside Blender use."""

import os
from pathlib import Path

import bpy

from ...queue.folder import ENVIRONMENT_VARIABLE, QueueFolder

#: the extension's full module name, as Blender knows it
EXTENSION = __package__.removesuffix(".operators.client")


def queue_folder() -> QueueFolder:
    """The environment's, the preferences', or the extension's own folder, in this order."""
    if os.environ.get(ENVIRONMENT_VARIABLE):
        return QueueFolder.default()
    addon = bpy.context.preferences.addons.get(EXTENSION)
    chosen = getattr(addon.preferences, "queue_folder", "") if addon else ""
    if chosen:
        return QueueFolder.at(bpy.path.abspath(chosen))
    try:
        return QueueFolder.at(Path(bpy.utils.extension_path_user(EXTENSION)) / "queue")
    except ValueError:  # loaded from a checkout, not as an extension
        return QueueFolder.default()

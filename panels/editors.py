"""One panel, several editors: makes a panel class for the 3D viewport and one for the Image editor.

Also how text is broken into lines, which Blender's layouts don't do.
"""

import textwrap
from functools import lru_cache

import bpy

from .translations import CONTEXT

TAB = "T-Shirt"
#: Where the tab is, and how Blender begins the names of panels there.
EDITORS = {"VIEW_3D": "VIEW3D", "IMAGE_EDITOR": "IMAGE"}


def in_every_editor(*panels: type) -> tuple[type, ...]:
    """A panel class for each panel and editor; `panels` are plain classes with a draw method."""
    return tuple(
        type(
            f"{prefix}_PT_tshirt_{panel.name}",
            (panel, bpy.types.Panel),
            {
                "__doc__": panel.__doc__,
                "bl_idname": f"{prefix}_PT_tshirt_{panel.name}",
                "bl_space_type": space,
                "bl_region_type": "UI",
                "bl_category": TAB,
                "bl_translation_context": CONTEXT,
            },
        )
        for space, prefix in EDITORS.items()
        for panel in panels
    )


def paragraph(
    layout, context, text: str, icon: str = "NONE", indent: int = 0, width: float | None = None
) -> None:
    """A text over as many lines as its width asks for; the icon is at the first one.

    `width` is a dialog's, before the UI's scale; else it is the region's.
    """
    width = width or context.region.width / context.preferences.system.ui_scale
    letters = int((width - 62 - indent - 20 * (icon != "NONE")) / 6.1)
    column = layout.column(align=True)
    column.scale_y = 0.8
    for number, line in enumerate(_lines(text, max(16, letters))):
        if icon == "NONE":
            column.label(text=line, translate=False)
        else:
            column.label(text=line, icon=icon if number == 0 else "BLANK1", translate=False)


@lru_cache(maxsize=64)
def _lines(text: str, letters: int) -> list[str]:
    """Broken once, not with every redraw: that is a tenth of what drawing the tab takes."""
    return textwrap.wrap(text, letters)

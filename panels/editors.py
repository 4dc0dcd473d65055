"""One panel, several editors: makes a panel class for the 3D viewport and one for the Image editor.

Also how the tab is opened for somebody, and how text is broken into lines or cut in the middle, which
Blender's layouts don't do.
"""

import textwrap
from functools import lru_cache

import blf
import bpy

from .translations import CONTEXT

TAB = "T-Shirt"
#: Where the tab is, and how Blender begins the names of panels there.
EDITORS = {"VIEW_3D": "VIEW3D", "IMAGE_EDITOR": "IMAGE"}
#: Seconds in which a sidebar that opens is drawn, and how often it is waited for.
_DRAWN, _TRIES = 0.2, 20


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


def open_tab(context) -> None:
    """Open the tab in the largest 3D viewport there is."""
    area = largest_viewport_or_none(context)
    if area is None:
        return
    area.spaces.active.show_region_ui = True
    tries = iter(range(_TRIES))

    def turn() -> float | None:
        area = largest_viewport_or_none(bpy.context)
        sidebars = [one for one in area.regions if one.type == "UI"] if area else []
        try:
            for sidebar in sidebars:
                sidebar.active_panel_category = TAB
                sidebar.tag_redraw()
        except TypeError:  # it has not been drawn yet, and knows no tabs
            return _DRAWN if next(tries, None) is not None else None
        return None

    bpy.app.timers.register(turn, first_interval=_DRAWN)


def largest_viewport_or_none(context) -> bpy.types.Area | None:
    """The largest 3D viewport on the screen."""
    areas = (area for window in context.window_manager.windows for area in window.screen.areas)
    viewports = (area for area in areas if area.type == "VIEW_3D")
    return max(viewports, key=lambda area: area.width * area.height, default=None)


def paragraph(
    layout, context, text: str, icon: str = "NONE", indent: int = 0, width: float | None = None
) -> int:
    """A text over as many lines as its width asks for, which are counted; the icon is at the first.

    `width` is a dialog's, before the UI's scale; else it is the region's.
    """
    width = width or context.region.width / context.preferences.system.ui_scale
    letters = int((width - 62 - indent - 20 * (icon != "NONE")) / 6.1)
    column = layout.column(align=True)
    column.scale_y = 0.8
    lines = _lines(text, max(16, letters))
    for number, line in enumerate(lines):
        if icon == "NONE":
            column.label(text=line, translate=False)
        else:
            column.label(text=line, icon=icon if number == 0 else "BLANK1", translate=False)
    return len(lines)


def in_inches(context) -> bool:
    """Whether lengths are told in inches: as the scene's units say; else they are in centimetres."""
    return context.scene.unit_settings.system == "IMPERIAL"


def end_of(path: str, letters: int) -> str:
    """A path that fits into a field: of a long one the end, which is what differs."""
    return path if len(path) <= letters else "…" + path[-letters:]


def width_of(text: str, points: float) -> float:
    """Pixels that a text takes in Blender's font, before the UI's scale."""
    blf.size(0, points)
    return blf.dimensions(0, text)[0]


@lru_cache(maxsize=512)
def in_middle(text: str, width: int, points: float) -> str:
    """A text that fits into so many pixels, before the UI's scale: of a long one begin and end."""
    if width_of(text, points) <= width:
        return text
    least, most = 2, len(text)
    while least < most:
        letters = (least + most + 1) // 2
        if width_of(_cut(text, letters), points) <= width:
            least = letters
        else:
            most = letters - 1
    return _cut(text, least)


def _cut(text: str, letters: int) -> str:
    end = letters // 2
    return f"{text[: letters - end]}…{text[len(text) - end :]}"


@lru_cache(maxsize=64)
def _lines(text: str, letters: int) -> list[str]:
    """Broken once, not with every redraw: that is a tenth of what drawing the tab takes."""
    return textwrap.wrap(text, letters)

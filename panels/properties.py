"""The order, the batch and how the queue is looked at: all that is kept on the WindowManager.

There it belongs to this running Blender: not to a scene, not to a .blend, not to undo.
"""

import bpy
from bpy.props import (
    BoolProperty,
    BoolVectorProperty,
    CollectionProperty,
    EnumProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..operators.client.queue_client import client
from ..operators.saved_orders import fill, plain
from ..presets.fabrics import fabrics
from ..presets.placements import placements
from .order_properties import TSHIRT_PG_order
from .translations import in_our_words

#: States that the list can be filtered by, as the client names them, with their names and icons.
STATES = {
    "waiting": ("Waiting", "SORTTIME"),
    "active": ("Rendering", "PLAY"),
    "completed": ("Done", "CHECKMARK"),
    "failed": ("Failed", "ERROR"),
    "cancelled": ("Cancelled", "CANCEL"),
}


def _view_changed(owner, _context) -> None:
    client.show(owner.as_view())


def _chosen(owner, _context) -> None:
    client.choose(owner.index)


@in_our_words
class TSHIRT_PG_design(bpy.types.PropertyGroup):
    """One design of a batch."""

    path: StringProperty(name="Design", description="The image to print", subtype="FILE_PATH")


@in_our_words
class TSHIRT_PG_batch(bpy.types.PropertyGroup):
    """What the batch dialog asks; all else is as in the order."""

    title: StringProperty(name="Name", description="The batch's name in the queue")
    designs: CollectionProperty(type=TSHIRT_PG_design)
    placements: BoolVectorProperty(
        name="Placements",
        description="Print each design here",
        size=len(placements()),
    )
    fabrics: BoolVectorProperty(
        name="Fabrics",
        description="Print on this fabric",
        size=len(fabrics()),
    )
    transparent: BoolProperty(
        name="Transparent", description="Pictures with an alpha channel", default=True
    )
    white: BoolProperty(name="White", description="Pictures on pure white")
    coloured: BoolProperty(name="Color", description="Pictures on a color of your own")
    colour: FloatVectorProperty(
        name="Background Color",
        description="The color behind the shirt, as sRGB",
        subtype="COLOR_GAMMA",
        min=0.0,
        max=1.0,
        default=(0.9, 0.9, 0.9),
    )
    drafts: BoolProperty(
        name="Drafts First",
        description="Render small drafts into a folder of their own; tick the good ones in the "
        "list and render them again as finals",
    )


class TSHIRT_PG_line(bpy.types.PropertyGroup):
    """A line of the queue list. Empty on purpose: what it shows is in the client's snapshot."""


@in_our_words
class TSHIRT_PG_queue(bpy.types.PropertyGroup):
    """How the artist looks at the queue."""

    lines: CollectionProperty(type=TSHIRT_PG_line)
    index: IntProperty(
        name="Job", description="The job whose details are shown", default=-1, update=_chosen
    )
    text: StringProperty(
        name="Search",
        description="Show jobs whose design, fabric, placement, batch or number has these words",
        options={"TEXTEDIT_UPDATE"},
        update=_view_changed,
    )
    states: BoolVectorProperty(  # of flags a click would choose one, and only Shift take it back
        name="States",
        description="Show jobs in this state; none chosen shows all",
        size=len(STATES),
        update=_view_changed,
    )
    sort: EnumProperty(
        name="Sort By",
        description="What comes first in the list",
        items=[
            ("queue", "Queue", "What renders now, then what comes next, then the newest results"),
            ("newest", "Newest First", "By the time they were added"),
            ("name", "Name", "By the name of the design"),
        ],
        update=_view_changed,
    )
    grouped: BoolProperty(
        name="Group Batches",
        description="Show a batch as one line that can be opened",
        default=True,
        update=_view_changed,
    )
    several: BoolProperty(
        name="Select Several",
        description="Tick jobs, then cancel, retry, move or remove them together",
    )

    def as_view(self):
        """The same as plain values, for the client."""
        states = {state for state, on in zip(STATES, self.states, strict=True) if on}
        return client.view_of(text=self.text, states=states, sort=self.sort, grouped=self.grouped)


@in_our_words
class TSHIRT_PG_desk(bpy.types.PropertyGroup):
    """All that the extension keeps on the WindowManager."""

    order: PointerProperty(type=TSHIRT_PG_order)
    batch: PointerProperty(type=TSHIRT_PG_batch)
    fabric_search: StringProperty(
        name="Search",
        description="Show fabrics with these words in their name",
        options={"TEXTEDIT_UPDATE"},
    )
    queue: PointerProperty(type=TSHIRT_PG_queue)


classes = (
    TSHIRT_PG_design,
    TSHIRT_PG_batch,
    TSHIRT_PG_line,
    TSHIRT_PG_queue,
    TSHIRT_PG_desk,
)
_add, _remove = bpy.utils.register_classes_factory(classes)


#: The order and the view of the queue while Blender opens another file, which forgets them.
_meanwhile: dict[str, dict] = {}


@bpy.app.handlers.persistent
def _keep(*_) -> None:
    """Remember what the WindowManager is about to lose."""
    state = bpy.context.window_manager.tshirt
    _meanwhile.update(order=plain(state.order), queue=plain(state.queue))


@bpy.app.handlers.persistent
def _bring_back(*_) -> None:
    """Give it back to the new one."""
    state = bpy.context.window_manager.tshirt
    for name, values in _meanwhile.items():
        fill(getattr(state, name), values)
    _meanwhile.clear()
    client.touch()


def register() -> None:
    """Add the classes, hang them on the WindowManager, and keep their values over File > Open."""
    _add()
    bpy.types.WindowManager.tshirt = PointerProperty(type=TSHIRT_PG_desk)
    bpy.app.handlers.load_pre.append(_keep)
    bpy.app.handlers.load_post.append(_bring_back)


def unregister() -> None:
    """Take all of that off again."""
    bpy.app.handlers.load_post.remove(_bring_back)
    bpy.app.handlers.load_pre.remove(_keep)
    del bpy.types.WindowManager.tshirt
    _remove()

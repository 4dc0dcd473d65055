"""What the artist is about to order and how the queue is looked at; kept on the WindowManager.

There it belongs to this running Blender: not to a scene, not to a .blend, not to undo.
"""

import bpy
from bpy.props import (
    BoolProperty,
    BoolVectorProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..operators.desk import desk
from ..operators.saved_orders import fill, plain
from ..presets.fabrics import fabrics
from ..presets.placements import placements
from ..presets.qualities import output_presets, qualities
from ..presets.request import GARMENT_SIZES, TECHNIQUES
from ..presets.views import views
from .pictures import fabric_items, placement_items

_TECHNIQUES = {
    "dtg": ("Direct to Garment", "Ink jetted into the cloth"),
    "screen": ("Screen Print", "Opaque ink, with a white base on dark fabric"),
    "vinyl": ("Vinyl", "Smooth film pressed onto the cloth"),
    "embroidery": ("Embroidery", "Stitched, with relief"),
    "distressed": ("Distressed", "A worn print"),
}


def _order_changed(_owner, _context) -> None:
    desk.order_changed()


def _view_changed(owner, _context) -> None:
    desk.show(owner.as_view())


def _chosen(owner, _context) -> None:
    desk.choose(owner.index)


class TSHIRT_PG_order(bpy.types.PropertyGroup):
    """One shirt as the artist wants it."""

    design: StringProperty(
        name="Design",
        description="The image to print: PNG, JPEG, WebP or TIFF",
        subtype="FILE_PATH",
        update=_order_changed,
    )
    placement: EnumProperty(
        name="Placement",
        description="Where on the shirt the design is printed",
        items=placement_items,
        default=list(placements()).index("full_front"),
        update=_order_changed,
    )
    fabric: EnumProperty(
        name="Fabric",
        description="The colour of the shirt",
        items=fabric_items,
        update=_order_changed,
    )
    fabric_colour: FloatVectorProperty(
        name="Own Colour",
        description="The colour of the shirt, as sRGB",
        subtype="COLOR_GAMMA",
        min=0.0,
        max=1.0,
        default=(0.15, 0.2, 0.35),
        update=_order_changed,
    )
    views: BoolVectorProperty(
        name="Views",
        description="From where the shirt is shown; each view is a picture",
        size=len(views()),
        default=[id == "front" for id in views()],
        update=_order_changed,
    )
    mode: EnumProperty(
        name="Pictures",
        description="Single pictures, a full turn, or both",
        items=[
            ("stills", "Stills", "One picture for each view"),
            ("turntable", "Turntable", "One full turn of the shirt, as frames and a film"),
            ("both", "Both", "Stills and a turntable"),
        ],
        update=_order_changed,
    )
    frames: IntProperty(
        name="Frames",
        description="Pictures of one full turn",
        default=36,
        min=2,
        max=1000,
        update=_order_changed,
    )
    quality: EnumProperty(
        name="Quality",
        description="How much work goes into a picture",
        items=[
            (id, one.label, f"{one.size} × {one.size} px, {one.samples} samples: {one.about}")
            for id, one in qualities().items()
        ],
        default="standard",
        update=_order_changed,
    )
    picture: EnumProperty(
        name="Size",
        description="The size of the pictures",
        items=[
            ("QUALITY", "By Quality", "Square, as large as the quality says"),
            *(
                (id, f"{one.width} × {one.height}", one.label)
                for id, one in output_presets().items()
            ),
            ("OWN", "Own Size", "Width and height of your own"),
        ],
        update=_order_changed,
    )
    width: IntProperty(
        name="Width",
        description="Width of the pictures",
        subtype="PIXEL",
        default=1024,
        min=16,
        max=16384,
        update=_order_changed,
    )
    height: IntProperty(
        name="Height",
        description="Height of the pictures",
        subtype="PIXEL",
        default=1024,
        min=16,
        max=16384,
        update=_order_changed,
    )
    samples: IntProperty(
        name="Samples",
        description="Samples a pixel; 0 takes as many as the quality says",
        default=0,
        min=0,
        max=65536,
        update=_order_changed,
    )
    format: EnumProperty(
        name="Format",
        description="The file format of the pictures",
        items=[
            ("png", "PNG", "Lossless, with transparency"),
            ("jpeg", "JPEG", "Small, without transparency"),
            ("webp", "WebP", "Small, with transparency"),
        ],
        update=_order_changed,
    )
    background: EnumProperty(
        name="Background",
        description="What is behind the shirt",
        items=[
            ("transparent", "Transparent", "Nothing: the picture has an alpha channel"),
            ("colour", "Colour", "One even colour, exactly the one you choose"),
            ("image", "Image", "A picture of your own"),
        ],
        update=_order_changed,
    )
    background_colour: FloatVectorProperty(
        name="Background Colour",
        description="The colour behind the shirt, as sRGB",
        subtype="COLOR_GAMMA",
        min=0.0,
        max=1.0,
        default=(1.0, 1.0, 1.0),
        update=_order_changed,
    )
    background_image: StringProperty(
        name="Background Image",
        description="The picture behind the shirt",
        subtype="FILE_PATH",
        update=_order_changed,
    )
    ground_shadow: BoolProperty(
        name="Shadow",
        description="A soft shadow behind the shirt",
        update=_order_changed,
    )
    technique: EnumProperty(
        name="Technique",
        description="How the design is printed",
        items=[(id, *_TECHNIQUES[id]) for id in TECHNIQUES],
        update=_order_changed,
    )
    template: StringProperty(
        name="Template",
        description="The .blend of a shirt of your own; empty for the one that comes along",
        subtype="FILE_PATH",
        update=_order_changed,
    )
    garment_size: EnumProperty(
        name="Garment Size",
        description="The print is scaled with the size of the shirt",
        items=[(size, size, f"Prints at {scale:.0%}") for size, scale in GARMENT_SIZES.items()],
        default="L",
        update=_order_changed,
    )
    own_place: BoolProperty(
        name="Adjust",
        description="Change the width and the place of the print",
        update=_order_changed,
    )
    width_in: FloatProperty(
        name="Width",
        description="Width of the print in inches; 0 takes the placement's own",
        min=0.0,
        max=60.0,
        precision=2,
        step=25,
        update=_order_changed,
    )
    x_in: FloatProperty(
        name="Sideways",
        description="Inches from the centre line towards the wearer's left",
        min=-30.0,
        max=30.0,
        precision=2,
        step=25,
        update=_order_changed,
    )
    y_in: FloatProperty(
        name="Down",
        description="Inches below the collar, or above the hem where the placement counts from it",
        min=-10.0,
        max=40.0,
        default=3.0,
        precision=2,
        step=25,
        update=_order_changed,
    )
    rotation_deg: FloatProperty(
        name="Rotation",
        description="Turn of the print in degrees, counter-clockwise",
        min=-180.0,
        max=180.0,
        step=100,
        precision=1,
        update=_order_changed,
    )
    out: StringProperty(
        name="Folder",
        description="Where the pictures go; empty: the output folder of the preferences",
        subtype="DIR_PATH",
        update=_order_changed,
    )
    pattern: StringProperty(
        name="File Name",
        description="Pattern of the file names: {design} {placement} {fabric} {background} {view}",
        default="",
        update=_order_changed,
    )
    lane: EnumProperty(
        name="Lane",
        description="Urgent jobs go before normal ones, low ones after",
        items=[
            ("urgent", "Urgent", "Before all others"),
            ("normal", "Normal", "One after the other"),
            ("low", "Low", "When nothing else waits"),
        ],
        default="normal",
    )
    at: StringProperty(
        name="Start",
        description="Not before this time: 22:30, 2030-01-31T08:00, or a wait such as +90m. "
        "Empty: as soon as possible",
    )
    force: BoolProperty(
        name="Render Again",
        description="Render even what is already there",
    )


class TSHIRT_PG_design(bpy.types.PropertyGroup):
    """One design of a batch."""

    path: StringProperty(name="Design", description="The image to print", subtype="FILE_PATH")


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
    coloured: BoolProperty(name="Colour", description="Pictures on a colour of your own")
    colour: FloatVectorProperty(
        name="Background Colour",
        description="The colour behind the shirt, as sRGB",
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
    """A line of the queue list. Empty on purpose: what it shows is in the desk's snapshot."""


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
    states: EnumProperty(
        name="States",
        description="Show jobs in these states; none chosen shows all",
        items=[
            ("waiting", "Waiting", "Ready, delayed or waiting for others", "SORTTIME", 1),
            ("active", "Rendering", "Being rendered", "PLAY", 2),
            ("completed", "Done", "Their pictures are there", "CHECKMARK", 4),
            ("failed", "Failed", "Given up", "ERROR", 8),
            ("cancelled", "Cancelled", "Called off", "CANCEL", 16),
        ],
        options={"ENUM_FLAG"},
        default=set(),
        update=_view_changed,
    )
    sort: EnumProperty(
        name="Order",
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
        """The same as plain values, for the desk."""
        return desk.view_of(
            text=self.text, states=self.states, sort=self.sort, grouped=self.grouped
        )


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
    TSHIRT_PG_order,
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
    desk.touch()


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

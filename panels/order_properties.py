"""One shirt as the artist wants it: what the upper half of the tab edits.

Every change is told to the client, which looks the order over.
"""

import math

import bpy
from bpy.props import (
    BoolProperty,
    BoolVectorProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    StringProperty,
)

from ..operators.client.queue_client import client
from ..operators.order import AS_SET, OWN, shirts
from ..presets.measures import CM_PER_INCH
from ..presets.order_form import TEMPLATE
from ..presets.placements import find_placement, placements
from ..presets.qualities import output_presets, qualities
from ..presets.request import GARMENT_SIZES, LIGHTS, TECHNIQUES
from ..presets.views import facing_view_or_none, views
from .pictures import fabric_items, placement_items
from .translations import in_our_words

_TECHNIQUES = {
    "dtg": ("Direct to Garment", "Ink jetted into the cloth"),
    "screen": ("Screen Print", "Opaque ink, with a white base on dark fabric"),
    "vinyl": ("Vinyl", "Smooth film pressed onto the cloth"),
    "embroidery": ("Embroidery", "Stitched, with relief"),
    "distressed": ("Distressed", "A worn print"),
}


#: how pictures get their light, in words
LIGHT_WORDS = {
    "auto": ("Automatic", "Bake a view's light once wherever that is as good"),
    "once": ("Baked Once", "Bake the light of each view once, and print every design into it"),
    "full": ("Rendered in Full", "Render each picture by itself"),
}


def _order_changed(_owner, _context) -> None:
    client.order_changed()


def _shirt_changed(order, _context) -> None:
    """What lies throws a shadow, until the artist wants none."""
    info = shirts().get(order.shirt)
    if info is not None:
        order.ground_shadow = info.lies
    client.order_changed()


def _placement_changed(order, context) -> None:
    """Who sees the shirt only from where the print was sees it from where the print is now."""
    facing = facing_view_or_none(find_placement(order.placement).zone)
    shown = [view for view, on in zip(views().values(), order.views, strict=True) if on]
    if facing and len(shown) == 1 and shown[0].faces and shown[0] != facing:
        order.views = [id == facing.id for id in views()]
    _place_changed(order, context)


def _place_changed(order, _context) -> None:
    """Adjusting begins with what the placement has."""
    if order.own_place:
        place = find_placement(order.placement)
        order.width_in, order.x_in, order.y_in = place.art_width_in, place.x_in, place.y_in
    client.order_changed()


def _seen_as(stored: str, factor: float) -> dict:
    """How a property shows another one's value times `factor`: its `get` and `set`.

    It is the same value, so that only the other one is saved with an order.
    """

    def get(order):
        return getattr(order, stored) * factor

    def set(order, value):  # noqa: A001 - Blender's word
        setattr(order, stored, value / factor)

    return {"get": get, "set": set, "options": {"SKIP_SAVE"}}


def _has_own_samples(order) -> bool:
    return order.samples > 0


def _take_own_samples(order, own: bool) -> None:
    order.samples = qualities()[order.quality].samples if own else 0


def _template_changed(order, _context) -> None:
    """A file of one's own is meant by who names one."""
    if order.template:
        order.shirt = OWN
    client.order_changed()


@in_our_words
class TSHIRT_PG_order(bpy.types.PropertyGroup):
    """One shirt as the artist wants it."""

    design: StringProperty(
        name="Design",
        description="The image to print: PNG, JPEG, WebP, TIFF or SVG",
        subtype="FILE_PATH",
        update=_order_changed,
    )
    placement: EnumProperty(
        name="Placement",
        description="Where on the shirt the design is printed",
        items=placement_items,
        default=list(placements()).index("full_front"),
        update=_placement_changed,
    )
    fabric: EnumProperty(
        name="Fabric",
        description="The color of the shirt",
        items=fabric_items,
        update=_order_changed,
    )
    fabric_colour: FloatVectorProperty(
        name="Own Color",
        description="The color of the shirt, as sRGB",
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
        description="Single pictures, a full turn, both, or a model to turn oneself",
        items=[
            ("stills", "Stills", "One picture for each view"),
            ("turntable", "Turntable", "One full turn of the shirt, as frames and a film"),
            ("both", "Stills and Turntable", "One picture for each view, and a full turn"),
            ("glb", "3D Model", "A printed shirt as .glb, for web shops and augmented reality"),
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
            (OWN, "Own Size", "Width and height of your own"),
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
    own_samples: BoolProperty(
        name="Own Samples",
        description="Take as many samples a pixel as you say, not as many as the quality says",
        get=_has_own_samples,
        set=_take_own_samples,
        options={"SKIP_SAVE"},
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
            ("colour", "Color", "One even color, exactly the one you choose"),
            ("image", "Image", "A picture of your own"),
        ],
        update=_order_changed,
    )
    background_colour: FloatVectorProperty(
        name="Background Color",
        description="The color behind the shirt, as sRGB",
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
    light: EnumProperty(
        name="Light",
        description="How pictures get their light",
        items=[
            (AS_SET, "As in the Preferences", "What the preferences say"),
            *((id.upper(), *LIGHT_WORDS[id]) for id in LIGHTS),
        ],
        update=_order_changed,
    )
    technique: EnumProperty(
        name="Technique",
        description="How the design is printed",
        items=[(id, *_TECHNIQUES[id]) for id in TECHNIQUES],
        update=_order_changed,
    )
    template: StringProperty(
        name="File",
        description="The .blend of a shirt of your own",
        subtype="FILE_PATH",
        update=_template_changed,
    )
    shirt: EnumProperty(
        name="Shirt",
        description="What is printed on, and how it lies",
        items=[
            *((name, info.name, "") for name, info in shirts().items()),
            (OWN, "Own File…", "A .blend that was made a template"),
        ],
        default=TEMPLATE,
        update=_shirt_changed,
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
        update=_place_changed,
    )
    width_in: FloatProperty(
        name="Width (in)",
        description="Width of the print; 0 takes the placement's own",
        min=0.0,
        max=60.0,
        precision=2,
        step=25,
        update=_order_changed,
    )
    x_in: FloatProperty(
        name="Sideways (in)",
        description="From the centre line towards the wearer's left",
        min=-30.0,
        max=30.0,
        precision=2,
        step=25,
        update=_order_changed,
    )
    y_in: FloatProperty(
        name="Down (in)",
        description="Below the collar, or above the hem where the placement counts from it",
        min=-10.0,
        max=40.0,
        default=3.0,
        precision=2,
        step=25,
        update=_order_changed,
    )
    rotation_deg: FloatProperty(
        name="Rotation",
        description="Turn of the print, counter-clockwise",
        min=-180.0,
        max=180.0,
        step=100,
        precision=1,
        update=_order_changed,
    )
    width_cm: FloatProperty(
        name="Width (cm)",
        description="Width of the print; 0 takes the placement's own",
        min=0.0,
        max=152.4,
        precision=1,
        step=50,
        **_seen_as("width_in", CM_PER_INCH),
    )
    x_cm: FloatProperty(
        name="Sideways (cm)",
        description="From the centre line towards the wearer's left",
        min=-76.2,
        max=76.2,
        precision=1,
        step=50,
        **_seen_as("x_in", CM_PER_INCH),
    )
    y_cm: FloatProperty(
        name="Down (cm)",
        description="Below the collar, or above the hem where the placement counts from it",
        min=-25.4,
        max=101.6,
        precision=1,
        step=50,
        **_seen_as("y_in", CM_PER_INCH),
    )
    rotation: FloatProperty(
        name="Rotation",
        description="Turn of the print, counter-clockwise",
        subtype="ANGLE",
        min=-math.pi,
        max=math.pi,
        step=100,
        precision=1,
        **_seen_as("rotation_deg", math.radians(1.0)),
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
        name="Not Before",
        description="The job waits for this time: 22:30, 2030-01-31T08:00, or a wait such as +90m. "
        "Empty: as soon as possible",
    )
    force: BoolProperty(
        name="Render Again",
        description="Make the pictures anew, also where they are there already",
    )


register, unregister = bpy.utils.register_classes_factory((TSHIRT_PG_order,))

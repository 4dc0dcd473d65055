"""Ordering from the panel: reads the order on the WindowManager and hands it to the client.

`tshirt.order` is the "Add to Queue" button; scripts use `tshirt.enqueue`, which takes everything as
arguments and waits.
"""

import json
import os
import time
from functools import cache
from pathlib import Path

import bpy

from ..presets.bad_request import BadRequest
from ..presets.colours import hex_from_srgb
from ..presets.messages import said_by, translated
from ..presets.order_form import OrderForm
from ..presets.placements import Placement
from ..presets.qualities import output_presets
from ..presets.template_info import TemplateInfo, from_sidecar, shipped, sidecar_of
from ..presets.views import round_the_shirt, views
from ..queue.intake import schedule_time, submit
from ..queue.job import Job, Lane, State
from .client.background_operator import BackgroundOperator, rpt
from .client.job_rows import BATCH
from .client.queue_client import client, settled

#: The identifier of "a file of your own" in the shirt picker, of a colour of one's own in others.
OWN = "OWN"
#: of an enum: the queue's setting decides
AS_SET = "AS_SET"


@cache
def shirts() -> dict[str, TemplateInfo]:
    """The shirts that come along, by their names; their descriptions are read once."""
    return {
        name: from_sidecar(json.loads(sidecar_of(blend).read_text("utf-8")), blend)
        for name, blend in shipped().items()
        if sidecar_of(blend).is_file()
    }


def offered_views(order) -> tuple[str, ...]:
    """The views that the chosen shirt has; those of the whole shirt, where that isn't known."""
    info = shirts().get(order.shirt)
    has = (info.views if info else client.look.views) or round_the_shirt()
    return tuple(view for view in views() if view in has)


def offers(order, placement: Placement) -> bool:
    """Whether the chosen shirt can be printed there, as far as that is known."""
    info = shirts().get(order.shirt)
    return info is None or placement.zone in info.zones


def form_of(order, out: str) -> OrderForm:
    """The form that the panel's order stands for; `out` is the folder where it names none."""
    picture = output_presets().get(order.picture)
    size = None
    if picture:
        size = (picture.width, picture.height)
    elif order.picture == OWN:
        size = (order.width, order.height)
    own = order.own_place
    offered = offered_views(order)
    return OrderForm(
        designs=(absolute(order.design),) if order.design else (),
        placements=(order.placement,),
        fabrics=(fabric_of(order),),
        views=tuple(
            id for id, on in zip(views(), order.views, strict=True) if on and id in offered
        ),
        backgrounds=(background_of(order),),
        mode=order.mode,
        quality=order.quality,
        samples=order.samples or None,
        size=size,
        format=order.format,
        out=absolute(order.out) if order.out else out,
        **({"name": order.pattern} if order.pattern else {}),
        frames=order.frames,
        technique=order.technique,
        width_in=(order.width_in or None) if own else None,
        x_in=order.x_in if own else None,
        y_in=order.y_in if own else None,
        rotation_deg=order.rotation_deg if own else 0.0,
        garment_size=order.garment_size,
        template=template_of(order),
        ground_shadow=order.ground_shadow,
        light="" if order.light == AS_SET else order.light.lower(),
    )


def template_of(order) -> str:
    """The shirt as a form names it; empty where the artist's own isn't chosen yet."""
    if order.shirt != OWN:
        return order.shirt
    return absolute(order.template) if order.template else ""


def fabric_of(order) -> str:
    """The fabric as a form names it."""
    return hex_from_srgb(order.fabric_colour) if order.fabric == OWN else order.fabric


def background_of(order) -> str:
    """The background as a form names it; empty where the picture isn't chosen yet."""
    if order.background == "colour":
        return hex_from_srgb(order.background_colour)
    if order.background == "image":
        return absolute(order.background_image) if order.background_image else ""
    return "transparent"


def absolute(path: str) -> str:
    """A path property as an absolute path; '//' is beside the .blend."""
    return str(settled(bpy.path.abspath(path)))


def beside_design(order, name: str = "") -> str:
    """Where a file dialog begins: a file of that name beside the design, else in the home folder."""
    folder = Path(absolute(order.design)).parent if order.design else Path.home()
    return os.path.join(folder, name)


def fault_of_start(order) -> str:
    """Why the time to start at can't be read, one sentence; empty where it can."""
    try:
        if order.at:
            schedule_time.parse(order.at, time.time())
    except BadRequest as error:
        return said_by(error)
    return ""


def terms_of(order, *, batch: str = "") -> submit.JobOptions:
    """When and how the order is done. Raises BadRequest for a time that can't be read."""
    return submit.JobOptions(
        lane=Lane.parse(order.lane),
        not_before=schedule_time.parse(order.at, time.time()) if order.at else None,
        batch=batch,
        force=order.force,
    )


def told(jobs: list[Job]) -> str:
    """What to report of queued jobs; starts the runner where there is work."""
    there = sum(job.state is State.COMPLETED for job in jobs)
    if there < len(jobs):
        client.start_runner()
    if jobs:
        listed = jobs[0].batch and bpy.context.window_manager.tshirt.queue.grouped
        client.choose_job(f"{BATCH}{jobs[0].batch}" if listed else jobs[0].id)
    if there == len(jobs):
        return rpt("These pictures are there already; Render Again makes them anew")
    if there:
        return rpt("{count} added to the queue, {there} were there already").format(
            count=len(jobs) - there, there=there
        )
    if len(jobs) == 1:
        return rpt("Added to the queue")
    return rpt("{count} jobs added to the queue").format(count=len(jobs))


class TSHIRT_OT_order(BackgroundOperator, bpy.types.Operator):
    """Put the order of the T-Shirt panel into the render queue and start rendering it"""

    bl_idname = "tshirt.order"
    bl_label = "Add to Queue"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context):
        if not context.window_manager.tshirt.order.design:
            cls.poll_message_set("Choose a design first: drop an image here, or pick a file")
            return False
        if client.look.error:
            cls.poll_message_set(translated(client.look.error, rpt))
            return False
        if fault := fault_of_start(context.window_manager.tshirt.order):
            cls.poll_message_set(translated(fault, rpt))
            return False
        return True

    def task(self, context):
        order = context.window_manager.tshirt.order
        form, terms = form_of(order, str(client.outputs)), terms_of(order)

        def place(store):
            return submit.enqueue(store, form, terms)

        return place

    def adds(self, context):
        return Path(context.window_manager.tshirt.order.design).stem

    @classmethod
    def tell(cls, jobs):
        return told(jobs)


class TSHIRT_OT_choose_design(bpy.types.Operator):
    """Choose the image to print"""

    bl_idname = "tshirt.choose_design"
    bl_label = "Choose Design"
    bl_options = {"INTERNAL"}

    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_image: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    #: what Blender doesn't count as an image
    filter_glob: bpy.props.StringProperty(default="*.svg;*.svgz", options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    #: as Blender numbers them: pictures are chosen by their looks
    display_type: bpy.props.EnumProperty(
        items=[("THUMBNAIL", "Thumbnails", "", 3)], options={"HIDDEN", "SKIP_SAVE"}
    )

    def invoke(self, context, event):
        self.filepath = beside_design(context.window_manager.tshirt.order)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        context.window_manager.tshirt.order.design = self.filepath
        return {"FINISHED"}


class TSHIRT_OT_choose_fabric(bpy.types.Operator):
    """Make the shirt of this fabric"""

    bl_idname = "tshirt.choose_fabric"
    bl_label = "Choose Fabric"
    bl_options = {"INTERNAL"}

    fabric: bpy.props.StringProperty(name="Fabric", description="The fabric's id, such as navy")

    def execute(self, context):
        state = context.window_manager.tshirt
        state.fabric_search = ""
        try:
            state.order.fabric = self.fabric
        except TypeError:
            self.report({"ERROR"}, rpt("There is no fabric {name}").format(name=self.fabric))
            return {"CANCELLED"}
        return {"FINISHED"}


classes = (TSHIRT_OT_order, TSHIRT_OT_choose_design, TSHIRT_OT_choose_fabric)
register, unregister = bpy.utils.register_classes_factory(classes)

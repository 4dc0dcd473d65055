"""`bpy.ops.tshirt.enqueue`: puts renders of a design on the queue, from the UI and from scripts."""

import time
from collections.abc import Callable

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty
from bpy.types import Context, Operator

from ..presets.naming import DEFAULT_PATTERN
from ..presets.order_form import OrderForm
from ..presets.qualities import qualities
from ..presets.request import FORMATS, MODES, TECHNIQUES
from ..queue.intake import submit
from ..queue.job import Job, Lane
from ..queue.store.job_store import JobStore
from .client.background_operator import BackgroundOperator, rpt
from .client.queue_location import queue_folder

#: jobs whose ids are told; of more, how many they are
_FEW = 8


def _choices(names: tuple[str, ...]) -> list[tuple[str, str, str]]:
    return [(name, name.replace("_", " ").capitalize(), "") for name in names]


def _several(text: str, separator: str = ",") -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(separator) if part.strip())


class TSHIRT_OT_enqueue(BackgroundOperator, Operator):
    """Add a render of each design, placement and fabric to the queue"""

    bl_idname = "tshirt.enqueue"
    bl_label = "Add to Render Queue"
    bl_options = {"REGISTER"}

    designs: StringProperty(
        name="Designs", description="Image files, separated by semicolons", subtype="FILE_PATH"
    )
    placements: StringProperty(
        name="Placements", description="Where to print, separated by commas; empty for full front"
    )
    fabrics: StringProperty(
        name="Fabrics", description="Names or #RRGGBB, separated by commas; empty for white"
    )
    views: StringProperty(
        name="Views", description="Separated by commas, or all; empty for the one facing the print"
    )
    backgrounds: StringProperty(
        name="Backgrounds",
        description="transparent, colors or image files, separated by semicolons",
    )
    mode: EnumProperty(
        name="Mode", description="Stills, a turntable, both or a model", items=_choices(MODES)
    )
    quality: EnumProperty(
        name="Quality",
        description="How much work goes into a picture",
        items=_choices(tuple(qualities())),
        default="standard",
    )
    samples: IntProperty(name="Samples", description="0 for the quality's", min=0)
    width: IntProperty(name="Width", description="Pixels, 0 for the quality's", min=0)
    height: IntProperty(name="Height", description="Pixels, 0 for the quality's", min=0)
    format: EnumProperty(
        name="Format", description="The file format of the pictures", items=_choices(FORMATS)
    )
    light: StringProperty(
        name="Light",
        description="auto, once or full; empty for what the queue's settings say",
    )
    technique: EnumProperty(
        name="Technique", description="How the design is printed", items=_choices(TECHNIQUES)
    )
    template: StringProperty(
        name="Template",
        description="A shirt that comes along, by its name, or a .blend of your own",
        default="tshirt",
        subtype="FILE_PATH",
    )
    output: StringProperty(
        name="Output", description="Folder; empty for the queue's own", subtype="DIR_PATH"
    )
    pattern: StringProperty(
        name="File Names", description="Pattern of the file names", default=DEFAULT_PATTERN
    )
    lane: EnumProperty(
        name="Lane",
        description="Urgent jobs go before normal ones, low ones after",
        items=_choices(tuple(lane.name.lower() for lane in Lane)),
        default="normal",
    )
    batch: StringProperty(name="Batch", description="The batch's name in the queue")
    delay: FloatProperty(name="Delay", description="Seconds before it may start", min=0.0)
    force: BoolProperty(
        name="Force", description="Render again what is there, and what preflight refuses"
    )
    wait: BoolProperty(
        name="Wait",
        description="Return only when it is done, also in a window",
        options={"SKIP_SAVE"},
    )

    def task(self, context: Context) -> Callable[[JobStore], list[Job]]:
        """Queue the jobs; an order that can't be made is an error."""
        form, terms = self._form(str(queue_folder().outputs)), self._terms()
        return lambda store: submit.enqueue(store, form, terms)

    @classmethod
    def tell(cls, jobs: list[Job]) -> str:
        """Which jobs, or how many."""
        if len(jobs) > _FEW:
            return rpt("{count} jobs added to the queue").format(count=len(jobs))
        return f"{rpt('Added to the queue')}: {', '.join(job.id for job in jobs)}"

    def _form(self, own_outputs: str) -> OrderForm:
        size = (self.width, self.height) if self.width or self.height else None
        return OrderForm(
            designs=tuple(bpy.path.abspath(path) for path in _several(self.designs, ";")),
            placements=_several(self.placements),
            fabrics=_several(self.fabrics),
            views=_several(self.views),
            backgrounds=_several(self.backgrounds, ";"),
            mode=self.mode,
            quality=self.quality,
            samples=self.samples or None,
            size=size,
            format=self.format,
            light=self.light,
            technique=self.technique,
            template=bpy.path.abspath(self.template),
            out=bpy.path.abspath(self.output) if self.output else own_outputs,
            name=self.pattern,
        )

    def _terms(self) -> submit.JobOptions:
        return submit.JobOptions(
            lane=Lane.parse(self.lane),
            batch=self.batch,
            not_before=time.time() + self.delay if self.delay else None,
            force=self.force,
        )


register, unregister = bpy.utils.register_classes_factory((TSHIRT_OT_enqueue,))

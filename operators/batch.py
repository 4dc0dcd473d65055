"""Ordering many at once: designs × placements × fabrics × backgrounds, a CSV, or drafts as finals."""

import dataclasses
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import bpy

from ..presets import batch_table
from ..presets.colours import hex_from_srgb
from ..presets.fabrics import fabrics
from ..presets.messages import said_by, translated
from ..presets.naming import output_names
from ..presets.order_form import OrderForm
from ..presets.placements import placements
from ..presets.qualities import Quality, find_quality, qualities
from ..presets.request import Request
from ..queue import metrics
from ..queue.intake import submit
from ..queue.job import FINISHED, Job, Lane, State
from ..queue.store.counts import Sort
from ..queue.store.job_store import JobStore
from .client.background_operator import BackgroundOperator, Nothing, rpt
from .client.batch_check import batch_client, bytes_of
from .client.job_rows import cost
from .client.queue_client import client, settled
from .jobs import ids_in, targets
from .order import absolute, background_of, beside_design, form_of, terms_of, told

#: Drafts are kept apart, so that finals don't replace them while somebody chooses.
DRAFTS = "drafts"
WHITE = "#FFFFFF"
#: width of the question before many are rendered again, in Blender's pixels
_ASKING = 320


def form_of_batch(state) -> OrderForm:
    """The form that the batch dialog stands for; what it doesn't ask is as in the panel's order."""
    batch = state.batch
    form = form_of(state.order, client.outputs)
    backgrounds = ["transparent"] * batch.transparent + [WHITE] * batch.white
    if batch.coloured:
        backgrounds.append(hex_from_srgb(batch.colour))
    changes: dict = {
        "designs": tuple(design.path for design in batch.designs),
        "placements": chosen(placements(), batch.placements),
        "fabrics": chosen(fabrics(), batch.fabrics),
        "backgrounds": tuple(dict.fromkeys(backgrounds)),
    }
    if batch.drafts:
        changes |= {"quality": "draft", "size": None, "samples": None}
        changes["out"] = str(Path(form.out) / DRAFTS)
    return dataclasses.replace(form, **changes)


def chosen(names, flags) -> tuple[str, ...]:
    """The names whose flags are on."""
    return tuple(name for name, on in zip(names, flags, strict=True) if on)


def start_batch(state, designs: Sequence[str]) -> None:
    """Fill the dialog with these designs and with what the panel's order has."""
    batch = state.batch
    batch.designs.clear()
    batch.title = ""
    add_designs(batch, designs)
    batch.placements = [id == state.order.placement for id in placements()]
    batch.fabrics = [id == state.order.fabric for id in fabrics()]
    background = background_of(state.order)
    batch.transparent = not background.startswith("#")
    batch.white = background == WHITE
    batch.coloured = not (batch.transparent or batch.white)
    if batch.coloured:
        batch.colour = state.order.background_colour


def is_begun(batch) -> bool:
    """Whether the artist has chosen anything in the dialog that would be lost by starting anew."""
    return bool(batch.designs) or any(batch.placements) or any(batch.fabrics)


def extend_batch(state, designs: Sequence[str]) -> None:
    """Add designs to the batch that was begun; without one, start it from the panel's order."""
    if is_begun(state.batch):
        add_designs(state.batch, designs)
    else:
        start_batch(state, designs)


def add_designs(batch, designs: Sequence[str]) -> None:
    """Add those that the batch doesn't have yet."""
    with _named_by_designs(batch):
        there = {design.path for design in batch.designs}
        for path in dict.fromkeys(designs):
            if path not in there:
                batch.designs.add().path = path


@contextmanager
def _named_by_designs(batch) -> Iterator[None]:
    """Change the batch's designs: its name follows, unless the artist gave it one."""
    follows = batch.title in ("", _title(batch))
    yield
    if follows:
        batch.title = _title(batch)


def _title(batch) -> str:
    """What a batch is called until the artist calls it something else."""
    names = [Path(design.path).stem for design in batch.designs]
    return " + ".join(names[:1] + [str(len(names) - 1)] * (len(names) > 1))


class TSHIRT_OT_batch_add_designs(bpy.types.Operator):
    """Add images to print; hold Shift or Ctrl to choose several"""

    bl_idname = "tshirt.batch_add_designs"
    bl_label = "Add Designs"
    bl_options = {"INTERNAL"}

    directory: bpy.props.StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: bpy.props.CollectionProperty(
        type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"}
    )
    filter_image: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    #: what Blender doesn't count as an image
    filter_glob: bpy.props.StringProperty(default="*.svg;*.svgz", options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    #: as Blender numbers them: pictures are chosen by their looks
    display_type: bpy.props.EnumProperty(
        items=[("THUMBNAIL", "Thumbnails", "", 3)], options={"HIDDEN", "SKIP_SAVE"}
    )

    def invoke(self, context, event):
        self.directory = beside_design(context.window_manager.tshirt.order)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        paths = [str(Path(self.directory, file.name)) for file in self.files if file.name]
        if not paths:
            self.report({"WARNING"}, rpt("No image was chosen"))
            return {"CANCELLED"}
        extend_batch(context.window_manager.tshirt, paths)
        if not batch_client.dialog_open:
            bpy.ops.tshirt.order_batch("INVOKE_DEFAULT")
        return {"FINISHED"}


class TSHIRT_OT_batch_drop_design(bpy.types.Operator):
    """Take this design out of the batch"""

    bl_idname = "tshirt.batch_drop_design"
    bl_label = "Remove Design"
    bl_options = {"INTERNAL"}

    index: bpy.props.IntProperty()

    def execute(self, context):
        batch = context.window_manager.tshirt.batch
        with _named_by_designs(batch):
            batch.designs.remove(self.index)
        return {"FINISHED"}


class TSHIRT_OT_batch_from_csv(BackgroundOperator, bpy.types.Operator):
    """Order every row of a CSV table; what a row leaves empty is as in the panel's order"""

    bl_idname = "tshirt.batch_from_csv"
    bl_label = "Order from CSV"
    bl_options = {"REGISTER"}

    filepath: bpy.props.StringProperty(
        name="Table", description="The CSV file", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    filter_glob: bpy.props.StringProperty(default="*.csv;*.tsv", options={"HIDDEN", "SKIP_SAVE"})

    def ask(self, context, event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def task(self, context):
        order = context.window_manager.tshirt.order
        table = settled(bpy.path.abspath(self.filepath))
        base = dataclasses.replace(form_of(order, client.outputs), designs=(), views=())
        terms = terms_of(order, batch=table.stem)

        def place(store):
            return submit.enqueue_many(store, batch_table.forms(table, base), terms)

        return place

    def adds(self, context):
        return Path(self.filepath).stem

    @classmethod
    def tell(cls, jobs):
        return told(jobs)


class TSHIRT_OT_save_example_csv(BackgroundOperator, bpy.types.Operator):
    """Save a table to fill in, with a line for every column that is understood"""

    bl_idname = "tshirt.save_example_csv"
    bl_label = "Save Example CSV"
    bl_options = {"REGISTER"}

    filepath: bpy.props.StringProperty(
        name="Table",
        description="The file to write",
        subtype="FILE_PATH",
    )
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    filter_glob: bpy.props.StringProperty(default="*.csv", options={"HIDDEN"})

    def ask(self, context, event):
        self.filepath = beside_design(context.window_manager.tshirt.order, "t-shirts.csv")
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def task(self, context):
        file = settled(bpy.path.abspath(self.filepath or "t-shirts.csv")).with_suffix(".csv")
        order = context.window_manager.tshirt.order
        design = absolute(order.design) if order.design else ""

        def write(_store):
            file.write_text(batch_table.example_csv(design), encoding="utf-8")
            return file

        return write

    @classmethod
    def tell(cls, file):
        return rpt("Saved {file}").format(file=file.name)


class TSHIRT_OT_order_again(BackgroundOperator, bpy.types.Operator):
    """Order the chosen finished jobs again in this quality: choose among drafts, render the finals"""

    bl_idname = "tshirt.order_again"
    bl_label = "Render Again As"
    bl_options = {"REGISTER"}

    quality: bpy.props.EnumProperty(
        name="Quality",
        description="The quality of the new pictures",
        items=[(id, one.label, one.about) for id, one in qualities().items()],
        default="final",
    )

    @classmethod
    def poll(cls, context):
        if not any(targets()):
            cls.poll_message_set("Choose or tick finished jobs in the list first")
            return False
        return True

    #: what ordering again comes to, once the client has looked
    _costs: Future | None = None

    def ask(self, context, event):
        ids, batch = targets()
        if not batch and len(ids) == 1:
            return self.execute(context)
        quality = find_quality(self.quality)
        if client.is_open:
            self._costs = client.hand_over(lambda store: costs_again(store, ids, batch, quality))
        words = rpt("Render Again As {quality}").format(quality=rpt(quality.label))
        return context.window_manager.invoke_props_dialog(
            self, width=_ASKING, title=words, confirm_text="Add to Queue"
        )

    def draw(self, context):
        column = self.layout.column()
        if self._costs is None:
            return  # no queue is open that could be asked
        if not self._costs.done():
            column.label(text="Checking what is already there…", icon="SORTTIME")
            return
        if error := self._costs.exception():
            column.label(text=translated(said_by(error), rpt), icon="ERROR", translate=False)
            return
        for line in self._costs.result().lines():
            column.label(text=line, translate=False)

    def task(self, context):
        ids, batch = targets()
        quality = find_quality(self.quality)

        def enqueue(store):
            jobs = _finished(store, ids, batch)
            checked = [_checked(_in_quality(job.request, quality)) for job in jobs]
            terms = submit.JobOptions(lane=Lane.NORMAL, batch=_finals(jobs[0].batch), force=True)
            return submit.enqueue_checked(store, checked, terms)

        return enqueue

    @classmethod
    def tell(cls, jobs):
        client.ticked.clear()
        return told(jobs)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Costs:
    """What rendering jobs again comes to."""

    jobs: int
    pictures: int
    #: seconds and bytes, None while nothing like them was rendered here
    seconds: float | None
    bytes: float | None

    def lines(self) -> list[str]:
        """Return it in the artist's language, for a dialog."""
        words = rpt(
            "{jobs} jobs, {pictures} files" if self.jobs > 1 else "One job, {pictures} files"
        )
        said = words.format(jobs=self.jobs, pictures=self.pictures)
        return [said, *cost(self.seconds, self.bytes, rpt)]


def costs_again(store: JobStore, ids: tuple[str, ...], batch: str, quality: Quality) -> Costs:
    """Return what rendering those jobs again comes to; raises Nothing if none of them is finished."""
    requests = [_in_quality(job.request, quality) for job in _finished(store, ids, batch)]
    history = store.jobs(states=[State.COMPLETED], order=Sort.CHANGED, limit=metrics.HISTORY)
    return Costs(
        jobs=len(requests),
        pictures=sum(len(output_names(request)) for request in requests),
        seconds=metrics.estimate(store, [request.to_json() for request in requests]),
        bytes=bytes_of(requests, history),
    )


def _finished(store: JobStore, ids: tuple[str, ...], batch: str) -> list[Job]:
    fitting = ids_in(store, ids, batch, tuple(FINISHED))
    if not fitting:
        raise Nothing(rpt("Only finished jobs can be rendered again"))
    return [store.job(id) for id in fitting]


def _checked(request: Request) -> submit.Checked:
    """What was ordered once needs no second check; its designs are the queue's own copies."""
    return submit.Checked(request=request, findings=(), answer=None, backgrounds=())


def _in_quality(request: dict, quality) -> Request:
    asked = Request.from_json(request)
    out = Path(asked.out)
    return dataclasses.replace(
        asked,
        samples=quality.samples,
        width=quality.size,
        height=quality.size,
        out=str(out.parent if out.name == DRAFTS else out),
    )


def _finals(batch: str) -> str:
    return f"{batch} ({rpt('final')})" if batch else ""


classes = (
    TSHIRT_OT_batch_add_designs,
    TSHIRT_OT_batch_drop_design,
    TSHIRT_OT_batch_from_csv,
    TSHIRT_OT_save_example_csv,
    TSHIRT_OT_order_again,
)
register, unregister = bpy.utils.register_classes_factory(classes)

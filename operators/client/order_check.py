"""Looks an order over while it is being made: the design's size, print resolution, warnings, names.

Reads the design from disk, so it runs on the client's thread; writes nothing but a small PNG of what
Blender can't show as it is into the queue folder. No bpy here.
"""

from dataclasses import dataclass
from pathlib import Path

from ...presets import placing, svg
from ...presets.bad_request import BadRequest
from ...presets.finding import Finding, Severity
from ...presets.image_info import ImageInfo
from ...presets.images import BadDesign
from ...presets.messages import said_by
from ...presets.naming import output_names
from ...presets.order_form import OrderForm
from ...presets.placements import find_placement
from ...presets.template_info import resolve
from ...queue.folder import QueueFolder
from ...queue.intake import design_store, submit
from ...queue.metrics import Work
from ...queue.publish import finished_files


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was found; a plain value for the panel to show."""

    #: why it can't be ordered as it is, one sentence
    error: str = ""
    #: the first design
    design: str = ""
    image: ImageInfo | None = None
    #: the image file that shows it: itself, or a small PNG of it
    shown: str = ""
    #: tells the thumbnail of a changed file from the old one
    stamp: int = 0
    #: inches that the design is printed wide and high
    width_in: float = 0.0
    height_in: float = 0.0
    findings: tuple[Finding, ...] = ()
    jobs: int = 0
    #: jobs whose pictures are there already
    rendered: int = 0
    #: files in all
    files: int = 0
    #: the first file's name
    example: str = ""
    out: str = ""
    #: what the shirt can be seen from, as far as that is known
    views: tuple[str, ...] = ()
    #: a job's pixels, samples and pictures
    work: Work = Work()

    @property
    def dpi(self) -> int:
        """Pixels an inch of the first design as printed."""
        if self.image and self.image.format == "SVG":
            return svg.DPI
        return round(self.image.width / self.width_in) if self.image and self.width_in else 0

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that the artist should see, errors first."""
        worst = (Severity.ERROR, Severity.WARNING)
        return tuple(one for kind in worst for one in self.findings if one.severity is kind)


def look_over(form: OrderForm, folder: QueueFolder) -> Look:
    """Look the order over."""
    if not form.designs:
        return Look()
    design = Path(form.designs[0])
    try:
        image = design_store.look(str(design), folder)
        stamp = design.stat().st_mtime_ns
    except (BadDesign, OSError) as error:
        return Look(design=str(design), error=said_by(error))
    if unchosen := unchosen_in(form):
        return Look(design=str(design), image=image, shown=str(design), error=unchosen)
    seen = {"design": str(design), "image": image, "stamp": stamp, "shown": str(design)}
    try:
        seen["shown"] = design_store.keep_small(str(design), folder)
        seen |= _print_size(form, image)
        checked = submit.check([form], folder, force=True)
        seen["views"] = resolve(form.template).views
    except (BadRequest, BadDesign, OSError) as error:
        return Look(**seen, error=said_by(error))
    requests = [one.request for one in checked]
    names = [name.file for request in requests for name in output_names(request)]
    first = requests[0]
    return Look(
        **seen,
        findings=tuple(dict.fromkeys(one for job in checked for one in job.findings)),
        jobs=len(checked),
        rendered=sum(finished_files(one.out, one.key()) is not None for one in requests),
        files=len(names),
        example=names[0],
        out=first.out,
        work=Work.of(first.to_json()),
    )


def unchosen_in(form: OrderForm) -> str:
    """What a picker of the panel still waits for, one sentence; empty where nothing."""
    if not form.template:
        return "Choose the .blend of your own shirt."
    if "" in form.backgrounds:
        return "Choose the picture for the background."
    return ""


def _print_size(form: OrderForm, image: ImageInfo) -> dict[str, float]:
    """Width and height of the print in inches."""
    place, aspect = find_placement(form.placements[0]), image.width / image.height
    width = placing.width_in(place, aspect, form.garment_size, form.width_in)
    return {"width_in": width, "height_in": width / aspect}

"""Takes an order: checks it, has its designs kept, and puts its jobs into the queue.

Every door orders through here, so that each gives the same answers. No bpy here.
"""

import dataclasses
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from ...presets.bad_request import BadRequest
from ...presets.finding import Finding, Severity
from ...presets.messages import Message, sentences, why
from ...presets.naming import output_names, slug, target_stem
from ...presets.order_form import OrderForm, fill_in
from ...presets.qualities import qualities
from ...presets.request import Request
from ...presets.template_info import NotDescribed, resolve
from ..folder import QueueFolder
from ..job import Job, Lane, NewJob
from ..metrics import Work, effort_of
from ..publish import OurFiles, finished_files, not_ours
from ..runner.batch_results import foreign_or_none
from ..settings import LONGEST_TIMEOUT, Settings, fault_or_none
from ..store.any_store import AnyStore
from ..store.job_store import JobStore
from ..store.schema import LATEST
from . import template_check
from .design_store import Artwork, Original, Source, keep, name_of

#: characters of a batch's name, which contact sheet and gallery show as their title
LONGEST_BATCH = 200


@dataclass(frozen=True, kw_only=True)
class JobOptions:
    """When and how the jobs of an order are done; None means what the queue's settings say."""

    lane: Lane = Lane.NORMAL
    attempts: int | None = None
    #: seconds an attempt may take; None: `Settings.timeout`, more for more work while that is as
    #: it comes
    timeout: float | None = None
    #: seconds before the second attempt, doubling
    backoff: float | None = None
    #: unix seconds before which nothing starts
    not_before: float | None = None
    #: ids of jobs that must complete first
    after: tuple[str, ...] = ()
    batch: str = ""
    pinned: bool = False
    #: render although the same pictures are there, and whatever preflight says
    force: bool = False

    def __post_init__(self) -> None:
        """Raise BadRequest for what no job can have."""
        for name in ("attempts", "timeout", "backoff"):
            value = getattr(self, name)
            if value is not None and (fault := fault_or_none(name, value)):
                raise BadRequest(fault)
        if self.not_before is not None and not abs(self.not_before) <= LATEST:
            raise BadRequest(f"{self.not_before} is no time to start at.")
        if len(self.batch) > LONGEST_BATCH or not self.batch.isprintable():
            raise BadRequest(
                Message(
                    "A batch's name is one line of at most {most} characters, not {name!r}.",
                    most=LONGEST_BATCH,
                    name=self.batch[:40],
                )
            )


@dataclass(frozen=True)
class Checked:
    """One request that can be rendered, before anything is written."""

    #: background pictures already named by their snapshots
    request: Request
    #: … and where those come from
    backgrounds: tuple[Original, ...]
    findings: tuple[Finding, ...]
    #: files of an earlier job that answer it, or None
    answer: tuple[dict, ...] | None
    #: what its designs' PNGs are made from, by the hash in the request
    sources: Mapping[str, Source] = field(default_factory=dict)


class Refused(BadRequest):
    """Preflight found errors; the message says which, and that they can be forced."""


def check(forms: Iterable[OrderForm], folder: QueueFolder, *, force: bool = False) -> list[Checked]:
    """Return what `forms` would order from the queue in `folder`, with preflight's findings.

    Writes nothing, except for the description of a template that has none: a Blender looks at
    that once, which takes seconds. Raises BadRequest or BadDesign, or Refused where preflight
    finds an error and not `force`.
    """
    forms = tuple(forms)
    for template in dict.fromkeys(form.template for form in forms):
        _see_to_description(template, folder)
    artwork = Artwork(folder)
    checked = []
    taken: dict[str, Request] = {}
    writable: set[str] = set()
    ours: dict[str, OurFiles] = {}
    usual = _usual_light(forms, folder)
    all_asked = [
        (form.svg_dpi, asked)
        for form in forms
        for asked in fill_in(dataclasses.replace(form, light=form.light or usual))
    ]
    artwork.look_at(asked.request for _, asked in all_asked)
    for svg_dpi, asked in all_asked:
        sources = artwork.sources(asked.request, svg_dpi)
        request = artwork.hashed(asked.request, sources)
        backgrounds = artwork.backgrounds(asked.request)
        _refuse_same_files(request, taken)
        findings = asked.findings + artwork.preflight(request)
        if request.out not in writable:
            _refuse_queue_folder(Path(request.out), folder)
            _refuse_unwritable(Path(request.out))
            writable.add(request.out)
        answer = None if force else finished_files(request.out, request.key())
        if answer is None:
            _refuse_others_files(request, ours)
        by_hash = {name_of(source): source for source in sources.values()}
        checked.append(Checked(request, backgrounds, findings, answer, by_hash))
    errors = {
        finding.sentence: finding
        for one in checked
        for finding in one.findings
        if finding.severity is Severity.ERROR
    }
    if errors and not force:
        found = (said for one in errors.values() for said in (one.sentence, one.advice))
        raise Refused(sentences((*found, Message("To order it all the same, force it."))))
    return checked


def _usual_light(forms: Iterable[OrderForm], folder: QueueFolder) -> str:
    """How pictures get their light where a form doesn't say."""
    if all(form.light for form in forms) or not folder.database.exists():
        return Settings.light
    with closing(JobStore(folder)) as store:
        return Settings.load(store).light


def _see_to_description(template: str, folder: QueueFolder) -> None:
    try:
        resolve(template)
    except NotDescribed as found:
        blender = ""
        if folder.database.exists():
            with closing(JobStore(folder)) as store:
                blender = Settings.load(store).blender
        template_check.describe(found.blend, blender)


def enqueue(store: AnyStore, form: OrderForm, terms: JobOptions = JobOptions()) -> list[Job]:
    """Check `form` and queue its jobs in one transaction; return them, in the form's order.

    A request whose pictures are there already comes back as a completed job, one that is waiting
    or running as that job; nothing is rendered twice. Raises what `check` raises, and what
    `JobStore.add_many` raises; then nothing was queued.
    """
    return enqueue_many(store, [form], terms)


def enqueue_many(
    store: AnyStore, forms: Iterable[OrderForm], terms: JobOptions = JobOptions()
) -> list[Job]:
    """`place` of several forms, all of them in one transaction."""
    return enqueue_checked(store, check(forms, store.folder, force=terms.force), terms)


def enqueue_bytes(
    store: AnyStore,
    content: bytes,
    file_name: str,
    form: OrderForm,
    terms: JobOptions = JobOptions(),
) -> list[Job]:
    """`place` of `form` with a design that came as bytes, called by the stem of `file_name`."""
    with tempfile.TemporaryDirectory(prefix="tshirt-design-") as folder:
        suffix = slug(Path(file_name).suffix.lstrip("."))
        design = Path(folder) / f"{slug(Path(file_name).stem)}.{suffix}"
        design.write_bytes(content)
        return enqueue(store, dataclasses.replace(form, designs=(str(design),)), terms)


def enqueue_checked(store: AnyStore, checked: Sequence[Checked], terms: JobOptions) -> list[Job]:
    """Queue what `check` returned; see `place`."""
    settings = Settings.load(store)
    folder = store.folder.make()
    coming = [store.find_unfinished(one.request.key()) for one in checked]
    new = [one for one, job in zip(checked, coming, strict=True) if job is None]
    keep(
        (
            source
            for one in new
            if one.answer is None
            for source in (
                *((one.sources[print_.sha256], print_.design) for print_ in one.request.prints),
                *((background, background.path) for background in one.backgrounds),
            )
        ),
        folder,
    )
    for out in {one.request.out for one in new} if terms.batch else ():
        in_the_way = foreign_or_none(Path(out))
        if in_the_way is not None:
            raise BadRequest(not_ours(in_the_way))
    added = iter(store.add_many([_order(one, folder, terms, settings) for one in new]))
    return [job or next(added) for job in coming]


def _order(one: Checked, folder: QueueFolder, terms: JobOptions, settings: Settings) -> NewJob:
    request = one.request
    if one.answer is None:
        prints = (
            dataclasses.replace(print_, design=str(folder.design(print_.sha256, ".png")))
            for print_ in request.prints
        )
        request = dataclasses.replace(request, prints=tuple(prints))
    asked = request.to_json()
    return NewJob(
        request=asked,
        key=one.request.key(),
        out=request.out,
        target=target_stem(one.request),
        names=tuple(name.file for name in output_names(one.request)),
        lane=terms.lane,
        attempts=settings.attempts if terms.attempts is None else terms.attempts,
        timeout=_time_limit(settings, Work.of(asked)) if terms.timeout is None else terms.timeout,
        backoff=settings.backoff if terms.backoff is None else terms.backoff,
        not_before=terms.not_before,
        after=terms.after,
        batch=terms.batch,
        pinned=terms.pinned,
        completed_files=one.answer,
    )


#: how many times the samples of a light a Blender without denoiser takes at most, see render/bake.py
_WITHOUT_DENOISER = 4


def _time_limit(settings: Settings, work: Work) -> float:
    """Seconds for an attempt: the setting, or as it comes, more for more work.

    The 300 s that it comes with are meant for one picture of standard quality, with room to spare
    on a slow machine; a turntable, or a picture for print, may have many times its work, and baking
    takes longer still where there is no denoiser, which an order can't know. Whoever set another
    limit means that one.
    """
    if settings.timeout != Settings.timeout:
        return settings.timeout
    standard = qualities()["standard"]
    one = effort_of(standard.samples, standard.size, standard.size)
    grown = settings.timeout * max(
        1.0, round((work.effort + _WITHOUT_DENOISER * work.baking) / one, 1)
    )
    return min(grown, LONGEST_TIMEOUT)


def _refuse_same_files(request: Request, taken: dict[str, Request]) -> None:
    for name in output_names(request):
        path = os.path.join(request.out, name.file).casefold()
        other = taken.setdefault(path, request)
        if other is not request:
            raise BadRequest(
                Message(
                    "Two of these jobs would write {file!r} ({one}, and {other}); rename a design, "
                    "or put what differs into the name pattern.",
                    file=name.file,
                    one=_told(other),
                    other=_told(request),
                )
            )


def _refuse_others_files(request: Request, ours: dict[str, OurFiles]) -> None:
    here = ours.setdefault(request.out, OurFiles(Path(request.out)))
    for name in output_names(request):
        try:
            free = here.may_be_replaced(name.file)
        except OSError:
            continue  # a folder that can't be read is told of by who writes into it
        if not free:
            raise BadRequest(not_ours(Path(request.out) / name.file))


def _told(request: Request) -> Message:
    prints = tuple(
        Message("{design} at {placement}", design=print_.design, placement=print_.placement)
        for print_ in request.prints
    )
    return Message("{prints} on {fabric}", prints=prints, fabric=request.fabric)


def _refuse_queue_folder(out: Path, folder: QueueFolder) -> None:
    """Pictures may lie in the queue's own folder only where no runner tidies up."""
    real = Path(os.path.realpath(out))
    outputs = Path(os.path.realpath(folder.outputs))
    inside = real.is_relative_to(outputs) and real.relative_to(outputs).parts
    free = inside is not False and not {".work", "manifests"} & set(inside)
    if folder.owns(out) and not free:
        words = (
            "{out} is inside the queue's own folder, which is tidied up. Choose an output folder"
            " elsewhere, or {outputs}."
        )
        raise BadRequest(Message(words, out=out, outputs=folder.outputs))


def _refuse_unwritable(out: Path) -> None:
    try:
        there = next(path for path in (out, *out.parents) if path.exists())
    except OSError as error:
        name = f"{str(out)[:80]}…" if len(str(out)) > 80 else out
        words = "The output folder {out} can't be made: {why}."
        raise BadRequest(Message(words, out=name, why=why(error))) from error
    if not there.is_dir():
        words = "The output folder {out} can't be made: {there} is a file."
        raise BadRequest(Message(words, out=out, there=there))
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        words = "Nothing can be written into {there} ({why}); choose another output folder."
        raise BadRequest(Message(words, there=there, why=why(error))) from error

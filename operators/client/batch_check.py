"""Looks a batch over while its dialog is open: what is there already, how long it takes, how large.

The designs are read on a thread that lives as long as there is something to look at, the queue by the
client. No bpy here.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from ...presets.bad_request import BadRequest
from ...presets.finding import Finding, Severity
from ...presets.images import BadDesign
from ...presets.messages import said_by
from ...presets.naming import output_names
from ...presets.order_form import OrderForm
from ...presets.request import Request
from ...queue import metrics
from ...queue.folder import QueueFolder
from ...queue.intake import submit
from ...queue.intake.design_store import keep_small
from ...queue.job import Job, State
from ...queue.publish import finished_files
from ...queue.store.counts import Sort
from ...queue.store.job_store import JobStore
from .order_check import unchosen_in
from .queue_client import client

#: Seconds that the client may take to look into the queue.
_PATIENCE = 60.0
#: Endings of files that don't grow with the size of the pictures.
_PIXELLESS = (".glb",)


@dataclass(frozen=True, kw_only=True)
class BatchLook:
    """What was found; a plain value for the dialog to show."""

    #: what was looked at
    form: OrderForm = OrderForm()
    #: why it can't be ordered as it is, one sentence
    error: str = ""
    warnings: tuple[Finding, ...] = ()
    jobs: int = 0
    #: files in all
    files: int = 0
    #: (design, placement, fabric) of those whose pictures are there already
    rendered: tuple[tuple[str, str, str], ...] = ()
    #: … and of those that are in the queue and not finished
    queued: tuple[tuple[str, str, str], ...] = ()
    #: seconds and bytes that the others take, None while nothing like them was rendered here
    seconds: float | None = None
    bytes: float | None = None
    #: for each design the image file that shows it: itself, or a small PNG of it
    shown: Mapping[str, str] = field(default_factory=dict)


def look_over(form: OrderForm, folder: QueueFolder, *, again: bool = False) -> BatchLook:
    """Look the batch over; `client` must be open. `again`: what is there is rendered all the same."""
    shown: dict[str, str] = {}
    if unchosen := unchosen_in(form):
        return BatchLook(form=form, error=unchosen)
    try:
        for design in form.designs:
            shown[design] = keep_small(design, folder)
        checked = submit.check([form], folder, force=True)
    except (BadRequest, BadDesign, OSError) as error:
        return BatchLook(form=form, error=said_by(error), shown=shown)
    requests = [one.request for one in checked]
    there = {
        one.key()
        for one in requests
        if not again and finished_files(one.out, one.key()) is not None
    }

    def reckon(store: JobStore) -> tuple[set[str], float | None, float | None]:
        coming = {one.key() for one in requests if store.find_unfinished(one.key())}
        new = [one for one in requests if one.key() not in there | coming]
        history = store.jobs(states=[State.COMPLETED], order=Sort.CHANGED, limit=metrics.HISTORY)
        seconds = metrics.estimate(store, [one.to_json() for one in new])
        return coming, seconds, bytes_of(new, history)

    coming, seconds, size = client.hand_over(reckon, long=True).result(_PATIENCE)
    return BatchLook(
        form=form,
        warnings=tuple(
            dict.fromkeys(
                found
                for severity in (Severity.ERROR, Severity.WARNING)
                for one in checked
                for found in one.findings
                if found.severity is severity
            )
        ),
        jobs=len(requests),
        files=sum(len(output_names(one)) for one in requests),
        rendered=tuple(_name(one) for one in requests if one.key() in there),
        queued=tuple(_name(one) for one in requests if one.key() in coming - there),
        seconds=seconds,
        bytes=size,
        shown=shown,
    )


def bytes_of(requests: Iterable[Request], history: Iterable[Job]) -> float | None:
    """Bytes of the files that `requests` make, told from those of finished jobs, newest first.

    A kind of file takes what it took at the median, by pixel where it has any. None if there is a
    kind that no finished job made.
    """
    seen: dict[str, list[float]] = {}
    for job in history:
        pixels = job.request.get("width", 0) * job.request.get("height", 0)
        for file in job.files:
            kind = Path(file["file"]).suffix
            if size := file.get("bytes", 0):
                seen.setdefault(kind, []).append(size / _weight(kind, pixels))
    usual = {kind: median(sizes) for kind, sizes in seen.items()}
    total = 0.0
    for request in requests:
        for name in output_names(request):
            kind = Path(name.file).suffix
            if kind not in usual:
                return None
            total += usual[kind] * _weight(kind, request.width * request.height)
    return total


def _weight(kind: str, pixels: int) -> int:
    return 1 if kind in _PIXELLESS else max(1, pixels)


def _name(request: Request) -> tuple[str, str, str]:
    (print_, *_) = request.prints
    return print_.name, print_.placement, request.fabric


class BatchClient:
    """Looks over the newest form asked for; `look` is the last result."""

    def __init__(self) -> None:
        self.look = BatchLook()
        #: whether the dialog is on the screen
        self.dialog_open = False
        self._asked = (OrderForm(), False)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    @property
    def busy(self) -> bool:
        """True while the last form asked for isn't looked over."""
        return self._thread is not None

    def ask(self, form: OrderForm, folder: QueueFolder, *, again: bool) -> None:
        """Look this batch over, unless that was the last one. Returns at once."""
        with self._lock:
            if (form, again) == self._asked:
                return
            self._asked = (form, again)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, args=(folder,), name="tshirt batch", daemon=True
                )
                self._thread.start()

    def forget(self) -> None:
        """Look anew at the next form, whatever it is: files may have come or gone."""
        with self._lock:
            self._asked = (OrderForm(), False)

    def _work(self, folder: QueueFolder) -> None:
        while True:
            asked = form, again = self._asked
            if form.designs:
                try:
                    self.look = look_over(form, folder, again=again)
                except Exception as error:  # noqa: BLE001 - the outermost loop: it is shown
                    self.look = BatchLook(form=form, error=said_by(error) or type(error).__name__)
            with self._lock:
                if asked == self._asked:
                    self._thread = None
                    return


#: This Blender's batch dialog.
batch_client = BatchClient()

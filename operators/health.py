"""Can this machine render? Tries it with a tiny job in a queue of its own, and says what is wrong.

Runs on a thread of its own; the preferences show `health.findings` as they come. No bpy but for the
operator at the end.
"""

import shutil
import struct
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import bpy

from ..presets.messages import Message, said_by, why
from ..presets.order_form import OrderForm
from ..queue.errors import QueueTrouble
from ..queue.folder import QueueFolder
from ..queue.intake import submit
from ..queue.job import State
from ..queue.runner import launch
from ..queue.runner.blender import NoBlender, NoPython, find_blender
from ..queue.runner.processes import identity_or_none
from ..queue.settings import Settings
from ..queue.store.job_store import JobStore
from .client.devices import devices
from .client.queue_client import client

#: Seconds that a first render may take on a slow machine.
_PATIENCE = 180.0
#: Seconds that its runner may take to end.
_ENDING = 10.0
#: Bytes on the disk of the pictures below which a batch may fill it.
_LITTLE_SPACE = 2e9


@dataclass(frozen=True)
class Found:
    """One line of the result."""

    good: bool
    #: what was looked at and how it is, one sentence
    sentence: str
    #: what to do, empty where all is well
    advice: str = ""


class Health:
    """The last check, as it goes on."""

    def __init__(self) -> None:
        self.findings: tuple[Found, ...] = ()
        self.busy = False
        self._thread: threading.Thread | None = None

    def start(self, settings: Settings, folder: QueueFolder, outputs: str) -> None:
        """Check; the findings come one after the other."""
        self.findings, self.busy = (), True
        self._thread = threading.Thread(
            target=self._check, args=(settings, folder, outputs), name="tshirt health", daemon=True
        )
        self._thread.start()

    def _check(self, settings: Settings, folder: QueueFolder, outputs: str) -> None:
        try:
            for found in check(settings, folder, outputs):
                self.findings += (found,)
                client.touch()
        finally:
            self.busy = False
            client.touch()


def check(settings: Settings, folder: QueueFolder, outputs: str) -> Iterator[Found]:
    """Look at folders and Blender, then render 64 × 64 pixels."""
    yield from _folders(folder, outputs)
    try:
        blender = find_blender(settings.blender)
    except NoBlender as error:
        yield Found(False, said_by(error))
        return
    yield Found(True, Message("Renders with {blender}.", blender=blender))
    with tempfile.TemporaryDirectory(prefix="tshirt-health-", ignore_cleanup_errors=True) as place:
        try:
            yield _rendered(settings, Path(place))
        except (QueueTrouble, NoPython, OSError) as error:
            yield Found(False, said_by(error), "Check the folder for temporary files.")


def _folders(folder: QueueFolder, outputs: str) -> Iterator[Found]:
    for good, bad, path in (
        (
            "The queue folder {path} can be written to.",
            "The queue folder {path} can't be written to: {error}.",
            folder.path,
        ),
        (
            "The output folder {path} can be written to.",
            "The output folder {path} can't be written to: {error}.",
            Path(outputs),
        ),
    ):
        there = next(one for one in (path, *path.parents) if one.exists())
        try:
            with tempfile.TemporaryFile(dir=there):
                yield Found(True, Message(good, path=path))
        except OSError as error:
            told = Message(bad, path=path, error=why(error))
            yield Found(False, told, "Choose another one above.")
    free = shutil.disk_usage(there).free
    if free < _LITTLE_SPACE:
        told = Message("Only {free} GB are free for pictures.", free=f"{free / 1e9:.1f}")
        yield Found(False, told, "Free some space there.")


def _rendered(settings: Settings, place: Path) -> Found:
    """Render a tiny picture by the way that every job goes."""
    folder = QueueFolder.at(place / "queue").make()
    design = place / "design.png"
    design.write_bytes(_tiny_png())
    store = JobStore(folder.path)
    pid = None
    try:
        replace(settings, concurrency=1, attempts=1, idle_exit=0.0).save(store)
        form = OrderForm(
            designs=(str(design),), out=str(place / "pictures"), size=(64, 64), samples=1
        )
        (job,) = submit.enqueue(store, form, submit.JobOptions(force=True, timeout=_PATIENCE))
        begun = time.monotonic()
        pid = launch.start_detached(folder)
        while not (job := store.job(job.id)).state.finished:
            if time.monotonic() - begun > _PATIENCE:
                told = Message("No picture after {seconds:.0f} s.", seconds=_PATIENCE)
                advice = "Close other programs, or choose another Blender above."
                return Found(False, told, advice)
            time.sleep(0.2)
        seconds = time.monotonic() - begun
    finally:
        launch.ask_stop(store, finish_running=False)
        store.close()
        # Only then may its folder go.
        until = time.monotonic() + _ENDING
        while pid and identity_or_none(pid) is not None and time.monotonic() < until:
            time.sleep(0.05)
    if job.state is not State.COMPLETED:
        told = job.error or (job.failure.sentence if job.failure else "The job was cancelled.")
        return Found(False, told, job.failure.advice if job.failure else "")
    facts = {"seconds": seconds, "device": job.facts.get("device", "CPU")}
    if job.facts.get("denoiser", ""):
        words = "A test picture took {seconds:.1f} s on {device}, with denoising."
        return Found(True, Message(words, **facts))
    return Found(
        True,
        Message("A test picture took {seconds:.1f} s on {device}, without denoising.", **facts),
        "This Blender was built without a denoiser; one from blender.org gives cleaner pictures.",
    )


def _tiny_png(side: int = 64) -> bytes:
    """A chequered picture, without an image library."""
    line = b"".join(b"\xff\x80\x20" if x // 8 % 2 else b"\x20\x60\xc0" for x in range(side))
    rows = (b"\0" + (line if y // 8 % 2 else line[::-1]) for y in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"".join(rows)))
        + chunk(b"IEND", b"")
    )


#: This Blender's last check.
health = Health()


class TSHIRT_OT_check_health(bpy.types.Operator):
    """Find out whether this machine can render: look at folders and Blender, render a tiny job"""

    bl_idname = "tshirt.check_health"
    bl_label = "Can This Machine Render?"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context):
        if health.busy:
            cls.poll_message_set("The check is going on")
            return False
        return True

    def execute(self, context):
        if bpy.app.background:
            found = tuple(check(client.snapshot.settings, client.folder, client.outputs))
            for one in found:
                self.report(
                    {"INFO" if one.good else "ERROR"}, f"{one.sentence} {one.advice}".strip()
                )
            return {"FINISHED"} if all(one.good for one in found) else {"CANCELLED"}
        devices.forget()
        health.start(client.snapshot.settings, client.folder, client.outputs)
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((TSHIRT_OT_check_health,))

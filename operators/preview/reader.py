"""Reads what a preview shows: a thread has a background Blender turn template and design into arrays.

It also looks whether the design was saved anew, so that the main thread never waits for a disk.
"""

import json
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ...presets.bad_request import BadRequest
from ...presets.messages import Message, said_by
from ...presets.order_form import OrderForm
from ...presets.template_info import TemplateInfo, resolve
from ...queue.folder import QueueFolder
from ...queue.intake.design_store import keep_small

HELPER = Path(__file__).with_name("read_template.py")
#: Largest side of the art in the preview, pixels: about as large as it is drawn.
_ART_SIDE = 640
#: Seconds that reading a template may take.
_PATIENCE = 90.0
#: Seconds between looks at the design's file.
_LOOK_EVERY = 0.3


@dataclass(frozen=True)
class Source:
    """What has to be read from disk; a preview of the same source only draws anew."""

    template: str
    design: str
    #: modification time of the design
    stamp: int


@dataclass(frozen=True)
class Reading:
    """What was read."""

    info: TemplateInfo
    #: arrays as `preview_helper.shirt` makes them, None where the shirt is the same as before
    shirt: dict[str, np.ndarray] | None
    #: RGBA floats, bottom row first
    art: np.ndarray


class Reader:
    """A thread that reads whenever what is wanted, or its file, has changed; until `stop`."""

    def __init__(self, folder: QueueFolder) -> None:
        self._folder = folder
        self.busy = False
        #: why nothing can be shown, one sentence
        self.trouble = ""
        self._wanted: tuple[str, str] | None = None
        self._reading: Reading | None = None
        self._news = False
        self._source: Source | None = None
        self._shirt = ""
        self._changed = threading.Event()
        self._stopped = False
        self._process: subprocess.Popen | None = None
        threading.Thread(target=self._work, name="tshirt preview", daemon=True).start()

    def want(self, form: OrderForm) -> None:
        """Read this order's first design and its template, unless they have been read."""
        self._wanted = (form.template, form.designs[0]) if form.designs else None
        self._changed.set()

    def take(self) -> tuple[bool, Reading | None]:
        """Whether there is something new to see since the last call, and what was read."""
        news, self._news = self._news, False
        reading, self._reading = self._reading, None
        return news, reading

    def stop(self) -> None:
        """End the thread and what it has started; doesn't wait for it."""
        self._stopped = True
        self._changed.set()
        if process := self._process:
            process.kill()

    # The thread

    def _work(self) -> None:
        while not self._stopped:
            self._changed.wait(_LOOK_EVERY)
            self._changed.clear()
            try:
                self._look()
            except (BadRequest, ValueError, OSError, subprocess.SubprocessError) as error:
                self._tell(said_by(error))
                self._source = None  # once that is over, read it again

    def _look(self) -> None:
        if self._stopped or self._wanted is None:
            return
        template, design = self._wanted
        info = resolve(template)
        source = Source(info.path, design, Path(design).stat().st_mtime_ns)
        if source == self._source:
            return
        self._source, self.busy, self._news = source, True, True
        try:
            self._reading = self._read(info, source)
            self._shirt = source.template
            self.trouble = ""
        except (subprocess.SubprocessError, OSError, ValueError) as error:
            self.trouble = Message("The preview can't be made: {error}", error=said_by(error))
        self.busy, self._news = False, True

    def _tell(self, sentence: str) -> None:
        if sentence != self.trouble:
            self.trouble, self._news = sentence, True

    def _read(self, info: TemplateInfo, source: Source) -> Reading:
        with tempfile.TemporaryDirectory(prefix="tshirt-preview-") as into:
            zones = {zone.id: zone.uv_map for zone in info.zones.values()}
            asked = {"side": _ART_SIDE, "into": into, "zones": zones}
            if source.template != self._shirt:
                asked["template"] = source.template
            asked["design"] = keep_small(source.design, self._folder)
            self._run(asked)
            shirt = None
            if "template" in asked:
                with np.load(Path(into, "shirt.npz")) as arrays:
                    shirt = dict(arrays)
            return Reading(info, shirt, np.load(Path(into, "art.npy")))

    def _run(self, asked: dict) -> None:
        command = (
            bpy.app.binary_path, "--background", "--factory-startup", "--disable-autoexec",
            "--python-exit-code", "1", "--python", str(HELPER), "--", json.dumps(asked),
        )  # fmt: skip
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet) as process:
            self._process = process
            try:
                if self._stopped:  # before there was something to kill
                    process.kill()
                code = process.wait(_PATIENCE)
            finally:
                process.kill()
                self._process = None
        if code:
            raise subprocess.CalledProcessError(code, "Blender")

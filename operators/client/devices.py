"""What the workers' Blender can render with on this machine, asked of that Blender itself.

That takes a second, on a thread of its own, once for each Blender; panels read `devices`. No bpy here.
"""

import json
import os
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

from ...presets.messages import Message, said_by
from ...presets.request import DEVICES
from ...queue.runner.blender import ROOT, NoBlender, find_blender
from .queue_client import client

CPU = DEVICES[0]
#: Seconds that a Blender may take to start and look at its devices.
_PATIENCE = 120.0
#: What the line with the answer begins with; see render/listing_devices.py.
_MARK = "tshirt-devices:"


@dataclass(frozen=True)
class Found:
    """The answer of one Blender."""

    #: names of the devices by backend, of those backends that it was built with
    devices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: why it gave none, one sentence
    trouble: str = ""

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be chosen here, as the setting has it; the CPU always can."""
        return (CPU, *(one for one in DEVICES[1:] if self.devices.get(one)))

    @property
    def without_device(self) -> tuple[str, ...]:
        """Backends that it was built with and that found nothing on this machine."""
        return tuple(one for one in DEVICES[1:] if one in self.devices and not self.devices[one])

    @property
    def not_built(self) -> tuple[str, ...]:
        """Backends that it was built without."""
        return tuple(one for one in DEVICES[1:] if one not in self.devices)


def probe(blender: Path) -> Found:
    """Start `blender` and ask it."""
    script = ROOT / "render" / "listing_devices.py"
    command = [str(blender), "--background", "--factory-startup", "--python", str(script)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=_PATIENCE,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        words = "{blender} didn't say what it can render with: {error}."
        return Found(trouble=Message(words, blender=blender, error=str(error)))
    words = "{blender} ended with code {code} when asked what it can render with."
    trouble = Message(words, blender=blender, code=done.returncode)
    return answer(done.stdout) or Found(trouble=trouble)


def answer(output: str) -> Found | None:
    """What a Blender that printed `output` found; None if it didn't answer."""
    for line in output.splitlines():
        if line.startswith(_MARK):
            told = json.loads(line.removeprefix(_MARK))
            return Found({kind: tuple(names) for kind, names in told.items()})
    return None


class Devices:
    """What the Blenders asked so far have answered."""

    def __init__(self) -> None:
        self._answers: dict[str, Found] = {}
        self._asking: str | None = None

    def of(self, setting: str) -> Found | None:
        """What the Blender of that setting can use; None while it is being asked. Never waits."""
        if setting not in self._answers and self._asking != setting:
            self._asking = setting
            threading.Thread(
                target=self._ask, args=(setting,), name="tshirt devices", daemon=True
            ).start()
        return self._answers.get(setting)

    def answer_or_none(self, setting: str) -> Found | None:
        """The same, but nobody is asked."""
        return self._answers.get(setting)

    def forget(self) -> None:
        """Ask again next time: a device was plugged in, a driver installed."""
        self._answers = {}

    def _ask(self, setting: str) -> None:
        try:
            found = probe(find_blender(setting, os.environ))
        except NoBlender as error:
            found = Found(trouble=said_by(error))
        self._answers |= {setting: found}
        if self._asking == setting:
            self._asking = None
        client.touch()


#: What this machine's Blenders can render with.
devices = Devices()

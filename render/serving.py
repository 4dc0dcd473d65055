"""The worker's loop: takes one job after another from the runner and answers for each.

The outermost loop of this process: every error of a job ends here, in its log and in a message.
"""

import math
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

import bpy

from ..presets.request import Request
from . import contact_sheet, failures, gallery, protocol
from .session import RenderTask, Session

#: Seconds between two progress messages of one shot.
PROGRESS_EVERY = 0.2


def main(channel: int, *, device: str) -> NoReturn:
    """Serve the runner at the other end of descriptor `channel`, until it says quit or is gone."""
    runner = protocol.Channel.inherited(channel)
    commands = protocol.listen(sys.stdin.buffer)
    session = Session()
    runner.send(
        "ready",
        blender=bpy.app.version_string,
        pid=os.getpid(),
        device=device,
        denoiser=session.denoiser,
    )
    protocol.beat(runner)
    while (command := commands.get())["do"] != "quit":
        answer = _draw if command["do"] == "sheet" else _render
        with protocol.output_to(Path(command["log"])):
            kind, fields = answer(command, session, runner)
        runner.send(kind, **fields)
    # Nothing is left to tidy, and the bpy module 5.0 crashes in its own clean-up.
    os._exit(0)


def _render(
    command: dict[str, Any], session: Session, runner: protocol.Channel
) -> tuple[str, dict[str, Any]]:
    """Render a job into its work folder; return what to answer."""
    job = command["job"]
    try:
        order = RenderTask(
            job=job,
            attempt=command["attempt"],
            request=Request.from_json(command["request"]),
            work=Path(command["work"]),
            threads=command["threads"],
            device=command["device"],
            lights=Path(command["lights"]) if "lights" in command else None,
            lights_limit=float(command.get("lights_limit", math.inf)),
            previous=tuple(Path(folder) for folder in command.get("previous", ())),
        )
        result = session.render(order, _progress(runner, job))
    except Exception as error:  # noqa: BLE001 - the outermost loop: logged, shown on the job
        traceback.print_exc()
        failure, sentence = failures.classify(error, Path(command["work"]))
        return "failed", {"job": job, "failure": failure, "error": sentence}
    return "done", {"memory_mb": _memory_mb(), **result}


def _draw(
    command: dict[str, Any], _session: Session, _runner: protocol.Channel
) -> tuple[str, dict[str, Any]]:
    """Draw a batch's contact sheet and gallery into the work folder; return what to answer."""
    work = Path(command["work"])
    work.mkdir(parents=True, exist_ok=True)
    items = [
        contact_sheet.Item(Path(one["path"]), one["group"], one["caption"])
        for one in command["items"]
    ]
    try:
        for room in (contact_sheet, gallery):
            room.make(command["title"], command["about"], items, work)
    except Exception as error:  # noqa: BLE001 - the outermost loop: logged, told to the runner
        traceback.print_exc()
        return "undrawn", {"batch": command["batch"], "error": failures.classify(error, work)[1]}
    return "drawn", {"batch": command["batch"]}


def _progress(runner: protocol.Channel, job: str):
    last = furthest = 0.0

    def tell(fraction: float, note: str) -> None:
        nonlocal last, furthest
        # A picture's first statistics may still be the last ones of the picture before.
        furthest = max(furthest, fraction)
        if (now := time.monotonic()) - last >= PROGRESS_EVERY:
            last = now
            runner.send("progress", job=job, fraction=round(furthest, 4), note=note)

    return tell


def _memory_mb() -> int:
    """Return the most memory that this process ever held, 0 where the system doesn't tell."""
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024 if sys.platform == "darwin" else 1024)

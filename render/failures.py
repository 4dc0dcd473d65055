"""What can go wrong in a worker, and the class and sentence by which the runner is told.

The class names are those of the queue's `FailureClass`; this room may not import the queue.
"""

import errno
import shutil
from pathlib import Path

from ..presets.bad_request import BadRequest

#: bytes; a disk with less room than a small picture takes counts as full
ROOM = 1 << 18


class RenderFailure(Exception):
    """A render that can't go on; the message is one sentence for whoever asked."""

    #: what the runner counts it as
    failure = "engine_error"


class BadTemplate(RenderFailure):
    """The .blend can't serve as a template."""

    failure = "bad_template"


class BadDesign(RenderFailure):
    """The design can't be printed."""

    failure = "bad_design"


class DeviceMissing(RenderFailure):
    """The device that was demanded isn't there."""

    failure = "device_missing"


class OutputInvalid(RenderFailure):
    """A picture came out that nobody would want."""

    failure = "output_invalid"


def classify(error: BaseException, work: Path) -> tuple[str, str]:
    """Return the failure class and the sentence for `error`, whatever it is, of a job in `work`."""
    if isinstance(error, RenderFailure) and not isinstance(error, OutputInvalid):
        return error.failure, str(error)
    if isinstance(error, BadRequest):
        return "bad_request", str(error)
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return "out_of_memory", (
            "The render ran out of memory; use a smaller size, a smaller design or fewer workers."
        )
    out_of_room = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    # Blender leaves half a picture behind on a full disk and says no word.
    if out_of_room or _is_full(work):
        where = getattr(error, "filename", None) or work.parent.parent
        return "disk_full", f"No space is left on the disk that holds {where}."
    if isinstance(error, OutputInvalid):
        return error.failure, str(error)
    if isinstance(error, PermissionError):
        return "folder_not_writable", f"{error.filename} can't be written: {error.strerror}."
    return "engine_error", f"{type(error).__name__}: {error}"


def _is_full(work: Path) -> bool:
    try:
        return shutil.disk_usage(work).free < ROOM
    except OSError:
        return False

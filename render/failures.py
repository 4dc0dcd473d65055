"""What can go wrong in a worker, and the class and sentence by which the runner is told.

The class names are those of the queue's `FailureClass`; this room may not import the queue.
"""

import errno

from ..presets.bad_request import BadRequest


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


def classify(error: BaseException) -> tuple[str, str]:
    """Return the failure class and the sentence for `error`, whatever it is."""
    if isinstance(error, RenderFailure):
        return error.failure, str(error)
    if isinstance(error, BadRequest):
        return "bad_request", str(error)
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return "out_of_memory", (
            "The render ran out of memory; use a smaller size, a smaller design or fewer workers."
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            "disk_full",
            f"No space is left on the disk that holds {error.filename or 'the output folder'}.",
        )
    if isinstance(error, PermissionError):
        return "folder_not_writable", f"{error.filename} can't be written: {error.strerror}."
    return "engine_error", f"{type(error).__name__}: {error}"

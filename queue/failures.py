"""Why an attempt failed: the classes, with words and advice each, and how a worker's end reads.

Pure; used by the runner, shown by every door. No bpy here.
"""

import errno
import re
import signal
from enum import Enum, StrEnum


class Handling(Enum):
    """What a failure means for the job."""

    #: it may pass by itself: try again while attempts are left
    RETRY = "retry"
    #: counted apart from attempts, tried again at most once
    RETRY_ONCE = "retry_once"
    #: trying again can't help
    GIVE_UP = "give_up"
    #: nothing can succeed until somebody acts: the job goes back, the whole queue pauses
    PAUSE = "pause"


class FailureClass(StrEnum):
    """The class of a failure; its value is what is stored and what a worker sends."""

    handling: Handling
    #: what happened, one sentence for people
    sentence: str
    #: what to do about it, one sentence for people
    advice: str

    def __new__(cls, value: str, handling: Handling, sentence: str, advice: str) -> "FailureClass":
        """Give each member its handling and its words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.handling = handling
        member.sentence = sentence
        member.advice = advice
        return member

    #: the worker process ended in the middle of the job
    CRASH = (
        "crash",
        Handling.RETRY,
        "Blender crashed while rendering.",
        "Look at the job's log; if only one template does it, open that template in Blender.",
    )
    #: the attempt took longer than the job's timeout
    TIMEOUT = (
        "timeout",
        Handling.RETRY,
        "The render took longer than the job's timeout.",
        "Lower the samples or the size, or raise the timeout.",
    )
    #: no heartbeat for the stall time
    STALLED = (
        "stalled",
        Handling.RETRY_ONCE,
        "Blender gave no sign of life and was stopped.",
        "Look at the job's log; lower the concurrency if the machine is overloaded.",
    )
    #: the system or the GPU had no memory left
    OUT_OF_MEMORY = (
        "out_of_memory",
        Handling.RETRY,
        "The computer ran out of memory.",
        "Lower the concurrency, the picture's size or the design's pixel size.",
    )
    #: Blender or the template raised an error that belongs to no other class
    ENGINE_ERROR = (
        "engine_error",
        Handling.RETRY,
        "Blender reported an error while rendering.",
        "Look at the job's log.",
    )
    #: a picture is missing, truncated, of the wrong size or one flat colour
    OUTPUT_INVALID = (
        "output_invalid",
        Handling.RETRY,
        "A rendered picture did not pass its check.",
        "Look at the job's log; check the template's cameras and lights.",
    )
    #: Blender could not be started, some times in a row
    WORKER_START = (
        "worker_start",
        Handling.PAUSE,
        "Blender could not be started.",
        "Check the Blender named in the preferences, then resume the queue.",
    )
    #: the system has no library of that name; no worker will start until it has
    MISSING_LIBRARY = (
        "missing_library",
        Handling.PAUSE,
        "Blender needs a library that this system lacks.",
        "Install the system libraries that Blender needs, then resume the queue.",
    )
    #: the design can't be read or isn't a usable picture
    BAD_DESIGN = (
        "bad_design",
        Handling.GIVE_UP,
        "The design file can't be used.",
        "Save the design again as PNG and add the job anew.",
    )
    #: the template can't be opened or breaks the template contract
    BAD_TEMPLATE = (
        "bad_template",
        Handling.GIVE_UP,
        "The template can't be used.",
        "Run check-template on it and mend what it lists.",
    )
    #: the request names something that isn't there
    BAD_REQUEST = (
        "bad_request",
        Handling.GIVE_UP,
        "The job asks for something that isn't possible.",
        "Change what the message names and add the job anew.",
    )
    #: the device asked for isn't in this machine
    DEVICE_MISSING = (
        "device_missing",
        Handling.GIVE_UP,
        "The render device asked for isn't available on this computer.",
        "Choose CPU or another device and add the job anew.",
    )
    #: the output folder can't be written
    FOLDER_NOT_WRITABLE = (
        "folder_not_writable",
        Handling.GIVE_UP,
        "The output folder can't be written.",
        "Choose another output folder, or get the right to write there, and retry.",
    )
    #: no space left on the disk of the output or of the queue
    DISK_FULL = (
        "disk_full",
        Handling.PAUSE,
        "The disk is full.",
        "Make room on the disk, then resume the queue.",
    )

    @property
    def permanent(self) -> bool:
        """True when trying again can't help."""
        return self.handling is Handling.GIVE_UP


#: what Blender, Cycles, Python and the GPU drivers write when memory is gone
_MEMORY_WORDS = re.compile(
    r"MemoryError|out of (GPU )?memory|OUT_OF_MEMORY|bad_alloc|[mc]alloc returns null"
    r"|Failed to allocate|Cannot allocate memory",
    re.IGNORECASE,
)
_DISK_WORDS = re.compile(r"No space left on device|There is not enough space on the disk|ENOSPC")
#: STATUS_NO_MEMORY and STATUS_COMMITMENT_LIMIT, as Windows reports them in an exit code
_WINDOWS_NO_MEMORY = frozenset({0xC0000017, 0xC000012D})
#: ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION: another program has the file open
_WINDOWS_IN_USE = frozenset({32, 33})


def of_exit(returncode: int | None, log_tail: str, *, oom_killed: bool) -> tuple[FailureClass, str]:
    """The class and sentence for a worker that ended in the middle of a job.

    `returncode` as `subprocess` gives it (minus the signal's number on POSIX, None when unknown),
    `log_tail` the last part of the attempt's log, `oom_killed` whether the system's out-of-memory
    killer was at work while it ran.
    """
    how = _exit_in_words(returncode)
    memory_gone = (oom_killed and returncode in (-9, 137)) or returncode in _WINDOWS_NO_MEMORY
    if memory_gone or _MEMORY_WORDS.search(log_tail):
        return FailureClass.OUT_OF_MEMORY, f"{FailureClass.OUT_OF_MEMORY.sentence} ({how})"
    if _DISK_WORDS.search(log_tail):
        return FailureClass.DISK_FULL, f"{FailureClass.DISK_FULL.sentence} ({how})"
    return FailureClass.CRASH, f"{FailureClass.CRASH.sentence} ({how})"


def of_os_error(error: OSError) -> FailureClass:
    """The class of an error met while making or publishing files in the output folder."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FailureClass.DISK_FULL
    if getattr(error, "winerror", None) in _WINDOWS_IN_USE:
        return FailureClass.OUTPUT_INVALID
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENAMETOOLONG):
        return FailureClass.FOLDER_NOT_WRITABLE
    return FailureClass.OUTPUT_INVALID


def _exit_in_words(returncode: int | None) -> str:
    if returncode is None:
        return "it closed its channel"
    if returncode < 0:
        try:
            return f"ended by {signal.Signals(-returncode).name}"
        except ValueError:
            return f"ended by signal {-returncode}"
    return f"exit code {returncode}"

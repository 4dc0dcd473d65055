"""The retry decision, held by one table, and how a worker's end is read."""

from dataclasses import dataclass

import pytest
from tshirt_render_queue.queue.failures import FailureClass, Handling, of_exit, of_os_error
from tshirt_render_queue.queue.retry import GiveUp, PauseQueue, Retry, decide

NOW = 1_000.0


@dataclass
class Job:
    attempts: int = 1
    max_attempts: int = 3
    stalls: int = 0
    backoff: float = 2.0


@pytest.mark.parametrize(
    "job, failure, spread, decision",
    [
        (Job(attempts=1), FailureClass.CRASH, 0, Retry(NOW + 2, "attempt")),
        (Job(attempts=2), FailureClass.CRASH, 0, Retry(NOW + 4, "attempt")),
        (Job(attempts=3), FailureClass.CRASH, 0, GiveUp("attempt 3 of 3")),
        (Job(attempts=3, max_attempts=5), FailureClass.TIMEOUT, 0, Retry(NOW + 8, "attempt")),
        (Job(attempts=1, max_attempts=1), FailureClass.TIMEOUT, 0, GiveUp("attempt 1 of 1")),
        (Job(attempts=2), FailureClass.OUT_OF_MEMORY, 0.5, Retry(NOW + 6, "attempt")),
        (Job(backoff=0), FailureClass.ENGINE_ERROR, 0, Retry(NOW, "attempt")),
        (Job(attempts=3), FailureClass.STALLED, 0, Retry(NOW, "stall")),
        (Job(attempts=1, stalls=1), FailureClass.STALLED, 0, GiveUp("it stalled 2 times")),
        (Job(), FailureClass.BAD_DESIGN, 0, GiveUp("trying again can't help")),
        (Job(), FailureClass.BAD_REQUEST, 0, GiveUp("trying again can't help")),
        (Job(), FailureClass.BAD_TEMPLATE, 0, GiveUp("trying again can't help")),
        (
            Job(attempts=3),
            FailureClass.DISK_FULL,
            0,
            PauseQueue(),
        ),
    ],
)
def test_the_decision(job, failure, spread, decision):
    assert decide(job, failure, NOW, spread) == decision


@pytest.mark.parametrize("failure", FailureClass)
def test_every_class_speaks_to_people(failure):
    assert FailureClass(failure.value) is failure
    assert failure.sentence.endswith(".")
    assert failure.advice.endswith(".")
    assert failure.permanent == (failure.handling is Handling.GIVE_UP)


@pytest.mark.parametrize(
    "returncode, log, oom_killed, failure",
    [
        (-11, "", False, FailureClass.CRASH),
        (-9, "", False, FailureClass.CRASH),
        (-9, "", True, FailureClass.OUT_OF_MEMORY),
        (137, "", True, FailureClass.OUT_OF_MEMORY),
        (-11, "", True, FailureClass.CRASH),
        (1, "MemoryError", False, FailureClass.OUT_OF_MEMORY),
        (-6, "terminate called … 'std::bad_alloc'", False, FailureClass.OUT_OF_MEMORY),
        (1, "Error: Malloc returns null: len=4294967296", False, FailureClass.OUT_OF_MEMORY),
        (0xC0000017, "", False, FailureClass.OUT_OF_MEMORY),
        (1, "OSError: [Errno 28] No space left on device", False, FailureClass.DISK_FULL),
        (0, "", False, FailureClass.CRASH),
        (None, "", False, FailureClass.CRASH),
    ],
)
def test_how_a_worker_ended(returncode, log, oom_killed, failure):
    found, sentence = of_exit(returncode, log, oom_killed=oom_killed)
    assert found is failure
    assert sentence.startswith(failure.sentence)


def test_an_exit_is_said_in_words():
    assert "SIGSEGV" in of_exit(-11, "", oom_killed=False)[1]
    assert "exit code 3" in of_exit(3, "", oom_killed=False)[1]


@pytest.mark.parametrize(
    "error, failure",
    [
        (OSError(28, "No space left on device"), FailureClass.DISK_FULL),
        (PermissionError(13, "Permission denied"), FailureClass.FOLDER_NOT_WRITABLE),
        (NotADirectoryError(20, "Not a directory"), FailureClass.FOLDER_NOT_WRITABLE),
        (OSError(5, "Input/output error"), FailureClass.OUTPUT_INVALID),
    ],
)
def test_the_class_of_an_os_error(error, failure):
    assert of_os_error(error) is failure


def test_a_file_that_another_program_has_open_may_be_free_next_time():
    error = PermissionError(13, "The file is being used by another process")
    error.winerror = 32
    assert of_os_error(error) is FailureClass.OUTPUT_INVALID

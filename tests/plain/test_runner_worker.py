"""What is understood of a worker's lines, and what is found wrong with a worker: two tables."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.runner.health import fault_or_none, reason_to_go_or_none
from tshirt_render_queue.queue.runner.launch import RunSummary
from tshirt_render_queue.queue.runner.scheduler import Reason
from tshirt_render_queue.queue.runner.worker_handle import (
    Alive,
    Done,
    Drawn,
    Failed,
    Progress,
    ProtocolError,
    Ready,
    blender_command,
    parse,
)
from tshirt_render_queue.queue.runner.worker_pool import Slot
from tshirt_render_queue.queue.settings import Settings


@pytest.mark.parametrize(
    "line, message",
    [
        (b'{"is":"alive"}\n', Alive()),
        (
            b'{"is":"ready","blender":"5.2.0","pid":7,"device":"CPU","denoiser":""}\n',
            Ready("5.2.0", "CPU", ""),
        ),
        (b'{"is":"progress","job":"a","fraction":0.42,"note":"front"}', Progress("a", 0.42, "front")),
        (b'{"is":"progress","job":"a","fraction":7}', Progress("a", 1.0)),
        (b'{"is":"done","job":"a","files":[],"memory_mb":300}', Done("a", 300)),
        (
            b'{"is":"failed","job":"a","failure":"bad_design","error":"It is empty."}',
            Failed("a", FailureClass.BAD_DESIGN, "It is empty."),
        ),
        (b'{"is":"drawn","batch":"spring"}', Drawn("spring")),
        (b'{"is":"undrawn","batch":"spring","error":"No."}', Drawn("spring", "No.")),
        (b"Fra:1 Mem:12M | Sample 3/16\n", ProtocolError("Fra:1 Mem:12M | Sample 3/16")),
        (
            b'{"is":"failed","job":"a","failure":"no"}',
            ProtocolError('{"is":"failed","job":"a","failure":"no"}'),
        ),
        (b'{"is":"progress","job":"a"}', ProtocolError('{"is":"progress","job":"a"}')),
        (b'{"is":"singing"}', ProtocolError('{"is":"singing"}')),
        (b"[1, 2]", ProtocolError("[1, 2]")),
        (b"null", ProtocolError("null")),
        (b"\xff\xfe", ProtocolError("\ufffd\ufffd")),
        (b'{"is":"ali', ProtocolError('{"is":"ali')),
    ],
)  # fmt: skip
def test_a_line(line, message):
    assert parse(line) == message


def slot(*, ready=True, silent=0.0, job=None, assigned_at=None, **worker):
    """At ten minutes on the runner's clock."""
    facts = {"jobs_done": 0, "memory_mb": 0.0} | worker
    fake = SimpleNamespace(
        ready=Ready("5.2") if ready else None,
        heartbeat_age=lambda now: silent,
        dying=False,
        **facts,
    )
    temporary = Path("worker-1")
    return Slot(fake, 1, idle_since=600.0, temporary=temporary, job=job, assigned_at=assigned_at)


JOB = SimpleNamespace(timeout=300.0)


@pytest.mark.parametrize(
    "found, fault",
    [
        (slot(), None),
        (slot(ready=False, silent=119), None),
        (slot(ready=False, silent=121), FailureClass.WORKER_START),
        (slot(silent=29, job=JOB, assigned_at=590), None),
        (slot(silent=31, job=JOB, assigned_at=590), FailureClass.STALLED),
        (slot(silent=31), FailureClass.STALLED),
        (slot(job=JOB, assigned_at=301), None),
        (slot(job=JOB, assigned_at=299), FailureClass.TIMEOUT),
        (slot(assigned_at=299), FailureClass.TIMEOUT),
    ],
)
def test_what_is_wrong_with_a_worker(found, fault):
    wrong = fault_or_none(found, Settings(), 600.0)
    assert (wrong and wrong[0]) == fault


@pytest.mark.parametrize(
    "found, slots, now, why",
    [
        (slot(), 2, 601, None),
        (slot(), 3, 601, "fewer are wanted"),
        (slot(), 2, 631, "nothing to do"),
        (slot(jobs_done=50), 2, 601, "after 50 jobs"),
        (slot(memory_mb=5000.0), 2, 601, "it has grown to 5000 MB"),
    ],
)
def test_when_an_idle_worker_goes(found, slots, now, why):
    assert reason_to_go_or_none(found, slots, Settings(), now) == why


@pytest.mark.parametrize(
    "completed, failed, reason, code",
    [
        (3, 0, Reason.EMPTY, 0),
        (3, 0, Reason.IDLE, 0),
        (3, 1, Reason.EMPTY, 1),
        (0, 0, Reason.EMPTY, 1),
        (3, 0, Reason.STOPPED, 1),
        (3, 0, Reason.PAUSED, 1),
    ],
)
def test_the_exit_code(completed, failed, reason, code):
    summary = RunSummary(
        completed=completed, failed=failed, cancelled=0, reason=reason, paused=None
    )
    assert summary.exit_code == code


def test_a_script_that_raises_must_end_its_blender():
    command = blender_command("/opt/blender")
    assert command.index("--python-exit-code") < command.index("--python")
    assert command[-1] == "--"

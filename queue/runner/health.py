"""What is wrong with a worker, and why an idle one goes: by the runner's clock. No bpy here."""

from ..failures import FailureClass
from ..settings import Settings
from .worker_pool import Slot

#: seconds a Blender may take to start
START_LIMIT = 120.0


def fault_or_none(slot: Slot, settings: Settings, now: float) -> tuple[FailureClass, str] | None:
    """Why the worker has to be killed: it doesn't start, is silent, or takes too long."""
    silent = slot.worker.heartbeat_age(now)
    if slot.worker.ready is None:
        if silent > START_LIMIT:
            error = f"Blender did not start within {START_LIMIT:.0f} s."
            return FailureClass.WORKER_START, error
        return None
    if silent > settings.stall_after:
        error = f"Blender gave no sign of life for {silent:.0f} s and was stopped."
        return FailureClass.STALLED, error
    if slot.assigned_at is None:
        return None
    limit = slot.job.timeout if slot.job is not None else settings.timeout
    if now - slot.assigned_at > limit:
        return FailureClass.TIMEOUT, f"It took longer than its timeout of {limit:g} s."
    return None


def reason_to_go_or_none(slot: Slot, slots: int, settings: Settings, now: float) -> str | None:
    """Why an idle worker, one of so many, is let go."""
    worker = slot.worker
    if worker.jobs_done >= settings.worker_max_jobs:
        return f"after {worker.jobs_done} jobs"
    if worker.memory_mb > settings.worker_max_mb:
        return f"it has grown to {worker.memory_mb:.0f} MB"
    if slots > settings.concurrency:
        return "fewer are wanted"
    if now - slot.idle_since > settings.idle_exit:
        return "nothing to do"
    return None

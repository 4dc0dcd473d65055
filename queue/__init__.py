"""The queue: jobs on disk, a runner that works them off, and the few functions others need.

A program that has the extension imported (in Blender its package is found by
`addon_utils.modules()`, under the name that ends in `tshirt_render_queue`) drives it like this::

    from tshirt_render_queue import queue

    shop = queue.open_queue("/srv/mockups")             # or open_queue() for the usual folder
    art = queue.OrderForm(designs=("art.png",), fabrics=("navy",), out="/srv/pictures")
    jobs = queue.enqueue(shop, art, queue.JobOptions(batch="spring"))
    queue.subscribe(shop, print, queue.EventKind.COMPLETED, queue.EventKind.FAILED)
    queue.start_detached(shop.folder)                   # renders in a process of its own
    shop.job(jobs[0].id).state

`open_queue` returns a `JobStore`: `job`, `jobs`, `counts`, `cancel`, `retry`, `move`, `pin`,
`remove`, `pause`, `resume` are its methods; `enqueue` takes one form, `enqueue_many` several, and
`enqueue_bytes` a design that isn't a file. `metrics_of`, `clean` (by the settings), `clean_completed`
and `clean_failed` (all of them, now) take the store as their argument.
`MemoryStore(folder)` is a store for your own tests: the same methods, and all that takes a store but
the runner, which your test plays (docs/for-shops.md).
No bpy in this folder, and nothing is imported before it is asked for: the standard library's
`queue` has the same name, and a door that only prints help needs no database.

The shelves: `intake/` takes orders in, `store/` keeps the jobs on disk, `runner/` works them off,
`cleanup/` forgets them. What more than one shelf needs lies beside them: `job` (values), `errors`,
`failures` (why an attempt failed) and `retry` (whether it is tried again), `settings`, `events`,
`metrics`, `folder` (where things lie) and `publish` (how pictures reach their folder).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any
from warnings import warn

if TYPE_CHECKING:
    from ..presets.order_form import OrderForm as OrderForm
    from .cleanup.policy import clean as clean
    from .cleanup.policy import clean_completed as clean_completed
    from .cleanup.policy import clean_failed as clean_failed
    from .events import subscribe as subscribe
    from .intake.submit import JobOptions as JobOptions
    from .intake.submit import enqueue as enqueue
    from .intake.submit import enqueue_bytes as enqueue_bytes
    from .intake.submit import enqueue_many as enqueue_many
    from .job import EventKind as EventKind
    from .metrics import metrics_of as metrics_of
    from .runner.launch import ask_stop as ask_stop
    from .runner.launch import go_on as go_on
    from .runner.launch import run_queue as run_queue
    from .runner.launch import start_detached as start_detached
    from .store.job_store import JobStore
    from .store.memory_store import MemoryStore as MemoryStore

#: what is offered, and the module that has it
_OFFERED = {
    "OrderForm": "..presets.order_form",
    "JobOptions": ".intake.submit",
    "enqueue": ".intake.submit",
    "enqueue_bytes": ".intake.submit",
    "enqueue_many": ".intake.submit",
    "EventKind": ".job",
    "subscribe": ".events",
    "metrics_of": ".metrics",
    "clean": ".cleanup.policy",
    "clean_completed": ".cleanup.policy",
    "clean_failed": ".cleanup.policy",
    "run_queue": ".runner.launch",
    "start_detached": ".runner.launch",
    "ask_stop": ".runner.launch",
    "go_on": ".runner.launch",
    "MemoryStore": ".store.memory_store",
}

#: names of before 0.2.0 that still work, with a warning, and what they are called now
_RENAMED = {
    "Terms": "JobOptions",
    "place": "enqueue",
    "place_bytes": "enqueue_bytes",
    "place_many": "enqueue_many",
}

__all__ = ["open_queue", *_OFFERED]  # pyright: ignore[reportUnsupportedDunderAll]


def open_queue(path: str | None = None) -> "JobStore":
    """Open the queue in the folder `path`, made if missing; None for the user's own.

    Raises QueueTrouble.
    """
    from .folder import QueueFolder
    from .store.job_store import JobStore

    return JobStore(QueueFolder.at(path) if path else QueueFolder.default())


def __getattr__(name: str) -> Any:
    if name in _RENAMED:
        old, name = name, _RENAMED[name]
        warn(f"queue.{old} is now queue.{name}", DeprecationWarning, stacklevel=2)
    if name not in _OFFERED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_OFFERED[name], __package__), name)

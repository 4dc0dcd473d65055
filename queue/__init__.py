"""The queue: jobs on disk, a runner that works them off, and the few functions others need.

A program that has the extension imported (in Blender its package is found by
`addon_utils.modules()`, under the name that ends in `tshirt_render_queue`) drives it like this::

    from tshirt_render_queue import queue

    shop = queue.open_queue("/srv/mockups")             # or open_queue() for the usual folder
    art = queue.OrderForm(designs=("art.png",), fabrics=("navy",), out="/srv/pictures")
    jobs = queue.place(shop, art, queue.Terms(batch="spring"))
    queue.subscribe(shop, print, queue.EventKind.COMPLETED, queue.EventKind.FAILED)
    queue.start_detached(shop.folder)                   # renders in a process of its own
    shop.job(jobs[0].id).state

`open_queue` returns a `JobStore`: `job`, `jobs`, `counts`, `cancel`, `retry`, `move`, `pin`,
`remove`, `pause`, `resume` are its methods; `place` takes one form, `place_many` several, and
`place_bytes` a design that isn't a file. `metrics_of`, `clean` (by the settings), `clean_completed`
and `clean_failed` (all of them, now) take the store as their argument.
No bpy in this folder, and nothing is imported before it is asked for: the standard library's
`queue` has the same name, and a door that only prints help needs no database.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..presets.order_form import OrderForm as OrderForm
    from .cleanup.policy import clean as clean
    from .cleanup.policy import clean_completed as clean_completed
    from .cleanup.policy import clean_failed as clean_failed
    from .events import subscribe as subscribe
    from .intake.submit import Terms as Terms
    from .intake.submit import place as place
    from .intake.submit import place_bytes as place_bytes
    from .intake.submit import place_many as place_many
    from .job import EventKind as EventKind
    from .metrics import metrics_of as metrics_of
    from .runner.launch import ask_stop as ask_stop
    from .runner.launch import go_on as go_on
    from .runner.launch import run_queue as run_queue
    from .runner.launch import start_detached as start_detached
    from .store.job_store import JobStore

#: what is offered, and the module that has it
_OFFERED = {
    "OrderForm": "..presets.order_form",
    "Terms": ".intake.submit",
    "place": ".intake.submit",
    "place_bytes": ".intake.submit",
    "place_many": ".intake.submit",
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
    if name not in _OFFERED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_OFFERED[name], __package__), name)

"""The queue: jobs on disk, a runner that works them off, and the few functions others need.

A program that has the extension imported (in Blender its package is found by
`addon_utils.modules()`, under the name that ends in `tshirt_render_queue`) drives it like this::

    from tshirt_render_queue import queue

    shop = queue.open_queue("/srv/mockups")             # or open_queue() for the usual folder
    jobs = queue.add(shop, OrderForm(designs=("art.png",), fabrics=("navy",), out="/srv/out"))
    queue.subscribe(shop, print, queue.EventKind.COMPLETED, queue.EventKind.FAILED)
    queue.start_detached(shop.folder)                   # renders in a process of its own
    shop.job(jobs[0].id).state

`open_queue` returns a `JobStore`: `job`, `jobs`, `counts`, `cancel`, `retry`, `move`, `pin`,
`remove`, `pause`, `resume` are its methods. `metrics` and `clean` take it as their argument.
No bpy in this folder, and nothing is imported before it is asked for: the standard library's
`queue` has the same name, and a door that only prints help needs no database.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..presets.order_form import OrderForm as OrderForm
    from .cleaner import clean as clean
    from .events import subscribe as subscribe
    from .job import EventKind as EventKind
    from .metrics import metrics as metrics
    from .ordering import Terms as Terms
    from .ordering import keep_design as keep_design
    from .ordering import place as add
    from .ordering import place_many as add_many
    from .runner import ask_stop as ask_stop
    from .runner import run_queue as run_queue
    from .runner import start_detached as start_detached
    from .store import JobStore

#: name → (module, name in it)
_OFFERED = {
    "OrderForm": ("..presets.order_form", "OrderForm"),
    "Terms": (".ordering", "Terms"),
    "add": (".ordering", "place"),
    "keep_design": (".ordering", "keep_design"),
    "add_many": (".ordering", "place_many"),
    "EventKind": (".job", "EventKind"),
    "subscribe": (".events", "subscribe"),
    "metrics": (".metrics", "metrics"),
    "clean": (".cleaner", "clean"),
    "run_queue": (".runner", "run_queue"),
    "start_detached": (".runner", "start_detached"),
    "ask_stop": (".runner", "ask_stop"),
}

__all__ = ["open_queue", *_OFFERED]


def open_queue(folder: str | None = None) -> "JobStore":
    """Open the queue in `folder`, made if missing; None for the user's own. Raises QueueTrouble."""
    from .folder import QueueFolder
    from .store import JobStore

    return JobStore(QueueFolder.at(folder) if folder else QueueFolder.default())


def __getattr__(name: str) -> Any:
    if name not in _OFFERED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, found = _OFFERED[name]
    return getattr(import_module(module, __package__), found)

"""T-Shirt Render Queue: designs in, pictures of printed t-shirts out, rendered in the background.

The house, and which way its arrows point (panels → operators → queue → presets ← render):

- `panels/`     what the artist sees: panels, lists, preferences, properties.
- `operators/`  what the artist and scripts can do. Shelves: `cli/` (`blender --command tshirt_queue`),
                `client/` (how Blender talks to the queue), `preview/`, `template/`.
- `queue/`      the queue. Shelves: `intake/` (orders), `store/` (jobs on disk), `runner/` (scheduler,
                worker pool), `cleanup/`. Never imports bpy.
- `presets/`    what can be asked for: placements, fabrics, views, the request. Never imports bpy.
- `render/`     what runs inside a worker Blender. Nothing outside imports it.
- `wheels/`     persist-queue, the SQLite queue that `queue/store/job_store.py` builds on.

Nothing is imported here at module level: tests and tools load this package without Blender.
"""


def register() -> None:
    """Add operators and panels to Blender; when one fails, take back what was already added."""
    from contextlib import ExitStack

    from . import operators, panels

    with ExitStack() as undo:
        for room in (operators, panels):
            room.register()
            undo.callback(room.unregister)
        undo.pop_all()


def unregister() -> None:
    """Take out of Blender, in reverse order, all that `register` added."""
    from . import operators, panels

    panels.unregister()
    operators.unregister()

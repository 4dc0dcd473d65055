"""What the artist and scripts can do. Imports bpy only when Blender registers the extension."""


def register() -> None:
    """Add the operators and the command line to Blender; tell the queue which Blender it is."""
    import bpy

    from ..queue.runner import blender

    blender.we_run_in(bpy.app.binary_path)
    for module in _modules():
        module.register()


def unregister() -> None:
    """Take them out again, in reverse order."""
    for module in reversed(_modules()):
        module.unregister()
    from ..queue.runner import blender

    blender.we_run_in("")


def _modules() -> tuple:
    from . import (
        batch,
        cleaning,
        compare,
        enqueue,
        health,
        jobs,
        order,
        queue_control,
        saved_orders,
        show_results,
    )
    from .cli import command_line
    from .client import background_operator
    from .preview import preview
    from .template import check_template, maker

    return (
        enqueue,
        queue_control,
        background_operator,
        order,
        jobs,
        show_results,
        compare,
        batch,
        saved_orders,
        preview,
        health,
        cleaning,
        maker,
        check_template,
        command_line,
    )

"""What the artist and scripts can do. Imports bpy only when Blender registers the extension."""


def register() -> None:
    """Add the operators and the command line to Blender; tell the queue which Blender it is."""
    import bpy

    from ..queue import blender

    blender.we_run_in(bpy.app.binary_path)
    for module in _modules():
        module.register()


def unregister() -> None:
    """Take them out again, in reverse order."""
    for module in reversed(_modules()):
        module.unregister()
    from ..queue import blender

    blender.we_run_in("")


def _modules() -> tuple:
    from . import (
        batch,
        check_template,
        cleaning,
        command_line,
        comparing,
        enqueue,
        handing_over,
        health,
        jobs,
        order,
        preview,
        queue_control,
        saved_orders,
        showing,
        template_maker,
    )

    return (
        enqueue,
        queue_control,
        handing_over,
        order,
        jobs,
        showing,
        comparing,
        batch,
        saved_orders,
        preview,
        health,
        cleaning,
        template_maker,
        check_template,
        command_line,
    )

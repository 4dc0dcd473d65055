"""What the artist and scripts can do. Imports bpy only when Blender registers the extension."""


def register() -> None:
    """Add the operators and the command line to Blender."""
    for module in _modules():
        module.register()


def unregister() -> None:
    """Take them out again, in reverse order."""
    for module in reversed(_modules()):
        module.unregister()


def _modules() -> tuple:
    from . import batch, command_line, enqueue, handing_over, jobs, order, queue_control
    from . import preview, saved_orders

    return (
        enqueue,
        queue_control,
        handing_over,
        order,
        jobs,
        batch,
        saved_orders,
        preview,
        command_line,
    )

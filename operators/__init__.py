"""What the artist and scripts can do. Imports bpy only when Blender registers the extension."""


def register() -> None:
    """Add the operators and the command line to Blender."""
    from . import command_line, enqueue, queue_control

    for module in (enqueue, queue_control, command_line):
        module.register()


def unregister() -> None:
    """Take them out again, in reverse order."""
    from . import command_line, enqueue, queue_control

    for module in (command_line, queue_control, enqueue):
        module.unregister()

"""What the artist sees. Each module adds its own classes; here is only their order."""


def register() -> None:
    """Add panels, lists, preferences and properties to Blender."""
    for module in _modules():
        module.register()


def unregister() -> None:
    """Take them out again, in reverse order."""
    for module in reversed(_modules()):
        module.unregister()


def _modules() -> tuple:
    from . import (
        batch,
        drop,
        order,
        order_properties,
        pictures,
        preferences,
        properties,
        queue_list,
        refresh_timer,
        status_bar,
        template,
        translations,
    )

    return (
        translations,
        pictures,
        order_properties,
        properties,
        preferences,
        order,
        batch,
        queue_list,
        template,
        drop,
        status_bar,
        refresh_timer,
    )

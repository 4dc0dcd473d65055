"""What is being added to the queue right now: panels show it at once, the queue some seconds later.

No bpy here.
"""

from concurrent.futures import Future


class Adding:
    """Names of the orders that were handed over and aren't in the queue yet."""

    def __init__(self) -> None:
        self._orders: list[tuple[str, Future]] = []

    def expect(self, name: str, future: Future) -> None:
        """Show this name until the future is done."""
        self._orders.append((name, future))

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of those that aren't done, the oldest first."""
        self._orders = [(name, future) for name, future in self._orders if not future.done()]
        return tuple(name for name, _ in self._orders)


#: What this Blender is adding.
adding = Adding()

"""Follows Cycles through one picture: how far it is, and how long each part took."""

import re
import time
from collections.abc import Callable

import bpy

_SAMPLE = re.compile(r"Sample (\d+)/(\d+)")


class Watch:
    """Listens to Cycles' statistics while it is entered, and keeps the times of the parts.

    It rests on the `render_stats` handler, whose text holds `Sample n/m` in all of 4.2 to 5.2.
    """

    def __init__(self, on_samples: Callable[[int, int], None]) -> None:
        self._on_samples = on_samples
        self._started = self._sampling = self._ended = 0.0

    def __enter__(self) -> "Watch":
        self._started = time.perf_counter()
        bpy.app.handlers.render_stats.append(self._hear)
        return self

    def __exit__(self, *_error: object) -> None:
        bpy.app.handlers.render_stats.remove(self._hear)
        self._ended = time.perf_counter()

    def _hear(self, text: str, *_: object) -> None:
        now = time.perf_counter()
        if found := _SAMPLE.search(text):
            self._sampling = self._sampling or now
            self._on_samples(int(found[1]), int(found[2]))

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds of `sync` (scene to Cycles) and `sample` (denoising is in it)."""
        sampling = self._sampling or self._ended
        return {"sync": sampling - self._started, "sample": self._ended - sampling}

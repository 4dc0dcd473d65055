"""The runner's own clock, by which it tells timeouts, heartbeats and idle times. No bpy here."""

import time


class Clock:
    """Seconds in which we were awake: a suspended computer ages no job and no heartbeat.

    It runs on the monotonic clock, so that setting the clock of the day changes nothing.
    """

    #: a longer step means that we were not running
    STEP = 1.0

    def __init__(self) -> None:
        self.now = 0.0
        self._last = time.monotonic()

    def tick(self) -> float:
        """Go on to the present."""
        last, self._last = self._last, time.monotonic()
        self.now += min(self._last - last, self.STEP)
        return self.now

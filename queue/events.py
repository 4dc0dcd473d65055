"""Tells what happens to jobs as it happens, in any process, from the jobs' own journals.

Reads by polling, a few microseconds while nothing changes; writes nothing. No bpy here.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .job import Event, EventKind, Job, State
from .store.any_store import AnyStore

#: seconds between two looks
EVERY = 0.2
#: jobs read at once
PORTION = 500


@dataclass(frozen=True)
class News:
    """One event and the job it happened to, as that job is now."""

    event: Event
    #: None for an event of the queue: paused, resumed
    job: Job | None

    @property
    def kind(self) -> EventKind:
        """What happened."""
        return self.event.kind


class Watcher:
    """Tells what is new since it last looked; each one has its own place in the queue's history."""

    def __init__(self, store: AnyStore, since_rev: int | None = None) -> None:
        """`since_rev`: tell what came after that change; None: only what comes from now on."""
        self._store = store
        self._rev = store.revision() if since_rev is None else since_rev
        self._paused = store.paused()
        self._version: int | None = None

    def poll(self) -> list[News]:
        """The news since the last look, in the order they happened."""
        version = self._store.data_version()
        if version == self._version:
            return []
        self._version = version
        news = [*self._of_jobs(), *self._of_queue()]
        return sorted(news, key=lambda one: one.event.rev)

    def _of_jobs(self) -> Iterator[News]:
        while jobs := self._store.changes(self._rev, PORTION):
            for job in jobs:
                new = [event for event in job.events if event.rev > self._rev]
                if job.state is State.ACTIVE and job.rev not in [event.rev for event in new]:
                    new.append(_progress(job, self._store.clock()))
                yield from (News(event, job) for event in new)
            self._rev = jobs[-1].rev
            if len(jobs) < PORTION:
                return

    def _of_queue(self) -> Iterator[News]:
        before, self._paused = self._paused, self._store.paused()
        if before != self._paused:
            kind = EventKind.RESUMED if self._paused is None else EventKind.PAUSED
            rev, at = self._store.revision(), self._store.clock()
            yield News(Event(rev=rev, at=at, kind=kind, text=self._paused or ""), None)


def watch(
    store: AnyStore,
    since_rev: int | None = None,
    *,
    every: float = EVERY,
    until_empty: bool = False,
    stop: threading.Event | None = None,
) -> Iterator[News]:
    """News as they come, for ever, or until `stop` is set.

    `until_empty`: end when nothing is left that will be done by itself.
    """
    stop = stop or threading.Event()
    watcher = Watcher(store, since_rev)
    while True:
        # Asked before the last look, so that what ended the work is still told.
        over = stop.is_set() or (until_empty and store.counts().under_way == 0)
        yield from watcher.poll()
        if over:
            return
        stop.wait(every)


class Subscription:
    """Calls back for the kinds of news asked for: at each `poll()`, or from a thread of its own.

    What the callback raises comes out of `poll()`; in a thread it ends the subscription.
    """

    def __init__(
        self,
        store: AnyStore,
        callback: Callable[[News], object],
        kinds: Iterable[EventKind] | None = None,
        since_rev: int | None = None,
    ) -> None:
        """`kinds`: None for all of them."""
        self._watcher = Watcher(store, since_rev)
        self._callback = callback
        self._kinds = frozenset(EventKind if kinds is None else kinds)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def poll(self) -> None:
        """Call back for what is new."""
        for news in self._watcher.poll():
            if news.kind in self._kinds:
                self._callback(news)

    def start(self, every: float = EVERY) -> "Subscription":
        """Poll in a thread from now on, until `close`."""
        self._thread = threading.Thread(
            target=self._keep_polling, args=(every,), name="queue events", daemon=True
        )
        self._thread.start()
        return self

    def close(self) -> None:
        """End the thread after a last look; nothing is called back any more."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _keep_polling(self, every: float) -> None:
        while not self._stop.wait(every):
            self.poll()
        self.poll()


def subscribe(
    store: AnyStore,
    callback: Callable[[News], object],
    *kinds: EventKind,
    every: float = EVERY,
) -> Subscription:
    """Call back for news of these kinds (none named: all) from a thread, until it is closed."""
    return Subscription(store, callback, kinds or None).start(every)


def _progress(job: Job, now: float) -> Event:
    return Event(rev=job.rev, at=now, kind=EventKind.PROGRESS, claim=job.claims, text=job.note)

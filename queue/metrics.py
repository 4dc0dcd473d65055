"""How the queue is doing: counts, rates, durations, failures, and how long work will take here.

Reads the store; every figure is a pure function of jobs and time. No bpy here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import median
from typing import Any

from ..presets.light import ONCE, light_samples
from ..presets.messages import Message
from .cleanup.last_cleaning import LastCleaning, last_cleaning_or_none
from .job import Job, State
from .settings import Settings
from .store.any_store import AnyStore
from .store.counts import Counts, Sort

#: camera rays that take as long as what a picture costs besides them: about 0.5 s beside 1 µs a
#: ray (docs/performance.md, seconds at 160 px)
RAYS_BESIDE = 500_000
#: … of a picture that is printed into a light: looked up and mixed for each pixel, and besides
RAYS_A_LOOK, RAYS_RELIT = 0.4, 100_000
#: the newest finished jobs that figures are told from
HISTORY = 1000
HOUR = 3600.0


def effort_of(samples: int, width: int, height: int) -> int:
    """What the time of one picture grows with, in camera rays."""
    return samples * width * height + RAYS_BESIDE


@dataclass(frozen=True, kw_only=True)
class Work:
    """What decides how long a job takes."""

    template: str = ""
    #: pictures rendered: views, and frames of a turntable; backgrounds cost none
    pictures: int = 1
    samples: int = 64
    width: int = 512
    height: int = 512
    #: what tells the parts of light that its pictures are printed into: a view or frame, and a
    #: surface of it; none where they are rendered in full
    light: frozenset[tuple[Any, ...]] = frozenset()

    @classmethod
    def of(cls, request: dict[str, Any]) -> "Work":
        """The work that a request, as JSON, asks for."""
        mode = request.get("mode", "stills")
        stills = len(request.get("views", ())) if mode in ("stills", "both") else 0
        frames = request.get("frames", 36) if mode in ("turntable", "both") else 0
        return cls(
            template=request.get("template", ""),
            pictures=max(1, stills + frames),
            light=frozenset(_light_of(request) if request.get("light") == ONCE else ()),
            samples=request.get("samples", cls.samples),
            width=request.get("width", cls.width),
            height=request.get("height", cls.height),
        )

    @property
    def quality(self) -> str:
        """What a picture is like: "64 samples, 2048 × 2048"."""
        return f"{self.samples} samples, {self.width} × {self.height}"

    @property
    def effort(self) -> int:
        """What its time grows with: the camera rays of the whole job, and what each picture costs.

        Pictures printed into a light that is at hand cost little, see docs/performance.md.
        """
        if self.light:
            return self.pictures * (round(RAYS_A_LOOK * self.width * self.height) + RAYS_RELIT)
        return self.pictures * effort_of(self.samples, self.width, self.height)

    @property
    def baking(self) -> int:
        """What baking all of its light costs, in the same measure; 0 where it is rendered in full."""
        return len(self.light) * self.part

    @property
    def part(self) -> int:
        """What one part of its light costs, in the same measure."""
        return effort_of(light_samples(self.samples), self.width, self.height)


def _light_of(request: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """What tells the parts of a request's light from others'."""
    mode = request.get("mode", "stills")
    places: list[Any] = list(request.get("views", ())) if mode in ("stills", "both") else []
    if mode in ("turntable", "both"):
        places += [
            (number, request.get("frames", 36)) for number in range(request.get("frames", 36))
        ]
    surfaces = {one.get("technique", "dtg") for one in request.get("prints", ())} | {"cloth"}
    same = (
        request.get("template"),
        request.get("template_sha256"),
        light_samples(request.get("samples", Work.samples)),
        request.get("width"),
        request.get("height"),
        tuple(request.get("also", ())),
        request.get("ground_shadow"),
        request.get("device"),
    )
    return ((place, surface, *same) for place in places for surface in surfaces)


@dataclass(frozen=True, kw_only=True)
class Durations:
    """Seconds that jobs took, from their last start to their end."""

    jobs: int
    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Durations":
        """At least one."""
        ordered = sorted(seconds)
        return cls(jobs=len(ordered), p50=_nearest(ordered, 0.5), p95=_nearest(ordered, 0.95))


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Figures over the newest finished jobs that are still on the list."""

    counts: Counts
    #: jobs rendered in the last hour, and in the last 24
    last_hour: int
    last_day: int
    durations: Durations | None
    #: by template and quality
    by_quality: dict[str, Durations]
    #: attempts that went wrong, by class, those that a further attempt made good included
    failures: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Status:
    """The queue at a glance."""

    counts: Counts
    #: why it is paused, None if it isn't
    paused: str | None
    #: jobs rendered in the last hour
    last_hour: int
    #: seconds until all that is ready is done, None if nothing like it was rendered here
    time_left: float | None
    #: unix seconds at which the next delayed job is due
    next_due: float | None
    #: what cleaning took off the list within a day, None if nothing
    cleaned: LastCleaning | None


def metrics_of(store: AnyStore) -> Metrics:
    """The figures of that queue, now."""
    finished = store.jobs(
        states=[State.COMPLETED, State.FAILED, State.CANCELLED], order=Sort.CHANGED, limit=HISTORY
    )
    return figures(store.counts(), finished, store.clock())


def figures(counts: Counts, finished: Iterable[Job], now: float) -> Metrics:
    """The figures of those finished jobs at unix time `now`."""
    seconds: list[float] = []
    by_quality: dict[str, list[float]] = {}
    failures: Counter[str] = Counter()
    ends: list[float] = []
    for job in finished:
        failures.update(event.failure for event in job.events if event.failure is not None)
        if not _rendered(job):
            continue
        work = Work.of(job.request)
        seconds.append(job.seconds or 0.0)
        by_quality.setdefault(f"{_short(work.template)}: {work.quality}", []).append(seconds[-1])
        ends.append(job.finished or 0.0)
    return Metrics(
        counts=counts,
        last_hour=sum(now - end <= HOUR for end in ends),
        last_day=sum(now - end <= 24 * HOUR for end in ends),
        durations=Durations.of(seconds) if seconds else None,
        by_quality={name: Durations.of(some) for name, some in sorted(by_quality.items())},
        failures={str(failure): n for failure, n in failures.most_common()},
    )


def status(store: AnyStore) -> Status:
    """The queue at a glance, now."""
    now = store.clock()
    history = _history(store)
    counts = store.counts()
    ready = store.jobs(states=[State.WAITING, State.ACTIVE]) if counts.unfinished else []
    left = [(Work.of(job.request), 1.0 - job.progress) for job in ready]
    return Status(
        counts=counts,
        paused=store.paused(),
        last_hour=sum(now - (job.finished or 0.0) <= HOUR for job in history),
        time_left=_experience(history).seconds(left, Settings.load(store).concurrency),
        next_due=store.next_due(now),
        cleaned=last_cleaning_or_none(store),
    )


def estimate(store: AnyStore, requests: Iterable[dict[str, Any]] | int) -> float | None:
    """Seconds that further jobs will take here, from those rendered before; None without any.

    Give the requests as JSON, or only how many there are: then each counts as the usual one.
    """
    history = _history(store)
    if isinstance(requests, int):
        usual = sorted(history, key=lambda job: job.seconds or 0.0)
        requests = [usual[len(usual) // 2].request] * requests if usual else [{}] * requests
    wanted = [(Work.of(request), 1.0) for request in requests]
    return _experience(history).seconds(wanted, Settings.load(store).concurrency)


def baking(store: AnyStore, requests: Iterable[dict[str, Any]]) -> float | None:
    """Seconds of an estimate in which light is baked, that further pictures can use."""
    works = [Work.of(request) for request in requests]
    seconds = _experience(_history(store)).baking(works)
    if seconds is None:
        return None
    return seconds / max(1, min(Settings.load(store).concurrency, len(works)))


@dataclass(frozen=True, kw_only=True)
class Experience:
    """How long works took here: the same takes what it took at the median, others by their effort."""

    usual: dict[Work, float] = field(default_factory=dict)
    #: seconds for each unit of effort, None where nothing was rendered here yet
    pace: float | None = None
    #: parts of light that were baked here
    baked: frozenset[tuple[Any, ...]] = frozenset()

    @classmethod
    def of(cls, before: Iterable[tuple[Work, float]]) -> "Experience":
        """By works and the seconds that they took."""
        taken: dict[Work, list[float]] = {}
        for work, seconds in before:
            taken.setdefault(work, []).append(seconds)
        if not taken:
            return cls()
        # Of works that share their light the first one baked it: that one tells the pace where no
        # picture was rendered in full, and none of them what the next one takes.
        in_full = {work: median(some) for work, some in taken.items() if not work.light}
        pace = median(
            [took / work.effort for work, took in in_full.items()]
            or [max(some) / (work.effort + work.baking) for work, some in taken.items()]
        )
        usual = in_full | {
            work: min(*some, work.effort * pace) for work, some in taken.items() if work.light
        }
        return cls(usual=usual, pace=pace, baked=frozenset().union(*(work.light for work in taken)))

    def baking(self, works: Iterable[Work]) -> float | None:
        """Seconds to bake the light of works that wasn't baked here yet; None without experience."""
        if self.pace is None:
            return None
        missing = {part: work.part for work in works for part in work.light - self.baked}
        return sum(missing.values()) * self.pace

    def seconds(self, wanted: Iterable[tuple[Work, float]], concurrency: int = 1) -> float | None:
        """Seconds for works, each with the part of it that is left, so many of them at once.

        None without any experience.
        """
        works = list(wanted)
        if not works:
            return 0.0
        if self.pace is None:
            return None
        each = [self.usual.get(work, work.effort * self.pace) * part for work, part in works]
        baking = self.baking(work for work, _part in works) or 0.0
        return max(max(each), (sum(each) + baking) / max(1, min(concurrency, len(each))))


def why_waiting(store: AnyStore, job: Job) -> str:
    """Why an unfinished job isn't running, in one sentence; empty for all others."""
    match job.state:
        case State.BLOCKED:
            return job.note
        case State.DELAYED if job.failure is not None:
            left = max(0.0, job.run_at - store.clock())
            error = job.error or Message(job.failure.sentence)
            return Message("Tries again in {left:.0f} s: {error}", left=left, error=error)
        case State.DELAYED:
            return Message("Waits for the time that was set.")
        case State.WAITING:
            paused = store.paused()
            if paused is not None:
                return Message("The queue is paused: {reason}", reason=paused)
            ahead = store.ahead_of(job)
            if ahead == 0:
                return Message("It is the next to start.")
            if ahead == 1:
                return Message("One job goes first.")
            return Message("{count} jobs go first.", count=ahead)
        case _:
            return ""


def _history(store: AnyStore) -> list[Job]:
    completed = store.jobs(states=[State.COMPLETED], order=Sort.CHANGED, limit=HISTORY)
    return [job for job in completed if _rendered(job)]


def _rendered(job: Job) -> bool:
    """Whether it tells how long rendering takes; one answered from disk was never started."""
    return job.state is State.COMPLETED and job.seconds is not None


def _experience(history: Iterable[Job]) -> Experience:
    return Experience.of((Work.of(job.request), job.seconds or 0.0) for job in history)


def _nearest(ordered: Sequence[float], part: float) -> float:
    """The value below which that part of them lies, by the nearest rank."""
    return ordered[max(0, ceil(part * len(ordered)) - 1)]


def _short(template: str) -> str:
    return template.replace("\\", "/").rsplit("/", 1)[-1] or "template"

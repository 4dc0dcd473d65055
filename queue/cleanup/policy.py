"""Forgets old jobs and deletes what they left behind, by a policy.

Looks, plans (pure) and only then deletes, with `leftovers.py`, which takes care that no file is
touched that isn't ours. No bpy here.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Sized
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from sys import maxsize
from typing import Self

from ..job import FINISHED, Job, State
from ..settings import Settings
from ..store.job_store import JobStore
from . import files
from .files import Kind, Thing

HOUR, DAY = 3600.0, 86400.0
#: local hour of the daily cleaning
NIGHT = 2
#: seconds in which a snapshot that no job names yet may belong to one that is being added
SNAPSHOT_GRACE = HOUR
#: the setting that remembers folders chosen by users, for when their jobs are forgotten
USER_OUTPUTS = "user_outputs"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How long what is kept; seconds."""

    keep_completed: float = DAY
    #: completed jobs at most, the newest
    most_completed: int = 100
    keep_failed: float = 7 * DAY
    keep_outputs: float = 30 * DAY
    user_outputs: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The policy that the queue's settings ask for."""
        return cls(
            keep_completed=settings.keep_completed_hours * HOUR,
            most_completed=settings.keep_completed,
            keep_failed=settings.keep_failed_days * DAY,
            keep_outputs=settings.keep_outputs_days * DAY,
            user_outputs=settings.clean_user_outputs,
        )


@dataclass(frozen=True, kw_only=True)
class Found:
    """What there is; files were looked for before jobs, so that none only seems to be nobody's."""

    now: float
    things: tuple[Thing, ...]
    #: all finished jobs
    finished: tuple[Job, ...]
    #: ids of jobs that are waiting or running
    unfinished: frozenset[str]
    #: finished jobs whose outcome others wait for
    awaited: frozenset[str]
    #: batches that are not done
    busy_batches: frozenset[str]
    #: SHA-256 that each job's request names
    mentions: dict[str, frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would go."""

    jobs: tuple[Job, ...] = ()
    things: tuple[Thing, ...] = ()

    @property
    def bytes(self) -> int:
        """What it would free."""
        return sum(thing.bytes for thing in self.things)

    def lines(self) -> Iterator[str]:
        """One line for each, for a dry run."""
        for job in self.jobs:
            yield f"{job.state} job {job.id}"
        for thing in self.things:
            yield f"{thing.kind} {thing.path} ({thing.bytes} bytes)"

    def __str__(self) -> str:
        return _amount(self.jobs, self.things)


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What went."""

    jobs: tuple[str, ...]
    things: tuple[Thing, ...]
    #: one sentence for each thing that could not be deleted
    failures: tuple[str, ...] = ()

    def __str__(self) -> str:
        failed = f" {len(self.failures)} could not be deleted." if self.failures else ""
        return f"Removed {_amount(self.jobs, self.things)}.{failed}"


def _amount(jobs: Sized, things: Collection[Thing]) -> str:
    megabytes = sum(thing.bytes for thing in things) / 1e6
    return f"{len(jobs)} jobs, {len(things)} files and folders, {megabytes:.1f} MB"


def next_run(now: float) -> float:
    """When to clean after a cleaning at `now`: in an hour, or at two at night by local time."""
    here = datetime.fromtimestamp(now)
    night = here.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    if night <= here:
        night += timedelta(days=1)
    return min(now + HOUR, night.timestamp())


def clean(store: JobStore) -> Cleaned:
    """Clean by the queue's settings."""
    return apply(store, plan_now(store))


def clean_completed(store: JobStore) -> Cleaned:
    """Forget all completed jobs, whatever their age, but pinned and awaited ones; pictures stay."""
    policy = Policy.of(Settings.load(store))
    policy = replace(policy, most_completed=0, keep_failed=inf, keep_outputs=inf)
    return apply(store, plan(look(store, policy), policy))


def clean_failed(store: JobStore) -> Cleaned:
    """Forget all failed and cancelled jobs, whatever their age, but pinned and awaited ones."""
    policy = replace(Policy.of(Settings.load(store)), keep_failed=-inf, keep_outputs=inf)
    policy = replace(policy, keep_completed=inf, most_completed=maxsize)
    return apply(store, plan(look(store, policy), policy))


def plan_now(store: JobStore) -> Plan:
    """What cleaning by the queue's settings would delete now; reads the pictures that would go."""
    policy = Policy.of(Settings.load(store))
    planned = plan(look(store, policy), policy)
    return replace(planned, things=tuple(filter(_would_go, planned.things)))


def _would_go(thing: Thing) -> bool:
    try:
        return files.is_itself(thing)
    except OSError:
        return True  # the attempt to delete it will say what is wrong


def look(store: JobStore, policy: Policy) -> Found:
    """See what there is. Reads the manifests of pictures, not the pictures."""
    folder = store.folder
    finished = store.jobs(states=FINISHED)
    things = [*files.logs(folder), *files.snapshots(folder)]
    things += files.works(folder, finished)
    for manifests in folder.outputs.rglob("manifests"):
        things += files.outputs(manifests, folder.path)
    if policy.user_outputs:
        for out in _user_outputs(store, finished):
            things += files.outputs(out / "manifests", out)
    unfinished = store.jobs(states=[state for state in State if not state.finished])
    return Found(
        now=store.clock(),
        things=tuple(things),
        finished=tuple(finished),
        unfinished=frozenset(job.id for job in unfinished),
        awaited=frozenset(store.awaited()),
        busy_batches=frozenset(job.batch for job in unfinished if job.batch),
        mentions=store.mentions(),
    )


def plan(found: Found, policy: Policy) -> Plan:
    """Which jobs and things are past their time."""
    jobs = tuple(_old_jobs(found, policy))
    going = {job.id for job in jobs}
    staying = {job.id: job for job in found.finished if job.id not in going}
    needed = frozenset().union(*(
        hashes for job_id, hashes in found.mentions.items() if job_id not in going
    ))  # fmt: skip
    return Plan(
        jobs=jobs,
        things=tuple(
            thing for thing in found.things if _is_past(thing, found, policy, staying, needed)
        ),
    )


def _old_jobs(found: Found, policy: Policy) -> Iterator[Job]:
    """Completed jobs past their time or beyond the newest, failed and cancelled ones past theirs.

    Pinned ones stay, those that others wait for, and those of a batch that is not done.
    """
    newest_first = sorted(found.finished, key=lambda job: -(job.finished or job.created))
    completed = 0
    for job in newest_first:
        age = found.now - (job.finished or job.created)
        if job.state is State.COMPLETED:
            completed += 1
            old = age > policy.keep_completed or completed > policy.most_completed
        else:
            old = age > policy.keep_failed
        held = job.pinned or job.id in found.awaited or job.batch in found.busy_batches
        if old and not held:
            yield job


def _is_past(
    thing: Thing,
    found: Found,
    policy: Policy,
    staying: dict[str, Job],
    needed: frozenset[str],
) -> bool:
    job = staying.get(thing.job_id)
    match thing.kind:
        case Kind.LOG:
            return job is None and thing.job_id not in found.unfinished
        case Kind.WORK:
            # The frames of a failed turntable are worth something to its retry.
            kept = job is not None and job.state is State.FAILED
            return not kept and thing.job_id not in found.unfinished
        case Kind.SNAPSHOT:
            young = found.now - thing.changed <= SNAPSHOT_GRACE
            return thing.sha256 not in needed and not young
        case Kind.OUTPUT | Kind.MANIFEST:
            old = found.now - thing.changed > policy.keep_outputs
            return old and not (job is not None and job.pinned)


def apply(store: JobStore, plan: Plan) -> Cleaned:
    """Delete what was planned, as far as nobody has come to need it since."""
    if Settings.load(store).clean_user_outputs:
        _remember_outputs(store, plan.jobs)
    removed = set(store.discard([job.id for job in plan.jobs]))
    spared = {job.id for job in plan.jobs} - removed
    needed = frozenset().union(*store.mentions().values())
    gone: list[Thing] = []
    failures: list[str] = []
    for thing in plan.things:
        if thing.job_id in spared:
            continue
        if thing.kind is Kind.SNAPSHOT and (thing.sha256 in needed or _was_touched(thing)):
            continue
        try:
            if files.delete(thing):
                gone.append(thing)
        except OSError as error:
            failures.append(f"{thing.path} could not be deleted: {error.strerror}.")
    files.remove_empty({thing.path.parent for thing in gone}, store.folder)
    return Cleaned(jobs=tuple(removed), things=tuple(gone), failures=tuple(failures))


def _was_touched(thing: Thing) -> bool:
    return thing.path.exists() and thing.path.stat().st_mtime != thing.changed


def _user_outputs(store: JobStore, finished: Iterable[Job]) -> list[Path]:
    """Folders chosen by users, of jobs that are known and of those that were forgotten."""
    known = {job.out for job in finished} | _remembered(store)
    outs = [Path(out) for out in sorted(known) if out]
    return [out for out in outs if not out.is_relative_to(store.folder.outputs)]


def _remembered(store: JobStore) -> set[str]:
    outs = store.setting(USER_OUTPUTS, [])
    return {out for out in outs if isinstance(out, str) and os.path.isabs(out)} if outs else set()


def _remember_outputs(store: JobStore, jobs: Iterable[Job]) -> None:
    before = _remembered(store)
    outs = before | {job.out for job in jobs if job.out}
    if outs != before:
        store.set_setting(USER_OUTPUTS, sorted(outs))

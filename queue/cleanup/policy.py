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

from ...presets.light_folder import is_passing, too_many
from ...presets.messages import counted
from ..job import FINISHED, Job, State
from ..settings import Settings
from ..store.any_store import AnyStore
from . import files, last_cleaning
from .files import Kind, Leftover

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
    #: bytes that baked lights may take
    keep_lights: float = 2e9

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The policy that the queue's settings ask for."""
        return cls(
            keep_completed=settings.keep_completed_hours * HOUR,
            most_completed=settings.keep_completed,
            keep_failed=settings.keep_failed_days * DAY,
            keep_outputs=settings.keep_outputs_days * DAY,
            user_outputs=settings.clean_user_outputs,
            keep_lights=settings.keep_lights_gb * 1e9,
        )


@dataclass(frozen=True, kw_only=True)
class Found:
    """What there is; files were looked for before jobs, so that none only seems to be nobody's."""

    now: float
    leftovers: tuple[Leftover, ...]
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
    leftovers: tuple[Leftover, ...] = ()

    @property
    def bytes(self) -> int:
        """What it would free."""
        return sum(leftover.bytes for leftover in self.leftovers)

    def lines(self) -> Iterator[str]:
        """One line for each, for a dry run."""
        for job in self.jobs:
            yield f"{job.state} job {job.id}"
        for leftover in self.leftovers:
            yield f"{leftover.kind} {leftover.path} ({leftover.bytes} bytes)"

    def __str__(self) -> str:
        return _amount(self.jobs, self.leftovers)


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What went."""

    jobs: tuple[str, ...]
    leftovers: tuple[Leftover, ...]
    #: one sentence for each leftover that could not be deleted
    failures: tuple[str, ...] = ()

    def __str__(self) -> str:
        failed = f" {len(self.failures)} could not be deleted." if self.failures else ""
        return f"Removed {_amount(self.jobs, self.leftovers)}.{failed}"


def _amount(jobs: Sized, leftovers: Collection[Leftover]) -> str:
    megabytes = sum(leftover.bytes for leftover in leftovers) / 1e6
    files = "1 file or folder" if len(leftovers) == 1 else f"{len(leftovers)} files and folders"
    return f"{counted(len(jobs), 'job')}, {files}, {megabytes:.1f} MB"


def next_run(now: float) -> float:
    """When to clean after a cleaning at `now`: in an hour, or at two at night by local time."""
    here = datetime.fromtimestamp(now)
    night = here.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    if night <= here:
        night += timedelta(days=1)
    return min(now + HOUR, night.timestamp())


def clean(store: AnyStore) -> Cleaned:
    """Clean by the queue's settings."""
    return apply(store, plan_now(store))


def clean_completed(store: AnyStore) -> Cleaned:
    """Forget all completed jobs, whatever their age, but pinned and awaited ones; pictures stay."""
    policy = Policy.of(Settings.load(store))
    policy = replace(policy, most_completed=0, keep_failed=inf, keep_outputs=inf, keep_lights=inf)
    return apply(store, plan(look(store, policy), policy))


def clean_failed(store: AnyStore) -> Cleaned:
    """Forget all failed and cancelled jobs, whatever their age, but pinned and awaited ones."""
    policy = replace(Policy.of(Settings.load(store)), keep_failed=-inf, keep_outputs=inf)
    policy = replace(policy, keep_completed=inf, most_completed=maxsize, keep_lights=inf)
    return apply(store, plan(look(store, policy), policy))


def plan_now(store: AnyStore) -> Plan:
    """What cleaning by the queue's settings would delete now; reads the pictures that would go."""
    policy = Policy.of(Settings.load(store))
    planned = plan(look(store, policy), policy)
    return replace(planned, leftovers=tuple(filter(_would_go, planned.leftovers)))


def _would_go(leftover: Leftover) -> bool:
    try:
        return files.is_itself(leftover)
    except OSError:
        return True  # the attempt to delete it will say what is wrong


def look(store: AnyStore, policy: Policy) -> Found:
    """See what there is. Reads the manifests of pictures, not the pictures."""
    folder = store.folder
    finished = store.jobs(states=FINISHED)
    leftovers = [*files.logs(folder), *files.snapshots(folder)]
    leftovers += files.works(folder, finished)
    leftovers += files.lights(folder, store.clock())
    for manifests in folder.outputs.rglob("manifests"):
        leftovers += files.outputs(manifests, folder.path)
    if policy.user_outputs:
        for out in _user_outputs(store, finished):
            leftovers += files.outputs(out / "manifests", out)
    unfinished = store.jobs(states=[state for state in State if not state.finished])
    return Found(
        now=store.clock(),
        leftovers=tuple(leftovers),
        finished=tuple(finished),
        unfinished=frozenset(job.id for job in unfinished),
        awaited=frozenset(store.awaited()),
        busy_batches=frozenset(job.batch for job in unfinished if job.batch),
        mentions=store.mentions(),
    )


def plan(found: Found, policy: Policy) -> Plan:
    """Which jobs and leftovers are past their time."""
    jobs = tuple(_old_jobs(found, policy))
    going = {job.id for job in jobs}
    staying = {job.id: job for job in found.finished if job.id not in going}
    needed = frozenset().union(*(
        hashes for job_id, hashes in found.mentions.items() if job_id not in going
    ))  # fmt: skip
    lights = [leftover for leftover in found.leftovers if leftover.kind is Kind.LIGHT]
    unused = {light.path for light in too_many(lights, policy.keep_lights)}
    return Plan(
        jobs=jobs,
        leftovers=tuple(
            leftover
            for leftover in found.leftovers
            if leftover.path in unused or _is_past(leftover, found, policy, staying, needed)
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
    leftover: Leftover,
    found: Found,
    policy: Policy,
    staying: dict[str, Job],
    needed: frozenset[str],
) -> bool:
    job = staying.get(leftover.job_id)
    match leftover.kind:
        case Kind.LOG:
            return job is None and leftover.job_id not in found.unfinished
        case Kind.WORK:
            # The frames of a failed turntable are worth something to its retry.
            kept = job is not None and job.state is State.FAILED
            return not kept and leftover.job_id not in found.unfinished
        case Kind.SNAPSHOT:
            young = found.now - leftover.changed <= SNAPSHOT_GRACE
            return leftover.sha256 not in needed and not young
        case Kind.OUTPUT | Kind.MANIFEST:
            old = found.now - leftover.changed > policy.keep_outputs
            return old and not (job is not None and job.pinned)
        case Kind.LIGHT:
            # Whole ones go by how much room they take, not by their age.
            return is_passing(leftover.path)


def apply(store: AnyStore, plan: Plan) -> Cleaned:
    """Delete what was planned, as far as nobody has come to need it since."""
    if Settings.load(store).clean_user_outputs:
        _remember_outputs(store, plan.jobs)
    removed = set(store.discard([job.id for job in plan.jobs]))
    last_cleaning.remember(store, len(removed))
    spared = {job.id for job in plan.jobs} - removed
    needed = frozenset().union(*store.mentions().values())
    gone: list[Leftover] = []
    failures: list[str] = []
    for leftover in plan.leftovers:
        if leftover.job_id in spared:
            continue
        if leftover.kind is Kind.SNAPSHOT and (leftover.sha256 in needed or _was_touched(leftover)):
            continue
        try:
            if files.delete(leftover):
                gone.append(leftover)
        except OSError as error:
            failures.append(f"{leftover.path} could not be deleted: {error.strerror}.")
    files.remove_empty({leftover.path.parent for leftover in gone}, store.folder)
    return Cleaned(jobs=tuple(removed), leftovers=tuple(gone), failures=tuple(failures))


def _was_touched(leftover: Leftover) -> bool:
    return leftover.path.exists() and leftover.path.stat().st_mtime != leftover.changed


def _user_outputs(store: AnyStore, finished: Iterable[Job]) -> list[Path]:
    """Folders chosen by users, of jobs that are known and of those that were forgotten."""
    known = {job.out for job in finished} | _remembered(store)
    outs = [Path(out) for out in sorted(known) if out]
    return [out for out in outs if not out.is_relative_to(store.folder.outputs)]


def _remembered(store: AnyStore) -> set[str]:
    outs = store.setting(USER_OUTPUTS, [])
    return {out for out in outs if isinstance(out, str) and os.path.isabs(out)} if outs else set()


def _remember_outputs(store: AnyStore, jobs: Iterable[Job]) -> None:
    before = _remembered(store)
    outs = before | {job.out for job in jobs if job.out}
    if outs != before:
        store.set_setting(USER_OUTPUTS, sorted(outs))

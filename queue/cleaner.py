"""Forgets old jobs and deletes what they left: logs, snapshots, work folders and, by policy, pictures.

Looks, plans (pure) and only then deletes: pictures only if a manifest of ours names them and they
are as it says, nothing through a link, nothing outside the folders. No bpy here.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Sized
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from .folder import QueueFolder, work_folder
from .job import FINISHED, Job, State
from .settings import Settings
from .store import JobStore

HOUR, DAY = 3600.0, 86400.0
#: local hour of the daily cleaning
NIGHT = 2
#: seconds in which a snapshot that no job names yet may belong to one that is being added
SNAPSHOT_GRACE = HOUR
#: the setting that remembers folders chosen by users, for when their jobs are forgotten
USER_OUTPUTS = "user_outputs"

_LOG = re.compile(r"([a-z2-7]{12})-\d+\.log")
_WORK = re.compile(r"([a-z2-7]{12})-\d+")
#: … or a copy that was broken off
_SNAPSHOT = re.compile(r"([0-9a-f]{64})\.\w+|tmp\w+")
_MANIFEST = re.compile(r"[0-9a-f]{16}\.json")


class Kind(StrEnum):
    """What a deleted thing was."""

    LOG = "log"
    SNAPSHOT = "design"
    WORK = "work folder"
    OUTPUT = "picture"
    MANIFEST = "manifest"


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
        return cls(
            keep_completed=settings.keep_completed_hours * HOUR,
            most_completed=settings.keep_completed,
            keep_failed=settings.keep_failed_days * DAY,
            keep_outputs=settings.keep_outputs_days * DAY,
            user_outputs=settings.clean_user_outputs,
        )


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A file or work folder that could be deleted."""

    kind: Kind
    path: Path
    #: no link may lie between this folder and the path
    inside: Path
    bytes: int
    #: unix seconds of its last change
    changed: float
    #: the job that left it, empty if that can't be told
    job_id: str = ""
    #: a picture must still be this one to be deleted
    sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What there is, at one moment; files were looked for before jobs, so that none seems nobody's."""

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


def plan_now(store: JobStore) -> Plan:
    """What cleaning by the queue's settings would delete now."""
    policy = Policy.of(Settings.load(store))
    return plan(look(store, policy), policy)


def look(store: JobStore, policy: Policy) -> Found:
    """See what there is. Reads the manifests of pictures, not the pictures."""
    folder = store.folder
    finished = store.jobs(states=FINISHED)
    things = [*_logs(folder), *_snapshots(folder), *_works(folder, finished)]
    for manifests in folder.outputs.rglob("manifests"):
        things += _outputs(manifests, folder.path)
    if policy.user_outputs:
        for out in _user_outputs(store, finished):
            things += _outputs(out / "manifests", out)
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
            if _delete(thing):
                gone.append(thing)
        except OSError as error:
            failures.append(f"{thing.path} could not be deleted: {error.strerror}.")
    _remove_empty({thing.path.parent for thing in gone}, store.folder)
    return Cleaned(jobs=tuple(removed), things=tuple(gone), failures=tuple(failures))


def _delete(thing: Thing) -> bool:
    """Delete it if it is what it was planned to be: no link, not elsewhere, not another picture."""
    if not is_inside(thing.path, thing.inside):
        return False
    if thing.kind is Kind.WORK:
        shutil.rmtree(thing.path)
        return True
    if thing.kind is Kind.OUTPUT and _hash(thing.path) != thing.sha256:
        return False
    thing.path.unlink()
    return True


def is_inside(path: Path, folder: Path) -> bool:
    """Whether the path is there, below the folder, with no link between the two."""
    try:
        below = path.relative_to(folder)
    except ValueError:
        return False
    steps = [folder.joinpath(*below.parts[: n + 1]) for n in range(len(below.parts))]
    linked = any(step.is_symlink() for step in (folder, *steps))
    return bool(steps) and ".." not in below.parts and not linked and path.exists()


def _was_touched(thing: Thing) -> bool:
    return thing.path.exists() and thing.path.stat().st_mtime != thing.changed


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _remove_empty(folders: Iterable[Path], queue: QueueFolder) -> None:
    """Folders that the deleted things have left empty, ours only."""
    for folder in folders:
        if folder.name in ("manifests", ".work") and not any(folder.iterdir()):
            folder.rmdir()
        out = folder.parent if folder.name in ("manifests", ".work") else folder
        while out != queue.outputs and out.is_relative_to(queue.outputs) and not any(out.iterdir()):
            out.rmdir()
            out = out.parent


def _logs(folder: QueueFolder) -> Iterator[Thing]:
    for file in folder.logs.iterdir():
        if named := _LOG.fullmatch(file.name):
            yield from _thing(Kind.LOG, file, folder.path, job_id=named[1])


def _snapshots(folder: QueueFolder) -> Iterator[Thing]:
    for file in folder.designs.iterdir():
        if named := _SNAPSHOT.fullmatch(file.name):
            yield from _thing(Kind.SNAPSHOT, file, folder.path, sha256=named[1] or "")


def _works(folder: QueueFolder, finished: Iterable[Job]) -> Iterator[Thing]:
    """Work folders of finished jobs wherever they lie, and nobody's in the queue's own outputs."""
    for job in finished:
        out = Path(job.out)
        if not job.out or out.is_relative_to(folder.outputs):
            continue
        for claim in range(1, job.claims + 1):
            yield from _thing(Kind.WORK, work_folder(out, job.id, claim), out, job_id=job.id)
    for works in folder.outputs.rglob(".work"):
        for work in works.iterdir():
            if named := _WORK.fullmatch(work.name):
                yield from _thing(Kind.WORK, work, folder.path, job_id=named[1])


def _outputs(manifests: Path, inside: Path) -> Iterator[Thing]:
    """The pictures that manifests name, each manifest after its pictures."""
    if not manifests.is_dir() or not is_inside(manifests, inside):
        return
    for file in sorted(manifests.iterdir()):
        manifest = _manifest_or_none(file)
        if manifest is None:
            continue
        job_id = str(manifest.get("job") or manifest.get("job_id") or "")
        completed = file.stat().st_mtime
        for entry in manifest["files"]:
            picture = manifests.parent / entry["file"]
            for thing in _thing(
                Kind.OUTPUT, picture, inside, job_id=job_id, sha256=entry["sha256"]
            ):
                if thing.bytes == entry["bytes"]:
                    yield replace(thing, changed=max(thing.changed, completed))
        yield from _thing(Kind.MANIFEST, file, inside, job_id=job_id)


def _thing(kind: Kind, path: Path, inside: Path, **more: Any) -> Iterator[Thing]:
    """It, if it is there and what it should be: a plain file, or a folder for a work folder."""
    if not is_inside(path, inside):
        return
    there = path.is_dir() if kind is Kind.WORK else path.is_file()
    if there:
        files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
        yield Thing(
            kind=kind,
            path=path,
            inside=inside,
            bytes=sum(file.lstat().st_size for file in files),
            changed=path.stat().st_mtime,
            **more,
        )


def _manifest_or_none(file: Path) -> dict[str, Any] | None:
    """A manifest of ours; None for any other file, and for one whose list of files isn't sound."""
    if not _MANIFEST.fullmatch(file.name) or file.is_symlink():
        return None
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(manifest, dict) or str(manifest.get("key", ""))[:16] != file.stem:
        return None
    files = manifest.get("files")
    return manifest if isinstance(files, list) and all(map(_is_entry, files)) else None


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("file"), str)
        and isinstance(entry.get("bytes"), int)
        and isinstance(entry.get("sha256"), str)
    )


def _user_outputs(store: JobStore, finished: Iterable[Job]) -> list[Path]:
    """Folders chosen by users, of jobs that are known and of those that were forgotten."""
    known = {job.out for job in finished} | set(store.setting(USER_OUTPUTS, []))
    outs = [Path(out) for out in sorted(known) if out]
    return [out for out in outs if not out.is_relative_to(store.folder.outputs)]


def _remember_outputs(store: JobStore, jobs: Iterable[Job]) -> None:
    before = set(store.setting(USER_OUTPUTS, []))
    outs = before | {job.out for job in jobs if job.out}
    if outs != before:
        store.set_setting(USER_OUTPUTS, sorted(outs))

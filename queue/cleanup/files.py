"""What jobs leave on the disk: finds it, and deletes it only where that is sure to be ours.

Nothing through a link, nothing outside the folder it was found in, no picture but the one that a
manifest of ours names. Decides nothing; `cleaner.py` does. No bpy here.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from ...presets import light_folder
from ..durable import SUFFIX
from ..folder import QueueFolder, work_folder
from ..job import Job
from ..publish import is_entry

_LOG = re.compile(r"([a-z2-7]{12})-\d+\.log")
_WORK = re.compile(r"([a-z2-7]{12})-\d+")
#: … or a copy that was broken off
_SNAPSHOT = re.compile(rf"([0-9a-f]{{64}})\.\w+|\.[0-9a-f]{{16}}{re.escape(SUFFIX)}")
_MANIFEST = re.compile(r"[0-9a-f]{16}\.json")


class Kind(StrEnum):
    """What a deleted leftover was."""

    LOG = "log"
    SNAPSHOT = "design"
    WORK = "work folder"
    OUTPUT = "picture"
    MANIFEST = "manifest"
    LIGHT = "light"


@dataclass(frozen=True, kw_only=True)
class Leftover:
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


def remove_empty(folders: Iterable[Path], queue: QueueFolder) -> None:
    """Remove those of the folders that are ours and empty; in our outputs also those above."""
    for folder in folders:
        ours = [
            step
            for step in (folder, *folder.parents)
            if step.is_relative_to(queue.outputs) and step != queue.outputs
        ]
        if not ours and folder.name in ("manifests", ".work"):
            ours = [folder]
        for step in ours:
            try:
                step.rmdir()
            except OSError:
                break  # not empty, or gone already and what is above it seen to


def logs(folder: QueueFolder) -> Iterator[Leftover]:
    """The logs of claims."""
    for file in folder.logs.iterdir():
        if named := _LOG.fullmatch(file.name):
            yield from _leftover(Kind.LOG, file, folder.path, job_id=named[1])


def snapshots(folder: QueueFolder) -> Iterator[Leftover]:
    """The copies of designs, and copies that were broken off."""
    for file in folder.designs.iterdir():
        if named := _SNAPSHOT.fullmatch(file.name):
            yield from _leftover(Kind.SNAPSHOT, file, folder.path, sha256=named[1] or "")


def lights(folder: QueueFolder, now: float) -> Iterator[Leftover]:
    """Baked lights, least recently used first, and before them what broken-off baking left."""
    left = light_folder.left_behind(folder.lights, now)
    for file in (*left, *light_folder.lights(folder.lights)):
        yield from _leftover(Kind.LIGHT, file.path, folder.path)


def works(folder: QueueFolder, finished: Iterable[Job]) -> Iterator[Leftover]:
    """Work folders of finished jobs wherever they lie, and nobody's in the queue's own outputs.

    Only what is there is looked at: how often a job was claimed is a number that a row may make up.
    """
    ids: dict[Path, set[str]] = {}
    for job in finished:
        out = Path(job.out)
        if job.out and not out.is_relative_to(folder.outputs):
            ids.setdefault(out, set()).add(job.id)
    for out, here in ids.items():
        for work, job_id in _works_in(work_folder(out, "", 0).parent):
            if job_id in here:
                yield from _leftover(Kind.WORK, work, out, job_id=job_id)
    for works_here in folder.outputs.rglob(".work"):
        for work, job_id in _works_in(works_here):
            yield from _leftover(Kind.WORK, work, folder.path, job_id=job_id)


def _works_in(folder: Path) -> list[tuple[Path, str]]:
    """The work folders in there, and whose they are; none in a folder that can't be read."""
    try:
        there = sorted(folder.iterdir())
    except OSError:
        return []
    return [(work, named[1]) for work in there if (named := _WORK.fullmatch(work.name))]


def outputs(manifests: Path, inside: Path) -> Iterator[Leftover]:
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
            for leftover in _leftover(
                Kind.OUTPUT, picture, inside, job_id=job_id, sha256=entry["sha256"]
            ):
                if leftover.bytes == entry["bytes"]:
                    yield replace(leftover, changed=max(leftover.changed, completed))
        yield from _leftover(Kind.MANIFEST, file, inside, job_id=job_id)


def _leftover(kind: Kind, path: Path, inside: Path, **more: Any) -> Iterator[Leftover]:
    """It, if it is there and what it should be: a plain file, or a folder for a work folder."""
    if not is_inside(path, inside):
        return
    there = path.is_dir() if kind is Kind.WORK else path.is_file()
    if there:
        files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
        yield Leftover(
            kind=kind,
            path=path,
            inside=inside,
            bytes=sum(file.lstat().st_size for file in files),
            changed=path.stat().st_mtime,
            **more,
        )


def _manifest_or_none(file: Path) -> dict[str, Any] | None:
    """A manifest of ours; None for any other file, and for one whose list of files isn't sound."""
    if not _MANIFEST.fullmatch(file.name) or file.is_symlink() or not file.is_file():
        return None
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(manifest, dict) or str(manifest.get("key", ""))[:16] != file.stem:
        return None
    files = manifest.get("files")
    if not isinstance(files, list) or not all(map(is_entry, files)):
        return None
    return manifest if all(_is_name(one["file"]) for one in files) else None


def _is_name(name: str) -> bool:
    """Whether it names something in a folder itself: absolute, or with a folder, it is not ours."""
    return os.path.basename(name) == name not in ("", ".", "..") and "\0" not in name


def delete(leftover: Leftover) -> bool:
    """Delete it if it is what it was planned to be."""
    if not is_itself(leftover):
        return False
    if os.unlink not in os.supports_dir_fd:  # Windows: folders can't be opened
        if leftover.kind is Kind.WORK:
            shutil.rmtree(leftover.path)
        else:
            leftover.path.unlink()
        return True
    # A folder may become a link after we looked: what is opened step by step stays what it is.
    with _opened(leftover.path.parent, leftover.inside) as folder:
        if leftover.kind is Kind.WORK:
            shutil.rmtree(leftover.path.name, dir_fd=folder)
        else:
            os.unlink(leftover.path.name, dir_fd=folder)
    return True


@contextmanager
def _opened(folder: Path, inside: Path) -> Iterator[int]:
    """A descriptor of the folder, no link followed on the way from `inside`; OSError."""
    how = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    descriptor = os.open(inside, how)
    try:
        for part in folder.relative_to(inside).parts:
            below = os.open(part, how, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def is_itself(leftover: Leftover) -> bool:
    """Whether it is what it was: no link, not elsewhere, not another picture; OSError."""
    if not is_inside(leftover.path, leftover.inside):
        return False
    return leftover.kind is not Kind.OUTPUT or _hash(leftover.path) == leftover.sha256


def is_inside(path: Path, folder: Path) -> bool:
    """Whether the path is there, below the folder, with no link between the two."""
    try:
        below = path.relative_to(folder)
    except ValueError:
        return False
    steps = [folder.joinpath(*below.parts[: n + 1]) for n in range(len(below.parts))]
    linked = any(step.is_symlink() for step in (folder, *steps))
    return bool(steps) and ".." not in below.parts and not linked and path.exists()


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""How a job's pictures reach its output folder: all or nothing, also when a kill comes in between.

A worker fills a work folder and writes `result.json` last; the holder of the runner's lock, and
nobody else, renames the files into place and writes the job's manifest last. No bpy here.
"""

import hashlib
import json
import os
import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..presets.messages import Message
from .durable import make_folder, rename_over, sync_folder, write_over
from .folder import manifest_file, work_folder
from .job import Job

RESULT = "result.json"
#: version of the manifest's layout
FORMAT = 1
#: modes whose frames outlive a failed attempt, so that the next renders only what is missing
WITH_FRAMES = ("turntable", "both")


class OutputInvalid(Exception):
    """The work folder does not hold what was asked for; the message says what is wrong."""


class NotOurs(Exception):
    """A file that isn't ours lies where a picture is to go; the message says which."""


@dataclass(frozen=True)
class Published:
    """What lies in the output folder now."""

    #: at least "file", "bytes", "sha256" each
    files: tuple[dict[str, Any], ...]
    #: Blender's version, device, denoiser, samples, timings
    facts: dict[str, Any]


def make_work_folder(job: Job) -> Path:
    """Make the empty work folder of the job's present claim; OSError if that can't be."""
    work = work_folder(job.out, job.id, job.claims)
    if work.exists():
        shutil.rmtree(work)
    make_folder(work)
    return work


def publish(job: Job, work: Path) -> Published:
    """Check the finished work folder, move its files into place, write the manifest.

    Can be done again after a kill at any point. Raises OutputInvalid, or OSError when the output
    folder can't be written; NotOurs, having moved nothing, where a file of somebody else is.
    """
    result = _json_or_none(work / RESULT)
    if result is None:
        raise OutputInvalid(f"The worker left no list of its files ({work / RESULT}).")
    out = Path(job.out)
    files = result["files"]
    _check_names(job, [one["file"] for one in files])
    to_move = [one for one in files if not _moved_already(one, work, out)]
    ours = OurFiles(out)
    for one in to_move:
        if not ours.may_be_replaced(one["file"]):
            raise NotOurs(not_ours(out / one["file"]))
    for one in to_move:
        rename_over(work / one["file"], out / one["file"])
    sync_folder(out)
    facts = result.get("facts", {}) | {"timings": result.get("timings", {})}
    manifest = {
        "format": FORMAT,
        "job": job.id,
        "key": job.key,
        "completed": time.time(),
        "files": files,
        "facts": facts,
        "request": job.request,
    }
    write_whole(manifest_file(out, job.key), json.dumps(manifest, indent=1, ensure_ascii=False))
    return Published(tuple(files), facts)


def recover_or_none(job: Job) -> Published | None:
    """What a claimed job of a dead runner has published, rolled forward if its work was finished.

    None: it has to be rendered (again). OSError when the output folder can't be written.
    """
    manifest = _json_or_none(manifest_file(job.out, job.key))
    if manifest is not None and manifest.get("job") == job.id:
        files = tuple(manifest["files"])
        with suppress(OutputInvalid):
            _check_names(job, [one["file"] for one in files])
            if all(_fault_or_none(one, Path(job.out)) is None for one in files):
                return Published(files, manifest.get("facts", {}))
    for work in reversed(work_folders(job.out, job.id)):
        try:
            return publish(job, work)
        except OutputInvalid:
            continue
    return None


class OurFiles:
    """Which files of an output folder are ours: a manifest names them, and they are unchanged."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._named: dict[str, list[dict[str, Any]]] | None = None

    def may_be_replaced(self, name: str) -> bool:
        """Whether nothing is there, or an unchanged picture of ours; OSError."""
        if not os.path.lexists(self._out / name):
            return True
        if (self._out / name).is_symlink():
            return False
        if self._named is None:
            self._named = {}
            for manifest in map(_json_or_none, self._manifests()):
                for one in manifest["files"] if manifest else ():
                    self._named.setdefault(one["file"], []).append(one)
        return any(_fault_or_none(one, self._out) is None for one in self._named.get(name, ()))

    def _manifests(self) -> list[Path]:
        folder = manifest_file(self._out, "").parent
        return [] if folder.is_symlink() else sorted(folder.glob("*.json"))


def not_ours(file: Path) -> Message:
    """What is said of a file that is in the way."""
    return Message(
        "{file} is there already and was not made by this queue, or was changed since. Move it away,"
        " or choose another output folder or name pattern.",
        file=file,
    )


def finished_files(out: str | os.PathLike[str], key: str) -> tuple[dict[str, Any], ...] | None:
    """The files that answer a request with that key, or None if any is missing or was changed.

    Only a file that was written after its manifest is read to tell whether it is the same.
    """
    written = manifest_file(out, key)
    manifest = _json_or_none(written)
    if manifest is None or manifest.get("key") != key:
        return None
    published = written.stat().st_mtime
    for one in manifest["files"]:
        file = Path(out) / one["file"]
        if not _is_name(one["file"]) or not file.is_file() or file.stat().st_size != one["bytes"]:
            return None
        if file.stat().st_mtime > published and _fault_or_none(one, Path(out)) is not None:
            return None
    return tuple(manifest["files"]) or None


def work_folders(out: str | os.PathLike[str], job_id: str) -> list[Path]:
    """The work folders of a job, oldest claim first."""
    named = re.compile(re.escape(job_id) + r"-(\d+)")
    folder = work_folder(out, job_id, 0).parent
    if not folder.is_dir():
        return []
    numbered = [(named.fullmatch(path.name), path) for path in folder.iterdir()]
    return [path for match, path in sorted((int(m[1]), p) for m, p in numbered if m)]


def previous_folders(job: Job) -> tuple[Path, ...]:
    """Work folders whose finished frames this claim may take over, newest first."""
    if job.request.get("mode") not in WITH_FRAMES:
        return ()
    own = [
        path for path in work_folders(job.out, job.id) if not path.name.endswith(f"-{job.claims}")
    ]
    inherited = work_folders(job.out, job.retry_of) if job.retry_of else []
    return tuple(reversed([*inherited, *own]))


def discard(job: Job, *, keep_frames: bool = False) -> None:
    """Remove the job's work folders; only once no worker writes in them any more.

    `keep_frames`: not those of a turntable, whose frames another attempt can use.
    """
    if keep_frames and job.request.get("mode") in WITH_FRAMES:
        return
    ids = [job.id] if keep_frames or job.retry_of is None else [job.id, job.retry_of]
    folders = [path for job_id in ids for path in work_folders(job.out, job_id)]
    for folder in folders:
        shutil.rmtree(folder)
    parent = work_folder(job.out, job.id, 0).parent
    if folders and not any(parent.iterdir()):
        parent.rmdir()


def _check_names(job: Job, names: list[str]) -> None:
    for name in names:
        if not _is_name(name):
            raise OutputInvalid(f"The worker named a file outside its work folder: {name}.")
    if job.names:
        missing = sorted(set(job.names) - set(names))
        extra = sorted(set(names) - set(job.names))
        if missing or extra:
            wrong = f"{missing[0]} is missing" if missing else f"{extra[0]} was not asked for"
            raise OutputInvalid(f"The worker made other files than the job's: {wrong}.")


def _moved_already(entry: dict[str, Any], work: Path, out: Path) -> bool:
    """Whether the file is in place from an interrupted publishing; OutputInvalid if nowhere."""
    fault = _fault_or_none(entry, work)
    if fault is None:
        return False
    if _fault_or_none(entry, out) is None:
        return True
    raise OutputInvalid(fault)


def _fault_or_none(entry: dict[str, Any], folder: Path) -> str | None:
    """What is wrong with a listed file."""
    file = folder / entry["file"]
    if not file.is_file():
        return f"The picture {file} is missing."
    if file.stat().st_size != entry["bytes"]:
        return f"The picture {file} has {file.stat().st_size} bytes instead of {entry['bytes']}."
    with file.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != entry["sha256"]:
            return f"The picture {file} was changed after the worker had checked it."
    return None


def _json_or_none(file: Path) -> dict[str, Any] | None:
    """What an own JSON file holds; None when it isn't there, was cut short, or isn't ours."""
    try:
        found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return None
    files = found.get("files") if isinstance(found, dict) else None
    return found if isinstance(files, list) and all(map(is_entry, files)) else None


def _is_name(name: str) -> bool:
    """Whether it names a file in a folder, and nothing outside of it."""
    return Path(name).name == name and name not in ("", ".", "..") and "\0" not in name


def is_entry(entry: Any) -> bool:
    """Whether something in a list of files says what a file is."""
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("file"), str)
        and isinstance(entry.get("bytes"), int)
        and isinstance(entry.get("sha256"), str)
    )


def write_whole(file: Path, text: str) -> None:
    """Write the file in a way that it is there as a whole or not at all, even after a power cut."""
    make_folder(file.parent)
    write_over(file, text.encode(), mode=0o666)

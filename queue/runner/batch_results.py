"""What a finished batch gets beside its pictures: tables for a shop's import, sheet and gallery.

The tables are written here; what a worker draws is ordered and put into place here. No bpy.
"""

import csv
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ...presets.views import TURNTABLE, in_order
from ..durable import rename_over, sync_file, sync_folder
from ..folder import work_folder
from ..job import Job, State
from ..publish import NotOurs, not_ours, write_whole

TABLE, LIST, SHEET, GALLERY = "manifest.csv", "manifest.json", "contact-sheet.png", "gallery.html"

#: version of manifest.json's layout
FORMAT = 1

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture of a batch; its fields are the columns of manifest.csv."""

    file: str
    #: names of the designs, the first being the job's own
    design: str
    placement: str
    fabric: str
    fabric_hex: str
    view: str
    background: str
    #: number of a turntable's picture, '' for a still or a film
    frame: int | str
    #: the output preset it was made to, '' for the picture as it was asked for
    preset: str
    width: int
    height: int
    bytes: int
    sha256: str
    job: str
    metadata: dict[str, Any]


@dataclass(frozen=True)
class BatchResults:
    """The finished jobs of one batch that share an output folder."""

    batch: str
    folder: Path
    pictures: tuple[Picture, ...]

    @property
    def work(self) -> Path:
        """Where a worker draws its sheet, beside the pictures."""
        name = hashlib.sha256(self.batch.encode()).hexdigest()[:12]
        return work_folder(self.folder, f"batch{name}", 0)

    def fresh(self) -> bool:
        """Whether all of it is there already, made of the same pictures, by whatever jobs."""
        try:
            known = json.loads((self.folder / LIST).read_text("utf-8"))
            listed = [one | {"job": ""} for one in known["pictures"]]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return False
        ours = [vars(one) | {"job": ""} for one in self.pictures]
        same = known.get("batch") == self.batch and listed == ours
        return same and all((self.folder / name).is_file() for name in (TABLE, SHEET, GALLERY))

    def sheet_order(self, log: Path) -> dict[str, Any]:
        """The protocol's `sheet`, for a worker to draw contact sheet and gallery."""
        designs = len({picture.design for picture in self.pictures})
        shown = [one for one in self.pictures if _is_for_the_sheet(one)]
        day = datetime.now()
        return {
            "do": "sheet",
            "batch": self.batch,
            "title": self.batch,
            "about": f"{_many(len(shown), 'picture')} of {_many(designs, 'design')}"
            f" · {day.day} {day:%B %Y}",
            "items": [
                {
                    "file": one.file,
                    "path": str(self.folder / one.file),
                    "group": one.design,
                    "caption": _caption(one),
                }
                for one in shown
            ],
            "work": str(self.work),
            "log": str(log),
        }

    def write_tables(self) -> None:
        """Write manifest.csv, and manifest.json once the sheet is in place; OSError, NotOurs."""
        in_the_way = foreign_or_none(self.folder)
        if in_the_way is not None:
            raise NotOurs(not_ours(in_the_way))
        write_whole(self.folder / TABLE, as_csv(self.pictures))

    def put_in_place(self) -> None:
        """Move what the worker drew beside the pictures; manifest.json, written last, says so."""
        for drawn in sorted(self.work.iterdir()):
            if drawn.suffix in (".png", ".html"):
                sync_file(drawn)
                rename_over(drawn, self.folder / drawn.name)
        sync_folder(self.folder)
        self.discard()
        content = {
            "format": FORMAT,
            "batch": self.batch,
            "pictures": [vars(one) for one in self.pictures],
        }
        write_whole(self.folder / LIST, json.dumps(content, indent=1, ensure_ascii=False))

    def discard(self) -> None:
        """Remove what a worker has begun to draw."""
        shutil.rmtree(self.work, ignore_errors=True)
        with suppress(OSError):
            self.work.parent.rmdir()  # unless something else is in it


def foreign_or_none(folder: Path) -> Path | None:
    """A file in the folder that a batch's results would replace and that isn't a batch's."""
    listed, table = folder / LIST, folder / TABLE
    if os.path.lexists(listed) and not _is_list(listed):
        return listed
    if os.path.lexists(table) and not _is_table(table):
        return table
    if listed.exists() or table.exists():
        return None
    drawn = (folder / name for name in (SHEET, GALLERY))
    return next((file for file in drawn if os.path.lexists(file)), None)


def _is_list(file: Path) -> bool:
    try:
        known = json.loads(file.read_text("utf-8")) if _is_plain(file) else None
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(known, dict) and {"format", "batch", "pictures"} <= known.keys()


def _is_table(file: Path) -> bool:
    first = ",".join(name for name in Picture.__dataclass_fields__ if name != "metadata")
    with file.open("rb") as stream:
        return _is_plain(file) and stream.read(len(first)) == first.encode()


def _is_plain(file: Path) -> bool:
    return file.is_file() and not file.is_symlink()


def results_of(batch: str, jobs: Iterable[Job]) -> list[BatchResults]:
    """The results of a batch's jobs, one for each output folder; none while a job is to do."""
    jobs = list(jobs)
    if any(not job.state.finished for job in jobs):
        return []
    folders: dict[str, list[Job]] = {}
    for job in jobs:
        if job.state is State.COMPLETED and job.files:
            folders.setdefault(job.out, []).append(job)
    return [BatchResults(batch, Path(out), pictures_of(done)) for out, done in folders.items()]


def pictures_of(jobs: Sequence[Job]) -> tuple[Picture, ...]:
    """The pictures of completed jobs: by design and fabric as they were ordered, front first."""
    rank: dict[str, int] = {}
    found: dict[str, Picture] = {}
    for job in sorted(jobs, key=lambda job: job.rowid):
        prints = job.request["prints"]
        design = " + ".join(one["name"] for one in prints)
        rank.setdefault(design, len(rank))
        for one in job.files:
            picture = Picture(
                file=one["file"],
                design=design,
                placement=" + ".join(one["placement"] for one in prints),
                fabric=job.request["fabric"],
                fabric_hex=job.request["fabric_hex"],
                view=one.get("view", ""),
                background=one.get("background", ""),
                frame=one["frame"] if one.get("frame") else "",
                preset=one.get("preset", ""),
                width=one.get("width", 0),
                height=one.get("height", 0),
                bytes=one.get("bytes", 0),
                sha256=one.get("sha256", ""),
                job=job.id,
                metadata=job.request.get("metadata", {}),
            )
            found[picture.file] = picture
    views = {view: number for number, view in enumerate(in_order({p.view for p in found.values()}))}
    order = {file: number for number, file in enumerate(found)}
    fabrics: dict[str, int] = {}
    for picture in found.values():
        fabrics.setdefault(picture.fabric, len(fabrics))
    return tuple(
        sorted(
            found.values(),
            key=lambda one: (
                rank[one.design], one.placement, fabrics[one.fabric], views[one.view],
                order[one.file],
            ),
        )
    )  # fmt: skip


def as_csv(pictures: Sequence[Picture]) -> str:
    """The table of a batch, one picture a row; each key of the metadata is a column of its own."""
    keys = list(dict.fromkeys(key for one in pictures for key in one.metadata))
    plain = [name for name in Picture.__dataclass_fields__ if name != "metadata"]
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*plain, *(f"metadata.{key}" for key in keys)])
    for one in pictures:
        cells = [getattr(one, name) for name in plain]
        cells += [one.metadata.get(key, "") for key in keys]
        rows.writerow([_cell(cell) for cell in cells])
    return text.getvalue()


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection); numbers stay numbers."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value[:1] in _FORMULA and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def _caption(picture: Picture) -> str:
    parts = [picture.fabric, picture.placement, picture.view]
    return " · ".join(part.replace("_", " ") for part in parts if part).capitalize()


def _many(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _is_for_the_sheet(picture: Picture) -> bool:
    is_still = picture.view != TURNTABLE and not picture.preset
    return is_still and Path(picture.file).suffix in (".png", ".jpg", ".webp")

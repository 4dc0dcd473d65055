"""The layout of a queue folder and where it lies by default; makes folders, deletes nothing."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ..presets.paths import typed

#: names another queue folder, for the doors, the runner and the command line alike
ENVIRONMENT_VARIABLE = "TSHIRT_QUEUE_DIR"
NAME = "tshirt_render_queue"


@dataclass(frozen=True)
class QueueFolder:
    """The files of one queue; two queues share nothing."""

    path: Path

    @classmethod
    def at(cls, path: str | os.PathLike[str]) -> Self:
        """The queue folder at that path, made absolute (`~` is the user's home)."""
        return cls(Path(os.path.abspath(typed(path))))

    @classmethod
    def default(cls) -> Self:
        """`TSHIRT_QUEUE_DIR`, or a folder in the user's data folder."""
        return cls.at(os.environ.get(ENVIRONMENT_VARIABLE) or default_path(
            sys.platform, os.environ, Path.home()
        ))  # fmt: skip

    @property
    def database(self) -> Path:
        """All jobs and settings."""
        return self.path / "queue.db"

    @property
    def lock(self) -> Path:
        """What the one runner holds."""
        return self.path / "lock.db"

    @property
    def bell(self) -> Path:
        """Rung by doors, heard by the runner."""
        return self.path / "bell"

    @property
    def runner_info(self) -> Path:
        """Who holds the lock, for people."""
        return self.path / "runner.json"

    @property
    def designs(self) -> Path:
        """Copies of the designs, as they were when they were ordered."""
        return self.path / "designs"

    @property
    def logs(self) -> Path:
        """Of the runner, of each worker, and of each claim of a job."""
        return self.path / "logs"

    @property
    def outputs(self) -> Path:
        """The extension's own output folder, the only one that is cleaned unasked."""
        return self.path / "renders"

    def design(self, sha256: str, suffix: str) -> Path:
        """Where a design's snapshot lies; `suffix` with its dot."""
        return self.designs / f"{sha256}{suffix.lower()}"

    def log(self, job_id: str, claim: int) -> Path:
        """The log of a job's claim, `<job>-<number>.log`."""
        return self.logs / f"{job_id}-{claim}.log"

    @property
    def runner_log(self) -> Path:
        """What the runner did."""
        return self.logs / "runner.log"

    def worker_log(self, number: int) -> Path:
        """What a worker printed outside of jobs."""
        return self.logs / f"worker-{number}.log"

    def make(self) -> Self:
        """Make the folder and its subfolders where they are missing; OSError if that can't be."""
        for folder in (self.path, self.designs, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        return self


def work_folder(out: str | os.PathLike[str], job_id: str, claim: int) -> Path:
    """Where a claim renders before its files are published: beside them, on the same disk."""
    return Path(out) / ".work" / f"{job_id}-{claim}"


def manifest_file(out: str | os.PathLike[str], key: str) -> Path:
    """The mark of completion of the job with that request key."""
    return Path(out) / "manifests" / f"{key[:16]}.json"


def default_path(platform: str, environ: Mapping[str, str], home: Path) -> Path:
    """The folder for user data by each system's custom, and in it ours."""
    if platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / NAME
    if platform == "darwin":
        return home / "Library" / "Application Support" / NAME
    return Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share") / NAME

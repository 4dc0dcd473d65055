"""The folder in which baked lights are kept: names, sizes, and which go first. No bpy here.

Workers fill it, and both they and the queue keep it within its limit; every file in it can be made
again, so that nothing is lost with one.
"""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

#: a light's file: SHA-256 of all that decides it
_FILE = re.compile(r"[0-9a-f]{64}\.light\Z")
#: of files that are being written, and of what says that a part is being baked
_PASSING = re.compile(r"[0-9a-f]{64}\.(?:light\.\d+\.part|lock)\Z")

#: seconds after which a passing file was left by a worker that is gone
LEFT_BEHIND = 24 * 3600.0


@dataclass(frozen=True)
class LightFile:
    """One part of a light on disk."""

    path: Path
    bytes: int
    #: unix seconds of its last use
    used: float


class HasBytes(Protocol):
    """Anything on disk."""

    @property
    def bytes(self) -> int:
        """What it takes."""
        ...


Sized = TypeVar("Sized", bound=HasBytes)


def is_passing(path: Path) -> bool:
    """Return whether a file is there only while a light is being baked or written."""
    return _PASSING.match(path.name) is not None


def light_file(folder: Path, key: str) -> Path:
    """Return where the part with that key is kept."""
    return folder / f"{key}.light"


def lock_file(folder: Path, key: str) -> Path:
    """Return what is held while the part with that key is baked."""
    return folder / f"{key}.lock"


def lights(folder: Path) -> list[LightFile]:
    """Return the lights in `folder`, least recently used first; none where there is no folder."""
    return sorted(_files(folder, _FILE), key=lambda file: (file.used, file.path))


def too_many(files: Sequence[Sized], limit: float) -> list[Sized]:
    """Return those of `files`, from the first on, that must go to keep within `limit` bytes."""
    over = sum(file.bytes for file in files) - limit
    going = []
    for file in files:
        if over <= 0:
            break
        going.append(file)
        over -= file.bytes
    return going


def left_behind(folder: Path, now: float) -> list[LightFile]:
    """Return passing files that no worker can be using at unix time `now`."""
    return [file for file in _files(folder, _PASSING) if now - file.used > LEFT_BEHIND]


def remove(files: list[LightFile]) -> None:
    """Delete files; one that is open elsewhere, or gone, is left as it is."""
    for file in files:
        with suppress(OSError):
            file.path.unlink()


def touch(path: Path) -> None:
    """Note that a light was used now."""
    with suppress(OSError):
        os.utime(path)


def _files(folder: Path, names: re.Pattern[str]) -> list[LightFile]:
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                # Never through a link, and nothing that isn't ours.
                if names.match(entry.name) and entry.is_file(follow_symlinks=False):
                    with suppress(FileNotFoundError):
                        stat = entry.stat(follow_symlinks=False)
                        found.append(LightFile(Path(entry.path), stat.st_size, stat.st_mtime))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return found

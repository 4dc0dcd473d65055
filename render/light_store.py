"""Keeps baked lights: the last ones in memory, and all on disk while there is room. No bpy here.

Several workers share the folder. A part that one is baking the others don't bake too: they bake the
other parts that they need, and wait for it. Whatever is wrong with a file or the disk, the part is
baked again and the picture made.
"""

import errno
import hashlib
import json
import os
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..presets import light_folder
from . import light_file
from .light_set import Planes

#: bytes of planes that are kept in memory for the next picture
IN_MEMORY = 120_000_000

#: seconds between two looks whether another worker is done with a part
LOOK_EVERY = 0.2

#: makes the planes of a part
Bake = Callable[[], Planes]


@dataclass(frozen=True)
class Part:
    """A part of a light, and how to bake it."""

    key: str
    bake: Bake


def key_of(facts: Mapping[str, Any]) -> str:
    """Return the name of the part that `facts` (plain JSON values) decide."""
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class LightStore:
    """The lights that a worker can reach."""

    def __init__(self, folder: Path | None, limit: float) -> None:
        """Keep lights in `folder`, at most `limit` bytes; without a folder, in memory only."""
        self.folder = folder
        self.limit = limit
        self._memory: OrderedDict[str, Planes] = OrderedDict()

    def find(self, key: str) -> Planes | None:
        """Return the planes of a part that is at hand, else None."""
        if key in self._memory:
            self._memory.move_to_end(key)
            return self._memory[key]
        if (planes := self._read(key)) is not None:
            self._remember(key, planes)
        return planes

    def all_of(self, parts: Mapping[str, Part]) -> dict[str, Planes]:
        """Return the planes of each part, by its name in `parts`, baked where they are missing."""
        found: dict[str, Planes] = {}
        while missing := {name: part for name, part in parts.items() if name not in found}:
            # What another is baking comes last: by then it may be there.
            for name, part in missing.items():
                if (planes := self._found_or_baked(part)) is not None:
                    found[name] = planes
                    break
            else:
                time.sleep(LOOK_EVERY)
        return found

    def _found_or_baked(self, part: Part) -> Planes | None:
        """Return the planes of a part, or None while another worker is baking it."""
        if (planes := self.find(part.key)) is not None:
            return planes
        with self._alone(part.key) as mine:
            if not mine:
                return None
            # Another may have finished it in between.
            if (planes := self.find(part.key)) is not None:
                return planes
            planes = part.bake()
            self._write(part.key, planes)
        self._remember(part.key, planes)
        return planes

    def _remember(self, key: str, planes: Planes) -> None:
        self._memory[key] = planes
        while len(self._memory) > 1 and _bytes(self._memory) > IN_MEMORY:
            self._memory.popitem(last=False)

    def _read(self, key: str) -> Planes | None:
        if self.folder is None:
            return None
        path = light_folder.light_file(self.folder, key)
        try:
            planes = light_file.unpack(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, light_file.Damaged) as error:
            print(f"the light {path} is baked again: {error}")
            with suppress(OSError):
                path.unlink()
            return None
        light_folder.touch(path)
        return planes

    def _write(self, key: str, planes: Planes) -> None:
        """Keep a part on disk, as a whole or not at all; without room the picture is made anyway."""
        if self.folder is None:
            return
        path = light_folder.light_file(self.folder, key)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            data = light_file.pack(planes)
            self._make_room(len(data))
            part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            told = "the disk is full" if error.errno == errno.ENOSPC else str(error)
            print(f"the light {path.name} isn't kept: {told}")
            with suppress(OSError):
                part.unlink()

    def _make_room(self, coming: int) -> None:
        assert self.folder is not None
        files = light_folder.lights(self.folder)
        light_folder.remove(light_folder.too_many(files, max(0, self.limit - coming)))

    @contextmanager
    def _alone(self, key: str) -> Iterator[bool]:
        """Say whether this process may bake the part; if so, no other may while inside.

        SQLite holds the lock, so that it goes with a process that is killed, on every system. Where
        there can't be one, two workers may bake the same, which costs time and harms nothing.
        """
        if self.folder is None:
            yield True
            return
        path = light_folder.lock_file(self.folder, key)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = sqlite3.connect(path, timeout=0, isolation_level=None)
        except (OSError, sqlite3.Error):
            yield True
            return
        mine = False
        try:
            mine = _locked(lock)
            yield mine
        finally:
            if mine:
                with suppress(OSError):
                    path.unlink()
            lock.close()


def _locked(lock: sqlite3.Connection) -> bool:
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        # Anything else than being held (a full disk, no rights) is no reason to wait.
        return error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return True


def _bytes(memory: Mapping[str, Planes]) -> int:
    return sum(plane.nbytes for planes in memory.values() for plane in planes.values())

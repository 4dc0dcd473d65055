"""Fixtures of the plain tests: real image files; a queue, a clock that can be set, orders."""

import itertools
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tshirt_render_queue.presets.images import BadDesign, kind_of
from tshirt_render_queue.presets.pixels import Grid
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.intake import design_store, picture_look
from tshirt_render_queue.queue.intake.picture_look import PictureLook
from tshirt_render_queue.queue.job import NewJob
from tshirt_render_queue.queue.store.job_store import JobStore
from tshirt_render_queue.queue.store.memory_store import MemoryStore

#: a disk that needs not be waited for, where the system has one: a test takes 2 ms instead of 50
RAM = Path("/dev/shm")


def _png(red: int = 200, side: int = 900) -> bytes:
    """A square of one colour, with a lighter half so that it isn't flat."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + checksum

    line = b"\0" + bytes((red, 30, 60)) * (side // 2) + bytes((red, 200, 60)) * (side - side // 2)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(line * side))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def png() -> Callable[..., bytes]:
    """Make a PNG: `png(red=200, side=900)`; enough pixels for any placement as it is."""
    return _png


@pytest.fixture
def design(tmp_path: Path) -> Path:
    """A design file that preflight has no error for."""
    path = tmp_path / "art.png"
    path.write_bytes(_png())
    return path


class Clock:
    """Unix time that goes only where a test sets it."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The clock of `store`."""
    return Clock()


@pytest.fixture
def queue_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for a queue."""
    with tempfile.TemporaryDirectory(dir=RAM if RAM.is_dir() else tmp_path) as folder:
        yield Path(folder)


@pytest.fixture
def disk_store(queue_folder: Path, clock: Clock) -> Iterator[JobStore]:
    """An empty queue on disk."""
    with closing(JobStore(queue_folder, clock=clock)) as opened:
        yield opened


@pytest.fixture
def memory_store(queue_folder: Path, clock: Clock) -> MemoryStore:
    """An empty queue in memory."""
    return MemoryStore(queue_folder, clock)


@pytest.fixture
def store(request: pytest.FixtureRequest) -> JobStore | MemoryStore:
    """An empty queue: on disk, or each of the `STORES` that a module of tests names."""
    return request.getfixturevalue(getattr(request, "param", "disk_store"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of behaviour with every store that their module names."""
    stores = getattr(metafunc.module, "STORES", ())
    if stores and "store" in metafunc.fixturenames:
        metafunc.parametrize("store", stores, indirect=True)


@pytest.fixture
def order() -> Callable[..., NewJob]:
    """Makes orders that differ; `order("fox")` writes fox.png."""
    numbers = itertools.count()

    def make(name: str = "", **more: Any) -> NewJob:
        number = next(numbers)
        name = name or f"design-{number}"
        fields: dict[str, Any] = {
            "request": {"prints": [{"name": name}], "views": ["front"]},
            "key": f"{number:064x}",
            "out": "/pictures",
            "target": f"/pictures/{name}",
            "names": (f"{name}.png",),
        }
        return NewJob(**(fields | more))

    return make


@pytest.fixture
def looked(tmp_path: Path) -> Callable[[bytes], PictureLook]:
    """Look at a picture's bytes, in a file called `design`; raises BadDesign."""

    def look(data: bytes) -> PictureLook:
        path = tmp_path / "design"
        path.write_bytes(data)
        kind_of(path)
        (found,) = picture_look.look_all([str(path)], tmp_path / "libraries", None)
        if isinstance(found, BadDesign):
            raise found
        return found

    return look


@pytest.fixture
def grid_of(looked: Callable[[bytes], PictureLook]) -> Callable[[bytes], Grid]:
    """Look at the pixels of a picture's bytes."""

    def grid(data: bytes) -> Grid:
        found = looked(data).grid
        assert found
        return found

    return grid


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[bytes], bytes]:
    """Keep a picture's bytes in a queue folder; return the canonical PNG."""

    def keep(data: bytes) -> bytes:
        path, folder = tmp_path / "design", QueueFolder.at(tmp_path / "kept").make()
        path.write_bytes(data)
        (found,) = picture_look.look_all([str(path)], folder.libraries, None)
        if isinstance(found, BadDesign):
            raise found
        source = design_store.Original(str(path), found.sha256, found.kept)
        design_store.keep([(source, "design")], folder)
        return folder.design(found.kept, ".png").read_bytes()

    return keep

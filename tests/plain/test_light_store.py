"""Baked lights are kept as they were made, whatever happens to their files, and within their limit."""

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")

from tshirt_render_queue.presets import light_folder  # noqa: E402
from tshirt_render_queue.render import light_file, light_store  # noqa: E402
from tshirt_render_queue.render.light_set import STEP, CameraSamples, Planes  # noqa: E402
from tshirt_render_queue.render.light_store import LightStore, Part, key_of  # noqa: E402


def planes(seed: int = 1, side: int = 12) -> Planes:
    random = np.random.default_rng(seed)
    return {
        "shine": random.random((side, side, 1)).astype(np.float16),
        "zone": random.integers(0, 255, (side, side), np.uint8),
        "u": random.integers(0, 65535, (side, side), np.uint16),
    }


def same(one: Planes, other: Planes) -> bool:
    return list(one) == list(other) and all(
        (one[name] == other[name]).all() and one[name].dtype == other[name].dtype for name in one
    )


def part(name: str, seed: int = 1, baked: list[str] | None = None, side: int = 12) -> Part:
    def bake() -> Planes:
        if baked is not None:
            baked.append(name)
        return planes(seed, side)

    return Part(key_of({"name": name}), bake)


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_planes_come_back_to_the_bit():
    assert same(light_file.unpack(light_file.pack(planes())), planes())
    samples = CameraSamples(
        2, 30, 20, (3, 4, 5, 6),
        *(planes(side=12)[name] for name in ("zone", "u", "u")),
    )  # fmt: skip
    again = CameraSamples.from_planes(light_file.unpack(light_file.pack(samples.to_planes())))
    assert (again.fine, again.width, again.height, again.box) == (2, 30, 20, (3, 4, 5, 6))
    assert again.pixels == (6, 5)


@pytest.mark.parametrize("at", [0, 5, 20, 60, -1])
def test_a_flipped_bit_is_seen(at):
    data = bytearray(light_file.pack(planes()))
    data[at] ^= 16
    with pytest.raises(light_file.Damaged):
        light_file.unpack(bytes(data))


@pytest.mark.parametrize("length", [0, 10, 60, 200])
def test_a_cut_off_file_is_seen(length):
    with pytest.raises(light_file.Damaged):
        light_file.unpack(light_file.pack(planes())[:length])


def test_a_part_is_baked_once_and_found_by_the_next_worker(tmp_path):
    baked: list[str] = []
    parts = {"cloth": part("cloth", 1, baked), "dtg": part("dtg", 2, baked)}
    first = LightStore(tmp_path, 1e9).all_of(parts)
    assert baked == ["cloth", "dtg"]
    second = LightStore(tmp_path, 1e9).all_of(parts)
    assert baked == ["cloth", "dtg"]
    assert all(same(first[name], second[name]) for name in parts)
    assert len(kept(tmp_path)) == 2, "and nothing else lies about"


@pytest.mark.parametrize("content", [b"", b"tshirt light 1\nnonsense", None])
def test_a_damaged_file_is_baked_again(tmp_path, content):
    baked: list[str] = []
    one = part("cloth", 1, baked)
    LightStore(tmp_path, 1e9).all_of({"cloth": one})
    path = light_folder.light_file(tmp_path, one.key)
    path.write_bytes(path.read_bytes()[:-3] if content is None else content)
    found = LightStore(tmp_path, 1e9).all_of({"cloth": one})
    assert baked == ["cloth", "cloth"] and same(found["cloth"], planes())
    assert same(light_file.unpack(path.read_bytes()), planes()), "it was kept anew"


def test_a_full_disk_fails_no_picture(tmp_path, monkeypatch, capsys):
    def full(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    found = LightStore(tmp_path, 1e9).all_of({"cloth": part("cloth")})
    assert same(found["cloth"], planes())
    assert kept(tmp_path) == []
    assert "the disk is full" in capsys.readouterr().out


def test_a_folder_that_cannot_be_made_fails_no_picture(tmp_path):
    (tmp_path / "light").write_text("in the way")
    found = LightStore(tmp_path / "light", 1e9).all_of({"cloth": part("cloth")})
    assert same(found["cloth"], planes())


def test_the_least_recently_used_go_first(tmp_path):
    size = len(light_file.pack(planes()))
    store = LightStore(tmp_path, size * 3.5)
    parts = {name: part(name) for name in "abcd"}
    for number, name in enumerate("abc"):
        store.all_of({name: parts[name]})
        os.utime(light_folder.light_file(tmp_path, parts[name].key), (number, number))
    LightStore(tmp_path, size * 3.5).find(parts["a"].key)  # used now
    store.all_of({"d": parts["d"]})
    there = {name for name in "abcd" if light_folder.light_file(tmp_path, parts[name].key).exists()}
    assert there == {"a", "c", "d"}


def test_only_our_own_files_count_and_go(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / f"{'0' * 64}.light.bak").write_text("mine")
    (tmp_path / f"{'1' * 64}.light").symlink_to(tmp_path / "notes.txt")
    LightStore(tmp_path, 1).all_of({name: part(name) for name in "ab"})
    assert len(light_folder.lights(tmp_path)) == 1, "the newest stays while it is used"
    light_folder.remove(light_folder.lights(tmp_path))
    assert kept(tmp_path) == [f"{'0' * 64}.light.bak", f"{'1' * 64}.light", "notes.txt"]


def test_what_a_killed_worker_left_goes_after_a_day(tmp_path):
    left = tmp_path / f"{'a' * 64}.light.77.part"
    left.write_bytes(b"half")
    now = left.stat().st_mtime
    assert light_folder.left_behind(tmp_path, now + 3600) == []
    assert [file.path for file in light_folder.left_behind(tmp_path, now + 90_000)] == [left]


def test_two_workers_share_the_baking(tmp_path, monkeypatch):
    monkeypatch.setattr(light_store, "LOOK_EVERY", 0.01)
    baked: list[str] = []

    def slow(name: str) -> Part:
        def bake() -> Planes:
            baked.append(name)
            time.sleep(0.2)
            return planes()

        return Part(key_of({"name": name}), bake)

    def work(found: list) -> None:
        parts = {name: slow(name) for name in "abcd"}
        found.append(LightStore(tmp_path, 1e9).all_of(parts))

    found: list = []
    workers = [threading.Thread(target=work, args=(found,)) for _ in range(2)]
    started = time.monotonic()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(baked) == ["a", "b", "c", "d"], "each once"
    assert len(found) == 2 and time.monotonic() - started < 0.75, "both baked at the same time"


def test_a_killed_worker_keeps_nobody_waiting(tmp_path):
    one = part("cloth")
    lock = light_folder.lock_file(tmp_path, one.key)
    code = (
        "import sqlite3, sys, time\n"
        f"held = sqlite3.connect({str(lock)!r}, isolation_level=None)\n"
        "held.execute('BEGIN EXCLUSIVE'); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline()
        store = LightStore(tmp_path, 1e9)
        assert store._found_or_baked(one) is None, "another bakes it"
        other.kill()
        other.wait()
    assert same(store.all_of({"cloth": one})["cloth"], planes())


def test_memory_holds_what_fits(monkeypatch, tmp_path):
    size = sum(plane.nbytes for plane in planes().values())
    monkeypatch.setattr(light_store, "IN_MEMORY", size * 2.5)
    store = LightStore(None, 0)
    baked: list[str] = []
    for name in "abcab":
        store.all_of({name: part(name, baked=baked)})
    assert baked == ["a", "b", "c", "a", "b"]
    store.all_of({"b": part("b", baked=baked)})
    assert len(baked) == 5


def test_how_much_cloth_a_pixel_shows():
    step = round(0.001 / STEP)
    u = np.tile(np.arange(24, dtype=np.uint16) * step, (16, 1))
    zone = np.ones((16, 24), np.uint8)
    samples = CameraSamples(4, 6, 4, (0, 0, 6, 4), zone, u, np.zeros_like(u))
    assert samples.metres_a_pixel() == pytest.approx(0.004)
    nothing = CameraSamples(4, 6, 4, (0, 0, 6, 4), zone * 0, u, u)
    assert nothing.metres_a_pixel() is None

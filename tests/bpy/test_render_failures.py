"""What a worker's errors are counted as."""

import errno
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("bpy")

from tshirt_render_queue.render import failures
from tshirt_render_queue.render.failures import BadDesign, OutputInvalid, classify
from tshirt_render_queue.render.pictures import Unreadable

WORK = Path("/shop/pictures/.work/job-1")


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch):
    """A function that says how many bytes are free on every disk."""

    def set_(free: int) -> None:
        disk = SimpleNamespace(free=free)
        monkeypatch.setattr(failures.shutil, "disk_usage", lambda _path: disk)

    return set_


@pytest.mark.parametrize(
    "error", [Unreadable("half an EXR"), OutputInvalid("half a PNG"), RuntimeError("can't write")]
)
def test_half_a_picture_on_a_full_disk_is_the_disks_fault(free, error):
    free(4096)
    failure, sentence = classify(error, WORK)
    assert failure == "disk_full"
    assert str(Path("/shop/pictures")) in sentence
    free(10**9)
    assert classify(error, WORK)[0] in ("engine_error", "output_invalid")


def test_a_bad_design_is_one_on_a_full_disk_too(free):
    free(0)
    assert classify(BadDesign("It is no picture."), WORK) == ("bad_design", "It is no picture.")


def test_no_space_is_told_with_the_file(free):
    free(10**9)
    full = OSError(errno.ENOSPC, "No space left on device", "/shop/a.png")
    assert classify(full, WORK) == (
        "disk_full",
        "No space is left on the disk that holds /shop/a.png.",
    )

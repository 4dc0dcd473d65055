"""A short run of `killing.py`; the long one is for changes of the store, the runner, publishing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLING = Path(__file__).with_name("killing.py")


def kill(*options):
    done = subprocess.run(
        [sys.executable, str(KILLING), *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_kills_lose_nothing_and_repeat_nothing():
    kill("--kills", "15", "--jobs", "8")


@pytest.mark.skipif(not os.environ.get("BLENDER"), reason="BLENDER names no Blender to render with")
def test_kills_lose_nothing_with_a_real_blender():
    kill("--kills", "8", "--jobs", "5", "--blender", os.environ["BLENDER"])

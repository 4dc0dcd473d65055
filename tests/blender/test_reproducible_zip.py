"""Two builds of the same files, in two folders, at two times: the same bytes."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def package(monkeypatch):
    """The part of build.py that makes the zips."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    spec = importlib.util.spec_from_file_location("package", ROOT / "tools" / "package.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "package", module)
    spec.loader.exec_module(module)
    return module


def test_two_builds_are_the_same_bytes(package, bare_blender, zip_file, tmp_path):
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so nothing tells which files belong to it")
    checkout = tmp_path / "checkout"
    for name in filter(None, listed.stdout.split("\0")):
        copy = checkout / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy)
        copy.chmod(0o700)
        os.utime(copy, (1_700_000_000, 1_700_000_000))
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    shutil.copyfile(zip_file, first)
    folders = ("--source-dir", checkout, "--output-filepath", second)
    bare_blender("--command", "extension", "build", *folders)
    assert package.sha256(first) != package.sha256(second)
    package.pack_anew(first)
    package.pack_anew(second)
    assert package.sha256(first) == package.sha256(second)
    bare_blender("--command", "extension", "validate", second)

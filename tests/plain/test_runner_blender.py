"""Which Blender the workers get, and which Python the detached runner."""

import sys

import pytest
from tshirt_render_queue.queue.runner import blender
from tshirt_render_queue.queue.runner.blender import (
    NoBlender,
    NoPython,
    find_blender,
    plain_python,
    too_old,
    we_run_in,
)


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Programs called blender in four places: named, own, on PATH, build.py's launcher."""
    monkeypatch.setattr(blender, "ROOT", tmp_path / "root")
    made = {}
    for name in ("named", "own", "path", "root/.venv/bin"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        made[name] = folder / "blender"
        made[name].write_text("#!/bin/sh\n")
        made[name].chmod(0o755)
    yield made
    we_run_in("")


def test_the_nearest_wish_wins(places):
    path = str(places["path"].parent)
    environ = {"BLENDER": str(places["own"]), "PATH": path}
    assert find_blender(str(places["named"]), environ) == places["named"]
    assert find_blender("", environ) == places["own"]
    we_run_in(str(places["own"]))
    assert find_blender("", {"PATH": path}) == places["own"]
    we_run_in("")
    assert find_blender("", {"PATH": path}) == places["path"]
    assert find_blender("", {}) == places["root/.venv/bin"]


def test_a_name_is_looked_up_on_path(places):
    assert find_blender("blender", {"PATH": str(places["path"].parent)}) == places["path"]


@pytest.mark.parametrize(
    "setting, environ, words",
    [
        ("/no/blender", {}, "named in the preferences can't be started: /no/blender"),
        ("", {"BLENDER": "/no/blender"}, "named in BLENDER can't be started: /no/blender"),
        ("", {}, "Install Blender 4.2 or later"),
    ],
)
def test_without_a_blender_it_says_what_to_do(tmp_path, monkeypatch, setting, environ, words):
    monkeypatch.setattr(blender, "ROOT", tmp_path)
    with pytest.raises(NoBlender, match=words):
        find_blender(setting, environ)


@pytest.mark.parametrize(
    "version, verdict",
    [("3.6.23", True), ("4.1.1", True), ("4.2.0", False), ("5.2.0 Alpha", False), ("plain", False)],
)
def test_which_versions_are_too_old(version, verdict):
    assert too_old(version) is verdict


def test_plain_python_is_ours():
    assert str(plain_python()) == sys.executable


def test_inside_a_blender_its_own_python_is_found(tmp_path, monkeypatch):
    python = tmp_path / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    python.parent.mkdir()
    python.write_text("")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", "/opt/blender/blender")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert plain_python() == python


def test_without_a_python_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoPython, match="tshirt_queue run"):
        plain_python()

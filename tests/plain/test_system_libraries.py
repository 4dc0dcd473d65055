"""A library that the system lacks: how Blender's output says it, and the line that installs it."""

import os
import re
from pathlib import Path

import pytest
import tshirt_render_queue
from tshirt_render_queue.queue.runner import system_libraries
from tshirt_render_queue.queue.runner.system_libraries import (
    MANAGERS,
    install_line_or_none,
    missing_library_or_none,
    say_missing,
)

TRACEBACK = """Traceback (most recent call last):
  File "tools/launcher.py", line 60, in start_bpy
    import bpy
ImportError: libX11.so.6: cannot open shared object file: No such file or directory
"""


@pytest.mark.parametrize(
    "output, library",
    [
        (TRACEBACK, "libX11.so.6"),
        ("ImportError: libgomp.so.1: Kann die Shared-Object-Datei nicht öffnen", "libgomp.so.1"),
        (
            "blender: error while loading shared libraries: libXi.so.6: cannot open shared object "
            "file: No such file or directory",
            "libXi.so.6",
        ),
        (
            "Error loading shared library libEGL.so.1: No such file or directory (needed by "
            "/usr/bin/blender)",
            "libEGL.so.1",
        ),
        ("ImportError: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found", None),
        ("ImportError: /opt/bpy/__init__.so: undefined symbol: ffi_call", None),
        ("ImportError: No module named 'numpy'", None),
        ("Saved: libX11.so.6: no", None),
        ("", None),
    ],
)
def test_what_is_missing(output, library):
    assert missing_library_or_none(output) == library


@pytest.mark.parametrize(
    "os_release, programs, begins",
    [
        ("ID=debian\n", "apt", "sudo apt update && sudo apt install libx11-6 "),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', "apt", "sudo apt update && "),
        ('ID=rocky\nID_LIKE="rhel centos fedora"\n', "dnf", "sudo dnf install libX11 "),
        ('ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', "zypper", "sudo zypper install "),
        ("ID=manjaro\nID_LIKE=arch\n", "pacman", "sudo pacman -S --needed libx11 "),
        ("ID=alpine\n", "apk", "sudo apk add libx11 "),
        # What else is installed doesn't matter where the system is known.
        ("ID=fedora\n", "apt dnf", "sudo dnf install "),
        ("ID=debian\n", "pacman apt", "sudo apt update "),
        # An unknown system goes by its programs.
        ("ID=nobody\n", "zypper", "sudo zypper install "),
        ("", "apk", "sudo apk add "),
    ],
)
def test_the_line_for_a_system(os_release, programs, begins):
    line = install_line_or_none(os_release, programs.split().__contains__, root=False)
    assert line is not None
    assert line.startswith(begins)


def test_no_line_where_no_package_manager_is_known():
    assert install_line_or_none("ID=nixos\n", ["nix"].__contains__, root=False) is None


def test_root_needs_no_sudo():
    for manager in MANAGERS:
        line = install_line_or_none("", [manager.program].__contains__, root=True)
        assert line is not None
        assert "sudo" not in line
        assert manager.packages in line


def test_every_manager_installs_every_library():
    starts = ("libx11", "libxrender", "libxxf86vm", "libxfixes", "libxi", "libxkbcommon", "libsm")
    starts += ("libice", ("libgl", "mesa-libgl", "mesa-gl"), ("libgomp", "gcc-libs"))
    for manager in MANAGERS:
        packages = manager.packages.lower().split()
        assert len(packages) == len(set(packages))
        for start in starts:
            assert any(package.startswith(start) for package in packages), (manager.program, start)


@pytest.mark.parametrize("program", ["dnf", ""])
def test_the_sentence_for_this_machine(program, monkeypatch, tmp_path):
    monkeypatch.setattr(system_libraries, "OS_RELEASE", tmp_path / "none")
    if program:
        (tmp_path / program).touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    words, values = say_missing("libX11.so.6")
    said = words.format(**values)
    assert said.startswith("Blender needs libX11.so.6, which this system lacks.")
    sudo = "" if os.geteuid() == 0 else "sudo "
    assert said.endswith(f": {sudo}dnf install {MANAGERS[1].packages}" if program else "has it.")


def test_the_readme_has_the_line_for_debian():
    readme = (Path(tshirt_render_queue.__path__[0]) / "README.md").read_text("utf-8")
    assert re.findall(r"^sudo apt install (.*)$", readme, re.MULTILINE) == [MANAGERS[0].packages]

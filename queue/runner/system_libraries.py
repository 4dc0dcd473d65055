"""Which library of the system Blender lacks, and the one line that installs all that it needs.

For the runner, when a worker can't start, and for build.py, which loads this file by its path in
whatever Python calls it: so it keeps to Python 3.8 and imports nothing of the house. No bpy here.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Callable, NamedTuple

#: What the loaders of glibc and musl say; the rest of the line is in the system's language.
_LACKS = re.compile(
    r"(?:ImportError|error while loading shared libraries): ([^\s/]+\.so[.\d]*): "
    r"|Error loading shared library ([^\s/]+\.so[.\d]*): "
)
OS_RELEASE = Path("/etc/os-release")


class PackageManager(NamedTuple):
    """How one family of systems installs what Blender needs."""

    program: str
    #: words of ID and ID_LIKE in os-release
    systems: tuple[str, ...]
    #: with "{sudo}" before what only root may do
    install: str
    packages: str

    def line(self, sudo: str) -> str:
        """Return the command line for a shell; `sudo` is "sudo ", or "" for root."""
        return f"{self.install.format(sudo=sudo)} {self.packages}"


# What `ldd` lists for the bpy modules 4.2.0, 5.0.1 and 5.2.3 and what no minimal system has: libX11,
# libXrender, libXxf86vm, libXfixes, libXi, libxkbcommon, libSM, libICE, libGL, libEGL; 4.2.0 needs
# libgomp as well. The order is that in which systems are recognised by what is on PATH.
MANAGERS = (
    PackageManager(
        "apt",
        ("debian", "ubuntu"),
        "{sudo}apt update && {sudo}apt install",
        "libx11-6 libxrender1 libxxf86vm1 libxfixes3 libxi6 libxkbcommon0 libsm6 libice6 libgl1"
        " libegl1 libgomp1",
    ),
    PackageManager(
        "dnf",
        ("fedora", "rhel", "centos"),
        "{sudo}dnf install",
        "libX11 libXrender libXxf86vm libXfixes libXi libxkbcommon libSM libICE libglvnd-glx"
        " libglvnd-egl libgomp",
    ),
    PackageManager(
        "zypper",
        ("suse", "opensuse"),
        "{sudo}zypper install",
        "libX11-6 libXrender1 libXxf86vm1 libXfixes3 libXi6 libxkbcommon0 libSM6 libICE6 Mesa-libGL1"
        " Mesa-libEGL1 libgomp1",
    ),
    PackageManager(
        "pacman",
        ("arch",),
        "{sudo}pacman -S --needed",
        "libx11 libxrender libxxf86vm libxfixes libxi libxkbcommon libsm libice libglvnd gcc-libs",
    ),
    PackageManager(
        "apk",
        ("alpine",),
        "{sudo}apk add",
        "libx11 libxrender libxxf86vm libxfixes libxi libxkbcommon libsm libice mesa-gl mesa-egl"
        " libgomp",
    ),
)


def missing_library_or_none(output: str) -> str | None:
    """Return the library, such as "libX11.so.6", that a Blender with this output did not find."""
    found = _LACKS.search(output)
    return (found[1] or found[2]) if found else None


def install_line_or_none(
    os_release: str, is_program: Callable[[str], object], root: bool
) -> str | None:
    """Return the line for a system with this os-release and these programs; None for other systems.

    What os-release says goes first: Fedora can have an `apt`, and Debian a game called `pacman`.
    """
    named = re.findall(r"^ID(?:_LIKE)?=(.*)$", os_release, re.MULTILINE)
    words = re.split(r"[^a-z]+", " ".join(named).lower())
    own = [one for one in MANAGERS if set(one.systems) & set(words)]
    there = [one for one in (*own, *MANAGERS) if is_program(one.program)]
    return there[0].line("" if root else "sudo ") if there else None


def say_missing(library: str) -> tuple[str, dict[str, str]]:
    """Return the sentence for this machine: its words as for `str.format`, and the values in them."""
    try:
        os_release = OS_RELEASE.read_text(encoding="utf-8", errors="replace")
    except OSError:
        os_release = ""
    root = os.name == "posix" and os.geteuid() == 0
    line = install_line_or_none(os_release, shutil.which, root)
    words = "Blender needs {library}, which this system lacks. This installs all it needs: {line}"
    if line is None:
        words = "Blender needs {library}, which this system lacks. Install the package that has it."
        return words, {"library": library}
    return words, {"library": library, "line": line}

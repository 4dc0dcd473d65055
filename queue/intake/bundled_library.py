"""Makes a library of `wheels/` importable in a process of our own: runs in the picture process only.

Blender installs the manifest's wheels into one folder that all extensions share, in which the newest
of a name wins. So what lies there is used only if it is the very version that we bring; else our own
wheel is unpacked into the queue folder. No bpy here.
"""

import importlib
import shutil
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from ...presets.messages import Message

WHEELS = Path(__file__).parents[2] / "wheels"


class LibraryMissing(ImportError):
    """A library is neither installed nor in a wheel for this Python; the message says which."""


def load(package: str, module: str, version: str, installed: Path | None, into: Path) -> ModuleType:
    """Import `module` of `package` in that `version`, and return it.

    `installed` is the folder in which such a module was found, whatever its version; `into` is
    where our wheel is unpacked, once. Raises LibraryMissing.
    """
    for folder in _folders(package, version, installed, into):
        sys.path.insert(0, str(folder))
        try:
            return importlib.import_module(module)
        except (ImportError, OSError):
            # It was built for another Python or system: out with all of it, the next may do.
            sys.path.remove(str(folder))
            for name in [one for one in sys.modules if one.partition(".")[0] == module]:
                del sys.modules[name]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise LibraryMissing(
        Message(
            "the extension brings no {package} {version} for Python {python} on this system, and "
            "none is installed; install it with pip, or use a Blender from blender.org",
            package=package,
            version=version,
            python=python,
        )
    )


def _folders(package: str, version: str, installed: Path | None, into: Path) -> Iterator[Path]:
    if installed and (installed / f"{package}-{version}.dist-info").is_dir():
        yield installed
    if wheel := fitting_wheel_or_none(WHEELS, package, version):
        yield _unpacked(wheel, into)


def fitting_wheel_or_none(
    folder: Path,
    package: str,
    version: str,
    python: tuple[int, int] = sys.version_info[:2],
    system: str = sysconfig.get_platform(),
) -> Path | None:
    """Return the wheel in `folder` that fits, of those that are named as PyPI names them.

    `system` is as `sysconfig.get_platform` tells it: 'linux-x86_64', 'macosx-11.0-arm64', 'win-amd64'.
    """
    kind, machine = system.partition("-")[0], system.rpartition("-")[2]
    own = f"cp{python[0]}{python[1]}"
    for wheel in sorted(folder.glob(f"{package}-{version}-*.whl")):
        tag, abi, systems = wheel.stem.split("-")[2:5]
        fits_python = (tag, abi) == (own, own) or (
            abi == "abi3" and int(tag.removeprefix("cp3")) <= python[1]
        )
        fits_system = any(
            one.startswith({"linux": "manylinux"}.get(kind, kind)) and one.endswith(machine)
            for one in systems.split(".")
        )
        if fits_python and fits_system:
            return wheel
    return None


def _unpacked(wheel: Path, into: Path) -> Path:
    """Return the folder with what the wheel holds; it is there as a whole or not at all."""
    folder = into / wheel.stem
    if folder.is_dir():
        return folder
    try:
        into.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=into))
    except OSError:  # a queue that may only be read: for this process alone, then
        beside = folder = Path(tempfile.mkdtemp(prefix="tshirt-library-"))
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(beside)
    if beside != folder:
        try:
            beside.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(beside, ignore_errors=True)
    return folder

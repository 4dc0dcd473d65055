"""Makes the environments below the checkout, each once: `.venv` renders and tests.

What an environment holds is written into its `installed.json` when all of it is there, and that
its Blender starts once it has; a second call reads only that. Runs in whatever Python calls
build.py, so it keeps to Python 3.8.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple, Sequence

from interpreters import (
    BPY,
    OLDEST_BPY,
    OLDEST_BPY_PYTHON,
    ROOT,
    NothingFits,
    Python,
    find_blender,
    find_python,
    version,
)

WHEELS = ROOT / "wheels"
PERSIST_QUEUE = WHEELS / "persist_queue-1.1.0-py3-none-any.whl"
#: What the extension needs, as its manifest has it; pip picks the wheels for this machine.
BUNDLED = (str(PERSIST_QUEUE), "resvg_py==0.5.0", "pillow==13.0.0")
PYTEST = ("pytest>=9,<10", "pytest-timeout==2.4.0")
TEST_TOOLS = (*PYTEST, "pytest-blender==3.0.8", "hypothesis==6.170.17")
DRAPE_TOOLS = ("numba==0.68.1", "scipy==1.17.1")
LINT_TOOLS = (
    *PYTEST,
    "ruff==0.17.6",
    "basedpyright==1.40.2",
    # The types of bpy only; beside the real bpy it would overwrite it, hence its own environment.
    "fake-bpy-module==20261026",
    "numpy",
)
#: The extension's own code needs 3.11, Blender 4.2's Python.
ANY_PYTHON = tuple((3, minor) for minor in range(11, 20))


class Environment(NamedTuple):
    """A virtual environment that is ready for use."""

    folder: Path
    blender: str | None  #: a real Blender, or the launcher around the bpy module in this folder
    has_bpy: bool  #: whether its Python can `import bpy`

    @property
    def python(self) -> str:
        """The environment's interpreter."""
        return interpreter_of(self.folder)

    def variables(self) -> dict[str, str]:
        """Return the process environment in which this Blender, and no other, is found."""
        variables = dict(os.environ)
        if self.blender:
            variables["BLENDER"] = self.blender
        return variables


def for_rendering(verb: str, blender: str | None = None) -> Environment:
    """Return `.venv`, for a real Blender when there is one, else with the newest bpy."""
    folder = ROOT / ".venv"
    real = find_blender(blender)
    if real:
        python = kept_python(folder, ANY_PYTHON) or find_python(ANY_PYTHON, verb)
        # numpy comes with bpy, but here bpy stays in the Blender.
        install(folder, python, [*BUNDLED, "numpy", *TEST_TOOLS])
        return Environment(folder, real, has_bpy=False)
    return for_newest_bpy(verb)


def for_newest_bpy(verb: str) -> Environment:
    """Return `.venv` with the newest bpy that there is for a Python of this machine."""
    folder = ROOT / ".venv"
    python = kept_python(folder, BPY) or find_python(BPY, verb)
    return with_bpy(folder, python, BPY[python.version])


def for_oldest_bpy(verb: str) -> Environment:
    """Return `.venv-4.2`, which has the oldest bpy that the extension supports."""
    folder = ROOT / ".venv-4.2"
    wanted = [OLDEST_BPY_PYTHON]
    python = kept_python(folder, wanted) or find_python(wanted, verb)
    return with_bpy(folder, python, OLDEST_BPY)


def for_making_shirts(verb: str) -> Environment:
    """Return `.venv-4.2` with what compiles and solves the drape; nothing that ships needs it."""
    made = for_oldest_bpy(verb)
    wanted = [OLDEST_BPY_PYTHON]
    python = kept_python(made.folder, wanted) or find_python(wanted, verb)
    install(made.folder, python, DRAPE_TOOLS)
    return made


def for_linting() -> Environment:
    """Return `.venv-lint`, which has ruff, basedpyright and the types of bpy."""
    folder = ROOT / ".venv-lint"
    python = kept_python(folder, ANY_PYTHON) or find_python(ANY_PYTHON, "lint")
    install(folder, python, [*BUNDLED, *LINT_TOOLS])
    return Environment(folder, None, has_bpy=False)


def pytest_for_blender(environment: Environment) -> Path:
    """Return a folder with pytest and its limit of time, for the Python inside any real Blender."""
    folder = environment.folder / "pytest-for-blender"
    if not (folder / "pytest_timeout.py").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        unfinished = folder.with_name(folder.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        pip(environment.python, ["--target", str(unfinished), *PYTEST])
        unfinished.rename(folder)
    return folder


def with_bpy(folder: Path, python: Python, bpy: str) -> Environment:
    """Fill the folder with bpy, the test tools and the launcher; see once that Blender starts.

    CannotStart where the system lacks what it needs.
    """
    if bpy not in installed(folder):
        print(f"Getting Blender as a Python module ({bpy}, about 350 MB, once) …", flush=True)
    install(folder, python, [bpy, *BUNDLED, *TEST_TOOLS])
    made = Environment(folder, str(write_launcher(folder)), has_bpy=True)
    stamp = read_stamp(folder)
    if not stamp.get("starts"):
        version(str(made.blender))
        write_stamp(folder, {**stamp, "starts": True})
    return made


def install(folder: Path, python: Python, wanted: Sequence[str]) -> None:
    """Make the environment if it isn't there, and install what it lacks."""
    present = installed(folder) if kept_python(folder, [python.version]) else set()
    if set(wanted) <= present:
        return
    if not present:
        subprocess.run([python.path, "-I", "-m", "venv", "--clear", str(folder)], check=True)
    pip(interpreter_of(folder), wanted)
    stamp = {"python": list(python.version), "installed": sorted({*present, *wanted})}
    write_stamp(folder, stamp)


def pip(interpreter: str, arguments: Sequence[str]) -> None:
    """Run `pip install`, quietly; what fails is told by pip itself."""
    command = [interpreter, "-I", "-m", "pip", "install", "--quiet", "--retries", "5"]
    command += ["--disable-pip-version-check", "--find-links", str(WHEELS), *arguments]
    if subprocess.run(command).returncode != 0:
        raise NothingFits(
            "pip could not install what is needed (its reason is above). bpy exists for 64-bit "
            "Linux (glibc 2.28 or later), Windows and macOS on Apple silicon; elsewhere install "
            "Blender 4.2 or later and say --blender /path/to/blender."
        )


def installed(folder: Path) -> set[str]:
    """Return what the folder was filled with; empty when it isn't a finished environment."""
    return set(read_stamp(folder).get("installed", ()))


def kept_python(folder: Path, versions: Sequence[tuple[int, int]] | dict) -> Python | None:
    """Return the Python that the folder was made with, when it is one of these versions."""
    version = tuple(read_stamp(folder).get("python", ()))
    return Python(version, interpreter_of(folder)) if version in versions else None


def read_stamp(folder: Path) -> dict:
    """Read installed.json; empty when it is missing or the interpreter is gone."""
    stamp = folder / "installed.json"
    if not stamp.is_file() or not Path(interpreter_of(folder)).exists():
        return {}
    return json.loads(stamp.read_text(encoding="utf-8"))


def write_stamp(folder: Path, stamp: dict) -> None:
    """Replace installed.json."""
    unfinished = folder / "installed.json.new"
    unfinished.write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(folder / "installed.json")


def write_launcher(folder: Path) -> Path:
    """Write `blender` into the environment: it becomes launcher.py in its Python."""
    python = interpreter_of(folder)
    script = Path(__file__).with_name("launcher.py")
    if os.name == "nt":
        launcher = scripts_folder(folder) / "blender.cmd"
        text = f'@"{python}" -I "{script}" %*\r\n'
    else:
        launcher = scripts_folder(folder) / "blender"
        command = " ".join(shlex.quote(part) for part in (python, "-I", str(script)))
        text = f'#!/bin/sh\nexec {command} "$@"\n'
    if not launcher.is_file() or launcher.read_bytes() != text.encode():
        launcher.write_bytes(text.encode())
        launcher.chmod(0o755)
    return launcher


def interpreter_of(folder: Path) -> str:
    """Return the Python program of an environment."""
    return str(scripts_folder(folder) / ("python.exe" if os.name == "nt" else "python"))


def scripts_folder(folder: Path) -> Path:
    """Return where the environment keeps its programs."""
    return folder / ("Scripts" if os.name == "nt" else "bin")

"""Finds what can render here: a Python for which PyPI has the bpy module, or a real Blender.

Says what the system lacks where a Blender can't start.

Runs in whatever Python calls build.py, so it keeps to Python 3.8.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Iterable, Iterator, NamedTuple, Sequence

ROOT = Path(__file__).resolve().parent.parent

#: The newest bpy on PyPI for each Python it is built for (bpy asks for exactly that version).
BPY = {(3, 11): "bpy==5.0.*", (3, 13): "bpy==5.2.*"}
#: The oldest Blender that the extension supports, and the Python it needs.
OLDEST_BPY, OLDEST_BPY_PYTHON = "bpy==4.2.0", (3, 11)

PROBE = """
import json, struct, sys
try:
    import ensurepip, venv
    lacks = "" if struct.calcsize("P") == 8 else "32 bit"
except ImportError:
    lacks = "without venv"
print(json.dumps([list(sys.version_info[:2]), sys.executable, lacks]))
"""

ADVICE = """\
This needs Python {wanted} (64 bit, with venv): Blender's own module, bpy, exists on PyPI for it.
Do one of these things, then run the same command again:
  - install Blender 4.2 or later (https://www.blender.org/download) and put it on PATH,
    or say where it is: python3 build.py {verb} --blender /path/to/blender
  - uv python install {best}        (https://docs.astral.sh/uv)
  - pyenv install {best}            (https://github.com/pyenv/pyenv)
  - Debian 12 (which has 3.11) and 13 (3.13): apt install python3 python3-venv
  - macOS: brew install python@{best}
  - Windows: winget install Python.Python.{best}
Looked at: {seen}."""
#: Seconds that a Blender may take to say its version; the first start reads hundreds of megabytes.
START_LIMIT = 300


class Python(NamedTuple):
    """An interpreter that can make virtual environments."""

    version: tuple[int, int]  #: (3, 11)
    path: str
    lacks: str = ""  #: what keeps it from making environments, in words


class NothingFits(Exception):
    """No interpreter and no Blender was found; the message says what to install."""


class NoPython(NothingFits):
    """There is no interpreter of these versions; `short` says so in one line."""

    def __init__(self, versions: Iterable[tuple[int, int]], verb: str, seen: Sequence[str]):
        names = [f"{major}.{minor}" for major, minor in sorted(versions)]
        wanted = " or ".join(names) if len(names) < 3 else f"{names[0]} or later"
        # Of many any will do: the newest of them may not exist yet.
        best = names[-1] if len(names) < 3 else "3.13"
        looked_at = ", ".join(dict.fromkeys(seen)) or "no Python"
        self.short = f"needs Python {wanted}, looked at {looked_at}"
        super().__init__(ADVICE.format(wanted=wanted, best=best, verb=verb, seen=looked_at))


class CannotStart(NothingFits):
    """There is a Blender, but it doesn't start; the message says what it lacks."""


def find_python(versions: Iterable[tuple[int, int]], verb: str = "env") -> Python:
    """Return the first interpreter of one of these versions: this one, PATH, pyenv, uv, py."""
    seen = []
    for command in candidates(versions):
        python = probe(command)
        if python is None:
            continue
        if python.version in versions and not python.lacks:
            return python
        name = f"{python.version[0]}.{python.version[1]}"
        seen.append(f"{python.path} ({', '.join(filter(None, (name, python.lacks)))})")
    raise NoPython(versions, verb, seen)


def candidates(versions: Iterable[tuple[int, int]]) -> Iterator[list[str]]:
    """Yield the commands that may start a fitting interpreter, the likeliest first."""
    names = [f"{major}.{minor}" for major, minor in sorted(versions, reverse=True)]
    yield [sys.executable]
    for name in names:
        yield [f"python{name}"]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for name in names:
        for folder in sorted((pyenv / "versions").glob(f"{name}*"), reverse=True):
            yield [str(folder / "bin" / "python")]
        for program in (pyenv / "pyenv-win" / "versions").glob(f"{name}*/python.exe"):
            yield [str(program)]
    for name in names:
        if shutil.which("uv"):
            found = subprocess.run(
                ["uv", "python", "find", "--no-project", name], capture_output=True, text=True
            )
            if found.returncode == 0:
                yield [found.stdout.strip()]
        if sys.platform == "win32" and shutil.which("py"):
            yield ["py", f"-{name}"]
    yield ["python3"]


def probe(command: list[str]) -> Python | None:
    """Ask an interpreter what it is; None when it doesn't run."""
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(
            [*command, "-I", "-c", PROBE], capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    version, path, lacks = json.loads(done.stdout)
    return Python(tuple(version), path, lacks)


def find_blender(asked: str | None = None) -> str | None:
    """Return the real Blender to use: `asked`, else BLENDER, else the one on PATH; or None.

    The launchers that build.py itself puts into .venv don't count.
    """
    for source, name in (("--blender", asked), ("BLENDER", os.environ.get("BLENDER"))):
        found = shutil.which(name) if name else None
        if name and found is None:
            raise NothingFits(f"{source} says {name!r}, but there is no such program.")
        if found and not is_own_launcher(found):
            return str(Path(found).absolute())
    found = shutil.which("blender")
    return found if found and not is_own_launcher(found) else None


def version(blender: str) -> str:
    """Start a Blender and ask what it is: "Blender 4.3.2"; CannotStart where it doesn't answer."""
    try:
        done = subprocess.run(
            [blender, "--version"], capture_output=True, text=True, errors="replace",
            timeout=START_LIMIT,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotStart(f"{blender} can't be started: {error}") from error
    lines = [line for line in done.stdout.splitlines() if line.startswith("Blender ")]
    if done.returncode == 0 and lines:
        return lines[0]
    libraries = system_libraries()
    library = libraries.missing_library_or_none(done.stderr)
    if library is not None:
        words, values = libraries.say_missing(library)
        raise CannotStart(words.format(**values))
    said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
    raise CannotStart(f"{blender} can't be started: exit code {done.returncode}, it said: {said}")


def system_libraries() -> ModuleType:
    """Load what the runner knows of the system's libraries; that one file needs nothing else."""
    path = ROOT / "queue" / "runner" / "system_libraries.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def is_own_launcher(program: str) -> bool:
    """Tell whether the program is `blender` in one of this checkout's environments."""
    parents = Path(program).absolute().parents
    return ROOT in parents and parents[1].name.startswith(".venv")

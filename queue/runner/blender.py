"""Which Blender the workers run, and which plain Python the detached runner. No bpy here."""

import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from ...presets.messages import Message, UserError

ROOT = Path(__file__).parents[2]
#: the oldest that the extension supports
OLDEST = (4, 2)


#: the Blender we run in, "" outside of Blender; `register()` tells
_own = ""


class NoBlender(UserError):
    """No Blender was found to render with."""


class NoPython(UserError):
    """No plain Python was found to run the queue with."""


def we_run_in(binary: str) -> None:
    """Tell which Blender this process is; it renders unless another one is named."""
    global _own
    _own = binary


def own_blender() -> str:
    """What `we_run_in` told, or ""."""
    return _own


def find_blender(setting: str = "", environ: Mapping[str, str] = os.environ) -> Path:
    """The Blender to start: the setting, `BLENDER`, ours, `blender` on PATH, build.py's launcher.

    Raises NoBlender, which says where it looked and what to do.
    """
    in_preferences = Message("the preferences")
    for source, name in ((in_preferences, setting), ("BLENDER", environ.get("BLENDER", ""))):
        if name:
            found = shutil.which(os.path.expanduser(name), path=environ.get("PATH"))
            if found is None:
                raise NoBlender(
                    Message(
                        "The Blender named in {source} can't be started: {name}."
                        " Correct the path, or clear it to let Blender be found.",
                        source=source,
                        name=name,
                    )
                )
            return Path(found).absolute()
    if _own and os.access(_own, os.X_OK):
        return Path(_own).absolute()
    places = [environ.get("PATH", ""), *_usual_folders(environ), *_launcher_folders()]
    found = shutil.which("blender", path=os.pathsep.join(map(str, places)))
    if found is None:
        raise NoBlender(
            Message(
                "No Blender was found on PATH. Install Blender 4.2 or later from blender.org, name"
                " it in the preferences or in BLENDER, or run “python3 build.py env”."
            )
        )
    return Path(found).absolute()


def too_old(version: str) -> bool:
    """Whether a version such as "4.1.0" is older than what is supported; unknown ones are not."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) < OLDEST


def plain_python() -> Path:
    """The Python that runs us, as a program of its own; inside Blender, Blender's.

    Raises NoPython, which says where it looked.
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folders = [Path(sys.prefix), Path(sys.base_prefix)]
    candidates = [Path(sys.executable)] if _is_python(sys.executable) else []
    for folder in folders:
        candidates += [folder / "bin" / version, folder / "bin" / "python3", folder / "python.exe"]
    for candidate in candidates:
        if os.access(candidate, os.X_OK) and candidate.is_file():
            return candidate
    for name in (version, "python3"):
        if found := shutil.which(name):
            return Path(found)
    looked = ", ".join(str(folder) for folder in folders)
    raise NoPython(
        Message(
            "No Python {version} was found in {looked} or on PATH to run the queue in the"
            " background. Install Python, or run the queue by “blender --command tshirt_queue"
            " run”.",
            version=version.removeprefix("python"),
            looked=looked,
        )
    )


def _is_python(executable: str) -> bool:
    return re.fullmatch(r"python[\d.]*(\.exe)?", Path(executable or "").name) is not None


def _usual_folders(environ: Mapping[str, str]) -> list[Path]:
    """Where Blender's own installers put it, the newest first."""
    if sys.platform == "darwin":
        return [Path("/Applications/Blender.app/Contents/MacOS")]
    if sys.platform == "win32":
        foundation = Path(environ.get("PROGRAMFILES", "C:/Program Files"), "Blender Foundation")
        return sorted(foundation.glob("Blender *"), reverse=True)
    return []


def _launcher_folders() -> tuple[Path, ...]:
    """Where `build.py env` puts its launcher."""
    return (ROOT / ".venv" / "bin", ROOT / ".venv" / "Scripts")

"""Plays a scenario in a real Blender window on a screen of its own, and brings back what it saw.

The screen is an Xvfb started for this one play; Blender gets a throw-away user folder with the
extension enabled. `driver.py` does the clicking, inside Blender.
"""

import contextlib
import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
EXTENSION = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))["id"]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One Blender that has a window: the program, and the screen tools that sit beside it."""

    blender: str
    xvfb: str
    #: ImageMagick's `import`, which takes the screenshots.
    camera: str

    def __str__(self) -> str:
        return Path(self.blender).parent.name


def desks() -> list[Desk]:
    """The Blenders named in TSHIRT_BLENDERS for which a screen can be made."""
    found = []
    for blender in filter(None, os.environ.get("TSHIRT_BLENDERS", "").split(os.pathsep)):
        beside = str(Path(blender).parent) + os.pathsep + os.environ.get("PATH", "")
        xvfb, camera = shutil.which("Xvfb", path=beside), shutil.which("import", path=beside)
        if xvfb and camera and Path(blender).exists():
            found.append(Desk(blender=blender, xvfb=xvfb, camera=camera))
    return found


@contextlib.contextmanager
def _screen(desk: Desk, width: int, height: int) -> Iterator[str]:
    read, write = os.pipe()
    command = [
        desk.xvfb,
        "-displayfd",
        str(write),
        "-screen",
        "0",
        f"{width}x{height}x24",
        "-noreset",
    ]
    server = subprocess.Popen(
        command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(write)
    try:
        with open(read, encoding="ascii") as pipe:
            number = pipe.readline().strip()
        if not number:
            raise RuntimeError(f"{desk.xvfb} did not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def build(desk: Desk, zip_file: Path) -> None:
    """Build the zip of this checkout with that Blender."""
    options = ["--factory-startup", "--command", "extension", "build"]
    folders = ["--source-dir", str(ROOT), "--output-filepath", str(zip_file)]
    done = subprocess.run(
        [desk.blender, *options, *folders],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def install(desk: Desk, user: Path) -> None:
    """Put the extension into a user folder: as a user does where TSHIRT_ZIP names a zip, else this
    checkout is linked.
    """
    built = os.environ.get("TSHIRT_ZIP")
    if built:
        command = [desk.blender, "--command", "extension", "install-file", "-r", "user_default"]
        done = subprocess.run(
            [*command, "--enable", built],
            env=os.environ | {"BLENDER_USER_RESOURCES": str(user)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return
    place = user / "extensions" / "user_default" / EXTENSION
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        place.symlink_to(ROOT)


def play(
    desk: Desk,
    scenarios: str,
    folder: Path,
    *,
    scale: float = 1.0,
    size: tuple[int, int] | None = None,
    timeout: float = 300.0,
    installed: bool = True,
    options: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Play scenarios ("order, jobs") in one window and return what they noted.

    Their pictures are in `folder`. What isn't `installed` yet is for the scenario to install.

    Raises:
        AssertionError: a scenario raised; its traceback and Blender's output are the message.
    """
    user, result = folder / "user", folder / "result.json"
    folder.mkdir(parents=True, exist_ok=True)
    result.unlink(missing_ok=True)
    if installed:
        install(desk, user)
    width, height = size or ((1600, 1000) if scale <= 1 else (2400, 1500))
    order = {
        "scenarios": [
            str(HERE / "scenarios" / f"{one.strip()}.py") for one in scenarios.split(",")
        ],
        "result": str(result),
        "shots": str(folder),
        "scale": scale,
        "extension": EXTENSION,
        "installed": installed,
        "camera": desk.camera,
        "blender": desk.blender,
        "options": options or {},
    }
    with _screen(desk, width, height) as display:
        environment = {
            **os.environ,
            "DISPLAY": display,
            "BLENDER_USER_RESOURCES": str(user),
            "TSHIRT_QUEUE_DIR": str(folder / "queue"),
            "PYTHONPATH": "",
        }
        # Its workers are to be the Blender that is played, not one of whoever plays.
        for name in ("WAYLAND_DISPLAY", "BLENDER"):
            environment.pop(name, None)
        command = [
            desk.blender,
            "--enable-event-simulate",
            "--window-geometry", "0", "0", str(width), str(height),
            "--python", str(HERE / "driver.py"),
            "--", json.dumps(order),
        ]  # fmt: skip
        with (folder / "blender.log").open("w", encoding="utf-8") as log:
            window = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
            try:
                window.wait(timeout=timeout)
            except subprocess.TimeoutExpired:
                window.kill()
                window.wait()
    said = (folder / "blender.log").read_text(encoding="utf-8", errors="replace")[-4000:]
    assert result.exists(), f"{scenarios}: no result after {timeout:.0f} s; Blender said:\n{said}"
    told = json.loads(result.read_text(encoding="utf-8"))
    assert "error" not in told, f"{scenarios}:\n{told['error']}\nBlender said:\n{said}"
    return {**told, "log": said}

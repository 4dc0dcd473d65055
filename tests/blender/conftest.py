"""What the tests of the built zip share: the zip, a Blender, and a user folder to throw away.

They run outside Blender and start it as a user does. The Blender is the one that BLENDER names
(`build.py test` sets it to each in turn), else the one on PATH, else build.py's own launcher.
"""

import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
EXTENSION = "tshirt_render_queue"
#: Longest time in seconds that one call of Blender may take.
LIMIT = 300

Blender = Callable[..., subprocess.CompletedProcess]


@pytest.fixture(scope="session")
def blender_program() -> str:
    places = os.pathsep.join((os.environ.get("PATH", ""), str(ROOT / ".venv" / "bin")))
    found = shutil.which(os.environ.get("BLENDER", "blender"), path=places)
    if found is None:
        pytest.skip("no Blender here: `python3 build.py env` makes one")
    return found


@pytest.fixture(scope="session")
def zip_file(blender_program: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip of this checkout, built by the Blender under test."""
    built = tmp_path_factory.mktemp("dist") / "extension.zip"
    options = ["--factory-startup", "--command", "extension", "build"]
    folders = ["--source-dir", str(ROOT), "--output-filepath", str(built)]
    done = subprocess.run(
        [blender_program, *options, *folders],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return built


def starter(program: str, user: Path) -> Blender:
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith("BLENDER_USER")
    }
    variables |= {
        "BLENDER": program,
        "BLENDER_USER_RESOURCES": str(user),
        "TSHIRT_QUEUE_DIR": str(user / "queue"),
    }
    variables.pop("PYTHONPATH", None)

    def run(*arguments: object, exit_code: int | None = 0) -> subprocess.CompletedProcess:
        done = subprocess.run(
            [program, *map(str, arguments)],
            env=variables,
            cwd=user,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        if exit_code is not None:
            assert done.returncode == exit_code, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def bare_blender(blender_program: str, tmp_path: Path) -> Blender:
    """Run Blender as a user who has nothing installed."""
    return starter(blender_program, tmp_path)


@pytest.fixture(scope="module")
def blender(
    blender_program: str, zip_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Blender:
    """Run Blender as a user who has installed the zip; the same user for all tests of a file."""
    run = starter(blender_program, tmp_path_factory.mktemp("user"))
    run("--command", "extension", "install-file", "-r", "user_default", "--enable", zip_file)
    return run


@pytest.fixture(scope="session")
def design(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small design: a red square with a hole, 8 bits with alpha."""
    path = tmp_path_factory.mktemp("designs") / "square.png"
    path.write_bytes(red_square())
    return path


def red_square(size: int = 600) -> bytes:
    red, clear = bytes((210, 30, 40, 255)), bytes(4)
    solid = b"\0" + red * size
    holed = b"\0" + red * (size // 3) + clear * (size // 3) + red * (size - size // 3 * 2)
    rows = [holed if size // 3 <= row < size // 3 * 2 else solid for row in range(size)]
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"".join(rows))),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )

"""Builds the extension's zips with Blender's own builder and has Blender validate them.

The same files give the same bytes, whenever and wherever they are built.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import zipfile
from pathlib import Path

from environment import Environment
from interpreters import ROOT, NothingFits

MANIFEST = ROOT / "blender_manifest.toml"
#: What a zip for one platform may have, in bytes; the extensions platform takes 100 MB or more.
LARGEST = 40_000_000
#: What every file in a zip is dated with: the oldest day that a zip can name.
DATE = (1980, 1, 1, 0, 0, 0)
#: Who made it (3 is Unix), and who may read it, in the upper half of the attributes.
UNIX, READABLE = 3, 0o100644 << 16


def build(made: Environment, folder: Path = ROOT / "dist") -> list[Path]:
    """Return the zip for every platform, and after it those for one each, which are uploaded.

    They differ by the compiled wheel inside. What must not ship is named in the manifest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{entry('id')}-{entry('version')}"
    for old in folder.glob(f"{name}*.zip"):
        old.unlink()
    source = ("--source-dir", str(ROOT), "--output-dir", str(folder))
    extension(made, "build", *source)
    extension(made, "build", *source, "--split-platforms")
    for_all = folder / f"{name}.zip"
    for_one = sorted(folder.glob(f"{name}-*.zip"))
    for built in (for_all, *for_one):
        pack_anew(built)
        extension(made, "validate", str(built))
    for built in for_one:
        if built.stat().st_size > LARGEST:
            raise NothingFits(f"{built} has {built.stat().st_size:,} bytes, over {LARGEST:,}.")
    return [for_all, *for_one]


def pack_anew(path: Path) -> None:
    """Replace a zip by one whose bytes depend on nothing but the names and contents of its files.

    Blender's builder writes the files' own dates and rights, which differ between two checkouts.
    """
    unfinished = path.with_name(path.name + ".new")
    with zipfile.ZipFile(path) as built, zipfile.ZipFile(unfinished, "w") as new:
        for info in sorted(built.infolist(), key=lambda info: info.filename):
            if info.is_dir():
                continue
            file = zipfile.ZipInfo(info.filename, DATE)
            file.compress_type, file.create_system = info.compress_type, UNIX
            file.external_attr = READABLE
            new.writestr(file, built.read(info), compresslevel=9)
    unfinished.replace(path)


def sha256(path: Path) -> str:
    """Return the hash by which a zip can be told from any other, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def entry(key: str) -> str:
    """Read one line of the manifest (Pythons before 3.11 have no TOML)."""
    found = re.search(rf'^{key} = "(.*)"', MANIFEST.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise NothingFits(f"{MANIFEST} has no line {key} = …")
    return found[1]


def extension(made: Environment, *arguments: str) -> None:
    """Run `blender --command extension …`; show what it said only when it failed."""
    command = [str(made.blender), "--factory-startup", "--command", "extension", *arguments]
    done = subprocess.run(
        command, env=made.variables(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        raise NothingFits(f"{' '.join(command)} failed:\n{done.stdout}")

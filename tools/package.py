"""Builds the extension's zips with Blender's own builder and has Blender validate them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from environment import Environment
from interpreters import ROOT, NothingFits

MANIFEST = ROOT / "blender_manifest.toml"
#: What the extensions platform takes, in bytes.
LARGEST = 10_000_000


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
        extension(made, "validate", str(built))
    for built in for_one:
        if built.stat().st_size > LARGEST:
            raise NothingFits(f"{built} has {built.stat().st_size:,} bytes, over {LARGEST:,}.")
    return [for_all, *for_one]


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

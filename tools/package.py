"""Builds the extension's zip with Blender's own builder and has Blender validate it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from environment import Environment
from interpreters import ROOT, NothingFits

MANIFEST = ROOT / "blender_manifest.toml"
#: What the extensions platform takes, in bytes.
LARGEST = 10_000_000


def build(made: Environment, folder: Path = ROOT / "dist") -> Path:
    """Return the zip of this checkout; what must not ship is named in the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    name, version = entry("id"), entry("version")
    built = folder / f"{name}-{version}.zip"
    extension(made, "build", "--source-dir", str(ROOT), "--output-filepath", str(built))
    extension(made, "validate", str(built))
    if built.stat().st_size > LARGEST:
        raise NothingFits(f"{built} has {built.stat().st_size:,} bytes, over {LARGEST:,}.")
    return built


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

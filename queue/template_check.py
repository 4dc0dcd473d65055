"""Has a Blender look at a template's .blend, in a process of its own that runs none of its scripts.

Used when somebody checks a template, and before the first job with one that has no description.
No bpy here.
"""

import json
import subprocess
import tempfile
from pathlib import Path

from ..presets.bad_request import BadRequest
from ..presets.finding import Finding, Severity
from .blender import ROOT, find_blender

#: seconds after which a .blend counts as one that can't be opened
PATIENCE = 300


class CheckFailed(RuntimeError):
    """Blender ended without saying what it found."""


def check(blend: Path, blender: str = "") -> list[Finding]:
    """Return what is wrong with the template `blend`; write its description beside it if it is fit.

    `blender` is the program to use, '' for the one that is found. Raises BadRequest where there is
    no such file, NoBlender, or CheckFailed.
    """
    if not blend.is_file():
        raise BadRequest(f"There is no template {blend}; give the path of a .blend.")
    with tempfile.TemporaryDirectory(prefix="tshirt-check-") as folder:
        report = Path(folder) / "findings.json"
        command = [
            str(find_blender(blender)),
            "--background",
            "--factory-startup",
            "--disable-autoexec",
            "--python-exit-code",
            "1",
            "--python",
            str(ROOT / "render" / "worker.py"),
            "--",
            "--check",
            str(blend),
            "--report",
            str(report),
            "--sidecar",
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            raise CheckFailed(
                f"Blender needed more than {PATIENCE} s to look at {blend}; make it lighter."
            ) from None
        if not report.is_file():
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise CheckFailed(
                f"Blender ended with code {done.returncode} while looking at {blend}"
                + (f": {last[0]}" if last else ".")
            )
        return [
            Finding(Severity(one["severity"]), one["code"], one["sentence"], one["advice"])
            for one in json.loads(report.read_text("utf-8"))
        ]

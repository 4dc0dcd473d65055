"""Has a Blender look at a template's .blend, in a process of its own that runs none of its scripts.

Used when somebody checks a template, and before the first job with one that has no description.
No bpy here.
"""

import json
import os
import subprocess
import tempfile
import threading
from pathlib import Path

from ...presets.bad_request import BadRequest
from ...presets.finding import Finding, Severity
from ...presets.messages import Message, UserError, said_by, sentences
from ...presets.template_info import NotDescribed, resolve, sidecar_of
from ..runner.blender import ROOT, NoBlender, find_blender
from ..runner.system_libraries import missing_library_or_none, say_missing

#: seconds after which a .blend counts as one that can't be opened
PATIENCE = 300


#: errors that a refusal tells; check-template lists them all
_TOLD = 3


class CheckFailed(UserError, RuntimeError):
    """Blender ended without saying what it found."""


def describe(blend: Path, blender: str = "") -> None:
    """See to it that the template `blend` has a description, so that jobs can be ordered with it.

    Starts a Blender where it has none, or that of an earlier state: takes seconds, once. Raises
    BadRequest with what is wrong with the template.
    """
    with _one_at_a_time:
        try:
            resolve(str(blend))
        except NotDescribed:
            pass
        else:
            return
        stamp = (blend, blend.stat().st_mtime_ns, _stamp_or_none(sidecar_of(blend)))
        if stamp not in _refusals:
            refusal = _looked_at(blend, blender)
            if refusal is None:
                return
            _refusals[stamp] = refusal
        raise BadRequest(_refusals[stamp])


#: an order is looked over again and again while it is made: why a .blend can't serve as it is
_refusals: dict[tuple, str] = {}
_one_at_a_time = threading.Lock()


def _looked_at(blend: Path, blender: str) -> str | None:
    """Check and describe `blend`; return why it can't be ordered, or None."""
    try:
        findings = check(blend, blender)
    except NoBlender as error:
        words = "The template {blend} has no description yet, and nothing to make it with: {error}"
        raise BadRequest(Message(words, blend=blend, error=said_by(error))) from error
    except CheckFailed as error:
        raise BadRequest(said_by(error)) from error
    errors = [one for one in findings if one.severity is Severity.ERROR]
    if errors:
        told = [said for one in errors[:_TOLD] for said in (one.sentence, one.advice)]
        if errors[0].code == "unreadable":
            return sentences(told)  # it names the file itself
        if (more := len(errors) - _TOLD) > 0:
            told.append(Message("And {more} more; check-template lists them.", more=more))
        return sentences([Message("The template {blend} can't be used.", blend=blend), *told])
    try:
        resolve(str(blend))
    except NotDescribed as error:
        raise BadRequest(
            Message(
                "The description of the template {blend} can't be written beside it; "
                "copy the template to a folder where you may write.",
                blend=blend,
            )
        ) from error
    return None


def _stamp_or_none(path: Path) -> int | None:
    return os.stat(path).st_mtime_ns if path.exists() else None


def check(blend: Path, blender: str = "") -> list[Finding]:
    """Return what is wrong with the template `blend`; write its description beside it if it is fit.

    `blender` is the program to use, '' for the one that is found. Raises BadRequest where there is
    no such file, NoBlender, or CheckFailed.
    """
    if not blend.is_file():
        words = "There is no template {blend}; give the path of a .blend."
        raise BadRequest(Message(words, blend=blend))
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
            words = "Blender needed more than {seconds} s to look at {blend}; make it lighter."
            raise CheckFailed(Message(words, seconds=PATIENCE, blend=blend)) from None
        if not report.is_file():
            library = missing_library_or_none(done.stderr)
            if library is not None:
                words, values = say_missing(library)
                raise CheckFailed(Message(words, **values))
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            words = "Blender ended with code {code} while looking at {blend}: {last}"
            if not last:
                words = "Blender ended with code {code} while looking at {blend}."
            raise CheckFailed(Message(words, code=done.returncode, blend=blend, last="".join(last)))
        return [
            Finding(Severity(one["severity"]), one["code"], one["sentence"], one["advice"])
            for one in json.loads(report.read_text("utf-8"))
        ]

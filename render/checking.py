"""The template linter: opens a .blend and lists all that keeps it from being a good template.

Runs in a Blender of its own (`worker.py -- --check FILE`); nothing stored in the file is run.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import bpy

from ..presets.finding import Finding, Severity
from ..presets.template_info import FORMAT, is_taken, sidecar_of
from ..presets.views import in_order
from . import garment_checking, light_checking, safety
from .failures import BadTemplate
from .garment_checking import error, having, note, warning
from .shots import TURNTABLE_CAMERA
from .template import load, read_cloth, read_zones

#: the oldest Blender that the extension runs in
OLDEST = (4, 2)


def main(file: str, *, report: str | None, sidecar: bool) -> int:
    """Check `file`, print the findings; return 1 if one is an error.

    Findings go to `report` as a JSON list. With `sidecar`, the description that doors read is
    written beside a template without errors.
    """
    path = Path(file).absolute()
    findings = check(path)
    for finding in findings:
        print(f"{finding.severity}: {finding.sentence} {finding.advice}")
    if report is not None:
        rows = [asdict(finding) for finding in findings]
        Path(report).write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    if any(finding.severity is Severity.ERROR for finding in findings):
        return 1
    if sidecar:
        write_sidecar(path)
    return 0


def check(path: Path) -> list[Finding]:
    """Open `path` and return all that is wrong with it as a template, the worst first."""
    try:
        load(path)
    except BadTemplate as refusal:
        return [error("unreadable", str(refusal), "Another template will do too.")]
    findings = [
        *_dangers(path.parent),
        *_sidecar(sidecar_of(path)),
        *_scene(),
        *garment_checking.garments(),
        *_materials(),
        *_cameras(),
        *_helpers(),
        *_light(),
    ]
    return sorted(findings, key=lambda finding: list(Severity).index(finding.severity))


def write_sidecar(path: Path) -> None:
    """Write the description of the template that is open, and was read from `path`, beside it."""
    scene = bpy.context.scene
    zones = {}
    for garment in having("garment"):
        for zone in read_zones(garment):
            fields = asdict(zone)
            zones[fields.pop("id")] = fields
    facts = {
        "format": FORMAT,
        "name": scene.get("mockup_name", path.stem),
        "author": scene.get("mockup_author", ""),
        "licence": scene.get("mockup_licence", ""),
        "views": in_order([camera["view_id"] for camera in having("camera")]),
        "zones": zones,
        "relightable": not any(light_checking.why_not()),
        "lies": bool(scene.get("mockup_lies", False)),
        "blend_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    text = json.dumps(facts, ensure_ascii=False, indent=2)
    # Doors may be reading it: it is there as a whole or as it was.
    sidecar = sidecar_of(path)
    fresh = sidecar.with_name(f".{sidecar.name}.{os.getpid()}")
    fresh.write_text(f"{text}\n", encoding="utf-8")
    fresh.replace(sidecar)


def _dangers(folder: Path) -> Iterator[Finding]:
    for danger in safety.dangers(folder):
        yield error(
            "danger",
            f"The template would be refused: {danger}",
            "A template may hold neither code nor anything outside its own folder.",
        )


def _sidecar(sidecar: Path) -> Iterator[Finding]:
    if is_taken(sidecar):
        yield error(
            "sidecar_taken",
            f"The file {sidecar.name} beside it is no description of a template, "
            "so that none can be written there.",
            "Rename that file, or the .blend.",
        )


def _scene() -> Iterator[Finding]:
    scene = bpy.context.scene
    if scene.get("mockup_template") != 1:
        yield error(
            "not_a_template",
            f"The scene {scene.name!r} has no property mockup_template = 1.",
            "Choose Mark as Garment (T-Shirt tab > Make a Template), or add it as an integer.",
        )
    for key in ("mockup_name", "mockup_author", "mockup_licence"):
        if not scene.get(key):
            yield warning(
                "unsigned",
                f"The scene {scene.name!r} has no property {key}.",
                "Add it, so that those who use the template know what it is and whose.",
            )
    if abs(scene.unit_settings.scale_length - 1) > 1e-6:
        yield warning(
            "units",
            f"The scene's unit scale is {scene.unit_settings.scale_length:g} instead of 1.",
            "Set Scene > Units > Unit Scale to 1; prints are measured in units of one metre.",
        )
    saved_by = tuple(bpy.data.version[:2])
    if saved_by > OLDEST:
        yield note(
            "newer",
            "The file was saved by Blender {}.{}.".format(*saved_by),
            "Save it with Blender {}.{} if older Blenders are to open it.".format(*OLDEST),
        )


def _materials() -> Iterator[Finding]:
    used = garment_checking.fabrics()
    if not used:
        yield error(
            "no_fabric",
            "No material of a garment has the property mockup_role = 'fabric'.",
            "Choose Mark as Garment (T-Shirt tab > Make a Template) with the cloth's material.",
        )
    elif not any(material.get("mockup_printable") for material in used):
        yield error(
            "not_printable",
            "No fabric material has the property mockup_printable = 1.",
            "Add it to the material of the cloth's outside.",
        )
    for material in used:
        try:
            read_cloth(material)
        except BadTemplate as refusal:
            yield error("fabric_nodes", str(refusal), "See docs/templates.md for its nodes.")


def _cameras() -> Iterator[Finding]:
    seen: set[str] = set()
    for camera in having("camera"):
        view = camera.get("view_id")
        if camera.type != "CAMERA" or not isinstance(view, str) or not view:
            yield error(
                "camera_without_view",
                f"The camera {camera.name!r} has no property view_id.",
                "Add it; the usual ones are front, back, left, right, front_left, front_right.",
            )
            continue
        if view in seen:
            yield error(
                "view_twice",
                f"More than one camera has the view_id {view!r}.",
                "Give each camera a view_id of its own.",
            )
        seen.add(view)
        if "azimuth_deg" not in camera:
            yield warning(
                "no_azimuth",
                f"The camera {camera.name!r} has no property azimuth_deg.",
                "Add its direction in degrees, from the front (0) to the wearer's left (90).",
            )
    if not seen:
        yield error(
            "no_camera",
            "No camera has the properties mockup_role = 'camera' and view_id.",
            "Choose Add Cameras (T-Shirt tab > Make a Template), or add view_id = 'front' to one.",
        )
    elif TURNTABLE_CAMERA not in seen:
        yield warning(
            "no_front",
            f"No camera has the view_id {TURNTABLE_CAMERA!r}, which a turntable needs.",
            "Add one.",
        )


def _helpers() -> Iterator[Finding]:
    scene = bpy.context.scene
    if not having("light_rig"):
        yield warning(
            "no_light_rig",
            "No object has the property mockup_role = 'light_rig'.",
            "Parent the lights to an empty with it, so that light falls alike in every view.",
        )
    turntables = having("turntable")
    if not turntables:
        yield warning(
            "no_turntable",
            "No object has the property mockup_role = 'turntable'; turntables will be refused.",
            "Parent the garment to an empty with it.",
        )
    elif not all(_is_under(garment, turntables[0]) for garment in having("garment")):
        yield warning(
            "not_on_turntable",
            f"A garment isn't parented to the turntable {turntables[0].name!r}.",
            "Parent it with Object > Parent > Object (Keep Transform).",
        )
    if not any(thing.type == "LIGHT" for thing in scene.objects) and scene.world is None:
        yield warning("dark", "There is neither a light nor a world.", "Add lights.")


def _light() -> Iterator[Finding]:
    for why in light_checking.why_not():
        yield note(
            "light_not_baked",
            f"{why} So each picture is rendered in full.",
            "Mend it to have the light of a view baked once, see docs/templates.md.",
        )


def _is_under(thing: bpy.types.Object | None, above: bpy.types.Object) -> bool:
    while thing is not None and thing != above:
        thing = thing.parent
    return thing is not None

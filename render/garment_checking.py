"""What the linter finds about garments and their print zones: size, stretch, orientation."""

from collections.abc import Iterator
from functools import partial

import bpy
import numpy as np
from mathutils import Vector  # pyright: ignore[reportMissingImports]

from ..presets.finding import Finding, Severity
from ..presets.template_info import Zone
from .failures import BadTemplate
from .template import ROLE, read_zones
from .zone_fit import ZoneFit, measure_or_none

#: heights of a garment beyond which its unit is hardly the metre
LEAST_HEIGHT, GREATEST_HEIGHT = 0.15, 2.5

#: how far a principal scale of a zone may be from 1 anywhere, and the size of a zone on the whole
STRETCH, SIZE = 0.15, 0.03

error = partial(Finding, Severity.ERROR)
warning = partial(Finding, Severity.WARNING)
note = partial(Finding, Severity.NOTE)


def having(role: str) -> list[bpy.types.Object]:
    """Return the objects of the open scene whose mockup_role is `role`."""
    return [thing for thing in bpy.context.scene.objects if thing.get(ROLE) == role]


def fabrics() -> list[bpy.types.Material]:
    """Return the fabric materials that the garments of the open scene use, by name."""
    used = {
        slot.material
        for garment in having("garment")
        for slot in garment.material_slots
        if slot.material and slot.material.get(ROLE) == "fabric"
    }
    return sorted(used, key=lambda material: material.name)


def garments() -> Iterator[Finding]:
    """Yield what is wrong with the garments of the template that is open, and with their zones."""
    found = having("garment")
    if not found:
        yield error(
            "no_garment",
            "No object has the property mockup_role = 'garment'.",
            "Select the shirt's mesh and choose Mark as Garment (T-Shirt tab > Make a Template).",
        )
    zones = 0
    for garment in found:
        if garment.type != "MESH":
            yield error(
                "not_a_mesh",
                f"The garment {garment.name!r} is a {garment.type.lower()}, not a mesh.",
                "Convert it with Object > Convert > Mesh.",
            )
            continue
        yield from _garment(garment)
        try:
            declared = read_zones(garment)
        except BadTemplate as refusal:
            yield error("zones_unreadable", str(refusal), "See docs/templates.md for its layout.")
            continue
        zones += len(declared)
        for zone in declared:
            yield from _zone(garment, zone)
    if found and not zones:
        yield error(
            "no_zone",
            "No garment declares a print zone.",
            "Select the faces to print and choose Add Print Zone (T-Shirt tab > Make a Template).",
        )


def _garment(garment: bpy.types.Object) -> Iterator[Finding]:
    scale = garment.matrix_world.to_scale()
    if max(abs(factor - 1) for factor in scale) > 1e-4:
        yield error(
            "scale",
            f"The garment {garment.name!r} has a scale of {_numbers(scale)} instead of 1, "
            "so that prints get another size.",
            "Apply it with Object > Apply > Scale, here and on its parents.",
        )
    heights = [(garment.matrix_world @ Vector(corner)).z for corner in garment.bound_box]
    height = max(heights) - min(heights)
    if not LEAST_HEIGHT < height < GREATEST_HEIGHT:
        yield warning(
            "real_size",
            f"The garment {garment.name!r} is {height:.3g} m high, so that prints, which have "
            "their true size, look too small or too large on it.",
            "Scale it to its true size in metres, and apply the scale.",
        )
    for modifier in garment.modifiers:
        if modifier.type in ("SUBSURF", "MULTIRES") and modifier.show_render:
            yield note(
                "slow_modifier",
                f"The garment {garment.name!r} has a live {modifier.name!r} modifier, "
                "which costs seconds whenever the template is opened.",
                "Apply the modifier.",
            )


def _zone(garment: bpy.types.Object, zone: Zone) -> Iterator[Finding]:
    what = f"The zone {zone.id!r}"
    if zone.uv_map not in garment.data.uv_layers:
        yield error(
            "no_uv_map",
            f"{what} names the UV map {zone.uv_map!r}, which {garment.name!r} doesn't have.",
            f"It has {', '.join(garment.data.uv_layers.keys()) or 'none'}; name one or add it.",
        )
        return
    if min(zone.width, zone.height) <= 0 or zone.wearer_left not in (1, -1):
        yield error(
            "zone_values",
            f"{what} needs a width and a height above 0 and a wearer_left of 1 or -1.",
            "Correct them in the property mockup_zones.",
        )
        return
    camera = _camera_of(zone)
    if camera is None:
        yield error(
            "zone_without_view",
            f"{what} names the view {zone.view!r}, for which there is no camera.",
            "Name the view that faces the zone, or add the camera.",
        )
    fit = measure_or_none(garment, zone)
    if fit is None:
        yield error(
            "zone_without_cloth",
            f"{what} has no printable face within 0 to 1 of its UV map {zone.uv_map!r}.",
            "Lay the faces' UVs into the rectangle and give them a mockup_printable material.",
        )
        return
    yield from _fit(what, zone, fit)
    if camera is not None:
        yield from _orientation(what, zone, fit, camera)


def _fit(what: str, zone: Zone, fit: ZoneFit) -> Iterator[Finding]:
    for scale, side, value in (
        (fit.across, "width", zone.width),
        (fit.along, "height", zone.height),
    ):
        if abs(scale - 1) > SIZE:
            yield warning(
                "zone_size",
                f"{what} is {scale:.1%} of its declared {side} on the cloth.",
                f"Declare {value * scale:.4f} m, or scale the UVs.",
            )
    if fit.least < 1 - STRETCH or fit.greatest > 1 + STRETCH:
        yield warning(
            "stretch",
            f"{what} is stretched: the cloth is between {fit.least:.0%} and {fit.greatest:.0%} of "
            "its flat size.",
            "Unwrap it again from a flat pattern, or with more even UVs (UV > Minimize Stretch).",
        )
    if fit.covered < 0.5:
        yield warning(
            "sparse",
            f"Only {fit.covered:.0%} of the rectangle of {zone.id!r} has cloth in it.",
            "Make the declared rectangle, or the UVs, fit the cloth.",
        )


def _orientation(
    what: str, zone: Zone, fit: ZoneFit, camera: bpy.types.Object
) -> Iterator[Finding]:
    """Compare the zone with what the camera sees that faces it: u must run right, and v up."""
    axes = np.array(camera.matrix_world.to_3x3().normalized())
    seen_right, seen_up, to_camera = axes[:, 0], axes[:, 1], axes[:, 2]
    if fit.right @ seen_right < 0 < fit.up @ seen_up:
        yield error(
            "mirrored",
            f"{what} is mirrored: in the view {zone.view!r} its u runs to the left.",
            "Mirror its UVs with UV > Mirror > X.",
        )
    elif fit.up @ seen_up < 0:
        yield error(
            "upside_down",
            f"{what} is upside down in the view {zone.view!r}.",
            "Turn its UVs by 180°.",
        )
    if fit.outward @ to_camera < 0:
        yield warning(
            "inside_out",
            f"The faces of {what[0].lower()}{what[1:]} look inward.",
            "Recalculate the normals (Mesh > Normals > Recalculate Outside).",
        )
    # Someone who faces -Y has their left at +X.
    if abs(fit.right[0]) > 0.7 and fit.right[0] * zone.wearer_left < 0:
        yield error(
            "wearer_left",
            f"{what} says wearer_left = {zone.wearer_left}, but its u runs the other way.",
            f"Set it to {-zone.wearer_left}: the garment faces -Y, the wearer's left is +X.",
        )


def _camera_of(zone: Zone) -> bpy.types.Object | None:
    return next((one for one in having("camera") if one.get("view_id") == zone.view), None)


def _numbers(values) -> str:
    return " × ".join(f"{value:g}" for value in values)

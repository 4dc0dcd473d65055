"""What the preferences show of this machine: its devices, the health check, what cleaning would do."""

from ..operators.cleaning import lines_of
from ..operators.client.devices import CPU, Found, devices
from ..operators.client.queue_client import client
from ..operators.health import health
from .editors import paragraph
from .translations import iface, in_words

#: What the preferences' boxes take of the region's width.
MARGIN = 60
#: Lines that are kept for what is said of devices: what it takes on most machines.
_DEVICE_LINES = 5


def draw_devices(column, context) -> None:
    """Why no other device can be chosen, in lines that keep their space while that is looked up."""
    settings = client.snapshot.settings
    found = devices.of(settings.blender)
    split = column.split(factor=0.4)
    split.separator()
    notes = split.column(align=True)
    lines = _notes(notes, context, found, settings.device)
    kept = notes.column(align=True)
    kept.scale_y = 0.8
    for _ in range(lines, _DEVICE_LINES):
        kept.label(text="")
    column.separator(factor=0.5)


def _notes(notes, context, found: Found | None, device: str) -> int:
    """What is known of the devices; return how many lines that took."""
    if found is None:
        return _half(notes, context, iface("Checking what can render here…"), "SORTTIME")
    if found.trouble:
        notes.alert = True
        return _half(notes, context, in_words(found.trouble), "ERROR")
    if device not in found.choices:
        notes.alert = True
        said = iface("{device} is not there: jobs will fail. Choose another one.")
        return _half(notes, context, said.format(device=device), "ERROR")
    lines = 0
    if found.choices == (CPU,):
        said = iface("No GPU was found that this Blender can render with")
        lines += _half(notes, context, said, "INFO")
    fainter = notes.column(align=True)
    fainter.active = False
    for said, names in (
        ("No device for {names}", found.without_device),
        ("This Blender is built without {names}", found.not_built),
    ):
        if names:
            words = iface(said).format(names=", ".join(names))
            lines += _half(fainter, context, words, "BLANK1")
    return lines


def draw_health(buttons, column, context) -> None:
    """The check's button, and under it what was found."""
    _button(buttons, "tshirt.check_health", "HEART")
    if health.busy:
        column.label(text="Checking: this takes some seconds…", icon="SORTTIME")
    for found in health.findings:
        row = column.column()
        row.alert = not found.good
        icon = "CHECKMARK" if found.good else "ERROR"
        paragraph(row, context, in_words(found.sentence), icon, indent=MARGIN)
        if found.advice:
            paragraph(column, context, iface(found.advice), "BLANK1", indent=MARGIN)
    if health.findings and not health.busy:
        well = all(found.good for found in health.findings)
        column.label(
            text="This machine can render" if well else "This machine can't render yet",
            icon="HEART" if well else "CANCEL",
        )


def draw_cleaning(column) -> None:
    """What cleaning would delete, once somebody asked."""
    row = _button(column, "tshirt.look_clean", "VIEWZOOM")
    if client.plan is None:
        return
    lines = lines_of(client.plan)
    for line in lines:
        column.label(text=line, icon="DOT", translate=False)
    if lines:
        row.operator("tshirt.clean_now", icon="BRUSH_DATA")
    else:
        column.label(text="Nothing is past its time", icon="CHECKMARK")


def _button(column, operator: str, icon: str):
    """A button under the properties, in their right half."""
    column.separator(factor=0.5)
    split = column.split(factor=0.4)
    split.use_property_split = False
    split.separator()
    row = split.row(align=True)
    row.operator(operator, icon=icon)
    return row


def _half(column, context, text: str, icon: str) -> int:
    """A paragraph under a property, in the right half."""
    width = context.region.width / context.preferences.system.ui_scale
    return paragraph(column, context, text, icon, width=(width - MARGIN) * 0.6)

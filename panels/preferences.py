"""The extension's preferences. Two folders are this Blender's own; all else is a setting of the
queue, read from its last snapshot and written through the client, so that every door sees the same.
"""

from functools import cache

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..operators.client.devices import Found, devices
from ..operators.client.queue_client import client
from ..operators.client.queue_location import queue_folder
from ..presets.request import DEVICES, LIGHTS
from ..queue.settings import OnQuit
from . import machine
from .editors import end_of, paragraph
from .order_properties import LIGHT_WORDS
from .translations import PACKAGE, in_words

#: Letters of a path that a field shows.
_FIELD = 44
_ON_QUIT = [
    (OnQuit.KEEP.value, "Keep Rendering", "The queue goes on until all jobs are done"),
    (OnQuit.FINISH.value, "Finish Running Jobs", "Jobs that are being rendered finish, "
     "the others wait until the queue is started again"),
]  # fmt: skip


def _kept(kind, setting: str, /, **words):
    """A property whose value is the queue's setting of that name."""

    def get(_self):
        return getattr(client.snapshot.settings, setting)

    def set(_self, value):  # noqa: A001 - Blender's word
        client.assume(**{setting: value})

    return kind(get=get, set=set, **words)


def _kept_choice(setting: str, values: tuple[str, ...], items, /, **words):
    """The same for an enum, which Blender hands over as a number: a value's place in `values`."""

    def get(_self):
        return values.index(getattr(client.snapshot.settings, setting))

    def set(_self, number):  # noqa: A001 - Blender's word
        client.assume(**{setting: values[number]})

    return EnumProperty(items=items, get=get, set=set, **words)


def _device_items(_self, _context):
    """What can render here, and what was chosen, also where that is not there."""
    settings = client.snapshot.settings
    found = devices.answer_or_none(settings.blender) or Found()
    offered = {settings.device, *found.choices}
    return _items_of(tuple((one, found.devices.get(one, ())) for one in DEVICES if one in offered))


@cache
def _items_of(offered: tuple[tuple[str, tuple[str, ...]], ...]) -> list:
    """Blender keeps no copy of an item's strings: the cache does."""
    return [
        (
            one,
            ", ".join(dict.fromkeys(names)) + f" ({one})" if names else one,
            "",
            DEVICES.index(one),
        )
        for one, names in offered
    ]


def _folders_changed(self, _context) -> None:
    self.open_client()


class TshirtPreferences(bpy.types.AddonPreferences):
    """Where the queue is and how it renders"""

    bl_idname = PACKAGE

    queue_folder: StringProperty(
        name="Queue Folder",
        description="Where the queue, its logs and copies of the designs are kept. "
        "Empty: the extension's own folder, which Blender deletes when the extension is uninstalled",
        subtype="DIR_PATH",
        update=_folders_changed,
    )
    output_folder: StringProperty(
        name="Output Folder",
        description="Where pictures go when an order names no folder of its own. "
        "Empty: into the queue folder, where cleaning deletes old ones",
        subtype="DIR_PATH",
        update=_folders_changed,
    )
    #: whether it was said where the tab is
    welcomed: BoolProperty(options={"HIDDEN"})
    when_done: EnumProperty(
        name="When All Is Done",
        description="How to tell that the queue is done or that something failed",
        items=[
            ("BAR", "Status Bar", "Only a line in the status bar"),
            ("SOUND", "Sound", "A short sound, and a line in the status bar"),
            ("SYSTEM", "System Notification", "A notification of the system, where it has them"),
        ],
    )
    blender: _kept(
        StringProperty,
        "blender",
        name="Blender",
        description="The Blender that renders; empty: this one",
        subtype="FILE_PATH",
    )
    device: _kept_choice(
        "device",
        DEVICES,
        _device_items,
        name="Device",
        description="What renders: the CPU, or a GPU that the workers' Blender finds here",
    )
    concurrency: _kept(
        IntProperty,
        "concurrency",
        name="Jobs at Once",
        description="How many jobs are rendered at the same time",
        min=1,
        max=16,
    )
    attempts: _kept(
        IntProperty,
        "attempts",
        name="Attempts",
        description="How often a job is tried before it counts as failed",
        min=1,
        max=20,
    )
    backoff: _kept(
        FloatProperty,
        "backoff",
        name="Wait Before Retry",
        description="Time before the second attempt; doubles with each further one",
        min=0.0,
        max=3600.0,
        precision=1,
        subtype="TIME_ABSOLUTE",
    )
    timeout: _kept(
        FloatProperty,
        "timeout",
        name="Timeout",
        description="Time that an attempt may take; at the usual 5 minutes larger orders get more",
        min=1.0,
        max=604800.0,
        precision=0,
        subtype="TIME_ABSOLUTE",
    )
    stall_after: _kept(
        FloatProperty,
        "stall_after",
        name="Stalled After",
        description="Time without a sign of life after which a render is stopped and tried again",
        min=3.0,
        max=3600.0,
        precision=0,
        subtype="TIME_ABSOLUTE",
    )
    on_quit: _kept_choice(
        "on_quit",
        tuple(value for value, *_ in _ON_QUIT),
        _ON_QUIT,
        name="When Blender Quits",
        description="What happens to the queue when this Blender is closed",
    )
    light: _kept_choice(
        "light",
        LIGHTS,
        [(id, *LIGHT_WORDS[id]) for id in LIGHTS],
        name="Light",
        description="How pictures get their light where an order doesn't say",
    )
    keep_completed_hours: _kept(
        FloatProperty,
        "keep_completed_hours",
        name="Finished Jobs, Hours",
        description="Finished jobs leave the list after so many hours; their pictures stay",
        min=0.0,
        max=87600.0,
        precision=0,
    )
    keep_completed: _kept(
        IntProperty,
        "keep_completed",
        name="Finished Jobs, at Most",
        description="So many finished jobs stay in the list",
        min=0,
        max=1000000,
    )
    keep_failed_days: _kept(
        FloatProperty,
        "keep_failed_days",
        name="Failed Jobs, Days",
        description="Failed jobs leave the list after so many days",
        min=0.0,
        max=3650.0,
        precision=0,
    )
    keep_outputs_days: _kept(
        FloatProperty,
        "keep_outputs_days",
        name="Pictures, Days",
        description="Pictures in the queue's own output folder are deleted after so many days",
        min=0.0,
        max=3650.0,
        precision=0,
    )
    keep_lights_gb: _kept(
        FloatProperty,
        "keep_lights_gb",
        name="Baked Lights, GB",
        description="Baked lights take at most so much of the disk; those not used longest go first",
        min=0.0,
        max=100000.0,
        precision=1,
    )
    clean_user_outputs: _kept(
        BoolProperty,
        "clean_user_outputs",
        name="Also in Folders You Chose",
        description="Delete old pictures of the queue in your own folders too; "
        "only files that the queue itself made are ever touched",
    )

    def open_client(self) -> None:
        """Look at the queue that these preferences name."""
        client.output_folder = bpy.path.abspath(self.output_folder)
        client.open(queue_folder())
        client.order_changed()

    def draw(self, context):
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if client.snapshot.trouble:
            box = layout.box().column()
            box.alert = True
            said = in_words(client.snapshot.trouble)
            paragraph(box, context, said, "ERROR", indent=machine.MARGIN)
        _group(layout, self, "Folders", ("queue_folder", "output_folder"))
        column = _group(layout, self, "Rendering", ("blender", "device"))
        machine.draw_devices(column, context)
        column.prop(self, "concurrency")
        column.prop(self, "light")
        machine.draw_health(column, layout.column(), context)
        _group(layout, self, "When Something Goes Wrong",
               ("attempts", "backoff", "timeout", "stall_after"))  # fmt: skip
        _group(layout, self, "Closing and Telling", ("on_quit", "when_done"))
        column = _group(
            layout,
            self,
            "Cleaning",
            (
                "keep_completed_hours",
                "keep_completed",
                "keep_failed_days",
                "keep_outputs_days",
                "keep_lights_gb",
                "clean_user_outputs",
            ),
        )
        machine.draw_cleaning(column)


def _group(layout, owner, title: str, names: tuple[str, ...]):
    layout.separator(factor=0.5)
    layout.label(text=title)
    column = layout.column(align=True)
    for name in names:
        placeholder = ""
        if name == "queue_folder":
            placeholder = end_of(str(client.folder.path), _FIELD)
        elif name == "output_folder":
            placeholder = end_of(str(client.folder.outputs), _FIELD)
        elif name == "blender":
            placeholder = end_of(bpy.app.binary_path, _FIELD)
        column.prop(owner, name, **({"placeholder": placeholder} if placeholder else {}))
    return column


_add, _remove = bpy.utils.register_classes_factory((TshirtPreferences,))


def preferences_or_none(context) -> TshirtPreferences | None:
    """The preferences, once the extension is enabled as one."""
    addon = context.preferences.addons.get(PACKAGE)
    return addon.preferences if addon else None


def _open_client() -> None:
    found = preferences_or_none(bpy.context)
    if found:
        found.open_client()
    else:
        client.open(queue_folder())


def register() -> None:
    """Add the preferences and open the client, once Blender has finished to enable the extension."""
    _add()
    if not bpy.app.background:
        bpy.app.timers.register(_open_client, first_interval=0.0, persistent=True)


def unregister() -> None:
    """Close the client and take the preferences away."""
    if bpy.app.timers.is_registered(_open_client):
        bpy.app.timers.unregister(_open_client)
    client.close()
    _remove()

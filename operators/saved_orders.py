"""Orders under a name: saved as small JSON files in the user's folder, applied, shared as a file.

The names are read when the extension starts and after each change, never while drawing.
"""

import json
from pathlib import Path

import bpy

from ..presets.bad_request import BadRequest
from ..presets.messages import Message
from ..presets.naming import slug
from ..presets.views import views
from .client.background_operator import BackgroundOperator, rpt
from .client.queue_client import client, settled
from .client.queue_location import EXTENSION
from .order import beside_design

FORMAT = "tshirt-order"
VERSION = 1
#: Of this machine or this very order: not part of what is shared.
_OWN = ("design", "at", "force")

_names: tuple[str, ...] = ()


def names() -> tuple[str, ...]:
    """The saved orders, by name."""
    return _names


def values_of(order) -> dict:
    """The order as plain values, without what belongs to this machine only."""
    values = {name: value for name, value in plain(order).items() if name not in _OWN}
    return {"format": FORMAT, "version": VERSION, "order": values}


def plain(group: bpy.types.PropertyGroup) -> dict:
    """A group's own values as JSON has them; views by their names, collections left out."""
    values: dict = {}
    for one in group.bl_rna.properties:
        if one.identifier in ("rna_type", "name") or one.type in ("COLLECTION", "POINTER"):
            continue
        if one.is_skip_save:  # another one's value, shown in another unit
            continue
        value = getattr(group, one.identifier)
        if one.identifier == "views":
            value = [id for id, on in zip(views(), value, strict=True) if on]
        elif isinstance(value, set):
            value = sorted(value)
        elif getattr(one, "is_array", False):
            value = [part if isinstance(part, bool) else round(part, 5) for part in value]
        values[one.identifier] = value
    return values


def fill(group: bpy.types.PropertyGroup, values: dict) -> list[str]:
    """Set what `plain` told; return the names of those that this version can't have."""
    unknown = []
    for name, value in values.items():
        one = group.bl_rna.properties.get(name)
        if one is None:
            unknown.append(name)
            continue
        try:
            if name == "views":
                value = [id in value for id in views()]
            elif getattr(one, "is_enum_flag", False):
                value = set(value)
            setattr(group, name, value)
        except (TypeError, ValueError):
            unknown.append(name)
    return unknown


def apply(order, data: object) -> list[str]:
    """Set the order to saved values; return the names of those that this version doesn't have.

    Raises BadRequest where the data is no saved order.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise BadRequest(Message("This file is not a saved t-shirt order"))
    if data.get("version", 0) > VERSION:
        raise BadRequest(Message("This order was saved by a newer version; update the extension"))
    values = dict(data.get("order", {}))
    return fill(order, {name: value for name, value in values.items() if name not in _OWN})


def folder() -> Path:
    """Where the orders are kept; made when something is saved."""
    try:
        return Path(bpy.utils.extension_path_user(EXTENSION, path="orders"))
    except ValueError:  # loaded from a checkout, not as an extension
        return client.folder.path / "orders"


def _file(name: str) -> Path:
    return folder() / f"{slug(name)}.json"


def _read_names() -> None:
    global _names
    there = folder()
    _names = tuple(sorted(file.stem for file in there.glob("*.json"))) if there.is_dir() else ()


class TSHIRT_OT_save_order(BackgroundOperator, bpy.types.Operator):
    """Save the order, without its design, under a name"""

    bl_idname = "tshirt.save_order"
    bl_label = "Save Order"
    bl_options = {"REGISTER"}

    title: bpy.props.StringProperty(name="Name", description="The name to save the order under")

    def ask(self, context, event):
        return context.window_manager.invoke_props_dialog(self, confirm_text="Save")

    def task(self, context):
        if not self.title.strip():
            raise BadRequest(Message("Give the order a name"))
        file, data = _file(self.title), values_of(context.window_manager.tshirt.order)
        return lambda _store: _write(file, data)

    @classmethod
    def tell(cls, file):
        _read_names()
        return rpt("Saved {file}").format(file=file.stem)


class TSHIRT_OT_apply_order(BackgroundOperator, bpy.types.Operator):
    """Set the order to a saved one; the design stays"""

    bl_idname = "tshirt.apply_order"
    bl_label = "Apply Order"
    bl_options = {"REGISTER"}

    title: bpy.props.StringProperty(name="Name", description="The name of a saved order")

    def task(self, context):
        file = _file(self.title)
        return lambda _store: _read(file)

    @classmethod
    def tell(cls, data):
        return _applied(data)


class TSHIRT_OT_remove_order(bpy.types.Operator):
    """Delete a saved order"""

    bl_idname = "tshirt.remove_order"
    bl_label = "Delete Saved Order"
    bl_options = {"REGISTER"}

    title: bpy.props.StringProperty(name="Name", description="The name of a saved order")

    def execute(self, context):
        _file(self.title).unlink(missing_ok=True)
        _read_names()
        self.report({"INFO"}, rpt("Deleted {name}").format(name=self.title))
        return {"FINISHED"}


class TSHIRT_OT_export_order(BackgroundOperator, bpy.types.Operator):
    """Write the order, without its design, to a file to share"""

    bl_idname = "tshirt.export_order"
    bl_label = "Export Order"
    bl_options = {"REGISTER"}

    filepath: bpy.props.StringProperty(
        name="File", description="The file to write", subtype="FILE_PATH"
    )
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def ask(self, context, event):
        self.filepath = beside_design(context.window_manager.tshirt.order, "order.json")
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def task(self, context):
        file = settled(bpy.path.abspath(self.filepath or "order.json")).with_suffix(".json")
        data = values_of(context.window_manager.tshirt.order)
        return lambda _store: _write(file, data)

    @classmethod
    def tell(cls, file):
        return rpt("Saved {file}").format(file=file.name)


class TSHIRT_OT_import_order(BackgroundOperator, bpy.types.Operator):
    """Set the order to one from a file that somebody shared"""

    bl_idname = "tshirt.import_order"
    bl_label = "Import Order"
    bl_options = {"REGISTER"}

    filepath: bpy.props.StringProperty(
        name="File", description="The file to read", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def ask(self, context, event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def task(self, context):
        file = settled(bpy.path.abspath(self.filepath))
        return lambda _store: _read(file)

    @classmethod
    def tell(cls, data):
        return _applied(data)


def _applied(data) -> str:
    unknown = apply(bpy.context.window_manager.tshirt.order, data)
    if unknown:
        return rpt("Applied, but this version has no {names}").format(names=", ".join(unknown))
    return rpt("The order is set; the design stays")


def _write(file: Path, data: dict) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data, indent=1), encoding="utf-8")
    return file


def _read(file: Path) -> object:
    try:
        return json.loads(file.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        words = "{file} can't be read ({error})"
        raise BadRequest(Message(words, file=file.name, error=str(error))) from error


classes = (
    TSHIRT_OT_save_order,
    TSHIRT_OT_apply_order,
    TSHIRT_OT_remove_order,
    TSHIRT_OT_export_order,
    TSHIRT_OT_import_order,
)
_add, _remove = bpy.utils.register_classes_factory(classes)


def register() -> None:
    """Add the operators and read the names."""
    _add()
    _read_names()


def unregister() -> None:
    """Take the operators away."""
    _remove()

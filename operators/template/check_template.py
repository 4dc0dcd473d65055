"""`tshirt.check_template`: has a Blender look at a template as it is saved, and tells what it finds."""

import textwrap
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import bpy
from bpy.props import StringProperty

from ...presets.bad_request import BadRequest
from ...presets.finding import Finding, Severity
from ...presets.messages import Message
from ...queue.intake import template_check
from ..client.background_operator import BackgroundOperator, rpt
from ..client.queue_client import client, settled

ICONS = {Severity.ERROR: "ERROR", Severity.WARNING: "QUESTION", Severity.NOTE: "INFO"}
#: letters in a line of the popup
_LINE = 90


class NotATemplate(BadRequest):
    """The .blend has errors as a template; the message says which."""


@dataclass(frozen=True)
class Checked:
    """What a check found."""

    blend: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> int:
        """How many things must be mended before anything can be ordered."""
        return sum(one.severity is Severity.ERROR for one in self.findings)


#: the last check of this Blender, for the panel
last = Checked()


class TSHIRT_OT_check_template(BackgroundOperator, bpy.types.Operator):
    """Save the file and list what keeps it from being a good template"""

    bl_idname = "tshirt.check_template"
    bl_label = "Check Template"
    bl_options = {"REGISTER"}

    filepath: StringProperty(
        name="File",
        description="The .blend to check; empty for the open one, which is saved first",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )

    def hand_over(self, context):
        """On a thread of its own: it takes seconds, and the client has other things to do."""
        blend, blender = self._blend(), client.snapshot.settings.blender
        future: Future[Checked] = Future()

        def work() -> None:
            try:
                found = template_check.check(blend, blender)
            except Exception as error:  # noqa: BLE001 - it is raised again where the future is read
                future.set_exception(error)
            else:
                future.set_result(Checked(str(blend), tuple(found)))

        threading.Thread(target=work, name="tshirt check", daemon=True).start()
        return future

    def _blend(self) -> Path:
        if self.filepath:
            return settled(bpy.path.abspath(self.filepath))
        if not bpy.data.filepath:
            words = "Save the file under a name first; what is on disk is checked."
            raise BadRequest(Message(words))
        if bpy.data.is_dirty:
            bpy.ops.wm.save_mainfile()
        return Path(bpy.data.filepath)

    @classmethod
    def tell(cls, checked):
        global last
        last = checked
        name = Path(checked.blend).name
        if checked.errors:
            said = rpt("{name} can't be used as a template yet; {count} error(s)")
        else:
            said = rpt("{name} can be used as a template")
        said = said.format(name=name, count=checked.errors)
        if bpy.app.background:
            said = "\n".join((said, *map(_in_words, checked.findings)))
        elif checked.findings:
            bpy.context.window_manager.popup_menu(_list, title=said, icon="VIEWZOOM")
        if checked.errors and bpy.app.background:
            raise NotATemplate(said)
        return said


class TSHIRT_OT_order_on_template(bpy.types.Operator):
    """Print what is ordered in the panel on the garment of this file, as it was checked"""

    bl_idname = "tshirt.order_on_template"
    bl_label = "Order on This"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context):
        if not bpy.data.filepath or last.blend != bpy.data.filepath or last.errors:
            cls.poll_message_set("Save and check the template first")
            return False
        return True

    def execute(self, context):
        context.window_manager.tshirt.order.template = bpy.data.filepath
        return {"FINISHED"}


def _in_words(finding: Finding) -> str:
    return f"{finding.severity}: {finding.sentence} {finding.advice}"


def _list(popup, _context) -> None:
    column = popup.layout.column(align=True)
    for finding in last.findings:
        lines = textwrap.wrap(f"{finding.sentence} {finding.advice}", _LINE)
        for number, line in enumerate(lines):
            icon = ICONS[finding.severity] if number == 0 else "BLANK1"
            column.label(text=line, icon=icon, translate=False)


classes = (TSHIRT_OT_check_template, TSHIRT_OT_order_on_template)
register, unregister = bpy.utils.register_classes_factory(classes)

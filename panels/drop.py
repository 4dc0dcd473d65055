"""Image files dropped on our tab become the design; several become a batch. Blender 4.1 and later."""

from pathlib import Path

import bpy

from ..operators.batch import start_batch
from ..operators.client.background_operator import rpt
from .editors import EDITORS, TAB


class TSHIRT_OT_drop_designs(bpy.types.Operator):
    """Take the dropped image as the design to print; several images open the batch dialog"""

    bl_idname = "tshirt.drop_designs"
    bl_label = "Print on a T-Shirt"
    bl_options = {"REGISTER"}

    directory: bpy.props.StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: bpy.props.CollectionProperty(
        type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"}
    )

    def execute(self, context):
        paths = [str(Path(self.directory, file.name)) for file in self.files if file.name]
        if not paths:
            self.report({"WARNING"}, rpt("No image was dropped"))
            return {"CANCELLED"}
        state = context.window_manager.tshirt
        state.order.design = paths[0]
        if len(paths) > 1:
            start_batch(state, paths)
            bpy.ops.tshirt.order_batch("INVOKE_DEFAULT")
        return {"FINISHED"}


class TSHIRT_FH_designs(bpy.types.FileHandler):
    """Images dropped where our tab is open; elsewhere Blender does what it always does"""

    bl_idname = "TSHIRT_FH_designs"
    bl_label = "T-Shirt Design"
    bl_import_operator = "tshirt.drop_designs"
    bl_file_extensions = ".png;.jpg;.jpeg;.webp;.tif;.tiff;.svg;.svgz"

    @classmethod
    def poll_drop(cls, context):
        area = context.area
        return area is not None and area.type in EDITORS and _tab_is_open(area)


def _tab_is_open(area) -> bool:
    return any(
        region.type == "UI" and region.width > 1 and region.active_panel_category == TAB
        for region in area.regions
    )


register, unregister = bpy.utils.register_classes_factory(
    (TSHIRT_OT_drop_designs, TSHIRT_FH_designs)
)

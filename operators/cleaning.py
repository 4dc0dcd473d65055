"""Cleaning from the preferences: shows what would go now, and lets it go when told to."""

import bpy

from ..queue.cleanup import policy
from ..queue.cleanup.files import Kind
from .client.background_operator import BackgroundOperator, rpt
from .client.job_rows import size
from .client.queue_client import client


class TSHIRT_OT_look_clean(BackgroundOperator, bpy.types.Operator):
    """Look what cleaning would delete now; nothing is deleted"""

    bl_idname = "tshirt.look_clean"
    bl_label = "What Would Go Now?"
    bl_options = {"REGISTER"}

    def task(self, context):
        return policy.plan_now

    @classmethod
    def tell(cls, plan):
        client.plan = plan
        client.touch()
        return ""


class TSHIRT_OT_clean_now(BackgroundOperator, bpy.types.Operator):
    """Delete what is past its time, as the settings above say"""

    bl_idname = "tshirt.clean_now"
    bl_label = "Clean Now"
    bl_options = {"REGISTER"}

    def task(self, context):
        return policy.clean

    @classmethod
    def tell(cls, cleaned):
        client.plan = None
        client.touch()
        return rpt("Cleaned: {jobs} jobs, {things} files and folders").format(
            jobs=len(cleaned.jobs), things=len(cleaned.leftovers)
        )


def lines_of(plan: policy.Plan) -> list[str]:
    """What would go, one line for each kind."""
    lines = []
    if plan.jobs:
        lines.append(rpt("{count} jobs of the list").format(count=len(plan.jobs)))
    for kind in Kind:
        leftovers = [leftover for leftover in plan.leftovers if leftover.kind is kind]
        if leftovers:
            bytes_ = sum(leftover.bytes for leftover in leftovers)
            lines.append(f"{len(leftovers)} × {kind.value.replace('_', ' ')}, {size(bytes_)}")
    return lines


register, unregister = bpy.utils.register_classes_factory(
    (TSHIRT_OT_look_clean, TSHIRT_OT_clean_now)
)

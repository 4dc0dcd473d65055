"""Runs inside a Blender that has nothing else to do: says what its Cycles can render with, as JSON.

For each backend that this build has, the names of the devices found on this machine.
"""

import json

import bpy

#: what the line with the answer begins with, between all that Blender prints
MARK = "tshirt-devices:"


def found() -> dict[str, list[str]]:
    """Return the devices by backend, without the CPU, which is always there."""
    addon = bpy.context.preferences.addons.get("cycles")
    if addon is None:
        return {}
    cycles = addon.preferences
    kinds = [kind for kind, *_ in cycles.get_device_types(bpy.context) if kind != "NONE"]
    return {
        kind: [one.name for one in cycles.get_devices_for_type(kind) if one.type == kind]
        for kind in kinds
    }


if __name__ == "__main__":
    print(MARK, json.dumps(found()), flush=True)

"""What renders: the CPU, or the GPU backend that was asked for, never a silent substitute."""

import bpy

from .failures import DeviceMissing

#: backends of Cycles' preferences; a build offers some of them
BACKENDS = ("CUDA", "OPTIX", "HIP", "METAL", "ONEAPI")


def use(scene: bpy.types.Scene, device: str) -> None:
    """Render `scene` on `device`: "CPU" or one of BACKENDS.

    `--factory-startup` forgets the preferences, so the choice is made here each time.
    Raises DeviceMissing.
    """
    if device == "CPU":
        scene.cycles.device = "CPU"
        return
    _choose_backend(device)
    scene.cycles.device = "GPU"


def _choose_backend(backend: str) -> None:
    addon = bpy.context.preferences.addons.get("cycles")
    if addon is None or backend not in BACKENDS:
        raise DeviceMissing(
            f"This Blender has no device {backend!r}; choose CPU or one of {', '.join(BACKENDS)}."
        )
    cycles = addon.preferences
    try:
        cycles.compute_device_type = backend
    except TypeError:
        raise DeviceMissing(
            f"Blender {bpy.app.version_string} here is built without {backend}; choose CPU."
        ) from None
    found = [device for device in cycles.get_devices_for_type(backend) if device.type == backend]
    if not found:
        raise DeviceMissing(f"No {backend} device was found on this machine; choose CPU.")
    for device in cycles.devices:
        device.use = device.type == backend


def denoiser(scene: bpy.types.Scene) -> str:
    """Return the name of the denoiser that this build has, or ''.

    A build without OpenImageDenoise still has denoising switched on and then writes nothing (4.3)
    or skips it silently (5.2): only the enum tells.
    """
    try:
        scene.cycles.denoiser = "OPENIMAGEDENOISE"
    except TypeError:
        return ""
    return scene.cycles.denoiser

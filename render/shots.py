"""Takes the pictures: which shots a request needs, how the scene is set up, one shot at a time."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ..presets.naming import OutputName
from ..presets.request import Request
from ..presets.views import MODEL, TURNTABLE
from . import compositing, framing, pictures
from . import device as devices
from .failures import BadTemplate
from .framing import Canvas
from .progress import Watch
from .template import Template

#: told how many samples of how many are done
OnSamples = Callable[[int, int], None]

#: the camera before which the garment turns
TURNTABLE_CAMERA = "front"

#: noise below which a pixel gets no more samples; at 0.02 more than 64 samples gain nothing
NOISE = 0.01

#: of the denoiser: a third of the cost of ACCURATE and HIGH, the same error but for few samples
#: (docs/performance.md); with NONE and FAST the knit is blurred, which is worse than its noise
PREFILTER, QUALITY = "FAST", "BALANCED"


@dataclass(frozen=True)
class Shot:
    """One render; several files come of it, one for each background."""

    view: str
    #: of a turntable, from 1; None for a still
    frame: int | None
    outputs: tuple[OutputName, ...]

    @property
    def label(self) -> str:
        """What is being rendered, in a word or two."""
        return self.view if self.frame is None else f"{self.view} {self.frame}"


def plan(names: Iterable[OutputName]) -> tuple[Shot, ...]:
    """Return the shots that yield the pictures among `names`: stills, then the turn in order."""
    groups: dict[tuple[str, int | None], list[OutputName]] = {}
    for name in names:
        if is_film(name) or is_model(name):
            continue
        groups.setdefault((name.view, name.frame), []).append(name)
    return tuple(Shot(view, frame, tuple(group)) for (view, frame), group in groups.items())


def is_film(name: OutputName) -> bool:
    """Return whether `name` is made of a turntable's pictures rather than rendered."""
    return name.view == TURNTABLE and name.frame is None


def is_model(name: OutputName) -> bool:
    """Return whether `name` is the shirt itself rather than a picture of it."""
    return name.view == MODEL


def set_up(template: Template, request: Request, *, device: str, threads: int) -> str:
    """Set all of the scene that a request decides; return the denoiser's name, '' without one.

    Everything is set each time, so a warm worker renders what a fresh one would. What the template
    decides (light, bounces, cameras) is left alone. Raises DeviceMissing.
    """
    scene = template.scene
    _set_up_picture(scene, threads)
    _set_up_colour(scene)
    devices.use(scene, device)
    denoiser = _set_up_cycles(scene, request)
    for ground in template.ground:
        ground.hide_render = not request.ground_shadow
    for backdrop in template.backdrop:
        backdrop.hide_render = True
    return denoiser


def _set_up_picture(scene: bpy.types.Scene, threads: int) -> None:
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_percentage = 100
    render.pixel_aspect_x = render.pixel_aspect_y = 1.0
    render.film_transparent = True
    render.use_persistent_data = True
    render.threads_mode, render.threads = "FIXED", max(1, threads)
    # A stranger's file may ask for any of these; the first two can write files or run code.
    render.use_compositing = render.use_sequencer = render.use_freestyle = False
    render.use_border = render.use_multiview = render.use_stamp = render.use_motion_blur = False
    picture = render.image_settings
    if hasattr(picture, "media_type"):
        picture.media_type = "IMAGE"
    picture.file_format = "OPEN_EXR"
    picture.color_mode, picture.color_depth, picture.exr_codec = "RGBA", "32", "NONE"


def _set_up_colour(scene: bpy.types.Scene) -> None:
    scene.display_settings.display_device = "sRGB"
    view = scene.view_settings
    view.view_transform, view.look = "Standard", "None"
    view.exposure, view.gamma, view.use_curve_mapping = 0.0, 1.0, False


def _set_up_cycles(scene: bpy.types.Scene, request: Request) -> str:
    cycles = scene.cycles
    cycles.samples = request.samples
    cycles.use_adaptive_sampling, cycles.adaptive_threshold = NOISE > 0, NOISE
    cycles.time_limit = 0.0
    cycles.seed, cycles.use_animated_seed = 0, False
    cycles.shading_system = False
    denoiser = devices.denoiser(scene)
    cycles.use_denoising = bool(denoiser)
    if denoiser:
        cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
        cycles.denoising_prefilter, cycles.denoising_quality = PREFILTER, QUALITY
    return denoiser


def take(
    template: Template, shot: Shot, frames: int, canvas: Canvas, work: Path, on_samples: OnSamples
) -> tuple[np.ndarray, dict[str, float]]:
    """Render `shot`; return linear premultiplied pixels, and the seconds of each part."""
    view = pose(template, shot, frames)
    scene = template.scene
    scene.render.resolution_x, scene.render.resolution_y = canvas.width, canvas.height
    framing.aim(template.cameras[view].data, template.lenses[view], canvas)
    with Watch(on_samples) as watch:
        bpy.ops.render.render(scene=scene.name)
    result = next(image for image in bpy.data.images if image.type == "RENDER_RESULT")
    passing = work / "render.exr"
    result.save_render(str(passing), scene=scene)
    pixels, _linear = pictures.read(passing)
    passing.unlink()
    return compositing.cleared(pixels), watch.seconds


def pose(template: Template, shot: Shot, frames: int) -> str:
    """Choose the camera, turn the lights with it, and turn the garment; return the camera's view.

    Raises BadTemplate.
    """
    view = TURNTABLE_CAMERA if shot.view == TURNTABLE else shot.view
    if view not in template.cameras:
        raise BadTemplate(
            f"The template {template.path} has no camera for the view {view!r}; "
            f"it has {', '.join(template.cameras)}."
        )
    camera = template.cameras[view]
    template.scene.camera = camera
    if template.light_rig:
        template.light_rig.rotation_euler.z = math.radians(camera.get("azimuth_deg", 0.0))
    if template.turntable:
        template.turntable.rotation_euler.z = math.tau * ((shot.frame or 1) - 1) / frames
    elif shot.frame is not None:
        raise BadTemplate(
            f"The template {template.path} can't turn: no object has mockup_role = 'turntable'."
        )
    return view

"""Makes a turntable's pictures into an MP4, with the FFmpeg that is inside Blender."""

from collections.abc import Sequence
from pathlib import Path

import bpy

from ..presets.naming import OutputName
from ..presets.request import Request
from ..presets.views import TURNTABLE
from .failures import OutputInvalid

#: seconds of one turn: slow enough to read a print as it passes
TURN_SECONDS = 3.0


def frames_per_second(frames: int) -> int:
    """Return the rate at which `frames` pictures make a turn of about TURN_SECONDS."""
    return min(30, max(6, round(frames / TURN_SECONDS)))


def make(name: OutputName, names: Sequence[OutputName], request: Request, work: Path) -> None:
    """Write the film `name` into `work`, from the pictures there that share its background.

    The pictures end one step before the first one comes again, so that the film loops.
    """
    pictures = [
        work / other.file
        for other in names
        if other.view == TURNTABLE and other.frame and other.background == name.background
    ]
    scene = bpy.data.scenes.new("film")
    try:
        _arrange(scene, pictures)
        # H.264 stores colour for 2 × 2 pixels: an odd size loses its last row or column.
        scene.render.resolution_x = request.width // 2 * 2
        scene.render.resolution_y = request.height // 2 * 2
        scene.render.resolution_percentage = 100
        part = work / f"{Path(name.file).stem}.part.mp4"
        _encode(scene, part)
        part.replace(work / name.file)
    finally:
        bpy.data.scenes.remove(scene)


def _arrange(scene: bpy.types.Scene, pictures: Sequence[Path]) -> None:
    """Lay the pictures out in the scene's sequencer, colours unchanged."""
    editor = scene.sequence_editor_create()
    # Called `sequences` before Blender 4.4.
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_image(
        "turn", str(pictures[0]), channel=1, frame_start=1, fit_method="ORIGINAL"
    )
    for picture in pictures[1:]:
        strip.elements.append(picture.name)
    scene.frame_start, scene.frame_end = 1, len(pictures)
    scene.render.fps, scene.render.fps_base = frames_per_second(len(pictures)), 1.0
    scene.display_settings.display_device = "sRGB"
    scene.sequencer_colorspace_settings.name = "sRGB"
    scene.view_settings.view_transform, scene.view_settings.look = "Standard", "None"


def _encode(scene: bpy.types.Scene, path: Path) -> None:
    render = scene.render
    render.use_sequencer, render.use_compositing = True, False
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    render.image_settings.color_mode = "RGB"
    ffmpeg = render.ffmpeg
    ffmpeg.format, ffmpeg.codec, ffmpeg.audio_codec = "MPEG4", "H264", "NONE"
    ffmpeg.constant_rate_factor, ffmpeg.ffmpeg_preset = "HIGH", "GOOD"
    render.use_file_extension = False
    render.filepath = str(path)
    bpy.ops.render.render(animation=True, scene=scene.name)


def verify(path: Path, width: int, height: int, frames: int) -> None:
    """Raise OutputInvalid unless `path` is a film of that size and number of frames."""
    try:
        clip = bpy.data.movieclips.load(str(path))
    except RuntimeError as error:
        raise OutputInvalid(f"The film {path.name} can't be read.") from error
    found = (*clip.size, clip.frame_duration)
    bpy.data.movieclips.remove(clip)
    wanted = (width // 2 * 2, height // 2 * 2, frames)
    if found != wanted:
        raise OutputInvalid(
            "The film {} is {}×{} px with {} frames instead of {}×{} px with {}.".format(
                path.name, *found, *wanted
            )
        )

"""Makes a turntable's pictures into films: MP4, WebM with alpha, animated WebP.

MP4 and WebM are coded by the FFmpeg inside Blender.
"""

from collections.abc import Sequence
from pathlib import Path

import bpy

from ..presets.naming import OutputName
from ..presets.request import Request
from ..presets.views import TURNTABLE
from . import animated_webp, compositing, film_container, pictures
from .failures import OutputInvalid

#: seconds of one turn: slow enough to read a print as it passes
TURN_SECONDS = 3.0

#: a film's ending → FFmpeg's container and codec, and whether it keeps alpha
CODECS = {".mp4": ("MPEG4", "H264", False), ".webm": ("WEBM", "WEBM", True)}

#: a film's ending → what reads its width, height and number of frames
READERS = {
    ".mp4": film_container.mp4_facts,
    ".webm": film_container.webm_facts,
    ".webp": animated_webp.size_and_frames,
}


def frames_per_second(frames: int) -> int:
    """Return the rate at which `frames` pictures make a turn of about TURN_SECONDS."""
    return min(30, max(6, round(frames / TURN_SECONDS)))


def make(name: OutputName, names: Sequence[OutputName], request: Request, work: Path) -> None:
    """Write the film `name` into `work`, from the pictures there that share its background.

    The pictures end one step before the first one comes again, so that the film loops.
    """
    frames = [
        work / other.file
        for other in names
        if other.view == TURNTABLE and other.frame and other.background == name.background
    ]
    path = work / name.file
    part = path.with_name(f"{path.stem}.part{path.suffix}")
    if path.suffix == ".webp":
        _animate(frames, request, part)
    else:
        _encode(frames, request, part)
    part.replace(path)


def _animate(frames: Sequence[Path], request: Request, path: Path) -> None:
    """Code each frame as WebP, and join them."""
    stills = []
    for frame in frames:
        pictures.write(compositing.bytes_of_picture(pictures.read(frame)[0]), path)
        stills.append(path.read_bytes())
    rest = round(1000 / frames_per_second(len(frames)))
    path.write_bytes(animated_webp.join(stills, request.width, request.height, rest))


def _encode(frames: Sequence[Path], request: Request, path: Path) -> None:
    scene = bpy.data.scenes.new("film")
    try:
        _arrange(scene, frames)
        _set_up(scene, request, path)
        bpy.ops.render.render(animation=True, scene=scene.name)
    finally:
        bpy.data.scenes.remove(scene)


def _arrange(scene: bpy.types.Scene, frames: Sequence[Path]) -> None:
    """Lay the pictures out in the scene's sequencer, colours unchanged."""
    editor = scene.sequence_editor_create()
    # Called `sequences` before Blender 4.4.
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_image(
        "turn", str(frames[0]), channel=1, frame_start=1, fit_method="ORIGINAL"
    )
    for frame in frames[1:]:
        strip.elements.append(frame.name)
    scene.frame_start, scene.frame_end = 1, len(frames)
    scene.render.fps, scene.render.fps_base = frames_per_second(len(frames)), 1.0
    scene.display_settings.display_device = "sRGB"
    scene.sequencer_colorspace_settings.name = "sRGB"
    scene.view_settings.view_transform, scene.view_settings.look = "Standard", "None"


def _set_up(scene: bpy.types.Scene, request: Request, path: Path) -> None:
    render = scene.render
    render.resolution_x, render.resolution_y = even(request.width), even(request.height)
    render.resolution_percentage = 100
    render.use_sequencer, render.use_compositing = True, False
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    ffmpeg = render.ffmpeg
    ffmpeg.format, ffmpeg.codec, with_alpha = CODECS[path.suffix]
    render.image_settings.color_mode = "RGBA" if with_alpha else "RGB"
    ffmpeg.audio_codec = "NONE"
    ffmpeg.constant_rate_factor, ffmpeg.ffmpeg_preset = "HIGH", "GOOD"
    render.use_file_extension = False
    render.filepath = str(path)


def even(pixels: int) -> int:
    """Return a size a film can have: colour is stored for 2 × 2 pixels, an odd last one goes."""
    return pixels // 2 * 2


def verify(path: Path, width: int, height: int, frames: int) -> None:
    """Raise OutputInvalid unless `path` is a film of that size and number of frames."""
    try:
        found = READERS[path.suffix](path.read_bytes())
    except ValueError as error:
        raise OutputInvalid(f"The film {path.name} can't be read: {error}.") from error
    wanted = width, height, frames
    if path.suffix in CODECS:
        wanted = even(width), even(height), frames
    if found != wanted:
        raise OutputInvalid(
            "The film {} is {}×{} px with {} frames instead of {}×{} px with {}.".format(
                path.name, *found, *wanted
            )
        )

"""The names of the files that a request makes, from its pattern. No bpy here.

A pattern is a file name without ending, with the fields of FIELDS in braces.
"""

import re
import string
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .backgrounds import TRANSPARENT, is_colour
from .bad_request import BadRequest, unknown
from .messages import Message
from .qualities import find_output_preset
from .views import MODEL, TURNTABLE

if TYPE_CHECKING:
    from .request import Request

DEFAULT_PATTERN = "{design}_{placement}_{fabric}_{background}_{view}"

FIELDS = ("design", "placement", "fabric", "background", "view", "template", "size")

_ENDINGS = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
#: what a file system keeps for one name is 255 bytes; some are left for a frame's number
_LONGEST = 240
#: what not every system can have in a name, and what writes from right to left what isn't
_UNSAFE = re.compile(
    r'[<>:"/\\|?*\s\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+'
)
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])\Z", re.IGNORECASE)
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class OutputName:
    """One file that a request makes."""

    #: view id; 'turntable' for a turntable, 'model' for a model
    view: str
    #: the background as the request names it
    background: str
    #: 1 to the request's frames for a turntable's picture, None for a still or a film
    frame: int | None
    #: file name inside the output folder
    file: str
    #: the output preset it is made to; '' for the size and format of the request itself
    preset: str = ""


def output_names(request: "Request") -> tuple[OutputName, ...]:
    """Return the files of `request`: stills by view, a turntable's frames, and its films.

    After each still come the pictures made of it to the output presets asked for, with the preset's
    id at the end of their names. A turntable's frames are PNG. Its film is an MP4, or on a
    transparent background a WebM with alpha; where WebP was asked for, an animated WebP is made
    too. A model is one GLB. Raises BadRequest for a pattern that leaves the output folder, has
    unknown fields, or makes two files collide.
    """
    _check_pattern(request.name)
    names: list[OutputName] = []
    if request.mode in ("stills", "both"):
        for view in request.views:
            for background in request.backgrounds:
                file = _file(request, background, view, _ENDINGS[request.format])
                names.append(OutputName(view, background, None, file))
            names.extend(_by_presets(request, view))
    if request.mode in ("turntable", "both"):
        digits = max(3, len(str(request.frames)))
        for background in request.backgrounds:
            for frame in range(1, request.frames + 1):
                file = _file(request, background, TURNTABLE, f"_{frame:0{digits}}.png")
                names.append(OutputName(TURNTABLE, background, frame, file))
            films = [".webm" if background == TRANSPARENT else ".mp4"]
            if request.format == "webp":
                films.append(".webp")
            for ending in films:
                file = _file(request, background, TURNTABLE, ending)
                names.append(OutputName(TURNTABLE, background, None, file))
    if request.mode == "glb":
        file = _file(request, TRANSPARENT, MODEL, ".glb")
        names.append(OutputName(MODEL, TRANSPARENT, None, file))
    _refuse_collisions(names, request.name)
    return tuple(names)


def _by_presets(request: "Request", view: str) -> Iterator[OutputName]:
    for preset in map(find_output_preset, request.also):
        ending = f"_{preset.id}{_ENDINGS[preset.format]}"
        # A preset with a background of its own gives one picture, not one for each asked for.
        for background in [preset.background] if preset.background else request.backgrounds:
            file = _file(request, background, view, ending)
            yield OutputName(view, background, None, file, preset.id)


def target_stem(request: "Request") -> str:
    """Return output folder and pattern filled in but for view and background.

    Jobs whose stems differ are meant to write different files; compare them as they are.
    """
    _check_pattern(request.name)
    filled = request.name.format_map(_common(request) | {"background": "", "view": ""})
    return str(Path(request.out) / _comparable(filled))


def slug(text: str) -> str:
    """Return `text` fit for a part of a file name on every system; letters stay as they are."""
    return _UNSAFE.sub("-", unicodedata.normalize("NFC", text)).strip("-. ") or "unnamed"


def _check_pattern(pattern: str) -> None:
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError as error:
        words = "The name pattern {pattern!r} has an unpaired brace."
        raise BadRequest(Message(words, pattern=pattern)) from error
    for _, name, spec, conversion in parts:
        if name is not None and name not in FIELDS:
            raise unknown("field of the name pattern", name, FIELDS)
        if spec or conversion:
            words = "The name pattern {pattern!r} can hold plain {{fields}} only."
            raise BadRequest(Message(words, pattern=pattern))
    literal = "".join(part[0] for part in parts)
    if not pattern.strip():
        words = "The name pattern is empty; the usual one is {usual!r}."
        raise BadRequest(Message(words, usual=DEFAULT_PATTERN))
    if any(mark in literal for mark in "/\\") or ".." in literal:
        raise BadRequest(
            Message(
                "The name pattern {pattern!r} leads to another folder; "
                "give the folder as the output folder instead.",
                pattern=pattern,
            )
        )
    if bad := _UNSAFE.search(literal.replace(" ", "")):
        raise BadRequest(
            Message(
                "The name pattern {pattern!r} holds {bad!r}, which not every system can have in "
                "a file name.",
                pattern=pattern,
                bad=bad[0],
            )
        )


def _file(request: "Request", background: str, view: str, ending: str) -> str:
    values = {"background": _background_part(background), "view": slug(view)}
    file = unicodedata.normalize("NFC", request.name.format_map(_common(request) | values))
    stem = file.split(".", 1)[0].strip()
    if _RESERVED.match(stem):
        words = "The file name {file!r} is reserved on Windows; change the name pattern."
        raise BadRequest(Message(words, file=file))
    if file != file.strip() or file.startswith("."):
        raise BadRequest(
            Message(
                "The name pattern makes {file!r}, which starts or ends with a space or starts with "
                "a dot; change the pattern.",
                file=file,
            )
        )
    if len((file + ending).encode()) > _LONGEST:
        raise BadRequest(
            Message(
                "The file name {start}… has more than {most} bytes; "
                "shorten the name pattern or the design's name.",
                start=file[:40],
                most=_LONGEST,
            )
        )
    return file + ending


def _common(request: "Request") -> dict[str, str]:
    return {
        "design": "-".join(dict.fromkeys(slug(print_.name) for print_ in request.prints)),
        "placement": "-".join(slug(print_.placement) for print_ in request.prints),
        "fabric": slug(request.fabric.lstrip("#")),
        "template": slug(Path(request.template).stem),
        "size": f"{request.width}x{request.height}",
    }


def _background_part(background: str) -> str:
    if background == TRANSPARENT:
        return background
    if is_colour(background):
        return background.lstrip("#")
    stem = Path(background).stem
    return stem[:8] if _SHA256.match(stem) else slug(stem)


def _comparable(file: str) -> str:
    """Return a name as macOS and Windows compare it."""
    return unicodedata.normalize("NFC", file).casefold()


def _refuse_collisions(names: list[OutputName], pattern: str) -> None:
    seen: dict[str, OutputName] = {}
    for name in names:
        other = seen.setdefault(_comparable(name.file), name)
        if other is name:
            continue
        differing = "view" if other.view != name.view else "background"
        raise BadRequest(
            Message(
                "The name pattern {pattern!r} gives two files the name {file!r}; "
                "put {{{differing}}} into it.",
                pattern=pattern,
                file=name.file,
                differing=differing,
            )
        )

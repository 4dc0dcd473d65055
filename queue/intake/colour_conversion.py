"""Turns an image's colours into sRGB by its profile. Runs in the picture process: imports Pillow.

The conversion is relative colorimetric with black point compensation, as browsers and Photoshop show
pictures. No bpy here.
"""

import io
from typing import NamedTuple

from PIL import Image, ImageCms

from ...presets.finding import Severity
from ...presets.image_info import Remark
from ...presets.messages import Message
from .matrix_profile import profile_of_codes_or_none

_SRGB = ImageCms.createProfile("sRGB")
_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
#: modes of pixels that a profile of that colour space is for
_SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "LAB": "LAB"}


class Profile(NamedTuple):
    """An ICC profile that LittleCMS could read."""

    name: str
    #: 'RGB', 'GRAY', 'CMYK', 'LAB' …
    space: str
    opened: ImageCms.ImageCmsProfile

    @property
    def is_srgb(self) -> bool:
        """True where the pixels are sRGB as they are."""
        return self.space == "RGB" and "srgb" in self.name.lower()


def profile_or_none(data: bytes | None) -> Profile | None:
    """Return the profile in `data`, None where there is none or it can't be used."""
    if not data:
        return None
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(data))
        name = ImageCms.getProfileDescription(opened).strip()
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    space = str(getattr(opened.profile, "xcolor_space", "")).strip().upper()
    return Profile(name or "unnamed profile", space, opened)


def in_srgb(
    image: Image.Image, profile: bytes | None, codes: bytes = b"", gamma: int | None = None
) -> tuple[Image.Image, tuple[Remark, ...]]:
    """Return `image` as RGB or RGBA in sRGB, and what is to be said of it.

    `image` is of mode RGB, RGBA, L, LA, CMYK or LAB. `profile` is the file's ICC profile, `codes` and
    `gamma` what a PNG says instead of one (cICP, and gAMA × 100,000).
    """
    alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
    base = image.convert(image.mode.removesuffix("A")) if alpha else image
    base, remarks = _opaque_in_srgb(base, profile, codes, gamma)
    if alpha is not None:
        base.putalpha(alpha)
    return base, remarks


def _opaque_in_srgb(
    image: Image.Image, profile: bytes | None, codes: bytes, gamma: int | None
) -> tuple[Image.Image, tuple[Remark, ...]]:
    told = profile or profile_of_codes_or_none(codes)
    found = profile_or_none(told)
    if found and found.space == "RGB" and image.mode == "L":
        image = image.convert("RGB")  # grey pixels of a picture in colour
    if found and found.is_srgb and image.mode == "RGB":
        return image, ()
    if found and _SPACES.get(found.space) == image.mode:
        converted = _converted_or_none(image, found.opened)
        if converted:
            return converted, (_converted(found.name),)
    unused = found.name if found else ""
    remarks = (_unused_profile(unused),) if told else ()
    if image.mode == "CMYK":
        return image.convert("RGB"), (*remarks, _ASSUMED)
    if image.mode == "LAB":
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        return _converted_or_none(image, lab) or image.convert("RGB"), remarks
    if gamma and not remarks:
        table = [round(255 * _srgb_curve((one / 255) ** (100_000 / gamma))) for one in range(256)]
        channels = 3 if image.mode == "RGB" else 1
        return image.point(table * channels).convert("RGB"), (_by_gamma(gamma),)
    return image.convert("RGB"), remarks


def _converted_or_none(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image | None:
    try:
        return ImageCms.profileToProfile(
            image, profile, _SRGB, renderingIntent=_INTENT, outputMode="RGB", flags=_FLAGS
        )
    except (ImageCms.PyCMSError, ValueError):
        return None


def _srgb_curve(linear: float) -> float:
    """Return the coded value of linear light, both 0..1 (IEC 61966-2-1)."""
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


_ASSUMED = Remark(
    severity=Severity.WARNING,
    code="assumed_colours",
    said=Message("is CMYK without a color profile, so that its colors on screen are a guess"),
    advice=Message("Export it as sRGB, or with its color profile inside."),
)


def _converted(name: str) -> Remark:
    return Remark(
        severity=Severity.NOTE,
        code="converted_colours",
        said=Message("was converted to sRGB from the color profile {profile!r}", profile=name),
        advice=Message("Export it as sRGB if you want to choose how very strong colors change."),
    )


def _unused_profile(name: str) -> Remark:
    words = "has a color profile that can't be used and is read as sRGB"
    if name:
        words = (
            "has the color profile {profile!r}, which isn't for such pixels, and is read as sRGB"
        )
    return Remark(
        severity=Severity.WARNING,
        code="colour_profile",
        said=Message(words, profile=name),
        advice=Message("Convert it to sRGB for true colors."),
    )


def _by_gamma(gamma: int) -> Remark:
    return Remark(
        severity=Severity.NOTE,
        code="converted_colours",
        said=Message("was converted to sRGB from the gamma {gamma:.2f}", gamma=100_000 / gamma),
        advice=Message("Export it as sRGB if that isn't how it should look."),
    )

"""A sideways photo in Display P3, as phones take them, printed by the installed zip."""

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms
from tshirt_render_queue.queue.intake.matrix_profile import profile_of_codes_or_none

#: cICP's codes of Display P3, and of the same primaries with the curve of sRGB
DISPLAY_P3 = bytes((12, 13))
#: a red that sRGB has, left, and a blue, right, of the upright picture
RED, BLUE = (180, 40, 30), (30, 60, 170)


def phone_photo() -> bytes:
    """A portrait that the sensor took lying: EXIF says how to turn it, its numbers are P3's."""
    upright = Image.new("RGB", (600, 900), RED)
    upright.paste(BLUE, (0, 450, 600, 900))
    profile = profile_of_codes_or_none(DISPLAY_P3)
    assert profile
    p3 = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    srgb = ImageCms.createProfile("sRGB")
    stored = ImageCms.profileToProfile(upright, srgb, p3, renderingIntent=1)
    assert stored
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    stored.transpose(Image.Transpose.ROTATE_90).save(
        file, "JPEG", quality=95, exif=exif, icc_profile=profile
    )
    return file.getvalue()


def told(said: str, start: str) -> Any:
    """Return the JSON, before which Blender itself may have said something."""
    return json.loads(said[said.index(f"{start}\n") :])


def test_it_is_printed_upright_and_in_its_colours(blender, tmp_path: Path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(phone_photo())
    order = ("add", photo, "--fabric", "white", "--view", "front", "--background", "#FFFFFF")
    more = ("--size", "160x160", "--samples", "16", "--out", tmp_path / "out", "--json")
    blender("--command", "tshirt_queue", *order, *more)
    (job,) = told(blender("--command", "tshirt_queue", "list", "--json").stdout, "[")
    shown = told(blender("--command", "tshirt_queue", "show", job["id"], "--json").stdout, "{")
    kept = Image.open(shown["request"]["prints"][0]["design"])
    assert (kept.format, kept.size, kept.info.get("icc_profile")) == ("PNG", (600, 900), None)
    for place, wanted in (((300, 200), RED), ((300, 700), BLUE)):
        got = kept.getpixel(place)
        assert all(abs(a - b) <= 4 for a, b in zip(got, wanted, strict=True)), (place, got)
    blender("--command", "tshirt_queue", "run", "--until-empty")
    (picture,) = (tmp_path / "out").glob("*.png")
    cloth = Image.open(picture).convert("RGB")
    reddest, bluest = (_middle_of(cloth, channel) for channel in (0, 2))
    assert reddest is not None
    assert bluest is not None
    assert reddest[1] < bluest[1] - 10, "red is above blue"
    assert abs(reddest[0] - bluest[0]) < 8, "and neither beside the other"


def _middle_of(cloth: Image.Image, channel: int) -> tuple[float, float] | None:
    """Return where the pixels are in which that channel is far above the others."""
    found = []
    for y in range(cloth.height):
        for x in range(cloth.width):
            pixel = cloth.getpixel((x, y))
            assert isinstance(pixel, tuple)
            others = max(one for number, one in enumerate(pixel) if number != channel)
            if pixel[channel] > others + 40:
                found.append((x, y))
    if not found:
        return None
    return tuple(sum(axis) / len(found) for axis in zip(*found, strict=True))  # pyright: ignore

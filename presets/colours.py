"""What a colour means: hex and CSS names to sRGB, sRGB to linear and back, fibres of a heather.

No bpy here. Hex is sRGB; shader sockets and mixing of light are linear.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

RGB = tuple[float, float, float]

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z")


@cache
def css_colours() -> dict[str, str]:
    """Return the 148 CSS colour names with their sRGB hex."""
    text = Path(__file__).with_name("css_colours.json").read_text("utf-8")
    return json.loads(text)["colours"]


def squeezed(name: str) -> str:
    """Return `name` as it is compared: lower case, without spaces, hyphens and underscores."""
    return re.sub(r"[\s_-]+", "", name).lower()


def hex_or_none(asked: str) -> str | None:
    """Return '#RRGGBB' in capitals for '#rgb', '#rrggbb' or a CSS colour name, else None."""
    text = asked.strip()
    if _HEX.match(text):
        digits = text[1:] if len(text) == 7 else "".join(d * 2 for d in text[1:])
        return f"#{digits.upper()}"
    return css_colours().get(squeezed(text))


def srgb_from_hex(colour: str) -> RGB:
    """Return sRGB components 0..1 of '#RRGGBB'."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def hex_from_srgb(rgb: Sequence[float]) -> str:
    """Return '#RRGGBB' of sRGB components, clipped to 0..1."""
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, c))):02X}" for c in rgb)


def to_linear(component: float) -> float:
    """Decode one sRGB component to linear light (IEC 61966-2-1)."""
    return component / 12.92 if component <= 0.04045 else ((component + 0.055) / 1.055) ** 2.4


def to_srgb(component: float) -> float:
    """Encode one linear component as sRGB (IEC 61966-2-1)."""
    if component <= 0.0031308:
        return component * 12.92
    return 1.055 * component ** (1 / 2.4) - 0.055


def linear_from_hex(colour: str) -> RGB:
    """Return linear components 0..1 of '#RRGGBB', as a shader socket wants them."""
    red, green, blue = (to_linear(c) for c in srgb_from_hex(colour))
    return red, green, blue


def hex_from_linear(rgb: Sequence[float]) -> str:
    """Return '#RRGGBB' of linear components."""
    return hex_from_srgb([to_srgb(max(0.0, c)) for c in rgb])


def luminance(colour: str) -> float:
    """Return the relative luminance 0..1 of '#RRGGBB' (WCAG 2, Rec. 709 weights)."""
    red, green, blue = linear_from_hex(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def heather_fibres(colour: str, spread: float = 0.45) -> tuple[RGB, RGB]:
    """Return the dark and the light fibre, linear, whose even mix is `colour` ('#RRGGBB').

    `spread` is the difference of each from the mix, relative to it; it is reduced where the light
    fibre would leave 0..1, so that the mean holds.
    """
    red, green, blue = linear_from_hex(colour)
    brightest = max(red, green, blue)
    step = min(spread, (1 - brightest) / brightest) if brightest else 0.0
    dark, light = 1 - step, 1 + step
    return (red * dark, green * dark, blue * dark), (red * light, green * light, blue * light)


def lab_from_srgb(rgb: Sequence[float]) -> RGB:
    """Return CIE L*a*b* (D65) of sRGB components 0..1."""
    red, green, blue = (to_linear(c) for c in rgb)
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883
    f, g, h = (_lab_curve(c) for c in (x, y, z))
    return 116 * g - 16, 500 * (f - g), 200 * (g - h)


def _lab_curve(c: float) -> float:
    return c ** (1 / 3) if c > 216 / 24389 else (24389 / 27 * c + 16) / 116

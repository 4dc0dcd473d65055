"""CIEDE2000, the colour difference that the colour tests are stated in; plain numpy."""

import numpy as np

#: sRGB primaries to CIE XYZ, and the D65 white (IEC 61966-2-1)
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = _TO_XYZ.sum(axis=1)


def lab_from_srgb(srgb) -> np.ndarray:
    """Return CIE L*a*b* (D65) of sRGB components 0..1, last axis of three."""
    srgb = np.asarray(srgb, dtype=np.float64)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    ratio = linear @ _TO_XYZ.T / _WHITE
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def delta_e_2000(srgb, other) -> np.ndarray:
    """Return the CIEDE2000 differences of two arrays of sRGB colours 0..1."""
    return delta_e_2000_lab(lab_from_srgb(srgb), lab_from_srgb(other))


def delta_e_2000_lab(lab, other) -> np.ndarray:
    """Return the CIEDE2000 differences of two arrays of L*a*b* colours.

    Sharma, Wu, Dalal: The CIEDE2000 Color-Difference Formula, Color Res. Appl. 30 (2005).
    """
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(np.asarray(x, float), -1, 0) for x in (lab, other))
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    c1, c2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    h1 = np.degrees(np.arctan2(b1, a1 * stretch)) % 360
    h2 = np.degrees(np.arctan2(b2, a2 * stretch)) % 360

    lightness = l2 - l1
    colour = c2 - c1
    turn = (h2 - h1 + 180) % 360 - 180
    turn = np.where(np.isclose(np.abs(h2 - h1), 180), h2 - h1, turn)
    turn = np.where(c1 * c2 == 0, 0.0, turn)
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))

    lm, c = (l1 + l2) / 2, (c1 + c2) / 2
    apart = np.abs(h1 - h2) > 180
    h = (h1 + h2) / 2 + np.where(apart, np.where(h1 + h2 < 360, 180, -180), 0)
    h = np.where(c1 * c2 == 0, h1 + h2, h)
    t = (
        1
        - 0.17 * np.cos(np.radians(h - 30))
        + 0.24 * np.cos(np.radians(2 * h))
        + 0.32 * np.cos(np.radians(3 * h + 6))
        - 0.20 * np.cos(np.radians(4 * h - 63))
    )
    sl = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2)
    sc = 1 + 0.045 * c
    sh = 1 + 0.015 * c * t
    blue = 30 * np.exp(-(((h - 275) / 25) ** 2))
    rt = -2 * np.sqrt(c**7 / (c**7 + 25.0**7)) * np.sin(np.radians(2 * blue))
    return np.sqrt(
        (lightness / sl) ** 2
        + (colour / sc) ** 2
        + (hue / sh) ** 2
        + rt * (colour / sc) * (hue / sh)
    )

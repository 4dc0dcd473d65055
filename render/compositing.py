"""Puts a background under a render and encodes it for the screen: plain arithmetic on arrays.

Arrays are float32, height × width × 4, linear light, premultiplied by alpha, first row at the
bottom as Blender has it. No bpy here.
"""

import numpy as np

from ..presets.colours import linear_from_hex


def decode_srgb(encoded: np.ndarray) -> np.ndarray:
    """Return linear light of sRGB components 0..1 (IEC 61966-2-1)."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def encode_srgb(linear: np.ndarray) -> np.ndarray:
    """Return sRGB components 0..1 of linear light, clipped: what view transform Standard shows."""
    clipped = np.clip(linear, 0.0, 1.0)
    return np.where(
        clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** np.float32(1 / 2.4) - 0.055
    )


def cleared(render: np.ndarray) -> np.ndarray:
    """Return `render` with nothing at all where 8 bits would call it clear.

    The denoiser leaves traces there, which sRGB's steep start would make visible on black.
    """
    return np.where(render[..., 3:] < 0.5 / 255, np.float32(0.0), render)


def resized(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return the picture at another size, each pixel the mean of what it covers."""
    return _means(_means(pixels, height, 0), width, 1)


def _means(pixels: np.ndarray, length: int, axis: int) -> np.ndarray:
    """Return `pixels` with `length` rows (axis 0) or columns (1), each a mean of what it covers."""
    before = pixels.shape[axis]
    edges = np.linspace(0, before, length + 1)
    total = np.zeros((before + 1, pixels.shape[1 - axis], 4), dtype=np.float64)
    np.cumsum(np.moveaxis(pixels, axis, 0), axis=0, out=total[1:])
    whole = np.minimum(edges.astype(int), before - 1)
    part = (edges - whole)[:, None, None]
    at = total[whole] * (1 - part) + total[whole + 1] * part
    mean = np.diff(at, axis=0) * (length / before)
    return np.moveaxis(mean, 0, axis).astype(np.float32)


def over_colour(render: np.ndarray, colour: str) -> np.ndarray:
    """Return `render` over the colour '#RRGGBB', opaque.

    Where nothing was rendered the result is that colour to the last bit, because it is added
    after the render: no light falls on it. An edge mixes in linear light, as a lens does.
    """
    under = np.array([*linear_from_hex(colour), 1.0], dtype=np.float32)
    return over(render, under)


def over(render: np.ndarray, under: np.ndarray) -> np.ndarray:
    """Return `render` over `under`, both premultiplied."""
    return render + (1.0 - np.clip(render[..., 3:], 0.0, 1.0)) * under


def to_bytes(render: np.ndarray) -> np.ndarray:
    """Return uint8 sRGB with straight alpha, as PNG and WebP store it; clear pixels are black.

    Straight means: a half-covered edge keeps the cloth's full colour beside alpha 128, so that no
    dark fringe shows on whatever ground a shop puts under it.
    """
    alpha = np.clip(render[..., 3:], 0.0, 1.0)
    straight = np.divide(
        render[..., :3], alpha, out=np.zeros_like(render[..., :3]), where=alpha > 0
    )
    return bytes_of_picture(np.concatenate([encode_srgb(straight), alpha], axis=-1))


def bytes_of_picture(encoded: np.ndarray) -> np.ndarray:
    """Return uint8 of sRGB components 0..1."""
    return np.rint(encoded * 255.0).astype(np.uint8)

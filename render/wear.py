"""What years of washing leave of a print: cracks and rubbed patches, as a tile that repeats.

Made with numpy once and used as a texture: the same evaluated in shader nodes took ten times the
whole render. No bpy here.
"""

from functools import cache

import numpy as np

#: metres that a tile spans, larger than most prints; pixels of a side
TILE, PIXELS = 0.36, 1024


@cache
def left_of_print() -> np.ndarray:
    """Return how much is left, PIXELS × PIXELS, 1 whole to 0 gone. The same each time."""
    random = np.random.default_rng(7)
    patches = _noise(random, coarsest=0.12, finest=0.004)
    worn = _step(patches, -0.3, 1.6)
    # Lines on which a band of noise crosses zero wind like cracks in a film that was stretched.
    cracks = np.minimum(
        np.abs(_noise(random, coarsest=0.011, finest=0.0045)),
        np.abs(_noise(random, coarsest=0.016, finest=0.006)),
    )
    whole = _step(cracks, 0.10 * worn, 0.10 * worn + 0.07)
    grain = _noise(random, coarsest=0.0035, finest=0.0008)
    rubbed = _step(grain + 2.6 * worn, 3.0, 3.5)
    return (1 - (1 - whole) * _step(worn, 0.0, 0.3)) * (1 - rubbed)


def _noise(random: np.random.Generator, *, coarsest: float, finest: float) -> np.ndarray:
    """Return noise that repeats, of mean 0 and deviation 1, between two wave lengths in metres."""
    waves = np.hypot(*np.meshgrid(np.fft.rfftfreq(PIXELS), np.fft.fftfreq(PIXELS))) * PIXELS / TILE
    band = np.where((waves >= 1 / coarsest) & (waves <= 1 / finest), 1 / np.maximum(waves, 1), 0)
    field = np.fft.irfft2(np.fft.rfft2(random.standard_normal((PIXELS, PIXELS))) * band)
    return (field / field.std()).astype(np.float32)


def _step(values: np.ndarray, low: np.ndarray | float, high: np.ndarray | float) -> np.ndarray:
    part = np.clip((values - low) / (high - low), 0, 1)
    return part * part * (3 - 2 * part)

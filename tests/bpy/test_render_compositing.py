"""A background goes under a render exactly: checked against the same sums in double precision."""

import numpy as np
import pytest

pytest.importorskip("bpy")  # numpy comes with Blender; plain tests do without

from tshirt_render_queue.presets.colours import to_linear, to_srgb
from tshirt_render_queue.render import compositing


def a_render(seed=1):
    """Premultiplied pixels with all alphas, some light above white, and a clear corner."""
    random = np.random.default_rng(seed)
    alpha = random.random((64, 64, 1))
    alpha[:8, :8] = 0
    alpha[8:16, :8] = 1
    colour = random.random((64, 64, 3)) * 1.3
    return np.concatenate([colour * alpha, alpha], axis=-1).astype(np.float32)


def exactly(render, colour):
    under = [to_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5)]
    render = render.astype(np.float64)
    mixed = render[..., :3] + (1 - render[..., 3:]) * under
    return np.vectorize(to_srgb)(np.clip(mixed, 0, 1)) * 255


@pytest.mark.parametrize("colour", ["#000000", "#FFFFFF", "#0102FE", "#7F8081", "#E0A030"])
def test_over_a_colour_is_within_rounding_of_the_exact_sum(colour):
    pixels = compositing.to_bytes(compositing.over_colour(a_render(), colour))
    assert np.abs(pixels[..., :3] - exactly(a_render(), colour)).max() <= 0.51
    assert (pixels[..., 3] == 255).all()


def test_all_256_values_come_through_unchanged():
    ramp = np.arange(256)
    clear = np.zeros((1, 256, 4), np.float32)
    for value in ramp:
        pixels = compositing.to_bytes(compositing.over_colour(clear, f"#{value:02X}{value:02X}00"))
        assert (pixels[0, :, 0] == value).all()
        assert (pixels[0, :, 2] == 0).all()


def test_clear_picture_has_straight_colour_so_that_edges_are_not_dark():
    white_edge = np.array([[[0.5, 0.5, 0.5, 0.5], [0.0, 0.0, 0.0, 0.0]]], np.float32)
    assert compositing.to_bytes(white_edge).tolist() == [[[255, 255, 255, 128], [0, 0, 0, 0]]]


def test_what_eight_bits_call_clear_is_clear():
    traces = np.array([[[0.001, 0.001, 0.001, 0.0019], [0.1, 0.1, 0.1, 0.2]]], np.float32)
    assert compositing.cleared(traces)[0].tolist() == [
        [0, 0, 0, 0],
        pytest.approx([0.1, 0.1, 0.1, 0.2]),
    ]


def test_resized_keeps_the_light():
    random = np.random.default_rng(3).random((37, 53, 4)).astype(np.float32)
    small = compositing.resized(random, 11, 9)
    assert small.mean(axis=(0, 1)) == pytest.approx(random.mean(axis=(0, 1)), abs=1e-5)
    assert compositing.resized(random, 53, 37) == pytest.approx(random, abs=1e-5)

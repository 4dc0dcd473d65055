"""Fine print survives few samples and the denoiser: lines of two pixels keep their contrast."""

from dataclasses import replace

import pytest

pytest.importorskip("bpy")
np = pytest.importorskip("numpy")

from tshirt_render_queue.presets.qualities import qualities  # noqa: E402

#: pixels of the picture, and of the part that is rendered: lines, and text 12 px high
PICTURE, PART = 2048, 96


@pytest.fixture(scope="module")
def seen(darkroom, tmp_path_factory):
    """A function that renders the part of the card, and one that compares with many samples."""
    folder = tmp_path_factory.mktemp("card")
    room, whole = darkroom.of_card(folder, PICTURE)
    part = replace(whole, side=PART, y=whole.y + PART / 4 / PICTURE)
    reference, _ = room.render(part, 256, folder, denoise=False, noise=0.0)

    def compare(samples, denoise):
        picture, _ = room.render(part, samples, folder, denoise=denoise)
        return darkroom.kept(picture, reference), darkroom.error(picture, reference)

    return room, compare


@pytest.mark.parametrize("quality", qualities().values(), ids=lambda quality: quality.id)
def test_lines_of_two_pixels_and_small_print_keep_their_contrast(seen, quality):
    room, compare = seen
    raw, noise = compare(quality.samples, denoise=False)
    assert raw > 0.98
    if not room.denoiser:
        pytest.skip("this build has no denoiser")
    clean, left = compare(quality.samples, denoise=True)
    print(f"{quality.id}: {raw:.3f} raw, {clean:.3f} denoised; error {noise:.2f}, {left:.2f}")
    assert clean > 0.97
    assert left < noise + 0.5, "steps of 255"


def test_the_measure_tells_a_blurred_picture(darkroom):
    lines = np.zeros((64, 64, 3))
    lines[:, np.arange(64) % 4 < 2] = 1
    noise = np.random.default_rng(1).normal(0, 0.2, lines.shape)
    blurred = (lines + np.roll(lines, 1, axis=1)) / 2
    assert darkroom.kept(lines + noise, lines) == pytest.approx(1, abs=0.02)
    assert darkroom.kept(blurred, lines) == pytest.approx(0.5, abs=0.1)

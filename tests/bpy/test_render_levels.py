"""The shipped shirts are lit as a shop's pictures are: white looks white, nothing clips, folds show."""

from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")
np = pytest.importorskip("numpy")

from tshirt_render_queue.presets.request import Print  # noqa: E402
from tshirt_render_queue.render import pictures  # noqa: E402

TEMPLATES = Path(__file__).resolve().parents[2] / "presets" / "templates"
WHITE, BLACK = "#FFFFFF", "#25282A"
SIZE = 192


@pytest.fixture
def lit(render, make_request):
    """A function that returns a picture's colours 0..255, and where the shirt covers all."""

    def shoot(template, fabric, **changed):
        asked = make_request(
            TEMPLATES / template, fabric_hex=fabric, width=SIZE, height=SIZE, samples=16, **changed
        )
        work, result = render(asked)
        picture = pictures.read(work / result["files"][0]["file"])[0] * 255
        # Means of 4 × 4 pixels: without a denoiser the grain of few samples is left out so.
        blocks = picture.reshape(SIZE // 4, 4, SIZE // 4, 4, 4).mean(axis=(1, 3))
        return blocks[..., :3], blocks[..., 3] > 254.5

    return shoot


def small(letter):
    return (Print(design=str(letter), name="letter", placement="left_chest", width_in=0.5),)


def relief(picture, shirt):
    """Return the spread of the shirt's light, by its mean: what folds there are."""
    light = ((picture[shirt] / 255) ** 2.2).mean(axis=-1)
    low, high = np.percentile(light, [10, 90])
    return (high - low) / light.mean()


@pytest.mark.parametrize("template", sorted(path.name for path in TEMPLATES.glob("*.blend")))
def test_white_cloth_is_white_without_clipping_and_shows_its_folds(lit, letter, template):
    picture, shirt = lit(template, WHITE, prints=small(letter))
    grey = picture[shirt].mean(axis=-1)
    print(template, np.percentile(grey, [1, 5, 25, 50, 75, 95, 99]).round(), relief(picture, shirt))
    # Light from the side: below white there is room for the lit sides of folds.
    assert 205 < np.median(grey) < 246
    assert (grey > 254.5).mean() < 0.001
    assert relief(picture, shirt) > (0.3 if template == "tshirt.blend" else 0.05)


def test_a_white_print_clips_nowhere(lit, tmp_path):
    path = tmp_path / "white.png"
    pictures.write(np.full((64, 64, 4), 255, np.uint8), path)
    art = (Print(design=str(path), name="white", placement="full_front_max"),)
    picture, shirt = lit("tshirt.blend", BLACK, prints=art)
    printed = picture[shirt & (picture.min(axis=-1) > 150)]
    print(np.percentile(printed, [1, 50, 99, 99.9]).round(), printed.max())
    assert len(printed) > 150
    assert np.percentile(printed, 99.9) <= 252
    assert np.median(printed) > 205


def test_folds_show_on_black(lit, letter):
    picture, shirt = lit("tshirt.blend", BLACK, prints=small(letter))
    assert relief(picture, shirt) > 0.2

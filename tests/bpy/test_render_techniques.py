"""Each print technique shows, and changes neither where the art lies nor, by much, its colours."""

from dataclasses import replace

import pytest

bpy = pytest.importorskip("bpy")
np = pytest.importorskip("numpy")

from tshirt_render_queue.presets.request import TECHNIQUES  # noqa: E402
from tshirt_render_queue.render import pictures, techniques, wear  # noqa: E402

SIDE = 256


@pytest.fixture
def printed(render, make_request, studio_blend):
    def print_(technique: str, **changed) -> np.ndarray:
        request = make_request(
            studio_blend, technique=technique, width=SIDE, height=SIDE, samples=16, **changed
        )
        work, result = render(request)
        return pictures.read(work / result["files"][0]["file"])[0][..., :3] * 255

    return print_


def red_in(picture: np.ndarray) -> np.ndarray:
    return (picture[..., 0] > 90) & (picture[..., 2] < picture[..., 0] * 0.6)


def test_every_technique_that_can_be_asked_for_is_there():
    assert tuple(techniques.TECHNIQUES) == TECHNIQUES


@pytest.mark.parametrize("technique", [one for one in TECHNIQUES if one != "dtg"])
def test_it_shows_and_stays_in_place(printed, technique):
    plain, other = printed("dtg"), printed(technique)
    art = red_in(plain)
    assert art.sum() > 1000
    difference = np.abs(plain - other).mean(axis=-1)
    assert difference[art].mean() > 3, "it can be seen on the print"
    # Beside the print nothing changes, but for light that bounces.
    assert difference[:, : SIDE // 5].mean() < 1
    rows, columns = np.nonzero(art)
    found_rows, found_columns = np.nonzero(red_in(other))
    for had, has in ((rows, found_rows), (columns, found_columns)):
        assert abs(int(had.min()) - int(has.min())) <= 1
        assert abs(int(had.max()) - int(has.max())) <= 1


def test_screen_print_has_white_below_half_clear_ink_on_dark_fabric_only(printed, tmp_path):
    from tshirt_render_queue.presets.request import Print

    art = np.full((64, 64, 4), (214, 0, 40, 170), np.uint8)
    pictures.write(art, tmp_path / "soft.png")
    soft = Print(design=str(tmp_path / "soft.png"), name="soft", placement="full_front")
    lighter = {}
    for fabric in ("#101010", "#F0F0F0"):
        inks = []
        for technique in ("dtg", "screen"):
            prints = (replace(soft, technique=technique),)
            inks.append(printed(technique, prints=prints, fabric_hex=fabric))
        middle = np.s_[SIDE // 2 : SIDE // 2 + 20, SIDE // 2 - 10 : SIDE // 2 + 10, 1]
        lighter[fabric] = inks[1][middle].mean() - inks[0][middle].mean()
    assert lighter["#101010"] > 15
    assert abs(lighter["#F0F0F0"]) < 10


def test_wear_is_the_same_each_time_and_repeats_without_a_seam():
    left = wear.left_of_print()
    wear.left_of_print.cache_clear()
    assert (wear.left_of_print() == left).all()
    assert 0.8 < left.mean() < 0.97
    steps = np.abs(np.diff(left, axis=0)).mean()
    assert np.abs(left[0] - left[-1]).mean() < 2 * steps

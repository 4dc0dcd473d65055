"""Pictures of any shape show the template's square whole; one render holds all their shapes."""

from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")
np = pytest.importorskip("numpy")

from tshirt_render_queue.presets.qualities import output_presets  # noqa: E402
from tshirt_render_queue.presets.request import Print  # noqa: E402
from tshirt_render_queue.presets.views import round_the_shirt  # noqa: E402
from tshirt_render_queue.render import framing, pictures  # noqa: E402
from tshirt_render_queue.render.framing import Canvas  # noqa: E402

SHIPPED = Path(__file__).resolve().parents[2] / "presets" / "templates" / "tshirt.blend"
#: of the shorter side, pixels
SIDE = 96

#: the shapes of the output presets, at that size, and two extreme ones
SHAPES = {
    (round(SIDE * preset.width / shorter), round(SIDE * preset.height / shorter))
    for preset in output_presets().values()
    for shorter in [min(preset.width, preset.height)]
} | {(3 * SIDE, SIDE), (SIDE, 3 * SIDE)}


def covered(alpha):
    """Return the first and last row, and the first and last column, that show something."""
    rows, columns = np.nonzero(alpha.max(axis=1))[0], np.nonzero(alpha.max(axis=0))[0]
    return np.array([rows[0], rows[-1], columns[0], columns[-1]])


@pytest.fixture(scope="module")
def in_a_square(tmp_path_factory):
    """Where the shipped shirt lies in a square picture, by view."""
    return {}


@pytest.mark.parametrize("width, height", sorted(SHAPES, key=lambda shape: shape != (SIDE, SIDE)))
def test_the_shirt_lies_whole_in_every_shape_as_large_as_in_a_square(
    render, make_request, in_a_square, width, height
):
    views = round_the_shirt()
    asked = make_request(SHIPPED, views=views, width=width, height=height, samples=1)
    work, result = render(asked)
    assert [row["view"] for row in result["files"]] == list(views)
    for row in result["files"]:
        alpha = pictures.read(work / row["file"])[0][..., 3]
        border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
        assert alpha.max() == 1 and border.max() == 0
        square = in_a_square.setdefault(row["view"], covered(alpha))
        beside = np.repeat([(height - SIDE) / 2, (width - SIDE) / 2], 2)
        assert covered(alpha) - beside == pytest.approx(square, abs=1.5), row["view"]


@pytest.mark.parametrize(
    "asked, others, canvas",
    [
        ((512, 512), [], Canvas(512, 512, 512)),
        ((512, 512), [(2000, 2000)], Canvas(512, 512, 512)),
        ((300, 400), [(512, 512)], Canvas(300, 300, 400)),
        ((512, 512), [(2700, 2025)], Canvas(512, 684, 512)),
        ((512, 512), [(1080, 1350), (2700, 2025)], Canvas(512, 684, 640)),
        ((301, 200), [(100, 150)], Canvas(200, 301, 300)),
    ],
)
def test_a_canvas_holds_all_shapes_and_the_picture_in_its_middle(asked, others, canvas):
    found = framing.canvas_for(*asked, others)
    assert found == canvas
    random = np.random.default_rng(1).random((found.height, found.width, 4)).astype(np.float32)
    for width, height in (asked, *others):
        assert framing.cut(random, found, width, height).shape == (height, width, 4)
    left, bottom = (found.width - asked[0]) // 2, (found.height - asked[1]) // 2
    middle = random[bottom : bottom + asked[1], left : left + asked[0]]
    assert (framing.cut(random, found, *asked) == middle).all()


def test_a_picture_of_another_size_is_cut_out_true_to_scale():
    canvas = framing.canvas_for(64, 64, [(128, 90), (40, 100)])
    render = np.zeros((canvas.height, canvas.width, 4), np.float32)
    bottom, left = (canvas.height - 64) // 2, (canvas.width - 64) // 2
    render[bottom + 16 : bottom + 48, left + 8 : left + 56] = 0.5
    for width, height in ((32, 32), (128, 90), (40, 100)):
        small = framing.cut(render, canvas, width, height)
        scale = min(width, height) / 64
        assert (small[..., 0] > 0.25).sum() / scale**2 == pytest.approx(32 * 48, rel=0.06)
        middle = np.argwhere(small[..., 0] > 0.25).mean(axis=0)
        assert middle == pytest.approx(((height - 1) / 2, (width - 1) / 2), abs=1)


@pytest.fixture(scope="module")
def odd_cameras(simple_template, tmp_path_factory) -> Path:
    """A template whose cameras are set up in other ways than ours."""
    path = simple_template.build(tmp_path_factory.mktemp("odd") / "sheets.blend", studio=False)
    front, back, left = (bpy.data.cameras[view] for view in ("front", "back", "left"))
    front.type, front.ortho_scale, front.shift_x = "ORTHO", 1.2, 0.08
    back.sensor_fit, back.sensor_height, back.shift_y = "VERTICAL", 20.0, -0.1
    left.lens = 1200.0  # so near that the sleeve reaches beyond every side
    bpy.data.objects["Camera left"].location.z += 0.2
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def test_a_templates_own_cameras_show_their_square_in_every_shape(
    render, make_request, odd_cameras
):
    def shown(width, height, **changed):
        asked = make_request(
            odd_cameras, views=("front", "back"), width=width, height=height, samples=8, **changed
        )
        work, result = render(asked)
        return [pictures.read(work / row["file"])[0] for row in result["files"]]

    square = shown(SIDE, SIDE)
    for wide, tall in ((150, SIDE), (SIDE, 140)):
        for picture, whole in zip(shown(wide, tall), square, strict=True):
            bottom, left = (tall - SIDE) // 2, (wide - SIDE) // 2
            middle = picture[bottom : bottom + SIDE, left : left + SIDE]
            assert np.abs(middle - whole).mean() < 0.01
    # The further pictures of a square one need more than the square on two sides.
    further = shown(SIDE, SIDE, also=("portrait_1080", "landscape_2700"), backgrounds=("#FFFFFF",))
    assert [picture.shape[:2] for picture in further] == [
        (SIDE, SIDE), (1350, 1080), (2025, 2700)
    ] * 2  # fmt: skip
    for picture, whole in zip(further[::3], square, strict=True):
        on_white = whole[..., :3] * whole[..., 3:] + 1 - whole[..., 3:]
        assert np.abs(picture[..., :3] - on_white).mean() < 0.01


def test_a_closeup_fills_its_further_pictures(render, make_request, odd_cameras, tmp_path):
    # Printed all over, as plain cloth from so near is one colour, which no picture may be.
    stripes = np.zeros((64, 64, 4), np.uint8)
    stripes[...] = (0, 90, 60, 255)
    stripes[::2, :, 2] = 160
    path = tmp_path / "stripes.png"
    pictures.write(stripes, path)
    all_over = Print(design=str(path), name="stripes", placement="free:sleeve_left", width_in=9.0)
    asked = make_request(
        odd_cameras, views=("left",), also=("landscape_2700",), backgrounds=("#FF0000",),
        prints=(all_over,),
    )  # fmt: skip
    work, result = render(asked)
    for row in result["files"]:
        picture, _ = pictures.read(work / row["file"])
        assert picture[..., 0].max() < 0.9, f"the ground is seen in {row['file']}"

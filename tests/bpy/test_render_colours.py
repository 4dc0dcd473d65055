"""A print shows the colours of its file, on light and on dark fabric: 24 patches, CIEDE2000."""

from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")
np = pytest.importorskip("numpy")

from tshirt_render_queue.presets.colours import srgb_from_hex  # noqa: E402
from tshirt_render_queue.presets.placing import place  # noqa: E402
from tshirt_render_queue.presets.request import Print  # noqa: E402
from tshirt_render_queue.render import compositing, pictures  # noqa: E402
from tshirt_render_queue.render.template import open_template, read_template  # noqa: E402

# fmt: off
#: sRGB values of the 24 patches of the ColorChecker chart, row by row from the upper left
CHART = (
    "#735244", "#C29682", "#627A9D", "#576C43", "#8580B1", "#67BDAA",
    "#D67E2C", "#505BA6", "#C15A63", "#5E3C6C", "#9DBC40", "#E0A32E",
    "#383D96", "#469449", "#AF363C", "#E7C71F", "#BB5695", "#0885A1",
    "#F3F3F2", "#C8C8C8", "#A0A0A0", "#7A7A79", "#555555", "#343434",
)
# fmt: on

SHIPPED = Path(__file__).resolve().parents[2] / "presets" / "templates" / "tshirt.blend"
SIZE = 288


@pytest.fixture(scope="session")
def chart(tmp_path_factory) -> Path:
    """The chart as a picture of 6 × 4 patches."""
    rows = np.array([srgb_from_hex(colour) for colour in CHART]).reshape(4, 6, 3)[::-1]
    art = np.full((4, 6, 4), 255, np.uint8)
    art[..., :3] = np.rint(rows * 255)
    path = tmp_path_factory.mktemp("chart") / "chart.png"
    pictures.write(art.repeat(40, axis=0).repeat(40, axis=1), path)
    return path


@pytest.fixture(scope="session")
def even_shirt(tmp_path_factory) -> Path:
    """The shipped t-shirt in even white light: its lamps off, its world white."""
    template = open_template(SHIPPED)
    for lamp in [thing for thing in template.scene.objects if thing.type == "LIGHT"]:
        lamp.hide_render = True
    tree = template.scene.world.node_tree
    tree.nodes.clear()
    white = tree.nodes.new("ShaderNodeBackground")
    white.inputs["Color"].default_value = (1, 1, 1, 1)
    white.inputs["Strength"].default_value = 1.0
    tree.links.new(white.outputs[0], tree.nodes.new("ShaderNodeOutputWorld").inputs["Surface"])
    path = tmp_path_factory.mktemp("even") / "shirt.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True)
    return path


def shown(picture, request, template, zone_on_cloth, pixel):
    """Return the 24 colours of the picture where the patches' middles are on the cloth."""
    zone = template.zones["front"]
    placed = place(request.prints[0], zone, 6 / 4, request.garment_size)
    colours = []
    for number in range(24):
        row, column = divmod(number, 6)
        u = placed.centre_u + ((column + 0.5) / 6 - 0.5) * placed.width
        v = placed.centre_v + (0.5 - (row + 0.5) / 4) * placed.height
        point = zone_on_cloth.point(u / zone.width, v / zone.height)
        x, y = pixel(template.scene, template.cameras["front"], point, SIZE, SIZE)
        colours.append(picture[y - 1 : y + 2, x - 1 : x + 2, :3].mean(axis=(0, 1)))
    return np.array(colours)


@pytest.mark.parametrize("fabric", ["#FFFFFF", "#25282A"])
@pytest.mark.parametrize("blend", ["even_blend", "even_shirt"])
def test_24_patches_keep_their_colours(
    request, render, make_request, on_cloth, delta_e_2000, chart, blend, fabric
):
    asked = make_request(
        request.getfixturevalue(blend),
        prints=(Print(design=str(chart), name="chart", placement="full_front"),),
        fabric_hex=fabric,
        samples=12,
        width=SIZE,
        height=SIZE,
    )
    work, result = render(asked)
    picture, _ = pictures.read(work / result["files"][0]["file"])
    template = read_template(Path(asked.template))
    zone = on_cloth.Zone(template.garments[0], template.zones["front"].uv_map)
    found = shown(picture, asked, template, zone, on_cloth.pixel)
    differences = delta_e_2000(found, [srgb_from_hex(colour) for colour in CHART])
    print(f"{blend} {fabric}: mean {differences.mean():.2f}, greatest {differences.max():.2f}")
    assert differences.mean() < 1
    assert differences.max() < 2.5


@pytest.mark.parametrize("fabric", ["#FFFFFF", "#25282A"])
def test_under_studio_light_one_exposure_brings_the_colours_back(
    render, make_request, on_cloth, delta_e_2000, chart, fabric
):
    asked = make_request(
        SHIPPED,
        prints=(Print(design=str(chart), name="chart", placement="full_front"),),
        fabric_hex=fabric,
        samples=24,
        width=SIZE,
        height=SIZE,
    )
    work, result = render(asked)
    picture, _ = pictures.read(work / result["files"][0]["file"])
    template = read_template(SHIPPED)
    zone = on_cloth.Zone(template.garments[0], template.zones["front"].uv_map)
    found = compositing.decode_srgb(shown(picture, asked, template, zone, on_cloth.pixel))
    wanted = [srgb_from_hex(colour) for colour in CHART]
    exposures = np.geomspace(0.5, 2, 141)
    means = [
        delta_e_2000(compositing.encode_srgb(found * exposure), wanted).mean()
        for exposure in exposures
    ]
    print(f"{fabric}: mean {min(means):.2f} at exposure {exposures[np.argmin(means)]:.2f}")
    assert min(means) < 2

"""Every kind of design file prints the colours that are in it, with clean edges."""

import struct
import zlib

import pytest

bpy = pytest.importorskip("bpy")
np = pytest.importorskip("numpy")

from tshirt_render_queue.presets.placing import place  # noqa: E402
from tshirt_render_queue.presets.request import Print  # noqa: E402
from tshirt_render_queue.render import pictures  # noqa: E402
from tshirt_render_queue.render.template import read_template  # noqa: E402

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6

#: sRGB, of a patch in the middle of the art
COLOUR = (200, 90, 30)


def png(rows: np.ndarray, kind: int, depth: int = 8, palette: bytes = b"") -> bytes:
    """Return a PNG of rows × columns × channels, first row at the top."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    raw = rows.astype(">u2" if depth == 16 else np.uint8)
    lines = b"".join(b"\0" + line.tobytes() for line in raw)
    head = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], depth, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + (chunk(b"PLTE", palette) if palette else b"")
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )


def flat(*values: int, side: int = 60) -> np.ndarray:
    return np.full((side, side, len(values)), values)


def saved_by_blender(path, kind: str) -> None:
    image = bpy.data.images.new("art", 60, 60)
    image.pixels.foreach_set(np.tile(np.float32([*(c / 255 for c in COLOUR), 1]), 3600))
    image.file_format = kind
    image.save(filepath=str(path), quality=100)
    bpy.data.images.remove(image)


@pytest.fixture
def shown(render, make_request, even_blend, on_cloth):
    """A function that prints a file on black, and returns the colour in its middle, 0..255."""

    def print_(path, at=(0.5, 0.5), side=200, fabric="#000000"):
        art = Print(design=str(path), name="art", placement="full_front")
        request = make_request(
            even_blend, prints=(art,), fabric_hex=fabric, width=side, height=side, samples=16
        )
        work, result = render(request)
        picture, _ = pictures.read(work / result["files"][0]["file"])
        template = read_template(even_blend)
        zone = template.zones["front"]
        placed = place(art, zone, 1.0, "L")
        u = placed.centre_u + (at[0] - 0.5) * placed.width
        v = placed.centre_v + (at[1] - 0.5) * placed.height
        cloth = on_cloth.Zone(template.garments[0], zone.uv_map)
        point = cloth.point(u / zone.width, v / zone.height)
        x, y = on_cloth.pixel(template.scene, template.cameras["front"], point, side, side)
        return picture[y, x, :3] * 255

    return print_


@pytest.mark.parametrize(
    "data, colour",
    [
        (png(flat(*COLOUR), RGB), COLOUR),
        (png(flat(*(257 * c for c in COLOUR)), RGB, 16), COLOUR),
        (png(flat(*COLOUR, 255), RGBA), COLOUR),
        (png(flat(*(257 * c for c in (*COLOUR, 255))), RGBA, 16), COLOUR),
        (png(flat(120), GREY), (120, 120, 120)),
        (png(flat(120, 255), GREY_ALPHA), (120, 120, 120)),
        (png(flat(1), PALETTE, palette=bytes([0, 0, 0, *COLOUR])), COLOUR),
    ],
    ids=["rgb", "rgb 16", "rgba", "rgba 16", "grey", "grey alpha", "palette"],
)
def test_every_png_prints_its_colour(shown, tmp_path, data, colour):
    path = tmp_path / "art.png"
    path.write_bytes(data)
    assert shown(path) == pytest.approx(colour, abs=2)


@pytest.mark.parametrize("depth", [8, 16])
def test_beside_grey_art_the_cloth_keeps_its_colour(shown, tmp_path, depth):
    path = tmp_path / "art.png"
    path.write_bytes(png(flat(120 * (257 if depth == 16 else 1)), GREY, depth))
    for at in ((-0.1, 0.5), (1.1, 0.5), (0.5, 1.1)):
        assert shown(path, at=at, fabric="#E04020") == pytest.approx((224, 64, 32), abs=2)


@pytest.mark.parametrize("kind, ending", [("JPEG", "jpg"), ("WEBP", "webp"), ("TIFF", "tif")])
def test_other_formats_print_their_colour(shown, tmp_path, kind, ending):
    path = tmp_path / f"art.{ending}"
    saved_by_blender(path, kind)
    assert shown(path) == pytest.approx(COLOUR, abs=3)


@pytest.mark.parametrize("depth", [8, 16])
def test_half_clear_ink_mixes_in_linear_light(shown, tmp_path, depth):
    white = (255, 255, 255, 128)
    path = tmp_path / "art.png"
    scale = 257 if depth == 16 else 1
    path.write_bytes(png(flat(*(scale * c for c in white)), RGBA, depth))
    half = 255 * (1.055 * (128 / 255) ** (1 / 2.4) - 0.055)
    assert shown(path) == pytest.approx((half,) * 3, abs=2)


def test_colour_hidden_in_clear_pixels_never_shows(shown, tmp_path):
    """Green under alpha 0 beside white: an edge that mixed them would be greenish."""
    rows = flat(0, 255, 0, 0)
    rows[:, 30:] = (255, 255, 255, 255)
    path = tmp_path / "art.png"
    path.write_bytes(png(rows, RGBA))
    for across in np.linspace(0.48, 0.52, 9):
        red, green, blue = shown(path, at=(across, 0.5), side=120)
        assert abs(green - red) < 10 and abs(green - blue) < 10


def test_a_design_that_is_no_picture_is_named(render, make_request, even_blend, tmp_path):
    from tshirt_render_queue.render.failures import BadDesign

    path = tmp_path / "letter.png"
    path.write_bytes(b"Dear printer,")
    art = Print(design=str(path), name="letter", placement="full_front")
    with pytest.raises(BadDesign, match=r"'letter'.*isn't a picture"):
        render(make_request(even_blend, prints=(art,)))

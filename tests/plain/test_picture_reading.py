"""What is ordered is kept as its viewer shows it: upright, in sRGB, whatever the file is like."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms, ImageOps
from tshirt_render_queue.presets.images import BadDesign
from tshirt_render_queue.queue.intake import picture_look, picture_process
from tshirt_render_queue.queue.intake.matrix_profile import matrix_profile, profile_of_codes_or_none

#: (x, y) of red, green, blue and white: Adobe RGB (1998), and ProPhoto (ROMM) with its D50
ADOBE_RGB = matrix_profile(
    "Adobe RGB (1998)", (0.64, 0.33, 0.21, 0.71, 0.15, 0.06, 0.3127, 0.329), 2.2
)
PROPHOTO = matrix_profile(
    "ProPhoto RGB", (0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001, 0.3457, 0.3585), 1.8
)
DISPLAY_P3 = profile_of_codes_or_none(bytes((12, 13)))
SRGB = ImageCms.createProfile("sRGB")
#: where the corners' colours are, clockwise from the upper left
CORNERS = ((200, 30, 40), (30, 160, 60), (40, 60, 200), (220, 200, 40))


def corners() -> Image.Image:
    """A picture whose every corner has a colour, wider than high."""
    image = Image.new("RGB", (90, 60))
    for colour, box in zip(CORNERS, ((0, 0), (45, 0), (45, 30), (0, 30)), strict=True):
        image.paste(colour, (*box, box[0] + 45, box[1] + 30))
    return image


def saved(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG"
    image.load()
    return image


def is_like(one: Image.Image, other: Image.Image, tolerance: int) -> bool:
    """Whether no corner differs by more than that (edges do, where a format is lossy)."""
    assert one.size == other.size
    width, height = one.size
    for x, y in ((9, 9), (width - 9, 9), (width - 9, height - 9), (9, height - 9)):
        ours, theirs = one.convert("RGB").getpixel((x, y)), other.convert("RGB").getpixel((x, y))
        if max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) > tolerance:
            return False
    return True


#: EXIF's number, and what brings a picture that is stored so upright again (TIFF 6.0, tag 274)
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG", "TIFF", "AVIF"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_it_is_kept_upright(looked, kept, kind, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    options = {"quality": 95} if kind in ("JPEG", "WEBP", "AVIF") else {}
    data = saved(corners(), kind, exif=exif, **options)
    upright = corners().transpose(TURNS[turn]) if turn > 1 else corners()
    info = looked(data).info
    assert (info.width, info.height) == upright.size
    assert is_like(opened(kept(data)), upright, 12)
    assert ("turned" in [remark.code for remark in info.remarks]) == (turn > 1)


def test_xmp_turns_it_too(looked, kept):
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="6"/></x:xmpmeta>'
    data = saved(corners(), "JPEG", quality=95, xmp=xmp)
    assert (looked(data).info.width, looked(data).info.height) == (60, 90)
    assert is_like(opened(kept(data)), corners().transpose(TURNS[6]), 12)


@pytest.mark.parametrize("profile", [DISPLAY_P3, ADOBE_RGB, PROPHOTO], ids=["P3", "Adobe", "Pro"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP"])
def test_its_colours_are_converted_by_its_profile(looked, kept, kind, profile):
    wide = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    stored = ImageCms.profileToProfile(corners(), SRGB, wide, renderingIntent=1)
    options = {"quality": 100} if kind in ("JPEG", "WEBP") else {}
    data = saved(stored, kind, icc_profile=profile, **options)
    assert not is_like(stored, corners(), 9)
    assert is_like(opened(kept(data)), corners(), 8)
    (remark,) = looked(data).info.remarks
    assert remark.code == "converted_colours"
    assert "from the color profile '" in remark.said


def test_clear_pixels_stay_clear_while_colours_are_converted(kept):
    image = corners()
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    converted = opened(kept(saved(image, "PNG", icc_profile=ADOBE_RGB)))
    assert converted.getchannel("A").tobytes() == image.getchannel("A").tobytes()


def test_a_png_in_srgb_keeps_its_bytes(looked, kept):
    profile = ImageCms.ImageCmsProfile(SRGB).tobytes()
    for data in (
        saved(corners(), "PNG"),
        saved(corners(), "PNG", icc_profile=profile),
        saved(corners().convert("P"), "PNG"),
        saved(corners().convert("L"), "PNG", bits=4),
    ):
        assert kept(data) == data
        assert looked(data).is_canonical
        assert looked(data).info.remarks == ()


def with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    """Return the PNG with a chunk after its header."""
    chunk = struct.pack(">I", len(body)) + kind + body
    return png[:33] + chunk + struct.pack(">I", zlib.crc32(kind + body)) + png[33:]


def test_a_png_may_say_its_colours_in_a_few_numbers(kept):
    wide = ImageCms.ImageCmsProfile(io.BytesIO(DISPLAY_P3))
    stored = ImageCms.profileToProfile(corners(), SRGB, wide, renderingIntent=1)
    coded = with_chunk(saved(stored, "PNG"), b"cICP", bytes((12, 13, 0, 1)))
    assert is_like(opened(kept(coded)), corners(), 3)
    linear = with_chunk(saved(Image.new("RGB", (20, 20), (55, 55, 55)), "PNG"), b"gAMA",
                        struct.pack(">I", 100_000))  # fmt: skip
    assert opened(kept(linear)).getpixel((9, 9)) == pytest.approx((128, 128, 128), abs=1)
    usual = with_chunk(saved(corners(), "PNG"), b"gAMA", struct.pack(">I", 45455))
    assert kept(usual) == usual


def test_cmyk_without_a_profile_is_a_guess_that_is_told(looked, kept):
    for kind in ("JPEG", "TIFF"):
        data = saved(corners().convert("CMYK"), kind, **({"quality": 98} if kind == "JPEG" else {}))
        (remark,) = looked(data).info.remarks
        assert remark.code == "assumed_colours"
        assert is_like(opened(kept(data)), corners(), 8)


def test_grey_is_converted_by_a_grey_profile(looked, kept):
    tags = {b"wtpt": b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061),
            b"kTRC": b"curv" + bytes(4) + struct.pack(">IH", 1, 256) + bytes(2),
            b"desc": b"desc" + bytes(4) + struct.pack(">I", 7) + b"linear\0" + bytes(79),
            b"cprt": b"text" + bytes(4) + b"CC0\0"}  # fmt: skip
    rgb = matrix_profile("linear", (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329), 1.0)
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for tag, data in tags.items():
        table += struct.pack(">4sII", tag, start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I", start + len(body)) + rgb[4:16] + b"GRAY" + rgb[20:128]
    profile = head + struct.pack(">I", len(tags)) + table + body
    data = saved(Image.new("L", (20, 20), 55), "PNG", icc_profile=profile)
    assert looked(data).info.remarks[0].code == "converted_colours"
    assert opened(kept(data)).convert("RGB").getpixel((9, 9)) == pytest.approx((128,) * 3, abs=2)


def test_a_profile_that_cannot_be_used_is_told(looked, kept):
    data = saved(corners(), "JPEG", quality=95, icc_profile=b"nonsense" * 40)
    assert [one.code for one in looked(data).info.remarks] == ["colour_profile"]
    assert is_like(opened(kept(data)), corners(), 8)


def tiff(width: int, strips: list[bytes], **fields) -> bytes:
    """A little-endian TIFF of those strips; fields by their tag's number."""
    entries = {256: [width], 257: [width], 278: [width], 259: [1]}
    entries |= {int(tag.removeprefix("t")): value for tag, value in fields.items()}
    entries[273], entries[279] = [0] * len(strips), [len(one) for one in strips]
    body, at = b"", 8 + 2 + 12 * len(entries) + 4
    placed = {}
    for tag, values in entries.items():
        if tag != 273 and len(values) > 2:
            placed[tag] = at + len(body)
            body += struct.pack(f"<{len(values)}H", *values)
    if len(strips) > 1:
        placed[273] = at + len(body)
        pixels = at + len(body) + 4 * len(strips)
        for one in strips:
            body += struct.pack("<I", pixels)
            pixels += len(one)
    else:
        entries[273] = [at + len(body)]
    table = struct.pack("<H", len(entries))
    for tag in sorted(entries):
        values = entries[tag]
        code, size = ("I", 4) if tag in (273,) else ("H", 2)
        if tag == 279 and len(values) == 1:
            code, size = "I", 4
        table += struct.pack("<HHI", tag, 4 if size == 4 else 3, len(values))
        if tag in placed:
            table += struct.pack("<I", placed[tag])
        else:
            table += struct.pack(f"<{len(values)}{code}", *values).ljust(4, b"\0")
    return b"II*\0" + struct.pack("<I", 8) + table + bytes(4) + body + b"".join(strips)


SIDE = 8


@pytest.mark.parametrize(
    "data, wanted",
    [
        (tiff(SIDE, [struct.pack("<H", 0x4000) * SIDE**2], t258=[16], t262=[0]), (191, 191, 191)),
        (tiff(SIDE, [struct.pack("<H", 0x4000) * SIDE**2], t258=[16], t262=[1]), (64, 64, 64)),
        (tiff(SIDE, [b"\x40" * SIDE**2], t258=[8], t262=[0]), (191, 191, 191)),
        (
            tiff(SIDE, [bytes([value]) * SIDE**2 for value in (200, 30, 40)],
                 t258=[8, 8, 8], t262=[2], t277=[3], t284=[2]),
            (200, 30, 40),
        ),
        (
            tiff(SIDE, [struct.pack("<4H", 0x6400, 0x1000, 0x2000, 0x8000) * SIDE**2],
                 t258=[16] * 4, t262=[2], t277=[4], t338=[1]),
            (199, 32, 64),
        ),
        (
            tiff(SIDE, [struct.pack("<3H", 0x6400, 0x1000, 0x2000) * SIDE**2],
                 t258=[16] * 3, t262=[2], t277=[3]),
            (100, 16, 32),
        ),
    ],
    ids=["white is 0, 16", "grey 16", "white is 0, 8", "planar", "associated alpha 16", "RGB 16"],
)  # fmt: skip
def test_a_tiff_is_shown_as_its_tags_say_or_refused(kept, data, wanted):
    try:
        png = kept(data)
    except BadDesign as refusal:
        assert "can't be read" in str(refusal)  # noqa: PT017 - a sentence is as good
        return
    got = opened(png).convert("RGB").getpixel((3, 3))
    assert got == pytest.approx(wanted, abs=3)


@pytest.mark.parametrize(
    "compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate", "jpeg", "lzma", "zstd"]
)
def test_packed_tiffs_are_shown(kept, compression):
    data = saved(corners(), "TIFF", compression=compression)
    assert is_like(opened(kept(data)), corners(), 10)


def test_a_jpeg_with_junk_between_its_segments_opens(kept):
    data = saved(corners(), "JPEG", quality=95)
    second = 4 + struct.unpack_from(">H", data, 4)[0]
    junk = data[:second] + b"\0\0\0junk" + data[second:]
    assert is_like(opened(kept(junk)), corners(), 8)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_several_pictures_the_first_is_kept_and_told(looked, kept, kind):
    data = saved(corners(), kind, save_all=True, append_images=[ImageOps.invert(corners())])
    assert [one.code for one in looked(data).info.remarks] == ["first_picture"]
    assert is_like(opened(kept(data)), corners(), 40)


def test_a_grid_is_of_the_whole_picture(grid_of):
    image = Image.new("RGBA", (300, 200))
    image.paste((9, 8, 7, 255), (30, 40, 150, 100))
    grid = grid_of(saved(image, "PNG"))
    assert grid.ink == (0.1, 0.2, 0.5, 0.5)
    assert (len(grid.rows), len(grid.rows[0])) == (96, 96)
    assert grid.rows[30][20] == (9, 8, 7, 255)


def test_a_bomb_ends_with_a_sentence(monkeypatch, tmp_path):
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(saved(Image.new("L", (16_000, 12_000)), "PNG"))
    monkeypatch.setattr(picture_look, "PATIENCE", 0.05)
    (refusal,) = picture_look.look_all([str(bomb)], tmp_path, None)
    assert isinstance(refusal, BadDesign)
    assert "takes longer than 0 seconds to read" in str(refusal)
    monkeypatch.setattr(picture_look, "PATIENCE", 60.0)
    (look,) = picture_look.look_all([str(bomb)], tmp_path, None)
    assert not isinstance(look, BadDesign), "the next one has a process again"


def test_processes_stay_for_many(tmp_path):
    picture_process.end_all()
    paths = []
    for number in range(12):
        paths.append(str(tmp_path / f"{number}.png"))
        (tmp_path / f"{number}.png").write_bytes(
            saved(Image.new("RGB", (9, 9), (number,) * 3), "PNG")
        )
    looks = list(picture_look.look_all(paths, tmp_path, None))
    assert [look.grid.rows[0][0][0] for look in looks] == list(range(12))
    assert sum(process.answered for process in picture_process._idle) == 12
    assert len(picture_process._idle) <= picture_process.MOST


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG", "TIFF", "GIF"])
def test_a_look_without_pixels_says_the_same(tmp_path, kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    options = {} if kind == "GIF" else {"exif": exif, "icc_profile": DISPLAY_P3}
    path = tmp_path / "photo"
    path.write_bytes(saved(corners(), kind, **options))
    first, hasty = list(picture_look.look_all([str(path)] * 2, tmp_path, 0.0))
    assert hasty.grid is None or kind != "JPEG"
    assert (hasty.info, hasty.kept, hasty.sha256) == (first.info, first.kept, first.sha256)
    path.write_bytes(path.read_bytes()[:-3])
    looks = picture_look.look_all([str(tmp_path / "none"), str(path)], tmp_path, 0.0)
    assert all(isinstance(look, BadDesign) for look in looks)

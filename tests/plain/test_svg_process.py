"""SVG designs are drawn as they look, at the size of their print, and ordered like any other."""

import hashlib
import io
import re
import struct
import tempfile
from pathlib import Path

import pytest
from PIL import Image
from tshirt_render_queue import queue
from tshirt_render_queue.operators.client.order_check import look_over
from tshirt_render_queue.presets import svg
from tshirt_render_queue.presets.bad_request import BadRequest
from tshirt_render_queue.presets.images import BadDesign
from tshirt_render_queue.queue.intake import bundled_library, picture_process, submit, svg_process
from tshirt_render_queue.queue.intake.submit import JobOptions
from tshirt_render_queue.queue.store.job_store import JobStore

#: where a library would be unpacked that isn't installed
LIBRARIES = Path(tempfile.gettempdir(), "tshirt-test-libraries")
HEAD = '<svg xmlns="http://www.w3.org/2000/svg"'
#: an F, whose arms tell right from left and top from bottom
F = '<path fill="#C01020" d="M20 10 H80 V25 H35 V45 H65 V60 H35 V90 H20 Z"/>'


def drawing(inside: str, size: str = 'viewBox="0 0 100 100"') -> bytes:
    return f"{HEAD} {size}>{inside}</svg>".encode()


@pytest.fixture
def processes(monkeypatch):
    """Only processes that are started in this test, so that what it changes counts."""
    picture_process.end_all()
    monkeypatch.setattr(picture_process, "_failed", {})
    yield
    picture_process.end_all()


def draw(sized: svg.Sized, name: str = "art.svg") -> bytes:
    return svg_process.draw(sized, name, LIBRARIES)


def look(sized: svg.Sized) -> svg_process.SvgLook:
    (found,) = svg_process.look_all([(sized, "art.svg")], LIBRARIES)
    assert isinstance(found, svg_process.SvgLook)
    return found


def pixels(inside: str, side: int = 96, size: str = 'viewBox="0 0 100 100"'):
    """Rows of (red, green, blue, alpha) from the top."""
    return pixels_of(draw(svg.read(drawing(inside, size)).within(side)))


def pixels_of(png: bytes):
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    pixels = list(zip(*[iter(image.tobytes())] * 4, strict=True))
    return [pixels[at : at + image.width] for at in range(0, len(pixels), image.width)]


def size_of(png: bytes) -> tuple[int, int]:
    return struct.unpack(">II", png[16:24])


def test_outlines_are_drawn_upright_and_unmirrored_in_their_colour():
    rows = pixels(F, 50)
    inked = {(x, y) for y, row in enumerate(rows) for x, pixel in enumerate(row) if pixel[3] > 250}
    expected = {
        (x, y)
        for x in range(50)
        for y in range(50)
        if (10 <= x < 17 and 5 <= y < 45)
        or (10 <= x < 40 and 5 <= y < 12)
        or (10 <= x < 32 and 23 <= y < 30)
    }
    assert inked == expected
    assert {rows[y][x] for x, y in inked} == {(0xC0, 0x10, 0x20, 255)}
    assert rows[40][40] == (0, 0, 0, 0)


def test_a_gradient_runs_in_srgb_from_end_to_end():
    rows = pixels(
        '<linearGradient id="g"><stop stop-color="#F00"/><stop offset="1" stop-color="#00F"/>'
        '</linearGradient><rect width="100" height="100" fill="url(#g)"/>'
    )
    for x, pixel in enumerate(rows[48]):
        blue = 255 * (x + 0.5) / 96
        assert pixel == pytest.approx((255 - blue, 0, blue, 255), abs=2)


def test_half_clear_ink_keeps_its_colour():
    rows = pixels('<rect width="100" height="50" fill="#4080C0" fill-opacity=".5"/>')
    assert rows[10][10] == pytest.approx((0x40, 0x80, 0xC0, 128), abs=2)
    assert rows[90][10] == (0, 0, 0, 0)


def test_millimetres_are_millimetres():
    rows = pixels(
        '<rect x="5mm" width="5mm" height="10mm" fill="#fff"/>',
        size='width="10mm" height="10mm"',
        side=50,
    )
    assert (rows[25][20][3], rows[25][30][3]) == (0, 255)


def test_edges_are_solid_where_the_page_is_no_whole_number_of_pixels():
    rows = pixels('<rect width="33" height="47.3" fill="#fff"/>', 71, 'viewBox="0 0 33 47.3"')
    edge = [*rows[0], *rows[-1], *(row[x] for row in rows for x in (0, -1))]
    assert {pixel[3] for pixel in edge} == {255}


def test_drawn_twice_it_is_the_same_file():
    sized = svg.read(drawing(f"{F}<circle cx='70' cy='70' r='20' opacity='.3'/>")).at(2)
    first, second = svg_process.draw_all([(sized, "a"), (sized, "b")], LIBRARIES)
    assert first == second
    assert size_of(first) == (600, 600)


def test_a_look_takes_soft_edges_for_what_they_are():
    small = svg.read(drawing('<circle cx="50" cy="50" r="33.3" fill="#fff"/>')).within(60)
    assert {pixel[3] for row in look(small).grid.rows for pixel in row} == {0, 255}


@pytest.mark.parametrize(
    "inside, sentence",
    [
        ('<g id="a">' + "<g/>" * 99 + "</g>" + '<g id="b">' + '<use href="#a"/>' * 99 + "</g>"
         + '<g id="c">' + '<use href="#b"/>' * 99 + "</g>" + '<use href="#c"/>' * 99,
         "can't be drawn .*nodes limit"),
        ('<filter id="f"><feTurbulence baseFrequency="1" numOctaves="999999"/></filter>'
         '<rect width="99" height="99" filter="url(#f)"/>', "takes longer than 1 seconds"),
    ],
)  # fmt: skip
def test_what_would_take_for_ever_is_refused(inside, sentence, monkeypatch):
    patience = 1.0 if "longer" in sentence else 60.0
    monkeypatch.setattr(svg_process, "PATIENCE", patience)
    with pytest.raises(BadDesign, match=f"^art.svg {sentence}"):
        draw(svg.read(drawing(inside)).within(500))


def test_what_took_too_long_is_not_tried_at_every_look(
    processes, shop, logo, monkeypatch, tmp_path
):
    tries = tmp_path / "tries"
    hanging = tmp_path / "hang.py"
    hanging.write_text(f"open({str(tries)!r}, 'a').write('.'); import time; time.sleep(1.1)")
    monkeypatch.setattr(picture_process, "SCRIPT", hanging)
    monkeypatch.setattr(svg_process, "LOOKING", 1.0)
    for fabric in ("white", "navy", "red"):
        look = look_over(form(logo, fabrics=(fabric,)), shop.folder)
        assert "longer than 1 seconds to draw" in look.error
    assert tries.read_text() == "."
    monkeypatch.setattr(picture_process, "AGAIN", 0.0)
    look_over(form(logo), shop.folder)
    assert tries.read_text() == ".."


def test_a_crash_of_the_drawing_library_ends_nothing_else(processes, monkeypatch, tmp_path):
    crashing = tmp_path / "crash.py"
    crashing.write_text("import os; os.abort()")
    monkeypatch.setattr(picture_process, "SCRIPT", crashing)
    with pytest.raises(BadDesign, match=r"art\.svg can't be drawn: it takes too much memory or"):
        draw(svg.read(drawing(F)).within(50))


def test_without_the_library_it_says_what_to_install(processes, monkeypatch, tmp_path):
    script = picture_process.SCRIPT.read_text("utf-8").replace(
        "    server.serve(",
        f"    server.bundled_library.WHEELS = Path({str(tmp_path)!r})\n    server.serve(",
    )
    bare = tmp_path / "bare.py"
    bare.write_text(script.replace("Path(__file__)", f"Path({str(picture_process.SCRIPT)!r})"))
    monkeypatch.setattr(picture_process, "SCRIPT", bare)
    monkeypatch.setattr(picture_process, "MODULES", ())
    with pytest.raises(BadDesign, match=r"brings no resvg_py 0\.5\.0 for Python .*with pip"):
        draw(svg.read(drawing(F)).within(50))


def test_the_library_is_taken_from_our_own_wheel_where_none_is_installed(
    processes, monkeypatch, tmp_path
):
    monkeypatch.setattr(picture_process, "MODULES", ())
    png = svg_process.draw(svg.read(drawing(F)).within(50), "art.svg", tmp_path / "libraries")
    assert png == draw(svg.read(drawing(F)).within(50))
    (unpacked,) = (tmp_path / "libraries").iterdir()
    assert (
        unpacked.name
        == bundled_library.fitting_wheel_or_none(bundled_library.WHEELS, "resvg_py", "0.5.0").stem
    )


# Text


def text(family: str, said: str = "Hello") -> svg.Svg:
    named = f' font-family="{family}"' if family else ""
    return svg.read(drawing(f'<text y="60" font-size="30"{named}>{said}</text>'))


@pytest.mark.parametrize(
    "family", ["", "No Such Font", "No Such Font, Nor This", "serif", "No Such Font, serif"]
)
def test_text_without_its_font_is_drawn_in_the_one_that_ships(family):
    assert draw(text(family).within(200)) != draw(svg.read(drawing("<g/>")).within(200))
    found = look(text(family).within(200))
    assert found.fonts == ("Noto Sans",)
    # A checksum, so that another machine would tell if it drew something else.
    rows = pixels_of(draw(text(family).within(200)))
    drawn = bytes(one for row in rows for pixel in row for one in pixel)
    assert hashlib.sha256(drawn).hexdigest()[:16] == "9bcef687c64bca91"


@pytest.mark.parametrize("style", ['font-weight="bold"', 'font-style="italic"'])
def test_it_is_bold_and_italic_too(style):
    styled = svg.read(drawing(f'<text y="60" font-size="30" {style}>Hello</text>'))
    assert draw(styled.within(200)) != draw(text("").within(200))


def test_signs_that_it_has_not_got_do_not_come_from_the_machine():
    assert draw(text("No Such Font", "\u6f22").within(200)) == draw(
        text("No Such Font", "\u6f23").within(200)
    )


@pytest.mark.parametrize(
    "family, sentence",
    [
        ("No Such Font, serif", r"has text in 'No Such Font', which this machine hasn't got; it is "
         r"drawn in 'Noto Sans'\."),
        ("", r"has text without a font; it is drawn in 'Noto Sans'\."),
        ("sans-serif", r"has text without a font; it is drawn in 'Noto Sans'\."),
    ],
)  # fmt: skip
def test_the_warning_names_both_fonts(shop, logo, family, sentence):
    named = f' font-family="{family}"' if family else ""
    logo.write_bytes(drawing(f'<text y="60" font-size="30"{named}>Hello</text>'))
    (checked,) = submit.check([form(logo)], shop.folder)
    (found,) = [one for one in checked.findings if one.code == "svg_text"]
    assert re.search(sentence, found.sentence)


# Ordering


@pytest.fixture
def shop(tmp_path: Path) -> JobStore:
    """An empty queue."""
    return queue.open_queue(str(tmp_path / "queue"))


def form(design: Path, **further: object) -> queue.OrderForm:
    fields = {"designs": (str(design),), "out": str(design.parent / "out"), "fabrics": ("white",)}
    return queue.OrderForm(**(fields | further))


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    path = tmp_path / "logo.svg"
    path.write_bytes(drawing(F))
    return path


@pytest.mark.parametrize("size", ['viewBox="0 0 200 100"', 'viewBox="0 0 100 200"'])
@pytest.mark.parametrize("placement", ["full_front", "left_chest"])
def test_it_is_kept_as_drawn_for_its_print_once(shop, logo, size, placement):
    logo.write_bytes(drawing(F, size))
    (job,) = queue.enqueue(shop, form(logo, placements=(placement,), width_in=3))
    (print_,) = job.request["prints"]
    kept = Path(print_["design"])
    wide = "200 100" in size
    assert kept == shop.folder.design(print_["sha256"], ".png")
    assert size_of(kept.read_bytes()) == (900, 450 if wide else 1800)
    assert print_["name"] == "logo"
    assert job.names == (f"logo_{placement}_white_transparent_front.png",)
    before = kept.stat().st_ino
    (again,) = queue.enqueue(shop, form(logo, placements=(placement,), width_in=3))
    assert again.id == job.id
    (other,) = queue.enqueue(
        queue.open_queue(str(logo.parent / "other")),
        form(logo, placements=(placement,), width_in=3),
    )
    assert other.key == job.key
    assert kept.stat().st_ino == before


def test_without_a_width_it_fills_its_placement_at_300_dots_an_inch(shop, logo):
    (job,) = queue.enqueue(shop, form(logo, placements=("left_chest",)))
    (large,) = queue.enqueue(
        shop, form(logo, placements=("left_chest",), garment_size="XXL", name="{design}-XXL")
    )
    widths = [
        size_of(Path(one.request["prints"][0]["design"]).read_bytes())[0] for one in (job, large)
    ]
    assert widths[1] == pytest.approx(widths[0] * 1.08, abs=1)
    assert job.key != large.key


def test_dots_can_be_asked_for(shop, logo):
    (coarse,) = queue.enqueue(shop, form(logo, width_in=2, svg_dpi=100, name="coarse"))
    (usual,) = queue.enqueue(shop, form(logo, width_in=2))
    assert size_of(Path(coarse.request["prints"][0]["design"]).read_bytes()) == (200, 200)
    assert coarse.key != usual.key
    with pytest.raises(BadRequest, match="with 5 dots an inch; it goes from 36 to 1200"):
        queue.enqueue(shop, form(logo, svg_dpi=5))


def test_a_check_draws_nothing_into_the_queue_and_warns(shop, logo):
    logo.write_bytes(
        drawing('<style>@import "a.css";</style><text y="50" font-size="50">Hi</text>')
    )
    (checked,) = submit.check([form(logo)], shop.folder)
    codes = {finding.code for finding in checked.findings}
    assert {"svg_text", "svg_not_drawn", "svg_remarks"} <= codes
    assert "art_is_clear" not in codes
    assert "low_dpi" not in codes
    assert not list(shop.folder.path.rglob("*.png"))


def test_its_pixels_are_looked_at_like_any_others(shop, logo):
    logo.write_bytes(drawing('<rect x="40" width="20" height="100" fill="#fff"/>'))
    (checked,) = submit.check([form(logo)], shop.folder)
    assert {"fabric_colour", "transparent_margins"} <= {one.code for one in checked.findings}
    logo.write_bytes(drawing("<g/>"))
    with pytest.raises(submit.Refused, match="'logo' is fully transparent"):
        queue.enqueue(shop, form(logo))


def test_later_edits_stay_out_even_between_check_and_order(shop, logo):
    checked = submit.check([form(logo, width_in=1)], shop.folder)
    logo.write_bytes(drawing("<circle r='9'/>"))
    (job,) = submit.enqueue_checked(shop, checked, JobOptions())
    sized = svg.read(drawing(F)).at(1)
    kept = Path(job.request["prints"][0]["design"])
    assert kept.read_bytes() == draw(sized)


def test_one_svg_in_two_sizes_on_a_shirt_is_two_drawings(shop, logo):
    (job,) = queue.enqueue(
        shop, form(logo, placements=("full_back",), prints=(("nape", str(logo)),))
    )
    sizes = {size_of(Path(one["design"]).read_bytes()) for one in job.request["prints"]}
    assert len(sizes) == 2


def test_bytes_can_be_an_svg(shop, tmp_path):
    asked = queue.OrderForm(out=str(tmp_path / "out"), width_in=1)
    (job,) = queue.enqueue_bytes(shop, drawing(F), "Logo 1.svg", asked)
    assert job.names[0].startswith("Logo-1_full_front")


def test_a_background_cannot_be_one(shop, logo, design):
    with pytest.raises(BadDesign, match=r"logo\.svg is an SVG, which can't be a background"):
        queue.enqueue(shop, form(design, backgrounds=(str(logo),)))


def test_a_refused_svg_queues_nothing(shop, logo):
    logo.write_bytes(drawing('<image href="/etc/passwd"/>'))
    with pytest.raises(BadDesign, match="shows the picture '/etc/passwd'"):
        queue.enqueue(shop, form(logo))
    assert shop.counts().total == 0


def test_a_large_order_looks_at_some_only(shop, tmp_path, monkeypatch):
    monkeypatch.setattr("tshirt_render_queue.queue.intake.design_store._LOOKING", 0.0)
    designs = []
    for number in range(3):
        designs.append(tmp_path / f"art{number}.svg")
        designs[-1].write_bytes(drawing(F.replace("C01020", f"C0102{number}")))
    artwork = submit.Artwork
    seen = []
    monkeypatch.setattr(submit, "Artwork", lambda folder: seen.append(artwork(folder)) or seen[0])
    submit.check([form(designs[0], designs=tuple(map(str, designs)))], shop.folder)
    looks = [drawing.look for drawing in seen[0]._drawings.values()]
    assert len(looks) == 3
    assert [look is not None for look in looks].count(True) < 3


def test_the_panel_is_told_what_to_show(shop, logo):
    look = look_over(form(logo, placements=("left_chest",)), shop.folder)
    assert (look.error, look.image.format, look.dpi, look.jobs) == ("", "SVG", 300, 1)
    assert size_of(Path(look.shown).read_bytes()) == (720, 720)
    assert look_over(form(logo, placements=("left_chest",)), shop.folder).shown == look.shown

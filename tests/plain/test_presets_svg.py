"""An SVG is read with limits, told as an image, and written anew at the size it is printed."""

import gzip
import re
import tempfile
from pathlib import Path

import pytest
from tshirt_render_queue.presets import svg
from tshirt_render_queue.presets.images import BadDesign, is_printable, kind_of, read_svg

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def drawing(inside: str = '<rect width="9" height="9"/>', size: str = 'viewBox="0 0 200 100"'):
    return f"{HEAD} {size}>{inside}</svg>".encode()


def inspect(data: bytes, name: str) -> svg.Svg:
    """Read a file of that name with those bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        assert kind_of(path) == "SVG"
        return read_svg(path)


def test_it_is_an_image_by_its_bytes():
    info = svg.info_of(inspect(drawing(), "logo.png"))
    assert (info.format, info.width, info.height, info.alpha) == ("SVG", 4096, 2048, True)


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"\xef\xbb\xbf  \n",
        b'<?xml version="1.0" encoding="utf-8"?>\n<!-- by > a < program -->\n<!-- again -->',
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/svg11.dtd">\n',
        b'<!DOCTYPE svg [\n<!ENTITY ns_svg "http://www.w3.org/2000/svg">\n]>\n',
    ],
)
def test_prologues_of_drawing_programs_are_known(before):
    assert is_printable(before + drawing())
    assert inspect(before + drawing(), "art").width == 200


def test_prefixed_names_and_other_encodings_are_read():
    prefixed = b'<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><s:rect/></s:svg>'
    assert svg.read(prefixed).root.find("rect") is not None
    latin = b'<?xml version="1.0" encoding="windows-1252"?>' + drawing("<title>é</title>")
    title = svg.read(latin.replace("é".encode(), b"\xe9")).root.find("title")
    assert title is not None
    assert title.text == "é"


def test_a_short_entity_is_what_it_stands_for():
    short = b'<!DOCTYPE svg [<!ENTITY w "3"><!ENTITY s "&#35;abc">]>'
    rect = svg.read(short + drawing('<rect width="&w;" fill="red"/>')).root.find("rect")
    assert rect is not None
    assert rect.attrib == {"width": "3", "fill": "red"}


@pytest.mark.parametrize("data", [b"<html><svg/></html>", b"<?xml version='1.0'?><html/>", b"<a"])
def test_other_markup_is_none(data):
    assert not is_printable(data)
    with pytest.raises(BadDesign, match="not an image that can be printed from"):
        inspect(data, "page")


def test_svgz_is_read_as_what_is_inside():
    assert is_printable(gzip.compress(drawing()))
    assert inspect(gzip.compress(drawing()), "art").width == 200
    assert not is_printable(gzip.compress(b"hello"))
    with pytest.raises(BadDesign, match="is compressed, which can't be printed from; unpack it"):
        inspect(gzip.compress(b"hello"), "art")
    with pytest.raises(BadDesign, match="is truncated"):
        inspect(gzip.compress(drawing("<path/>" * 500))[:-9], "art")
    with pytest.raises(BadDesign, match="more than 20 MB"):
        inspect(gzip.compress(drawing(" " * 30_000_000)), "art")


BOMB = (
    b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
LONG = '<!DOCTYPE svg [<!ENTITY a "' + 199 * "a" + '">]>'


@pytest.mark.parametrize(
    "data, sentence",
    [
        (drawing()[:-20], "is truncated: its end is missing"),
        (drawing('<rect width="9'), "is damaged: its XML is wrong in line 1"),
        (drawing("</g>"), r"is damaged: its XML is wrong in line 1 \(mismatched tag\)"),
        (drawing("\n<a b='&nope;'/>"), r"is damaged: .* in line 2 \(undefined entity\)"),
        (b'<?xml version="1.0" encoding="klingon"?>' + drawing(), "is damaged: .* unknown encod"),
        (b"<svg/>", 'doesn\'t say that it is an SVG.*xmlns="http://www.w3.org/2000/svg"'),
        (b"<svg xmlns='urn:other'/>", "is XML, but no SVG: its outermost element is <svg>"),
        (drawing(size=""), "has neither width and height nor a viewBox; set the size"),
        (drawing(size='width="100%" height="auto"'), "has neither width and height nor a viewBox"),
        (drawing(size='width="0" height="0"'), "has no size"),
        (drawing(size='viewBox="0 0 0 10"'), "has the viewBox '0 0 0 10', which is no area"),
        (drawing(size='viewBox="0 0 1e300 10"'), "has the viewBox '0 0 1e300 10'"),
        (drawing(size='viewBox="0 0 big"'), "has the viewBox '0 0 big'"),
        (drawing(size='width="9000" height="1"'), "is 9000 × 1, too thin to be printed"),
        (drawing('<image href="/etc/passwd"/>'), "shows the picture '/etc/passwd'.*embed"),
        (drawing('<image xlink:href=" file:///a.png"/>'), "shows the picture 'file:///a.png'"),
        (drawing('<image href="https://a.example/b.png"/>'), "shows the picture 'https://a.exam"),
        (drawing('<g><filter><feImage href="a.png"/></filter></g>'), "shows the picture 'a.png'"),
        (
            drawing('<image href="data:image/svg+xml;base64,AA"/>'),
            "has a picture of the kind '.*svg",
        ),
        (drawing('<use href="other.svg#part"/>'), "takes a part from 'other.svg#part', outside"),
        (
            b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + drawing("&x;"),
            "takes 'x' f",
        ),
        (BOMB + drawing("&c;"), "abbreviates long text \\('b'\\)"),
        (LONG.encode() + drawing("&a;" * 120_000), "mentions 'a' too often"),
        (drawing("<g>" * 250 + "</g>" * 250), "has more than 200 groups inside each other"),
        (drawing("<g/>" * 200_001), "has more than 200,000 elements; simplify it"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_refuses_with_a_sentence(data, sentence):
    with pytest.raises(BadDesign, match=f"design {sentence}") as refused:
        inspect(data, "design")
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    "size, aspect",
    [
        ('viewBox="0 0 200 100"', 2),
        ('viewBox="-5,-5 3 1.5" width="100%"', 2),
        ('width="10" height="40"', 0.25),
        ('width="2in" height="2.54cm"', 2),
        ('width="25.4mm" height="144pt" viewBox="0 0 7 9"', 0.5),
        ('width="5" viewBox="0 0 3 1"', 3),
        ('width=".5e1px" height="5"', 1),
    ],
)
def test_the_size_is_that_of_the_page(size, aspect):
    assert svg.read(drawing(size=size)).aspect == pytest.approx(aspect)


def root_of(sized: svg.Sized) -> str:
    found = re.search(rb"<svg[^>]*>", sized.content)
    assert found
    return found[0].decode()


def test_it_is_written_at_the_pixels_of_its_print():
    wide, tall = svg.read(drawing()), svg.read(drawing(size='width="100" height="300"'))
    assert (wide.at(11).width, wide.at(11).height) == (3300, 1650)
    assert (tall.at(2).width, tall.at(2).height) == (600, 1800)
    assert (tall.at(2, dpi=72).width, tall.at(2, dpi=72).height) == (144, 432)
    for part in ('width="600"', 'height="1800"', 'viewBox="0 0 100 300"'):
        assert part in root_of(tall.at(2))
    assert (wide.within(720).width, tall.within(720).width) == (720, 240)


def test_sides_that_were_rounded_leave_no_gap_and_other_pages_their_margin():
    assert 'preserveAspectRatio="none"' in root_of(svg.read(drawing()).sized(101))
    margins = drawing(size='width="10" height="10" viewBox="0 0 20 10"')
    assert "preserveAspectRatio" not in root_of(svg.read(margins).sized(101))


def test_a_huge_print_has_fewer_dots():
    huge = svg.read(drawing(size='viewBox="0 0 10 10"')).at(60)
    assert huge.width == huge.height == 10_000
    strip = svg.read(drawing(size='viewBox="0 0 100 1"')).at(60)
    assert (strip.width, strip.height) == (16384, 164)


def test_what_changes_no_pixel_changes_no_hash():
    plain = drawing('<g><rect width="9" height="9"/></g>')
    noted = drawing(
        '<!-- me --><metadata/><n:view xmlns:n="urn:editor" zoom="3"><g/></n:view>'
        '<g n:label="layer" xmlns:n="urn:editor"><rect width="9" height="9"/></g>'
    ).replace(b"<metadata/>", b"")
    one = svg.read(plain).at(3)
    assert svg.read(noted).at(3).sha256 == one.sha256 == svg.read(plain).at(3).sha256
    assert svg.read(plain).at(3.1).sha256 != one.sha256
    assert svg.read(plain.replace(b"9", b"8")).at(3).sha256 != one.sha256


def test_scripts_and_links_of_the_old_kind_are_not_written():
    content = svg.read(
        drawing('<script>alert(1)</script><use xlink:href="#a"/><style>a{}</style>')
    ).at(1).content  # fmt: skip
    assert b"script" not in content
    assert b'<use href="#a"' in content
    assert b"<style>a{}</style>" in content


def findings(inside: str, remarks: tuple[str, ...] = ()) -> dict[str, str]:
    found = svg.findings("art", svg.read(drawing(inside)), remarks)
    return {one.code: one.sentence for one in found}


@pytest.mark.parametrize(
    "inside, code, part",
    [
        ("<text>A</text>", "svg_text", "none named"),
        ('<text font-family="Lobster, cursive">A</text>', "svg_text", "('Lobster')"),
        ("<style>.a{font-family:'My Font'}</style><text/>", "svg_text", "('My Font')"),
        ("<flowRoot><flowPara/></flowRoot>", "svg_not_drawn", "flowed text"),
        ("<foreignObject><p xmlns='urn:html'/></foreignObject>", "svg_not_drawn", "HTML"),
        ("<script/>", "svg_not_drawn", "scripts"),
        ("<rect><animate/></rect>", "svg_not_drawn", "animation"),
        ("<style>@import 'a.css'</style>", "svg_not_drawn", "linked files"),
        ('<rect fill="url(b.svg#c)"/>', "svg_not_drawn", "linked files"),
        ('<rect style="fill:var(--brand)"/>', "svg_not_drawn", "CSS variables"),
        ('<feBlend in="BackgroundImage"/>', "svg_not_drawn", "what lies behind"),
        ('<feImage href="#a"/>', "svg_not_drawn", "effects that use other parts"),
    ],
)
def test_warns_of_what_may_be_missing(inside, code, part):
    found = findings(inside)
    assert list(found) == [code]
    assert part in found[code]


@pytest.mark.parametrize(
    "inside",
    [
        '<rect fill="url(#a)" style="fill:url( \'#a\' )"/>',
        '<path style="font-family:sans-serif" d="M0 0h1"/>',  # text that became outlines
        '<switch><foreignObject requiredExtensions="urn:ai"/><g/></switch>',
        '<image href="data:image/png;base64,AA"/>',
        '<a href="https://example.com"><rect/></a>',
        '<flowRoot xmlns="urn:other"/>',
    ],
)
def test_says_nothing_of_what_is_fine(inside):
    assert findings(inside) == {}


def test_passes_on_what_the_drawing_library_says():
    found = findings("<rect/>", ("The rule is not supported.",))
    assert "'art' may not look as meant: The rule is not supported." in found["svg_remarks"]

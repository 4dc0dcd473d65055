"""Every word that the artist sees has its German and Spanish, and none is kept that nobody shows."""

import ast
import copy
import json
import pickle
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tshirt_render_queue.operators.client.order_check import look_over
from tshirt_render_queue.presets import batch_table
from tshirt_render_queue.presets.bad_request import BadRequest
from tshirt_render_queue.presets.fabrics import fabrics
from tshirt_render_queue.presets.messages import Message, said_by, translated
from tshirt_render_queue.presets.order_form import OrderForm
from tshirt_render_queue.presets.placements import placements
from tshirt_render_queue.presets.qualities import qualities
from tshirt_render_queue.presets.template_info import resolve, shipped, sidecar_of
from tshirt_render_queue.presets.views import views
from tshirt_render_queue.queue.errors import NotAQueue, QueueFull
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.intake import design_store, schedule_time, submit
from tshirt_render_queue.queue.runner.blender import NoBlender, find_blender
from tshirt_render_queue.queue.store.job_store import JobStore

ROOT = Path(__file__).resolve().parent.parent.parent
WORDS: dict[str, list[str]] = json.loads((ROOT / "panels/translations.json").read_text("utf-8"))
#: the same in every language
NAMES = {"Blender", "PNG", "JPEG", "WebP", "CPU", "HTML", "px"}
#: what the system says when a file can't be read or written
SYSTEM = {"No space left on device", "Permission denied", "Operation not permitted",
          "Read-only file system", "No such file or directory", "Not a directory",
          "Is a directory", "File name too long"}  # fmt: skip

#: functions whose first argument is shown, and those whose every text is
SAY = {"iface", "rpt", "poll_message_set", "Message", "unknown"}
SAY_ALL = {"_within"}
#: what words are called until they are said
KEPT = {"words", "_TOO_FAR"}
#: functions some of whose keywords are, beside those that make properties
DRAW = {"label", "operator", "operator_menu_enum", "prop", "menu", "popover", "progress",
        "invoke_props_dialog", "_kept", "_kept_choice"}  # fmt: skip
SHOWN = {"text", "title", "confirm_text", "name", "description"}
#: what a class says of itself
TELLS = {"bl_label", "nothing", "done"}


def _texts(node: ast.AST | None) -> Iterator[str]:
    """The texts that an expression can be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def _said(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    given = {one.arg: one.value for one in call.keywords}
    if name in SAY and call.args:
        yield from _texts(call.args[0])
    if name in SAY_ALL:
        for argument in call.args:
            yield from _texts(argument)
    if not (name in DRAW or name.endswith("Property")):
        return
    if ast.unparse(given.get("translate", call)) == "False":
        return
    for keyword in SHOWN & given.keys():
        yield from _texts(given[keyword])
    for item in ast.walk(given.get("items", ast.Constant(""))):
        if isinstance(item, ast.Tuple) and len(item.elts) >= 3:
            for one in item.elts[1:3]:
                yield from _texts(one)


def _kept(told: ast.Assign) -> Iterator[str]:
    if KEPT & {target.id for target in told.targets if isinstance(target, ast.Name)}:
        yield from _texts(told.value)


def _told(owner: ast.ClassDef) -> Iterator[str]:
    found = {
        target.id: node.value
        for node in owner.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for name in TELLS & found.keys():
        yield from _texts(found[name])
    about = ast.get_docstring(owner) or ""
    if "bl_label" in found or "{file}" in about:
        yield about


def _trees(*rooms: str) -> Iterator[ast.Module]:
    for room in rooms:
        for file in sorted((ROOT / room).rglob("*.py")):
            yield ast.parse(file.read_text("utf-8"))


def _has_words(text: str) -> bool:
    """Whether there is more to say than values."""
    return any(char.isalpha() for part, *_ in string.Formatter().parse(text) for char in part)


def _labels() -> set[str]:
    """Names that come from the presets, as panels show them."""
    presets = (*placements().values(), *fabrics().values(), *views().values())
    titles = {one.label.title() for one in presets}
    templates = (json.loads(sidecar_of(one).read_text("utf-8")) for one in shipped().values())
    failures = {words for one in FailureClass for words in (one.sentence, one.advice)}
    return (
        titles
        | failures
        | {one.label for one in qualities().values()}
        | {one["name"] for one in templates}
    )


def test_every_word_has_its_translations():
    shown = _labels() | SYSTEM
    for tree in _trees("panels", "operators", "queue", "presets"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                shown |= set(_said(node))
            elif isinstance(node, ast.Assign):
                shown |= set(_kept(node))
            elif isinstance(node, ast.ClassDef):
                shown |= set(_told(node))
    lacking = {one for one in shown if _has_words(one)} - WORDS.keys() - NAMES
    assert not lacking


def test_no_translation_is_left_over():
    written = {
        node.value
        for tree in _trees("panels", "operators", "queue", "presets")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not WORDS.keys() - written - _labels() - SYSTEM


@pytest.mark.parametrize("language", [0, 1], ids=["German", "Spanish"])
def test_translations_fill_in_the_same_values(language):
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [one for one in WORDS if fields(one) != fields(WORDS[one][language])] == []


def test_a_sentence_is_put_together_anew_from_translated_words():
    german = {one: others[0] for one, others in WORDS.items()}
    parts = tuple(
        Message("{mm:.0f} mm at the {edge}", mm=mm, edge=Message(edge))
        for mm, edge in ((12.4, "right"), (98, "top"))
    )
    words = "The print {name!r} leaves the zone {zone!r} by {parts}; that part is cut off."
    said = Message(words, name="sun", zone="front", parts=parts)
    assert said == (
        "The print 'sun' leaves the zone 'front' by 12 mm at the right, 98 mm at the top;"
        " that part is cut off."
    )
    assert translated(said, lambda one: german.get(one, one)) == (
        "Der Druck 'sun' ragt aus der Zone 'front': 12 mm (rechts), 98 mm (oben);"
        " dieser Teil wird abgeschnitten."
    )


def test_a_copy_of_a_sentence_can_be_translated_too():
    said = Message("Add the view {view!r}.", view="{back}")
    for copied in (copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert copied == "Add the view '{back}'."
        assert translated(copied, lambda one: WORDS[one][1]) == "Añade la vista '{back}'."


def test_an_error_can_be_translated_as_it_was_raised():
    refused = BadRequest(Message("Add the view {view!r}.", view="back"))
    assert translated(said_by(refused), lambda one: WORDS[one][1]) == "Añade la vista 'back'."
    assert said_by(BadRequest("Nothing.")) == "Nothing."


Refused = Callable[[Path], object]
NOW = 1_900_000_000.0


def _form(shop: Path, asked: dict) -> OrderForm:
    usual: dict = {
        "designs": (str(shop / "art.png"),),
        "placements": ("full_front",),
        "out": str(shop / "out"),
    }
    files = {name: str(shop / asked[name]) for name in ("out", "template") if name in asked}
    return OrderForm(**usual | asked | files)


def _orders(*asked: dict) -> Refused:
    def order(shop: Path) -> None:
        forms = [_form(shop, one) for one in asked]
        submit.enqueue_many(JobStore(shop / "queue"), forms)

    return order


def _order(**asked: object) -> Refused:
    return _orders(asked)


def _one_after_another(*asked: dict) -> Refused:
    def order(shop: Path) -> None:
        for one in asked:
            submit.enqueue(JobStore(shop / "queue"), _form(shop, one))

    return order


def _table(text: str | bytes) -> Refused:
    def read(shop: Path) -> None:
        table = shop / "orders.csv"
        table.write_bytes(text if isinstance(text, bytes) else text.encode())
        batch_table.forms(table, _form(shop, {"designs": ()}))

    return read


def _cell(column: str, cell: str) -> Refused:
    return _table(f"design;{column}\nart.png;{cell}\n")


def _image(content: bytes | str) -> Refused:
    def look(shop: Path) -> None:
        image = shop / "bad"
        image.write_bytes(content if isinstance(content, bytes) else content.encode())
        design_store.look(str(image), QueueFolder.at(shop / "queue"))

    return look


def _svg(inside: str = "", page: str = 'width="9" height="9"') -> Refused:
    return _image(f'<svg xmlns="http://www.w3.org/2000/svg" {page}>{inside}</svg>')


def _raised(error: Exception) -> Refused:
    def fail(_shop: Path) -> None:
        raise error

    return fail


def _cut_short(shop: Path) -> None:
    art = shop / "art.png"
    art.write_bytes(art.read_bytes()[:-9])
    design_store.look(str(art), QueueFolder.at(shop / "queue"))


def _not_described(shop: Path) -> None:
    (shop / "own.blend").write_bytes(b"BLENDER")
    resolve(str(shop / "own.blend"))


def _blender_amiss(_shop: Path) -> None:
    find_blender("/nowhere/blender", {})


PNG = b"\x89PNG\r\n\x1a\n"
#: how an artist gets a sentence, and what must be in it in every language
REFUSALS: list[tuple[Refused, tuple[str, ...]]] = [
    # the order in the panel
    (_order(designs=("/nowhere/sun.png",)), ("/nowhere/sun.png",)),
    (_order(designs=("/",)), ("/",)),
    (_order(designs=()), ()),
    (_order(name=" "), ("{design}",)),
    (_order(name="{desing}"), ("'desing'", "'design'", "background, ")),
    (_order(name="{design"), ("'{design'",)),
    (_order(name="{design!r}"), ("'{design!r}'",)),
    (_order(name="../{design}"), ("'../{design}'",)),
    (_order(name="a:{view}"), ("'a:{view}'", "':'")),
    (_order(name="con"), ("'con'",)),
    (_order(name=".{view}"), ("'.front'",)),
    (_order(name="x" * 300), ("240", "xxx…")),
    (_order(name="x", views=("front", "back")), ("'x.png'", "{view}")),
    (_order(name="x", backgrounds=("#fff", "#000")), ("{background}",)),
    (_order(out="art.png/deep"), ("art.png/deep", "art.png ")),
    (_order(out="o" * 300), ("ooo…",)),
    (_order(format="jpeg"), ("JPEG",)),
    (_order(format="webp", size=(16384, 64)), ("16383",)),
    (_order(size=(4, 64)), ("4 px", "16384")),
    (_order(size=(64, 4)), ("4 px", "16384")),
    (_order(samples=70000), ("70000", "65536")),
    (_order(mode="turntable", frames=1), ("1000",)),
    (_order(width_in=70.0), ("'art'", "70")),
    (_order(rotation_deg=400.0), ("'art'", "400")),
    (_order(views=("top",)), ("'top'", "front_left")),
    (_order(backgrounds=("art.txt",)), ("'art.txt'", "#RRGGBB")),
    (_order(backgrounds=("wall.svg",)), ("wall.svg",)),
    (_order(template="no.blend"), ("no.blend",)),
    (_order(template="tee.blend/"), ("tee.blend",)),
    (_order(template="tee"), ("tee'", "tshirt", ".blend")),
    (_order(width_in=60.0, designs=("tiny.png",)), ("'tiny'", "DPI")),
    (
        _orders({"name": "x"}, {"name": "x", "fabrics": ("navy",)}),
        ("art.png", "full_front", "navy"),
    ),
    (_one_after_another({"name": "x"}, {"name": "x", "fabrics": ("navy",)}), ("x.png",)),
    (lambda _shop: submit.JobOptions(batch="b" * 300), ("200", "bbb")),
    (lambda _shop: schedule_time.parse("half past", NOW), ("half past", "+90m")),
    (lambda _shop: schedule_time.parse("2020-01-01", NOW), ("2020-01-01 00:00",)),
    (lambda _shop: schedule_time.parse("+99999d", NOW), ("+99999d",)),
    # a table
    (_cell("fabric", "navi"), ("orders.csv", "2", "'fabric'", "'navi'", "'navy'", "royal", "CSS")),
    (_cell("placement", "belly"), ("'placement'", "'belly'", "nape")),
    (_cell("quality", "finest"), ("'finest'", "draft")),
    (_cell("mode", "stils"), ("'stils'", "'stills'")),
    (_cell("format", "gif"), ("'gif'", "webp")),
    (_cell("technique", "foil"), ("'foil'", "vinyl")),
    (_cell("garment_size", "4XL"), ("'4XL'", "XXL")),
    (_cell("also", "white"), ("'white'", "white_2000")),
    (_cell("also", "landscape_2700"), ("'landscape_2700'",)),
    (_cell("width", "3 ells"), ("'3 ells'", "28cm")),
    (_cell("size", "large"), ("'large'", "2048x2048")),
    (_cell("frames", "many"), ("'many'",)),
    (_cell("rotation", "left"), ("'left'",)),
    (_cell("shadow", "maybe"), ("'maybe'",)),
    (_cell("print", "nape"), ("'nape'",)),
    (_cell("print", "nape=gone.png"), ("gone.png",)),
    (_cell("print", "full_front=art.png"), ("'full_front'", "'art'")),
    (_cell("svg_dpi", "9"), ("9", "36", "1200")),
    (_cell("out", "a\0b"), ("orders.csv", "NUL")),
    (_cell("colr", "navy"), ("'colr'", "metadata.")),
    (_table("design\n\n"), ("orders.csv",)),
    (_table("fabric\nnavy\n"), ("orders.csv", "design")),
    (_table("design;design\n"), ("'design'",)),
    (_table("design\nart.png;navy\n"), ("orders.csv", "2", "1")),
    (_table('design\n"art'), ("orders.csv", "2")),
    (_table(b"design\n\xff\n"), ("orders.csv", "7")),
    (lambda shop: batch_table.forms(shop / "none.csv", OrderForm()), ("none.csv",)),
    (lambda shop: batch_table.forms(shop / "tee.blend", OrderForm()), ("tee.blend",)),
    # the design's file
    (_cut_short, ("art.png",)),
    (_image(b""), ("bad",)),
    (_image(b"hello"), ("bad", "TIFF")),
    (_image(b"GIF89a"), ("bad",)),
    (_image(b"%PDF-1.7"), ("bad", "Illustrator", "300 DPI")),
    (_image(b"8BPS"), ("bad", "Photoshop")),
    (_image(PNG + bytes(12)), ("bad",)),
    (_image(b"RIFF\4\0\0\0WEBP"), ("bad",)),
    (_svg(page=""), ("bad", "viewBox")),
    (_svg(page='width="0" height="9"'), ("bad",)),
    (_svg(page='viewBox="0 0 9"'), ("'0 0 9'",)),
    (_svg(page='width="1" height="99999"'), ("1 × 99999",)),
    (_svg("<g>" * 300), ("200",)),
    (_svg('<image href="photo.jpg"/>'), ("'photo.jpg'",)),
    (_svg('<image href="data:image/bmp;base64,"/>'), ("'image/bmp'",)),
    (_svg('<use href="other.svg#a"/>'), ("'other.svg#a'",)),
    (_svg("<g></h>"), ("bad", "1", "mismatched tag")),
    (_image("<svg></svg>"), ("bad", "http://www.w3.org/2000/svg")),
    # what lies under it all
    (_not_described, ("own.blend", "own.json")),
    (_blender_amiss, ("/nowhere/blender",)),
    (_raised(QueueFull(Path("/q/queue.db"), "disk is full")), ("/q/queue.db", "disk is full")),
    (_raised(NotAQueue(Path("/q/queue.db"))), ("/q/queue.db",)),
    (_raised(OSError(28, "No space left on device", "/q/o.json")), ("/q/o.json",)),
]


@pytest.fixture
def shop(design: Path, png: Callable[..., bytes]) -> Path:
    """A folder with things that can be ordered from."""
    folder = design.parent
    (folder / "tiny.png").write_bytes(png(side=12))
    (folder / "wall.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>')
    (folder / "tee.blend").mkdir()
    return folder


def _strictly(language: int) -> Callable[[str], str]:
    """Translate; fail for words without a translation."""
    return lambda words: WORDS[words][language] if _has_words(words) else words


@pytest.mark.parametrize("number", range(len(REFUSALS)))
def test_what_an_artist_is_refused_is_said_in_every_language(number, shop, monkeypatch):
    monkeypatch.chdir(shop)
    refused, values = REFUSALS[number]
    with pytest.raises((ValueError, RuntimeError, OSError, NoBlender)) as raised:
        refused(shop)
    said = said_by(raised.value)
    assert isinstance(said, Message)
    english, german, spanish = said, translated(said, _strictly(0)), translated(said, _strictly(1))
    assert len({str(english), german, spanish}) == 3
    for sentence in (english, german, spanish):
        assert [value for value in values if value not in sentence] == []


def test_what_is_wrong_in_a_table_is_translated_down_to_the_cell(shop):
    with pytest.raises(BadRequest) as raised:
        _cell("format", "gif")(shop)
    assert translated(said_by(raised.value), _strictly(0)) == (
        "orders.csv, Zeile 2: Format unbekannt: 'gif'. Möglich: png, jpeg, webp."
    )
    assert translated(said_by(raised.value), _strictly(1)) == (
        "orders.csv, fila 2: Nombre de formato desconocido: 'gif'. Valen: png, jpeg, webp."
    )
    assert str(raised.value) == ("orders.csv, row 2: Unknown format 'gif'. Valid: png, jpeg, webp.")


def test_a_look_at_an_order_keeps_the_words(shop):
    look = look_over(_form(shop, {"name": "{desing}"}), QueueFolder.at(shop / "queue"))
    assert translated(look.error, _strictly(0)).startswith(
        "Feld des Namensmusters unbekannt: 'desing'"
    )

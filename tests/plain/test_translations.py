"""Every word that the artist sees has its German and Spanish, and none is kept that nobody shows."""

import ast
import copy
import json
import pickle
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from tshirt_render_queue.presets.bad_request import BadRequest
from tshirt_render_queue.presets.fabrics import fabrics
from tshirt_render_queue.presets.placements import placements
from tshirt_render_queue.presets.qualities import qualities
from tshirt_render_queue.presets.template_info import shipped, sidecar_of
from tshirt_render_queue.presets.views import views
from tshirt_render_queue.presets.wording import Worded, said_by, translated

ROOT = Path(__file__).resolve().parent.parent.parent
WORDS: dict[str, list[str]] = json.loads((ROOT / "panels/translations.json").read_text("utf-8"))
#: the same in every language
NAMES = {"Blender", "PNG", "JPEG", "WebP", "CPU"}

#: functions whose first argument is shown
SAY = {"iface", "rpt", "poll_message_set", "Worded"}
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
    if "bl_label" in found:
        yield ast.get_docstring(owner) or ""


def _trees(*rooms: str) -> Iterator[ast.Module]:
    for room in rooms:
        for file in sorted((ROOT / room).glob("*.py")):
            yield ast.parse(file.read_text("utf-8"))


def _labels() -> set[str]:
    """Names that come from the presets, as panels show them."""
    presets = (*placements().values(), *fabrics().values(), *views().values())
    titles = {one.label.title() for one in presets}
    templates = (json.loads(sidecar_of(one).read_text("utf-8")) for one in shipped().values())
    return titles | {one.label for one in qualities().values()} | {one["name"] for one in templates}


def test_every_word_has_its_translations():
    shown = _labels()
    for tree in _trees("panels", "operators", "presets"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                shown |= set(_said(node))
            elif isinstance(node, ast.ClassDef):
                shown |= set(_told(node))
    lacking = {one for one in shown if any(map(str.isalpha, one))} - WORDS.keys() - NAMES
    assert not lacking


def test_no_translation_is_left_over():
    written = {
        node.value
        for tree in _trees("panels", "operators", "queue", "presets")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not WORDS.keys() - written - _labels()


@pytest.mark.parametrize("language", [0, 1], ids=["German", "Spanish"])
def test_translations_fill_in_the_same_values(language):
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [one for one in WORDS if fields(one) != fields(WORDS[one][language])] == []


def test_a_sentence_is_put_together_anew_from_translated_words():
    german = {one: others[0] for one, others in WORDS.items()}
    parts = tuple(
        Worded("{mm:.0f} mm at the {edge}", mm=mm, edge=Worded(edge))
        for mm, edge in ((12.4, "right"), (98, "top"))
    )
    words = "The print {name!r} leaves the zone {zone!r} by {parts}; that part is cut off."
    said = Worded(words, name="sun", zone="front", parts=parts)
    assert said == (
        "The print 'sun' leaves the zone 'front' by 12 mm at the right, 98 mm at the top;"
        " that part is cut off."
    )
    assert translated(said, lambda one: german.get(one, one)) == (
        "Der Druck 'sun' ragt aus der Zone 'front': 12 mm (rechts), 98 mm (oben);"
        " dieser Teil wird abgeschnitten."
    )


def test_a_copy_of_a_sentence_can_be_translated_too():
    said = Worded("Add the view {view!r}.", view="{back}")
    for copied in (copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert copied == "Add the view '{back}'."
        assert translated(copied, lambda one: WORDS[one][1]) == "Añade la vista '{back}'."


def test_an_error_can_be_translated_as_it_was_raised():
    refused = BadRequest(Worded("Add the view {view!r}.", view="back"))
    assert translated(said_by(refused), lambda one: WORDS[one][1]) == "Añade la vista 'back'."
    assert said_by(BadRequest("Nothing.")) == "Nothing."

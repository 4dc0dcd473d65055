"""What holds for every operator: it says what it does, why it can't, and stays out of undo."""

import json
from pathlib import Path

import bpy
import pytest
import tshirt_render_queue
from tshirt_render_queue.operators.client import background_operator
from tshirt_render_queue.queue.folder import ENVIRONMENT_VARIABLE

WORDS = Path(tshirt_render_queue.__file__).with_name("panels") / "translations.json"

#: They change the artist's scene, so undo is theirs.
SCENE = {"mark_garment", "add_zone", "remove_zone", "add_cameras"}


@pytest.fixture(scope="module", autouse=True)
def extension():
    tshirt_render_queue.register()
    yield
    tshirt_render_queue.unregister()


def names() -> list[str]:
    """The operators, by the names after `bpy.ops.tshirt`."""
    classes = bpy.types.Operator.__subclasses__()
    return sorted(
        one.bl_idname.removeprefix("tshirt.")
        for one in _all(classes)
        if getattr(one, "bl_idname", "").startswith("tshirt.")
    )


def _all(classes):
    for one in classes:
        yield one
        yield from _all(one.__subclasses__())


def test_every_operator_keeps_to_the_manners():
    assert len(names()) > 30
    faults = [fault for name in names() for fault in _faults(name)]
    assert not faults, "\n".join(faults)


def _faults(name: str):
    operator = getattr(bpy.ops.tshirt, name)
    rna = operator.get_rna_type()
    if not rna.description or rna.description.endswith("."):
        yield f"{name}: its description is one sentence without a full stop, not {rna.description!r}"
    if not rna.name:
        yield f"{name}: no label"
    options = operator.bl_options
    if ("UNDO" in options) != (name in SCENE):
        yield f"{name}: undo is for what changes the scene, but its options are {options}"
    if not options & {"REGISTER", "INTERNAL"}:
        yield f"{name}: it is neither for people to repeat nor internal"
    for one in rna.properties:
        shown = one.identifier != "rna_type" and not one.is_hidden and "INTERNAL" not in options
        if shown and not (one.name and one.description):
            yield f"{name}: its {one.identifier} has no name or no description"
    if not operator.poll():
        try:
            operator()
        except RuntimeError as error:
            if "context is incorrect" in str(error):
                yield f"{name}: it doesn't say why it can't be used"


def test_a_refusal_is_reported_in_the_artists_language(monkeypatch, tmp_path):
    words = json.loads(WORDS.read_text("utf-8"))
    monkeypatch.setattr(
        background_operator, "rpt", lambda said: words[said][0] if said in words else said
    )
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "queue"))
    table = tmp_path / "orders.csv"
    table.write_text("design;width\nsun.png;28cm\n")
    with pytest.raises(RuntimeError, match=r"Zeile 2, Spalte 'design': .*sun.png gibt es nicht"):
        bpy.ops.tshirt.batch_from_csv(filepath=str(table))
    with pytest.raises(RuntimeError, match=r"none.json kann nicht gelesen .*: Datei oder Ordner"):
        bpy.ops.tshirt.import_order(filepath=str(tmp_path / "none.json"))

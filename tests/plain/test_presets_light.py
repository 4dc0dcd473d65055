"""Whether a picture is rendered in full or printed into a light is decided when it is ordered."""

from dataclasses import replace

import pytest
from tshirt_render_queue.presets.bad_request import BadRequest
from tshirt_render_queue.presets.light import decided, find_light, light_samples
from tshirt_render_queue.presets.order_form import OrderForm, fill_in
from tshirt_render_queue.presets.request import Print, Request
from tshirt_render_queue.presets.template_info import TemplateInfo

GOOD = TemplateInfo(path="/tee.blend", name="Tee", relightable=True)
COLOURED = replace(GOOD, relightable=False)


def asked(light="auto", technique="dtg", **changed) -> Request:
    usual = {
        "prints": (Print(design="/a.png", name="a", placement="full_front", technique=technique),),
        "fabric": "navy",
        "fabric_hex": "#263147",
        "heather": False,
        "views": ("front",),
        "backgrounds": ("transparent",),
        "mode": "stills",
        "samples": 48,
        "width": 512,
        "height": 512,
        "format": "png",
        "template": "/tee.blend",
        "out": "/out",
        "name": "{design}",
        "light": light,
    }
    return Request(**(usual | changed))


@pytest.mark.parametrize(
    "request_, info, light",
    [
        (asked(), GOOD, "once"),
        (asked(technique="embroidery"), GOOD, "once"),
        (asked(technique="vinyl", views=("closeup_print",)), GOOD, "once"),
        (asked(heather=True, ground_shadow=True, views=("back", "left")), GOOD, "once"),
        (asked(), COLOURED, "full"),
        (asked(technique="embroidery", views=("front", "closeup_print")), GOOD, "full"),
        (asked(mode="turntable"), GOOD, "full"),
        (asked(mode="both"), GOOD, "full"),
        (asked(mode="glb"), GOOD, "full"),
        (asked("once", mode="turntable"), GOOD, "once"),
        (asked("once", technique="embroidery", views=("closeup_print",)), GOOD, "once"),
        (asked("full"), GOOD, "full"),
    ],
)
def test_the_rule(request_, info, light):
    assert decided(request_, info) == replace(request_, light=light)


def test_what_cannot_be_baked_is_refused_where_it_was_demanded():
    with pytest.raises(BadRequest, match=r"'Tee' can't be baked once.*'auto' or 'full'"):
        decided(asked("once"), COLOURED)
    with pytest.raises(BadRequest, match="model"):
        decided(asked("once", mode="glb"), GOOD)


def test_light_is_part_of_the_key_and_full_is_what_it_was():
    full, once = asked("full"), asked("once")
    assert full.key() != once.key()
    stored = full.to_json()
    del stored["light"]  # of a version without the choice
    assert Request.from_json(stored) == full
    assert Request.from_json(stored).key() == full.key()


def test_a_form_says_which_and_a_wrong_word_names_the_right_ones(tmp_path):
    form = OrderForm(designs=("art.png",), out=str(tmp_path))
    assert {one.request.light for one in fill_in(form)} == {"once"}, "the shipped shirt can"
    assert {one.request.light for one in fill_in(replace(form, light="FULL"))} == {"full"}
    assert find_light(" Once ") == "once"
    with pytest.raises(BadRequest, match=r"'ones'.*Did you mean 'once'\?.*auto, once, full"):
        fill_in(replace(form, light="ones"))


@pytest.mark.parametrize("samples, light", [(1, 32), (16, 32), (17, 64), (48, 64), (128, 128)])
def test_samples_of_a_light_are_few_kinds(samples, light):
    assert light_samples(samples) == light

"""A request survives its JSON, has one key for one result, and is refused with a sentence."""

import dataclasses
import json

import pytest
from tshirt_render_queue.presets.finding import Severity
from tshirt_render_queue.presets.naming import DEFAULT_PATTERN
from tshirt_render_queue.presets.request import BadRequest, Print, Request, check
from tshirt_render_queue.presets.template_info import TemplateInfo, Zone

ART = Print(design="/designs/sun.png", name="sun", placement="full_front", sha256="aa")
REQUEST = Request(
    prints=(ART,),
    fabric="navy",
    fabric_hex="#263147",
    heather=False,
    views=("front",),
    backgrounds=("transparent",),
    mode="stills",
    samples=32,
    width=512,
    height=512,
    format="png",
    template="/templates/tshirt.blend",
    template_sha256="bb",
    out="/out",
    name=DEFAULT_PATTERN,
    metadata={"product": "42", "sizes": ["S", "M"]},
)


def zone(name: str) -> Zone:
    return Zone(
        id=name,
        uv_map=name,
        width=0.5,
        height=0.7,
        centre=0.25,
        collar=0.6,
        hem=0.0,
        wearer_left=1,
        view=name,
    )


INFO = TemplateInfo(
    path="/templates/tshirt.blend",
    name="T-shirt",
    views=("front", "back", "left", "front_left"),
    zones={name: zone(name) for name in ("front", "back")},
)


def changed(**values) -> Request:
    return dataclasses.replace(REQUEST, **values)


def printed(**values) -> Request:
    return changed(prints=(dataclasses.replace(ART, **values),))


def test_survives_json():
    full = changed(
        prints=(ART, dataclasses.replace(ART, placement="free:back", width_in=3, x_in=-1.5)),
        views=("front", "back"),
        mode="both",
    )
    text = json.dumps(full.to_json())
    assert Request.from_json(json.loads(text)) == full
    assert Request.from_json(json.loads(text)).key() == full.key()


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"samples": "many"}, "samples is 'many', not a whole number"),
        ({"samples": True}, "samples is True, not a whole number"),
        ({"sample": 1}, "Unknown field of the request 'sample'. Did you mean 'samples'"),
        ({"views": "front"}, "views is not a list"),
        ({"views": [1]}, "views, number 1, is 1, not text"),
        ({"prints": [{"design": "/a.png"}]}, "prints, number 1, has no 'name'"),
        ({"prints": [{**dataclasses.asdict(ART), "width_in": float("nan")}]}, "not a finite"),
        ({"version": 99}, "version 99; this extension reads up to 1. Update"),
    ],
)
def test_refuses_json_that_does_not_fit(change, sentence):
    with pytest.raises(BadRequest, match=sentence):
        Request.from_json(REQUEST.to_json() | change)


def test_refuses_json_that_is_no_request():
    with pytest.raises(BadRequest, match="not a JSON object"):
        Request.from_json([])  # pyright: ignore[reportArgumentType]
    with pytest.raises(BadRequest, match="has no 'prints'"):
        Request.from_json({})


@pytest.mark.parametrize(
    "same",
    [
        changed(metadata={}),
        changed(device="CUDA"),
        changed(frames=72),  # a still has no frames
        changed(template="/elsewhere/tshirt.blend"),
        printed(design="/copies/aa.png"),
    ],
)
def test_equal_results_have_one_key(same):
    assert same.key() == REQUEST.key()


def test_other_results_have_other_keys():
    others = [
        printed(sha256="cc"),
        printed(name="moon"),
        printed(width_in=9.0),
        printed(technique="vinyl"),
        changed(template_sha256="cc"),
        changed(template="/templates/hoodie.blend"),
        changed(fabric_hex="#000000"),
        changed(views=("back",)),
        changed(mode="both"),
        changed(mode="both", frames=72),
        changed(samples=33),
        changed(out="/elsewhere"),
        changed(ground_shadow=True),
    ]
    assert len({REQUEST.key(), *(other.key() for other in others)}) == len(others) + 1


def test_an_ordinary_request_passes_without_remark():
    assert check(REQUEST, INFO) == []


@pytest.mark.parametrize(
    "request_, sentence",
    [
        (changed(samples=0), r"samples can't be 0; it goes from 1 to 65536"),
        (changed(samples=10_000_000), "samples can't be 10000000"),
        (changed(width=0), "width can't be 0 px; it goes from 16 to 16384"),
        (changed(height=16385), "height can't be 16385 px"),
        (changed(format="webp", width=16384), "WebP has at most 16383"),
        (changed(mode="both", frames=1), "frames of the turntable can't be 1"),
        (changed(mode="movie"), "Unknown mode 'movie'.*stills, turntable, both"),
        (changed(format="jpg"), "Unknown format 'jpg'. Did you mean 'jpeg'"),
        (changed(device="cuda"), "Unknown device 'cuda'.*CUDA"),
        (changed(garment_size="XXXL"), "Unknown garment size 'XXXL'"),
        (changed(fabric_hex="navy"), "not #RRGGBB"),
        (changed(views=()), "names no view"),
        (changed(views=("front", "front")), "'front' is asked for twice"),
        (changed(views=("fornt",)), "Unknown view 'fornt'. Did you mean 'front'.*'T-shirt'"),
        (changed(views=("right",)), "Unknown view 'right'"),
        (changed(backgrounds=()), "names no background"),
        (changed(backgrounds=("white",)), "neither 'transparent' nor #RRGGBB"),
        (changed(format="jpeg"), "JPEG can't be transparent"),
        (
            changed(also=("thumbs_512",)),
            "Unknown output preset 'thumbs_512'. Did you mean 'thumbnail_512'",
        ),
        (changed(also=("portrait_1080",)), "'portrait_1080' is a JPEG and can't be transparent"),
        (changed(out="out"), "output folder 'out' is not an absolute path"),
        (changed(template="tshirt.blend"), "template 'tshirt.blend' is not an absolute path"),
        (changed(prints=()), "names no print"),
        (changed(prints=(ART, ART)), "lie on each other at 'full_front': 'sun' and 'sun'"),
        (changed(metadata={"file": b"bytes"}), "metadata can't be written as JSON"),
        (changed(name="../{design}"), "leads to another folder"),
        (printed(placement="chest"), "Unknown placement 'chest'"),
        (printed(placement="sleeve_left"), "no zone 'sleeve_left', only front, back"),
        (printed(placement="free:hood"), "no zone 'hood'"),
        (printed(technique="dgt"), "Unknown print technique 'dgt'. Did you mean 'dtg'"),
        (printed(design="sun.png"), "design 'sun.png' is not an absolute path"),
        (printed(width_in=0.0), "can't be 0 inches wide"),
    ],
)
def test_refuses_what_cannot_be_rendered(request_, sentence):
    with pytest.raises(BadRequest, match=sentence):
        check(request_, INFO)


@pytest.mark.parametrize(
    "placement, views, unseen",
    [
        ("full_front", ("front_left",), False),
        ("full_front", ("left",), True),
        ("full_back", ("front",), True),
        ("full_back", ("front", "back"), False),
    ],
)
def test_warns_of_a_print_that_no_view_shows(placement, views, unseen):
    request = dataclasses.replace(printed(placement=placement), views=views)
    found = check(request, INFO)
    assert [one.code for one in found] == ["print_not_seen"] * unseen
    assert all(one.severity is Severity.WARNING for one in found)


def test_warns_of_further_pictures_that_are_larger_than_the_render():
    small = changed(width=512, height=700, also=("thumbnail_512", "square_2048"))
    (found,) = check(small, INFO)
    assert (found.code, found.severity) == ("enlarged", Severity.WARNING)
    assert "'square_2048'" in found.sentence and "2048 × 2048 px" in found.advice
    assert check(dataclasses.replace(small, width=2048, height=2700), INFO) == []


def test_a_turntable_shows_every_print_and_needs_no_view():
    request = dataclasses.replace(printed(placement="full_back"), views=(), mode="turntable")
    assert check(request, INFO) == []

"""File names follow the pattern, are good on every system, and never leave their folder."""

import dataclasses

import pytest
from tshirt_render_queue.presets.naming import OutputName, output_names, slug, target_stem
from tshirt_render_queue.presets.request import BadRequest, Print, Request

SUN = Print(design="/d/sun.png", name="sun", placement="left_chest")
BASE = Request(
    prints=(SUN,),
    fabric="navy",
    fabric_hex="#263147",
    heather=False,
    views=("front", "back"),
    backgrounds=("transparent", "#FFFFFF"),
    mode="stills",
    samples=1,
    width=64,
    height=32,
    format="png",
    template="/t/tshirt.blend",
    out="/out",
    name="{design}_{placement}_{fabric}_{background}_{view}",
)


def files(**values) -> list[str]:
    return [name.file for name in output_names(dataclasses.replace(BASE, **values))]


def test_default_names():
    assert files() == [
        "sun_left_chest_navy_transparent_front.png",
        "sun_left_chest_navy_FFFFFF_front.png",
        "sun_left_chest_navy_transparent_back.png",
        "sun_left_chest_navy_FFFFFF_back.png",
    ]


def test_a_turntable_has_frames_and_a_film():
    request = dataclasses.replace(BASE, mode="turntable", views=(), frames=2)
    clear, white = (
        "sun_left_chest_navy_transparent_turntable",
        "sun_left_chest_navy_FFFFFF_turntable",
    )
    assert output_names(request) == (
        OutputName("turntable", "transparent", 1, f"{clear}_001.png"),
        OutputName("turntable", "transparent", 2, f"{clear}_002.png"),
        OutputName("turntable", "transparent", None, f"{clear}.webm"),
        OutputName("turntable", "#FFFFFF", 1, f"{white}_001.png"),
        OutputName("turntable", "#FFFFFF", 2, f"{white}_002.png"),
        OutputName("turntable", "#FFFFFF", None, f"{white}.mp4"),
    )
    as_webp = dataclasses.replace(request, backgrounds=("#FFFFFF",), format="webp")
    assert [name.file for name in output_names(as_webp)] == [
        f"{white}_001.png",
        f"{white}_002.png",
        f"{white}.mp4",
        f"{white}.webp",
    ]


@pytest.mark.parametrize(
    "values, file",
    [
        ({"name": "{view}-{size}-{template}"}, "front-64x32-tshirt.jpg"),
        ({"fabric": "#AABBCC", "name": "{fabric}"}, "AABBCC.jpg"),
        ({"backgrounds": ("/pics/My Wall.png",), "name": "{background}"}, "My-Wall.jpg"),
        ({"backgrounds": (f"/q/{'ab' * 32}.png",), "name": "{background}"}, "abababab.jpg"),
        ({"prints": (SUN, dataclasses.replace(SUN, name="moon", placement="free:back")),
          "name": "{design}_{placement}"}, "sun-moon_left_chest-free-back.jpg"),
        ({"prints": (SUN, dataclasses.replace(SUN, placement="full_back")),
          "name": "{design}"}, "sun.jpg"),
        ({"name": "shop picture {{1}}"}, "shop picture {1}.jpg"),
    ],
)  # fmt: skip
def test_fields(values, file):
    one = {"views": ("front",), "backgrounds": ("#FFFFFF",), "format": "jpeg"} | values
    assert files(**one) == [file]


@pytest.mark.parametrize(
    "text, safe",
    [
        ("Sonne über Köln", "Sonne-über-Köln"),
        ("a/b\\c:d", "a-b-c-d"),
        ("..", "unnamed"),
        ("../../etc/passwd", "etc-passwd"),
        ("tab\there\n", "tab-here"),
        ("u\u0308", "ü"),
        ("", "unnamed"),
    ],
)
def test_slugs_are_safe_everywhere(text, safe):
    assert slug(text) == safe


@pytest.mark.parametrize(
    "pattern, sentence",
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("../{design}_{view}_{background}", "leads to another folder"),
        ("/tmp/{view}_{background}", "leads to another folder"),
        (r"C:\{view}_{background}", "leads to another folder"),
        ("{view}_{background}_{desing}", "Unknown field of the name pattern 'desing'.*'design'"),
        ("{view.real}", "Unknown field"),
        ("{view!r}", "plain {fields} only"),
        ("{view:>9999}", "plain {fields} only"),
        ("{}", "Unknown field"),
        ("{view", "unpaired brace"),
        ("{view}_{background}?", "holds '\\?'"),
        ("{design}_{view}", r"gives two files the name .*put {background} into it"),
        ("{design}_{background}", r"gives two files the name .*put {view} into it"),
        ("con.{view}_{background}", "reserved on Windows"),
        ("COM1", "reserved on Windows"),
        (" {view}_{background}", "starts or ends with a space"),
        (".{view}_{background}", "starts with a dot"),
        ("x" * 240 + "{view}_{background}", "more than 240 bytes"),
    ],
)
def test_refuses_patterns(pattern, sentence):
    with pytest.raises(BadRequest, match=sentence):
        files(name=pattern)


def test_names_that_differ_in_case_only_collide():
    with pytest.raises(BadRequest, match="gives two files"):
        files(views=("front", "Front"), backgrounds=("transparent",))


def test_a_design_never_leaves_the_folder():
    evil = dataclasses.replace(SUN, name="../../{view}/evil")
    assert all("/" not in file and ".." not in file for file in files(prints=(evil,)))


def test_the_stem_leaves_view_and_background_out():
    assert target_stem(BASE) == target_stem(dataclasses.replace(BASE, views=("left",)))
    assert target_stem(BASE) == "/out/sun_left_chest_navy__"
    assert target_stem(BASE) != target_stem(dataclasses.replace(BASE, fabric="red"))


def test_output_presets_give_further_pictures():
    request = dataclasses.replace(BASE, views=("front",), also=("white_2000", "thumbnail_512"))
    assert [(name.file, name.preset) for name in output_names(request)] == [
        ("sun_left_chest_navy_transparent_front.png", ""),
        ("sun_left_chest_navy_FFFFFF_front.png", ""),
        ("sun_left_chest_navy_FFFFFF_front_white_2000.jpg", "white_2000"),
        ("sun_left_chest_navy_transparent_front_thumbnail_512.webp", "thumbnail_512"),
        ("sun_left_chest_navy_FFFFFF_front_thumbnail_512.webp", "thumbnail_512"),
    ]


def test_a_model_is_one_file():
    request = dataclasses.replace(BASE, mode="glb", views=())
    assert [(name.view, name.file) for name in output_names(request)] == [
        ("model", "sun_left_chest_navy_transparent_model.glb")
    ]

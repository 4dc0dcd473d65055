"""A turn: its frames go once round, outlive a failed attempt, and become a film that loops."""

import os

import pytest

bpy = pytest.importorskip("bpy")
np = pytest.importorskip("numpy")

from tshirt_render_queue.render import animated_webp, film, film_container, pictures  # noqa: E402
from tshirt_render_queue.render.failures import OutputInvalid  # noqa: E402


@pytest.fixture
def turn(make_request, studio_blend):
    def make(**changed):
        usual = {"mode": "turntable", "frames": 6, "samples": 1, "width": 48, "height": 48}
        return make_request(studio_blend, **(usual | changed))

    return make


def test_a_clear_turn_is_a_sequence_of_pictures(render, turn):
    work, result = render(turn())
    names = [f"letter_navy_transparent_turntable_{number:03}.png" for number in range(1, 7)]
    film = "letter_navy_transparent_turntable.webm"
    assert [row["file"] for row in result["files"]] == [*names, film]
    assert [row["frame"] for row in result["files"]] == [1, 2, 3, 4, 5, 6, None]
    first, *others = (pictures.read(work / name)[0] for name in names)
    assert all(np.abs(first - other).max() > 0.2 for other in others), "the last isn't the first"


def test_it_turns_all_the_way_round(render, turn, make_request, studio_blend):
    """Opposite frames show front and back: half-way the print on the back faces the camera."""
    request = turn(frames=2, samples=8)
    work, _ = render(request)
    plain = make_request(studio_blend, samples=8, width=48, height=48)
    still, _ = render(plain)
    front = pictures.read(work / "letter_navy_transparent_turntable_001.png")[0]
    back = pictures.read(work / "letter_navy_transparent_turntable_002.png")[0]
    assert (front == pictures.read(still / "letter_navy_transparent_front.png")[0]).all()
    red = [(pixels[..., 0] > pixels[..., 2] + 0.2).sum() for pixels in (front, back)]
    assert red[0] > 20
    assert red[1] == 0


@pytest.mark.parametrize("width, height", [(48, 48), (49, 35)])
def test_an_opaque_turn_also_gives_a_film(render, turn, width, height):
    request = turn(backgrounds=("#E0A030",), width=width, height=height)
    work, result = render(request)
    last = result["files"][-1]
    assert last["file"] == "letter_navy_E0A030_turntable.mp4"
    assert last["frame"] is None
    data = (work / last["file"]).read_bytes()
    assert film_container.mp4_facts(data) == (width // 2 * 2, height // 2 * 2, 6)
    assert sorted(p.name for p in work.iterdir()) == sorted(
        ["result.json", *(row["file"] for row in result["files"])]
    )


def test_webp_gives_an_animated_one_too(render, turn):
    work, result = render(turn(format="webp", width=41, height=33))
    path = work / result["files"][-1]["file"]
    assert path.name == "letter_navy_transparent_turntable.webp"
    assert animated_webp.size_and_frames(path.read_bytes()) == (41, 33, 6)
    first = next(data for name, data in animated_webp.chunks(path.read_bytes()) if name == b"ANMF")
    assert first[16:20] in (b"ALPH", b"VP8L"), "its frames are clear where nothing is"


def test_film_on_clear_ground_keeps_its_alpha(render, turn):
    work, result = render(turn(frames=3, width=64, height=64))
    data = (work / result["files"][-1]["file"]).read_bytes()
    assert film_container.webm_facts(data) == (64, 64, 3)
    # Matroska's AlphaMode element (53C0), one byte long, set.
    assert b"\x53\xc0\x81\x01" in data


def test_frames_are_png_whatever_was_asked_for_stills(render, turn):
    work, result = render(turn(format="jpeg", frames=2))
    assert (work / result["files"][0]["file"]).read_bytes().startswith(b"\x89PNG")


def test_film_shows_the_colours_of_the_pictures(render, turn, tmp_path):
    """Read back through Blender's own decoder; H.264 is lossy, so within a few steps.

    64 px wide: Blender 4.2 can't read every width without overrunning its memory.
    """
    work, result = render(turn(backgrounds=("#E0A030",), frames=3, width=64, height=64))
    scene = bpy.data.scenes.new("reader")
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strips.new_movie("film", str(work / result["files"][-1]["file"]), channel=1, frame_start=1)
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.view_settings.view_transform = "Standard"
    scene.render.filepath = str(tmp_path / "frame.png")
    bpy.ops.render.render(scene=scene.name, write_still=True)
    bpy.data.scenes.remove(scene)
    shown = pictures.read(tmp_path / "frame.png")[0]
    asked = pictures.read(work / result["files"][0]["file"])[0]
    assert np.abs(shown[2:8, 2:8, :3] - asked[2:8, 2:8, :3]).max() < 4 / 255


def test_finished_frames_of_an_earlier_attempt_are_not_rendered_again(render, turn):
    first, before = render(turn())
    kept = {path.name: path.stat().st_ino for path in first.glob("*_00[1-4].png")}
    os.remove(first / "letter_navy_transparent_turntable_005.png")
    os.remove(first / "letter_navy_transparent_turntable_006.png")
    (first / "letter_navy_transparent_turntable_005.part.png").write_bytes(b"cut short")
    second, after = render(turn(), previous=(first,))
    # The film is coded anew, with another random number of its own in it.
    assert after["files"][:-1] == before["files"][:-1]
    assert {name: (second / name).stat().st_ino for name in kept} == kept
    assert not list(first.glob("*_00[1-6].png"))


@pytest.mark.parametrize("number", [-1, -2])
@pytest.mark.parametrize("background", ["#E0A030", "transparent"])
def test_a_damaged_film_is_noticed(render, turn, background, number):
    work, result = render(turn(backgrounds=(background,), format="webp"))
    path = work / result["files"][number]["file"]
    with pytest.raises(OutputInvalid, match="6 frames instead of 48×48 px with 7"):
        film.verify(path, 48, 48, 7)
    whole = path.read_bytes()
    for part in (0, 5, 100, len(whole) - 1):
        path.write_bytes(whole[:part])
        with pytest.raises(OutputInvalid):
            film.verify(path, 48, 48, 6)


@pytest.mark.parametrize("frames, rate", [(6, 6), (24, 8), (36, 12), (72, 24), (360, 30)])
def test_a_turn_takes_about_three_seconds(frames, rate):
    assert film.frames_per_second(frames) == rate

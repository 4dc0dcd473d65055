"""A template made by the panel's buttons, played in a real window from the installed zip."""

import window


def test_a_mesh_becomes_a_template_by_the_panels_buttons(desk, design, shots):
    told = window.play(desk, "template", shots, options={"design": str(design)})["notes"]
    # Saved from a window, a file names Blender's own brushes: these are no danger.
    assert told["findings"] == ["unsigned", "unsigned", "newer", "light_not_baked"]
    assert told["steps"] == [7, 1, 7], "the cameras are undone and redone"
    assert (shots / "tube.json").is_file()
    assert told["template"] == str(shots / "tube.blend")
    assert "sleeve_left" in told["refusal"]

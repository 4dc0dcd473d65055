"""Only what a machine has is offered to render with; all else is explained."""

from tshirt_render_queue.operators.client.devices import Found, answer, probe


def test_the_answer_is_found_between_what_blender_prints():
    found = answer('Blender 5.2\ntshirt-devices: {"CUDA": [], "OPTIX": ["RTX"]}\nBlender quit\n')
    assert found == Found({"CUDA": (), "OPTIX": ("RTX",)})
    assert answer("Blender 5.2\nBlender quit\n") is None


def test_what_has_no_device_is_told_from_what_was_not_built():
    found = Found({"CUDA": (), "OPTIX": ("RTX",)})
    assert found.choices == ("CPU", "OPTIX")
    assert found.without_device == ("CUDA",)
    assert found.not_built == ("HIP", "METAL", "ONEAPI")
    assert Found(trouble="It can't be started.").choices == ("CPU",)


def test_a_program_that_is_no_blender_is_named(tmp_path):
    assert str(tmp_path / "missing") in probe(tmp_path / "missing").trouble

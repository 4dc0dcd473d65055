"""What we rely on in Blender's command line, alike in Blender and in build.py's launcher."""

import re

FACTORY = ("--background", "--factory-startup")
RAISING = "raise ValueError('on purpose')"


def test_it_says_its_version(bare_blender):
    found = re.search(r"^Blender (\d+)\.(\d+)", bare_blender("--version").stdout, re.MULTILINE)
    assert found
    assert (int(found[1]), int(found[2])) >= (4, 2)


def test_a_script_that_raises_ends_it_only_when_that_was_asked_for_before(bare_blender):
    bare_blender(*FACTORY, "--python-exit-code", "7", "--python-expr", RAISING, exit_code=7)
    bare_blender(*FACTORY, "--python-expr", RAISING, "--python-exit-code", "7", exit_code=0)


def test_a_script_can_say_its_own_exit_code(bare_blender):
    bare_blender(*FACTORY, "--python-expr", "import sys; sys.exit(5)", exit_code=5)


def test_a_script_is_main_and_sees_all_arguments(bare_blender, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, bpy\n"
        "print('SEEN', __name__, __file__, sys.argv[-2:], bpy.app.background)\n"
        "import pathlib; print('PROGRAM', pathlib.Path(bpy.app.binary_path).is_file())\n"
    )
    done = bare_blender(*FACTORY, "--python", script, "--", "--channel", "3")
    assert f"SEEN __main__ {script} ['--channel', '3'] True" in done.stdout
    assert "PROGRAM True" in done.stdout


def test_arguments_are_taken_in_their_order(bare_blender, tmp_path):
    blend = tmp_path / "saved.blend"
    save = (
        "import bpy; bpy.context.scene.name = 'kept'; "
        f"bpy.ops.wm.save_mainfile(filepath={str(blend)!r})"
    )
    bare_blender(*FACTORY, "--python-exit-code", "1", "--python-expr", save)
    tell = "import bpy; print('SCENE', bpy.context.scene.name)"
    done = bare_blender(*FACTORY, "--python-expr", tell, blend, "--python-expr", tell)
    assert re.findall(r"SCENE (\w+)", done.stdout) == ["Scene", "kept"]


def test_a_blend_runs_no_script_of_its_own(bare_blender, tmp_path):
    blend, trace = tmp_path / "hostile.blend", tmp_path / "trace"
    hostile = f"open({str(trace)!r}, 'w')"
    save = (
        "import bpy; text = bpy.data.texts.new('run.py'); text.use_module = True; "
        f"text.write({hostile!r}); bpy.ops.wm.save_mainfile(filepath={str(blend)!r})"
    )
    bare_blender(*FACTORY, "--python-exit-code", "1", "--python-expr", save)
    bare_blender(*FACTORY, "--disable-autoexec", blend, "--python-expr", "print('opened')")
    assert not trace.exists()
    bare_blender(*FACTORY, "--enable-autoexec", blend, "--python-expr", "print('opened')")
    assert trace.exists(), "the hostile file is none"


def test_an_unknown_command_is_an_error(bare_blender):
    bare_blender("--command", "no_such_command", exit_code=1)

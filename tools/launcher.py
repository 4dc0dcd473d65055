"""`blender` for a machine without one: answers the part of Blender's command line that we use.

Run by `.venv/bin/blender` in a Python that has the bpy module. Arguments are taken in their order,
as Blender does. Without `--factory-startup` the extensions below BLENDER_USER_RESOURCES are on;
when that isn't set, it is a folder in .venv in which this checkout is the one extension.
"""

import contextlib
import os
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTENSION = "tshirt_render_queue"

#: Flags that change nothing here, since a module has no window, sound or network of its own.
WITHOUT_EFFECT = {"-b", "--background", "-noaudio", "--offline-mode", "-q", "--quiet"}
COMMAND = ("-c", "--command")
USAGE = """\
Blender as a Python module, in the background. It answers to:
  FILE.blend  -b --background  --factory-startup  -Y --disable-autoexec  -y --enable-autoexec
  --python-use-system-env  --python-exit-code N  -P --python FILE  --python-expr CODE
  -t --threads N  -c --command NAME ARG...  -v --version  -h --help  -- ARG..."""


class UnknownArgument(Exception):
    """This launcher doesn't know the argument; a whole Blender may."""


def main(arguments: list[str]) -> int:
    """Do what the arguments ask, one after the other; the exit code is Blender's."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    command_at = next((at for at, word in enumerate(options) if word in COMMAND), len(options))
    before_command = set(options[:command_at])
    if before_command & {"-h", "--help"}:
        print(USAGE)
        return 0
    if "--python-use-system-env" in before_command:
        folders = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        sys.path[:0] = [folder for folder in folders if folder]
    commands = start_bpy(arguments)
    if not before_command & {"-v", "--version"}:
        if command_at < len(options):
            enable("bl_pkg")  # `--command extension`, which Blender has even from factory settings
        if "--factory-startup" not in before_command:
            enable_extensions_of_the_user()
    return Session(commands).run(options)


def start_bpy(arguments: list[str]) -> dict[str, Callable]:
    """Import bpy as the Blender this launcher stands for; return what commands get registered."""
    if "BLENDER_USER_RESOURCES" not in os.environ:
        os.environ["BLENDER_USER_RESOURCES"] = str(own_user_resources())
    import bpy

    binary = Path(sys.executable).parent / "blender"
    bpy.app.binary_path = str(binary)
    sys.argv[:] = [str(binary), *arguments]
    commands: dict[str, Callable] = {}
    register = bpy.utils.register_cli_command

    def register_and_remember(name: str, run: Callable[[list[str]], int]) -> object:
        commands[name] = run
        return register(name, run)

    bpy.utils.register_cli_command = register_and_remember
    return commands


def own_user_resources() -> Path:
    """Return .venv/blender-user, in which this checkout is the one installed extension."""
    user = Path(sys.prefix) / "blender-user"
    extension = user / "extensions" / "user_default" / EXTENSION
    extension.parent.mkdir(parents=True, exist_ok=True)
    if not extension.exists():
        # Another process that does the same at this moment is as good.
        with contextlib.suppress(FileExistsError):
            link_folder(extension)
    return user


def link_folder(link: Path) -> None:
    """Make `link` show this checkout; on Windows a junction, as links ask for a right there."""
    if sys.platform == "win32":
        import _winapi

        _winapi.CreateJunction(str(ROOT), str(link))
    else:
        link.symlink_to(ROOT, target_is_directory=True)


def enable(module: str) -> None:
    """Turn an add-on on for this session; Blender prints why, when it raises."""
    import addon_utils

    addon_utils.enable(module, default_set=True)


def enable_extensions_of_the_user() -> None:
    """Turn on all that is installed: which of it is switched on, the module can't read."""
    import addon_utils

    for module in addon_utils.modules():  # pyright: ignore[reportGeneralTypeIssues] - stub: None
        if ".user_default." in module.__name__:
            enable(module.__name__)


class Session:
    """One run of the launcher: what its earlier arguments set for the later ones."""

    def __init__(self, commands: dict[str, Callable]):
        self.commands = commands
        self.exit_code_of_failed_scripts = 0

    def run(self, options: list[str]) -> int:
        """Take the options in their order; stop at the first that ends the session."""
        words = iter(options)
        for word in words:
            code = self.take(word, words)
            if code is not None:
                return code
        return 0

    def take(self, word: str, words: Iterator[str]) -> int | None:
        """Do one option; return an exit code when it is the last to be done."""
        import bpy

        match word:
            case "--factory-startup" | "--python-use-system-env":
                pass  # both were seen to before bpy was imported
            case _ if word in WITHOUT_EFFECT:
                pass
            case "-v" | "--version":
                print("Blender", bpy.app.version_string)
                return 0
            case "-y" | "--enable-autoexec":
                bpy.context.preferences.filepaths.use_scripts_auto_execute = True
            case "-Y" | "--disable-autoexec":
                bpy.context.preferences.filepaths.use_scripts_auto_execute = False
            case "-t" | "--threads":
                bpy.context.scene.render.threads_mode = "FIXED"
                bpy.context.scene.render.threads = int(next(words))
            case "--python-exit-code":
                self.exit_code_of_failed_scripts = int(next(words))
            case "-P" | "--python":
                path = Path(next(words))
                return self.run_script(lambda: path.read_text(encoding="utf-8"), str(path))
            case "--python-expr":
                code = next(words)
                return self.run_script(lambda: code, "<--python-expr>")
            case "-c" | "--command":
                return self.run_command(next(words, ""), list(words))
            case _ if word.startswith("-"):
                raise UnknownArgument(word)
            case _:
                return self.open(word)
        return None

    def run_script(self, read: Callable[[], str], name: str) -> int | None:
        """Run a script as `__main__`; when it raises, print why and go on unless told not to."""
        main_module = types.ModuleType("__main__")
        main_module.__file__ = name
        sys.modules["__main__"] = main_module
        try:
            exec(compile(read(), name, "exec"), main_module.__dict__)
        except Exception:  # noqa: BLE001 - whatever a script raises is its own; Blender goes on too
            traceback.print_exc()
            return self.exit_code_of_failed_scripts or None
        return None

    def run_command(self, name: str, arguments: list[str]) -> int:
        """Run a command that an extension registered; its int result is the exit code."""
        if name not in self.commands:
            known = ", ".join(sorted(self.commands)) or "none"
            print(f"Unknown command {name!r}; known here: {known}.", file=sys.stderr)
            return 1
        try:
            return self.commands[name](arguments)
        except Exception:  # noqa: BLE001 - as Blender does: print why, exit 1
            traceback.print_exc()
            return 1

    def open(self, path: str) -> int | None:
        """Open a .blend, never running the scripts in it unless `-y` came before."""
        import bpy

        scripts = bpy.context.preferences.filepaths.use_scripts_auto_execute
        try:
            bpy.ops.wm.open_mainfile(
                filepath=str(Path(path).resolve()), load_ui=False, use_scripts=scripts
            )
        except RuntimeError as error:
            print(f"Cannot open {path}: {error}", file=sys.stderr)
            return 1
        return None


if __name__ == "__main__":
    try:
        exit_code = main(sys.argv[1:])
    except UnknownArgument as unknown:
        print(f"{unknown}: this launcher doesn't know that argument.\n{USAGE}", file=sys.stderr)
        exit_code = 2
    sys.exit(exit_code)

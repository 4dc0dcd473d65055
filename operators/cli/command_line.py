"""The command line: `blender --command tshirt_queue VERB` and `python3 build.py queue VERB`.

Words and defaults of every verb are here; what they do is in `order_verbs`, `job_verbs` and
`queue_verbs`. No bpy at module level.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn

from ...presets.bad_request import BadRequest
from ...presets.images import BadDesign
from ...presets.measures import inches, pixels
from ...presets.messages import UserError, said_by
from ...presets.naming import DEFAULT_PATTERN, FIELDS
from ...presets.order_form import FABRIC, PLACEMENT, QUALITY, TEMPLATE
from ...presets.placements import placements
from ...presets.qualities import output_presets, qualities
from ...presets.request import DEVICES, FORMATS, GARMENT_SIZES, LIGHTS, MODES, TECHNIQUES
from ...presets.svg import DPI as SVG_DPI
from ...queue.folder import ENVIRONMENT_VARIABLE, QueueFolder
from ...queue.job import Lane, State
from ...queue.settings import BadSetting
from .context import DONE, NOT_DONE, WRONG_USAGE

NAME = "tshirt_queue"

EPILOG = f"""examples:
  {NAME} add logo.png --placement left_chest --fabric navy --out pictures
  {NAME} add art.png --fabric black --fabric white --view front --view back --batch spring
  {NAME} run --until-empty
  {NAME} list --state failed
"""


def main(argv: Sequence[str], usual_folder: Callable[[], QueueFolder] = QueueFolder.default) -> int:
    """Run one command and return its exit code; every error is one sentence on standard error.

    `usual_folder` tells the queue folder of a command that names none.
    """
    try:
        asked = parser().parse_args(list(argv))
        asked.usual_folder = usual_folder
        code = asked.run(asked)
        print(end="", flush=True)  # so that a full disk is met here
        return code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else WRONG_USAGE
    except (BadRequest, BadDesign, BadSetting) as error:
        return _refuse(error, WRONG_USAGE)
    except UserError as error:
        return _refuse(error, NOT_DONE)
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except OSError as error:
        return _refuse_file(error)


def _refuse(error: Exception, code: int) -> int:
    print(f"{NAME}: {error}", file=sys.stderr)
    return code


def _refuse_file(error: OSError) -> int:
    if error.filename is not None:
        told = said_by(error)
    elif isinstance(error, FileNotFoundError):  # what asking for the present folder ends in
        told = "The folder that this was started in is gone; go to another one."
    else:
        told = f"What is to be printed can't be written: {error.strerror}."
        with suppress(OSError), open(os.devnull, "w") as nowhere:  # not tried again at the exit
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return _refuse(OSError(told), NOT_DONE)


class _Parser(argparse.ArgumentParser):
    """One that says what is wrong in a sentence, without all that would be right before it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What argparse takes for a value and not for an option: -2 by itself, here -2in as well.
        self._negative_number_matcher = re.compile(r"-\.?\d")

    def error(self, message: str) -> NoReturn:
        """End the command as one that was used wrongly."""
        self.exit(WRONG_USAGE, f"{NAME}: {message.rstrip('.')}. See {self.prog} --help.\n")


def parser() -> argparse.ArgumentParser:
    """The parser of all verbs; each sets `run` to the function that does it."""
    from . import job_verbs, order_verbs, queue_verbs

    top = _Parser(
        prog=NAME,
        description="Queue renders of printed t-shirts and work them off.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = argparse.ArgumentParser(add_help=False)
    # Before the verb or after it, where no default may take back what stood before.
    for before_or_after, default in ((top, None), (common, argparse.SUPPRESS)):
        before_or_after.add_argument(
            "--queue",
            metavar="DIR",
            default=default,
            help=f"the queue folder (default: {ENVIRONMENT_VARIABLE}, or one in your user data)",
        )
    printing = argparse.ArgumentParser(add_help=False, parents=[common])
    printing.add_argument("--json", action="store_true", help="print JSON")
    all_verbs = top.add_subparsers(metavar="VERB", required=True)

    def verb(
        name: str, run: Callable[[argparse.Namespace], int], about: str, *, json: bool = True
    ) -> argparse.ArgumentParser:
        made = all_verbs.add_parser(
            name, help=about, description=about[0].upper() + about[1:] + ".",
            parents=[printing if json else common],
        )  # fmt: skip
        made.set_defaults(run=run)
        return made

    add = verb("add", order_verbs.add, "queue one job for each design × placement × fabric")
    add.add_argument(
        "designs", nargs="*", metavar="DESIGN", help="image: PNG, JPEG, WebP, TIFF, SVG"
    )
    _order_options(add)
    batch = verb("batch", order_verbs.batch, "queue jobs from a CSV table or a folder of designs")
    batch.add_argument("source", metavar="FILE.csv|FOLDER", nargs="?")
    batch.add_argument("--example", action="store_true", help="print an example table and stop")
    _order_options(batch)

    run = verb("run", queue_verbs.run, "render what is queued, here, until stopped")
    run.add_argument("--until-empty", action="store_true",
                     help="end when nothing is left to do, jobs set for later (--at) included")  # fmt: skip
    run.add_argument("--concurrency", type=int, metavar="N", help="renders at once, 1 to 16")

    verb("status", queue_verbs.status, "show counts, rates and estimates")
    listing = verb("list", job_verbs.list_jobs, "list jobs, the newest last")
    listing.add_argument("--state", action="append", choices=[one.value for one in State],
                         default=[])  # fmt: skip
    listing.add_argument("--batch", metavar="NAME")
    listing.add_argument("--lane", type=_lane, metavar="LANE")
    listing.add_argument("--limit", type=_number, metavar="N", help="only the newest N")
    show = verb("show", job_verbs.show, "show one job: its attempts, files, and why it waits")
    show.add_argument("job", metavar="JOB")
    log = verb("log", job_verbs.log, "print the log of a job's last attempt", json=False)
    log.add_argument("job", metavar="JOB")
    log.add_argument("--attempt", type=int, metavar="N", help="an earlier one")
    watch = verb("watch", queue_verbs.watch, "show what happens as it happens")
    watch.add_argument("--until-empty", action="store_true", help="end when nothing is left to do")

    _choosing(verb("cancel", job_verbs.cancel, "call jobs off, running ones too"))
    _choosing(verb("retry", job_verbs.retry, "queue failed or cancelled jobs anew"))
    move = _choosing(verb("move", job_verbs.move, "put waiting jobs into another lane"))
    move.add_argument("--lane", type=_lane, required=True, metavar="LANE")
    pin = _choosing(verb("pin", job_verbs.pin, "keep jobs and their files from being cleaned"))
    pin.add_argument("--off", action="store_true", help="let them be cleaned again")
    _choosing(verb("remove", job_verbs.remove, "take finished jobs off the list; pictures stay"))

    pause = verb("pause", queue_verbs.pause, "start no further job; running ones finish")
    pause.add_argument("--reason", default="", help="shown to everyone until it is resumed")
    verb("resume", queue_verbs.resume, "go on after a pause")
    clean = verb("clean", queue_verbs.clean, "delete what is past its time")
    clean.add_argument("--dry-run", action="store_true", help="only list what would go")
    verb("metrics", queue_verbs.metrics, "show counts, durations and failures by class")
    settings = verb("settings", queue_verbs.settings, "show the queue's settings, or change some")
    settings.add_argument("changes", nargs="*", metavar="NAME=VALUE")
    template = verb("check-template", queue_verbs.check_template, "check a .blend made by yourself")
    template.add_argument("file", metavar="FILE.blend")
    return top


def _order_options(verb: argparse.ArgumentParser) -> None:
    what = verb.add_argument_group("what")
    what.add_argument(
        "--placement", action="append", default=[], metavar="P",
        help=f"where to print, repeatable (default {PLACEMENT}): {', '.join(placements())}, free",
    )  # fmt: skip
    what.add_argument(
        "--fabric", action="append", default=[], metavar="F",
        help=f"fabric, CSS color or #RRGGBB, repeatable (default {FABRIC})",
    )  # fmt: skip
    what.add_argument(
        "--print", action="append", default=[], type=_further_print, metavar="P=FILE",
        dest="prints", help="a further design on the same shirt, repeatable",
    )  # fmt: skip
    what.add_argument("--technique", choices=TECHNIQUES, default="dtg",
                      help="how it is printed (default %(default)s)")  # fmt: skip
    what.add_argument("--width", type=_length, metavar="W", help="width of the art: 11in, 28cm")
    what.add_argument("--x", type=_length, metavar="X", help="off the centre line, wearer's left +")
    what.add_argument("--y", type=_length, metavar="Y", help="below the collar (above the hem)")
    what.add_argument("--rotation", type=float, default=0.0, metavar="DEG",
                      help="turn of the art, degrees counter-clockwise")  # fmt: skip
    what.add_argument("--garment-size", choices=tuple(GARMENT_SIZES), default="L",
                      help="scales the print as the trade does (default %(default)s: as it is)")  # fmt: skip
    what.add_argument("--svg-dpi", type=float, default=SVG_DPI, metavar="N",
                      help="dots an inch that SVG designs are drawn with (default %(default)s)")  # fmt: skip
    what.add_argument("--template", default=TEMPLATE, metavar="T",
                      help="a shirt that ships, or your own .blend (default %(default)s)")  # fmt: skip
    how = verb.add_argument_group("how it is shown")
    how.add_argument(
        "--view", action="append", default=[], metavar="V",
        help="repeatable, or all (default: the view that faces the print)",
    )  # fmt: skip
    how.add_argument(
        "--background", action="append", default=[], metavar="B",
        help="transparent (default), a color or an image file, repeatable",
    )  # fmt: skip
    how.add_argument("--mode", choices=MODES, default="stills",
                     help="pictures, film all around, both, or 3D model (default %(default)s)")  # fmt: skip
    how.add_argument("--frames", type=int, default=36, metavar="N",
                     help="of a turntable (default %(default)s)")  # fmt: skip
    how.add_argument("--quality", choices=tuple(qualities()), default=QUALITY,
                     help="samples and size in one (default %(default)s)")  # fmt: skip
    how.add_argument("--samples", type=int, metavar="N", help="instead of the quality's")
    how.add_argument("--size", type=_size, metavar="WxH", help="instead of the quality's")
    how.add_argument("--format", choices=FORMATS, default="png",
                     help="of the pictures (default %(default)s)")  # fmt: skip
    how.add_argument(
        "--also", action="append", default=[], metavar="PRESET",
        help=f"a further picture of each render, repeatable: {', '.join(output_presets())}",
    )  # fmt: skip
    how.add_argument(
        "--light", choices=LIGHTS,
        help="full: render each picture; once: bake each view's light once and print into it; auto: "
        "once wherever that is as good (default: as the queue's settings say)",
    )  # fmt: skip
    how.add_argument(
        "--shadow", action=argparse.BooleanOptionalAction,
        help="a soft shadow behind the shirt, or none (default: where it lies)",
    )  # fmt: skip
    how.add_argument("--device", choices=DEVICES,
                     help="what must render it (default: as the queue's settings say)")  # fmt: skip
    where = verb.add_argument_group("where it goes")
    where.add_argument("--out", metavar="DIR", help="output folder (default: in the queue folder)")
    fields = ", ".join(f"{{{field}}}" for field in FIELDS).replace("%", "%%")
    where.add_argument(
        "--name", default=DEFAULT_PATTERN, metavar="PATTERN", help=f"of file names, from {fields}"
    )
    when = verb.add_argument_group("when and how hard")
    when.add_argument("--lane", type=_lane, default=Lane.NORMAL, metavar="LANE",
                      help="urgent, normal or low")  # fmt: skip
    when.add_argument("--after", action="append", default=[], metavar="JOB",
                      help="not before that job has completed, repeatable")  # fmt: skip
    when.add_argument("--at", metavar="TIME",
                      help="not before: 22:30, 2030-01-31T08:00, +90m")  # fmt: skip
    when.add_argument("--attempts", type=int, metavar="N",
                      help="before it counts as failed (default: as the queue's settings say)")  # fmt: skip
    when.add_argument("--timeout", type=float, metavar="SECONDS",
                      help="of an attempt (default: as the queue's settings say; while those say 300,"
                      " more for more or larger pictures)")  # fmt: skip
    when.add_argument("--batch", metavar="NAME", dest="batch_name", default="",
                      help="a name for what belongs together; it gets a contact sheet")  # fmt: skip
    when.add_argument("--force", action="store_true",
                      help="render again what is there, and what preflight refuses")  # fmt: skip
    when.add_argument("--dry-run", action="store_true", help="check, count and estimate only")


def _choosing(verb: argparse.ArgumentParser) -> argparse.ArgumentParser:
    verb.add_argument("jobs", nargs="*", metavar="JOB")
    verb.add_argument("--batch", metavar="NAME", help="every job of that batch it applies to")
    return verb


def _refused_by_argparse(convert: Callable[[str], object]) -> Callable[[str], object]:
    """Show the converter's own sentence instead of argparse's “invalid value”."""

    def converted(text: str) -> object:
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return converted


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise BadRequest(f"'{text}' is not a whole number of 1 or more.")
    return int(text)


def _split_print(text: str) -> tuple[str, str]:
    place, equals, file = text.partition("=")
    if not equals or not place or not file:
        raise BadRequest(f"'{text}' is not PLACEMENT=FILE, such as nape=logo.png.")
    return place, file


_number = _refused_by_argparse(_at_least_one)
_lane = _refused_by_argparse(Lane.parse)
_size = _refused_by_argparse(pixels)
_length = _refused_by_argparse(inches)
_further_print = _refused_by_argparse(_split_print)


def register() -> None:
    """Make `blender --command tshirt_queue` known to Blender."""
    import bpy

    from ..client.queue_location import queue_folder

    global _handle
    _handle = bpy.utils.register_cli_command(NAME, partial(main, usual_folder=queue_folder))


def unregister() -> None:
    """Take the command away again."""
    import bpy

    global _handle
    if _handle is not None:
        bpy.utils.unregister_cli_command(_handle)
    _handle = None


_handle = None

"""The script of a process that draws one SVG: `python -I queue/intake/draw_svg.py SITE FLAG…`.

SVG on standard input; on standard output the library's remarks, and then the PNG. A process of its
own, because the library holds Python's lock while it draws, can't be stopped, and a hostile file
can make it crash; see `svg_drawing.py`. Loads nothing of the package.
"""

import sys
import threading
from typing import Any

#: what may be drawn with, in bytes, where the system lets a process limit itself
MEMORY = 4 << 30
#: stack in bytes: the library recurses into groups, 8 MB are not enough everywhere
STACK = 256 << 20


def main() -> int:
    """Draw; 1 and a sentence on standard error if that can't be done."""
    site, *flags = sys.argv[1:]
    sys.path.insert(0, site)
    import resvg_py

    content = sys.stdin.buffer.read().decode("utf-8")
    limit_memory()
    pngs: list[bytes] = []
    problems: list[str] = []

    def draw() -> None:
        try:
            pngs.append(resvg_py.svg_to_bytes(svg_string=content, **options(flags)))
        except ValueError as error:
            problems.append(str(error))

    threading.stack_size(STACK)
    artist = threading.Thread(target=draw)
    artist.start()
    artist.join()
    if not pngs:
        print(*problems, file=sys.stderr)
        return 1 if problems else 2
    sys.stdout.buffer.write(pngs[0])
    return 0


def options(flags: list[str]) -> dict[str, Any]:
    """Return how the drawing library is to draw."""
    hard = "--hard-edges" in flags
    return {
        "dpi": 96.0,  # CSS's inch: without it, lengths in mm are 0
        "log_information": True,
        "shape_rendering": "crisp_edges" if hard else "geometric_precision",
        "text_rendering": "optimize_speed" if hard else "optimize_legibility",
    }


def limit_memory() -> None:
    """Let what takes too much end this process and nothing else."""
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        limit = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))


if __name__ == "__main__":
    sys.exit(main())

"""Reads a batch: a CSV table with one order a row, or a folder of designs. No bpy here.

A cell is text and never anything else: formulas are not worked out, paths are not run.
"""

import csv
import dataclasses
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .backgrounds import find_background
from .bad_request import BadRequest, unknown
from .fabrics import find_fabric
from .images import HEAD, is_printable, other_picture_or_none
from .light import find_light
from .measures import inches, pixels
from .messages import Message, said_by, sentences, why
from .order_form import OrderForm, fill_in
from .paths import typed
from .placements import find_placement
from .qualities import find_output_preset
from .svg import is_svg

#: a column that starts so goes into the job's metadata under the rest of its name
METADATA = "metadata."

#: mistakes of a table that are told; of more their number is
_MOST_FAULTS = 20
_MARKS = ";,\t"
_TRUE, _FALSE = ("1", "true", "yes", "x"), ("0", "false", "no")


def forms(source: Path, base: OrderForm) -> list[OrderForm]:
    """Return the orders in `source`, a CSV table or a folder; `base` fills what they leave open.

    Raises BadRequest; for a table its message names row and column of each mistake, a line for each.
    """
    if source.is_dir():
        return [dataclasses.replace(base, designs=_designs_in(source))]
    if not source.is_file():
        words = "{path} does not exist; give a CSV table or a folder of designs."
        raise BadRequest(Message(words, path=source))
    return _rows(source, base)


def columns() -> tuple[str, ...]:
    """Return the names of the columns that a table may have, beside metadata.…"""
    return tuple(_COLUMNS)


def example_csv(design: str = "") -> str:
    """Return a table to start from; its rows print `design`, if one is given."""
    table = (
        "design,placement,fabric,view,background,width,metadata.sku\n"
        "sun.png,full_front,navy|white,front|front_left,transparent,28cm,SUN-01\n"
        "logo.png,left_chest,#C0FFEE,front,white,3.5in,LOGO-01\n"
        'quote.jpg,full_back,"black, sport_grey",back,#F2F2F2,,QUOTE-01\n'
    )
    cell = '"' + design.replace('"', '""') + '"'
    return re.sub(r"^\w+\.(png|jpg)(?=,)", lambda _: cell, table, flags=re.M) if design else table


def _designs_in(folder: Path) -> tuple[str, ...]:
    """Return the printable images of `folder`, by name; other pictures need one of the same name.

    So artwork in a drawing program's format may lie beside its export, but is never left out. An
    SVG is such artwork where there is an export, else a design.
    """
    images, drawings, others = [], [], {}
    for path in sorted(folder.iterdir(), key=_by_name):
        if path.name.startswith(".") or not path.is_file():
            continue
        with path.open("rb") as file:
            head = file.read(HEAD)
        if is_svg(head):
            drawings.append(path)
        elif is_printable(head):
            images.append(path)
        elif told := other_picture_or_none(head):
            others[path] = told
    exported = {path.stem for path in images}
    designs = images + [path for path in drawings if path.stem not in exported]
    for path, told in others.items():
        if path.stem not in {design.stem for design in designs}:
            words = "{path} is {told}; or take it out of the folder."
            raise BadRequest(Message(words, path=path, told=told))
    if not designs:
        words = "There is no PNG, JPEG, WebP, TIFF or SVG in the folder {folder}."
        raise BadRequest(Message(words, folder=folder))
    return tuple(str(path) for path in sorted(designs, key=_by_name))


def _by_name(path: Path) -> tuple[str, str]:
    return path.name.casefold(), path.name


def _rows(table: Path, base: OrderForm) -> list[OrderForm]:
    """Return the orders of the rows. Raises BadRequest, which tells all that is wrong in the table."""
    records = _records(table)
    number, header = next(records, (1, []))
    names = _columns(header, table, number)
    orders: list[OrderForm] = []
    faults: list[str] = []
    try:
        for number, cells in records:
            where = _where(table, number)
            if len(cells) > len(names):
                words = "{where} has {cells} cells, but the first row {names}."
                faults.append(Message(words, where=where, cells=len(cells), names=len(names)))
                continue
            given = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
            form, wrong = _form({name: cell for name, cell in given.items() if cell}, table, base)
            told = [_in_column(where, name, error) for name, error in wrong]
            faults += told or _faults_of_row(form, where)
            orders.append(form)
    except BadRequest as error:  # the rest can't be read
        faults.append(said_by(error))
    _refuse(faults)
    if not orders:
        words = "{table} has a first row, but no order below it."
        raise BadRequest(Message(words, table=table.name))
    return orders


def _columns(header: list[str], table: Path, row: int) -> list[str]:
    """Return the columns that the headings mean."""
    names, faults = [], []
    for heading in header:
        try:
            names.append(_column(heading, _where(table, row)))
        except BadRequest as error:
            faults.append(said_by(error))
    _refuse(faults)
    if not {"design", "print"} & set(names):
        words = "{table} has no column 'design'; its first row names the columns."
        raise BadRequest(Message(words, table=table.name))
    twice = dict.fromkeys(name for name in names if names.count(name) > 1)
    words = "{table} has two columns {twice!r}; join them with | in one cell."
    _refuse([Message(words, table=table.name, twice=name) for name in twice])
    return names


def _refuse(faults: list[str]) -> None:
    """Raise BadRequest for what was found, each on a line of its own; do nothing without any."""
    if not faults:
        return
    told = faults[:_MOST_FAULTS]
    if len(faults) > len(told):
        told.append(Message("And {count} more.", count=len(faults) - len(told)))
    raise BadRequest(sentences(told, between="\n") if len(told) > 1 else told[0])


def _faults_of_row(form: OrderForm, where: Message) -> list[str]:
    """Return what is wrong with the row as a whole."""
    try:
        fill_in(form)
    except BadRequest as error:
        return [Message("{where}: {error}", where=where, error=said_by(error))]
    return []


def _in_column(where: Message, name: str, error: BadRequest) -> Message:
    words = "{where}, column {name!r}: {error}"
    return Message(words, where=where, name=name, error=said_by(error))


def _where(table: Path, row: int) -> Message:
    return Message("{table}, row {row}", table=table.name, row=row)


def _form(
    given: dict[str, str], table: Path, base: OrderForm
) -> tuple[OrderForm, list[tuple[str, BadRequest]]]:
    """Return the order of a row's cells, and for each cell that can't be read its column and why."""
    values: dict[str, Any] = {}
    wrong: list[tuple[str, BadRequest]] = []
    metadata = dict(base.metadata)
    for name, cell in given.items():
        if name.startswith(METADATA):
            metadata[name.removeprefix(METADATA)] = cell
            continue
        field, read = _COLUMNS[name]
        try:
            values[field] = read(cell, table.parent)
        except BadRequest as error:
            wrong.append((name, error))
    return dataclasses.replace(base, **values, metadata=metadata), wrong


def _records(table: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that isn't empty with its number in a spreadsheet, the first row being 1."""
    text = _text(table)
    first, _, rest = text.partition("\n")
    skipped = 0
    if declared := re.fullmatch(r"sep=(.)\r?", first):  # what Excel writes above the table
        mark, text, skipped = declared[1], rest, 1
    else:
        header = text.lstrip().partition("\n")[0]
        unquoted = re.sub(r'"[^"]*"', "", header)
        mark = max(_MARKS, key=unquoted.count)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=mark, strict=True, skipinitialspace=True
    )
    number = skipped
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            words = "{file} can't be read: {why}."
            told = Message(words, file=_where(table, number), why=str(error))
            raise BadRequest(told) from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield number, cells


def _text(table: Path) -> str:
    try:
        data = table.read_bytes()
    except OSError as error:
        words = "{file} can't be read: {why}."
        raise BadRequest(Message(words, file=table, why=why(error))) from error
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        words = "{table} is not in UTF-8 (byte {byte}); save it as 'CSV UTF-8'."
        raise BadRequest(Message(words, table=table.name, byte=error.start)) from error


def _column(name: str, where: Message) -> str:
    """Return the column that a heading means: capitals, blanks and the plural are forgiven."""
    text = name.strip()
    if text.lower().startswith(METADATA) and len(text) > len(METADATA):
        return METADATA + text[len(METADATA) :]
    plain = text.lower().replace(" ", "_").replace("-", "_")
    plain = {"colour": "fabric", "color": "fabric"}.get(plain, plain)
    for known in (plain, plain.removesuffix("s")):
        if known in _COLUMNS:
            return known
    also = Message("{prefix}NAME is kept with the job.", prefix=METADATA)
    refusal = said_by(unknown("column", name, _COLUMNS, also=also))
    raise BadRequest(Message("{where}: {error}", where=where, error=refusal))


def _several(cell: str) -> list[str]:
    return [part.strip() for part in re.split(r"[|,]", cell) if part.strip()]


def _file(cell: str, folder: Path) -> str:
    path = folder / typed(cell)
    if not path.is_file():
        is_folder = path.is_dir()
        words = "{path} is a folder." if is_folder else "{path} does not exist."
        raise BadRequest(Message(words, path=path))
    return str(path.absolute())


def _prints(cell: str, folder: Path) -> tuple[tuple[str, str], ...]:
    pairs = []
    for part in cell.split("|"):
        placement, equals, file = part.strip().partition("=")
        if not equals:
            raise BadRequest(Message("{cell!r} is not PLACEMENT=FILE.", cell=part.strip()))
        pairs.append((find_placement(placement).id, _file(file.strip(), folder)))
    return tuple(pairs)


def _background(asked: str, folder: Path) -> str:
    beside = folder / asked
    return find_background(str(beside) if beside.is_file() else asked)


def _template(cell: str, folder: Path) -> str:
    return str(folder / cell) if cell.lower().endswith(".blend") else cell


def _whole(cell: str, _folder: Path) -> int:
    if not re.fullmatch(r"\d{1,9}", cell):
        raise BadRequest(Message("{cell!r} is not a whole number.", cell=cell))
    return int(cell)


def _degrees(cell: str, _folder: Path) -> float:
    if not re.fullmatch(r"[+-]?\d{1,4}([.,]\d{1,6})?°?", cell):
        raise BadRequest(Message("{cell!r} is no angle in degrees.", cell=cell))
    return float(cell.rstrip("°").replace(",", "."))


def _yes_or_no(cell: str, _folder: Path) -> bool:
    if cell.lower() not in _TRUE + _FALSE:
        raise BadRequest(Message("{cell!r} is neither yes nor no.", cell=cell))
    return cell.lower() in _TRUE


def _length(cell: str, _folder: Path) -> float:
    return inches(cell)


def _word(cell: str, _folder: Path) -> str:
    return cell.lower()


def _as_it_is(cell: str, _folder: Path) -> str:
    return cell


def _each(read: Callable[[str], str]) -> Callable[[str, Path], tuple[str, ...]]:
    return lambda cell, _folder: tuple(read(part) for part in _several(cell))


#: what each column fills in: the field of the order form, and how its cell is read
_COLUMNS: dict[str, tuple[str, Callable[[str, Path], Any]]] = {
    "design": ("designs", lambda cell, folder: (_file(cell, folder),)),
    "placement": ("placements", _each(lambda asked: find_placement(asked).id)),
    "fabric": ("fabrics", _each(lambda asked: find_fabric(asked).id)),
    "view": ("views", _each(str.lower)),
    "background": (
        "backgrounds",
        lambda cell, folder: tuple(_background(one, folder) for one in _several(cell)),
    ),
    "print": ("prints", _prints),
    "mode": ("mode", _word),
    "quality": ("quality", _word),
    "samples": ("samples", _whole),
    "size": ("size", lambda cell, _folder: pixels(cell)),
    "format": ("format", _word),
    "also": ("also", _each(lambda asked: find_output_preset(asked).id)),
    "template": ("template", _template),
    "out": ("out", lambda cell, folder: str((folder / typed(cell)).absolute())),
    "name": ("name", _as_it_is),
    "frames": ("frames", _whole),
    "technique": ("technique", _word),
    "width": ("width_in", _length),
    "x": ("x_in", _length),
    "y": ("y_in", _length),
    "rotation": ("rotation_deg", _degrees),
    "garment_size": ("garment_size", lambda cell, _folder: cell.upper()),
    "shadow": ("ground_shadow", _yes_or_no),
    "light": ("light", lambda cell, _folder: find_light(cell)),
    "svg_dpi": ("svg_dpi", _whole),
}

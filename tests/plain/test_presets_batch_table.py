"""A table becomes orders row by row, and what is wrong is named by row and column."""

import json
from pathlib import Path

import pytest
from tshirt_render_queue.presets.bad_request import BadRequest
from tshirt_render_queue.presets.batch_table import columns, example_csv, forms
from tshirt_render_queue.presets.order_form import OrderForm

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with designs and a template."""
    for name in ("sun.png", "logo.png", "quote.jpg", "wall.png"):
        (tmp_path / name).write_bytes(PNG)
    (tmp_path / "tee.blend").write_bytes(b"BLENDER")
    zone = {"uv_map": "z", "width": 0.5, "height": 0.7, "centre": 0.25, "collar": 0.6, "hem": 0,
            "wearer_left": 1, "view": "front"}  # fmt: skip
    zones = {"front": zone, "back": zone | {"wearer_left": -1, "view": "back"}}
    views = ["front", "back", "front_left"]
    sidecar = {"format": 1, "name": "Tee", "views": views, "zones": zones}
    (tmp_path / "tee.json").write_text(json.dumps(sidecar))
    return tmp_path


def read(shop: Path, table: str | bytes) -> list[OrderForm]:
    path = shop / "orders.csv"
    path.write_bytes(table if isinstance(table, bytes) else table.encode())
    return forms(path, OrderForm(template=str(shop / "tee.blend"), out="/out", metadata={"by": 1}))


def test_the_example_prints_the_artists_own_design_if_there_is_one(shop):
    rows = read(shop, example_csv(str(shop / "sun.png")))
    assert [row.designs for row in rows] == [(str(shop / "sun.png"),)] * 3


def test_the_example_reads(shop):
    sun, logo, quote = read(shop, example_csv())
    assert sun.designs == (str(shop / "sun.png"),)
    assert sun.fabrics == ("navy", "white")
    assert sun.views == ("front", "front_left")
    assert sun.width_in == pytest.approx(28 / 2.54)
    assert sun.metadata == {"by": 1, "sku": "SUN-01"}
    assert (logo.fabrics, logo.backgrounds) == (("#C0FFEE",), ("#FFFFFF",))
    assert (quote.placements, quote.width_in) == (("full_back",), None)
    assert quote.fabrics == ("black", "sport_grey")


@pytest.mark.parametrize(
    "table",
    [
        "design,fabric\nsun.png,red\n",
        "design;fabric\nsun.png;red\n",
        "design\tfabric\nsun.png\tred\n",
        "\ufeffdesign;fabric\r\nsun.png;red\r\n",
        "sep=;\r\ndesign;fabric\r\nsun.png;red\r\n",
        '"Design", "Colour"\n"sun.png","red"\n',
        "\n\nDesigns,FABRICS,x\n\nsun.png,red\n,,\n",
        "design;fabric\nsun.png;red\n".encode("utf-16"),
        '"design";"fabric"\n"sun.png";red',
    ],
)
def test_every_spreadsheets_dialect_reads(shop, table):
    (form,) = read(shop, table)
    assert (form.designs, form.fabrics) == ((str(shop / "sun.png"),), ("red",))


def test_every_column_reaches_the_order(shop):
    row = {
        "design": "logo.png",
        "print": "full_back=sun.png",
        "placement": "left-chest",
        "fabric": "black",
        "view": "Front|back",
        "background": "wall.png|#fff",
        "mode": "Both",
        "quality": "draft",
        "samples": "8",
        "size": "64x32",
        "format": "PNG",
        "also": "thumbnail-512|white_2000",
        "template": "tee.blend",
        "out": "pictures",
        "name": "{design}_{background}_{view}",
        "frames": "12",
        "technique": "vinyl",
        "width": "9cm",
        "x": "-1in",
        "y": "2,5",
        "rotation": "-12.5°",
        "garment_size": "xl",
        "shadow": "yes",
        "light": "Full",
        "svg_dpi": "150",
    }
    assert tuple(sorted(row)) == tuple(sorted(columns()))
    (form,) = read(shop, ";".join(row) + "\n" + ";".join(row.values()) + "\n")
    assert form == OrderForm(
        designs=(str(shop / "logo.png"),),
        prints=(("full_back", str(shop / "sun.png")),),
        placements=("left_chest",),
        fabrics=("black",),
        views=("front", "back"),
        backgrounds=(str(shop / "wall.png"), "#FFFFFF"),
        mode="both",
        quality="draft",
        samples=8,
        size=(64, 32),
        format="png",
        also=("thumbnail_512", "white_2000"),
        template=str(shop / "tee.blend"),
        out=str(shop / "pictures"),
        name="{design}_{background}_{view}",
        frames=12,
        technique="vinyl",
        width_in=9 / 2.54,
        x_in=-1.0,
        y_in=2.5,
        rotation_deg=-12.5,
        garment_size="XL",
        ground_shadow=True,
        light="full",
        svg_dpi=150,
        metadata={"by": 1},
    )


@pytest.mark.parametrize(
    "table, sentence",
    [
        ("", "has no column 'design'"),
        ("fabric\nred\n", "has no column 'design'"),
        ("design,fabric\n", "no order below it"),
        ("design,fabrik\n", r"row 1: Unknown column 'fabrik'. Did you mean 'fabric'"),
        ("design,fabric,fabrics\n", "two columns 'fabric'"),
        ("design,fabric\nsun.png,red,blue\n", "row 2 has 3 cells, but the first row 2"),
        ("design,fabric\n\nno.png,red\n", r"row 3, column 'design': .*no\.png does not exist"),
        ("design,fabric\n.,red\n", "row 2, column 'design': .* is a folder"),
        ("design,fabric\nsun.png,reed\n", "row 2, column 'fabric': Unknown.*Did you mean 'red'"),
        ("design,view\nsun.png,fornt\n", "row 2: Unknown view 'fornt'. Did you mean 'front'"),
        ("design,placement\nsun.png,chest\n", "row 2, column 'placement': Unknown placement"),
        ("design,placement\nsun.png,sleeve_left\n", "row 2: .*no zone 'sleeve_left'"),
        ("design,samples\nsun.png,1e3\n", "row 2, column 'samples': '1e3' is not a whole"),
        ("design,samples\nsun.png,0\n", "row 2: The samples can't be 0"),
        ("design,size\nsun.png,huge\n", "row 2, column 'size': .*WIDTHxHEIGHT"),
        ("design,width\nsun.png,wide\n", "row 2, column 'width': .*28cm"),
        ("design,rotation\nsun.png,left\n", "row 2, column 'rotation'"),
        ("design,shadow\nsun.png,soft\n", "row 2, column 'shadow'"),
        ("design,print\nsun.png,logo.png\n", "row 2, column 'print': .*PLACEMENT=FILE"),
        ("design,name\nsun.png,../x\n", "row 2: .*leads to another folder"),
        ("design,fabric\n,red\n", "row 2: No design was given"),
        ('design,fabric\n"sun.png,red\n', r"row 2 can't be read"),
        (b"design;fabric\nsonne\xfc.png;red\n", "not in UTF-8"),
    ],
)
def test_names_row_and_column_of_what_is_wrong(shop, table, sentence):
    with pytest.raises(BadRequest, match=f"orders.csv.*{sentence}"):
        read(shop, table)


def test_all_mistakes_are_told_each_on_its_line(shop):
    table = (
        "design,fabric,width\nsun.png,reed,wide\nsun.png,red,\nno.png,red,\n,red,\nsun.png,a,b,c\n"
    )
    with pytest.raises(BadRequest) as raised:
        read(shop, table)
    lines = str(raised.value).splitlines()
    starts = (
        "2, column 'fabric'",
        "2, column 'width'",
        "4, column 'design'",
        "5: ",
        "6 has 4 cells",
    )
    assert len(lines) == len(starts)
    for line, start in zip(lines, starts, strict=True):
        assert line.startswith(f"orders.csv, row {start}"), line


def test_all_unknown_columns_are_told(shop):
    with pytest.raises(BadRequest) as raised:
        read(shop, "design,fabrik,vieuw\nsun.png,red,front\n")
    assert [part in str(raised.value) for part in ("'fabrik'", "'vieuw'", "\n")] == [True] * 3


def test_what_can_not_be_read_comes_after_what_can(shop):
    with pytest.raises(BadRequest) as raised:
        read(shop, 'design,fabric\nsun.png,reed\n"sun.png,red\n')
    fabric, unread = str(raised.value).splitlines()
    assert "column 'fabric'" in fabric and "can't be read" in unread


def test_of_very_many_mistakes_the_rest_is_counted(shop):
    with pytest.raises(BadRequest) as raised:
        read(shop, "design,fabric\n" + "sun.png,reed\n" * 25)
    lines = str(raised.value).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "And 5 more."


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "{0.__class__}"])
def test_a_formula_is_text(shop, cell):
    (form,) = read(shop, f'design,metadata.note\nsun.png,"{cell}"\n')
    assert form.metadata["note"] == cell
    with pytest.raises(BadRequest, match="column 'design'"):
        read(shop, f'design\n"{cell}"\n')


def test_a_quoted_line_break_keeps_the_row_numbers(shop):
    table = 'design,metadata.note,fabric\nsun.png,"two\nlines",red\nsun.png,,rred\n'
    with pytest.raises(BadRequest, match="row 3, column 'fabric'"):
        read(shop, table)


def test_a_folder_is_its_images(tmp_path: Path):
    for name, data in {
        "b.png": PNG,
        "A.jpg": b"\xff\xd8\xff\xe0",
        "b.svg": b"<svg/>",  # the drawing that b.png was made of
        "notes.txt": b"hello",
        "wrong.png": b"hello",
        ".hidden.png": PNG,
    }.items():
        (tmp_path / name).write_bytes(data)
    (form,) = forms(tmp_path, OrderForm(fabrics=("red",)))
    assert [Path(design).name for design in form.designs] == ["A.jpg", "b.png"]
    assert form.fabrics == ("red",)
    (tmp_path / "B2.svg").write_bytes(b"<svg/>")  # there is no export of this one
    (form,) = forms(tmp_path, OrderForm())
    assert [Path(design).name for design in form.designs] == ["A.jpg", "b.png", "B2.svg"]
    (tmp_path / "c.xcf").write_bytes(b"gimp xcf")
    with pytest.raises(BadRequest, match=r"c\.xcf is a GIMP file.*take it out of the folder"):
        forms(tmp_path, OrderForm())


def test_refuses_what_is_no_batch(tmp_path: Path):
    with pytest.raises(BadRequest, match="no PNG, JPEG, WebP, TIFF or SVG in the folder"):
        forms(tmp_path, OrderForm())
    with pytest.raises(BadRequest, match="does not exist; give a CSV table or a folder"):
        forms(tmp_path / "none.csv", OrderForm())

"""A finished batch gets tables that a shop can import, in an order that people expect."""

import csv
import dataclasses
import io
import json
from pathlib import Path

import pytest
from tshirt_render_queue.queue.job import Job, Lane, State
from tshirt_render_queue.queue.runner.batch_results import as_csv, pictures_of, results_of

DONE = Job(
    id="job1",
    rowid=1,
    rev=7,
    state=State.COMPLETED,
    lane=Lane.NORMAL,
    key="k",
    out="",
    target="t",
    batch="spring",
    request={
        "prints": [{"name": "sun", "placement": "full_front"}],
        "fabric": "navy",
        "fabric_hex": "#263147",
        "metadata": {"sku": "=SUN", "note": 'he said "yes", twice'},
    },
    files=tuple(
        {"file": f"sun_{view}.png", "view": view, "background": "transparent",
         "bytes": 3, "sha256": "ab", "width": 64, "height": 64}
        for view in ("back", "front")
    ),
)  # fmt: skip


def test_front_comes_first_and_designs_stay_in_their_order():
    second = dataclasses.replace(
        DONE, rowid=2, id="job2", files=({**DONE.files[1], "file": "a_front.png"},),
        request=DONE.request | {"prints": [{"name": "a", "placement": "nape"}]},
    )  # fmt: skip
    files = [picture.file for picture in pictures_of([second, DONE])]
    assert files == ["sun_front.png", "sun_back.png", "a_front.png"]


def test_the_table_survives_a_spreadsheet():
    rows = list(csv.DictReader(io.StringIO(as_csv(pictures_of([DONE])))))
    assert [row["view"] for row in rows] == ["front", "back"]
    assert rows[0]["metadata.note"] == 'he said "yes", twice'
    assert rows[0]["metadata.sku"] == "'=SUN"


@pytest.mark.parametrize("cell", ["-2+3+cmd|' /C calc'!A0", "@SUM(1)", "+A1", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell):
    job = dataclasses.replace(DONE, request=DONE.request | {"metadata": {"note": cell}})
    assert f"'{cell}" in as_csv(pictures_of([job]))


@pytest.mark.parametrize("cell", ["-4.5", "+12", "0,5", "a=b"])
def test_numbers_and_plain_words_stay_as_they_are(cell):
    job = dataclasses.replace(DONE, request=DONE.request | {"metadata": {"note": cell}})
    row = next(csv.DictReader(io.StringIO(as_csv(pictures_of([job])))))
    assert row["metadata.note"] == cell


def test_no_results_while_a_job_is_to_do():
    waiting = dataclasses.replace(DONE, state=State.WAITING, id="x")
    assert results_of("spring", [DONE, waiting]) == []


def test_results_are_fresh_once_all_of_it_is_in_place(tmp_path: Path):
    done = dataclasses.replace(DONE, out=str(tmp_path))
    failed = dataclasses.replace(done, state=State.FAILED, id="y", files=())
    (results,) = results_of("spring", [done, failed])
    order = results.sheet_order(tmp_path / "log")
    assert [item["file"] for item in order["items"]] == ["sun_front.png", "sun_back.png"]
    assert not results.fresh()
    results.write_tables()
    results.work.mkdir(parents=True)
    for name in ("contact-sheet.png", "gallery.html"):
        (results.work / name).write_text("drawn")
    results.put_in_place()
    assert results.fresh()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "contact-sheet.png", "gallery.html", "manifest.csv", "manifest.json",
    ]  # fmt: skip
    assert json.loads((tmp_path / "manifest.json").read_text())["pictures"][0]["job"] == "job1"
    (again,) = results_of("spring", [dataclasses.replace(done, id="job2", rev=9)])
    assert again.fresh()
    rendered_anew = [one | {"sha256": "cd"} for one in done.files]
    (changed,) = results_of("spring", [dataclasses.replace(done, files=tuple(rendered_anew))])
    assert not changed.fresh()
    (tmp_path / "manifest.json").write_text("[]")
    assert not again.fresh()

"""What the job list shows: lines, batches, filters, order, progress and time left."""

import pytest
from tshirt_render_queue.operators.client import job_rows
from tshirt_render_queue.operators.client.job_rows import View
from tshirt_render_queue.queue.job import Job, Lane, State
from tshirt_render_queue.queue.metrics import Experience, Work


def job(number, state=State.WAITING, **changes):
    values = {
        "id": f"job{number:09}",
        "rowid": number,
        "rev": number,
        "state": state,
        "lane": Lane.NORMAL,
        "request": {
            "prints": [{"name": "fox", "placement": "full_front"}],
            "fabric": "sport_grey",
            "samples": 16,
            "width": 512,
            "height": 512,
        },
        "key": "",
        "out": "/out",
        "target": "",
        "names": ("a.png", "b.png"),
        "created": 100.0 + number,
    }
    return Job(**{**values, **changes})


def rows(*jobs):
    return [job_rows.row_of(one) for one in jobs]


def keys(lines):
    return [line.key for line in lines]


def test_a_row_is_called_by_its_design_and_shirt():
    files = ({"file": "a.png", "view": "front"}, {"file": "turn.mp4", "view": "turntable"})
    (row,) = rows(job(1, State.COMPLETED, files=files))
    assert (row.title, row.subtitle) == ("fox", "Sport Grey, Full Front")
    assert row.pictures == ("/out/a.png",)


def test_a_job_whose_request_cannot_be_read_still_has_a_name():
    (row,) = rows(job(1, request={}))
    assert row.title == "job000000001"


def test_queue_order_is_what_runs_then_what_comes_then_the_newest_results():
    there = rows(
        job(1, State.COMPLETED, finished=50.0),
        job(2, State.COMPLETED, finished=60.0),
        job(3, lane=Lane.LOW),
        job(4),
        job(5, lane=Lane.URGENT),
        job(6, State.ACTIVE),
        job(7, State.DELAYED, run_at=900.0),
    )
    lines, more = job_rows.lines_of(there, View())
    assert [line.row.rowid for line in lines] == [6, 5, 4, 3, 7, 2, 1]
    assert more == 0


@pytest.mark.parametrize(
    "view, shown",
    [
        (View(text="FOX grey"), [1, 2, 3]),
        (View(text="bear"), []),
        (View(states=frozenset({State.FAILED})), [2]),
        (View(text="spring", grouped=False), [3]),
        (View(sort="newest", grouped=False), [3, 2, 1]),
        (View(sort="name", grouped=False), [1, 2, 3]),
    ],
)
def test_filters_and_orders(view, shown):
    there = rows(job(1), job(2, State.FAILED, finished=9.0), job(3, batch="spring"))
    lines, _ = job_rows.lines_of(there, view)
    got = [line.row.rowid if line.row else 3 for line in lines]
    assert sorted(got) == shown if view.sort == "queue" else got == shown


def test_a_batch_is_one_line_until_it_is_opened():
    there = rows(*(job(number, batch="spring") for number in range(1, 4)), job(4))
    closed, _ = job_rows.lines_of(there, View())
    assert keys(closed) == ["batch:spring", "job000000004"]
    opened, _ = job_rows.lines_of(there, View(opened=frozenset({"spring"})))
    assert keys(opened)[0] == "batch:spring"
    assert [line.inside for line in opened] == [False, True, True, True, False]


def test_a_batch_counts_all_its_jobs_whatever_the_filter_shows():
    there = rows(
        job(1, State.COMPLETED, batch="spring", finished=1.0),
        job(2, State.FAILED, batch="spring", finished=1.0),
        job(3, State.ACTIVE, batch="spring", progress=0.5),
        job(4, batch="spring"),
    )
    (line,), _ = job_rows.lines_of(there, View(states=frozenset({State.ACTIVE})))
    batch = line.batch
    assert (batch.total, batch.done, batch.failed, batch.active) == (4, 1, 1, 1)
    assert batch.progress == pytest.approx(1.5 / 4), "a failed job is not done"


@pytest.mark.parametrize("grouped", [True, False])
def test_no_more_lines_than_anyone_scrolls(grouped):
    there = rows(*(job(number) for number in range(job_rows.MOST_LINES + 25)))
    lines, more = job_rows.lines_of(there, View(grouped=grouped))
    assert (len(lines), more) == (job_rows.MOST_LINES, 25)


def test_the_current_run_counts_from_its_oldest_unfinished_job():
    there = rows(
        job(1, State.COMPLETED, created=10.0, started=11.0, finished=15.0),
        job(2, State.COMPLETED, created=20.0, started=21.0, finished=31.0),
        job(3, State.ACTIVE, created=20.0, started=32.0, progress=0.5),
        job(4, created=20.0),
    )
    work = job_rows.work_of(there, job_rows.experience_of(there), concurrency=2, now=40.0)
    assert (work.done, work.total) == (1, 3)
    assert work.progress == pytest.approx(1.5 / 3)
    # Half a job and a whole one at 7 s each (the median of 4 and 10 s), two at once.
    assert work.left == pytest.approx(7.0)


def test_a_run_tells_failed_jobs_apart_from_those_done():
    there = rows(
        job(1),
        job(2, State.COMPLETED, finished=200.0),
        job(3, State.FAILED, finished=201.0),
        job(4, State.FAILED, finished=202.0, retried_by="job000000006"),
        job(5, State.CANCELLED, finished=203.0),
        job(6, State.ACTIVE, retry_of="job000000004", progress=0.5),
    )
    work = job_rows.work_of(there, Experience(), concurrency=2, now=204.0)
    assert (work.done, work.failed, work.total) == (1, 1, 4)
    assert work.progress == pytest.approx(2.5 / 4)


def ordered(number, fabric, placement="full_front", **changes):
    prints = [{"name": "fox", "placement": placement}]
    return job(number, request={"prints": prints, "fabric": fabric}, **changes)


def told(lines):
    return [line.about if line.row else line.batch.shared for line in lines]


def test_what_all_rows_share_is_said_once():
    lines, _ = job_rows.lines_of(rows(ordered(1, "navy"), ordered(2, "red")), View())
    assert job_rows.shared_by(lines) == ("Full Front",)
    assert told(lines) == ["Navy", "Red"]
    lines, _ = job_rows.lines_of(rows(ordered(1, "navy"), ordered(2, "red", "nape")), View())
    assert job_rows.shared_by(lines) == ()
    assert told(lines) == ["Navy, Full Front", "Red, Nape"]


def test_a_job_alone_says_all_of_it():
    lines, _ = job_rows.lines_of(rows(ordered(1, "navy")), View())
    assert (job_rows.shared_by(lines), told(lines)) == ((), ["Navy, Full Front"])


def test_what_an_open_batch_shares_is_said_on_its_line():
    there = rows(
        ordered(1, "navy", batch="spring"),
        ordered(2, "red", batch="spring"),
        ordered(3, "red", "nape"),
    )
    lines, _ = job_rows.lines_of(there, View(opened=frozenset({"spring"})))
    assert told(lines) == ["Full Front", "Navy", "Red", "Red, Nape"]


def test_time_left_is_told_as_the_queues_own_figures_tell_it():
    draft = {"samples": 16, "width": 512, "height": 512}
    final = {"samples": 128, "width": 2048, "height": 2048}
    there = rows(
        job(1, State.COMPLETED, request=draft, started=1.0, finished=9.0), job(2, request=final)
    )
    assert (
        job_rows.work_of(there, job_rows.experience_of(there), concurrency=2, now=9.0).left
        > 40 * 8.0
    )
    assert job_rows.experience_of(there).usual == {Work.of(draft): 8.0}


def test_a_batch_leaves_out_what_was_cancelled_or_tried_again():
    there = rows(
        job(1, State.FAILED, batch="spring", retried_by="job000000002"),
        job(2, State.COMPLETED, batch="spring", retry_of="job000000001"),
        job(3, State.CANCELLED, batch="spring"),
        job(4, batch="spring"),
    )
    batch = job_rows.batch_of("spring", there)
    assert (batch.total, batch.done, batch.failed, batch.progress) == (2, 1, 0, 0.5)


def test_the_picture_that_shows_the_print_comes_first():
    files = tuple({"file": f"{view}.png", "view": view} for view in ("front", "left", "back"))
    request = {"prints": [{"name": "fox", "placement": "full_back"}], "fabric": "navy"}
    (row,) = rows(job(1, State.COMPLETED, request=request, files=files))
    assert row.pictures == ("/out/back.png", "/out/front.png", "/out/left.png")


def test_progress_alone_moves_no_line():
    before = rows(job(1, State.ACTIVE, batch="spring", progress=0.2), job(2, State.ACTIVE))
    after = rows(job(1, State.ACTIVE, batch="spring", progress=0.6), job(2, State.ACTIVE))
    view = View(opened=frozenset({"spring"}))
    lines, _ = job_rows.lines_of(before, view)
    work = job_rows.work_of(before, Experience(), 2, 0.0)
    moved, went_on = job_rows.progressed(lines, work, [(before[0], after[0])])
    assert moved == job_rows.lines_of(after, view)[0]
    assert went_on == job_rows.work_of(after, Experience(), 2, 0.0)


@pytest.mark.parametrize(
    "change, stays",
    [({"progress": 0.9}, True), ({"note": "front"}, True), ({"state": State.FAILED}, False),
     ({"lane": Lane.URGENT}, False), ({"pinned": True}, False)],
)  # fmt: skip
def test_what_moves_a_line(change, stays):
    (before,), (after,) = rows(job(1)), rows(job(1, **change))
    assert (job_rows.standing(before) == job_rows.standing(after)) is stays


def test_nothing_is_told_about_time_before_anything_was_rendered():
    assert job_rows.work_of(rows(job(1)), Experience(), 2, 0.0).left is None
    assert job_rows.work_of([], Experience(), 2, 0.0) == job_rows.RunProgress()


@pytest.mark.parametrize(
    "seconds, words",
    [(0.2, "1 s"), (59, "59 s"), (60, "1 min"), (3600, "1 h"), (7800, "2 h 10 min"),
     (90000, "1 d 1 h")],
)  # fmt: skip
def test_spans(seconds, words):
    assert job_rows.span(seconds) == words


@pytest.mark.parametrize(
    "count, words",
    [(0, "0 B"), (999, "999 B"), (1234, "1.2 kB"), (45_600_000, "46 MB"), (2.5e9, "2.5 GB")],
)
def test_sizes(count, words):
    assert job_rows.size(count) == words

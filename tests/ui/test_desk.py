"""The artist's desk, played in a real window from the installed zip."""

import os
import time
from contextlib import closing

import pytest
import window
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.runner import launch
from tshirt_render_queue.queue.store.job_store import JobStore


def test_from_the_zip_to_a_picture_without_reading_anything(desk, design, shots):
    options = {"design": str(design), "zip": os.environ["TSHIRT_ZIP"]}
    told = window.play(desk, "first_time", shots, installed=False, options=options)
    assert told["notes"]["pictures"]


def test_from_a_design_to_a_picture_and_what_can_be_done_with_jobs(desk, design, shots):
    told = window.play(desk, "order, jobs", shots, options={"design": str(design)})
    assert told["notes"]["pictures"]


def test_images_are_dropped_on_the_tab(desk, design, shots):
    window.play(desk, "drop", shots, options={"design": str(design)})


def test_every_popover_and_dialog_opens_and_the_machine_is_healthy(desk, design, shots):
    told = window.play(desk, "tour", shots, options={"design": str(design)})
    assert len(told["notes"]["health"]) == 4


def test_the_batch_dialog_keeps_what_was_ticked(desk, design, shots):
    window.play(desk, "batch_dialog", shots, options={"design": str(design)})


def test_the_filter_is_clicked_on_and_off(desk, design, shots):
    window.play(desk, "filter", shots, options={"design": str(design)})


def test_the_preview_follows_the_order_and_leaves_nothing(desk, design, shots):
    told = window.play(desk, "preview", shots, options={"design": str(design)})
    assert told["notes"]["trouble"] == ""


def test_a_guest_forgets_nothing_and_leaves_nothing(desk, design, shots):
    window.play(desk, "manners", shots, options={"design": str(design)})


def test_when_blender_is_closed_running_jobs_finish_and_the_rest_waits(desk, design, tmp_path):
    window.play(desk, "quit", tmp_path, options={"design": str(design)})
    folder = QueueFolder.at(tmp_path / "queue")
    until = time.monotonic() + 90
    while launch.is_held(folder):
        assert time.monotonic() < until, "the runner goes on"
        time.sleep(0.5)
    with closing(JobStore(folder)) as store:
        counts = store.counts()
    assert (counts.completed, counts.waiting, counts.total) == (1, 2, 3)


@pytest.mark.parametrize("jobs", [3, 2000])
def test_the_list_shows_few_jobs_and_many(desk, design, shots, jobs):
    told = window.play(desk, "look", shots, options={"design": str(design), "jobs": jobs})
    assert told["notes"]["trouble"] == ""
    assert 0 < told["notes"]["lines"] <= 1000

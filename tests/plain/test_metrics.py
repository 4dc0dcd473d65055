"""Figures: rates, durations, failures by class, estimates, and why a job waits."""

import pytest
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.job import EventKind, Lane, State
from tshirt_render_queue.queue.metrics import (
    Durations,
    Experience,
    Work,
    baking,
    estimate,
    metrics_of,
    status,
    why_waiting,
)

ME = "runner-1"
STORES = ("disk_store", "memory_store")
STILLS = {"views": ["front", "back"], "samples": 32, "width": 100, "height": 50}


@pytest.mark.parametrize(
    "request_,pictures",
    [
        ({"views": ["front", "back"]}, 2),
        ({"views": ["front"], "backgrounds": ["#FFFFFF", "transparent", "#000000"]}, 1),
        ({"mode": "turntable", "views": ["front"], "frames": 24}, 24),
        ({"mode": "both", "views": ["front", "back"], "frames": 24}, 26),
        ({"mode": "turntable"}, 36),
        ({}, 1),
    ],
)
def test_pictures_of_a_request(request_, pictures):
    assert Work.of(request_).pictures == pictures


@pytest.mark.parametrize(
    "seconds,p50,p95",
    [([3.0], 3.0, 3.0), ([1.0, 2.0], 1.0, 2.0), (range(1, 101), 50, 95), ([9, 1, 5], 5, 9)],
)
def test_durations_by_nearest_rank(seconds, p50, p95):
    durations = Durations.of(list(seconds))
    assert (durations.p50, durations.p95) == (p50, p95)


SMALL, LARGE = Work(pictures=1, samples=10), Work(pictures=2, samples=20)


@pytest.mark.parametrize(
    "wanted,experience,concurrency,seconds",
    [
        ([], [], 2, 0.0),
        ([(SMALL, 1.0)], [], 2, None),
        ([(SMALL, 1.0)] * 10, [(SMALL, 4.0)], 2, 20.0),
        ([(SMALL, 1.0)], [(SMALL, 4.0)], 8, 4.0),
        ([(SMALL, 1.0)] * 3, [(SMALL, 4.0)], 8, 4.0),
        ([(SMALL, 0.25)], [(SMALL, 4.0)], 1, 1.0),
        ([(SMALL, 1.0)], [(SMALL, 1.0), (SMALL, 4.0), (SMALL, 100.0)], 1, 4.0),
        ([(LARGE, 1.0)], [(SMALL, 4.0)], 1, 4.0 * LARGE.effort / SMALL.effort),
        ([(LARGE, 1.0), (SMALL, 1.0)], [(SMALL, 4.0)], 2, 4.0 * LARGE.effort / SMALL.effort),
    ],
)
def test_seconds_for_works(wanted, experience, concurrency, seconds):
    assert Experience.of(experience).seconds(wanted, concurrency) == seconds


def render(store, clock, seconds):
    job = store.claim(ME, clock.now)
    clock.now += seconds
    store.complete(job, [])
    return job


def test_an_empty_queue_has_figures_too(store):
    figures = metrics_of(store)
    assert (figures.durations, figures.by_quality, figures.failures) == (None, {}, {})
    assert status(store).time_left == 0.0
    assert estimate(store, 3) is None


def test_metrics_of_a_day(store, order, clock):
    store.add_many(order(request=STILLS | {"template": "/t/tshirt.blend"}) for _ in range(4))
    render(store, clock, 10)
    clock.now += 3 * 3600
    for seconds in (2, 4, 6):
        render(store, clock, seconds)
    files = ({"file": "x.png"},)
    store.add(order(completed_files=files))
    store.add_many(order() for _ in range(2))
    crashed = store.claim(ME, clock.now)
    store.put_back(crashed, clock.now, FailureClass.CRASH, "It crashed.")
    store.complete(store.claim(ME, clock.now), [])
    store.fail(store.claim(ME, clock.now), FailureClass.BAD_DESIGN)
    figures = metrics_of(store)
    assert (figures.last_hour, figures.last_day) == (4, 5)
    assert figures.counts.completed == 6
    assert figures.by_quality["tshirt.blend: 32 samples, 100 × 50"] == Durations(
        jobs=4, p50=4, p95=10
    )
    assert figures.failures == {"crash": 1, "bad_design": 1}


def test_the_estimate_is_told_from_this_machines_own_history(store, order, clock):
    store.set_setting("concurrency", 2)
    store.add_many(order(request=STILLS) for _ in range(3))
    for seconds in (8, 10, 12):
        render(store, clock, seconds)
    assert estimate(store, 10) == 50
    assert estimate(store, [STILLS] * 10) == 50
    assert 10 < estimate(store, [STILLS | {"samples": 64}]) < 20


def test_a_large_picture_is_not_told_by_the_rays_of_a_tiny_one_alone():
    tiny, large = Work(width=64, height=64, samples=1), Work(width=1024, height=1024, samples=64)
    assert 30 < Experience.of([(tiny, 0.6)]).seconds([(large, 1.0)]) < 150


def test_the_time_left_counts_what_is_done_of_a_running_job(store, order, clock):
    store.set_setting("concurrency", 1)
    store.add_many(order(request=STILLS) for _ in range(3))
    render(store, clock, 10)
    store.progress(store.claim(ME, clock.now), 0.75)
    assert status(store).time_left == 12.5


def test_why_a_job_waits(store, order, clock):
    first, second, low = store.add_many([order(), order(), order(lane=Lane.LOW)])
    blocked = store.add(order(after=(low.id,)))
    scheduled = store.add(order(not_before=clock.now + 60))

    def why(job):
        return why_waiting(store, store.job(job.id))

    assert why(first) == "It is the next to start."
    assert why(second) == "One job goes first."
    assert why(low) == "2 jobs go first."
    assert low.id in why(blocked)
    assert why(scheduled) == "Waits for the time that was set."
    store.pause("The disk is full.")
    assert why(first) == "The queue is paused: The disk is full."
    store.resume()
    crashed = store.claim(ME, clock.now)
    assert why(first) == ""
    store.put_back(crashed, clock.now + 4, FailureClass.CRASH, "Blender crashed.")
    assert why(first) == "Tries again in 4 s: Blender crashed."
    assert store.job(first.id).state is State.DELAYED
    assert store.job(first.id).events[-1].kind is EventKind.RETRYING


def baked_once(fabric: str, view="front", technique="dtg", **changed) -> dict:
    print_ = {"design": f"/{fabric}.png", "technique": technique}
    return (
        STILLS | {"light": "once", "fabric": fabric, "views": [view], "prints": [print_]} | changed
    )


def test_light_is_baked_once_and_only_where_it_was_not_yet(store, order, clock):
    store.set_setting("concurrency", 1)
    asked = [baked_once(fabric, view) for fabric in ("navy", "red") for view in ("front", "back")]
    works = [Work.of(request) for request in asked]
    full = Work.of(asked[0] | {"light": "full"})
    known = Experience.of([(full, 10.0)])
    assert known.baking(works) == pytest.approx(4 * known.baking(works[:1]) / 2), "two views"
    assert known.seconds([(work, 1.0) for work in works]) == pytest.approx(
        known.baking(works) + 4 * works[0].effort * known.pace
    )
    store.add(order(request=asked[0]))
    render(store, clock, 30)
    assert estimate(store, asked[2:3]) < 3, "its light is there"
    assert estimate(store, asked[3:]) == pytest.approx(30, rel=0.1), "that of the back isn't"
    assert baking(store, asked) == pytest.approx(baking(store, asked[3:]) / 1)
    vinyl = [baked_once("navy", technique="vinyl")]
    assert baking(store, vinyl) == pytest.approx(baking(store, asked[3:]) / 2), "cloth is there"

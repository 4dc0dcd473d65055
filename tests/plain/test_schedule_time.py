"""Times are read as people type them."""

import datetime as dt

import pytest
from tshirt_render_queue.presets.bad_request import BadRequest
from tshirt_render_queue.queue.intake.schedule_time import parse

NOON = dt.datetime(2030, 6, 1, 12, 0).timestamp()
HOUR = 3600


@pytest.mark.parametrize(
    ("text", "later"),
    [
        ("+90m", 1.5 * HOUR),
        ("45s", 45),
        ("+1.5 h", 1.5 * HOUR),
        ("2d", 48 * HOUR),
        ("13:30", 1.5 * HOUR),
        ("11:30", 23.5 * HOUR),
        ("2030-06-01T13:00", HOUR),
        ("2030-06-02", 12 * HOUR),
    ],
)
def test_reads(text, later):
    assert parse(text, NOON) == NOON + later


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2030-06-01T11:00", "2030-13-01", "-5m"])
def test_refuses_and_shows_what_would_do(text):
    with pytest.raises(BadRequest, match=r"past|22:30"):
        parse(text, NOON)

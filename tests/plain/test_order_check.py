"""What the panel says of a print's size is what will be printed."""

from dataclasses import replace

import pytest
from tshirt_render_queue import queue
from tshirt_render_queue.operators.client.order_check import look_over
from tshirt_render_queue.queue.folder import QueueFolder


@pytest.mark.parametrize(
    ("asked", "inches"),
    [({}, 11.0), ({"garment_size": "XS"}, 9.9), ({"garment_size": "XS", "width_in": 5.0}, 5.0)],
)
def test_the_printed_size_follows_the_garment_unless_a_width_is_asked(
    tmp_path, design, asked, inches
):
    form = queue.OrderForm(
        designs=(str(design),), placements=("full_front",), out=str(tmp_path / "out")
    )
    look = look_over(replace(form, **asked), QueueFolder.at(tmp_path / "queue"))
    assert (look.error, look.width_in, look.height_in) == (
        "", pytest.approx(inches), pytest.approx(inches),
    )  # fmt: skip

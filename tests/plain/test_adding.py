"""What is being added is shown until it is in the queue, or refused."""

from concurrent.futures import Future

from tshirt_render_queue.operators.client.adding import Adding


def test_an_order_is_named_until_it_is_done():
    adding, first, second = Adding(), Future(), Future()
    adding.expect("fox", first)
    adding.expect("bear", second)
    assert adding.names == ("fox", "bear")
    first.set_result([])
    assert adding.names == ("bear",)
    second.set_exception(ValueError("refused"))
    assert adding.names == ()

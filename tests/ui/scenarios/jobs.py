"""What can be done with jobs, by clicks: cancel one that renders, retry one that failed, a CSV."""

import time

import bpy


def play(ui):
    client = ui.room("operators.client.queue_client").client
    state = ui.room("queue.job").State
    failure = ui.room("queue.failures").FailureClass
    yield from ui.sidebar()
    manager = bpy.context.window_manager
    order = manager.tshirt.order
    order.design, order.fabric = ui.options["design"], "mustard"
    order.picture, order.width, order.height, order.samples = "OWN", 1024, 1024, 512
    before = client.snapshot.counts[state.CANCELLED]
    yield from ui.wait_for(lambda: client.look.jobs == 1, 10, "the order to be looked over")
    yield from ui.push("tshirt.order(")
    yield from ui.wait_for(lambda: client.snapshot.counts[state.ACTIVE] == 1, 60, "a render")
    yield from ui.push("tshirt.cancel_chosen(")
    yield from ui.wait_for(
        lambda: client.snapshot.counts[state.CANCELLED] == before + 1, 30, "the cancel"
    )
    assert client.snapshot.counts[state.ACTIVE] == 0

    # A failure as the runner would leave it, while the queue is paused.
    yield from ui.pause(True)
    store = ui.room("queue.store.job_store").JobStore(client.folder.path)
    order.samples = 3
    total = client.snapshot.total
    bpy.ops.tshirt.order()
    yield from ui.wait_for(lambda: client.snapshot.total == total + 1, 10, "the job to fail")
    store.resume()
    claimed = store.claim("a runner that ended", time.time())
    store.pause("for the test")
    store.fail(claimed, failure.BAD_DESIGN, "The design can't be printed: it is truncated.")
    store.close()
    yield from ui.wait_for(lambda: client.snapshot.counts[state.FAILED] == 1, 10, "the failure")
    client.choose_job(claimed.id)
    yield 0.6
    yield from ui.shot("failed")
    waiting = client.snapshot.counts[state.WAITING]
    yield from ui.push("tshirt.retry_chosen(")
    yield from ui.wait_for(
        lambda: client.snapshot.counts[state.WAITING] == waiting + 1, 10, "the retry"
    )

    table = ui.folder / "spring.csv"
    table.write_text(
        f"design,placement,fabric,view\n{ui.options['design']},left_chest,navy|white,front\n",
        encoding="utf-8",
    )
    bpy.ops.tshirt.batch_from_csv(filepath=str(table))
    yield from ui.wait_for(
        lambda: client.snapshot.counts[state.WAITING] == waiting + 3, 10, "the batch"
    )
    assert any(line.batch and line.batch.name == "spring" for line in client.snapshot.lines)
    with ui.there():
        bpy.ops.tshirt.open_batch(name="spring")
    yield 0.6
    yield from ui.shot("batch-open")
    for line in client.snapshot.lines:
        if line.row and not line.row.state.finished:
            client.ticked.add(line.row.id)
    bpy.ops.tshirt.cancel_chosen()
    yield from ui.wait_for(lambda: client.snapshot.unfinished == 0, 10, "all to be cancelled")
    yield from ui.pause(False)

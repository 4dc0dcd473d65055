"""Fills a queue folder with jobs in every state, as a busy week would; no runner, no renders.

Runs inside Blender (called by scenarios) or outside; takes the extension's modules from its caller.
"""

import shutil
import time
from pathlib import Path

FABRICS = ("navy", "white", "black", "sport_grey", "red", "forest", "mustard")
PLACES = ("full_front", "left_chest", "full_back", "center_chest")


def fill(room, folder: Path, design: Path, count: int, *, picture: Path, unfinished: int = 0):
    """Put `count` jobs into the queue at `folder`; the last `unfinished` stay waiting or running.

    `room(name)` returns a module of the extension.
    """
    job = room("queue.job")
    order_form, failures = room("presets.order_form"), room("queue.failures")
    store = room("queue.store.job_store").JobStore(folder)
    orders = []
    for number in range(count):
        fabric, place = FABRICS[number % 7], PLACES[number % 4]
        form = order_form.OrderForm(
            designs=(str(design),),
            placements=(place,),
            fabrics=(fabric,),
            views=("front", "back"),
            quality="draft",
            out=str(folder / "renders"),
            name=f"{{design}}_{number}_{{placement}}_{{fabric}}_{{view}}",
        )
        (asked,) = order_form.fill_in(form)
        batch = "" if number % 5 == 0 else f"Spring {number // 40 + 1}"
        orders.append(_order(job, asked.request, number, batch))
    store.add_many(orders)  # some are for later
    renders = folder / "renders"
    renders.mkdir(exist_ok=True)
    shutil.copy(picture, renders)
    paused = store.paused()
    store.resume()  # a paused queue gives out no jobs
    for number in range(store.counts().waiting - unfinished):
        claimed = store.claim("seed", time.time())
        if number % 17 == 3:
            store.fail(
                claimed,
                failures.FailureClass.BAD_DESIGN,
                "The design sun.png can't be printed: it is truncated.",
            )
        else:
            files = [
                {"file": picture.name, "bytes": picture.stat().st_size, "sha256": "", "view": view}
                for view in ("front", "back")
            ]
            store.complete(claimed, files, {"blender": "5.2.0", "device": "CPU"})
    if unfinished:
        store.progress(store.claim("seed", time.time()), 0.42, "front 27/64")
    if paused is not None:
        store.pause(paused)
    store.close()


def _order(job, request, number, batch):
    names = tuple(f"{number}_{view}.png" for view in request.views)
    return job.NewJob(
        request=request.to_json(),
        key=f"{number:064x}",
        out=request.out,
        target=f"{request.out}/{number}",
        names=names,
        batch=batch,
        lane=job.Lane.LOW if number % 11 == 5 else job.Lane.NORMAL,
        not_before=time.time() + 5400 if number % 13 == 9 else None,
    )

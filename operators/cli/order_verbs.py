"""The verbs of the command line that order: `add` and `batch`. No bpy."""

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

from ...presets import batch_table
from ...presets.bad_request import BadRequest
from ...presets.finding import Finding
from ...presets.naming import output_names
from ...presets.order_form import OrderForm
from ...presets.paths import typed
from ...queue import metrics
from ...queue.errors import UnknownJob
from ...queue.intake import schedule_time, submit
from ...queue.job import State
from . import output
from .context import DONE, answer, folder_of, open_store, print_json


def add(asked: argparse.Namespace) -> int:
    """Queue what the options describe; print the jobs' ids."""
    return _order(asked, [_form(asked, tuple(asked.designs))])


def batch(asked: argparse.Namespace) -> int:
    """Queue the rows of a table, or every design of a folder; print the jobs' ids."""
    if asked.example:
        sys.stdout.write(batch_table.example_csv())
        return DONE
    if not asked.source:
        raise BadRequest("Name a CSV table or a folder of designs, or ask for --example.")
    source = typed(asked.source)
    base = _form(asked, ())
    asked.batch_name = asked.batch_name or source.stem
    return _order(asked, batch_table.forms(source, base))


def _form(asked: argparse.Namespace, designs: tuple[str, ...]) -> OrderForm:
    folder = folder_of(asked)
    return OrderForm(
        designs=designs,
        placements=tuple(asked.placement),
        fabrics=tuple(asked.fabric),
        prints=tuple(asked.prints),
        views=tuple(asked.view),
        backgrounds=tuple(asked.background),
        mode=asked.mode,
        quality=asked.quality,
        samples=asked.samples,
        size=asked.size,
        format=asked.format,
        also=tuple(asked.also),
        template=asked.template,
        out=asked.out or str(folder.outputs),
        name=asked.name,
        frames=asked.frames,
        technique=asked.technique,
        width_in=asked.width,
        x_in=asked.x,
        y_in=asked.y,
        rotation_deg=asked.rotation,
        garment_size=asked.garment_size,
        svg_dpi=asked.svg_dpi,
        device=asked.device or "",
        ground_shadow=asked.shadow,
        light=asked.light or "",
    )


def _order(asked: argparse.Namespace, forms: Sequence[OrderForm]) -> int:
    now = time.time()
    terms = submit.JobOptions(
        lane=asked.lane,
        attempts=asked.attempts,
        timeout=asked.timeout,
        not_before=schedule_time.parse(asked.at, now) if asked.at else None,
        after=tuple(asked.after),
        batch=asked.batch_name,
        force=asked.force,
    )
    checked = submit.check(forms, folder_of(asked), force=asked.force)
    _warn(finding for one in checked for finding in one.findings)
    if asked.dry_run:
        return _estimate(asked, checked)
    jobs = submit.enqueue_checked(open_store(asked), checked, terms)
    if asked.json:
        print_json([output.as_json(job) for job in jobs])
    else:
        for job in jobs:
            print(job.id)
        done = sum(job.state is State.COMPLETED for job in jobs)
        if done:
            print(f"{done} of {len(jobs)} were rendered before and are done.", file=sys.stderr)
    return DONE


def _estimate(asked: argparse.Namespace, checked: Sequence[submit.Checked]) -> int:
    folder = folder_of(asked)
    files = sum(len(output_names(one.request)) for one in checked if one.answer is None)
    jobs = sum(one.answer is None for one in checked)
    facts: dict[str, Any] = {
        "jobs": jobs,
        "rendered_before": len(checked) - jobs,
        "files": files,
        "seconds": None,
        "baking_seconds": None,
    }
    if asked.after and not folder.database.exists():
        raise UnknownJob(asked.after[0])
    if folder.database.exists():
        store = open_store(asked)
        for job_id in asked.after:
            store.job(job_id)
        todo = [one.request.to_json() for one in checked if one.answer is None]
        facts["seconds"] = metrics.estimate(store, todo)
        facts["baking_seconds"] = metrics.baking(store, todo)
    answer(asked, facts, output.estimate(facts))
    return DONE


def _warn(findings: Iterable[Finding]) -> None:
    for sentence in dict.fromkeys(output.finding(one) for one in findings):
        print(sentence, file=sys.stderr)

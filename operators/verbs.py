"""What each verb of the command line does: a call into `queue/`, then words or JSON. No bpy."""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..presets import batch_table
from ..presets.bad_request import BadRequest
from ..presets.finding import Finding
from ..presets.naming import output_names
from ..presets.order_form import OrderForm
from ..queue import cleaner, events, lock, ordering, runner, when
from ..queue import metrics as queue_metrics
from ..queue.folder import QueueFolder
from ..queue.job import FINISHED, UNFINISHED, Job, Lane, State
from ..queue.settings import Settings, parse
from ..queue.store import JobStore
from ..queue.template_check import check as check_blend
from . import telling

DONE, NOT_DONE = 0, 1


def folder_of(asked: argparse.Namespace) -> QueueFolder:
    """The queue folder that was asked for, or the usual one."""
    return QueueFolder.at(asked.queue) if asked.queue else QueueFolder.default()


def _store(asked: argparse.Namespace) -> JobStore:
    return JobStore(folder_of(asked))


# Ordering


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
    source = Path(asked.source).expanduser()
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
        device=asked.device or "CPU",
        ground_shadow=asked.shadow,
    )


def _order(asked: argparse.Namespace, forms: Sequence[OrderForm]) -> int:
    now = time.time()
    terms = ordering.Terms(
        lane=asked.lane,
        attempts=asked.attempts,
        timeout=asked.timeout,
        not_before=when.parse(asked.at, now) if asked.at else None,
        after=tuple(asked.after),
        batch=asked.batch_name,
        force=asked.force,
    )
    checked = ordering.check(forms, folder_of(asked), force=asked.force)
    _warn(finding for one in checked for finding in one.findings)
    if asked.dry_run:
        return _estimate(asked, checked)
    jobs = ordering.place_checked(_store(asked), checked, terms)
    if asked.json:
        _print_json([telling.as_json(job) for job in jobs])
    else:
        for job in jobs:
            print(job.id)
        done = sum(job.state is State.COMPLETED for job in jobs)
        if done:
            print(f"{done} of {len(jobs)} were rendered before and are done.", file=sys.stderr)
    return DONE


def _estimate(asked: argparse.Namespace, checked: Sequence[ordering.Checked]) -> int:
    folder = folder_of(asked)
    files = sum(len(output_names(one.request)) for one in checked if one.answer is None)
    jobs = sum(one.answer is None for one in checked)
    facts: dict[str, Any] = {
        "jobs": jobs,
        "rendered_before": len(checked) - jobs,
        "files": files,
        "seconds": None,
    }
    if folder.database.exists():
        todo = [one.request.to_json() for one in checked if one.answer is None]
        facts["seconds"] = queue_metrics.estimate(_store(asked), todo)
    if asked.json:
        _print_json(facts)
    else:
        print(telling.estimate(facts))
    return DONE


def _warn(findings: Iterable[Finding]) -> None:
    for sentence in dict.fromkeys(telling.finding(one) for one in findings):
        print(sentence, file=sys.stderr)


# Running and looking


def run(asked: argparse.Namespace) -> int:
    """Host the runner until it is stopped, or until nothing is left to do."""
    store = _store(asked)
    if asked.concurrency is not None:
        store.set_settings({"concurrency": parse("concurrency", str(asked.concurrency))})
    store.close()
    tell = _tell_as_json if asked.json else telling.EventLines(sys.stderr)
    with runner.signals_stop() as stop:
        summary = runner.run_queue(
            folder_of(asked), until_empty=asked.until_empty, on_event=tell, stop=stop
        )
    if asked.json:
        _print_json(asdict(summary))
    else:
        print(telling.summary(summary))
    return summary.exit_code


def status(asked: argparse.Namespace) -> int:
    """Print counts, the runner, rates and estimates."""
    store = _store(asked)
    facts = queue_metrics.status(store)
    holder = lock.holder_or_none(store.folder) if lock.is_held(store.folder) else None
    if asked.json:
        _print_json(asdict(facts) | {"runner": holder and asdict(holder)})
    else:
        print(telling.status(facts, holder))
    return DONE


def list_jobs(asked: argparse.Namespace) -> int:
    """Print the jobs, the newest last."""
    jobs = _store(asked).jobs(
        states=[State(state) for state in asked.state] or None,
        batch=asked.batch,
        lane=asked.lane,
        limit=-1 if asked.limit is None else asked.limit,
    )[::-1]
    if asked.json:
        _print_json([telling.as_json(job) for job in jobs])
    elif jobs:
        print(telling.table(jobs))
    else:
        print("No jobs." if asked.state or asked.batch else "No jobs yet; add one with: add DESIGN")
    return DONE


def show(asked: argparse.Namespace) -> int:
    """Print one job with its attempts and why it waits."""
    store = _store(asked)
    job = store.job(asked.job)
    why = queue_metrics.why_waiting(store, job)
    if asked.json:
        _print_json(telling.as_json(job) | {"why_waiting": why, "request": job.request})
    else:
        print(telling.job(job, why))
    return DONE


def log(asked: argparse.Namespace) -> int:
    """Print the log of an attempt."""
    job = _store(asked).job(asked.job)
    number = asked.attempt or job.claims
    file = folder_of(asked).log(job.id, number)
    if not file.is_file():
        raise BadRequest(
            f"Job {job.id} has no log yet; it has not been started."
            if not job.claims
            else f"There is no log of attempt {number} of job {job.id}."
        )
    sys.stdout.write(file.read_text("utf-8", errors="replace"))
    return DONE


def watch(asked: argparse.Namespace) -> int:
    """Print events as they happen, until interrupted or nothing is left to do."""
    store = _store(asked)
    tell = _tell_as_json if asked.json else telling.EventLines(sys.stdout)
    try:
        for news in events.watch(store, until_empty=asked.until_empty):
            tell(news)
    except KeyboardInterrupt:
        return DONE
    return DONE


# Changing


def cancel(asked: argparse.Namespace) -> int:
    """Call off the jobs that are not finished."""
    return _change(asked, UNFINISHED, JobStore.cancel, "Nothing to cancel")


def retry(asked: argparse.Namespace) -> int:
    """Queue the failed and cancelled jobs anew, as new jobs."""
    return _change(asked, (State.FAILED, State.CANCELLED), JobStore.retry, "Nothing to retry")


def move(asked: argparse.Namespace) -> int:
    """Put jobs that have not started into another lane."""
    lane: Lane = asked.lane
    return _change(asked, UNFINISHED, lambda store, ids: store.move(ids, lane), "Nothing to move")


def pin(asked: argparse.Namespace) -> int:
    """Keep jobs and their files from the cleaner, or let them go again."""
    return _change(
        asked, tuple(State), lambda store, ids: store.pin(ids, not asked.off), "Nothing to pin"
    )


def remove(asked: argparse.Namespace) -> int:
    """Take finished jobs off the list; their pictures stay."""
    return _change(asked, tuple(FINISHED), JobStore.remove, "Nothing to remove")


def _change(asked: argparse.Namespace, states: Sequence[State], change: Any, nothing: str) -> int:
    if bool(asked.jobs) == bool(asked.batch):
        raise BadRequest("Name jobs by their ids, or a batch with --batch NAME.")
    store = _store(asked)
    ids = list(asked.jobs)
    if asked.batch:
        ids = [job.id for job in store.jobs(states=states, batch=asked.batch)]
    changed: Sequence[Job] = change(store, ids) if ids else ()
    if asked.json:
        _print_json([telling.as_json(job) for job in changed])
    else:
        for job in changed:
            print(job.id)
    if not changed:
        print(f"{nothing}: {_why_nothing(asked)}.", file=sys.stderr)
    return DONE if changed else NOT_DONE


def _why_nothing(asked: argparse.Namespace) -> str:
    if asked.batch:
        return f"no job of batch “{asked.batch}” is in a state for it"
    return "the jobs named are not in a state for it"


def pause(asked: argparse.Namespace) -> int:
    """Start no further job."""
    _store(asked).pause(asked.reason or "paused on the command line")
    return _said(asked, {"paused": True}, "Paused; running jobs finish. Go on with: resume")


def resume(asked: argparse.Namespace) -> int:
    """Start jobs again."""
    _store(asked).resume()
    return _said(asked, {"paused": False}, "Resumed.")


def clean(asked: argparse.Namespace) -> int:
    """Delete what is past its time, or list it."""
    store = _store(asked)
    plan = cleaner.plan_now(store)
    if asked.dry_run:
        jobs, things, failures = [job.id for job in plan.jobs], plan.things, ()
        words = [*plan.lines(), f"Would remove {plan}."]
    else:
        cleaned = cleaner.apply(store, plan)
        jobs, things, failures = list(cleaned.jobs), cleaned.things, cleaned.failures
        words = [*failures, str(cleaned)]
    if asked.json:
        files = [str(thing.path) for thing in things]
        _print_json({"jobs": jobs, "files": files, "failures": list(failures)})
    else:
        print("\n".join(words))
    return NOT_DONE if failures else DONE


def metrics(asked: argparse.Namespace) -> int:
    """Print counts, durations and failures by class."""
    facts = queue_metrics.metrics(_store(asked))
    _print_json(asdict(facts)) if asked.json else print(telling.metrics(facts))
    return DONE


def settings(asked: argparse.Namespace) -> int:
    """Print the settings; change those given as NAME=VALUE first."""
    store = _store(asked)
    changes = {}
    for change in asked.changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise BadRequest(f"'{change}' is not NAME=VALUE, such as concurrency=4.")
        changes[name] = parse(name, value)
    if changes:
        store.set_settings(changes)
    now = asdict(Settings.load(store))
    _print_json(now) if asked.json else print(telling.pairs(now))
    return DONE


def check_template(asked: argparse.Namespace) -> int:
    """Check a template's .blend and write its description beside it."""
    findings = check_blend(
        Path(asked.file).expanduser().absolute(), Settings.load(_store(asked)).blender
    )
    if asked.json:
        _print_json([asdict(one) for one in findings])
    else:
        for one in findings:
            print(telling.finding(one))
        if not findings:
            print("Nothing is wrong with it.")
    return NOT_DONE if any(one.severity == "error" for one in findings) else DONE


def _said(asked: argparse.Namespace, facts: dict[str, Any], words: str) -> int:
    _print_json(facts) if asked.json else print(words)
    return DONE


def _tell_as_json(news: events.News) -> None:
    print(json.dumps(telling.news_as_json(news), ensure_ascii=False), flush=True)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=1, ensure_ascii=False))

"""The verbs of the command line about the queue as a whole: run, look, steer, keep. No bpy."""

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict

from ...presets.bad_request import BadRequest
from ...presets.paths import typed
from ...queue import events
from ...queue import metrics as queue_metrics
from ...queue.cleanup import policy
from ...queue.errors import DamagedQueue
from ...queue.intake.template_check import check as check_blend
from ...queue.runner import launch, lock
from ...queue.settings import Settings, parse
from ...queue.store import repair
from . import output
from .context import DONE, NOT_DONE, answer, folder_of, open_store, print_json, tell_as_json


def run(asked: argparse.Namespace) -> int:
    """Host the runner until it is stopped, or until nothing is left to do."""
    only_here = None
    if asked.concurrency is not None:
        wish = parse("concurrency", str(asked.concurrency))
        try:
            with closing(open_store(asked)) as store:
                store.set_settings({"concurrency": wish})
        except DamagedQueue:  # which the runner sets aside
            only_here = wish
    tell = tell_as_json if asked.json else output.EventLines(sys.stderr)
    with launch.signals_stop() as stop, _damage_told():
        summary = launch.run_queue(
            folder_of(asked),
            until_empty=asked.until_empty,
            concurrency=only_here,
            on_event=tell,
            stop=stop,
        )
    answer(asked, asdict(summary), output.summary(summary))
    return summary.exit_code


@contextmanager
def _damage_told() -> Iterator[None]:
    """Tell what became of a damaged queue file to whoever runs it, and not to its log alone."""
    told = logging.StreamHandler(sys.stderr)
    told.setLevel(logging.ERROR)
    repair.log.addHandler(told)
    try:
        yield
    finally:
        repair.log.removeHandler(told)


def status(asked: argparse.Namespace) -> int:
    """Print counts, the runner, rates and estimates."""
    store = open_store(asked)
    facts = queue_metrics.status(store)
    holder = lock.holder_or_none(store.folder) if lock.is_held(store.folder) else None
    facts_and_runner = asdict(facts) | {"runner": holder and asdict(holder)}
    answer(asked, facts_and_runner, output.status(facts, holder))
    return DONE


def watch(asked: argparse.Namespace) -> int:
    """Print events as they happen, until interrupted or nothing is left to do."""
    store = open_store(asked)
    tell = tell_as_json if asked.json else output.EventLines(sys.stdout)
    try:
        for news in events.watch(store, until_empty=asked.until_empty):
            tell(news)
    except KeyboardInterrupt:
        return DONE
    return DONE


def pause(asked: argparse.Namespace) -> int:
    """Start no further job."""
    open_store(asked).pause(asked.reason or "paused on the command line")
    answer(asked, {"paused": True}, "Paused; running jobs finish. Go on with: resume")
    return DONE


def resume(asked: argparse.Namespace) -> int:
    """Start jobs again."""
    open_store(asked).resume()
    answer(asked, {"paused": False}, "Resumed.")
    return DONE


def clean(asked: argparse.Namespace) -> int:
    """Delete what is past its time, or list it."""
    store = open_store(asked)
    plan = policy.plan_now(store)
    if asked.dry_run:
        jobs, things, failures = [job.id for job in plan.jobs], plan.leftovers, ()
        words = [*plan.lines(), f"Would remove {plan}."]
    else:
        cleaned = policy.apply(store, plan)
        jobs, things, failures = list(cleaned.jobs), cleaned.leftovers, cleaned.failures
        words = [*failures, str(cleaned)]
    gone = {"jobs": jobs, "files": [str(one.path) for one in things], "failures": list(failures)}
    answer(asked, gone, "\n".join(words))
    return NOT_DONE if failures else DONE


def metrics(asked: argparse.Namespace) -> int:
    """Print counts, durations and failures by class."""
    facts = queue_metrics.metrics_of(open_store(asked))
    answer(asked, asdict(facts), output.metrics(facts))
    return DONE


def settings(asked: argparse.Namespace) -> int:
    """Print the settings; change those given as NAME=VALUE first."""
    store = open_store(asked)
    changes = {}
    for change in asked.changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise BadRequest(f"'{change}' is not NAME=VALUE, such as concurrency=4.")
        changes[name] = parse(name, value)
    if changes:
        store.set_settings(changes)
    now = asdict(Settings.load(store))
    answer(asked, now, output.pairs(now))
    return DONE


def check_template(asked: argparse.Namespace) -> int:
    """Check a template's .blend and write its description beside it."""
    findings = check_blend(typed(asked.file).absolute(), Settings.load(open_store(asked)).blender)
    if asked.json:
        print_json([asdict(one) for one in findings])
    else:
        for one in findings:
            print(output.finding(one))
        if not findings:
            print("Nothing is wrong with it.")
    return NOT_DONE if any(one.severity == "error" for one in findings) else DONE

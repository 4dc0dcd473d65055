"""The verbs of the command line about single jobs: list, show, log, and what changes them. No bpy."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from ...presets.bad_request import BadRequest
from ...queue import metrics
from ...queue.cleanup.last_cleaning import last_cleaning_or_none
from ...queue.job import FINISHED, UNFINISHED, Job, Lane, State
from ...queue.store.job_store import JobStore
from . import output
from .context import DONE, NOT_DONE, answer, folder_of, open_store, print_json


def list_jobs(asked: argparse.Namespace) -> int:
    """Print the jobs, the newest last."""
    store = open_store(asked)
    jobs = store.jobs(
        states=[State(state) for state in asked.state] or None,
        batch=asked.batch,
        lane=asked.lane,
        limit=-1 if asked.limit is None else asked.limit,
    )[::-1]
    if asked.json:
        print_json([output.as_json(job) for job in jobs])
    elif jobs:
        print(output.table(jobs))
    else:
        print("No jobs." if asked.state or asked.batch else "No jobs yet; add one with: add DESIGN")
    if not asked.json and (cleaned := last_cleaning_or_none(store)):
        print(f"Cleaned: {output.cleaned(cleaned)}")
    return DONE


def show(asked: argparse.Namespace) -> int:
    """Print one job with its attempts and why it waits."""
    store = open_store(asked)
    job = store.job(asked.job)
    why = metrics.why_waiting(store, job)
    facts = output.as_json(job) | {"why_waiting": why, "request": job.request}
    answer(asked, facts, output.job(job, why))
    return DONE


def log(asked: argparse.Namespace) -> int:
    """Print the log of an attempt."""
    job = open_store(asked).job(asked.job)
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


def cancel(asked: argparse.Namespace) -> int:
    """Call off the jobs that are not finished."""
    return _change(asked, UNFINISHED, JobStore.cancel, "Nothing to cancel", told_apart=True)


def retry(asked: argparse.Namespace) -> int:
    """Queue the failed and cancelled jobs anew, as new jobs."""
    return _change(asked, (State.FAILED, State.CANCELLED), JobStore.retry, "Nothing to retry")


def move(asked: argparse.Namespace) -> int:
    """Put jobs that have not started into another lane."""
    lane: Lane = asked.lane
    return _change(
        asked,
        UNFINISHED,
        lambda store, ids: store.move(ids, lane),
        "Nothing to move",
        told_apart=True,
    )


def pin(asked: argparse.Namespace) -> int:
    """Keep jobs and their files from the cleaner, or let them go again."""
    return _change(
        asked, tuple(State), lambda store, ids: store.pin(ids, not asked.off), "Nothing to pin"
    )


def remove(asked: argparse.Namespace) -> int:
    """Take finished jobs off the list; their pictures stay."""
    return _change(asked, tuple(FINISHED), JobStore.remove, "Nothing to remove")


def _change(
    asked: argparse.Namespace,
    states: Sequence[State],
    change: Any,
    nothing: str,
    *,
    told_apart: bool = False,
) -> int:
    """Do that to the jobs asked for, which must be in one of those states.

    `told_apart`: of those named by their ids, leave out the others; else the change refuses them.
    """
    if bool(asked.jobs) == bool(asked.batch):
        raise BadRequest("Name jobs by their ids, or a batch with --batch NAME.")
    store = open_store(asked)
    if asked.batch:
        ids = [job.id for job in store.jobs(states=states, batch=asked.batch)]
    elif told_apart:
        ids = [job.id for job in map(store.job, asked.jobs) if job.state in states]
    else:
        ids = list(asked.jobs)
    changed: Sequence[Job] = change(store, ids) if ids else ()
    if asked.json:
        print_json([output.as_json(job) for job in changed])
    else:
        for job in changed:
            print(job.id)
    if not changed:
        print(f"{nothing}: {_why_nothing(asked)}.", file=sys.stderr)
    return DONE if changed else NOT_DONE


def _why_nothing(asked: argparse.Namespace) -> str:
    if asked.batch:
        return f"no job of batch “{asked.batch}” is in a state for it"
    return "what is named has finished"

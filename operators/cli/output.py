"""How the command line words what it tells: tables, events, counts, jobs as JSON. No bpy."""

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from ...presets.finding import Finding
from ...presets.messages import counted
from ...queue.cleanup.last_cleaning import LastCleaning
from ...queue.events import News
from ...queue.job import EventKind, Job
from ...queue.metrics import Durations, Metrics, Status
from ...queue.runner.launch import RunSummary
from ...queue.runner.lock import Holder
from ...queue.runner.scheduler import Reason
from ...queue.store.counts import Counts

#: control characters, what turns the direction of writing, halves of characters
_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_COLUMNS = ("JOB", "STATE", "LANE", "DONE", "TRIES", "AGE", "WHAT")


def as_json(job: Job) -> dict[str, Any]:
    """A job for scripts: what does not change between versions of the extension."""
    return {
        "id": job.id,
        "state": str(job.state),
        "lane": job.lane.name.lower(),
        "batch": job.batch,
        "attempts": job.attempts,
        "max_attempts": job.max_attempts,
        "stalls": job.stalls,
        "progress": round(job.progress, 4),
        "note": job.note,
        "created": job.created,
        "run_at": job.run_at,
        "started": job.started,
        "finished": job.finished,
        "after": list(job.after),
        "pinned": job.pinned,
        "retry_of": job.retry_of,
        "retried_by": job.retried_by,
        "failure": job.failure and str(job.failure),
        "error": job.error,
        "out": job.out,
        "files": [str(Path(job.out) / one["file"]) for one in job.files],
        "metadata": job.request.get("metadata", {}),
        "history": [
            {
                "attempt": one.number,
                "started": one.started,
                "finished": one.finished,
                "outcome": one.outcome and str(one.outcome),
                "failure": one.failure and str(one.failure),
                "error": one.error,
            }
            for one in job.history
        ],
    }


def what(job: Job) -> str:
    """What a job renders, in a few words."""
    prints = job.request.get("prints") or [{}]
    designs = " + ".join(f"{one.get('name', '?')} at {one.get('placement', '?')}" for one in prints)
    views = ", ".join(job.request.get("views", ()))
    views = views or job.request.get("mode", "?")
    return on_one_line(f"{designs} on {job.request.get('fabric', '?')} ({views})")


def on_one_line(text: str) -> str:
    """Text that neither breaks the line nor steers the terminal, whatever a file is called."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)


def table(jobs: Iterable[Job]) -> str:
    """The jobs, a line each under a heading."""
    now = time.time()
    rows = [_COLUMNS]
    for job in jobs:
        rows.append(
            (
                job.id,
                str(job.state),
                job.lane.name.lower(),
                f"{job.progress:.0%}",
                f"{job.attempts}/{job.max_attempts}",
                duration(now - job.created),
                what(job),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    )


def job(job: Job, why: str) -> str:
    """All that is to say about one job."""
    lines = [f"{job.id}  {job.state}", f"  {what(job)}"]
    facts = {
        "why": why,
        "batch": job.batch,
        "lane": job.lane.name.lower(),
        "progress": f"{job.progress:.0%} {job.note}".strip(),
        "added": moment(job.created),
        "started": job.started and moment(job.started),
        "finished": job.finished and moment(job.finished),
        "attempts": f"{job.attempts} of {job.max_attempts}"
        + (f", stalled {job.stalls} times" if job.stalls else ""),
        "retry of": job.retry_of,
        "retried by": job.retried_by,
        "folder": job.out,
    }
    lines += [f"  {name}: {value}" for name, value in facts.items() if value]
    for one in job.history:
        outcome = one.outcome or "running"
        took = "" if one.finished is None else f" after {duration(one.finished - one.started)}"
        lines.append(f"  attempt {one.number}: {outcome}{took} {one.error}".rstrip())
    if job.failure is not None:
        lines += [f"  failed: {job.error or job.failure.sentence}", f"  {job.failure.advice}"]
    lines += [f"  {Path(job.out) / one['file']}" for one in job.files]
    return "\n".join(map(on_one_line, lines))


class EventLines:
    """Prints one line an event, and of progress only every tenth part."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._tenth: dict[str, int] = {}

    def __call__(self, news: News) -> None:
        event, job = news.event, news.job
        clock = datetime.fromtimestamp(event.at).strftime("%H:%M:%S")
        if job is None:
            words = f"{event.kind} {event.text}".rstrip()
            print(f"{clock}  {on_one_line(words)}", file=self._stream, flush=True)
            return
        if event.kind is EventKind.PROGRESS:
            tenth = int(job.progress * 10)
            if tenth <= self._tenth.get(job.id, 0):
                return
            self._tenth[job.id] = tenth
            words = f"{job.progress:4.0%} {job.note}"
        else:
            self._tenth.pop(job.id, None)
            words = f"{event.kind} {event.text}" if event.text else str(event.kind)
        line = on_one_line(f"{job.id}  {what(job)}: {words.strip()}")
        print(f"{clock}  {line}", file=self._stream, flush=True)


def news_as_json(news: News) -> dict[str, Any]:
    """An event for scripts, one line of JSON each; `job` is null for one of the whole queue."""
    event, job = news.event, news.job
    return {
        "at": event.at,
        "event": str(event.kind),
        "job": job and job.id,
        "state": job and str(job.state),
        "progress": job and round(job.progress, 4),
        "failure": event.failure and str(event.failure),
        "text": event.text,
    }


def finding(one: Finding) -> str:
    """A remark with its advice."""
    return f"{one.severity}: {one.sentence} {one.advice}".strip()


def counts(numbers: Counts) -> str:
    """How many jobs stand where; states without a job are left out."""
    return ", ".join(f"{n} {state}" for state, n in asdict(numbers).items() if n) or "no jobs"


def status(facts: Status, holder: Holder | None) -> str:
    """The queue at a glance."""
    lines = {
        "jobs": counts(facts.counts),
        "runner": str(holder) if holder else "none; start one with: run",
        "paused": facts.paused,
        "rendered": f"{facts.last_hour} in the last hour" if facts.last_hour else None,
        "time left": duration(facts.time_left) if facts.time_left else None,
        "next due": moment(facts.next_due) if facts.next_due else None,
        "cleaned": facts.cleaned and cleaned(facts.cleaned),
    }
    return pairs({name: value for name, value in lines.items() if value})


def cleaned(last: LastCleaning) -> str:
    """What cleaning took off the list, and why it isn't there any more."""
    return (
        f"{counted(last.jobs, 'finished job')} taken off the list, the last at {moment(last.at)}; "
        "pictures stay. How long jobs are kept: settings keep_completed, keep_completed_hours, "
        "keep_failed_days"
    )


def metrics(facts: Metrics) -> str:
    """Counts, durations and failures by class."""
    lines = {"jobs": counts(facts.counts)}
    lines["rendered"] = f"{facts.last_hour} in the last hour, {facts.last_day} in the last day"
    if facts.durations:
        lines["a job takes"] = _durations(facts.durations)
    lines |= {f"  {name}": _durations(some) for name, some in facts.by_quality.items()}
    lines |= {f"failed: {name}": str(n) for name, n in facts.failures.items()}
    return pairs(lines)


def _durations(some: Durations) -> str:
    return f"{some.p50:.1f} s, 95 of 100 at most {some.p95:.1f} s ({some.jobs} jobs)"


def summary(done: RunSummary) -> str:
    """What a runner did."""
    counted = {"completed": done.completed, "failed": done.failed, "cancelled": done.cancelled}
    words = ", ".join(f"{n} {what}" for what, n in counted.items() if n) or "Nothing to do"
    if done.reason is Reason.STOPPED:
        ended = words.lower() if done.completed or done.failed or done.cancelled else "none ended"
        return f"Stopped, {ended}; what was being rendered waits again."
    if done.paused:
        return f"{words}; the queue is paused: {done.paused}"
    return "\n  ".join((f"{words}.", *map(on_one_line, done.folders)))


def estimate(facts: Mapping[str, Any]) -> str:
    """What an order would mean."""
    words = f"{counted(facts['jobs'], 'job')}, {counted(facts['files'], 'file')}"
    if facts["rendered_before"]:
        words += f"; {facts['rendered_before']} more were rendered before"
    if facts["seconds"] is not None:
        words += f"; about {duration(facts['seconds'])}"
        if facts["baking_seconds"]:
            words += f", {duration(facts['baking_seconds'])} of it to bake light, once"
    elif facts["jobs"]:
        words += "; no estimate yet, this machine has rendered nothing like it"
    return words + "."


def pairs(values: Mapping[str, Any]) -> str:
    """Names and values, one a line."""
    width = max(map(len, values), default=0)
    return "\n".join(
        f"{name.ljust(width)}  {on_one_line(str(value))}" for name, value in values.items()
    )


def duration(seconds: float) -> str:
    """Seconds as people say them: 4 s, 3 min, 2 h 05 min, 3 d."""
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    if whole < 5400:
        return f"{round(whole / 60)} min"
    if whole < 172800:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{round(whole / 86400)} d"


def moment(at: float) -> str:
    """A moment on this machine's clock."""
    try:
        return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):  # what each system says of a year it doesn't know
        return "in no year of this calendar"

"""How fast the store is: ratios to plain sqlite3, measured in one run, in interleaved rounds.

Called by `build.py bench`, or alone: `python tests/bench_store.py`. Asserts nothing.
"""

import importlib.util
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "tshirt_render_queue"
REQUEST = {
    "version": 1,
    "prints": [{"design": "/data/designs/" + "0" * 64 + ".png", "placement": "full_front"}],
    "fabric": "navy",
    "fabric_hex": "#1B2A49",
    "views": ["front", "back"],
    "backgrounds": ["transparent"],
    "mode": "stills",
    "samples": 64,
    "width": 2048,
    "height": 2048,
    "metadata": {"product": "10432", "order": "2024-000117"},
}


def load_package() -> None:
    """The extension under its own name, the repository's root off `sys.path` (its `queue/` …)."""
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != ROOT]
    if PACKAGE in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(
        PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)


load_package()

from tshirt_render_queue.queue.job import NewJob, new_job_id  # noqa: E402
from tshirt_render_queue.queue.store.job_store import JobStore  # noqa: E402


class Plain:
    """What one would write by hand for the least of it: a table of jobs with an index or two."""

    def __init__(self, folder: Path) -> None:
        self.db = sqlite3.connect(folder / "plain.db", isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute(
            "CREATE TABLE job (id INTEGER PRIMARY KEY, job_id TEXT UNIQUE, status INTEGER,"
            " lane INTEGER, attempts INTEGER DEFAULT 0, progress FLOAT DEFAULT 0,"
            " cancel INTEGER DEFAULT 0, owner TEXT, created FLOAT, started FLOAT, finished FLOAT,"
            " error TEXT, data BLOB)"
        )
        self.db.execute("CREATE INDEX by_status ON job (status, lane)")

    def add(self) -> str:
        job_id = new_job_id()
        self.db.execute(
            "INSERT INTO job (job_id, status, lane, created, data) VALUES (?, 0, 1, ?, ?)",
            (job_id, time.time(), json.dumps(REQUEST)),
        )
        return job_id

    def claim(self) -> int:
        row = self.db.execute(
            "UPDATE job SET status = 1, started = ?, attempts = attempts + 1, owner = 'bench'"
            " WHERE id = (SELECT id FROM job WHERE status = 0 ORDER BY lane, id LIMIT 1)"
            " RETURNING id, data",
            (time.time(),),
        ).fetchall()[0]
        json.loads(row["data"])
        return row["id"]

    def finish(self, rowid: int) -> None:
        self.db.execute(
            "UPDATE job SET status = 2, finished = ? WHERE id = ? AND owner = 'bench'",
            (time.time(), rowid),
        )

    def look_up(self, job_id: str) -> dict:
        row = self.db.execute("SELECT * FROM job WHERE job_id = ?", (job_id,)).fetchone()
        return {**dict(row), "data": json.loads(row["data"])}

    def counts(self) -> dict:
        return dict(self.db.execute("SELECT status, count(*) FROM job GROUP BY status"))

    def fill(self, n: int) -> None:
        self.db.execute("BEGIN")
        self.db.executemany(
            "INSERT INTO job (job_id, status, lane, created, data) VALUES (?, 2, 1, ?, ?)",
            ((new_job_id(), time.time(), json.dumps(REQUEST)) for _ in range(n)),
        )
        self.db.execute("COMMIT")
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self.db.close()


class Ours:
    """The same, by the store."""

    def __init__(self, folder: Path) -> None:
        self.store = JobStore(folder)
        self.number = 0

    def order(self, **more: object) -> NewJob:
        self.number += 1
        name = f"design-{self.number}"
        return NewJob(
            request=REQUEST,
            key=f"{self.number:064x}",
            out="/pictures/out",
            target=f"/pictures/out/{name}",
            names=(f"{name}_front.png", f"{name}_back.png"),
            **more,
        )

    def add(self) -> str:
        return self.store.add_many([self.order()])[0].id

    def claim(self) -> object:
        return self.store.claim("bench", time.time())

    def finish(self, job: object) -> None:
        self.store.complete(job, [{"file": "a.png", "bytes": 1, "sha256": "0" * 64}])

    def look_up(self, job_id: str) -> dict:
        return self.store.job(job_id).request

    def counts(self) -> object:
        return self.store.counts()

    def fill(self, n: int) -> None:
        done = ({"file": "a.png", "bytes": 1, "sha256": "0" * 64},)
        self.store.add_many(self.order(completed_files=done) for _ in range(n))
        self.store._putter.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self.store.close()


def measure(sizes: tuple[int, ...], rounds: int) -> dict[int, dict[str, dict[str, float]]]:
    """Medians in ms by number of finished jobs, side and call; each round goes through all."""
    times: dict[tuple[int, str], dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        sides: dict[tuple[int, str], Plain | Ours] = {}
        for finished in sizes:
            here = Path(folder, str(finished))
            here.mkdir()
            sides[finished, "plain"] = Plain(here)
            sides[finished, "store"] = Ours(here)
        for (finished, _), side in sides.items():
            side.fill(finished)
        for number in range(rounds):
            for name in sorted(sides, reverse=number % 2 == 1):
                one_round(sides[name], times.setdefault(name, {}), with_counts=number % 10 == 0)
        for side in sides.values():
            side.close()
    medians: dict[int, dict[str, dict[str, float]]] = {finished: {} for finished in sizes}
    for (finished, side), calls in times.items():
        medians[finished][side] = {call: statistics.median(some) for call, some in calls.items()}
    return medians


def one_round(side: Plain | Ours, times: dict[str, list[float]], *, with_counts: bool) -> None:
    """Add a job, look it up, claim it, finish it."""

    def timed(call: str, action: Callable[..., Any], *args: Any) -> Any:
        begun = time.perf_counter()
        result = action(*args)
        times.setdefault(call, []).append((time.perf_counter() - begun) * 1000)
        return result

    job_id = timed("add", side.add)
    timed("look-up", side.look_up, job_id)
    claimed = timed("claim", side.claim)
    timed("finish", side.finish, claimed)
    if with_counts:
        timed("counts", side.counts)


def bench_store() -> Iterator[str]:
    """The calls of the store at 0 and at 100,000 finished jobs."""
    at_most = {"add": 1.6, "claim": 2.0, "look-up": 2.0}
    yield "store against plain sqlite3 (WAL, FULL): median ms, interleaved rounds"
    results = measure((0, 100_000), rounds=300)
    for finished, sides in results.items():
        for call in ("add", "claim", "finish", "look-up", "counts"):
            plain, ours = sides["plain"][call], sides["store"][call]
            limit = f" (at most {at_most[call]})" if call in at_most else ""
            if call == "counts":
                limit = " (the store's at most 0.1 ms)"
            yield (
                f"{call}, {finished:,} finished: {ours:.4f} / {plain:.4f}"
                f" = {ours / plain:.2f} × plain{limit}"
            )
    slower = results[100_000]["store"]["claim"] / results[0]["store"]["claim"]
    yield f"claim at 100,000 finished against 0: {slower:.2f} × (at most 1.5)"


def bench_add_many() -> Iterator[str]:
    """A thousand jobs in one call."""
    seconds = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        ours = Ours(Path(folder))
        for _ in range(5):
            orders = [ours.order() for _ in range(1000)]
            begun = time.perf_counter()
            ours.store.add_many(orders)
            seconds.append(time.perf_counter() - begun)
        ours.close()
    yield f"add_many of 1,000 jobs: {statistics.median(seconds) * 1000:.0f} ms (at most 1,000)"


if __name__ == "__main__":
    for line in (*bench_store(), *bench_add_many()):
        print(line)

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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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

from tshirt_render_queue.queue.job import Order, new_job_id  # noqa: E402
from tshirt_render_queue.queue.store import JobStore  # noqa: E402


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


class Ours:
    """The same, by the store."""

    def __init__(self, folder: Path) -> None:
        self.store = JobStore(folder)
        self.number = 0

    def order(self, **more: object) -> Order:
        self.number += 1
        name = f"design-{self.number}"
        return Order(
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


@dataclass
class Timed:
    """Milliseconds of one kind of call, round by round."""

    samples: list[float]

    @property
    def p50(self) -> float:
        return statistics.median(self.samples)


def timed(action: Callable[[], object], into: list[float]) -> object:
    begun = time.perf_counter()
    result = action()
    into.append((time.perf_counter() - begun) * 1000)
    return result


@contextmanager
def temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        yield Path(name)


def measure(finished: int, rounds: int) -> dict[str, dict[str, float]]:
    """Medians in ms by side and call, with that many finished jobs already there."""
    times: dict[str, dict[str, list[float]]] = {}
    with temporary_folder() as folder:
        sides = {"plain": Plain(folder), "ours": Ours(folder)}
        for side in sides.values():
            if finished:
                side.fill(finished)
        for number in range(rounds):
            order = list(sides.items())
            for name, side in order if number % 2 else reversed(order):
                into = times.setdefault(name, {})
                job_id = timed(side.add, into.setdefault("add", []))
                timed(lambda: side.look_up(job_id), into.setdefault("look-up", []))
                claimed = timed(side.claim, into.setdefault("claim", []))
                timed(lambda: side.finish(claimed), into.setdefault("finish", []))
                if number % 10 == 0:
                    timed(side.counts, into.setdefault("counts", []))
        sides["ours"].store.close()
        sides["plain"].db.close()
    return {
        side: {call: statistics.median(samples) for call, samples in calls.items()}
        for side, calls in times.items()
    }


def bench(rounds: int = 300) -> None:
    """Print the table."""
    results = {finished: measure(finished, rounds) for finished in (0, 100_000)}
    print("store against plain sqlite3 (WAL, FULL), median ms, interleaved")
    print(f"{'finished jobs':>14} {'call':>8} {'plain':>8} {'store':>8} {'ratio':>6}  target")
    targets = {"add": "≤ 1.6", "claim": "≤ 2", "look-up": "≤ 2", "counts": "≤ 0.1 ms"}
    for finished, sides in results.items():
        for call in ("add", "claim", "finish", "look-up", "counts"):
            plain, ours = sides["plain"][call], sides["ours"][call]
            print(
                f"{finished:>14,} {call:>8} {plain:>8.4f} {ours:>8.4f} {ours / plain:>6.2f}"
                f"  {targets.get(call, '')}"
            )
    slower = results[100_000]["ours"]["claim"] / results[0]["ours"]["claim"]
    print(f"claim at 100,000 finished jobs against 0: {slower:.2f} (target ≤ 1.5)")
    with temporary_folder() as folder:
        ours = Ours(folder)
        into: list[float] = []
        for _ in range(5):
            orders = [ours.order() for _ in range(1000)]
            timed(lambda: ours.store.add_many(orders), into)
        ours.store.close()
    print(f"add_many of 1,000: {statistics.median(into):.0f} ms (target < 1,000)")


if __name__ == "__main__":
    bench()

"""Kills the runner, its workers and a door at random, with SIGKILL, while small jobs run.

    python tests/chaos/killing.py --kills 100 --jobs 60 [--blender PATH] [--seed N]

In the end every job must have completed exactly once, with no process and no file left. Without
`--blender` a worker without Blender renders (plain_worker.py), which takes seconds, not minutes.
"""

import argparse
import json
import os
import random
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
runpy.run_path(str(HERE.parent / "conftest.py"))

from tshirt_render_queue.presets.naming import output_names, target_stem  # noqa: E402
from tshirt_render_queue.presets.request import Print, Request  # noqa: E402
from tshirt_render_queue.queue.folder import QueueFolder  # noqa: E402
from tshirt_render_queue.queue.job import EventKind, NewJob, State  # noqa: E402
from tshirt_render_queue.queue.runner import launch  # noqa: E402
from tshirt_render_queue.queue.runner.batch_results import GALLERY, LIST, SHEET, TABLE  # noqa: E402
from tshirt_render_queue.queue.runner.lock import holder_or_none, is_held  # noqa: E402
from tshirt_render_queue.queue.runner.processes import identity_or_none  # noqa: E402
from tshirt_render_queue.queue.store.job_store import JobStore  # noqa: E402

PLAIN_WORKER = HERE / "plain_worker.py"
ROOT = HERE.parents[1]
TEMPLATE = ROOT / "presets" / "templates" / "tshirt.blend"
#: what a queue folder holds once all is done
AT_REST = {
    "queue.db",
    "queue.db-wal",
    "queue.db-shm",
    "lock.db",
    "logs",
    "designs",
    "tmp",
    ".tshirt_render_queue",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=60)
    parser.add_argument("--blender", type=Path, help="render with this Blender")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--pace", type=float, help="seconds between two kills, on average")
    parser.add_argument("--limit", type=float, default=1200, help="seconds before it is given up")
    parser.add_argument("--door", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.door:
        return door(asked.door)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        faults = Chaos(Path(folder), asked).run()
    for fault in faults:
        print("FAULT", fault)
    print(
        f"seed {asked.seed}: {'FAILED' if faults else 'every job exactly once, nothing left over'}"
    )
    return 1 if faults else 0


class Chaos:
    def __init__(self, path: Path, asked: argparse.Namespace) -> None:
        self.path = path
        self.asked = asked
        self.random = random.Random(asked.seed)
        self.pace = asked.pace or (1.5 if asked.blender else 0.15)
        self.folder = QueueFolder.at(path / "queue").make()
        self.out = path / "out"
        self.ledger = path / "ledger"
        self.kills: Counter[str] = Counter()
        self.door: subprocess.Popen[bytes] | None = None

    def run(self) -> list[str]:
        began = time.monotonic()
        orders = [self.order(number) for number in range(self.asked.jobs)]
        (self.path / "orders.json").write_text(json.dumps([asdict(order) for order in orders]))
        with closing(JobStore(self.folder)) as store:
            store.set_settings(
                {"blender": str((self.asked.blender or PLAIN_WORKER).absolute()), "idle_exit": 1.0}
            )
            end = began + self.asked.limit
            try:
                self.kill_until_done(store, end)
            finally:
                if self.door:
                    self.door.kill()
                    self.door.wait()
            # The last kill may have left a sheet undrawn; then all runners end by themselves.
            launch.start_detached(self.folder)
            while self.processes_left() and time.monotonic() < end:
                time.sleep(0.1)
            took = time.monotonic() - began
            claims = sum(job.claims for job in store.jobs())
            print(
                f"{self.asked.jobs} jobs, {claims} claims, {dict(self.kills)} kills, {took:.0f} s"
            )
            return [*self.faults(store, orders)]

    def order(self, number: int) -> NewJob:
        if self.asked.blender:
            request = self.real_request(number)
            names = tuple(name.file for name in output_names(request))
            asked, key, target = request.to_json(), request.key(), target_stem(request)
        else:
            names = (f"{number}-front.png", f"{number}-back.png")
            wish = {"files": names, "seconds": 0.2, "ledger": str(self.ledger)}
            asked = {"metadata": wish, "fabric": "white", "fabric_hex": "#FFFFFF"}
            asked["prints"] = [{"name": f"d{number}", "placement": "center_chest"}]
            key, target = f"{number:016x}" * 4, f"{self.out}/{number}"
        return NewJob(
            request=asked,
            key=key,
            out=str(self.out),
            target=target,
            names=names,
            batch="chaos",
            attempts=1000,
            backoff=0.05,
        )

    def real_request(self, number: int) -> Request:
        return Request(
            prints=(
                Print(
                    design=str(sorted((ROOT / "docs" / "samples").glob("*.png"))[0]),
                    name=f"d{number}",
                    placement="center_chest",
                ),
            ),
            fabric="white",
            fabric_hex="#FFFFFF",
            heather=False,
            views=("front",),
            backgrounds=("transparent",),
            mode="stills",
            samples=1,
            width=64,
            height=64,
            format="png",
            template=str(TEMPLATE),
            out=str(self.out),
            name="{design}_{view}",
        )

    def kill_until_done(self, store: JobStore, end: float) -> None:
        """Doors add a job for every so many kills, so that the kills meet work all along."""
        next_kill = time.monotonic() + self.pace
        next_start = 0.0
        while True:
            if time.monotonic() > end:
                raise SystemExit(f"seed {self.asked.seed}: not done after {self.asked.limit:.0f} s")
            killed = self.kills.total()
            allowed = -(-self.asked.jobs * (killed + 1) // max(1, self.asked.kills))
            (self.path / "allowed").write_text(str(min(allowed, self.asked.jobs)))
            self.keep_door()
            counts = store.counts()
            # With all jobs done early, the last kills still need somebody to meet.
            more = counts.unfinished or killed < self.asked.kills
            if more and time.monotonic() >= next_start:
                launch.start_detached(self.folder)
                next_start = time.monotonic() + 0.2
            if killed >= self.asked.kills:
                if counts.completed + counts.failed + counts.cancelled >= self.asked.jobs:
                    return
            elif time.monotonic() >= next_kill:
                self.kill_somebody()
                next_kill = time.monotonic() + self.random.uniform(0, 2 * self.pace)
            time.sleep(0.01)

    def keep_door(self) -> None:
        if self.door is None or self.door.poll() not in (None, 0):
            self.door = subprocess.Popen([sys.executable, __file__, "--door", str(self.path)])

    def kill_somebody(self) -> None:
        victim = self.random.choice(("runner", "runner", "worker", "worker", "door"))
        pids: list[int] = []
        holder = holder_or_none(self.folder)
        if victim == "door" and self.door and self.door.poll() is None:
            pids = [self.door.pid]
        elif victim == "runner" and holder and is_held(self.folder):
            pids = [holder.pid]
        elif victim == "worker" and holder:
            pids = [one.pid for one in holder.workers if identity_or_none(one.pid) == one.identity]
        # Those that have ended by themselves in the meantime aren't counted.
        with suppress(ProcessLookupError, IndexError):
            os.kill(self.random.choice(pids), signal.SIGKILL)
            self.kills[victim] += 1

    def faults(self, store: JobStore, orders: list[NewJob]):
        jobs = {job.id: job for job in store.jobs()}
        if set(jobs) != {order.id for order in orders}:
            yield f"there are {len(jobs)} jobs instead of {len(orders)}"
        expected = {self.out / name for name in (TABLE, LIST, SHEET, GALLERY)}
        for job in jobs.values():
            if job.state is not State.COMPLETED:
                yield f"{job.id} is {job.state}: {job.error}"
                continue
            if [event.kind for event in job.events].count(EventKind.COMPLETED) != 1:
                yield f"{job.id} completed not exactly once: {job.events}"
            manifest = self.out / "manifests" / f"{job.key[:16]}.json"
            if json.loads(manifest.read_text())["job"] != job.id:
                yield f"{manifest} is another job's"
            expected |= {manifest, *(self.out / name for name in job.names)}
        there = {path for path in self.out.rglob("*") if not path.is_dir()}
        yield from (f"stray file {path}" for path in sorted(there - expected))
        yield from (f"missing file {path}" for path in sorted(expected - there))
        if (self.out / ".work").exists():
            yield "the folder of work folders is still there"
        left = {path.name for path in self.folder.path.iterdir()} - AT_REST
        left |= {path.name for path in self.folder.path.glob("tmp/*")}  # none if no worker came
        yield from (f"stray in the queue folder: {name}" for name in sorted(left))
        if self.ledger.exists():
            rendered = Counter(self.ledger.read_text().split())
            for job_id, times in rendered.items():
                if times > 1:
                    yield f"{job_id} was rendered {times} times after it was finished"
        yield from (f"process left over: {words}" for words in self.processes_left())

    def processes_left(self) -> list[str]:
        """Living processes whose command line or environment names our folder."""
        left = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and int(entry.name) != os.getpid():
                try:
                    words = (
                        (entry / "cmdline").read_bytes() + b"\0" + (entry / "environ").read_bytes()
                    )
                except OSError:
                    continue  # ended while we looked, or somebody else's
                if str(self.path).encode() in words:
                    left.append(words.replace(b"\0", b" ")[:200].decode(errors="replace"))
        return left


def door(path: Path) -> int:
    """Add the jobs one by one, each when it is allowed; begun anew after a kill, add none twice."""
    orders = [NewJob(**order) for order in json.loads((path / "orders.json").read_text())]
    with closing(JobStore(path / "queue")) as store:
        for number, order in enumerate(orders, start=1):
            while number > int((path / "allowed").read_text() or 0):
                time.sleep(0.005)
            job = store.add(order)
            store.pin([job.id])
            store.pin([job.id], False)
    return 0


if __name__ == "__main__":
    sys.exit(main())

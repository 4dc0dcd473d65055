"""What the runner costs: idle, between a job and its start, and around the render call."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tshirt_render_queue.presets.naming import output_names, target_stem
from tshirt_render_queue.presets.request import Print, Request
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.job import Job, NewJob, State
from tshirt_render_queue.queue.runner import launch, processes
from tshirt_render_queue.queue.runner.blender import NoBlender, find_blender
from tshirt_render_queue.queue.runner.lock import holder_or_none
from tshirt_render_queue.queue.store.job_store import JobStore

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PLAIN_WORKER = HERE / "chaos" / "plain_worker.py"
#: seconds over which the idle runner is watched
WATCHED = 10.0
#: pixels and samples of the jobs that real renders are timed with
SIDE, SAMPLES = 512, 32


def bench_idle() -> Iterator[str]:
    """Processor time and memory of a runner that has nothing to do."""
    with _shop(PLAIN_WORKER) as shop:
        shop.done(shop.plain())
        pid = shop.pid
        yield f"with a warm worker: {shop.idle_share(pid):.2%} of a core (bound 0.5 %)"
        shop.store.set_setting("idle_exit", 0.5)
        shop.done(shop.plain(not_before=time.time() + 1))
        later = shop.plain(not_before=time.time() + 3600)
        shop.until(lambda: not holder_or_none(shop.folder).workers)
        yield f"waiting for a scheduled job: {shop.idle_share(pid):.2%} of a core (bound 0.5 %)"
        yield f"memory: {processes.memory_mb_or_none(pid):.1f} MB (bound 40)"
        shop.store.cancel([later.id])


def bench_start() -> Iterator[str]:
    """From `add` in this process to the start in the runner's, at a warm worker."""
    with _shop(PLAIN_WORKER) as shop:
        shop.done(shop.plain())
        delays = []
        for number in range(40):
            # Not in step with the runner's looks.
            time.sleep(0.05 + number * 0.0017)
            before = time.time()
            delays.append(shop.done(shop.plain()).started - before)
        median, p95 = statistics.median(delays), statistics.quantiles(delays, n=20)[-1]
        yield f"add to start: median {median * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms (bound 50)"


def bench_overhead() -> Iterator[str]:
    """From claim to publication: of a job without work, and beside Blender's render call."""
    with _shop(PLAIN_WORKER) as shop:
        shop.done(shop.plain())
        times = [shop.done(shop.plain()).seconds for _ in range(20)]
        yield f"an empty job: {statistics.median(times) * 1e3:.0f} ms from claim to completion"
    try:
        blender = find_blender()
    except NoBlender:
        yield "no Blender here to compare it with a real render"
        return
    with _shop(blender) as shop:
        shop.done(shop.real())
        shares = []
        for _ in range(3):
            job = shop.done(shop.real())
            rendering = job.facts["timings"]["render"]
            shares.append(job.seconds / rendering - 1)
            yield f"{SIDE} px, {SAMPLES} samples: {job.seconds:.2f} s, render {rendering:.2f} s"
        yield f"claim to completion above the render call: {min(shares):+.1%} (bound 10 %)"


class _Shop:
    """A queue folder with a detached runner."""

    def __init__(self, path: Path, blender: Path) -> None:
        self.folder = QueueFolder.at(path / "queue").make()
        self.out = path / "out"
        self.store = JobStore(self.folder)
        self.store.set_settings({"blender": str(blender), "idle_exit": 60.0, "concurrency": 1})
        self.number = 0
        self.pid = launch.start_detached(self.folder)

    def plain(self, **options) -> Job:
        """Add a job without any work."""
        self.number += 1
        names = (f"{self.number}.png",)
        request = {"metadata": {"files": names}}
        target = f"{self.out}/{self.number}"
        order = NewJob(
            request=request,
            key=f"{self.number:016x}" * 4,
            out=str(self.out),
            target=target,
            names=names,
            **options,
        )
        return self.store.add(order)

    def real(self) -> Job:
        """Add a job for Blender."""
        self.number += 1
        design = min((ROOT / "docs" / "samples").glob("*.png"))
        request = Request(
            prints=(Print(design=str(design), name=str(self.number), placement="center_chest"),),
            fabric="white",
            fabric_hex="#FFFFFF",
            heather=False,
            views=("front",),
            backgrounds=("transparent",),
            mode="stills",
            samples=SAMPLES,
            width=SIDE,
            height=SIDE,
            format="png",
            template=str(ROOT / "presets" / "templates" / "tshirt.blend"),
            out=str(self.out),
            name="{design}_{view}",
        )
        names = tuple(name.file for name in output_names(request))
        order = NewJob(
            request=request.to_json(),
            key=request.key(),
            out=str(self.out),
            target=target_stem(request),
            names=names,
        )
        return self.store.add(order)

    def done(self, job: Job) -> Job:
        """Wait for it."""
        self.until(lambda: self.store.job(job.id).state.finished)
        job = self.store.job(job.id)
        assert job.state is State.COMPLETED, job.error
        return job

    def until(self, condition, seconds: float = 120.0) -> None:
        """Wait for that."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it took too long"
            time.sleep(0.002)

    def idle_share(self, pid: int) -> float:
        """The share of one core that the process used while nothing happened."""
        time.sleep(1)
        before = _processor_seconds(pid)
        time.sleep(WATCHED)
        return (_processor_seconds(pid) - before) / WATCHED


@contextmanager
def _shop(blender: Path) -> Iterator[_Shop]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        shop = _Shop(Path(folder), blender)
        with closing(shop.store):
            try:
                yield shop
            finally:
                launch.ask_stop(shop.store, finish_running=False)
                shop.until(lambda: processes.identity_or_none(shop.pid) is None)


def _processor_seconds(pid: int) -> float:
    """What all threads of a process have used, by Linux' exact account."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

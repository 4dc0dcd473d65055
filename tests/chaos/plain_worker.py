#!/usr/bin/env python3
"""A worker without Blender: it speaks the protocol, writes real little PNGs, misbehaves on request.

Stands in for Blender wherever a Blender is named (it only looks for `--channel N`). A job tells it
what to do in `metadata`: "seconds" to take, "files" to write (else those the request asks for), and
"act", "act_until" (claims that misbehave; later ones behave), "ledger" (a file that gets the id of
each finished job):

crash · exit · kill · hang (beats, goes nowhere) · silent (stops beating) · garbage · memory ·
half (dies with half a picture) · finished (dies after its list is written) · lie (lists a wrong
hash) · orphan (starts a grandchild, then hangs) · flood (endless progress) · any failure class.
"""

import hashlib
import importlib.util
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEAT = 1.0
FAILURES = ("bad_design", "bad_request", "bad_template", "engine_error", "disk_full")


class Channel:
    def __init__(self, number: int) -> None:
        self._stream = os.fdopen(number, "wb", buffering=0)
        self._lock = threading.Lock()
        self.beating = True

    def write(self, line: bytes) -> None:
        with self._lock:
            self._stream.write(line)

    def say(self, kind: str, **fields) -> None:
        self.write(json.dumps({"is": kind, **fields}).encode() + b"\n")

    def beat(self) -> None:
        while self.beating:
            self.say("alive")
            time.sleep(BEAT)


def png(width: int, height: int, colour: bytes) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    rows = b"".join(b"\0" + colour * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def names_of(request: dict) -> list[str]:
    """The files a real request asks for, by the extension's own naming."""
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != ROOT]
    spec = importlib.util.spec_from_file_location(
        "extension", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["extension"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["extension"])
    from extension.presets.naming import output_names
    from extension.presets.request import Request

    return [name.file for name in output_names(Request.from_json(request))]


def render(order: dict, channel: Channel) -> None:
    request = order["request"]
    wish = request.get("metadata", {})
    misbehaves = order["attempt"] <= wish.get("act_until", 1_000_000)
    act = wish.get("act", "") if misbehaves else ""
    job, work = order["job"], Path(order["work"])
    if act in FAILURES:
        channel.say("failed", job=job, failure=act, error=f"The {act} that was asked for.")
        return
    misbehave(act, channel, job)
    files = []
    names = wish.get("files") or names_of(request)
    for number, name in enumerate(names):
        content = png(
            request.get("width", 4), request.get("height", 4), bytes([number % 256, 9, 9])
        )
        if act == "half":
            (work / name).write_bytes(content[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(wish.get("seconds", 0) / len(names))
        (work / name).write_bytes(content)
        digest = hashlib.sha256(b"a lie" if act == "lie" else content).hexdigest()
        files.append({"file": name, "bytes": len(content), "sha256": digest})
        channel.say("progress", job=job, fraction=(number + 1) / len(names), note=name)
    result = {"job": job, "files": files, "timings": {}, "facts": {"blender": "plain"}}
    part = work / "result.json.part"
    with part.open("w") as stream:
        json.dump(result, stream)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(work / "result.json")
    if "ledger" in wish:
        # One short append is whole or not at all: who is in here twice was rendered twice.
        with Path(wish["ledger"]).open("a") as ledger:
            ledger.write(f"{job}\n")
    if act == "finished":
        os.kill(os.getpid(), signal.SIGKILL)
    channel.say("done", memory_mb=wish.get("memory_mb", 20), **result)


def draw(order: dict, channel: Channel) -> None:
    if "undrawable" in order["batch"]:
        channel.say("undrawn", batch=order["batch"], error="It can't be drawn.")
        return
    work = Path(order["work"])
    work.mkdir(parents=True, exist_ok=True)
    died = Path(order["log"]).with_name("died")
    if "deadly" in order["batch"] or ("mortal" in order["batch"] and not died.exists()):
        died.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    (work / "contact-sheet.png").write_bytes(png(4, 4, b"abc"))
    (work / "gallery.html").write_text(f"{len(order['items'])} pictures")
    channel.say("drawn", batch=order["batch"])


def misbehave(act: str, channel: Channel, job: str) -> None:
    match act:
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit":
            os._exit(3)
        case "memory":
            print("MemoryError", flush=True)
            os._exit(1)
        case "hang":
            time.sleep(1000)
        case "silent":
            channel.beating = False
            time.sleep(1000)
        case "garbage":
            channel.write(b"Fra:1 Mem:12M \xff\xfe | Sample 3/16\n")
            time.sleep(1000)
        case "orphan":
            code = "import time; time.sleep(1000)"
            print(subprocess.Popen([sys.executable, "-c", code]).pid, flush=True)
            time.sleep(1000)
        case "flood":
            end = time.monotonic() + 1
            while time.monotonic() < end:
                channel.say("progress", job=job, fraction=0.5, note="flood")


def main() -> None:
    if last_words := os.environ.get("PLAIN_WORKER_START"):
        sys.exit(last_words)
    channel = Channel(int(sys.argv[sys.argv.index("--channel") + 1]))
    arrived: list[dict] = []
    news = threading.Semaphore(0)

    def listen() -> None:
        for line in sys.stdin.buffer:
            arrived.append(json.loads(line))
            news.release()
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    version = os.environ.get("PLAIN_WORKER_VERSION", "plain")
    channel.say("ready", blender=version, pid=os.getpid(), device="CPU", denoiser="")
    threading.Thread(target=channel.beat, daemon=True).start()
    while True:
        news.acquire()
        order = arrived.pop(0)
        if order["do"] == "quit":
            return
        if order["do"] == "sheet":
            draw(order, channel)
            continue
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        print(f"job {order['job']} claim {order['attempt']} threads {order['threads']}")
        print("previous", *order["previous"], flush=True)
        render(order, channel)


if __name__ == "__main__":
    main()

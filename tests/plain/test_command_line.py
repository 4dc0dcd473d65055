"""The command line: exit codes, plain words on errors, JSON for scripts."""

import json
import os
import time
from pathlib import Path

import pytest
from tshirt_render_queue.operators.cli import output
from tshirt_render_queue.operators.cli.command_line import main
from tshirt_render_queue.queue.cleanup import policy
from tshirt_render_queue.queue.events import Watcher
from tshirt_render_queue.queue.failures import FailureClass
from tshirt_render_queue.queue.runner.launch import RunSummary
from tshirt_render_queue.queue.runner.scheduler import Reason
from tshirt_render_queue.queue.store.job_store import JobStore


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Run one command on a queue of its own: (exit code, output, errors)."""

    def command(verb: str, *words: str) -> tuple[int, str, str]:
        code = main([verb, *words, "--queue", str(tmp_path / "queue")])
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


def test_add_prints_the_ids_of_its_jobs(run, design):
    code, out, _ = run("add", str(design), "--fabric", "navy", "--fabric", "white")
    ids = out.split()
    assert code == 0
    assert len(ids) == 2
    _, listed, _ = run("list", "--json")
    jobs = json.loads(listed)
    assert [job["id"] for job in jobs] == ids
    assert all({"id", "state", "attempts", "progress", "files"} <= job.keys() for job in jobs)


def test_list_and_status_say_what_cleaning_took(run, design, tmp_path):
    run("add", str(design))
    assert "Cleaned" not in run("list")[1]
    store = JobStore(tmp_path / "queue")
    store.complete(store.claim("a runner", time.time()), [])
    store.set_setting("keep_completed", 0)
    policy.clean(store)
    assert "Cleaned: 1 finished job taken off the list" in run("list")[1]
    assert "1 finished job taken off the list" in run("status")[1]
    assert json.loads(run("status", "--json")[1])["cleaned"]["jobs"] == 1
    assert json.loads(run("list", "--json")[1]) == []


def test_dry_run_queues_nothing_and_counts(run, design):
    code, out, _ = run(
        "add", str(design), "--placement", "left_chest", "--view", "all", "--dry-run"
    )
    assert code == 0
    assert out.startswith("1 job, 6 files")
    assert json.loads(run("list", "--json")[1]) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add",), "No design"),
        (("add", "nowhere.png"), "nowhere.png does not exist"),
        (("add", "ART", "--fabric", "navvy"), "Did you mean 'navy'"),
        (("add", "ART", "--placement", "knee"), "Unknown placement 'knee'"),
        (("add", "ART", "--view", "above"), "Unknown view 'above'"),
        (("add", "ART", "--template", "sock"), "Unknown template 'sock'"),
        (("add", "ART", "--samples", "0"), "samples"),
        (("add", "ART", "--samples", "10000000"), "samples"),
        (("add", "ART", "--size", "0x0"), "width can't be 0"),
        (("add", "ART", "--size", "large"), "WIDTHxHEIGHT"),
        (("add", "ART", "--name", "../{design}"), "another folder"),
        (("add", "ART", "--name", "{design}", "--view", "all"), "put {view} into it"),
        (("add", "ART", "--at", "soon"), "22:30"),
        (("add", "ART", "--at", "+9999999999999d"), "too far away"),
        (("add", "~nobody-of-that-name/art.png"), "does not exist"),
        (("add", "bad\udcff.png"), "no UTF-8"),
        (("add", "ART", "--out", "bad\udcff"), "no UTF-8"),
        (("add", "ART", "--name", "bad\udcff"), "not every system"),
        (("add", "ART", "--out", "o" * 300), "File name too long"),
        (("add", "/dev/null"), "no file but a device"),
        (("add", "ART", "--rotation", "nan"), "nan degrees"),
        (("add", "ART", "--rotation", "inf"), "inf degrees"),
        (("add", "ART", "--attempts", "0"), "from 1 to 20"),
        (("add", "ART", "--attempts", "1000000000000000000000"), "from 1 to 20"),
        (("add", "ART", "--timeout", "nan"), "from 1 to 604800"),
        (("add", "ART", "--timeout", "-3"), "from 1 to 604800"),
        (("add", "ART", "--batch", "two\nlines"), "one line of at most 200 characters"),
        (("add", "ART", "--batch", "x" * 201), "one line of at most 200 characters"),
        (("add", "-art.png"), "unrecognized arguments: -art.png. See"),
        (("list", "--limit", "0"), "not a whole number of 1 or more"),
        (("list", "--state", "gone"), "choose from"),
        (("add", "ART", "--lane", "fast"), "urgent, normal, low"),
        (("add", "ART", "--print", "nape"), "PLACEMENT=FILE"),
        (("cancel",), "Name jobs by their ids"),
        (("settings", "concurrency=99"), "from 1 to 16"),
        (("settings", "speed=9"), "no setting “speed”"),
        (("batch",), "CSV"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_one_sentence(run, design, words, says):
    code, out, err = run(*(str(design) if word == "ART" else word for word in words))
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_measures_can_be_negative(run, design):
    one = ("add", str(design), "--dry-run")
    assert run(*one, "--x", "-2in", "--y", "-.5in", "--rotation", "-90")[0] == 0
    assert "can't be -3 inches wide" in run(*one, "--width", "-3in")[2]


def test_a_dry_run_knows_the_jobs_to_wait_for(run, design):
    asked = ("add", str(design), "--dry-run", "--after")
    code, _, err = run(*asked, "nosuchjob")
    assert code == 1
    assert "nosuchjob" in err
    job = run("add", str(design))[1].strip()
    assert run(*asked, "nosuchjob")[0] == 1
    assert run(*asked, job)[0] == 0


def test_running_sets_a_damaged_queue_aside_and_says_so(run, tmp_path: Path):
    folder = tmp_path / "queue"
    folder.mkdir()
    for extra in ((), ("--concurrency", "3")):
        (folder / "queue.db").write_bytes(b"no database " * 1000)
        assert run("status")[2].endswith("(file is not a database)\n")
        code, out, err = run("run", "--until-empty", *extra)
        assert (code, out) == (1, "Nothing to do.\n")
        assert "It lies in" in err
        assert run("status")[0] == 0
        (folder / "queue.db").unlink()
    assert len(list(folder.glob("damaged-*/queue.db"))) == 2


def test_running_where_no_log_can_be_written_is_one_sentence(run, tmp_path: Path):
    logs = tmp_path / "queue" / "logs"
    (logs / "runner.log").mkdir(parents=True)
    (tmp_path / "queue" / "lock.db").mkdir()
    code, out, err = run("run", "--until-empty")
    assert (code, out) == (1, "")
    assert err.startswith(f"tshirt_queue: {tmp_path / 'queue' / 'lock.db'} is a link or ")
    assert err.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_what_can_not_be_printed_is_not_done(run, design, monkeypatch):
    run("add", str(design))
    with open("/dev/full", "w") as full:
        monkeypatch.setattr("sys.stdout", full)
        code, _, err = run("list")
    assert code == 1
    assert "can't be written: No space left" in err


@pytest.mark.skipif(os.name == "nt", reason="a folder in use can't be removed there")
def test_a_folder_that_is_gone_is_one_sentence(run, tmp_path: Path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    code, _, err = run("add", "art.png")
    monkeypatch.undo()
    assert code == 1
    assert "started in is gone" in err


def test_no_name_breaks_the_line_or_steers_the_terminal(run, design):
    nasty = design.rename(design.with_name("a\nb\x1b[2J\u202e.png"))
    assert run("add", str(nasty))[0] == 0
    _heading, job = run("list")[1].splitlines()
    shown = run("show", job.split()[0])[1]
    assert "a\ufffdb\ufffd[2J\ufffd at" in job
    assert "a\ufffdb\ufffd[2J\ufffd at" in shown


def test_an_unknown_job_is_exit_code_1(run):
    for verb in ("show", "log", "cancel", "retry", "remove", "pin"):
        code, _, err = run(verb, "nosuchjob")
        assert code == 1, verb
        assert "nosuchjob" in err


def test_nothing_to_do_is_exit_code_1(run):
    assert run("run", "--until-empty")[0] == 1
    assert run("cancel", "--batch", "none")[0] == 1


def test_a_batch_is_steered_by_its_name(run, design):
    run("add", str(design), "--batch", "spring", "--fabric", "navy", "--fabric", "white")
    code, out, _ = run("move", "--batch", "spring", "--lane", "urgent", "--json")
    assert (code, [job["lane"] for job in json.loads(out)]) == (0, ["urgent", "urgent"])
    assert len(run("cancel", "--batch", "spring")[1].split()) == 2
    assert run("cancel", "--batch", "spring")[0] == 1
    retried = run("retry", "--batch", "spring", "--json")[1]
    assert all(job["retry_of"] for job in json.loads(retried))


def test_what_is_finished_is_neither_moved_nor_cancelled(run, design):
    done, waiting = (run("add", str(design), "--fabric", one)[1].strip() for one in ("red", "navy"))
    run("cancel", done)
    for verb in (("cancel",), ("move", "--lane", "low")):
        code, out, err = run(*verb, done)
        assert (code, out) == (1, ""), verb
        assert "has finished" in err
    assert run("move", done, waiting, "--lane", "low")[:2] == (0, waiting + "\n")


def test_the_queue_is_named_before_the_verb_or_after_it(tmp_path, design, capsys):
    queue = ("--queue", str(tmp_path / "queue"))
    assert main([*queue, "add", str(design)]) == 0
    job_id = capsys.readouterr().out.strip()
    assert main(["list", "--json", *queue]) == 0
    assert json.loads(capsys.readouterr().out)[0]["id"] == job_id


def test_pause_says_why_until_resumed(run):
    run("pause", "--reason", "new ink")
    assert json.loads(run("status", "--json")[1])["paused"] == "new ink"
    assert "new ink" in run("status")[1]
    run("resume")
    assert json.loads(run("status", "--json")[1])["paused"] is None


def test_a_failed_job_says_what_went_wrong_and_what_to_do(run, design, tmp_path):
    job_id = run("add", str(design))[1].strip()
    store = JobStore(tmp_path / "queue")
    job = store.claim("me", 2e9)
    assert job is not None
    assert store.fail(job, FailureClass.BAD_TEMPLATE, "tshirt.blend is gone.")
    told = run("show", job_id)[1]
    assert "tshirt.blend is gone." in told
    assert FailureClass.BAD_TEMPLATE.advice in told
    assert "bad_template" in run("metrics")[1]


def test_settings_are_shown_and_kept(run):
    assert json.loads(run("settings", "concurrency=5", "--json")[1])["concurrency"] == 5
    assert json.loads(run("settings", "--json")[1])["concurrency"] == 5


def test_the_example_table_can_be_ordered(run, tmp_path, png):
    code, table, _ = run("batch", "--example")
    assert code == 0
    for name in ("sun.png", "logo.png"):
        (tmp_path / name).write_bytes(png())
    lines = [line for line in table.splitlines() if "quote" not in line]
    (tmp_path / "spring.csv").write_text("\n".join(lines))
    code, out, err = run("batch", str(tmp_path / "spring.csv"), "--json")
    assert code == 0, err
    assert {job["batch"] for job in json.loads(out)} == {"spring"}


def test_watch_tells_what_happened(run, design, tmp_path):
    store = JobStore(tmp_path / "queue")
    watcher = Watcher(store)
    run("add", str(design))
    assert [str(news.kind) for news in watcher.poll()] == ["added"]


def test_a_stopped_runner_says_that_its_jobs_wait_again():
    summary = RunSummary(completed=2, failed=0, cancelled=0, reason=Reason.STOPPED, paused=None)
    assert output.summary(summary) == "Stopped, 2 completed; what was being rendered waits again."


def test_a_runner_says_at_its_end_where_the_pictures_are():
    summary = RunSummary(
        completed=2, failed=0, cancelled=0, reason=Reason.EMPTY, paused=None, folders=("/out",)
    )
    assert output.summary(summary) == "2 completed.\n  /out"


def test_help_is_there_for_every_verb(run, capsys):
    assert main(["--help"]) == 0
    verbs = capsys.readouterr().out
    for verb in (
        *("add", "batch", "run", "status", "list", "show", "log", "watch", "cancel", "retry"),
        *("move", "pin", "pause", "resume", "clean", "metrics", "check-template"),
    ):
        assert verb in verbs
        assert main([verb, "--help"]) == 0

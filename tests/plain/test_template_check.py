"""An artist's .blend is looked at once when it is ordered; a broken one is refused in words."""

import json
import sys
from pathlib import Path

import pytest
from tshirt_render_queue import queue
from tshirt_render_queue.presets.bad_request import BadRequest
from tshirt_render_queue.presets.template_info import FORMAT, SHIPPED, is_taken
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.intake import submit, template_check

#: Stands in for Blender: counts its calls, reports what `findings.json` beside it says, and
#: describes the template if no finding is an error.
BLENDER = """#!{python}
import hashlib, json, sys
from pathlib import Path
here = Path(__file__).parent
asked = sys.argv[sys.argv.index("--") + 1:]
blend, report = Path(asked[asked.index("--check") + 1]), asked[asked.index("--report") + 1]
with (here / "calls").open("a") as calls:
    calls.write("x")
findings = json.loads((here / "findings.json").read_text())
Path(report).write_text(json.dumps(findings))
if any(one["severity"] == "error" for one in findings):
    sys.exit(1)
if not (here / "read-only").exists():
    facts = json.loads((here / "facts.json").read_text())
    facts["blend_sha256"] = hashlib.sha256(blend.read_bytes()).hexdigest()
    blend.with_suffix(".json").write_text(json.dumps(facts))
"""


class QueueClient:
    """A folder with a design, an artist's template, and a Blender that looks at templates."""

    def __init__(self, folder: Path, design: Path) -> None:
        self.folder, self.design = folder, design
        self.blend = folder / "mine" / "tank.blend"
        self.blend.parent.mkdir()
        self.blend.write_bytes(b"BLENDER")
        facts = json.loads((SHIPPED / "tshirt.json").read_text("utf-8"))
        (folder / "facts.json").write_text(json.dumps(facts | {"format": FORMAT}))
        self.found()

    def found(self, *codes: str) -> None:
        """Have Blender find an error of each of these codes from now on."""
        rows = [
            {
                "severity": "error",
                "code": code,
                "sentence": f"It has {code}.",
                "advice": f"Mend {code}.",
            }
            for code in codes
        ]
        (self.folder / "findings.json").write_text(json.dumps(rows))

    @property
    def calls(self) -> int:
        """How often Blender was started."""
        calls = self.folder / "calls"
        return len(calls.read_text()) if calls.exists() else 0

    def order(self) -> list:
        form = queue.OrderForm(
            designs=(str(self.design),), out=str(self.folder / "out"), template=str(self.blend)
        )
        return submit.check([form], QueueFolder(self.folder / "queue"))


@pytest.fixture
def client(tmp_path: Path, design: Path, monkeypatch: pytest.MonkeyPatch) -> QueueClient:
    if sys.platform == "win32":
        pytest.skip("a script can't stand in for Blender there")
    program = tmp_path / "blender"
    program.write_text(BLENDER.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("BLENDER", str(program))
    return QueueClient(tmp_path, design)


def test_a_template_is_described_when_it_is_first_ordered(client: QueueClient):
    (checked,) = client.order()
    assert checked.request.template == str(client.blend)
    assert len(checked.request.template_sha256) == 64
    client.order()
    assert client.calls == 1


def test_a_template_that_was_changed_is_looked_at_again(client: QueueClient):
    (before,) = client.order()
    client.blend.write_bytes(b"BLENDER, edited")
    (after,) = client.order()
    assert before.request.template_sha256 != after.request.template_sha256
    assert client.calls == 2


def test_a_broken_template_is_refused_with_what_is_wrong(client: QueueClient):
    client.found("a", "b", "c", "d", "e")
    with pytest.raises(BadRequest) as refusal:
        client.order()
    assert "tank.blend can't be used. It has a. Mend a. It has b." in str(refusal.value)
    assert str(refusal.value).endswith("And 2 more; check-template lists them.")


def test_a_refused_template_is_not_looked_at_again_until_it_changes(client: QueueClient):
    client.found("a")
    for _ in range(3):
        with pytest.raises(BadRequest, match="It has a"):
            client.order()
    assert client.calls == 1
    client.found()
    client.blend.write_bytes(b"BLENDER, mended")
    assert client.order()


def test_a_folder_that_takes_no_description_is_named(client: QueueClient):
    (client.folder / "read-only").touch()
    with pytest.raises(BadRequest, match="can't be written beside it; copy the template"):
        client.order()


def test_without_a_blender_it_says_what_is_missing(client: QueueClient, monkeypatch):
    monkeypatch.setenv("BLENDER", "/none/blender")
    with pytest.raises(BadRequest, match=r"nothing to make it with: .*/none/blender"):
        client.order()


def test_the_blender_of_the_settings_is_used(client: QueueClient, monkeypatch):
    program = monkeypatch.delenv("BLENDER") or str(client.folder / "blender")
    store = queue.open_queue(str(client.folder / "queue"))
    store.set_settings({"blender": program})
    store.close()
    monkeypatch.setenv("PATH", "")
    assert client.order()
    assert client.calls == 1


def test_a_blender_that_ends_without_a_word_is_told(client: QueueClient):
    (client.folder / "findings.json").write_text("{")
    with pytest.raises(BadRequest, match=r"Blender ended with code 1 while looking at"):
        client.order()
    with pytest.raises(template_check.CheckFailed):
        template_check.check(client.blend)


def test_a_library_that_the_system_lacks_is_told(client: QueueClient):
    lacks = "ImportError: libX11.so.6: cannot open shared object file: No such file or directory"
    (client.folder / "blender").write_text(f"#!{sys.executable}\nimport sys\nsys.exit({lacks!r})\n")
    with pytest.raises(BadRequest, match=r"Blender needs libX11\.so\.6, which this system lacks"):
        client.order()


@pytest.mark.parametrize(
    "content, taken",
    [
        (None, False),
        ('{"format": 1, "zones": {}, "blend_sha256": "00"}', False),
        ('{"format": 9, "zones": []}', False),
        ('{"prices": [1]}', True),
        ("[1]", True),
        ("{", True),
        (b"\xff\xfe", True),
    ],
)
def test_other_files_are_never_written_over(tmp_path: Path, content, taken):
    sidecar = tmp_path / "tank.json"
    if content is not None:
        sidecar.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert is_taken(sidecar) is taken

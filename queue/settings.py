"""What a user can set about a queue, with its defaults and limits.

Lives in the queue's own file, so that every door and the runner see the same, also while running.
"""

from collections.abc import Iterable
from dataclasses import Field, dataclass, field, fields
from enum import StrEnum
from typing import Any, Protocol, Self

from ..presets.messages import Message, UserError, said_by
from ..presets.request import DEVICES, LIGHTS

#: seconds, a week
LONGEST_TIMEOUT = 604800.0
#: seconds that a job of the low lane can be told to wait before it moves up, a week
LONGEST_WAIT = 604800.0


class OnQuit(StrEnum):
    """What the runner does when the Blender that started it quits."""

    KEEP = "keep"
    #: finish the running jobs, then stop
    FINISH = "finish"


class BadSetting(UserError, ValueError):
    """A setting that does not exist or a value outside its limits."""


class SettingsKeeper(Protocol):
    """The part of the store that is needed here."""

    def all_settings(self) -> dict[str, Any]:
        """Every value that was set."""
        ...

    def set_settings(self, values: dict[str, Any]) -> None:
        """Keep several in one transaction."""
        ...


def _number(default: float, least: float, most: float) -> Any:
    return field(default=default, metadata={"least": least, "most": most})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One value of each; `replace()` makes another, `save()` keeps it. Times in seconds."""

    #: workers at once
    concurrency: int = _number(2, 1, 16)
    attempts: int = _number(3, 1, 20)
    #: before the second attempt, doubling with each further one
    backoff: float = _number(2.0, 0, 3600)
    #: the share of the backoff that chance may add
    jitter: float = _number(0.0, 0, 1)
    #: an attempt may take
    timeout: float = _number(300.0, 1, LONGEST_TIMEOUT)
    #: without a sign of life a worker counts as stalled
    stall_after: float = _number(30.0, 3, 3600)
    #: without work the runner ends
    idle_exit: float = _number(30.0, 0, 86400)
    #: a job of the low lane waits at most, before it moves up
    promote_after: float = _number(900.0, 0, LONGEST_WAIT)
    #: a worker is replaced after so many jobs
    worker_max_jobs: int = _number(50, 1, 100000)
    #: … or when it has grown so large
    worker_max_mb: int = _number(4000, 200, 1000000)
    #: Blender for the workers; empty: found by `blender.py`
    blender: str = ""
    #: CPU, or a Cycles backend such as OPTIX, HIP, METAL, ONEAPI
    device: str = field(default=DEVICES[0], metadata={"choices": DEVICES})
    #: how pictures get their light where an order doesn't say: auto, once or full
    light: str = field(default=LIGHTS[0], metadata={"choices": LIGHTS})
    on_quit: OnQuit = OnQuit.KEEP
    #: completed jobs are kept while they are younger …
    keep_completed_hours: float = _number(24.0, 0, 87600)
    #: … and among the newest
    keep_completed: int = _number(100, 0, 1000000)
    keep_failed_days: float = _number(7.0, 0, 3650)
    #: pictures in the queue's own output folder
    keep_outputs_days: float = _number(30.0, 0, 3650)
    #: gigabytes that baked lights may take; the least recently used go first
    keep_lights_gb: float = _number(2.0, 0, 100000)
    #: also clean folders that the user chose
    clean_user_outputs: bool = False

    def __post_init__(self) -> None:
        for one in fields(self):
            object.__setattr__(self, one.name, _checked(one, getattr(self, one.name)))

    @classmethod
    def load(cls, store: SettingsKeeper) -> Self:
        """The queue's settings; one that can't be used counts as not set."""
        stored = store.all_settings()
        return cls(**{
            one.name: stored[one.name]
            for one in fields(cls)
            if one.name in stored and _fits(one, stored[one.name])
        })  # fmt: skip

    def save(self, store: SettingsKeeper) -> None:
        """Keep all of them, in one transaction."""
        store.set_settings({one.name: getattr(self, one.name) for one in fields(self)})


def parse(name: str, text: str) -> Any:
    """The value of a setting as typed on a command line; BadSetting says what would be right."""
    for one in fields(Settings):
        if one.name == name:
            if isinstance(one.default, bool):
                words = {"on": True, "yes": True, "true": True, "1": True}
                words |= {"off": False, "no": False, "false": False, "0": False}
                return _checked(one, words.get(text.strip().lower(), text))
            return _checked(one, text)
    names = ", ".join(one.name for one in fields(Settings))
    words = "There is no setting “{name}”; there are {names}."
    raise BadSetting(Message(words, name=name, names=names))


def fault_or_none(name: str, value: Any) -> str | None:
    """Why a job can't have that value instead of the setting's own."""
    try:
        _checked(next(one for one in fields(Settings) if one.name == name), value)
    except BadSetting as error:
        return said_by(error)
    return None


def _fits(one: Field[Any], value: Any) -> bool:
    return fault_or_none(one.name, value) is None


_MUST_BE = "Setting “{name}” must be {wanted}, not {value!r}."


def _checked(one: Field[Any], value: Any) -> Any:
    """The value as the setting's type and inside its limits, or BadSetting."""
    kind = type(one.default)
    if kind is bool:
        if not isinstance(value, bool):
            words = "Setting “{name}” is on or off, not {value!r}."
            raise BadSetting(Message(words, name=one.name, value=value))
        return value
    try:
        converted = kind(value)
    except (TypeError, ValueError, OverflowError):
        wanted = _one_of(OnQuit) if kind is OnQuit else Message("a number")
        raise BadSetting(Message(_MUST_BE, name=one.name, wanted=wanted, value=value)) from None
    choices = one.metadata.get("choices")
    if choices and converted not in choices:
        wanted = _one_of(choices)
        raise BadSetting(Message(_MUST_BE, name=one.name, wanted=wanted, value=value))
    if "least" in one.metadata and not one.metadata["least"] <= converted <= one.metadata["most"]:
        least, most = one.metadata["least"], one.metadata["most"]
        words = "Setting “{name}” must be from {least:g} to {most:g}, not {value!r}."
        raise BadSetting(Message(words, name=one.name, least=least, most=most, value=value))
    return converted


def _one_of(choices: Iterable[str]) -> Message:
    return Message("one of {choices}", choices=tuple(choices))

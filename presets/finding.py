"""What a check found: a remark on a request, a design or a template. No bpy here."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"  #: will not look right or can't be done; refused unless forced
    WARNING = "warning"  #: may not look as wanted
    NOTE = "note"  #: worth knowing


@dataclass(frozen=True)
class Finding:
    """One finding."""

    severity: Severity
    #: short and stable, for scripts: 'low_dpi'
    code: str
    #: what is wrong and where, one sentence
    sentence: str
    #: what to do about it, one sentence
    advice: str

"""Remembers how many jobs cleaning took off the list lately, so that nobody wonders where they are.

No bpy here.
"""

from dataclasses import asdict, dataclass
from math import isfinite

from ..store.any_store import AnyStore

#: the setting that it is kept under
LAST_CLEANING = "last_cleaning"
#: seconds in which cleanings are counted together, and for which they are told
TOLD_FOR = 86400.0


@dataclass(frozen=True, kw_only=True)
class LastCleaning:
    """What the cleanings of the last day took."""

    #: jobs taken off the list
    jobs: int
    #: unix seconds of the first of these cleanings, and of the last
    since: float
    at: float


def last_cleaning_or_none(store: AnyStore) -> LastCleaning | None:
    """Return what cleaning took off the list within a day; None if nothing."""
    match store.setting(LAST_CLEANING, None):
        case {"jobs": int(jobs), "since": int() | float() as since, "at": int() | float() as at}:
            if jobs > 0 and isfinite(since) and isfinite(at) and store.clock() - at < TOLD_FOR:
                return LastCleaning(jobs=jobs, since=since, at=at)
    return None


def remember(store: AnyStore, jobs: int) -> None:
    """Add that so many jobs were taken off the list now."""
    if not jobs:
        return
    now, since = store.clock(), store.clock()
    before = last_cleaning_or_none(store)
    if before and now - before.since < TOLD_FOR:
        jobs, since = jobs + before.jobs, before.since
    store.set_setting(LAST_CLEANING, asdict(LastCleaning(jobs=jobs, since=since, at=now)))

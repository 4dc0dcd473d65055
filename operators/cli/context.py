"""What the verbs of the command line share: which queue, exit codes, words or JSON. No bpy."""

import argparse
import json
from typing import Any

from ...queue.events import News
from ...queue.folder import QueueFolder
from ...queue.store.job_store import JobStore
from . import output

#: exit codes: done; a job failed or nothing was there to do; wrong usage
DONE, NOT_DONE, WRONG_USAGE = 0, 1, 2


def folder_of(asked: argparse.Namespace) -> QueueFolder:
    """The queue folder that was asked for, or the usual one where the command was given."""
    return QueueFolder.at(asked.queue) if asked.queue else asked.usual_folder()


def open_store(asked: argparse.Namespace) -> JobStore:
    """That folder's queue; raises QueueTrouble."""
    return JobStore(folder_of(asked))


def answer(asked: argparse.Namespace, facts: Any, words: str) -> None:
    """Print the facts for a script, or the words for people."""
    if asked.json:
        print_json(facts)
    else:
        print(words)


def print_json(value: Any) -> None:
    """Print a value for scripts."""
    print(json.dumps(value, indent=1, ensure_ascii=False))


def tell_as_json(news: News) -> None:
    """Print an event for scripts, on one line."""
    print(json.dumps(output.news_as_json(news), ensure_ascii=False), flush=True)

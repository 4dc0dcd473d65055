"""Files and folders that survive a power cut, and that nobody else can slip something into.

The order is always the same: the data, the name, the folder that holds the name; only then may
anything be written that counts on it. No bpy here.
"""

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

from .runner.processes import rename_over, sync_folder

#: never through a link that somebody put there; where a system knows no such thing, 0
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | getattr(os, "O_BINARY", 0)

#: of a file that is being written, or whose writing was broken off
SUFFIX = ".tshirt-new"


def make_folder(folder: Path, *, mode: int = 0o777) -> None:
    """Make the folder and those above it that are missing, each synced into the one above.

    `mode` is the last one's. OSError if that can't be, or if something else lies there.
    """
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        make_folder(folder.parent)
    try:
        folder.mkdir(mode=mode)
    except FileExistsError as error:
        if not folder.is_dir():
            code = errno.ENOTDIR
            raise NotADirectoryError(code, os.strerror(code), str(folder)) from error
    else:
        sync_folder(folder.parent)


def sync_file(file: Path) -> None:
    """Put on the disk what somebody else wrote into the file; OSError."""
    descriptor = os.open(file, os.O_RDWR | _NO_LINK)  # Windows syncs only what may be written
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_new(file: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file that isn't there yet, and sync it with its folder; FileExistsError, OSError."""
    _write_new(file, content, mode)
    sync_folder(file.parent)


def write_over(file: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file that is there as a whole or not at all, in the place of what was; OSError."""
    beside = file.with_name(f".{secrets.token_hex(8)}{SUFFIX}")
    try:
        _write_new(beside, content, mode)
        rename_over(beside, file)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    sync_folder(file.parent)


def _write_new(file: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(file, _NEW, mode)
    with open(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())

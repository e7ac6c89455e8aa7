"""What is installed beside this package, read off the folders of the import path.

`importlib.metadata` answers the same, but to import and ask it takes longer than all the rest of
`import reasoning_gym`; so it is asked only about what was found here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator


def is_installed(name: str) -> bool:
    """Whether a distribution of this name is installed. Case doesn't matter, and `-`, `_` and `.` are the same."""
    wanted = _normal(name)
    return any(_normal(os.path.basename(folder).partition("-")[0]) == wanted for folder in _metadata_folders())


def has_entry_points(group: str) -> bool:
    """Whether any installed distribution names something in a group of entry points."""
    section = f"[{group}]".encode()
    for folder in _metadata_folders():
        try:
            with open(os.path.join(folder, "entry_points.txt"), "rb") as file:
                if section in file.read():
                    return True
        except OSError:  # most distributions have none
            continue
    return False


def _metadata_folders() -> Iterator[str]:
    """The `NAME-VERSION.dist-info` folders of everything that is installed."""
    for folder in dict.fromkeys(sys.path):
        try:
            entries = os.listdir(folder or os.curdir)
        except OSError:  # not there, or not a folder
            continue
        for entry in entries:
            if entry.endswith((".dist-info", ".egg-info")):
                yield os.path.join(folder, entry)


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")

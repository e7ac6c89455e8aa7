"""No network but sockets that are files. It imports next to nothing, so that the network is closed before all else."""

from __future__ import annotations

import ctypes
import os
from typing import Final

SOCKET: Final = "unix:"  # before the path of a socket, in the place of a server's address
CLONE_NEWNET: Final = 0x40000000  # of unshare(2)
CLONE_NEWUSER: Final = 0x10000000


def close_network() -> None:
    """Let this process, and all that it starts, reach no network from now on, not even this machine's.

    It is put into a network namespace of its own, unshare(2); sockets that are files can still be reached.

    Raises:
        OSError: if the system doesn't allow it.
    """
    library = ctypes.CDLL(None, use_errno=True)
    for flags in (CLONE_NEWNET, CLONE_NEWNET | CLONE_NEWUSER):
        if library.unshare(flags) == 0:
            return
    number = ctypes.get_errno()
    raise OSError(number, f"the network can't be closed: {os.strerror(number)}; run it as root, or in a container")

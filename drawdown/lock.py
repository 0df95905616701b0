"""One process at a time."""

import fcntl
from pathlib import Path
from typing import IO


def hold(path: Path) -> IO[bytes] | None:
    """The file at `path`, made where it is missing, and locked until it is closed; None if another process has it.

    Raises:
        OSError: it cannot be made, or there are no locks here.
    """
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    except OSError:
        file.close()
        raise
    return file

"""Folders whose content must survive a loss of power."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Bring to the disk which files `folder` has: that of a file's content does not say that the file is there.

    Raises:
        OSError: the folder cannot be opened or written.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""What a restart must not forget, on the disk: rows of the store, and keys of what was counted; docs/store.md."""

from collector.disk.folder import Repair
from collector.disk.keys import KeyLog
from collector.disk.log import RowLog, StoreBusy

__all__ = ["KeyLog", "Repair", "RowLog", "StoreBusy"]

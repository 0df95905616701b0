"""The rows of the store on the disk; docs/store.md has the format."""

from collector.disk.folder import Repair
from collector.disk.log import RowLog, StoreBusy

__all__ = ["Repair", "RowLog", "StoreBusy"]

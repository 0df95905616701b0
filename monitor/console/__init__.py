"""The web page that shows what is broken, for whom and why.

`Console` holds its state, `add_routes` serves it, `page/` is what the browser loads.
"""

from monitor.console.api import add_routes
from monitor.console.console import Console

__all__ = ["Console", "add_routes"]

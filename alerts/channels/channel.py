"""What the dispatcher needs of a channel."""

from typing import Protocol

from alerts.notice import OwedNotice
from drawdown.errors import DrawdownError


class NotDelivered(DrawdownError):
    """A channel did not take a notice; it will be tried again. The message names no secret."""


class Channel(Protocol):
    """One way to a person."""

    async def send(self, owed: OwedNotice) -> None:
        """Deliver, and return only when the other side has taken it.

        Raises:
            NotDelivered: it has not, or nobody knows.
        """

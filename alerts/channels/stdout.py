"""Notices as text, for a terminal or a log."""

from typing import TextIO

from alerts.channels.channel import NotDelivered
from alerts.notice import OwedNotice


class StdoutChannel:
    """Writes the text of each notice to `stream`, an empty line after it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    async def send(self, owed: OwedNotice) -> None:
        try:
            self._stream.write(f"{owed.notice.text}\n\n")
            self._stream.flush()
        except (OSError, ValueError) as error:
            raise NotDelivered(f"standard output cannot be written: {error}") from None

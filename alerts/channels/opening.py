"""From what a configuration says of channels to the channels themselves."""

from collections.abc import Iterable, Mapping
from typing import TextIO

import aiohttp

from alerts.channels.channel import Channel
from alerts.channels.stdout import StdoutChannel
from alerts.channels.webhook import WebhookChannel
from alerts.settings import ChannelSettings, StdoutSettings


def open_channels(
    settings: Iterable[ChannelSettings], *, stream: TextIO, session: aiohttp.ClientSession
) -> Mapping[str, Channel]:
    """The channels by name. Texts go to `stream`, posts through `session`."""
    return {one.name: _open(one, stream, session) for one in settings}


def _open(settings: ChannelSettings, stream: TextIO, session: aiohttp.ClientSession) -> Channel:
    if isinstance(settings, StdoutSettings):
        return StdoutChannel(stream)
    return WebhookChannel(settings, session=session)

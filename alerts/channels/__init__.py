"""Where notices go: one small module for each kind of channel."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TextIO

import aiohttp

from alerts.channels.channel import Channel, NotDelivered
from alerts.channels.stdout import StdoutChannel
from alerts.channels.webhook import WebhookChannel
from alerts.settings import ChannelSettings, WebhookSettings

__all__ = ["Channel", "NotDelivered", "StdoutChannel", "WebhookChannel", "open_channels"]


@asynccontextmanager
async def open_channels(settings: Iterable[ChannelSettings], *, stream: TextIO) -> AsyncIterator[Mapping[str, Channel]]:
    """The channels of a configuration by name, with what they share. Text goes to `stream`."""
    async with aiohttp.ClientSession() as session:
        yield {channel.name: _opened(channel, session, stream) for channel in settings}


def _opened(settings: ChannelSettings, session: aiohttp.ClientSession, stream: TextIO) -> Channel:
    if isinstance(settings, WebhookSettings):
        return WebhookChannel(settings, session=session)
    return StdoutChannel(stream)

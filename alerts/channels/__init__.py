"""Where notices go: one small module for each kind of channel."""

from alerts.channels.channel import Channel, NotDelivered
from alerts.channels.opening import open_channels
from alerts.channels.stdout import StdoutChannel
from alerts.channels.webhook import WebhookChannel

__all__ = ["Channel", "NotDelivered", "StdoutChannel", "WebhookChannel", "open_channels"]

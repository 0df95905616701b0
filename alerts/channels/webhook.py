"""Notices posted as Alertmanager would post them, so that whatever takes its webhooks takes ours."""

import aiohttp

from alerts.channels.channel import NotDelivered
from alerts.channels.payload import webhook_payload
from alerts.notice import OwedNotice
from alerts.settings import WebhookSettings


class WebhookChannel:
    """Posts to the address in `settings`. A status of 2xx means taken; redirects are not followed."""

    def __init__(self, settings: WebhookSettings, *, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._url = settings.url.get_secret_value()
        self._timeout = aiohttp.ClientTimeout(total=settings.timeout)
        self._headers: dict[str, str] = {}
        if settings.token:
            self._headers["Authorization"] = f"Bearer {settings.token.get_secret_value()}"

    async def send(self, owed: OwedNotice) -> None:
        try:
            status = await self._post(owed)
        except TimeoutError:
            raise NotDelivered(f"the webhook gave no answer within {self._timeout.total:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NotDelivered(f"the webhook cannot be reached ({type(error).__name__})") from None
        if not 200 <= status < 300:
            raise NotDelivered(f"the webhook answered with status {status}")

    async def _post(self, owed: OwedNotice) -> int:
        headers = {**self._headers, "Idempotency-Key": owed.key}
        async with self._session.post(
            self._url,
            json=webhook_payload(owed),
            headers=headers,
            timeout=self._timeout,
            allow_redirects=False,
        ) as answer:
            return answer.status

"""An incident as Alertmanager's webhook payload, version 4.

Source: the Alertmanager documentation on `<webhook_config>` and its notify/webhook and template packages. Each alert
carries the notice in its annotations `notice_title` and `notice`, so that they stand in `commonAnnotations` too.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from alerts.alert import Alert
from alerts.notice import OwedNotice

_NEVER: Final = "0001-01-01T00:00:00Z"
_FNV_OFFSET: Final = 0xCBF29CE484222325
_FNV_PRIME: Final = 0x100000001B3


def webhook_payload(owed: OwedNotice) -> dict[str, Any]:
    """The body for one notice: the incident's alerts as one group. One that ended before the others is resolved."""
    incident = owed.incident
    alerts = [_alert(alert, owed) for alert in (*incident.alerts, *incident.past)]
    group = {"incident": incident.id, "journey": incident.journey, "reason": incident.reason.value}
    return {
        "version": "4",
        "groupKey": f'{{}}:{{incident="{incident.id}"}}',
        "truncatedAlerts": 0,
        "status": "firing" if incident.open else "resolved",
        "receiver": owed.channel,
        "groupLabels": group,
        "commonLabels": _common([alert["labels"] for alert in alerts]),
        "commonAnnotations": _common([alert["annotations"] for alert in alerts]),
        "externalURL": owed.link.partition("/#")[0],
        "alerts": alerts,
    }


def _alert(alert: Alert, owed: OwedNotice) -> dict[str, Any]:
    return {
        "status": "firing" if alert.firing else "resolved",
        "labels": dict(alert.labels),
        "annotations": {
            **alert.annotations,
            "notice": owed.notice.text,
            "notice_title": owed.notice.title,
        },
        "startsAt": rfc3339(alert.active_at),
        "endsAt": _NEVER if alert.resolved_at is None else rfc3339(alert.resolved_at),
        "generatorURL": owed.link,
        "fingerprint": f"{fingerprint(alert.labels):016x}",
    }


def _common(sets: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The pairs that stand in every set."""
    first, *others = sets or [{}]
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}


def rfc3339(at: float) -> str:
    """Unix seconds as Alertmanager writes them, in UTC to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fingerprint(labels: Mapping[str, str]) -> int:
    """The hash by which Prometheus and Alertmanager know a set of labels: 64-bit FNV-1a over the pairs sorted by name,
    a byte 255 after each name and each value. Source: prometheus/common model/signature.go.
    """
    return _fnv1a(byte for name in sorted(labels) for text in (name, labels[name]) for byte in (*text.encode(), 255))


def _fnv1a(octets: Iterable[int]) -> int:
    digest = _FNV_OFFSET
    for octet in octets:
        digest = (digest ^ octet) * _FNV_PRIME % 2**64
    return digest

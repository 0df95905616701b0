"""The ledger's tables, and how values become rows and rows values. Bodies are MessagePack: it keeps every float."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy as sql
from sqlalchemy.engine import make_url
from sqlalchemy.pool import StaticPool

from alerts.incident import Incident
from alerts.notice import OwedNotice
from drawdown.series import Labels

T = TypeVar("T")

METADATA: Final = sql.MetaData()
INCIDENTS: Final = sql.Table(
    "incidents",
    METADATA,
    sql.Column("id", sql.String(32), primary_key=True),
    sql.Column("journey", sql.Text, nullable=False),
    sql.Column("reason", sql.String(64), nullable=False),
    sql.Column("severity", sql.String(16), nullable=False),
    sql.Column("status", sql.String(16), nullable=False, index=True),
    sql.Column("opened_at", sql.Double, nullable=False),
    sql.Column("resolved_at", sql.Double),
    sql.Column("body", sql.LargeBinary, nullable=False),
)
NOTICES: Final = sql.Table(
    "notices",
    METADATA,
    sql.Column("number", sql.Integer, primary_key=True, autoincrement=True),
    sql.Column("key", sql.String(255), unique=True, nullable=False),
    sql.Column("incident", sql.String(32), nullable=False, index=True),
    sql.Column("channel", sql.Text, nullable=False),
    sql.Column("payload", sql.LargeBinary, nullable=False),
    sql.Column("due_at", sql.Double, nullable=False),
    sql.Column("tries", sql.Integer, nullable=False),
    sql.Column("sent_at", sql.Double, index=True),
    sql.Column("last_error", sql.Text, nullable=False, default=""),
)
ALERTS: Final = sql.Table(
    "alerts",
    METADATA,
    sql.Column("number", sql.Integer, primary_key=True, autoincrement=True),
    sql.Column("body", sql.LargeBinary, nullable=False),
)


def engine_options(url: str) -> Mapping[str, Any]:
    """In memory there is one connection, which all threads share."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite" and parts.database in {None, "", ":memory:"}:
        return {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    return {}


def prepare(connection: Any, _record: Any) -> None:
    """Make SQLite write ahead and reach the disk with every commit; other databases do so by themselves."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")


def encode(value: Any) -> bytes:
    return msgspec.msgpack.encode(value, enc_hook=_plain)


def decode(body: bytes, kind: type[T]) -> T:
    return msgspec.msgpack.decode(body, type=kind, dec_hook=_labels)


def _plain(value: Any) -> Any:
    if isinstance(value, Labels):
        return dict(value)
    raise NotImplementedError(f"{type(value)} has no form in the ledger")


def _labels(kind: type, value: Any) -> Any:
    if kind is Labels:
        return Labels(value)
    raise NotImplementedError(f"{kind} has no form in the ledger")


def incident_row(incident: Incident) -> Mapping[str, Any]:
    return {
        "id": incident.id,
        "journey": incident.journey,
        "reason": incident.reason.value,
        "severity": incident.severity.value,
        "status": incident.status.value,
        "opened_at": incident.opened_at,
        "resolved_at": incident.resolved_at,
        "body": encode(incident),
    }


def notice_row(notice: OwedNotice) -> Mapping[str, Any]:
    return {
        "key": notice.key,
        "incident": notice.incident.id,
        "channel": notice.channel,
        "payload": encode(notice),
        "due_at": notice.due_at,
        "tries": notice.tries,
        "last_error": "",
    }


def owed_notice(row: Any) -> OwedNotice:
    """The notice of a row of `NOTICES`, with what has become of it since it was written."""
    return replace(decode(row.payload, OwedNotice), due_at=row.due_at, tries=row.tries)


def is_written(connection: sql.Connection, key: str) -> bool:
    return connection.execute(sql.select(NOTICES.c.number).where(NOTICES.c.key == key)).first() is not None

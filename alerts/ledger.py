"""What must survive a restart: incidents, the state of alerts, and the notices that are owed.

A change and the notices it owes are written in one transaction, before anything is sent: a notice that was promised is
delivered at least once, whatever happens in between. Calls block; from an event loop go through `asyncio.to_thread`.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sql

from alerts.alert import Alert
from alerts.incident import Incident, Status
from alerts.notice import OwedNotice
from alerts.tables import (
    ALERTS,
    INCIDENTS,
    METADATA,
    NOTICES,
    decode,
    encode,
    engine_options,
    incident_row,
    is_written,
    notice_row,
    owed_notice,
    prepare,
)
from drawdown.errors import DrawdownError


class LedgerError(DrawdownError):
    """The ledger cannot be opened, read or written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one tick changed. `alerts` are all alerts that are pending or firing, None when they are as they were."""

    incidents: tuple[Incident, ...] = ()
    notices: tuple[OwedNotice, ...] = ()
    alerts: tuple[Alert, ...] | None = None

    def __bool__(self) -> bool:
        return bool(self.incidents or self.notices) or self.alerts is not None


class Ledger:
    """The tables at `url` (as SQLAlchemy writes it; `sqlite://` is in memory), made where they are missing.

    Raises:
        LedgerError: from every method, when the database cannot do its part.
    """

    def __init__(self, url: str) -> None:
        self._lock = threading.Lock()
        try:
            self._engine = sql.create_engine(url, **engine_options(url))
        except (sql.exc.SQLAlchemyError, ImportError) as error:
            raise LedgerError(f"the ledger's URL cannot be used: {error}") from error
        sql.event.listen(self._engine, "connect", prepare)
        with self._transaction() as connection:
            METADATA.create_all(connection)

    def close(self) -> None:
        self._engine.dispose()

    def commit(self, entry: Entry) -> None:
        """Write all of `entry` or nothing. A notice whose key is there already is left as it is."""
        with self._transaction() as connection:
            for incident in entry.incidents:
                connection.execute(sql.delete(INCIDENTS).where(INCIDENTS.c.id == incident.id))
                connection.execute(sql.insert(INCIDENTS).values(incident_row(incident)))
            for notice in entry.notices:
                if not is_written(connection, notice.key):
                    connection.execute(sql.insert(NOTICES).values(notice_row(notice)))
            if entry.alerts is not None:
                connection.execute(sql.delete(ALERTS))
                for alert in entry.alerts:
                    connection.execute(sql.insert(ALERTS).values(body=encode(alert)))

    def incidents(self, *, recent: int = 50) -> tuple[Incident, ...]:
        """All that are open and the `recent` ones that were resolved last, by id."""
        open_ = sql.select(INCIDENTS.c.body).where(INCIDENTS.c.status == Status.OPEN.value)
        resolved = (
            sql.select(INCIDENTS.c.body)
            .where(INCIDENTS.c.status == Status.RESOLVED.value)
            .order_by(INCIDENTS.c.resolved_at.desc(), INCIDENTS.c.id.desc())
            .limit(recent)
        )
        with self._transaction() as connection:
            bodies = [row.body for query in (open_, resolved) for row in connection.execute(query)]
        return tuple(sorted((decode(body, Incident) for body in bodies), key=lambda incident: incident.id))

    def forget(self, before: float) -> None:
        """Drop the incidents that were resolved before Unix second `before`, and the notices on them that are sent."""
        old = sql.select(INCIDENTS.c.id).where(INCIDENTS.c.resolved_at < before)
        with self._transaction() as connection:
            connection.execute(sql.delete(NOTICES).where(NOTICES.c.incident.in_(old), NOTICES.c.sent_at.is_not(None)))
            connection.execute(sql.delete(INCIDENTS).where(INCIDENTS.c.resolved_at < before))

    def alerts(self) -> tuple[Alert, ...]:
        """The alerts that were pending or firing when they were last written."""
        with self._transaction() as connection:
            rows = connection.execute(sql.select(ALERTS.c.body).order_by(ALERTS.c.number)).all()
        return tuple(decode(row.body, Alert) for row in rows)

    def owed(self, channel: str) -> tuple[OwedNotice, ...]:
        """The notices that `channel` has still to send, oldest first, at most one for each incident: a later one waits
        until the earlier one is out, so that nobody hears of an end before the beginning.
        """
        query = (
            sql.select(NOTICES)
            .where(NOTICES.c.channel == channel, NOTICES.c.sent_at.is_(None))
            .order_by(NOTICES.c.number)
        )
        with self._transaction() as connection:
            rows = connection.execute(query).all()
        first = {row.incident: row for row in reversed(rows)}
        return tuple(owed_notice(row) for row in sorted(first.values(), key=lambda row: row.number))

    def sent(self, key: str, *, at: float) -> None:
        """Note that the notice `key` was delivered at Unix second `at`."""
        self._update(key, sent_at=at, last_error="", tries=NOTICES.c.tries + 1)

    def failed(self, key: str, *, error: str, due_at: float) -> None:
        """Note that a try failed with `error`; the next one is due at Unix second `due_at`."""
        self._update(key, last_error=error[:500], due_at=due_at, tries=NOTICES.c.tries + 1)

    def told(self, incident_id: str) -> frozenset[str]:
        """The channels that were sent, or are owed, a notice on an incident."""
        query = sql.select(NOTICES.c.channel).where(NOTICES.c.incident == incident_id)
        with self._transaction() as connection:
            return frozenset(row.channel for row in connection.execute(query))

    def _update(self, key: str, **values: Any) -> None:
        with self._transaction() as connection:
            connection.execute(sql.update(NOTICES).where(NOTICES.c.key == key).values(**values))

    @contextmanager
    def _transaction(self) -> Iterator[sql.Connection]:
        """One at a time: SQLite has one writer, and in memory one connection."""
        try:
            with self._lock, self._engine.begin() as connection:
                yield connection
        except sql.exc.SQLAlchemyError as error:
            raise LedgerError(f"the ledger cannot be used: {getattr(error, 'orig', None) or error}") from error

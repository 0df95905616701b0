"""A small store, two groups of rules and the API over them, behind a socket."""

from contextlib import asynccontextmanager

import numpy as np
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from alerts.api.routes import add_routes
from alerts.api.settings import QuerySettings
from alerts.evaluator import Evaluator
from alerts.rule import load_rules
from collector.store import Store
from drawdown.document import load_document
from drawdown.series import NAME, STALE, Labels

T0 = 1_700_000_000.0
SECONDS = 120
RULES = """
groups:
  - name: shares
    interval: 5s
    rules:
      - record: channel:share
        expr: requests / 100
        labels: {team: pay}
      - alert: Failing
        expr: channel:share > 0.5
        for: 1s
        keep_firing_for: 10s
        labels: {severity: page, channel: "{{ $labels.channel }}"}
        annotations: {summary: "{{ $value }} of {{ $labels.channel }}"}
  - name: doubled
    limit: 7
    rules:
      - record: broken
        expr: requests * on () group_left () requests
"""


class StoppedClock:
    """Two minutes after the first sample; `monotonic` ticks a quarter of a second each time it is asked."""

    def __init__(self):
        self._asked = 0

    def now(self):
        return T0 + SECONDS

    def monotonic(self):
        self._asked += 1
        return self._asked / 4


class Uncounted:
    """Instruments that keep nothing."""

    def add(self, metric, amount=1.0, /, **labels):
        pass

    def set(self, metric, value, /, **labels):
        pass


def filled_store():
    """By second from T0 on: requests that count up by 1 (alpha) and 2 (beta); one series ends after ten seconds."""
    store = Store()
    labels = (
        Labels({NAME: "requests", "channel": "alpha"}),
        Labels({NAME: "requests", "channel": "beta"}),
        Labels({NAME: "odd", "channel": "alpha", "text": 'a "b" <c> 通道'}),
    )
    for second in range(SECONDS + 1):
        odd = float("inf") if second < 10 else STALE if second == 10 else np.nan
        kept = labels if second <= 10 else labels[:2]
        store.append(T0 + second, kept, np.array([second, 2.0 * second, odd][: len(kept)]))
    return store


def evaluator_over(store, clock):
    groups = load_rules(load_document(RULES, source="rules/some.yaml"), catalogue=None)
    return Evaluator(groups, source=store, sink=store, instruments=Uncounted(), clock=clock)


@asynccontextmanager
async def serving(*, source=None, evaluator=None, clock=None, reach=3600.0, **settings):
    """A client of the API."""
    clock = clock or StoppedClock()
    source = source or filled_store()
    evaluator = evaluator or evaluator_over(source, StoppedClock())
    app = web.Application()
    add_routes(app, source=source, evaluator=evaluator, clock=clock, settings=QuerySettings(**settings), reach=reach)
    async with TestClient(TestServer(app)) as client:
        yield client


async def get(client, path, **arguments):
    """The status and the JSON of an answer."""
    pairs = [(name, value) for name, given in arguments.items() for value in _values(given)]
    async with client.get(f"/api/v1/{path}", params=[(_spelt(name), str(value)) for name, value in pairs]) as answer:
        assert answer.content_type == "application/json"
        return answer.status, await answer.json()


async def data(client, path, **arguments):
    """The field `data` of an answer without errors or warnings."""
    status, answer = await get(client, path, **arguments)
    assert (status, set(answer), answer["status"]) == (200, {"status", "data"}, "success")
    return answer["data"]


async def error(client, path, **arguments):
    """The status, type and message of an error."""
    status, answer = await get(client, path, **arguments)
    assert (set(answer), answer["status"]) == ({"status", "errorType", "error"}, "error")
    return status, answer["errorType"], answer["error"]


def _values(given):
    return given if isinstance(given, list) else [given]


def _spelt(name):
    """`match__` stands for `match[]`."""
    return name.replace("__", "[]")

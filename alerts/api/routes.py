"""Prometheus' `/api/v1` as routes of an aiohttp application.

Source: the documentation of Prometheus' HTTP API, and its OpenAPI description. Errors have its shape and statuses.
"""

from collections.abc import Awaitable, Callable, Mapping
from importlib import metadata as packages

from aiohttp import web

from alerts.api import rules
from alerts.api.answer import Answer, encode, error_body
from alerts.api.arguments import Arguments, read_arguments
from alerts.api.errors import ApiError, ErrorType
from alerts.api.lookups import Lookups, metadata
from alerts.api.queries import Queries, exemplars, format_query
from alerts.api.settings import QuerySettings
from alerts.api.workers import Workers
from alerts.evaluator import Evaluator
from drawdown.clock import Clock
from drawdown.durations import format_duration
from drawdown.series import SeriesSource

PROMETHEUS = "3.5.0"
"""The Prometheus whose API and PromQL this is; Grafana decides by it what it may ask for."""
_HEADERS = {"Content-Type": "application/json", "X-Content-Type-Options": "nosniff"}

Work = Callable[[Arguments], Answer | Awaitable[Answer]]


def add_routes(  # noqa: PLR0913 - what is asked about, and how
    app: web.Application,
    *,
    source: SeriesSource,
    evaluator: Evaluator,
    clock: Clock,
    settings: QuerySettings,
    reach: float,
) -> None:
    """Serve the API from `app`, over `source`, which has samples of the last `reach` seconds. `source` is read on the
    loop's thread alone.
    """
    workers = Workers(source, clock=clock, settings=settings, reach=reach)
    queries, lookups = Queries(workers, clock, settings), Lookups(workers, settings)
    asked_or_posted: Mapping[str, Work] = {
        "query": queries.instant,
        "query_range": queries.ranged,
        "query_exemplars": exemplars,
        "format_query": format_query,
        "series": lookups.series,
        "labels": lookups.labels,
    }
    asked: Mapping[str, Work] = {
        "label/{name}/values": lookups.values,
        "metadata": metadata,
        "rules": lambda asked: rules.rules(evaluator.groups(), asked),
        "alerts": lambda _: rules.alerts(evaluator.groups()),
        "status/buildinfo": lambda _: Answer(encode(_build())),
        "status/flags": lambda _: Answer(encode(_flags(settings, reach))),
    }
    for path, work in {**asked_or_posted, **asked}.items():
        app.router.add_get(f"/api/v1/{path}", _handler(work))
    for path, work in asked_or_posted.items():
        app.router.add_post(f"/api/v1/{path}", _handler(work))
    app.router.add_route("*", "/api/v1/{path:.*}", _handler(_unknown))
    app.on_cleanup.append(_closing(workers))


def _handler(work: Work) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            result = work(await read_arguments(request))
            body = (result if isinstance(result, Answer) else await result).body
        except ApiError as error:
            return web.Response(body=error_body(error), status=error.kind.status, headers=_HEADERS)
        return web.Response(body=body, headers=_HEADERS)

    return answer


def _closing(workers: Workers) -> Callable[[web.Application], Awaitable[None]]:
    async def close(_app: web.Application) -> None:
        workers.close()

    return close


def _unknown(asked: Arguments) -> Answer:
    raise ApiError(ErrorType.NOT_FOUND, f"/api/v1/{asked.text('path')} is not served here, or not by this method")


def _build() -> dict[str, str]:
    own = packages.version("drawdown-monitor")
    others = dict.fromkeys(("branch", "buildUser", "buildDate", "goVersion"), "")
    return {"version": PROMETHEUS, "revision": f"drawdown-monitor {own}", **others}


def _flags(settings: QuerySettings, reach: float) -> dict[str, str]:
    return {
        "query.lookback-delta": "5m",
        "query.max-concurrency": str(settings.concurrency),
        "query.max-samples": str(settings.max_samples),
        "query.timeout": format_duration(settings.timeout),
        "storage.tsdb.retention.time": format_duration(reach),
    }

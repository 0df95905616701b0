"""A real Prometheus as the one who knows: series are written to it with its remote-write protocol, staleness markers
included, and expressions are asked over its HTTP API.
"""

import struct
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

from bench.differential.answers import Answer, Question
from bench.differential.series import Samples
from bench.servers import TOOLS, prometheus
from drawdown.clock import SystemClock
from drawdown.series import Labels

OPTIONS: Final = ("--web.enable-remote-write-receiver", "--storage.tsdb.retention.time=10y")
"""Of a Prometheus that is given its samples."""
_CHUNK: Final = 60_000


@asynccontextmanager
async def reference(folder: Path, program: Path = TOOLS / "prometheus") -> "AsyncIterator[Reference]":
    """A Prometheus without any series, in `folder`."""
    config = {"global": {"evaluation_interval": "1m"}}
    async with (
        prometheus(config, folder, clock=SystemClock(), program=program, options=OPTIONS) as url,
        aiohttp.ClientSession(url) as session,
    ):
        yield Reference(session)


class Reference:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def load(self, series: Mapping[Labels, Samples]) -> None:
        """Add samples, which must be later than all samples before, but for an hour."""
        headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
        body = snappy(_write_request(series))
        async with self._session.post("/api/v1/write", data=body, headers=headers) as response:
            assert response.status == 204, await response.text()

    async def answer(self, question: Question) -> Answer:
        moment = question.moment
        if moment.step is None:
            arguments = {"time": _seconds(moment.start)}
        else:
            arguments = {key: _seconds(getattr(moment, key)) for key in ("start", "end", "step")}
        path = "query" if moment.step is None else "query_range"
        told = await self._post(path, {"query": question.text, **arguments})
        return _answer(told)

    async def parsed(self, text: str) -> tuple[Any, str]:
        """The tree of `text`; if it is refused None, and why."""
        told = await self._post("parse_query", {"query": text})
        return (told["data"], "") if told["status"] == "success" else (None, told["error"])

    async def _post(self, path: str, form: Mapping[str, str]) -> Any:
        async with self._session.post(f"/api/v1/{path}", data=form) as response:
            return await response.json()


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}"


def _answer(told: Any) -> Answer:
    if told["status"] != "success":
        return Answer(error=told["error"])
    kind, result = told["data"]["resultType"], told["data"]["result"]
    if kind in {"scalar", "string"}:
        return Answer(kind=kind, series={Labels(): _samples([result])})
    points = [(Labels(each["metric"]), each.get("values") or [each["value"]]) for each in result]
    return Answer(kind=kind, series={labels: _samples(values) for labels, values in points})


def _samples(points: Iterable[tuple[float, str]]) -> Samples:
    return {round(at * 1000): float(value) for at, value in points}


def _write_request(series: Mapping[Labels, Samples]) -> bytes:
    """prometheus.WriteRequest in protobuf's wire format."""
    return b"".join(field(1, _time_series(labels, samples)) for labels, samples in series.items())


def _time_series(labels: Labels, samples: Samples) -> bytes:
    pairs = (field(1, field(1, name.encode()) + field(2, value.encode())) for name, value in labels.items())
    points = (field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(at)) for at, value in samples.items())
    return b"".join([*pairs, *points])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])


def snappy(content: bytes) -> bytes:
    """Snappy's block format, nothing compressed: literals with lengths of two bytes."""
    chunks = [content[start : start + _CHUNK] for start in range(0, len(content), _CHUNK)]
    literals = (bytes([61 << 2]) + struct.pack("<H", len(chunk) - 1) + chunk for chunk in chunks)
    return varint(len(content)) + b"".join(literals)

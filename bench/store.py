"""What it costs to keep rows on the disk, and to have them back: ours, and a Prometheus that starts with the same.
`python -m bench.store --help`
"""

import argparse
import asyncio
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import aiohttp
import numpy as np

from bench.differential.remote import OPTIONS, field, snappy, varint
from bench.fleet import Fleet
from bench.servers import prometheus
from collector.disk import RowLog
from collector.store import Store
from collector.tier import Tier
from drawdown.clock import SystemClock
from drawdown.series import Floats, Labels

CLOCK = SystemClock()
EPOCH = 1_700_000_000.0
HOUR, DAY = 3600, 86_400
SERIES = (1_000, 10_000, 50_000)
ROLLED, DAYS = 300, 32
_BATCH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one beat, in seconds: to append it, and to write it in a thread beside; and bytes of a series an hour."""

    series: int
    append: float
    write: float
    size: float


def main() -> None:
    options = _options()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| series | append | encode and write | of a second | bytes of a series an hour |\n|---|---|---|---|---|")
    for series in SERIES:
        _say(_cost(series, beats=options.beats))
    print("\n| read at the start | samples | on disk | ours | Prometheus | Prometheus without samples |")
    print("|---|---|---|---|---|---|")
    for series in options.load:
        asyncio.run(_load_hour(series, alone=options.alone))
    _load_rollups()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What rows on the disk cost, and how long they take to be read.")
    parser.add_argument("--beats", type=int, default=60, help="seconds for which each number of series is written")
    parser.add_argument("--load", type=int, nargs="*", default=[1_000, 10_000], help="series of which an hour is read")
    parser.add_argument("--alone", action="store_true", help="without Prometheus")
    return parser.parse_args()


def _cost(series: int, *, beats: int) -> Cost:
    fleet = Fleet(series)
    with TemporaryDirectory() as name:
        folder, store = Path(name), Store()
        with closing(RowLog(folder, retention=HOUR, span=300.0)) as log:
            store.raw.attach(log)
            took = [_beat(store, log, fleet, beat) for beat in range(beats)]
        size = _size(folder) / series / beats * HOUR
    appends, writes = zip(*took[1:], strict=True)
    return Cost(series=series, append=median(appends), write=sum(writes) / len(writes), size=size)


def _beat(store: Store, log: RowLog, fleet: Fleet, beat: int) -> tuple[float, float]:
    values, started = fleet.values(beat), CLOCK.monotonic()
    store.append(EPOCH + beat, fleet.labels, values)
    appended = CLOCK.monotonic()
    log.write()
    return appended - started, CLOCK.monotonic() - appended


def _say(cost: Cost) -> None:
    cells = (f"{cost.series:,}", f"{cost.append * 1e3:.2f} ms", f"{cost.write * 1e3:.2f} ms")
    share = cost.append + cost.write
    print(f"| {' | '.join(cells)} | {share:.2%} | {cost.size:,.0f} |", flush=True)


async def _load_hour(series: int, *, alone: bool) -> None:
    fleet = Fleet(series)
    with TemporaryDirectory() as name:
        ours = Path(name) / "ours"
        _write(ours, fleet, step=1, rows=HOUR)
        took = _load(ours, Store().raw, span=300.0)
        theirs = ("", "") if alone else await _theirs(fleet, Path(name) / "theirs")
        _tell(f"an hour of {series:,} series", series * HOUR, _size(ours), took, theirs)


def _load_rollups() -> None:
    with TemporaryDirectory() as name:
        rows = DAYS * DAY // 60
        _write(Path(name), Fleet(ROLLED), step=60, rows=rows)
        took = _load(Path(name), Store().rollups, span=DAY)
        _tell(f"{DAYS} days of {ROLLED} series by the minute", ROLLED * rows, _size(Path(name)), took, ("", ""))


def _write(folder: Path, fleet: Fleet, *, step: int, rows: int) -> None:
    with closing(RowLog(folder, retention=rows * step, span=300.0 if step == 1 else DAY)) as log:
        for row in range(rows):
            log.put(EPOCH + row * step, fleet.labels, fleet.values(row * step))
            log.write()


def _load(folder: Path, tier: Tier, *, span: float) -> float:
    started = CLOCK.monotonic()
    with closing(RowLog(folder, retention=DAYS * DAY, span=span)) as log:
        for at, labels, values in log.load():
            tier.append(at, labels, values)
    return CLOCK.monotonic() - started


def _tell(what: str, samples: int, size: int, took: float, theirs: Sequence[str]) -> None:
    cells = (what, f"{samples / 1e6:.1f} M", f"{size / 1e6:.1f} MB", f"{took:.2f} s", *theirs)
    print(f"| {' | '.join(cells)} |", flush=True)


async def _theirs(fleet: Fleet, folder: Path) -> tuple[str, str]:
    """How long a Prometheus takes to be ready with an hour of the series, and with nothing."""
    first = CLOCK.now() - HOUR
    async with prometheus({}, folder, clock=CLOCK, options=OPTIONS) as url, aiohttp.ClientSession(url) as session:
        for rows in range(0, HOUR, _BATCH):
            await _send(session, fleet, first, range(rows, rows + _BATCH))
    full, size = await _ready(folder), _size(folder / "data")
    empty = await _ready(folder.with_name("empty"))
    return f"{full:.2f} s ({size / 1e6:.0f} MB)", f"{empty:.2f} s"


async def _ready(folder: Path) -> float:
    started = CLOCK.monotonic()
    async with prometheus({}, folder, clock=CLOCK, options=OPTIONS):
        return CLOCK.monotonic() - started


async def _send(session: aiohttp.ClientSession, fleet: Fleet, first: float, rows: range) -> None:
    headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
    values = np.array([fleet.values(row) for row in rows]).T
    stamps = [round((first + row) * 1000) for row in rows]
    body = snappy(b"".join(_request(fleet.labels, values, stamps)))
    async with session.post("/api/v1/write", data=body, headers=headers) as response:
        assert response.status == 204, await response.text()


def _request(labels: Sequence[Labels], values: Floats, stamps: Sequence[int]) -> Iterator[bytes]:
    """As `bench.differential.remote` does, but of many samples at the same times, which are of the same length."""
    ends = [b"\x10" + varint(stamp) for stamp in stamps]
    point = struct.Struct(f"<2sBd{len(ends[0])}s")
    head = bytes([2 << 3 | 2, point.size - 2])
    for one, row in zip(labels, values.tolist(), strict=True):
        pairs = (field(1, field(1, name.encode()) + field(2, value.encode())) for name, value in one.items())
        points = (point.pack(head, 0x09, value, end) for value, end in zip(row, ends, strict=True))
        yield field(1, b"".join([*pairs, *points]))


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


if __name__ == "__main__":
    main()

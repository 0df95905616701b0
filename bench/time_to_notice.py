"""Seconds from a fault to the notice of it: ours in virtual time and over sockets, and those of Prometheus with
Alertmanager beside it, as one table. `python -m bench.time_to_notice --help`
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from statistics import median

from bench.servers import TOOLS
from bench.worlds import HIT, INTERVALS, OURS, SENDERS, WAITS, Life, live, live_virtually
from monitor.demo.walk import KINDS
from sandbox.fault import FaultKind

Live = Callable[[FaultKind, int], Life]
NEVER = float("inf")


def main() -> None:
    arguments = _arguments()
    print(f"{_machine()}\n", flush=True)
    virtual = _run(live_virtually, range(1, arguments.seeds + 1), workers=os.cpu_count() or 1)
    real = _run_in_rounds(live, arguments.rounds)
    for line in _table(virtual, real):
        print(line)
    print(f"\nincidents of ours that no fault explains: {sum(life.unexpected for life in (*virtual, *real))}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Seconds from a fault to the notice of it.")
    parser.add_argument("--seeds", type=int, default=20, help="virtual lives of each fault")
    parser.add_argument("--rounds", type=int, default=3, help="real lives of each fault, three minutes for each round")
    parser.add_argument("--quick", action="store_true", help="four seeds and one round")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.seeds, arguments.rounds = 4, 1
    return arguments


def _run_in_rounds(live: Live, rounds: int) -> list[Life]:
    """The faults of a round at once, each in a world of its own; round after round."""
    return [life for number in range(rounds) for life in _run(live, [1000 + number], workers=len(KINDS))]


def _run(live: Live, seeds: Iterable[int], *, workers: int) -> list[Life]:
    with ProcessPoolExecutor(max_workers=workers, mp_context=get_context("spawn")) as pool:
        lives = [pool.submit(live, kind, seed) for seed in seeds for kind in KINDS]
        for number, life in enumerate(as_completed(lives), start=1):
            print(f"\r{live.__name__}: {number} of {len(lives)}  ", end="", file=sys.stderr, flush=True)
            life.result()
    print(file=sys.stderr)
    return [life.result() for life in lives]


def _table(virtual: Sequence[Life], real: Sequence[Life]) -> Iterator[str]:
    """Markdown: a row for each who noticed, a column for each fault; a cell says the median, the range, and how many
    times our median over sockets that is.
    """
    ours = {kind: median(_seconds(real, kind, OURS)) for kind in KINDS}
    yield f"| seconds: median (least–most) ×ours | {' | '.join(KINDS)} |"
    yield "|---" * (len(KINDS) + 1) + "|"
    yield _row("the first borrower is hit, virtual time", virtual, HIT)
    yield _row(f"ours, virtual time, {len(virtual) // len(KINDS)} seeds", virtual, OURS, ours)
    yield _row("the first borrower is hit, real time", real, HIT)
    yield _row(f"**ours**, real time, {len(real) // len(KINDS)} runs", real, OURS, ours)
    for sender, title in zip(SENDERS, _titles(), strict=True):
        yield _row(title, real, sender, ours)


def _titles() -> Iterator[str]:
    for interval in INTERVALS:
        for wait in WAITS:
            yield f"Prometheus each {interval}, Alertmanager waits {wait}"


def _row(title: str, lives: Sequence[Life], who: str, ours: Mapping[FaultKind, float] | None = None) -> str:
    cells = []
    for kind in KINDS:
        seconds = _seconds(lives, kind, who)
        ratio = f" ×{median(seconds) / ours[kind]:.1f}" if ours else ""
        cells.append(f"{median(seconds):.1f} ({min(seconds):.1f}–{max(seconds):.1f}){ratio}")
    return f"| {title} | {' | '.join(cells)} |"


def _seconds(lives: Sequence[Life], kind: FaultKind, who: str) -> list[float]:
    return [life.after.get(who, NEVER) for life in lives if life.kind is kind]


def _machine() -> str:
    versions = [_first_line([TOOLS / name, "--version"]) for name in ("prometheus", "alertmanager")]
    return f"{os.cpu_count()} cores; {'; '.join(versions)}"


def _first_line(command: Sequence[object]) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    return (done.stdout or done.stderr).split(" (", 1)[0].strip()


if __name__ == "__main__":
    main()

"""Random expressions over random series, put to the engine and to a real Prometheus.

python -m bench.differential --count 10000 --seed 7
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from bench.differential.remote import reference
from bench.differential.soups import Readings, compare_readings
from bench.differential.trial import Tally, compare


def main() -> None:
    arguments = _arguments()
    tally, readings = asyncio.run(_tried(arguments.count, arguments.texts, seed=arguments.seed))
    for difference in (*tally.differences[: arguments.show], *readings.differences[: arguments.show]):
        print(f"{difference}\n")
    print(f"seed {arguments.seed}\n{tally}\n{readings}")
    sys.exit(bool(tally.differences or readings.differences))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.differential", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="expressions")
    parser.add_argument("--texts", type=int, default=10_000, help="texts that are nearly expressions, for the parser")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=10, help="differences to print")
    return parser.parse_args()


async def _tried(count: int, texts: int, *, seed: int) -> tuple[Tally, Readings]:
    with tempfile.TemporaryDirectory() as folder:
        async with reference(Path(folder)) as asked:
            return await compare(asked, count, seed=seed), await compare_readings(asked, texts, seed=seed)


if __name__ == "__main__":
    main()

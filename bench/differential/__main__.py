"""Random expressions over random series, put to the engine and to a real Prometheus.

python -m bench.differential --count 10000 --seed 7
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from bench.differential.remote import reference
from bench.differential.trial import Tally, compare


def main() -> None:
    arguments = _arguments()
    tally = asyncio.run(_tried(arguments.count, arguments.seed))
    for number, difference in enumerate(tally.differences[: arguments.show], start=1):
        print(f"{number}. {difference}\n")
    print(f"seed {arguments.seed}: {tally}")
    sys.exit(bool(tally.differences))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.differential", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="expressions")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=10, help="differences to print")
    return parser.parse_args()


async def _tried(count: int, seed: int) -> Tally:
    with tempfile.TemporaryDirectory() as folder:
        async with reference(Path(folder)) as asked:
            return await compare(asked, count, seed=seed)


if __name__ == "__main__":
    main()

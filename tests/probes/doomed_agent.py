"""An agent in a process of its own, to be killed: `doomed_agent.py BASE_URL JOURNAL`."""

import asyncio
import sys
from functools import partial
from pathlib import Path

from lenders import CODES, Meters, shipped

from drawdown.clock import SystemClock
from probes.agent import Agent
from probes.exchange import HttpExchange
from probes.settlement import Settlement


def agent(base_url: str, settlement: Settlement) -> Agent:
    clock = SystemClock()
    given = {"phone": "1", "password": "secret-word", "device_id": "d", "card": "c"}
    return Agent(
        [shipped()],
        report=lambda _outcome: None,
        exchange=partial(HttpExchange, clock),
        clock=clock,
        settlement=settlement,
        variables={"base_url": base_url, **given},
        codes=CODES,
        instruments=Meters(),
    )


if __name__ == "__main__":
    with Settlement(Path(sys.argv[2])) as journal:
        asyncio.run(agent(sys.argv[1], journal).run())

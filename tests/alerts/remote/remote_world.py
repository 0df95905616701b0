"""A monitor's rules and somebody else's series, in virtual time and without sockets."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from alerts_builders import T0, Counts, Notebook

from alerts.evaluator import Evaluator
from alerts.promql import evaluate, parse
from alerts.remote.decoding import Unreachable
from alerts.remote.opening import Around, over
from alerts.remote.rounds import Terms
from alerts.rule import load_rules
from alerts.template import External
from drawdown.clock import LoopClock
from drawdown.document import load_document
from drawdown.series import NAME, Labels

DOWN = Unreachable("prometheus.test: it cannot be asked: connection refused")


class Theirs:
    """The other side: it answers from its notebook after `after` seconds, or not at all while `error` is set."""

    def __init__(self):
        self.notebook = Notebook()
        self.asked = []
        self.after = 0.0
        self.error = None
        self.busy = self.most_busy = 0

    async def ask(self, part, at):
        self.asked.append((part.text, at))
        self.busy += 1
        self.most_busy = max(self.busy, self.most_busy)
        try:
            await asyncio.sleep(self.after)
        finally:
            self.busy -= 1
        if self.error:
            raise self.error
        return evaluate(parse(part.text), self.notebook, at)

    def write(self, at, **values):
        """A sample for each metric; a value by channel if it is a dict."""
        for name, value in values.items():
            by_channel = value if isinstance(value, dict) else {"": value}
            labels = [Labels({NAME: name, "channel": channel}) for channel in by_channel]
            self.notebook.append(at, labels, np.array([*by_channel.values()], np.float64))


class Site:
    """The monitor: its own series, what it counts, and its evaluator."""

    def __init__(self, theirs, text, **terms):
        self.clock, self.counts, self.ours = LoopClock(T0), Counts(), Notebook()
        self.theirs, self.terms = theirs, Terms(external=External(url="https://monitor.test"), **terms)
        self.groups = load_rules(load_document(text, source="rules.yaml"), catalogue=None)

    @asynccontextmanager
    async def open(self):
        around = Around(
            series=self.ours,
            clock=self.clock,
            instruments=self.counts,
            interval=1.0,
            external=self.terms.external,
            directory=Path(),
        )
        async with over(self.theirs.ask, self.groups, around, self.terms) as sight:
            self.evaluator = Evaluator(
                sight.groups,
                source=sight.source,
                sink=self.ours,
                instruments=self.counts,
                clock=self.clock,
                external=self.terms.external,
                elsewhere=sight.elsewhere,
            )
            yield self

    async def tick(self):
        """One evaluation, and the next full second."""
        now = round(self.clock.now())
        await self.evaluator.fetch(now)
        alerts = self.evaluator.tick(now)
        await self.clock.sleep_until(now + 1 - T0)
        return alerts

    def errors(self):
        return {
            rule.rule.name: rule.look.error for group in self.evaluator.groups() for rule in group.rules if rule.look
        }

    def count(self, name, *labels):
        return self.counts.counters[name, *labels]

"""A second monitor, which has no series of its own, finds over those of the first what the first has found."""

from monitor_house import EPOCH, House, fault

from alerts.evaluator import Evaluator
from alerts.fold import fold
from alerts.promql import evaluate, parse
from alerts.remote.opening import Around, over
from alerts.remote.plan import OWN
from alerts.remote.rounds import Terms
from alerts.template import External
from collector.recorder import Recorder
from collector.store import Store
from collector.vocabulary import Vocabulary
from drawdown.clock import run_virtually
from monitor.config import load_config
from sandbox import FaultKind

LASTS = 120
FAULTS = (
    fault(FaultKind.CHANNEL_TIMEOUT, 15.0, 30.0, channel="alpha"),
    fault(FaultKind.STEP_UP, 70.0, 85.0),
)


class Second:
    """Evaluates the rules of the `house` half a second after its monitor has."""

    def __init__(self, house, first):
        self.house, self.first, self.store = house, first, Store()
        self.instruments = Recorder(Vocabulary(), now=EPOCH)
        self.incidents, self.groups = (), load_config(house.path, environment={"PROBE_PASSWORD": "-"}).groups

    async def ask(self, part, at):
        return evaluate(parse(part.text), self.first.store, at)

    async def live(self, until):
        clock, external = self.house.clock, External(url="http://127.0.0.1:9185")
        around = Around(
            series=self.store,
            clock=clock,
            instruments=self.instruments,
            interval=1.0,
            external=external,
            directory=self.house.folder,
        )
        groups = [group for group in self.groups if not reads_the_monitor(group)]
        async with over(self.ask, groups, around, Terms(external=external)) as sight:
            evaluator = Evaluator(
                sight.groups,
                source=sight.source,
                sink=self.store,
                instruments=self.instruments,
                clock=clock,
                external=external,
                backdates=True,
                elsewhere=sight.elsewhere,
            )
            for second in range(1, until):
                await self.house.until(second + 0.5)
                await evaluator.fetch(EPOCH + second)
                alerts = evaluator.tick(EPOCH + second)
                self.incidents = fold(self.incidents, alerts, now=EPOCH + second).incidents
        return {rule.rule.name: rule.look.error for group in evaluator.groups() for rule in group.rules}


def reads_the_monitor(group):
    """Whether its rules ask how the monitor itself is doing: the second is another one."""
    return any(name in rule.expression.text for rule in group.rules for name in OWN if name.startswith("drawdown_"))


def told(incidents):
    return [
        (one.reason.value, one.severity, one.opened_at, one.resolved_at, sorted(map(repr, labels_of(one))))
        for one in sorted(incidents, key=lambda one: one.opened_at)
    ]


def labels_of(incident):
    return {alert.labels for alert in (*incident.alerts, *incident.past)}


def test_the_second_finds_the_same_incidents_at_the_same_seconds(tmp_path):
    house = House(folder=tmp_path, faults=FAULTS)

    async def main():
        async with house.open(), house.watched() as first:
            second = Second(house, first)
            errors = await second.live(LASTS)
            return first.pager.incidents(), second.incidents, errors

    ours, theirs, errors = run_virtually(main())
    assert {name for name, error in errors.items() if error} == set()
    assert [one.reason.value for one in ours][::-1] == ["gateway_timeout", "identity_required"]
    assert told(theirs) == told(ours)

"""What borrowers' apps report of themselves."""

from collections import Counter

import pytest

from sandbox.demand import Demand
from sandbox.fault import Fault, FaultKind
from sandbox.report import Report
from sandbox.simulation import simulate
from sandbox.world import World

START = 1_773_300_000.0
WORLD = World()


def reports(*faults):
    told = simulate(WORLD, faults, Demand(rate=20), start=START, seconds=120, seed=2)
    return [event for _, event in told if isinstance(event, Report)]


def test_every_report_says_the_region_and_the_version_that_it_comes_from():
    told = reports()
    for name, shares in (("region", WORLD.regions), ("app_version", WORLD.apps)):
        counts = Counter(getattr(report, name) for report in told)
        assert counts.keys() == shares.keys()
        for value, share in shares.items():
            assert counts[value] / len(told) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize(("where", "field"), [({"app": "5.1"}, "app_version"), ({"region": "north"}, "region")])
def test_a_fault_of_one_version_or_region_is_reported_by_those_whom_it_hits(where, field):
    fault = Fault(kind=FaultKind.SERVERS_DOWN, starts_at=START + 30, ends_at=START + 90, where=where)
    hit = [getattr(report, field) for report in reports(fault) if report.reason == "dependency_down"]
    assert len(hit) > 50
    assert set(hit) == set(where.values())

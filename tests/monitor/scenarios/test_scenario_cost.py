"""What runs cost is told against the aim: an hour with 50 attempts a second in ten seconds of one core."""

from dataclasses import replace

import pytest
from scenario_texts import SHORT, scenario

from monitor.scenarios.cost import costs
from monitor.scenarios.exam import Paper, Result
from monitor.scenarios.run import Took
from monitor.scenarios.score import Grade
from monitor.scenarios.sketch import Sketch

TOOK = Took(living=4.0, counting=1.0, foreseeing=0.5, looking=0.25)
HOUR = replace(scenario(SHORT.replace("6m", "60m")), name="hour")
SIX_MINUTES = scenario()


def result(*papers):
    scenarios = {HOUR.name: HOUR, SIX_MINUTES.name: SIX_MINUTES}
    return Result(
        scenarios=tuple(scenarios[name] for name, _, _ in papers),
        papers=tuple(
            Paper(
                grade=Grade(name=name, family=scenarios[name].family, seed=1),
                sketch=Sketch(every=60.0, attempts=(), reasons=(), incidents=()),
                attempts=attempts,
                took=took,
                failures={},
            )
            for name, attempts, took in papers
        ),
        took=1.0,
    )


def test_an_hour_with_so_many_attempts_is_told_as_it_was():
    heaviest, hour = costs(result(("hour", 183_000, TOOK)))
    assert heaviest == (
        "the heaviest run, hour with 183000 attempts, took 5.8 s of one core: 4.0 s lender and borrowers, "
        "1.0 s counting, 0.5 s rules ahead, 0.2 s rules, incidents and notices"
    )
    assert hour == (
        "an hour of scenario with 50 attempts a second takes 5.8 s of one core, 57% of the 10 s that it may take (hour)"
    )


def test_a_shorter_run_is_scaled_borrowers_by_attempts_and_rules_by_time():
    _, hour = costs(result(("short", 3_600, TOOK)))
    assert hour == (
        "an hour of scenario with 50 attempts a second takes 257.5 s of one core, 2575% of the 10 s that it may take "
        "(short, scaled from 3600 attempts in 360 s)"
    )


def test_the_run_with_the_most_attempts_tells_it():
    heaviest, hour = costs(result(("short", 3_600, replace(TOOK, looking=99.0)), ("hour", 183_000, TOOK)))
    assert "short with 3600" in heaviest
    assert hour.endswith("(hour)")


@pytest.mark.parametrize(("papers", "lines"), [((), 0), ((("short", 3_000, TOOK),), 1)])
def test_where_few_came_nothing_is_said_of_an_hour(papers, lines):
    assert len(list(costs(result(*papers)))) == lines

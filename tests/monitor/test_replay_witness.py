import pytest
from replay_recordings import read

from drawdown.outcome import Origin
from drawdown.reasons import Reason
from drawdown.tally import Part, Tally, Within
from monitor.replay.witness import CountsWitness

MINUTES = """
time: {column: at, format: epoch}
step: 1m
labels: {origin: {value: borrower}, journey: journey, reason: reason, channel: channel}
counters: {drawdown_attempts_total: count}
"""
TEXT = """at,journey,reason,channel,count
600,app,none,a,90
600,app,gateway_timeout,a,10
600,app,gateway_timeout,b,5
660,app,none,b,40
660,web,none,b,7
"""


def ask(folder, *, since, until, journey="app", text=TEXT, described=MINUTES, within=None):
    witness = CountsWitness(read(folder, text, described)[0])
    return witness.tally(
        origin=Origin.BORROWER,
        journey=journey,
        reason=Reason.GATEWAY_TIMEOUT,
        since=since,
        until=until,
        within=within,
    )


def test_counts_of_the_catalogues_attempts_say_how_many_were_hit(tmp_path):
    tally = ask(tmp_path, since=0, until=900)
    assert (tally.attempts, tally.affected, tally.borrowers) == (145, 15, 15)
    assert tally.slices == {
        "channel": (Part(value="a", affected=10, attempts=100), Part(value="b", affected=5, attempts=45))
    }


def test_of_a_part_alone_only_its_attempts_are_counted(tmp_path):
    tally = ask(tmp_path, since=0, until=900, within=Within(slice="channel", values=frozenset({"a", "unknown"})))
    assert (tally.attempts, tally.affected) == (100, 10)


@pytest.mark.parametrize(
    ("since", "until", "attempts"), [(0, 659, 0), (0, 660, 105), (655, 660, 105), (660, 720, 40), (720, 800, 0)]
)
def test_a_step_is_known_when_it_is_over(tmp_path, since, until, attempts):
    assert ask(tmp_path, since=since, until=until).attempts == attempts


def test_other_journeys_do_not_count(tmp_path):
    assert ask(tmp_path, since=0, until=900, journey="web").attempts == 7


def test_counts_of_something_else_witness_nothing(tmp_path):
    described = MINUTES.replace("drawdown_attempts_total", "other_total").replace(", channel: channel", "")
    assert ask(tmp_path, since=0, until=900, described=described) == Tally()

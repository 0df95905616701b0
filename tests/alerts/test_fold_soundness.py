"""Whatever alerts come, in whatever order: what always holds of the incidents that they fold into."""

from alerts_builders import T0, alert
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.causes import Causality
from alerts.fold import fold
from alerts.incident import Severity

REASONS = ("gateway_timeout", "gateway_congested", "slow_response", "burst_control", "settlement_stuck", "unmapped", "")
UNRELATED = Causality(links=())


def causality(crowded):
    return Causality(crowded=lambda _alert, _before: crowded)


ALERTS = st.builds(
    lambda seconds, channel, **labels: alert(T0 + seconds, **({"channel": channel} if channel else {}), **labels),
    st.integers(-60, 0),
    st.sampled_from(["", "alpha", "beta"]),
    origin=st.sampled_from(["borrower", "borrower", "probe"]),
    journey=st.sampled_from(["app", "app", "web"]),
    reason=st.sampled_from(REASONS),
    severity=st.sampled_from(["page", "page", "ticket"]),
)
TICKS = st.lists(
    st.tuples(st.lists(ALERTS, max_size=5, unique_by=lambda one: one.labels), st.integers(1, 200)), max_size=12
)


def walk(ticks, causality):
    """The time, the alerts, and what they folded into from what, tick after tick."""
    incidents, now = (), T0
    for alerts, pause in ticks:
        now += pause
        folded = fold(incidents, alerts, now=now, causality=causality)
        yield now, alerts, incidents, folded
        incidents = folded.incidents


@settings(max_examples=200, deadline=None)
@given(TICKS, st.booleans())
def test_every_alert_that_fires_is_in_one_open_incident(ticks, crowded):
    for _, alerts, _, folded in walk(ticks, causality(crowded)):
        held = [
            one.labels for each in folded.incidents if each.open and each.quiet_since is None for one in each.alerts
        ]
        assert sorted(held, key=repr) == sorted((one.labels for one in alerts), key=repr)


@settings(max_examples=200, deadline=None)
@given(TICKS, st.booleans())
def test_an_incident_is_never_lost_and_never_without_an_alert_of_its_reason(ticks, crowded):
    for _, _, before, folded in walk(ticks, causality(crowded)):
        ids = [each.id for each in folded.incidents]
        assert len(set(ids)) == len(ids)
        assert {each.id for each in before} <= set(ids)
        for each in folded.incidents:
            assert each.alerts
            assert any(one.reason is each.reason for one in (*each.alerts, *each.past))
            assert (each.quiet_since is None) == (each.open and any(one.firing for one in each.alerts))


@settings(max_examples=200, deadline=None)
@given(TICKS, st.booleans())
def test_severity_never_falls_and_what_is_told_has_changed(ticks, crowded):
    for _, _, before, folded in walk(ticks, causality(crowded)):
        was = {each.id: each.severity for each in before}
        assert all(each.severity is Severity.PAGE or was.get(each.id) is not Severity.PAGE for each in folded.incidents)
        assert {each for each, _ in folded.changes} <= folded.changed


@settings(max_examples=200, deadline=None)
@given(TICKS, st.booleans())
def test_folding_a_second_time_changes_nothing(ticks, crowded):
    for now, alerts, _, folded in walk(ticks, causality(crowded)):
        again = fold(folded.incidents, alerts, now=now, causality=causality(crowded))
        assert (again.incidents, again.changes, again.changed) == (folded.incidents, (), frozenset())


@settings(max_examples=200, deadline=None)
@given(TICKS, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_the_alerts_of_one_tick_does_not_matter(ticks, crowded, chance):
    for now, alerts, before, folded in walk(ticks, causality(crowded)):
        shuffled = chance.sample(alerts, len(alerts))
        assert fold(before, shuffled, now=now, causality=causality(crowded)) == folded


@settings(max_examples=300, deadline=None)
@given(TICKS, st.booleans())
def test_who_knows_what_leads_to_what_pages_no_more_often(ticks, crowded):
    """Of one journey: which of two a probe's alert joins is a matter of chance."""
    ticks = [([one for one in alerts if one.labels["journey"] == "app"], pause) for alerts, pause in ticks]
    knowing, unknowing = ([folded for *_, folded in walk(ticks, how)] for how in (causality(crowded), UNRELATED))
    if ticks:
        assert _pages(knowing[-1]) <= _pages(unknowing[-1])


def _pages(folded):
    return sum(each.severity is Severity.PAGE for each in folded.incidents)

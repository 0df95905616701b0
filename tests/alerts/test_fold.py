from dataclasses import replace

from alerts_builders import T0, alert, incident
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.fold import REOPEN, fold
from alerts.incident import Change, Severity, Status
from drawdown.reasons import Reason


def kinds(folded):
    return [change for _, change in folded.changes]


def test_alerts_of_one_cause_are_one_incident():
    alerts = [alert(channel="alpha"), alert(channel="beta", alertname="Other")]
    folded = fold((), alerts, now=T0 + 2)
    (only,) = folded.incidents
    assert (only.reason, only.journey, len(only.alerts)) == (Reason.GATEWAY_TIMEOUT, "app", 2)
    assert (only.started_at, only.opened_at) == (T0, T0 + 2)
    assert folded.changes == ((only.id, Change.OPENED),)


def test_another_reason_or_another_journey_is_another_incident():
    alerts = [alert(), alert(reason="slow_response"), alert(journey="web")]
    folded = fold((), alerts, now=T0)
    assert {(each.journey, each.reason) for each in folded.incidents} == {
        ("app", Reason.GATEWAY_TIMEOUT),
        ("app", Reason.SLOW_RESPONSE),
        ("web", Reason.GATEWAY_TIMEOUT),
    }


def test_an_alert_that_only_waits_opens_nothing():
    assert fold((), [alert(state="pending")], now=T0).incidents == ()


def test_an_alert_of_no_severity_is_nobodys_incident():
    assert fold((), [alert(severity="none")], now=T0).incidents == ()


def test_a_probe_joins_what_borrowers_see():
    first = fold((), [alert()], now=T0)
    both = fold(first.incidents, [alert(), alert(journey="synthetic", origin="probe")], now=T0 + 1)
    (only,) = both.incidents
    assert (only.journey, len(only.alerts), kinds(both)) == ("app", 2, [])
    assert [event.kind for event in only.timeline] == ["opened", "joined"]


def test_borrowers_join_what_only_a_probe_saw_and_give_it_their_journey():
    probe = alert(journey="synthetic", origin="probe")
    first = fold((), [probe], now=T0)
    assert first.incidents[0].journey == "synthetic"
    both = fold(first.incidents, [probe, alert()], now=T0 + 1)
    assert [(each.id, each.journey) for each in both.incidents] == [(first.incidents[0].id, "app")]
    three = fold(both.incidents, [probe, alert(), alert(journey="web")], now=T0 + 2)
    assert [each.journey for each in three.incidents] == ["app", "web"]


def test_two_borrowers_journeys_do_not_share_an_incident_that_a_probe_opened():
    probe = alert(journey="synthetic", origin="probe")
    first = fold((), [probe], now=T0)
    folded = fold(first.incidents, [probe, alert(), alert(journey="web")], now=T0 + 1)
    assert sorted(each.journey for each in folded.incidents) == ["app", "web"]


def test_an_incident_resolves_when_its_last_alert_is_gone():
    opened = fold((), [alert(channel="alpha"), alert(channel="beta")], now=T0)
    fewer = fold(opened.incidents, [alert(channel="beta")], now=T0 + 5)
    (still,) = fewer.incidents
    assert (still.status, len(still.alerts), len(still.past), kinds(fewer)) == (Status.OPEN, 1, 1, [])
    gone = fold(fewer.incidents, [], now=T0 + 9)
    (ended,) = gone.incidents
    assert (ended.status, ended.resolved_at, kinds(gone)) == (Status.RESOLVED, T0 + 9, [Change.RESOLVED])
    assert [one.labels["channel"] for one in (*ended.alerts, *ended.past)] == ["beta", "alpha"]
    assert all(one.resolved_at for one in (*ended.alerts, *ended.past))


def test_a_cause_that_comes_back_soon_reopens_its_incident():
    ended = fold(fold((), [alert()], now=T0).incidents, [], now=T0 + 9)
    again = fold(ended.incidents, [alert()], now=T0 + 9 + REOPEN)
    (only,) = again.incidents
    assert (only.status, only.resolved_at, only.opened_at, kinds(again)) == (Status.OPEN, None, T0, [Change.REOPENED])
    later = fold(ended.incidents, [alert()], now=T0 + 10 + REOPEN)
    assert [each.status for each in later.incidents] == [Status.RESOLVED, Status.OPEN]


def test_severity_is_the_worst_that_was_seen_and_only_a_rise_to_page_is_told():
    ticket = fold((), [alert(severity="ticket")], now=T0)
    page = fold(ticket.incidents, [alert(severity="ticket"), alert(severity="page")], now=T0 + 1)
    assert (ticket.incidents[0].severity, page.incidents[0].severity) == (Severity.TICKET, Severity.PAGE)
    assert kinds(page) == [Change.GREW]
    back = fold(page.incidents, [alert(severity="ticket")], now=T0 + 2)
    assert (back.incidents[0].severity, kinds(back)) == (Severity.PAGE, [])


def test_an_alert_without_a_severity_pages_and_without_a_reason_stands_for_itself():
    alerts = [alert(alertname="A", reason="", severity=""), alert(alertname="B", reason="", severity="")]
    folded = fold((), alerts, now=T0)
    assert [(each.reason, each.severity) for each in folded.incidents] == [(Reason.UNMAPPED, Severity.PAGE)] * 2


def test_ids_sort_by_time():
    opened = [fold((), [alert()], now=T0 + 1000 * step).incidents[0].id for step in range(20)]
    assert opened == sorted(opened)


def test_only_the_value_of_an_alert_is_no_change():
    opened = fold((), [alert()], now=T0)
    same = fold(opened.incidents, [replace(alert(), value=0.5, last_seen_at=T0 + 1)], now=T0 + 1)
    assert (same.changed, same.changes) == (frozenset(), ())
    assert same.incidents[0].alerts[0].value == 0.5


def test_a_long_timeline_keeps_its_start_and_its_end():
    long = incident()
    for second in range(500):
        long = long.with_event(T0 + second, "joined", str(second))
    assert (len(long.timeline), long.timeline[0].text, long.timeline[-1].text) == (200, "0", "499")


_ALERTS = st.builds(
    lambda origin, journey, reason, severity: alert(origin=origin, journey=journey, reason=reason, severity=severity),
    st.sampled_from(["borrower", "probe"]),
    st.sampled_from(["app", "web"]),
    st.sampled_from(["gateway_timeout", "slow_response"]),
    st.sampled_from(["page", "ticket"]),
)
_TICKS = st.lists(st.tuples(st.lists(_ALERTS, max_size=5), st.integers(1, 50)), max_size=12)


@settings(max_examples=150)
@given(_TICKS)
def test_whatever_happens_the_incidents_are_sound(ticks):
    incidents, now = (), T0
    for alerts, pause in ticks:
        now += pause
        before = {each.id: each for each in incidents}
        folded = fold(incidents, alerts, now=now)
        incidents = folded.incidents
        firing = {one.labels for one in alerts}
        held = [one.labels for each in incidents if each.open for one in each.alerts]
        assert sorted(held, key=repr) == sorted(firing, key=repr)
        assert all(each.alerts for each in incidents)
        assert len({each.id for each in incidents}) == len(incidents)
        assert set(before) <= {each.id for each in incidents}
        assert all(one.labels["reason"] == each.reason for each in incidents for one in each.alerts)
        assert all(
            each.severity is Severity.PAGE or before.get(each.id, each).severity is Severity.TICKET
            for each in incidents
        )
        assert {each for each, _ in folded.changes} <= folded.changed
        again = fold(incidents, alerts, now=now)
        assert (again.incidents, again.changes, again.changed) == (incidents, (), frozenset())

from dataclasses import replace

from alerts_builders import T0, alert, incident

from alerts.fold import HOLD, fold
from alerts.incident import Change, Severity, Status
from alerts.seats import REOPEN
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


def test_an_incident_that_has_come_back_is_held_open_for_a_while_before_it_is_over():
    back = fold(fold(fold((), [alert()], now=T0).incidents, [], now=T0 + 9).incidents, [alert()], now=T0 + 20)
    quiet = fold(back.incidents, [], now=T0 + 30)
    (held,) = quiet.incidents
    assert (held.status, held.quiet_since, held.returns, kinds(quiet)) == (Status.OPEN, T0 + 30, 1, [])
    again = fold(quiet.incidents, [alert()], now=T0 + 29 + HOLD)
    assert (again.incidents[0].quiet_since, kinds(again)) == (None, [])
    calm = fold(again.incidents, [], now=T0 + 100)
    over = fold(calm.incidents, [], now=T0 + 100 + HOLD)
    assert (kinds(calm), kinds(over), over.incidents[0].resolved_at) == ([], [Change.RESOLVED], T0 + 100 + HOLD)
    kept = [event.kind for event in over.incidents[0].timeline]
    assert kept == ["opened", "resolved", "reopened", "quiet", "joined", "quiet", "resolved"]


def test_how_soon_a_cause_is_back_counts_from_its_last_alert_and_not_from_the_end_of_the_hold():
    back = fold(fold(fold((), [alert()], now=T0).incidents, [], now=T0 + 9).incidents, [alert()], now=T0 + 20)
    over = fold(fold(back.incidents, [], now=T0 + 30).incidents, [], now=T0 + 30 + HOLD)
    assert kinds(fold(over.incidents, [alert()], now=T0 + 30 + REOPEN)) == [Change.REOPENED]
    assert kinds(fold(over.incidents, [alert()], now=T0 + 31 + REOPEN)) == [Change.OPENED]


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

from dataclasses import replace
from pathlib import Path

from alerts_builders import T0, alert

from alerts.causes import AFTER, EARLY, LINKS, SOON, Causality
from alerts.fold import Folded, fold
from alerts.incident import Change, Severity
from alerts.seats import REOPEN
from drawdown.reasons import Blame, Reason

PAGE = Path(__file__).parents[2] / "docs" / "alerts.md"
CROWDED = Causality(crowded=lambda _alert, _before: True)
SLOW = alert(alertname="LenderFailing", reason="slow_response")
TIMEOUT = alert(reason="gateway_timeout", channel="alpha")


def congested(seconds=0, channel="alpha", **labels):
    return alert(T0 + seconds, reason="gateway_congested", channel=channel, **labels)


def folded(*ticks, causality=CROWDED):
    """Every tick is its seconds after T0 and the alerts that fire then."""
    last = Folded(incidents=())
    for seconds, alerts in ticks:
        last = fold(last.incidents, alerts, now=T0 + seconds, causality=causality)
    return last


def reasons(last):
    return [each.reason for each in last.incidents]


def kinds(last):
    return [change for _, change in last.changes]


def test_a_crowd_that_slow_servers_bring_is_no_incident_of_its_own():
    last = folded((0, [SLOW]), (60, [SLOW, congested(55)]))
    (only,) = last.incidents
    assert (only.reason, only.consequences, kinds(last)) == (Reason.SLOW_RESPONSE, (Reason.GATEWAY_CONGESTED,), [])
    assert only.timeline[-1].text == (
        'ChannelFailing{channel="alpha", journey="app"} (gateway_congested, which follows from slow_response) fires too'
    )


def test_without_a_crowd_slow_servers_and_a_congested_channel_are_two():
    last = folded((0, [SLOW]), (60, [SLOW, congested(55)]), causality=Causality())
    assert reasons(last) == [Reason.SLOW_RESPONSE, Reason.GATEWAY_CONGESTED]


def test_who_looks_for_the_crowd_is_told_when_the_cause_began_and_asked_about_the_consequence():
    asked = []
    causality = Causality(crowded=lambda one, before: asked.append((one.reason, before - T0)) or True)
    folded((0, [SLOW]), (60, [SLOW, congested(55)]), (61, [SLOW, congested(55)]), causality=causality)
    assert asked == [(Reason.GATEWAY_CONGESTED, 0)]


def test_a_slow_channel_fills_its_own_connections_and_nobody_else_s():
    last = folded((0, [TIMEOUT]), (9, [TIMEOUT, congested(5)]), causality=Causality())
    assert reasons(last) == [Reason.GATEWAY_TIMEOUT]
    last = folded((0, [TIMEOUT]), (9, [TIMEOUT, congested(5, "beta")]), causality=Causality())
    assert reasons(last) == [Reason.GATEWAY_TIMEOUT, Reason.GATEWAY_CONGESTED]


def test_of_two_that_lead_to_each_other_the_first_is_the_root():
    first = congested()
    last = folded((0, [first]), (9, [first, alert(T0 + 5, channel="alpha")]))
    assert (reasons(last), last.incidents[0].consequences) == ([Reason.GATEWAY_CONGESTED], (Reason.GATEWAY_TIMEOUT,))


def test_a_root_that_is_seen_after_its_consequence_gives_the_incident_its_name_and_wakes_nobody_again():
    first, root = congested(), alert(T0 + 10, alertname="LenderFailing", reason="slow_response")
    last = folded((0, [first]), (12, [first, root]))
    (only,) = last.incidents
    assert (only.reason, only.consequences, kinds(last)) == (
        Reason.SLOW_RESPONSE,
        (Reason.GATEWAY_CONGESTED,),
        [Change.TRACED],
    )
    assert only.alerts == (root, first)
    assert [event.kind for event in only.timeline] == ["opened", "joined", "traced"]
    assert only.timeline[-1].text == "slow_response led to gateway_congested"


def test_the_impact_of_a_root_is_asked_anew():
    first, root = congested(), alert(T0 + 10, alertname="LenderFailing", reason="slow_response")
    assert folded((0, [first]), (12, [first, root])).incidents[0].impact.before.attempts == 0


def test_a_fault_that_begins_long_after_another_is_not_its_root():
    first, late = congested(), alert(T0 + EARLY + 1, alertname="LenderFailing", reason="slow_response")
    assert reasons(folded((0, [first]), (40, [first, late]))) == [Reason.GATEWAY_CONGESTED, Reason.SLOW_RESPONSE]


def test_the_crowd_that_comes_when_a_fault_is_over_belongs_to_it():
    last = folded((0, [SLOW]), (60, []), (90, [congested(80)]))
    assert (reasons(last), kinds(last)) == ([Reason.SLOW_RESPONSE], [Change.REOPENED])
    late = folded((0, [SLOW]), (60, []), (60 + AFTER + 9, [congested(60 + AFTER + 1)]))
    assert reasons(late) == [Reason.SLOW_RESPONSE, Reason.GATEWAY_CONGESTED]


def test_an_incident_lasts_until_its_last_consequence_is_gone():
    last = folded((0, [SLOW]), (60, [SLOW, congested(55)]), (70, [congested(55)]))
    assert (last.incidents[0].open, kinds(last)) == (True, [])
    assert kinds(fold(last.incidents, [], now=T0 + 80, causality=CROWDED)) == [Change.RESOLVED]


def test_a_consequence_that_is_known_need_not_be_proved_again_until_it_is_long_gone():
    last = folded((0, [SLOW]), (60, [SLOW, congested(55)]), (70, [SLOW]))
    soon = fold(last.incidents, [SLOW, congested(70 + REOPEN)], now=T0 + 70 + REOPEN)
    later = fold(last.incidents, [SLOW, congested(71 + REOPEN)], now=T0 + 71 + REOPEN)
    assert (len(soon.incidents), len(later.incidents)) == (1, 2)


def test_a_consequence_leads_on():
    timeout = alert(T0 + 20, channel="alpha")
    last = folded((0, [SLOW]), (9, [SLOW, congested(5)]), (22, [SLOW, congested(5), timeout]), causality=CROWDED)
    assert last.incidents[0].consequences == (Reason.GATEWAY_CONGESTED, Reason.GATEWAY_TIMEOUT)


def test_a_consequence_that_pages_makes_a_ticket_a_page():
    ticket = alert(alertname="StepSlow", reason="slow_response", severity="ticket")
    last = folded((0, [ticket]), (60, [ticket, congested(55)]))
    assert (last.incidents[0].severity, kinds(last)) == (Severity.PAGE, [Change.GREW])


def test_of_those_who_are_asked_for_a_check_some_fail_at_once_and_not_many_minutes_later():
    asked, failed = (alert(alertname="PolicyBlocking", reason=f"identity_{what}") for what in ("required", "failed"))
    soon, late = (replace(failed, active_at=T0 + after) for after in (SOON, SOON + 1))
    assert reasons(folded((0, [asked]), (SOON + 2, [asked, soon]))) == [Reason.IDENTITY_REQUIRED]
    assert len(folded((0, [asked]), (SOON + 2, [asked, late])).incidents) == 2


def test_another_journey_and_an_unrelated_reason_are_not_consequences():
    web, stepped = congested(55, journey="web"), alert(T0 + 55, reason="identity_required")
    assert len(folded((0, [SLOW]), (60, [SLOW, web, stepped])).incidents) == 3


def test_an_alert_that_says_no_reason_follows_from_nothing():
    changed = alert(alertname="LenderFailing", reason="contract_changed")
    own = alert(T0 + 3, alertname="Own")
    own = replace(own, labels=own.labels.without("reason"))
    assert len(folded((0, [changed]), (5, [changed, own])).incidents) == 2


def test_every_link_is_there_once_and_leads_from_what_can_page_to_what_is_not_the_borrowers_own_doing():
    pairs = [(link.cause, link.consequence, link.crowd) for link in LINKS]
    assert len(set(pairs)) == len(pairs)
    for link in LINKS:
        assert link.cause is not link.consequence
        assert link.why
        assert {link.cause.blame, link.consequence.blame}.isdisjoint({Blame.NOBODY, Blame.BORROWER, Blame.MONITOR})


def test_the_page_lists_every_link_and_no_other():
    page = PAGE.read_text(encoding="utf-8").partition("### What follows from what")[2].partition("\n## ")[0]
    rows = [row.strip("| ").split(" | ") for row in page.splitlines() if row.startswith("| `")]
    listed = [(cause.strip("`"), row[1].strip("`"), row[2], *row[3:]) for row in rows for cause in row[0].split(", ")]
    assert sorted(listed) == sorted((link.cause, link.consequence, link.why, *_only(link)) for link in LINKS)


def _only(link):
    if link.crowd:
        yield "with a crowd"
    if link.soon:
        yield "soon"

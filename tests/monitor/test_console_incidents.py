"""An incident as the page tells it."""

from dataclasses import replace

from console_world import EPOCH, impact_of, incident

from alerts.incident import Impact
from drawdown.reasons import Blame, Reason
from drawdown.tally import Part, Tally
from monitor.console.incidents import drivers, line, report


def sliced(*parts, name="channel", affected=100, attempts=1000):
    slices = {name: tuple(Part(value=value, affected=hit, attempts=of) for value, hit, of in parts)}
    return Impact(since=Tally(affected=affected, attempts=attempts, slices=slices))


def test_a_line_says_what_whose_where_and_how_many():
    shown = line(incident(Reason.GATEWAY_TIMEOUT))
    assert (shown.reason, shown.blame, shown.step) == (Reason.GATEWAY_TIMEOUT, Blame.CHANNEL, "payout")
    assert (shown.affected, shown.borrowers) == (143, 132)


def test_without_hit_borrowers_the_probes_tell_the_step():
    probes = Tally(attempts=9, affected=5, steps={"login": 1, "submit": 4})
    assert line(incident(impact=Impact(probes=probes))).step == "submit"
    assert line(incident(impact=Impact())).step == ""


def test_a_report_compares_the_last_minute_with_normal():
    shown = report(incident())
    assert (round(shown.share, 3), round(shown.normal, 4)) == (0.310, 0.0040)
    assert report(incident(impact=Impact())).share is None


def test_a_report_has_its_timeline_and_the_alerts_labels():
    shown = report(incident(resolved_at=EPOCH + 60))
    assert [event.kind for event in shown.timeline] == ["opened", "notified", "joined", "resolved"]
    assert shown.alerts[0].name == "DrawdownReasonSurge"
    assert shown.alerts[0].labels == {"channel": "alpha", "reason": "gateway_timeout", "severity": "page"}


def test_a_report_says_what_followed_from_its_reason_and_how_many_attempts_that_hit():
    root = incident(Reason.GATEWAY_TIMEOUT)
    busy = replace(root.alerts[0], labels=root.alerts[0].labels.with_({"reason": "gateway_congested"}))
    impact = replace(root.impact, also={Reason.GATEWAY_CONGESTED: 7})
    assert report(replace(root, alerts=(*root.alerts, busy), impact=impact)).also == {Reason.GATEWAY_CONGESTED: 7}
    assert report(root).also == {}


def test_the_slice_that_most_of_the_affected_share_drives_the_incident():
    (driver,) = drivers(impact_of())
    assert (driver.slice, driver.value, driver.of_affected) == ("channel", "alpha", round(134 / 143, 5))


def test_a_version_that_alone_is_hit_drives_the_incident():
    (driver,) = drivers(sliced(("4.2", 98, 100), ("5.2", 1, 800), ("5.1", 1, 100), name="app"))
    assert (driver.slice, driver.value, driver.of_affected) == ("app", "4.2", 0.98)


def test_a_value_that_most_attempts_have_anyway_drives_nothing():
    assert drivers(sliced(("alpha", 90, 900), ("beta", 10, 100))) == []


def test_a_slice_with_one_value_drives_nothing():
    assert drivers(sliced(("alpha", 100, 1000))) == []


def test_a_value_that_chance_may_have_made_drives_nothing():
    assert drivers(sliced(("alpha", 7, 40), ("beta", 3, 60), affected=10, attempts=100)) == []


def test_nobody_affected_is_driven_by_nobody():
    assert drivers(sliced(("alpha", 0, 500), ("beta", 0, 500), affected=0)) == []

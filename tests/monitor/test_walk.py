"""What the demo breaks, and how it judges what the monitor made of it."""

from dataclasses import replace

import pytest

from alerts.incident import Event, Incident, Severity, Status
from drawdown.reasons import Reason
from monitor.demo.walk import KINDS, Verdict, announcements, judge, plan

START = 1_700_000_000.0
WALK = plan(START, 300.0)


def incident(fault, **more):
    """What a good monitor makes of a fault."""
    usual = {
        "id": f"i-{fault.kind}",
        "journey": "app",
        "reason": fault.reason,
        "severity": Severity.PAGE,
        "status": Status.RESOLVED,
        "started_at": fault.starts_at + 4,
        "opened_at": fault.starts_at + 6,
        "resolved_at": fault.ends_at + 20,
        "timeline": (Event(at=fault.starts_at + 6.5, kind="notified", text="terminal was told"),),
    }
    return Incident(**{**usual, **more})


def told():
    return [incident(fault) for fault in WALK.faults]


def test_a_walk_is_quiet_then_breaks_each_once_and_leaves_time_to_heal():
    for seconds in (150.0, 200.0, 300.0, 1000.0):
        walk = plan(START, seconds)
        assert [fault.kind for fault in walk.faults] == list(KINDS)
        assert walk.faults[0].starts_at == START + 20
        assert all(
            before.ends_at < after.starts_at for before, after in zip(walk.faults, walk.faults[1:], strict=False)
        )
        assert walk.ends_at == START + seconds
        assert walk.ends_at - walk.faults[-1].ends_at >= 40


def test_each_fault_with_its_incident_is_well():
    verdict = judge(WALK, told())
    assert verdict.ok
    assert verdict.unexpected == ()
    assert [finding.incident for finding in verdict.findings] == [f"i-{kind}" for kind in KINDS]
    first = verdict.findings[0]
    assert (first.opened_after, first.noticed_after, first.resolved_after) == (6.0, 6.5, 20.0)


def test_the_order_of_the_incidents_does_not_matter():
    assert judge(WALK, reversed(told())) == judge(WALK, told())


def test_an_incident_that_is_missing_is_not_well():
    verdict = judge(WALK, told()[1:])
    assert [finding.ok for finding in verdict.findings] == [False, True, True, True]
    assert not verdict.ok


def test_an_incident_with_the_wrong_reason_is_missing_and_unexpected():
    first, *others = told()
    verdict = judge(WALK, [replace(first, reason=Reason.GATEWAY_UNAVAILABLE), *others])
    assert not verdict.findings[0].ok
    assert verdict.unexpected == (f"gateway_unavailable at {START + 26:.0f}",)
    assert not verdict.ok


def test_an_incident_that_nothing_explains_is_not_well():
    extra = incident(WALK.faults[0], id="extra", reason=Reason.RISK_DECLINED)
    verdict = judge(WALK, [*told(), extra])
    assert all(finding.ok for finding in verdict.findings)
    assert not verdict.ok


def test_two_incidents_for_one_fault_are_one_too_many():
    again = incident(WALK.faults[0], id="again", opened_at=WALK.faults[0].starts_at + 9)
    verdict = judge(WALK, [*told(), again])
    assert verdict.findings[0].incident == "i-channel_timeout"
    assert len(verdict.unexpected) == 1


@pytest.mark.parametrize("early", [-0.5, 200.0])
def test_an_incident_at_the_wrong_time_is_not_the_fault_s(early):
    first, *others = told()
    verdict = judge(WALK, [replace(first, opened_at=WALK.faults[0].starts_at + early), *others])
    assert not verdict.findings[0].ok
    assert len(verdict.unexpected) == 1


def test_an_incident_that_did_not_resolve_is_not_well():
    *others, last = told()
    verdict = judge(WALK, [*others, replace(last, status=Status.OPEN, resolved_at=None)])
    assert verdict.findings[-1].resolved_after is None
    assert not verdict.ok


def test_an_incident_of_which_nobody_was_told_is_not_well():
    first, *others = told()
    verdict = judge(WALK, [replace(first, timeline=()), *others])
    assert verdict.findings[0].noticed_after is None
    assert not verdict.ok


def test_a_verdict_about_nothing_is_not_well():
    assert not Verdict(findings=(), unexpected=()).ok


def test_a_verdict_says_for_people_what_is_well_and_what_is_not():
    first, *others = told()
    lines = list(judge(WALK, [*others, replace(first, reason=Reason.UNMAPPED)]).lines())
    assert lines == [
        "FAIL channel_timeout → gateway_timeout: opened never, notice never, resolved never of healing",
        "ok   step_up → identity_required: opened after 6.0 s, notice after 6.5 s, resolved after 20.0 s of healing",
        "ok   limit_cut → limit_reduced: opened after 6.0 s, notice after 6.5 s, resolved after 20.0 s of healing",
        "ok   slow_servers → slow_response: opened after 6.0 s, notice after 6.5 s, resolved after 20.0 s of healing",
        f"FAIL an incident that nothing explains: unmapped at {START + 26:.0f}",
    ]


def test_a_verdict_says_for_machines_the_same():
    spoken = judge(WALK, told()).as_json()
    assert spoken["ok"] is True
    assert spoken["unexpected"] == []
    assert spoken["faults"][0] == {
        "kind": "channel_timeout",
        "reason": "gateway_timeout",
        "incident": "i-channel_timeout",
        "opened_after": 6.0,
        "noticed_after": 6.5,
        "resolved_after": 20.0,
        "ok": True,
    }


def test_what_breaks_and_heals_is_announced_in_the_order_of_time():
    lines = announcements(WALK)
    assert [at for at, _ in lines] == sorted(at for at, _ in lines)
    assert lines[0] == (START + 20, "breaking: payment channel alpha stops answering in time for 30 s")
    assert lines[1] == (START + 50, "healing: payment channel alpha stops answering in time no more")
    assert len(lines) == 2 * len(KINDS)

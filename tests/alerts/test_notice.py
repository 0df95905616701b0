from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from alerts_builders import T0, alert, impact, incident, parts, tally
from hypothesis import given
from hypothesis import strategies as st

from alerts.incident import Change, Severity, Status
from alerts.notice import Voice, percent, render
from drawdown.reasons import Reason
from drawdown.series import Labels

CASES = Path(__file__).parent / "cases" / "notices"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def summed(one, summary):
    return replace(one, annotations=Labels(summary=summary))


def described(one, description):
    return replace(one, annotations=Labels(description=description))


CHANNEL = incident(
    alerts=(summed(alert(channel="alpha"), "31% of the attempts through channel alpha end as gateway_timeout"),),
    impact=impact(
        since=tally(
            98,
            320,
            borrowers=95,
            unexplained=12,
            steps={"payout": 96, "submit": 2},
            slices={
                "channel": parts(alpha=(96, 101), beta=(1, 110), gamma=(1, 109)),
                "bank": parts(icbc=(26, 80), ccb=(25, 80), cmb=(24, 80), boc=(23, 80)),
                "tier": parts(A=(33, 107), B=(33, 107), C=(32, 106)),
            },
        ),
        now=tally(98, 316),
        before=tally(36, 12000),
        probes=tally(4, 6),
    ),
)
EVEN = incident(
    reason=Reason.IDENTITY_REQUIRED,
    alerts=(summed(alert(reason="identity_required"), "45% of the attempts are blocked as identity_required"),),
    impact=impact(
        since=tally(
            140,
            200,
            slices={"channel": parts(alpha=(50, 70), beta=(45, 65), gamma=(45, 65)), "tier": parts(A=(140, 200))},
            steps={"submit": 140},
        ),
        now=tally(140, 200),
    ),
)
VERSION = incident(
    reason=Reason.SIGNATURE_REJECTED,
    alerts=(summed(alert(reason="signature_rejected"), "5% of the attempts end as signature_rejected"),),
    impact=impact(
        since=tally(
            58,
            1190,
            slices={
                "bank": parts(icbc=(21, 415), ccb=(18, 360), cmb=(11, 240), boc=(8, 175)),
                "region": parts(east=(23, 480), south=(17, 350), north=(11, 215), west=(7, 145)),
                "app": parts(**{"4.2": (58, 60), "5.2": (0, 715), "5.1": (0, 295), "4.9": (0, 120)}),
            },
            steps={"login": 58},
        ),
        now=tally(58, 1190),
        before=tally(0, 11800),
    ),
)
SLOW = incident(
    reason=Reason.SLOW_RESPONSE,
    severity=Severity.TICKET,
    alerts=(summed(alert(reason="slow_response", step="quota"), "step quota takes 4s (95th percentile)"),),
    impact=impact(since=tally(0, 40), now=tally(0, 40), before=tally(0, 4000)),
)
FAULT = incident(
    journey="",
    reason=Reason.MONITOR_FAULT,
    severity=Severity.TICKET,
    alerts=(summed(alert(alertname="MonitorSuspect", reason="monitor_fault"), "the monitor cannot run synthetic"),),
)
OWN = incident(reason=Reason.UNMAPPED, alerts=(described(alert(reason="", alertname="DiskFull"), "Clean up /var."),))

BUREAU = incident(
    reason=Reason.DEPENDENCY_DOWN,
    alerts=(summed(alert(alertname="LenderFailing", reason="dependency_down"), "64% end as dependency_down"),),
    impact=impact(
        since=tally(
            4159,
            6477,
            steps={"submit": 4159},
            slices={
                "channel": parts(alpha=(1630, 2514), beta=(1304, 2037), gamma=(1225, 1926)),
                "tier": parts(B=(2848, 3083), C=(1014, 1097), D=(297, 320), A=(0, 1977)),
            },
        ),
        now=tally(4159, 6477),
        before=tally(0, 9630),
    ),
)
STORM = incident(
    reason=Reason.SLOW_RESPONSE,
    alerts=(
        summed(alert(alertname="LenderFailing", reason="slow_response"), "82% of the attempts end as slow_response"),
        summed(
            alert(T0 + 90, reason="gateway_congested", channel="alpha"),
            "31% of the attempts through channel alpha end as gateway_congested",
        ),
    ),
    past=(alert(T0 + 95, reason="gateway_timeout", channel="alpha"),),
    impact=impact(
        since=tally(2310, 2820, borrowers=640, steps={"login": 2100, "submit": 210}),
        now=tally(980, 1200),
        before=tally(4, 12000),
        also={Reason.GATEWAY_CONGESTED: 214, Reason.GATEWAY_TIMEOUT: 9},
    ),
)


def resolved(one, *, after):
    calm = replace(one.impact, now=tally(1, 200))
    return replace(one, status=Status.RESOLVED, resolved_at=T0 + after, impact=calm)


NOTICES = {
    "channel-opened": (CHANNEL, Change.OPENED, 12),
    "channel-reopened": (CHANNEL, Change.REOPENED, 200),
    "channel-resolved": (resolved(CHANNEL, after=192), Change.RESOLVED, 192),
    "policy-opened-evenly": (EVEN, Change.OPENED, 4),
    "version-opened": (VERSION, Change.OPENED, 20),
    "slow-opened-nothing-lost": (SLOW, Change.OPENED, 3),
    "slow-grew": (incident(reason=Reason.SLOW_RESPONSE, alerts=SLOW.alerts), Change.GREW, 7300),
    "bureau-opened": (BUREAU, Change.OPENED, 9),
    "storm-traced": (STORM, Change.TRACED, 100),
    "storm-resolved": (resolved(STORM, after=400), Change.RESOLVED, 400),
    "monitor-opened": (FAULT, Change.OPENED, 30),
    "own-rule-opened": (OWN, Change.OPENED, 100_000),
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_reads_as_it_was_approved(name, language):
    one, change, later = NOTICES[name]
    notice = render(
        one, change, now=T0 + later, voice=Voice(language=language, zone=SHANGHAI, console="https://console.test")
    )
    approved = (CASES / f"{name}.{language}.txt").read_text(encoding="utf-8")
    assert f"{notice.title}\n\n{notice.text}\n" == approved


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0%"), (0.00001, "<0.1%"), (0.003, "0.3%"), (0.0994, "9.9%"), (0.0996, "10%"), (1, "100%")],
)
def test_a_share_is_as_exact_as_a_reader_needs(share, text):
    assert percent(share) == text


@given(st.sampled_from(Reason), st.sampled_from(Change), st.sampled_from(["en", "zh"]), st.floats(0, 1e7))
def test_every_reason_has_a_notice_for_every_change(reason, change, language, later):
    notice = render(incident(reason=reason), change, now=T0 + later, voice=Voice(language=language))
    assert reason.value in notice.text
    assert "{" not in notice.title + notice.text


@pytest.mark.parametrize(("language", "said"), [("en", "a channel fails"), ("zh", "通道故障")])
def test_what_was_seen_is_told_in_the_notices_language_where_the_rule_has_it(language, said):
    seen = replace(alert(channel="alpha"), annotations=Labels(summary="a channel fails", summary_zh="通道故障"))
    told = render(incident(alerts=(seen,)), Change.OPENED, now=T0, voice=Voice(language=language))
    assert told.text.splitlines()[-2].endswith(said)


@pytest.mark.parametrize(("language", "said"), [("en", "Runbook: "), ("zh", "处置手册:")])
def test_a_notice_leads_to_the_runbook_of_its_first_alert_that_has_one(language, said):
    page = "https://monitor.test/runbooks/ChannelFailing"
    alerts = (alert(), *(replace(alert(channel=name), annotations=Labels(runbook_url=page)) for name in "ab"))
    opened = render(incident(alerts=alerts), Change.OPENED, now=T0 + 5, voice=Voice(language=language))
    assert opened.text.splitlines().count(said + page) == 1
    assert "runbook" not in render(incident(), Change.OPENED, now=T0 + 5, voice=Voice()).text.lower()
    over = incident(alerts=alerts, status=Status.RESOLVED, resolved_at=T0 + 9)
    assert page not in render(over, Change.RESOLVED, now=T0 + 9, voice=Voice(language=language)).text


def test_what_to_do_about_an_alert_that_says_no_reason_is_told_in_the_notice_s_language():
    both = Labels(description="Clean up /var.", description_zh="清理 /var。")
    own = replace(OWN, alerts=(replace(OWN.alerts[0], annotations=both),))
    texts = [render(own, Change.OPENED, now=T0, voice=Voice(language=language)).text for language in ("en", "zh")]
    assert "What to do: Clean up /var." in texts[0]
    assert "处置建议:清理 /var。" in texts[1]


def test_what_wakes_people_is_told_before_the_tickets_beside_it():
    ticket = replace(alert(severity="ticket"), annotations=Labels(summary="a rule fails", runbook_url="/runbooks/Rule"))
    page = replace(alert(), annotations=Labels(summary="the source is silent", runbook_url="/runbooks/Source"))
    lines = render(incident(alerts=(ticket, page)), Change.GREW, now=T0 + 5, voice=Voice()).text.splitlines()
    assert "Seen by: the source is silent; a rule fails" in lines
    assert "Runbook: /runbooks/Source" in lines

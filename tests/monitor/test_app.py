"""The whole sentence in virtual time: from a lender that breaks to a person who is told, and back."""

from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from monitor_house import EPOCH, TEXT, Doing, House, counted, fault

from alerts.incident import Severity, Status
from drawdown.clock import run_virtually
from drawdown.reasons import Kind, Reason
from monitor.demo.walk import judge, plan
from monitor.web import listening
from probes.exchange import BadAnswer, Disconnected, LocalFault, NotConnected, Reply, TimedOut
from sandbox import FaultKind

ATTEMPTS = "drawdown_attempts_total"


@pytest.mark.parametrize("seed", [3])
def test_each_of_the_four_faults_is_told_and_resolves_and_nothing_else_is(tmp_path, seed):
    walk = plan(EPOCH, 180.0)
    house = House(folder=tmp_path, faults=walk.faults, seed=seed)

    async def main():
        async with house.open(), house.watched() as parts:
            await house.until(180.0)
            attempts = counted(parts, ATTEMPTS, house.clock.now(), origin="borrower")
        return judge(walk, parts.pager.incidents()), attempts

    verdict, attempts = run_virtually(main())
    assert verdict.ok, list(verdict.lines())
    assert attempts > 180 * house.rate * 0.9
    assert len(house.told()) == 8
    for part in walk.faults:
        opened, resolved = (text for text in house.told() if f" {part.reason.value}" in text)
        assert part.reason.words().action in opened
        assert "http://127.0.0.1:9185/#incident=" in resolved


def test_whatever_breaks_every_loan_of_a_probe_is_given_back(tmp_path):
    kinds = (FaultKind.CHANNEL_TIMEOUT, FaultKind.SLOW_SERVERS, FaultKind.LIMIT_CUT)
    faults = tuple(fault(kind, 10.0 + 15 * number, 25.0 + 15 * number) for number, kind in enumerate(kinds))
    house = House(folder=tmp_path, faults=(*faults, fault(FaultKind.SERVERS_DOWN, 60.0, 65.0)), rate=0.0)

    async def main():
        async with house.open():
            async with house.watched() as parts:
                await house.until(66.3)
                drawn = counted(parts, ATTEMPTS, house.clock.now(), origin="probe", outcome="succeeded")
            left = house.owed_loans()
            async with house.watched():
                await house.until(90.0)
            return drawn, left, house.owed_loans()

    drawn, left, at_last = run_virtually(main())
    assert drawn >= 4
    assert len(left) <= 1  # drawn when the servers went down: the next monitor gives it back
    assert at_last == ()


def test_a_restart_in_the_middle_goes_on_with_the_same_incident_and_says_nothing_twice(tmp_path):
    house = House(folder=tmp_path, faults=(fault(FaultKind.CHANNEL_TIMEOUT, 15, 70, channel="alpha"),))

    async def main():
        async with house.open():
            async with house.watched() as parts:
                await house.until(40.0)
                before = parts.pager.incidents()
            told = len(house.told())
            await house.until(43.0)
            async with house.watched() as parts:
                await house.until(44.0)
                resumed = parts.pager.incidents()
                await house.until(65.0)
                later = len(house.told())
                await house.until(120.0)
                return before, told, resumed, later, parts.pager.incidents()

    before, told, resumed, later, after = run_virtually(main())
    assert [incident.id for incident in before] == [incident.id for incident in resumed]
    assert [incident.id for incident in after] == [incident.id for incident in before]
    assert [incident.status for incident in (*before, *resumed, *after)] == [Status.OPEN, Status.OPEN, Status.RESOLVED]
    assert (told, later, len(house.told())) == (1, 1, 2)
    assert [event.kind for event in after[0].timeline].count("opened") == 1


PAGER = (
    TEXT
    + """
alerts:
  channels:
    - {name: terminal, type: stdout}
    - {name: pager, type: webhook, url: "http://127.0.0.1:PORT/hook", timeout: 5s}
"""
)


class Hook:
    """Somebody's webhook, behind a socket. Until second `well` it answers with 503, or never when it `hangs`."""

    def __init__(self, clock, *, well, hangs):
        self.clock = clock
        self.well = well
        self.hangs = hangs
        self.taken = []
        self.tries = 0

    @asynccontextmanager
    async def listening(self):
        app = web.Application()
        app.router.add_post("/hook", self._take)
        async with listening(app, host="127.0.0.1", port=0) as port:
            yield port

    async def _take(self, request):
        self.tries += 1
        if self.clock.monotonic() >= self.well:
            self.taken.append(await request.json())
            return web.Response()
        if self.hangs:
            await self.clock.sleep_until(self.well)
        return web.Response(status=503)


async def with_a_channel_that_times_out(house):
    """A hundred seconds with a fault in them: what became of it, and how the monitor kept its own times."""
    async with house.open(), house.watched() as parts:
        await house.until(100.0)
        now = house.clock.now()
        kept = [
            counted(parts, name, now, **labels)
            for name, labels in (
                (ATTEMPTS, {"origin": "probe"}),
                ("drawdown_probe_missed_runs_total", {}),
                ("drawdown_evaluation_missed_total", {}),
            )
        ]
        (incident,) = parts.pager.incidents()
        return incident, kept


TIMES_OUT = (fault(FaultKind.CHANNEL_TIMEOUT, 15, 40, channel="alpha"),)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    house = House(folder=tmp_path_factory.mktemp("undisturbed"), faults=TIMES_OUT)
    return run_virtually(with_a_channel_that_times_out(house))


@pytest.mark.parametrize("hangs", [False, True])
def test_a_webhook_that_fails_or_hangs_delays_nothing_and_is_told_later(tmp_path, undisturbed, hangs):
    async def main():
        house = House(folder=tmp_path, faults=TIMES_OUT)
        hook = Hook(house.clock, well=50.0, hangs=hangs)
        async with hook.listening() as port:
            house.path.write_text(PAGER.replace("PORT", str(port)), encoding="utf-8")
            return hook, house.told, *await with_a_channel_that_times_out(house)

    hook, told, incident, kept = run_virtually(main())
    usual, usually_kept = undisturbed
    assert kept == pytest.approx(usually_kept, abs=1)
    assert incident.opened_at == pytest.approx(usual.opened_at, abs=1)
    assert incident.resolved_at == pytest.approx(usual.resolved_at, abs=1)
    times = {event.text: event.at - EPOCH for event in incident.timeline if event.kind == "notified"}
    assert times["terminal was told (opened)"] == pytest.approx(incident.opened_at - EPOCH, abs=0.1)
    assert times["terminal was told (resolved)"] == pytest.approx(incident.resolved_at - EPOCH, abs=0.1)
    assert 50.0 <= times["pager was told (opened)"] <= times["pager was told (resolved)"] < 100.0
    assert [body["status"] for body in hook.taken] == ["firing", "resolved"]
    assert hook.tries > 2
    assert [event.kind for event in incident.timeline].count("failed_notice") == 1
    assert len(told()) == 2


BAD_DAYS = {
    "refuses": (NotConnected("refused"), 0.0, Reason.DEPENDENCY_DOWN),
    "resets": (Disconnected("reset by peer"), 0.1, Reason.DEPENDENCY_DOWN),
    "answers nothing": (TimedOut("no whole answer in 3s"), 60.0, Reason.SLOW_RESPONSE),
    "answers garbage": (BadAnswer("not HTTP"), 0.1, Reason.CONTRACT_CHANGED),
    "answers HTML": (
        Reply(status=200, headers={"content-type": "text/html"}, body=b"<html>login</html>"),
        0.1,
        Reason.CONTRACT_CHANGED,
    ),
    "answers an empty body": (Reply(status=200), 0.1, Reason.CONTRACT_CHANGED),
    "answers late": (Reply(status=200, body=b'{"code": "0", "data": {"token": "t"}}'), 2.5, Reason.SLOW_RESPONSE),
    "answers 200 with an error": (
        Reply(status=200, body=b'{"code": "LIMIT_REDUCED", "guidance": "ask for less"}'),
        0.1,
        Reason.LIMIT_REDUCED,
    ),
    "answers 200 with a code that nobody knows": (Reply(status=200, body=b'{"code": "E-99"}'), 0.1, Reason.UNMAPPED),
    "answers 200 without a field": (Reply(status=200, body=b'{"code": "0"}'), 0.1, Reason.CAPTURE_MISSING),
    "fails": (Reply(status=500, body=b"oops"), 0.1, Reason.INTERNAL_ERROR),
    "has a gateway that gives up": (Reply(status=504, body=b"<html>504</html>"), 0.1, Reason.GATEWAY_TIMEOUT),
}


@pytest.mark.parametrize("day", BAD_DAYS)
def test_a_lender_that_misbehaves_is_told_with_the_right_reason(tmp_path, day):
    does, after, reason = BAD_DAYS[day]
    house = House(folder=tmp_path, rate=0.0)
    house.exchange = Doing(house.clock, does, after=after).opened

    async def main():
        async with house.open(), house.watched() as parts:
            await house.until(25.0)
            now = house.clock.now()
            ended = counted(parts, ATTEMPTS, now, origin="probe", outcome=reason.kind, reason=reason)
            return parts.pager.incidents(), ended, counted(parts, ATTEMPTS, now, origin="probe")

    incidents, ended, runs = run_virtually(main())
    assert ended == runs >= 5
    assert [(incident.reason, incident.severity) for incident in incidents] == [(reason, Severity.PAGE)]
    (text,) = house.told()
    assert reason.words().title in text
    assert f" {reason.value}" in text


@pytest.mark.parametrize("rate", [0.0, 8.0])
def test_the_monitors_own_network_failing_is_never_the_lenders_outage(tmp_path, rate):
    house = House(folder=tmp_path, rate=rate)
    house.exchange = Doing(house.clock, LocalFault("Network is unreachable")).opened

    async def main():
        async with house.open(), house.watched() as parts:
            await house.until(60.0)
            now = house.clock.now()
            runs = counted(parts, ATTEMPTS, now, origin="probe", outcome=Kind.UNKNOWN, reason=Reason.MONITOR_FAULT)
            return parts.pager.incidents(), runs

    incidents, runs = run_virtually(main())
    assert runs >= 29
    assert [(incident.reason, incident.severity) for incident in incidents] == [(Reason.MONITOR_FAULT, Severity.TICKET)]
    assert "this says nothing about the lender" in house.told()[0].lower()


def test_a_quiet_lender_is_left_in_peace(tmp_path):
    house = House(folder=tmp_path, seed=5)

    async def main():
        async with house.open():
            async with house.watched() as parts:
                await house.until(120.0)
                runs = counted(parts, ATTEMPTS, house.clock.now(), origin="probe", outcome="succeeded")
            return runs, parts.pager.incidents(), house.owed_loans()

    assert run_virtually(main()) == (60, (), ())
    assert house.told() == []

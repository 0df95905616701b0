import asyncio

import pytest
from alerts_builders import T0, Counts, incident
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels import NotDelivered
from alerts.dispatch import LONGEST_DELAY, Dispatcher, backoff
from alerts.incident import Change
from alerts.ledger import Entry, Ledger
from alerts.notice import Notice, OwedNotice
from drawdown.clock import LoopClock, run_virtually


class Scripted:
    """Fails as often as it is told, takes `seconds` for each try, and notes when it took what."""

    def __init__(self, clock, *, failures=0, seconds=0.0, error=None):
        self.clock, self.failures, self.seconds, self.error = clock, failures, seconds, error
        self.taken = []

    async def send(self, owed):
        await asyncio.sleep(self.seconds)
        if self.failures:
            self.failures -= 1
            raise self.error or NotDelivered("busy")
        self.taken.append((owed.key, round(self.clock.now() - T0, 2)))


def owed(key, channel, incident_id="i"):
    one = incident(id=incident_id)
    notice = Notice(title="t", text="x")
    return OwedNotice(key=key, channel=channel, change=Change.OPENED, incident=one, notice=notice, due_at=T0)


class Stage:
    def __init__(self, ledger=None):
        self.clock = LoopClock(T0)
        self.ledger = ledger or Ledger("sqlite://")
        self.counts = Counts()
        self.deliveries = []

    def dispatcher(self, **channels):
        return Dispatcher(
            self.ledger,
            channels,
            clock=self.clock,
            instruments=self.counts,
            report=self.deliveries.append,
        )

    async def run_for(self, dispatcher, seconds, *notices):
        """Run, with `notices` owed one second after the start."""
        task = asyncio.create_task(dispatcher.run())
        await asyncio.sleep(1)
        self.ledger.commit(Entry(notices=notices))
        dispatcher.wake()
        await asyncio.sleep(seconds)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def play(scene):
    return run_virtually(scene())


def test_what_is_owed_is_sent_at_once_and_in_order():
    async def scene():
        stage = Stage()
        channel = Scripted(stage.clock)
        await stage.run_for(stage.dispatcher(a=channel), 10, owed("k1", "a"), owed("k2", "a"), owed("k3", "a", "j"))
        assert channel.taken == [("k1", 1.0), ("k3", 1.0), ("k2", 1.0)]
        assert stage.ledger.owed("a") == ()
        assert stage.counts.counters[("drawdown_notices_total", "a", "sent")] == 3

    play(scene)


def test_a_slow_or_failing_channel_delays_no_other():
    async def scene():
        stage = Stage()
        slow, dead, good = (
            Scripted(stage.clock, seconds=10),
            Scripted(stage.clock, failures=10**6),
            Scripted(stage.clock),
        )
        notices = [owed(f"{name}{number}", name, f"{number}") for name in ("slow", "dead", "good") for number in (1, 2)]
        await stage.run_for(stage.dispatcher(slow=slow, dead=dead, good=good), 30, *notices)
        assert good.taken == [("good1", 1.0), ("good2", 1.0)]
        assert slow.taken == [("slow1", 11.0), ("slow2", 21.0)]
        assert dead.taken == []

    play(scene)


@pytest.mark.parametrize("error", [NotDelivered("busy"), RuntimeError("a bug")])
def test_a_failed_notice_is_tried_again_until_it_is_taken(error):
    async def scene():
        stage = Stage()
        channel = Scripted(stage.clock, failures=3, error=error)
        await stage.run_for(stage.dispatcher(a=channel), 60, owed("k1", "a"))
        waited = sum(backoff(tries, key="k1") for tries in range(3))
        assert channel.taken == [("k1", pytest.approx(1 + waited, abs=0.01))]
        assert [bool(each.error) for each in stage.deliveries] == [True, True, True, False]
        assert [each.tries for each in stage.deliveries] == [1, 2, 3, 4]
        assert stage.counts.counters[("drawdown_notices_total", "a", "failed")] == 3

    play(scene)


def test_what_was_owed_before_a_restart_is_sent_after_it(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"

    async def dies():
        stage = Stage(Ledger(url))
        await stage.run_for(stage.dispatcher(a=Scripted(stage.clock, seconds=100)), 50, owed("k1", "a"))
        stage.ledger.close()

    async def lives():
        stage = Stage(Ledger(url))
        channel = Scripted(stage.clock)
        await stage.run_for(stage.dispatcher(a=channel), 5)
        stage.ledger.close()
        return channel.taken

    play(dies)
    assert play(lives) == [("k1", 0.0)]


def test_flush_tries_what_is_due_once():
    async def scene():
        stage = Stage()
        good, bad = Scripted(stage.clock), Scripted(stage.clock, failures=5)
        stage.ledger.commit(Entry(notices=(owed("g", "good"), owed("b", "bad"))))
        await stage.dispatcher(good=good, bad=bad).flush()
        assert (good.taken, bad.failures) == ([("g", 0.0)], 4)

    play(scene)


def test_a_broken_ledger_does_not_end_the_dispatcher():
    async def scene():
        stage = Stage()
        channel = Scripted(stage.clock)
        dispatcher = stage.dispatcher(a=channel)
        with stage.ledger._engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE notices RENAME TO hidden")
        task = asyncio.create_task(dispatcher.run())
        await asyncio.sleep(12)
        with stage.ledger._engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE hidden RENAME TO notices")
        stage.ledger.commit(Entry(notices=(owed("k1", "a"),)))
        await asyncio.sleep(12)
        task.cancel()
        assert channel.taken == [("k1", 15.0)]

    play(scene)


@given(st.integers(0, 10_000), st.text(max_size=20))
def test_the_delay_doubles_to_a_limit_and_is_the_same_for_the_same_key(tries, key):
    delay = backoff(tries, key=key)
    expected = min(LONGEST_DELAY, 2.0 ** min(tries, 20))
    assert 0.75 * expected <= delay <= 1.25 * expected
    assert delay == backoff(tries, key=key)

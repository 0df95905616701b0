"""The beat, in virtual time."""

import asyncio
from contextlib import suppress

import numpy as np
import pytest
from structlog.testing import capture_logs

from alerts.ledger import LedgerError
from collector.recorder import Recorder
from collector.store import Store
from collector.vocabulary import JourneyWords, Vocabulary
from drawdown.catalogue import LATE_SAMPLES, MISSED_EVALUATIONS, MISSED_RUNS, REFUSED_SERIES
from drawdown.clock import LoopClock, run_virtually
from drawdown.outcome import Origin
from drawdown.series import NAME, Labels, Matcher, Op, is_absent
from monitor import heartbeat

EPOCH = 1_700_000_000.0
WORDS = Vocabulary(journeys=(JourneyWords(origin=Origin.BORROWER, journey="app"),))


class Wall(LoopClock):
    """A clock that somebody sets, and that gains `drift` seconds a second."""

    def __init__(self, *, drift=0.0):
        super().__init__(EPOCH)
        self.offset = 0.0
        self.drift = drift

    def now(self):
        return super().now() + self.offset + self.drift * self.monotonic()


class Looks:
    """Stands for the pager and the console: remembers when each was asked."""

    def __init__(self, *, takes=(), fails=()):
        self.ticks = []
        self.shown = []
        self._takes = dict(takes)
        self._fails = frozenset(fails)

    async def tick(self, now):
        self.ticks.append(now - EPOCH)
        await asyncio.sleep(self._takes.get(len(self.ticks), 0.0))
        if len(self.ticks) in self._fails:
            raise LedgerError("the ledger cannot be used: disk full")

    @property
    def console(self):
        return Shown(self.shown)


class Shown:
    def __init__(self, times):
        self._times = times

    def tick(self, now):
        self._times.append(now - EPOCH)


class Heart:
    """What beats, and what came of it."""

    def __init__(self, looks, clock=None):
        self.looks = looks
        self.clock = clock or Wall()
        self.store = Store()
        self.missed = None

    def beat(self, seconds, *, meanwhile=None):
        run_virtually(self._beat(seconds, meanwhile))
        return self

    async def _beat(self, seconds, meanwhile):
        await asyncio.sleep(0.25)
        recorder = Recorder(WORDS, now=self.clock.now())
        parts = {"recorder": recorder, "store": self.store, "pager": self.looks, "console": self.looks.console}
        beating = asyncio.create_task(heartbeat.run(clock=self.clock, **parts))
        if meanwhile:
            await meanwhile(self.clock)
        await asyncio.sleep(seconds - self.clock.monotonic())
        assert not beating.done()
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        names, values = recorder.row()
        self.missed = next(v for n, v in zip(names, values, strict=True) if n[NAME] == MISSED_EVALUATIONS.name)

    def sampled(self):
        """The seconds for which the store has samples."""
        chosen = (Matcher(NAME, Op.EQUAL, MISSED_EVALUATIONS.name),)
        return [at - EPOCH for at in self.store.select(chosen, EPOCH - 9999, EPOCH + 9999).times]


def seconds(first, last):
    return [float(second) for second in range(first, last + 1)]


def test_every_whole_second_is_sampled_once_and_looked_at_once():
    heart = Heart(Looks()).beat(1000.5)
    assert heart.looks.ticks == heart.looks.shown == seconds(1, 1000)
    assert heart.sampled() == seconds(0, 1000)
    assert heart.missed == 0


@pytest.mark.parametrize("drift", [-0.0005, 0.0005])
def test_a_clock_that_runs_a_little_wrong_gives_one_beat_a_second_too(drift):
    heart = Heart(Looks(), Wall(drift=drift)).beat(300.5)
    assert heart.looks.ticks == seconds(1, 300)
    assert heart.missed == 0


def test_a_beat_that_takes_too_long_makes_the_next_ones_missed_and_none_late():
    heart = Heart(Looks(takes={3: 4.6})).beat(10.5)
    assert heart.looks.ticks == [1.0, 2.0, 3.0, 8.0, 9.0, 10.0]
    assert heart.missed == 4


def test_a_beat_that_takes_nearly_a_second_misses_none():
    heart = Heart(Looks(takes=dict.fromkeys(range(1, 10), 0.9))).beat(10.5)
    assert heart.looks.ticks == seconds(1, 10)
    assert heart.missed == 0


def test_a_ledger_that_fails_does_not_stop_the_beat_and_is_told():
    with capture_logs() as logs:
        heart = Heart(Looks(fails={2, 3})).beat(5.5)
    assert heart.looks.ticks == seconds(1, 5)
    assert heart.sampled() == seconds(0, 5)
    assert heart.looks.shown == [1.0, 4.0, 5.0]
    assert [(line["event"], line["error"]) for line in logs] == [
        ("ledger_unusable", "the ledger cannot be used: disk full")
    ] * 2


async def _set(clock, *, after, by):
    await asyncio.sleep(after)
    clock.offset += by


def test_a_clock_that_is_set_back_beats_on_at_the_new_time():
    heart = Heart(Looks()).beat(50.5, meanwhile=lambda clock: _set(clock, after=20.2, by=-600.0))
    assert heart.looks.ticks == [*seconds(1, 21), *seconds(-578, -550)]
    assert heart.sampled()[-1] == -550.0
    assert heart.missed == 0


def test_a_clock_that_is_set_forward_beats_on_at_the_new_time_and_counts_what_it_skipped():
    heart = Heart(Looks()).beat(30.5, meanwhile=lambda clock: _set(clock, after=20.2, by=600.0))
    assert heart.looks.ticks == [*seconds(1, 21), *seconds(622, 630)]
    assert heart.missed == 600


class Recording(Heart):
    """A heart whose recorder and store the test can reach while it beats."""

    async def _beat(self, seconds, meanwhile):
        await asyncio.sleep(0.25)
        self.recorder = Recorder(WORDS, now=self.clock.now())
        self.taken_up, self.sampled_at = [], []
        parts = {"recorder": self.recorder, "store": self.store, "pager": self.looks, "console": self.looks.console}
        heard = {
            "take_up": lambda at: self.taken_up.append(at - EPOCH),
            "sampled": lambda: self.sampled_at.append(self.store.latest - EPOCH),
        }
        beating = asyncio.create_task(heartbeat.run(clock=self.clock, **parts, **heard))
        await meanwhile(self)
        await asyncio.sleep(seconds - self.clock.monotonic())
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating

    def samples(self, name):
        found = self.store.select((Matcher(NAME, Op.EQUAL, name),), EPOCH - 9999, EPOCH + 9999)
        here = ~is_absent(found.values)
        return [(found.times[row] - EPOCH).tolist() for row in here], found.values[here].tolist()


def test_a_counter_that_begins_between_beats_was_0_at_the_beat_before():
    async def refuse(heart):
        await asyncio.sleep(4.2)
        heart.recorder.add(MISSED_RUNS, journey="app")

    heart = Recording(Looks())
    heart.beat(7.5, meanwhile=refuse)
    assert heart.samples(MISSED_RUNS.name) == ([[4.0, 5.0, 6.0, 7.0]], [0.0, 1.0, 1.0, 1.0])


def test_what_the_store_does_not_take_is_counted():
    async def overfill(heart):
        await asyncio.sleep(2.2)
        many = tuple(Labels({NAME: "m", "i": str(i)}) for i in range(1000))
        heart.store.append(EPOCH + 2, many, np.zeros(1000))
        heart.store.append(EPOCH + 1, heart.recorder.row()[0][:3], np.zeros(3))

    heart = Recording(Looks())
    heart.store = Store(most=1000)
    heart.beat(4.5, meanwhile=overfill)
    (times,), refused = heart.samples(REFUSED_SERIES.name)
    assert times == seconds(0, 4)
    assert refused[:3] == [0.0, 0.0, 0.0]
    assert refused[3] == refused[4] == heart.store.refused > 0
    assert heart.samples(LATE_SAMPLES.name)[1] == [0.0, 0.0, 0.0, 3.0, 3.0]


def test_the_past_is_taken_up_once_before_the_first_beat_and_each_beat_is_heard():
    async def nothing(_heart):
        return

    heart = Recording(Looks())
    heart.beat(3.5, meanwhile=nothing)
    assert heart.taken_up == [0.0]
    assert heart.sampled_at == [1.0, 2.0, 3.0]


def test_the_last_row_of_a_run_that_ended_in_this_second_is_left_alone():
    async def nothing(_heart):
        return

    heart = Recording(Looks())
    heart.store.append(EPOCH, (Labels({NAME: MISSED_EVALUATIONS.name}),), np.array([5.0]))
    heart.beat(2.5, meanwhile=nothing)
    assert heart.samples(MISSED_EVALUATIONS.name) == ([[0.0, 1.0, 2.0]], [5.0, 0.0, 0.0])

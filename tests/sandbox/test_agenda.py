from hypothesis import given
from hypothesis import strategies as st

from drawdown.clock import LoopClock, run_virtually
from sandbox.agenda import Agenda, play


@given(st.lists(st.floats(0, 10)), st.floats(0, 10))
def test_acts_are_done_in_the_order_of_their_times_and_then_of_their_writing(times, end):
    agenda, done = Agenda(), []
    for number, when in enumerate(times):
        agenda.at(when, lambda now, number=number: done.append((now, number)))
    agenda.run_until(end)
    assert done == sorted((when, number) for number, when in enumerate(times) if when <= end)
    assert agenda.next_at == min((when for when in times if when > end), default=None)


def test_an_act_may_write_down_what_comes_next():
    agenda, done = Agenda(), []

    def again(now):
        done.append(now)
        agenda.at(now + 2, again)

    agenda.at(1, again)
    agenda.run_until(6)
    assert done == [1, 3, 5]


def test_on_a_clock_each_act_is_done_at_its_time_and_the_play_ends_with_the_last():
    clock, agenda, done = LoopClock(100.0), Agenda(), []
    for when in (101.5, 104.0):
        agenda.at(when, lambda now: done.append((now, clock.now())))

    async def main():
        await play(agenda, clock)
        return clock.now()

    assert run_virtually(main()) == 104.0
    assert done == [(101.5, 101.5), (104.0, 104.0)]

"""The indicator, its halves and the reasons, by value."""

from console_world import EPOCH, Shelf

from drawdown.outcome import Origin
from drawdown.reasons import Blame, Kind, Reason
from monitor.console.headline import bars, headline
from monitor.console.totals import Past, Totals, read_totals


def after(minutes, count, *, step=10):
    """The past after `minutes` in each of whose steps `count(shelf, second)` was counted, and its last reading."""
    shelf, past = Shelf(), Past()
    for second in range(0, minutes * 60 + 1, step):
        shelf.at = EPOCH + second
        count(shelf, second)
        past.add(read_totals(shelf, shelf.at))
    return past, read_totals(shelf, shelf.at)


def steady(shelf, _second):
    shelf.count(Origin.BORROWER, Reason.NONE, 90)
    shelf.count(Origin.BORROWER, Reason.GATEWAY_TIMEOUT, 4, explained=False)
    shelf.count(Origin.BORROWER, Reason.RISK_DECLINED, 4)
    shelf.count(Origin.BORROWER, Reason.BAD_ACCOUNT, 2)


def test_the_shares_of_attempts_with_credit_add_up():
    now = headline(*after(10, steady)).now
    assert (now.attempts, now.paid, now.technical, now.policy, now.borrower) == (600, 0.9, 0.04, 0.04, 0.02)


def test_the_unexplained_share_is_of_what_failed_or_was_blocked():
    assert headline(*after(10, steady)).now.unexplained == 0.4


def test_the_last_minute_sees_a_fault_at_once_and_the_hour_remembers_what_was():
    def broken(shelf, second):
        shelf.count(Origin.BORROWER, Reason.NONE if second <= 1800 else Reason.INTERNAL_ERROR, 10)

    top = headline(*after(31, broken))
    assert (top.now.paid, top.now.technical) == (0.0, 1.0)
    assert top.hour.paid == round(180 / 186, 5)


def test_the_line_has_a_point_each_ten_seconds_for_an_hour_and_no_more():
    top = headline(*after(90, steady))
    assert len(top.times) == len(top.line) == 361
    assert top.times[0] == EPOCH + 30 * 60
    assert set(top.line) == {(0.9, 0.04, 0.04)}


def test_a_minute_without_attempts_is_a_gap_not_a_zero():
    def pause(shelf, second):
        if not 300 < second <= 600:
            steady(shelf, second)

    line = headline(*after(15, pause)).line
    assert line[45] == (None, None, None)
    assert line[-1] == (0.9, 0.04, 0.04)


def test_nothing_counted_is_no_share():
    top = headline(Past(), Totals(at=EPOCH))
    assert (top.now.attempts, top.now.paid, top.now.unexplained, top.line) == (0, None, None, ())


def test_probes_stand_in_only_where_no_borrower_was_seen():
    def probes(shelf, _second):
        shelf.count(Origin.PROBE, Reason.NONE, 5)

    def both(shelf, second):
        probes(shelf, second)
        shelf.count(Origin.BORROWER, Reason.INTERNAL_ERROR, 1)

    assert headline(*after(5, probes)).origin is Origin.PROBE
    assert headline(*after(5, probes)).now.paid == 1.0
    assert headline(*after(5, both)).origin is Origin.BORROWER
    assert headline(*after(5, both)).now.paid == 0.0


def test_bars_compare_five_minutes_with_the_hour_and_say_whose_doing_it_is():
    def rising(shelf, second):
        shelf.count(Origin.BORROWER, Reason.NONE, 8)
        shelf.count(Origin.BORROWER, Reason.BAD_ACCOUNT, 1)
        shelf.count(Origin.BORROWER, Reason.LIMIT_REDUCED if second > 3300 else Reason.NONE, 1)

    first, second = bars(*after(60, rising), Origin.BORROWER)
    assert (first.reason, first.kind, first.blame) == (Reason.BAD_ACCOUNT, Kind.BLOCKED, Blame.BORROWER)
    assert (first.recent, first.hour) == (30, 360)
    assert (second.reason, second.blame) == (Reason.LIMIT_REDUCED, Blame.LIMIT)
    assert (second.recent, second.recent_share, second.hour, second.hour_share) == (30, 0.1, 30, round(30 / 3600, 5))


def test_success_and_reasons_without_attempts_have_no_bar():
    past, reading = after(5, lambda shelf, _: shelf.count(Origin.BORROWER, Reason.NONE, 3))
    assert bars(past, reading, Origin.BORROWER) == ()

import math
import threading
from dataclasses import replace

import pytest
from alerts_builders import T0, alert, impact, incident, parts, tally

from alerts.incident import Change, Status
from alerts.ledger import Entry, Ledger, LedgerError
from alerts.notice import Notice, OwedNotice


@pytest.fixture
def path(tmp_path):
    return f"sqlite:///{tmp_path / 'ledger.sqlite'}"


@pytest.fixture
def ledger():
    made = Ledger("sqlite://")
    yield made
    made.close()


def owed(one=None, key="k1", channel="ops", **more):
    return OwedNotice(
        key=key,
        channel=channel,
        change=Change.OPENED,
        incident=one or incident(),
        notice=Notice(title="t", text="借款"),
        due_at=T0,
        **more,
    )


def full_incident(**changes):
    slices = {"channel": parts(alpha=(9, 10))}
    seen = impact(since=tally(9, 10, slices=slices, steps={"payout": 9}, codes={"AB05": 9}))
    return incident(impact=seen, past=(alert(channel="beta"),), **changes).with_event(T0, "opened", "it fires")


def test_what_is_written_comes_back_after_a_restart_as_it_was(path):
    first = Ledger(path)
    entry = Entry(
        incidents=(full_incident(),),
        notices=(owed(full_incident()),),
        alerts=(replace(alert(), value=math.inf, kept_until=3.0, missing_since=T0),),
    )
    first.commit(entry)
    first.close()
    second = Ledger(path)
    assert (second.incidents(), second.owed("ops"), second.alerts()) == (entry.incidents, entry.notices, entry.alerts)
    second.close()


def test_a_value_that_is_no_number_is_kept(ledger):
    ledger.commit(Entry(alerts=(replace(alert(), value=math.nan),)))
    assert math.isnan(ledger.alerts()[0].value)


def test_the_latest_state_of_an_incident_counts(ledger):
    ledger.commit(Entry(incidents=(incident(),)))
    ended = incident(status=Status.RESOLVED, resolved_at=T0 + 9)
    ledger.commit(Entry(incidents=(ended,)))
    assert ledger.incidents() == (ended,)


def test_open_incidents_come_back_and_the_latest_of_the_resolved(ledger):
    ended = [incident(id=f"e{number}", status=Status.RESOLVED, resolved_at=T0 + number) for number in range(5)]
    ledger.commit(Entry(incidents=(incident(id="a"), *ended)))
    assert [one.id for one in ledger.incidents(recent=2)] == ["a", "e3", "e4"]


def test_a_notice_is_owed_once_however_often_it_is_written(ledger):
    ledger.commit(Entry(notices=(owed(),)))
    ledger.sent("k1", at=T0 + 1)
    ledger.commit(Entry(notices=(owed(),)))
    assert ledger.owed("ops") == ()


def test_all_of_an_entry_is_written_or_nothing(ledger):
    broken = replace(incident(id="b"), id=None)
    with pytest.raises(LedgerError):
        ledger.commit(Entry(incidents=(incident(), broken), notices=(owed(),)))
    assert (ledger.incidents(), ledger.owed("ops")) == ((), ())


def test_a_later_notice_of_an_incident_waits_for_the_earlier_one(ledger):
    other = incident(id="zz")
    ledger.commit(Entry(notices=(owed(key="k1"), owed(key="k2"), owed(other, key="k3"), owed(key="k4", channel="x"))))
    assert [each.key for each in ledger.owed("ops")] == ["k1", "k3"]
    ledger.failed("k1", error="no", due_at=T0 + 60)
    first = ledger.owed("ops")[0]
    assert (first.key, first.tries, first.due_at) == ("k1", 1, T0 + 60)
    ledger.sent("k1", at=T0 + 61)
    assert [each.key for each in ledger.owed("ops")] == ["k2", "k3"]
    assert ledger.told("zz") == {"ops"}
    assert ledger.told(incident().id) == {"ops", "x"}


def test_threads_share_a_ledger(ledger):
    def write(number):
        for step in range(10):
            ledger.commit(Entry(notices=(owed(incident(id=f"{number}-{step}"), key=f"{number}-{step}"),)))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.owed("ops")) == 40


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////nowhere/at/all/ledger.sqlite", "nosuch://host/name"])
def test_a_ledger_that_cannot_be_opened_says_so(url):
    with pytest.raises(LedgerError, match="the ledger"):
        Ledger(url)


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    (tmp_path / "x").write_text("not a database, but long enough to be read as the header of one" * 20)
    with pytest.raises(LedgerError, match="the ledger"):
        Ledger(f"sqlite:///{tmp_path / 'x'}")


def test_an_empty_entry_is_nothing_to_write():
    assert not Entry()
    assert Entry(alerts=())


def test_what_was_resolved_long_ago_is_forgotten_but_no_notice_that_is_still_owed(ledger):
    old = full_incident(id="old", status=Status.RESOLVED, resolved_at=T0)
    new = full_incident(id="new", status=Status.RESOLVED, resolved_at=T0 + 100)
    still_open = full_incident(id="open")
    ledger.commit(Entry(incidents=(old, new, still_open), notices=(owed(old, "sent"), owed(old, "owed", "other"))))
    ledger.sent("sent", at=T0)
    ledger.forget(T0 + 50)
    assert [one.id for one in ledger.incidents()] == ["new", "open"]
    assert ledger.told("old") == {"other"}
    assert [one.key for one in ledger.owed("other")] == ["owed"]

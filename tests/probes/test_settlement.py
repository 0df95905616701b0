import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lenders import Meters
from structlog.testing import capture_logs

from drawdown.catalogue import OWED, OWED_AGE
from probes.settlement import Debt, Settlement, SettlementError


def debt(run="r1", journey="drawdown", since=1000.0) -> Debt:
    return Debt(run=run, journey=journey, since=since, values={"idempotency_key": run})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "settlement.jsonl"


def test_what_is_owed_is_still_owed_after_a_restart(path):
    with Settlement(path) as first:
        first.owe(debt("a", since=2.0))
        first.owe(debt("b", since=1.0))
        first.settle("a")
    with Settlement(path) as second:
        assert second.owed() == (debt("b", since=1.0),)


def test_nothing_is_owed_at_first(path):
    with Settlement(path) as settlement:
        assert settlement.owed() == ()


def test_what_is_settled_is_gone_from_the_disk_after_a_restart(path):
    with Settlement(path) as settlement:
        for number in range(50):
            settlement.owe(debt(f"r{number}"))
            settlement.settle(f"r{number}")
        settlement.owe(debt("last"))
    Settlement(path).close()
    assert [json.loads(line)["owe"]["run"] for line in path.read_text().splitlines()] == ["last"]


def test_a_debt_is_readable_by_another_process_as_soon_as_it_is_owed(path):
    with Settlement(path) as settlement:
        settlement.owe(debt())
        written = json.loads(path.read_text())
    assert written == {
        "owe": {"run": "r1", "journey": "drawdown", "since": 1000.0, "values": {"idempotency_key": "r1"}}
    }


@given(cut=st.integers(1, 90))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_a_line_that_a_crash_cut_off_is_repaired(tmp_path, cut):
    path = tmp_path / "journal"
    path.unlink(missing_ok=True)
    with Settlement(path) as settlement:
        settlement.owe(debt("whole"))
        settlement.owe(debt("cut-off"))
    path.write_bytes(path.read_bytes()[:-cut])
    with capture_logs() as logs, Settlement(path) as settlement:
        runs = [debt.run for debt in settlement.owed()]
        settlement.owe(debt("next"))
    assert runs in (["whole"], ["whole", "cut-off"])
    assert [log["event"] for log in logs] in ([], ["settlement_repaired"])
    with Settlement(path) as settlement:
        assert {debt.run for debt in settlement.owed()} == {*runs, "next"}


def test_a_repair_says_so(path):
    path.parent.mkdir()
    path.write_text('{"owe": {"run": "r1", "jour')
    with capture_logs() as logs, Settlement(path) as settlement:
        assert settlement.owed() == ()
    assert [(log["event"], log["line"]) for log in logs] == [("settlement_repaired", 1)]


def test_a_damaged_line_in_the_middle_is_kept_for_a_person(path):
    path.parent.mkdir()
    path.write_text('{"owe": {"run": 5}}\n{"settled": "r0"}\n')
    with capture_logs() as logs, Settlement(path) as settlement:
        assert settlement.owed() == ()
    assert logs[0]["event"] == "settlement_unreadable"
    assert path.with_name("settlement.jsonl.unreadable").read_text() == '{"owe": {"run": 5}}\n'


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_file_can_be_opened(tmp_path, noise):
    path = tmp_path / "journal"
    path.write_bytes(noise)
    with capture_logs(), Settlement(path) as settlement:
        settlement.owe(debt("after"))
    with Settlement(path) as settlement:
        assert "after" in {debt.run for debt in settlement.owed()}


def test_a_write_that_failed_half_way_does_not_spoil_the_next(path, monkeypatch):
    with Settlement(path) as settlement:
        whole = settlement._file.write
        monkeypatch.setattr(settlement, "_file", Torn(settlement._file))
        with pytest.raises(OSError, match="No space left"):
            settlement.owe(debt("torn"))
        assert settlement.owed() == ()
        settlement._file.write = whole
        settlement.owe(debt("whole"))
    with capture_logs(), Settlement(path) as settlement:
        assert [debt.run for debt in settlement.owed()] == ["whole"]


class Torn:
    """A file on a full disk: of each write it takes ten bytes."""

    def __init__(self, file):
        self._file = file

    def write(self, line):
        return self._file.write(line[:10])

    def __getattr__(self, name):
        return getattr(self._file, name)


def test_two_monitors_do_not_keep_one_journal(path):
    with Settlement(path), pytest.raises(SettlementError, match="in use by another monitor"):
        Settlement(path)
    Settlement(path).close()


def test_a_path_that_cannot_be_used_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettlementError, match="cannot be used"):
        Settlement(tmp_path / "file" / "journal")
    (tmp_path / "folder").mkdir()
    with pytest.raises(SettlementError, match="cannot be used"):
        Settlement(tmp_path / "folder")


def test_a_debt_that_its_run_still_holds_does_not_wait_for_a_replay(settlement):
    settlement.owe(debt("held"))
    settlement.owe(debt("left"))
    settlement.leave("left")
    assert [debt.run for debt in settlement.left()] == ["left"]
    assert {debt.run for debt in settlement.owed()} == {"held", "left"}


def test_debts_are_exported_for_known_and_for_forgotten_journeys(settlement):
    meters = Meters()
    settlement.owe(debt("a", journey="drawdown", since=1000.0))
    settlement.owe(debt("b", journey="drawdown", since=1010.0))
    settlement.owe(debt("c", journey="forgotten", since=1020.0))
    settlement.observe(meters, journeys=["drawdown", "idle"], now=1030.0)
    assert meters.values == {
        (OWED.name, "drawdown"): 2,
        (OWED_AGE.name, "drawdown"): 30.0,
        (OWED.name, "forgotten"): 1,
        (OWED_AGE.name, "forgotten"): 10.0,
        (OWED.name, "idle"): 0,
        (OWED_AGE.name, "idle"): 0.0,
    }

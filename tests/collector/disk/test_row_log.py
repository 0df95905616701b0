"""Rows on the disk, and back."""

import errno
import os
import resource
import shutil
import tempfile
import zlib
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from row_models import CUTS, PATCHES, PUTS, RESTARTS, SERIES, WRITES, Model, loaded, opened
from structlog.testing import capture_logs

from collector.disk import StoreBusy
from collector.disk.bodies import read_patch, read_row, read_series, time_of
from collector.disk.frames import HEADER, Damaged
from drawdown.series import NAME, Labels

T = 1_700_000_000.0
A, B = SERIES[:2]


def filled(folder, count, *, first=0, series=(A, B)):
    log = opened(folder)
    loaded(log)
    for second in range(first, first + count):
        log.put(T + second, series, np.arange(len(series)) + float(second))
        log.write()
    log.close()


def times(folder):
    log = opened(folder)
    rows = [at - T for at in loaded(log)]
    log.close()
    return rows


def segments(folder):
    return sorted(folder.glob("*.rows"))


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(st.one_of(PUTS, PUTS, PUTS, PATCHES, CUTS, WRITES, RESTARTS), max_size=60))
def test_whatever_was_put_is_read_back_bit_for_bit_after_any_restarts(steps):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "store" / "raw"
        model = Model(opened(folder))
        for step, *what in [*steps, ("restart",)]:
            if step == "restart":
                model.log.close()
                model.log = opened(folder)
                assert model.holds(loaded(model.log))
                assert model.log.repairs == ()
            else:
                getattr(model, step)(*what)
        model.log.close()


DAMAGE = st.tuples(st.sampled_from(["cut", "flip"]), st.integers(0, 2), st.floats(0, 1), st.integers(1, 255))


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(st.one_of(PUTS, PATCHES), min_size=20, max_size=60), damage=DAMAGE)
def test_of_a_damaged_file_the_beginning_is_read_and_of_the_others_all(steps, damage):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = Model(opened(folder))
        for step, *what in steps:
            getattr(model, step)(*what)
        model.log.close()
        before = read(folder)
        hurt(segments(folder), damage)
        log = opened(folder)
        after = loaded(log)
        log.put(model.now + 100.0, (A,), np.ones(1))
        log.close()
        assert {at: row for at, row in after.items() if at not in model.patched}.items() <= before.items()
        lost = [at for at in before if at not in after]
        assert lost == [at for at in before if lost and lost[0] <= at <= lost[-1]]
        again = opened(folder)
        assert max(loaded(again)) == model.now + 100.0
        assert again.repairs == ()
        again.close()


def read(folder):
    log = opened(folder)
    rows = loaded(log)
    log.close()
    return rows


def hurt(files, damage):
    how, number, where, mask = damage
    path = files[number % len(files)]
    content = bytearray(path.read_bytes())
    at = min(int(where * len(content)), len(content) - 1)
    if how == "cut":
        del content[at:]
    else:
        content[at] ^= mask
    path.write_bytes(content)


def test_a_restart_within_a_segment_goes_on_in_its_file(tmp_path):
    for first in range(4):
        filled(tmp_path, 2, first=2 * first)
    assert len(segments(tmp_path)) == 1
    assert times(tmp_path) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]


def test_each_segment_can_be_read_alone(tmp_path):
    filled(tmp_path, 30)
    first, _, last = segments(tmp_path)
    first.unlink()
    assert times(tmp_path) == [float(second) for second in range(10, 30)]
    last.unlink()
    assert times(tmp_path) == [float(second) for second in range(10, 20)]


def test_files_are_deleted_when_all_their_rows_are_older_than_the_retention(tmp_path):
    filled(tmp_path, 200)
    assert len(segments(tmp_path)) == 7
    assert times(tmp_path)[0] == 130.0
    filled(tmp_path, 1, first=10_000)
    assert times(tmp_path) == [10_000.0]


def test_rows_that_stay_the_same_take_little_room(tmp_path):
    series = tuple(Labels({NAME: "m", "i": str(i)}) for i in range(1000))
    log = opened(tmp_path, span=1e6)
    for second in range(1000):
        values = np.zeros(1000)
        values[second % 10] = second
        log.put(T + second, series, values)
    log.close()
    assert segments(tmp_path)[0].stat().st_size < 1000 * 100


def test_series_that_are_given_up_are_no_longer_read_and_may_come_again(tmp_path):
    log = opened(tmp_path)
    for second, series in enumerate([(A, B), (B,), (B, A)]):
        log.put(T + second, series, np.full(len(series), float(second)))
    log.close()
    rows = read(tmp_path)
    assert [set(row) for row in rows.values()] == [{A, B}, {B}, {A, B}]


def test_the_series_are_one_tuple_as_long_as_none_is_added(tmp_path):
    filled(tmp_path, 10)
    filled(tmp_path, 5, first=10, series=(A, B, SERIES[2]))
    log = opened(tmp_path)
    tuples = [labels for _, labels, _ in log.load()]
    log.close()
    assert [len(each) for each in tuples] == [2] * 10 + [3] * 5
    assert len({id(each) for each in tuples[:10]}) == len({id(each) for each in tuples[10:]}) == 1


def test_what_a_crash_cut_off_is_repaired_once_and_told(tmp_path):
    filled(tmp_path, 15)
    first, last = segments(tmp_path)
    first.write_bytes(first.read_bytes()[:-1])
    log = opened(tmp_path)
    with capture_logs() as logs:
        rows = loaded(log)
    log.close()
    assert [at - T for at in rows] == [*map(float, range(9)), *map(float, range(10, 15))]
    (repair,) = log.repairs
    assert (repair.file, repair.missing, repair.kept_in) == (first, 2.0, None)
    assert 0 < repair.dropped < 100
    assert [(line["event"], line["file"], line["seconds_missing"]) for line in logs] == [
        ("store_repaired", str(first), 2.0)
    ]
    with capture_logs() as logs:
        assert len(times(tmp_path)) == 14
    assert logs == []
    assert last.exists()


def test_of_the_last_file_that_is_missing_which_was_written_since_its_last_row(tmp_path):
    filled(tmp_path, 9)
    (last,) = segments(tmp_path)
    last.write_bytes(last.read_bytes()[:-100])
    os.utime(last, (T + 9.5, T + 9.5))
    log = opened(tmp_path)
    rows = loaded(log)
    log.close()
    assert [repair.missing for repair in log.repairs] == [T + 9.5 - max(rows)]
    assert max(rows) < T + 8


@pytest.mark.parametrize("content", [b"", HEADER[:5]])
def test_a_file_that_was_only_begun_is_removed(tmp_path, content):
    filled(tmp_path, 5)
    (tmp_path / "00000002.rows").write_bytes(content)
    log = opened(tmp_path)
    assert len(loaded(log)) == 5
    assert [repair.dropped for repair in log.repairs] == [len(content)]
    log.close()
    assert len(segments(tmp_path)) == 1


@pytest.mark.parametrize("content", [b"drawdown rows 2\n", b"something else entirely", bytes(64)])
def test_a_file_of_another_version_or_of_somebody_else_is_put_aside_and_told(tmp_path, content):
    filled(tmp_path, 15)
    first, _ = segments(tmp_path)
    first.write_bytes(content)
    log = opened(tmp_path)
    with capture_logs() as logs:
        assert [at - T for at in loaded(log)] == [10.0, 11.0, 12.0, 13.0, 14.0]
    aside = tmp_path / "00000001.rows.unreadable"
    assert [repair.kept_in for repair in log.repairs] == [aside]
    assert [(line["event"], line["kept_in"]) for line in logs] == [("store_unreadable", str(aside))]
    assert aside.read_bytes() == content
    log.close()
    filled(tmp_path, 1, first=30)
    assert [path.name for path in segments(tmp_path)] == ["00000002.rows", "00000003.rows"]


def test_what_is_not_a_segment_by_its_name_is_left_alone(tmp_path):
    filled(tmp_path, 2)
    (tmp_path / "notes.rows").write_text("mine")
    (tmp_path / "00000001.rows.bak").write_text("mine too")
    assert times(tmp_path) == [0.0, 1.0]
    assert (tmp_path / "notes.rows").exists()


def test_a_folder_in_the_place_of_a_file_is_put_aside(tmp_path):
    filled(tmp_path, 2)
    (tmp_path / "00000002.rows").mkdir()
    assert times(tmp_path) == [0.0, 1.0]
    assert (tmp_path / "00000002.rows.unreadable").is_dir()


def test_a_log_has_one_writer(tmp_path):
    log = opened(tmp_path)
    with pytest.raises(StoreBusy, match="in use by another monitor"):
        opened(tmp_path)
    log.close()
    opened(tmp_path).close()


def test_a_folder_that_cannot_be_used_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"file/raw cannot be used for the store: Not a directory"):
        opened(tmp_path / "file" / "raw")
    (tmp_path / "raw" / "lock").mkdir(parents=True)
    with pytest.raises(OSError, match=r"raw cannot be used for the store: Is a directory"):
        opened(tmp_path / "raw")


@pytest.fixture
def small_files():
    """A limit to the size of files, as a full disk has: given in bytes, and lifted by None."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, before if size is None else (size, before[1]))

    yield limit
    limit(None)


def test_a_full_disk_is_told_once_and_what_waited_is_written_when_there_is_room_again(tmp_path, small_files):
    log = opened(tmp_path)
    log.put(T, (A, B), np.array([1.0, 2.0]))
    log.write()
    with capture_logs() as logs:
        small_files(segments(tmp_path)[0].stat().st_size + 5)
        for second in range(1, 5):
            log.put(T + second, (A, B), np.random.default_rng(second).random(2))
            log.write()
        small_files(None)
        log.put(T + 5, (A, B), np.array([3.0, 4.0]))
        log.write()
    log.close()
    assert log.failures == 4
    assert [(line["event"], line.get("error"), line.get("rows_lost")) for line in logs] == [
        ("store_not_saved", os.strerror(errno.ENOSPC), None),
        ("store_saved_again", None, 0),
    ]
    assert times(tmp_path) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert len(segments(tmp_path)) == 2


def test_of_what_waits_too_long_the_oldest_is_dropped_and_told(tmp_path, small_files):
    log = opened(tmp_path, most_waiting=80)
    small_files(0)
    with capture_logs() as logs:
        for second in range(20):
            log.put(T + second, (A, B), np.zeros(2))
            log.write()
        small_files(None)
        log.write()
    log.close()
    assert [line["rows_lost"] for line in logs if line["event"] == "store_saved_again"] == [15]
    assert times(tmp_path) == [15.0, 16.0, 17.0, 18.0, 19.0]


def test_a_folder_that_is_deleted_is_told_and_written_again_when_it_is_back(tmp_path):
    folder = tmp_path / "raw"
    log = opened(folder)
    with capture_logs() as logs:
        for second in range(20):
            if second == 3:
                shutil.rmtree(folder)
            if second == 12:
                folder.mkdir()
            log.put(T + second, (A, B), np.zeros(2))
            log.write()
    log.close()
    assert [line["event"] for line in logs] == ["store_not_saved", "store_saved_again"]
    assert times(folder)[-10:] == [float(second) for second in range(10, 20)]


def test_files_from_a_future_that_was_taken_back_are_deleted_in_time(tmp_path):
    log = opened(tmp_path)
    log.put(T + 1e7, (A,), np.zeros(1))
    log.cut(T)
    for second in range(200):
        log.put(T + second, (A,), np.zeros(1))
    log.close()
    assert len(segments(tmp_path)) == 7


@given(body=st.binary(max_size=64), width=st.integers(0, 3), deflated=st.booleans())
def test_a_body_of_any_bytes_is_read_or_damaged_and_nothing_else(body, width, deflated):
    if deflated:
        body = body[:12] + zlib.compress(body[12:])
    for read_body in (read_series, partial(read_row, width=width), partial(read_patch, width=width), time_of):
        with suppress(Damaged):
            read_body(body)

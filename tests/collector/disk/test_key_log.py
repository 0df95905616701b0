"""Keys on the disk, and back."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from collector.disk import KeyLog
from collector.seen import Seen

AGE = 100.0
KEYS = st.sampled_from("abcdefgh")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("see"), KEYS, st.floats(min_value=0.0, max_value=40.0)),
        st.tuples(st.just("write")),
        st.tuples(st.just("restart")),
        st.tuples(st.just("kill")),
    ),
    max_size=60,
)


def opened(path, *, most=1000):
    return KeyLog(path, age=AGE, most=most)


def remembered(path, *, most=1000):
    """What somebody knows who starts with this file, and the log that goes on."""
    log, seen = opened(path), Seen(most=most, age=AGE)
    seen.take_up(log.load())
    seen.attach(log.put)
    return seen, log


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
def test_whoever_starts_anew_knows_what_one_knows_who_never_stopped_but_for_what_was_not_written(steps):
    with tempfile.TemporaryDirectory() as folder:
        path, now = Path(folder) / "seen.sqlite", 1000.0
        ever, unwritten = Seen(most=1000, age=AGE), {}
        seen, log = remembered(path)
        for step, *what in steps:
            if step == "see":
                key, later = what
                now += later
                known = ever.again(key, now=now)
                assert seen.again(key, now=now) is known or key in unwritten
                unwritten.setdefault(key, now)
            elif step == "write":
                log.write()
                unwritten.clear()
            else:
                if step == "restart":
                    log.close()
                    unwritten.clear()
                seen, log = remembered(path)
                if unwritten:  # the one who never stopped forgets with it
                    break
        log.close()


def test_what_is_too_old_leaves_the_file(tmp_path):
    log = opened(tmp_path / "seen.sqlite")
    for at in (0.0, 50.0, 200.0):
        log.put(b"%d" % at, at)
        log.write()
    log.close()
    assert opened(tmp_path / "seen.sqlite").load() == [(b"200", 200.0)]


def test_a_file_that_is_none_of_ours_is_put_aside(tmp_path):
    path = tmp_path / "seen.sqlite"
    path.write_bytes(b"not a database, and long enough to be looked at" * 100)
    with capture_logs() as logs:
        log = opened(path)
    assert (list(log.load()), log.repairs) == ([], 1)
    assert [(line["event"], Path(line["kept_in"]).exists()) for line in logs] == [("keys_unreadable", True)]
    log.put(b"a", 1.0)
    log.close()
    assert opened(path).load() == [(b"a", 1.0)]


def test_a_file_of_another_version_is_put_aside(tmp_path):
    path = tmp_path / "seen.sqlite"
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA user_version = 7")
    assert (list(opened(path).load()), opened(path).repairs) == ([], 0)
    assert path.with_name("seen.sqlite.unreadable").exists()


@pytest.mark.parametrize("at", [100, 4096, 4200, 8192])
def test_no_damage_keeps_a_monitor_from_starting(tmp_path, at):
    path = tmp_path / "seen.sqlite"
    log = opened(path)
    for number in range(2000):
        log.put(number.to_bytes(16), 1.0)
    log.close()
    content = bytearray(path.read_bytes())
    content[at : at + 64] = b"\xff" * 64
    path.write_bytes(content)
    log = opened(path)
    known = len(log.load())
    log.put(b"a", 2.0)
    log.close()
    assert len(opened(path).load()) == known + 1


def test_what_cannot_be_written_waits_and_is_said_once(tmp_path):
    path = tmp_path / "seen.sqlite"
    log = opened(path, most=3)
    with capture_logs() as logs:
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN IMMEDIATE")
            for number in range(5):
                log.put(b"%d" % number, float(number))
                log.write()
        log.write()
    log.close()
    assert log.failures == 5
    assert [line["event"] for line in logs] == ["keys_not_saved", "keys_saved_again"]
    assert [key for key, _ in opened(path).load()] == [b"2", b"3", b"4"]

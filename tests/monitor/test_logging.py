"""The log: whole lines, in one form, without a secret."""

import io
import json
import logging as standard

import pytest
import structlog

from monitor import logging

SECRETS = ("hunter2-hunter2", 'p@ss "word"/7', "short-1", "abc")


@pytest.fixture(autouse=True)
def _as_before():
    root = standard.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def log_to(form, level="info"):
    stream = io.StringIO()
    logging.set_up(form=form, level=level, secrets=SECRETS, stream=stream)
    return stream


class Talkative:
    """Something that only rendering turns into text."""

    def __str__(self):
        return "carries hunter2-hunter2"

    __repr__ = __str__


def go_wrong(secret):
    raise ValueError(f"{secret} is wrong")


def say_everything():
    log = structlog.get_logger()
    log.info("with hunter2-hunter2 in the event", url="http://lender/?pw=p%40ss%20%22word%22%2F7")
    log.warning("in parts", parts={"a": ["x", {"b": 'p@ss "word"/7'}], "c": ("short-1",)}, error=Talkative())
    try:
        go_wrong("hunter2-hunter2")
    except ValueError:
        log.exception("failed")
    standard.getLogger("a.library").error("could not send %s", "hunter2-hunter2")


@pytest.mark.parametrize("form", ["console", "json"])
def test_no_line_holds_a_secret(form):
    stream = log_to(form)
    say_everything()
    written = stream.getvalue()
    assert written.count("[secret]") >= 7
    assert [secret for secret in SECRETS[:3] if secret in written or json.dumps(secret)[1:-1] in written] == []
    assert "p%40ss" not in written


def test_every_line_for_machines_is_json_also_those_of_libraries():
    stream = log_to("json")
    say_everything()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["level"] for line in lines] == ["info", "warning", "error", "error"]
    assert lines[1]["parts"] == {"a": ["x", {"b": "[secret]"}], "c": ["[secret]"]}
    assert "ValueError: [secret] is wrong" in lines[2]["exception"]
    assert lines[3] | {"timestamp": ""} == {
        "event": "could not send [secret]",
        "level": "error",
        "logger": "a.library",
        "timestamp": "",
    }


def test_a_traceback_for_people_shows_no_values_of_variables():
    stream = log_to("console")
    borrower = str(138_0000_1234)
    try:
        go_wrong(len(borrower))
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "ValueError: 11 is wrong" in stream.getvalue()
    assert borrower not in stream.getvalue()


def test_what_is_below_the_level_is_not_written():
    stream = log_to("json", "warning")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["loud"]


def test_a_word_of_three_letters_is_not_hidden_for_it_would_hide_half_of_the_log():
    stream = log_to("json")
    structlog.get_logger().info("abcdef")
    assert "abcdef" in stream.getvalue()

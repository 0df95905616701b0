import pytest

from collector.settings import CollectorSettings
from drawdown.document import load_document
from drawdown.errors import InvalidInput


def bind(text):
    return load_document(text, source="m.yaml").bind(CollectorSettings)


def test_nothing_need_be_set():
    assert bind("") == CollectorSettings()
    assert CollectorSettings().max_body == 1024 * 1024


def test_durations_are_written_with_units():
    settings = bind("retention: 2h\nmax_age: 30m\ntoken: a-long-token")
    assert (settings.retention, settings.max_age) == (7200, 1800)


def test_the_token_shows_in_no_print():
    assert "a-long-token" not in repr(bind("token: a-long-token"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tokn: x", "m.yaml:1:1: tokn: unknown key; remove it or correct its spelling"),
        ("token: short", "m.yaml:1:1: token: must have at least 8 characters"),
        ("max_body: 10", "m.yaml:1:1: max_body: must be at least 1024"),
        ("retention: 30s", "m.yaml:1:1: retention: must be at least 60"),
        ("rollups: {step: 10m}", "m.yaml:1:11: rollups.step: must be at most 300"),
        ("rollups: {sries: [up]}", "m.yaml:1:11: rollups.sries: unknown key; remove it or correct its spelling"),
        ("retention: 40d", "m.yaml:1:1: rollups.retention must be at least as long as retention"),
        ("retention: 2m\nrollups: {step: 3m}", "m.yaml:1:1: rollups.step must be no longer than retention"),
    ],
)
def test_a_wrong_setting_is_an_error_with_its_place(text, message):
    with pytest.raises(InvalidInput) as error:
        bind(text)
    assert str(error.value) == message

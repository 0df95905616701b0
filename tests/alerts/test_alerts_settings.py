import pytest

from alerts.settings import AlertSettings
from drawdown.document import load_document
from drawdown.errors import InvalidInput


def load(text):
    return load_document(text, source="alerts.yaml").bind(AlertSettings)


def test_the_defaults_print_every_notice():
    settings = load("")
    assert [channel.name for channel in settings.channels] == ["stdout"]
    assert (settings.routes, settings.interval, settings.language, settings.zone) == ((), 1.0, "en", None)


def test_channels_are_told_apart_by_their_type():
    settings = load("""
        channels:
          - {type: stdout}
          - {type: webhook, name: ops, url: "https://example.test/hook?key=s3cret", token: t0ken, timeout: 3s}
        routes:
          - {severity: page, reason: [gateway_timeout], channels: ops}
        timezone: Asia/Shanghai
    """)
    assert settings.channels[1].timeout == 3.0
    assert settings.routes[0].channels == ("ops",)
    assert "s3cret" not in repr(settings)
    assert "t0ken" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "channels: [{type: pigeon}]",
            "alerts.yaml:1:12: channels.0: unknown type 'pigeon'; known here: stdout, webhook",
        ),
        ("channels: []", "alerts.yaml:1:1: channels: there must be at least one channel, or nobody is told"),
        (
            "channels: [{type: webhook, url: nowhere}]",
            "channels.0.url: is not an address; write it as https://host/path",
        ),
        ("channels: [{type: stdout}, {type: stdout}]", "channels: two channels are named stdout; give each a name"),
        ("routes: [{channels: [ops]}]", "a route names the channel ops; there are stdout"),
        (
            "routes: [{severity: loud, channels: [stdout]}]",
            "routes.0.severity: unknown word 'loud'; known here: page, ticket",
        ),
        ("timezone: Mars/Olympus", "timezone: 'Mars/Olympus' is not a time zone; write for example Asia/Shanghai"),
        ("intervall: 1s", "alerts.yaml:1:1: intervall: unknown key; remove it or correct its spelling"),
    ],
)
def test_a_wrong_setting_is_an_error_and_never_ignored(text, problem):
    with pytest.raises(InvalidInput) as refused:
        load(text)
    assert problem in str(refused.value)

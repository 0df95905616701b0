"""The configuration: what is right is loaded, what is wrong is told as the .txt beside it says."""

import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from drawdown.errors import InvalidInput
from drawdown.outcome import Origin
from drawdown.reasons import Reason
from monitor.config import Settings, load_config

CONFIGS = Path(__file__).with_name("configs")
INVALID = sorted(path.stem for path in CONFIGS.glob("invalid-*.yaml"))
ENVIRONMENT = {
    "PROBE_PASSWORD": "hunter2-hunter2",
    "COLLECTOR_TOKEN": "collector-token",
    "PAGER_URL": "https://pager.example/s3cret",
    "EMPTY": "",
}


def problems(path):
    with pytest.raises(InvalidInput) as caught:
        load_config(path, environment=ENVIRONMENT)
    return str(caught.value)


@pytest.mark.parametrize("name", INVALID)
def test_everything_that_is_wrong_is_told_at_once_with_its_place(name, monkeypatch):
    monkeypatch.chdir(CONFIGS)
    assert problems(Path(f"{name}.yaml")) == Path(f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")


def test_an_empty_file_is_a_whole_configuration():
    config = load_config(CONFIGS / "valid-smallest.yaml", environment={})
    assert config.settings == Settings()
    assert (config.host, config.port, config.public_url) == ("127.0.0.1", 9185, "http://127.0.0.1:9185")
    assert (config.state, config.journeys) == (CONFIGS / "state", ())
    assert "ChannelFailing" in {getattr(rule, "name", "") for group in config.groups for rule in group.rules}


def test_every_key_is_read():
    config = load_config(CONFIGS / "valid-full.yaml", environment=ENVIRONMENT)
    read = config.settings
    untouched = {
        f"{type(section).__name__}.{key}"
        for section in (
            *(read, read.log, read.borrowers, read.collector),
            *(read.alerts, read.alerts.queries, read.alerts.source.prometheus, read.alerts.source.prometheus.tls),
        )
        for key in type(section).model_fields
        if key not in section.model_fields_set
    }
    assert untouched == set()
    assert (config.host, config.port, config.public_url) == ("::1", 9185, "https://monitor.example/drawdown")
    assert config.state == CONFIGS / "../var"
    assert [journey.name for journey in config.journeys] == ["ping", "draw"]
    assert [rule.name for group in config.groups for rule in group.rules] == [
        "AnyTimeout",
        "SourceSilent",
    ]
    assert [[each.value for each in matchers] for matchers in config.rollups] == [
        ["drawdown_attempts_total", "borrower"]
    ]
    assert config.codes["lender"] == {"e17": Reason.GATEWAY_TIMEOUT, "0042": Reason.RISK_DECLINED}
    assert config.codes["iso8583"]["91"] is Reason.GATEWAY_UNAVAILABLE
    assert read.alerts.channels[1].timeout == 3.0
    assert config.vocabulary.words(Origin.PROBE, "draw").location == "shanghai-1"
    assert (read.alerts.watchdog.every, "token" in repr(read.alerts.watchdog)) == (30.0, False)
    source = read.alerts.source.prometheus
    assert (source.delay, source.auth.basic.password.get_secret_value()) == (30.0, "hunter2-hunter2")
    assert source.headers["X-Site"] == "hangzhou"
    assert "hangzhou" not in config.secrets  # or no log could name the site
    assert source.headers["X-Scope-OrgID"].get_secret_value() in config.secrets
    assert read.alerts.routes[0].channels == ("pager",)


def test_the_vocabulary_holds_the_words_of_borrowers_and_probes():
    words = load_config(CONFIGS / "valid-full.yaml", environment=ENVIRONMENT).vocabulary
    assert words.names(Origin.BORROWER) == ("app", "web")
    assert words.names(Origin.PROBE) == ("draw", "ping")
    app = words.words(Origin.BORROWER, "app")
    assert app.steps == ("login", "submit")
    assert app.values("channel") == ("alpha", "beta", "other")
    assert words.words(Origin.MANUAL, "draw").steps == ("draw", "reverse")


@pytest.mark.parametrize("listen", ["0.0.0.0:80", "localhost:9185", "[::1]:0", "monitor.example:65535"])
def test_an_address_is_a_host_and_a_port(listen):
    assert Settings(listen=listen).listen == listen


@pytest.mark.parametrize(
    "listen",
    ["9185", "localhost", "localhost:", ":9185", "localhost:http", "localhost:65536", "http://localhost:80", ""],
)
def test_anything_else_is_no_address(listen, tmp_path):
    path = tmp_path / "monitor.yaml"
    path.write_text(yaml.safe_dump({"listen": listen}), encoding="utf-8")
    assert f"{path}:1:1: listen: {listen!r} is not an address; write host:port" in problems(path)


def test_paths_start_at_the_folder_of_the_configuration(tmp_path, monkeypatch):
    shutil.copytree(CONFIGS, tmp_path / "here")
    monkeypatch.chdir(tmp_path)
    config = load_config(Path("here/valid-full.yaml"), environment=ENVIRONMENT)
    assert len(config.journeys) == 2
    assert "4711-0815" in config.secrets


def test_a_file_that_is_not_there_is_told(tmp_path):
    assert problems(tmp_path / "gone.yaml") == f"{tmp_path / 'gone.yaml'}: cannot be read: No such file or directory"


_KEYS = st.sampled_from([*Settings.model_fields, "env", "file", "name", "type", "slices", "channels", "routes", "url"])
_LEAVES = st.none() | st.booleans() | st.integers(-5, 10**6) | st.floats() | st.text(max_size=8) | _KEYS
_VALUES = st.recursive(
    _LEAVES, lambda part: st.lists(part, max_size=3) | st.dictionaries(_KEYS | st.text(max_size=3), part, max_size=4)
)


@given(_VALUES | st.dictionaries(_KEYS, _VALUES, max_size=5))
@settings(max_examples=50, deadline=None)
def test_whatever_stands_in_the_file_is_a_configuration_or_told(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8")
    told = "ok"
    try:
        load_config(path, environment={})
    except InvalidInput as error:
        told = str(error)
    assert told

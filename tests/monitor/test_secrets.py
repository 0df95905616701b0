"""Secrets come from the environment and from files, and go nowhere else."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from drawdown.document import load_document
from monitor.config import load_config
from monitor.secrets import reveal, secrets_in

CONFIGS = Path(__file__).with_name("configs")
ENVIRONMENT = {
    "PROBE_PASSWORD": "hunter2-hunter2",
    "COLLECTOR_TOKEN": "collector-token",
    "PAGER_URL": "https://pager.example/s3cret",
    "EMPTY": "",
}


def revealed(text, folder=CONFIGS):
    document, problems = reveal(load_document(text, source="m.yaml"), environment=ENVIRONMENT, directory=folder)
    return document.value, [str(problem) for problem in problems]


def test_a_secret_of_the_environment_takes_the_place_of_its_name():
    value, problems = revealed("a: [{b: {env: PROBE_PASSWORD}}]")
    assert problems == []
    assert value == {"a": [{"b": SecretStr("hunter2-hunter2")}]}


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_a_secret_of_a_file_ends_before_its_line_breaks(tmp_path, end):
    (tmp_path / "pin").write_bytes(b" 47 11 " + end.encode())
    assert revealed("pin: {file: pin}", tmp_path) == ({"pin": SecretStr(" 47 11 ")}, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("p: {env: GONE}", "m.yaml:1:1: p: the environment variable GONE is not set"),
        ("p: {env: EMPTY}", "m.yaml:1:1: p: the environment variable EMPTY is empty"),
        ("p: {file: gone}", "m.yaml:1:1: p: the secret in {folder}/gone cannot be read: No such file or directory"),
        ("p: {file: blank}", "m.yaml:1:1: p: the file blank is empty"),
    ],
)
def test_a_secret_that_cannot_be_had_is_told_with_its_place(tmp_path, text, problem):
    (tmp_path / "blank").write_text("\n", encoding="utf-8")
    value, problems = revealed(text, tmp_path)
    assert problems == [problem.format(folder=tmp_path)]
    assert isinstance(value["p"], SecretStr)


@pytest.mark.parametrize("text", ["{env: 5}", "{env: A, file: b}", "{environment: A}", "[env, A]", "env", "{}"])
def test_what_only_looks_like_a_reference_stays_as_it_is(text):
    document = load_document(f"p: {text}", source="m.yaml")
    assert revealed(f"p: {text}") == (document.value, [])


def test_a_place_in_the_revealed_document_is_that_in_the_text():
    document, _ = reveal(load_document("a: 1\nb: {env: EMPTY}", source="m"), environment=ENVIRONMENT, directory=CONFIGS)
    assert document.place(("b",)).line == 2


def test_all_secrets_of_a_value_are_found():
    value = {"a": SecretStr("one"), "b": [{"c": SecretStr("two")}, (SecretStr("three"),)], "d": "four", "e": 5}
    assert set(secrets_in(value)) == {"one", "two", "three"}


def test_neither_the_configuration_nor_its_parts_show_a_secret():
    config = load_config(CONFIGS / "valid-full.yaml", environment=ENVIRONMENT)
    secrets = {"hunter2-hunter2", "collector-token", "https://pager.example/s3cret", "4711-0815"}
    addresses = {"sqlite://", "https://prometheus.example/select/0/prometheus", "https://snitch.example/token"}
    assert config.secrets == {*secrets, *addresses}
    shown = "".join(
        (repr(config), str(config.settings), config.settings.model_dump_json(), str(config.settings.model_dump()))
    )
    assert [secret for secret in secrets if secret in shown] == []


def test_the_address_of_a_database_is_kept_as_a_secret(tmp_path):
    path = tmp_path / "monitor.yaml"
    path.write_text("alerts: {ledger: 'postgresql://monitor:db-password@db/monitor'}", encoding="utf-8")
    config = load_config(path, environment={})
    assert "db-password" not in repr(config)
    assert config.secrets == {"postgresql://monitor:db-password@db/monitor"}

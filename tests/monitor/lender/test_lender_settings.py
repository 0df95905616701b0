"""The file of partners and of what the operator allows."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from drawdown.errors import InvalidInput
from monitor.lender.settings import SandboxSettings, load_settings
from sandbox.partner.signing import new_key, public_pem
from sandbox.world import Client, Signing

ENVIRONMENT = {"SHOP_SECRET": "a shared secret", "CONTROL": "a token"}
WRITTEN = """
clients:
  - {id: shop, signing: hmac, secret: {env: SHOP_SECRET}, rate: 5}
  - {id: bank, signing: rsa2, public_key: {file: bank.pem}}
  - {id: plain}
callback_hosts: [127.0.0.1, hooks.example]
control_token: {env: CONTROL}
private_key: {file: lender.pem}
"""


@pytest.fixture(scope="module")
def key():
    return new_key()


@pytest.fixture
def folder(tmp_path, key):
    (tmp_path / "bank.pem").write_text(public_pem(key), encoding="utf-8")
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "lender.pem").write_bytes(private)
    return tmp_path


def loaded(folder, text):
    path = folder / "sandbox.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environment=ENVIRONMENT)


def problems(folder, text):
    with pytest.raises(InvalidInput) as caught:
        loaded(folder, text)
    return [str(problem).removeprefix(f"{folder}/sandbox.yaml:") for problem in caught.value.problems]


def test_partners_keys_and_what_is_allowed_are_read(folder, key):
    settings = loaded(folder, WRITTEN)
    shop, bank, plain = settings.clients
    assert (shop.id, shop.signing, shop.secret, shop.rate) == ("shop", Signing.HMAC, "a shared secret", 5.0)
    assert (bank.signing, bank.public_key) == (Signing.RSA2, public_pem(key).rstrip("\n"))
    assert plain == Client(id="plain")
    assert settings.callback_hosts == {"127.0.0.1", "hooks.example"}
    assert settings.private_key.private_numbers() == key.private_numbers()
    assert (settings.control_token, settings.anonymous) == ("a token", False)


def test_the_file_on_the_page_of_documentation_is_valid(folder):
    page = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    written = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1]
    path = folder / "sandbox.yaml"
    path.write_text(written, encoding="utf-8")
    settings = load_settings(path, environment={"SHOP_SECRET": "word", "SANDBOX_TOKEN": "word"})
    assert [client.id for client in settings.clients] == ["shop", "bank", "plain"]


def test_secrets_are_known_as_such_and_shown_nowhere(folder):
    settings = loaded(folder, WRITTEN)
    assert {"a shared secret", "a token"} <= settings.secrets
    for secret in ("a shared secret", "a token", "PRIVATE KEY"):
        assert secret not in repr(settings)


def test_without_a_file_anybody_may_call_and_only_this_machine_is_called_back():
    settings = SandboxSettings()
    assert (settings.clients, settings.anonymous, settings.control_token) == ((), True, "")
    assert settings.callback_hosts == {"127.0.0.1", "localhost", "::1"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("client: []\n", "1:1: client: "),
        ("clients:\n  - {id: shop, signing: hmac}\n", "2:5: clients.0: a client that signs by hmac needs a secret"),
        (
            "clients:\n  - {id: bank, signing: rsa2}\n",
            "2:5: clients.0: a client that signs by rsa2 needs its public_key",
        ),
        ("clients:\n  - {id: a b}\n", "2:6: clients.0.id: "),
        ("clients: [{id: a}, {id: a}]\n", "1:1: clients: the client 'a' stands twice"),
        ("clients:\n  - {id: a, rate: 0}\n", "2:13: clients.0.rate: "),
        ("clients:\n  - {id: a, signing: md5}\n", "2:13: clients.0.signing: "),
        ("clients:\n  - {id: a, public_key: xyz}\n", "2:13: clients.0.public_key: is no public key in PEM"),
        ("private_key: xyz\n", "1:1: private_key: is no private key in PEM without a password"),
        ("control_token: {env: NOT_SET}\n", "1:1: control_token: the environment variable NOT_SET is not set"),
        ("private_key: {file: gone.pem}\n", "1:1: private_key: the secret in"),
    ],
)
def test_whatever_is_wrong_is_told_with_its_place(folder, text, problem):
    told = problems(folder, text)
    assert (len(told), told[0][: len(problem)]) == (1, problem)

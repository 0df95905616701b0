import pytest
from pydantic import SecretStr, ValidationError

from alerts.remote.settings import PrometheusSettings

URL = "https://prometheus.example/select/0/prometheus"
SECRET = "s3cret"


def test_what_it_holds_is_shown_to_nobody():
    settings = PrometheusSettings(
        url=f"{URL}?key={SECRET}", auth={"bearer": SECRET}, headers={"X-Key": SecretStr(SECRET)}
    )
    assert SECRET not in f"{settings!r} {settings}"
    assert settings.host == "prometheus.example"


WRONG = [
    ({"url": "prometheus.example"}, "is not an address"),
    ({"url": f"https://monitor:{SECRET}@prometheus.example"}, "holds a password; write it under `auth`"),
    ({"url": f"{URL}/api/v1/"}, "goes too far; end it before /api/v1"),
    ({"auth": {}}, "needs either `bearer` or `basic`"),
    ({"auth": {"bearer": SECRET, "basic": {"username": "a", "password": "b"}}}, "needs either `bearer` or `basic`"),
    ({"auth": {"bearer": f"{SECRET}\n"}}, "holds a space or a line break"),
    ({"auth": {"bearer": f"Bearer {SECRET}"}}, "holds a space or a line break; give the token alone"),
    ({"headers": {"X-Key": f"{SECRET}\r\nX-Other: b"}}, "'X-Key' is no header, or its value has a line break"),
    ({"headers": {"": SECRET}}, "'' is no header"),
    ({"tls": {"key_file": "key.pem"}}, "`key_file` needs a `cert_file`"),
    ({"connections": 0}, "greater than or equal to 1"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=str)
def test_what_is_wrong_is_refused_and_the_secret_in_it_not_told(wrong, message):
    with pytest.raises(ValidationError) as caught:
        PrometheusSettings(**{"url": URL, **wrong})
    assert [message in error["msg"] for error in caught.value.errors()] == [True]
    assert not any(SECRET in error["msg"] for error in caught.value.errors())

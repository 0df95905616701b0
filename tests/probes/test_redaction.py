import json
from urllib.parse import quote, quote_plus

from hypothesis import given
from hypothesis import strategies as st

from probes.redaction import MASK, Exchanged, Redactor

secrets = st.text(st.characters(codec="utf-8"), min_size=6, max_size=20)


@given(secrets, st.text(max_size=10))
def test_a_secret_is_hidden_in_every_form_in_which_it_travels(secret, around):
    redact = Redactor([secret])
    forms = (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
    for form in forms:
        assert redact(f"<{form}>") in {f"<{MASK}>", redact(redact(f"<{form}>"))}
        assert form not in redact(f"{around}{form}{around}").replace(MASK, "")


def test_a_secret_within_a_secret_leaves_no_rest():
    assert Redactor(["abcd", "abcdefgh"])("abcdefgh abcd") == f"{MASK} {MASK}"


def test_an_empty_secret_hides_nothing():
    assert Redactor([""])("text") == "text"


def test_no_half_of_a_secret_stays_at_the_end_of_an_excerpt():
    secret = "0123456789"
    shown = Redactor([secret]).excerpt("x" * 1995 + secret + "y" * 500)
    assert "0123" not in shown
    assert shown.endswith("characters)")


def test_headers_that_carry_nothing_but_secrets_are_masked_whole():
    line = Exchanged(
        step="login",
        at=0,
        method="GET",
        url="http://l/?k=hidden",
        headers={"Authorization": "Basic dTpw", "X-Key": "hidden", "Accept": "*/*"},
        reply_headers={"set-cookie": "sid=1"},
    )
    shown = line.redacted(Redactor(["hidden"]))
    assert shown.headers == {"Authorization": MASK, "X-Key": MASK, "Accept": "*/*"}
    assert shown.reply_headers == {"set-cookie": MASK}
    assert shown.url == f"http://l/?k={MASK}"

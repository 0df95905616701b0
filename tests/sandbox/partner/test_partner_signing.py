"""The signatures, against their published descriptions and another program that makes them."""

import base64
import hashlib
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from partner_world import keys

from sandbox.partner.signing import (
    hmac_fits,
    hmac_signature,
    public_pem,
    read_public_key,
    rsa2_fits,
    rsa2_signature,
    rsa2_text,
)

openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
NAMES = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8)
PARAMETERS = st.dictionaries(NAMES, st.binary(max_size=12), max_size=6)


def test_what_is_signed_is_sorted_joined_and_without_empties_and_the_sign_itself():
    parameters = {"timestamp": b"2014-07-24 03:07:50", "sign": b"x", "biz_content": b'{"a":"&="}', "empty": b""}
    assert rsa2_text({**parameters, "app_id": b"1"}) == b'app_id=1&biz_content={"a":"&="}&timestamp=2014-07-24 03:07:50'


@openssl
def test_openssl_makes_the_same_rsa2_signature(tmp_path):
    key = keys()[1]
    pem = tmp_path / "key.pem"
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    parameters = {"app_id": b"bank", "biz_content": "额度".encode()}
    signing = ["openssl", "dgst", "-sha256", "-sign", pem]
    theirs = subprocess.run(signing, input=rsa2_text(parameters), capture_output=True, check=True).stdout
    assert rsa2_signature(parameters, key) == base64.b64encode(theirs).decode()


@openssl
def test_openssl_makes_the_same_hmac():
    signing = ["openssl", "dgst", "-sha256", "-hmac", "secret"]
    theirs = subprocess.run(signing, input=b'1764000000.{"a": 1}', capture_output=True, check=True).stdout.decode()
    assert hmac_signature("1764000000", b'{"a": 1}', "secret") == theirs.split()[-1]


@given(PARAMETERS, PARAMETERS)
def test_a_signature_fits_what_was_signed_and_nothing_else(signed, sent):
    signature = rsa2_signature(signed, keys()[1])
    fits = rsa2_fits(sent, signature, keys()[1].public_key())
    assert fits == (rsa2_text(signed) == rsa2_text(sent))


@pytest.mark.parametrize("signature", ["", "x", "é", "YWJj", "\udc80", "A" * 5000])
def test_what_is_no_signature_does_not_fit(signature):
    assert not rsa2_fits({"a": b"b"}, signature, keys()[1].public_key())
    assert not hmac_fits("1", b"b", signature=signature, secret="s")


def test_a_key_is_read_again_and_nothing_else_is_taken_for_one():
    assert read_public_key(public_pem(keys()[0])) == keys()[0].public_key()
    with pytest.raises(ValueError, match="is no public key in PEM"):
        read_public_key(hashlib.sha256(b"").hexdigest())

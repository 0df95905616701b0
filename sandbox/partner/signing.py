"""The two ways in which requests and answers are signed, as pure functions of what is signed.

RSA2 is that of Alipay's open platform (https://opendocs.alipay.com, 自行实现签名): all parameters but `sign`, those
without a value left out, sorted by name, `name=value` joined by `&`, before any URL encoding; SHA-256 with RSA
(PKCS #1 v1.5, RFC 8017), in base64. The body is the parameter `biz_content`, exactly as it is sent.

HMAC is SHA-256 (RFC 2104) over `timestamp.body`, in hexadecimal digits.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

_SMALLEST_KEY = 2048


def rsa2_text(parameters: Mapping[str, bytes]) -> bytes:
    """What is signed of some parameters."""
    kept = sorted((name.encode(), value) for name, value in parameters.items() if value and name != "sign")
    return b"&".join(name + b"=" + value for name, value in kept)


def rsa2_signature(parameters: Mapping[str, bytes], key: RSAPrivateKey) -> str:
    """The value of `sign`, in base64."""
    return base64.b64encode(key.sign(rsa2_text(parameters), PKCS1v15(), SHA256())).decode()


def rsa2_fits(parameters: Mapping[str, bytes], signature: str, key: RSAPublicKey) -> bool:
    """Whether the owner of `key` signed just these parameters."""
    try:
        signed = base64.b64decode(signature, validate=True)
        key.verify(signed, rsa2_text(parameters), PKCS1v15(), SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def hmac_signature(timestamp: str, body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def hmac_fits(timestamp: str, body: bytes, *, signature: str, secret: str) -> bool:
    """Whether someone who knows `secret` signed just this."""
    expected = hmac_signature(timestamp, body, secret)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass"))


def new_key() -> RSAPrivateKey:
    """A key of 2048 bits that nobody else has."""
    return generate_private_key(public_exponent=65_537, key_size=_SMALLEST_KEY)


def public_pem(key: RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def read_public_key(pem: str) -> RSAPublicKey:
    """A key in PEM.

    Raises:
        ValueError: it is no RSA public key of at least 2048 bits.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError:
        raise ValueError("is no public key in PEM") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < _SMALLEST_KEY:
        raise ValueError(f"is no RSA key of at least {_SMALLEST_KEY} bits")
    return key

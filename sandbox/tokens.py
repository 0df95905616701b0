"""Access tokens that are signed instead of stored: the lender knows its own again, also after a restart."""

import base64
import hashlib
import hmac

from sandbox.scheme import Code
from sandbox.wire import LenderRequest, Refused

_LIFETIME = 86_400.0


class Tokens:
    """Issues tokens and reads them back. The key comes from the seed: nothing here guards anything real."""

    def __init__(self, *, seed: int) -> None:
        self._key = hashlib.blake2b(f"tokens/{seed}".encode()).digest()

    def issue(self, phone: str, now: float) -> str:
        claim = base64.urlsafe_b64encode(f"{now:.3f} {phone}".encode("utf-8", "surrogatepass")).decode()
        return f"{claim}.{self._signature(claim)}"

    def phone(self, request: LenderRequest, now: float) -> str:
        """Whose token a request carries in `Authorization: Bearer`.

        Raises:
            Refused: TOKEN_INVALID, there is none, it is not ours, or it is older than a day.
        """
        scheme, _, token = request.header("Authorization").partition(" ")
        claim, _, signature = token.strip().partition(".")
        genuine = hmac.compare_digest(self._signature(claim).encode(), signature.encode("utf-8", "surrogatepass"))
        if scheme.casefold() != "bearer" or not genuine:
            raise Refused(Code.TOKEN_INVALID, status=401)
        issued_at, _, phone = base64.urlsafe_b64decode(claim).decode("utf-8", "surrogatepass").partition(" ")
        if now - float(issued_at) > _LIFETIME:
            raise Refused(Code.TOKEN_INVALID, status=401)
        return phone

    def _signature(self, claim: str) -> str:
        return hashlib.blake2b(claim.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).hexdigest()

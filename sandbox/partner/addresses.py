"""Where callbacks may be sent: to hosts that the operator allows and to nobody else."""

from collections.abc import Collection

from yarl import URL

from sandbox.scheme import Code
from sandbox.wire import Refused, bad_request

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_LONGEST = 2000


def checked(url: str, hosts: Collection[str]) -> str:
    """`url`, if callbacks may go there.

    Raises:
        Refused: BAD_REQUEST, it is no http(s) address; FORBIDDEN, its host is not allowed.
    """
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise bad_request("must be an address of at most 2000 ASCII characters - at `$.url`")
    try:
        parsed = URL(url)
        host, port = parsed.host, parsed.port
    except ValueError:
        raise bad_request("is no address - at `$.url`") from None
    if parsed.scheme not in {"http", "https"} or not host or port is None or parsed.user or parsed.password:
        raise bad_request("must be an http or https address without a user - at `$.url`")
    if host not in hosts:
        problem = f"callbacks go only to {', '.join(sorted(hosts)) or 'nobody'}; the operator can allow more hosts"
        raise Refused(Code.FORBIDDEN, status=403, payload={"problem": problem})
    return url

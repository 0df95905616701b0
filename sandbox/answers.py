"""What the lender says to a plain call. The structs of this room are made hundreds of thousands of times an hour of
simulation, which is why they are not dataclasses.
"""

from typing import Any

import msgspec

from drawdown.errors import DrawdownError
from sandbox.scheme import Code
from sandbox.wire import Refused

_TURN_AWAY_SECONDS = 0.005


class Answer(msgspec.Struct, frozen=True, gc=False):
    """An answer that leaves `after` seconds: `content` when the lender says yes, a `code` (with its HTTP `status` and
    what it adds in `content`) when it says no; `silent`, it does not say why, `renamed`, with a code that nobody knows.
    Who looks for the field `missing` does not find it. When `broken`, the connection ends then and nothing is answered.
    """

    after: float
    content: Any = None
    code: Code | None = None
    status: int = 200
    broken: bool = False
    replayed: bool = False
    silent: bool = False
    renamed: bool = False
    missing: str = ""


class TurnedAway(DrawdownError):
    """A request does not get to where work begins; `answer` is all that comes back."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


BROKEN = Answer(_TURN_AWAY_SECONDS, broken=True)


def shed() -> Answer:
    return Answer(_TURN_AWAY_SECONDS, {}, Code.SYSTEM_BUSY, 503)


def no(refused: Refused, after: float, *, silent: bool = False, renamed: bool = False) -> Answer:
    return Answer(after, refused.payload, refused.code, refused.status, silent=silent, renamed=renamed)

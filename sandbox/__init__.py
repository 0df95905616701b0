"""A lender to break: the embedded target of the demo and the ground of the tests.

    lender = Lender(World(), seed=1)
    answer = lender.answer(LenderRequest(method="POST", path="/v1/login", body=b"{...}"), now)

The lender is a function of (request, now), without sockets and without a clock. `server.lender_app` puts it behind
HTTP, `borrowers.Crowd` draws money from it, and a `Fault` breaks it for a while.
"""

from sandbox.fault import Fault, FaultKind
from sandbox.lender import Lender
from sandbox.scheme import codes
from sandbox.wire import LenderAnswer, LenderRequest
from sandbox.world import World

__all__ = ["Fault", "FaultKind", "Lender", "LenderAnswer", "LenderRequest", "World", "codes"]

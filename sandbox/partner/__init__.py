"""The lender as partners see it over HTTP: signed requests, callbacks, reviews, reconciliation.

    partner = Partner(Lender(world, seed=1))
    answer = partner.answer(LenderRequest(method="GET", path="/openapi.yaml"), now)

Like the lender inside, it is a function of (request, now) without sockets. `courier.Courier` delivers its callbacks,
`openapi.yaml` describes it.
"""

from sandbox.partner.partner import Partner

__all__ = ["Partner"]

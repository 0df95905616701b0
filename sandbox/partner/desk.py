"""The endpoints beside the lender's own: callbacks, reviews, reconciliation, keys and the description of them all."""

from collections.abc import Callable, Collection, Mapping
from importlib import resources

from sandbox.ledger import Loan
from sandbox.lender import Lender
from sandbox.memory import Memory
from sandbox.partner.addresses import checked
from sandbox.partner.callbacks import Callbacks
from sandbox.partner.calls import QUICK, Call, CallbackBody, DecisionBody, moment, yes
from sandbox.partner.clients import NOBODY, Clients, parameters_of
from sandbox.partner.moments import iso_text
from sandbox.partner.reconciliation import reconcile
from sandbox.partner.reviews import Case, Decision, ReviewQueue
from sandbox.report import Review
from sandbox.scheme import Code
from sandbox.wire import LenderAnswer, Refused, bad_request, read
from sandbox.world import World

_MOST_CASES = 500

Endpoint = Callable[[Call], LenderAnswer]


class Desk:
    """What the lender remembers of its partners. `owners` are the loans that were drawn through each."""

    def __init__(self, lender: Lender, world: World, clients: Clients, *, hosts: Collection[str]) -> None:
        self.callbacks = Callbacks()
        self.reviews = ReviewQueue(world.memory)
        self.owners: Memory[str, str] = Memory(world.memory)
        self.on_review: Callable[[Review], None] = lambda _: None
        self._lender = lender
        self._clients = clients
        self._hosts = hosts

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Name → what answers, as in `routes`."""
        return {
            "loan_callback": self._loan_callback,
            "set_loan_callback": self._set_loan_callback,
            "callback": self._callback,
            "set_callback": self._set_callback,
            "drop_callback": self._drop_callback,
            "reviews": self._reviews,
            "review": self._review,
            "decide": self._decide,
            "reconciliation": self._reconciliation,
            "keys": self._keys,
            "openapi": _openapi,
        }

    def is_anothers(self, call: Call) -> bool:
        """Whether the loan that the path names was drawn through another client."""
        return self.owners.get(call.name) not in (None, call.client.id)

    def decide(self, case: Case, decision: Decision, now: float) -> Case:
        """Write down a decision and tell it, once.

        Raises:
            Refused: REVIEW_DECIDED when the other was decided before.
        """
        after = self.reviews.decide(case.id, decision, now)
        if case.decision is None:
            self.on_review(after.report())
        return after

    def _own_loan(self, call: Call) -> Loan:
        """The loan that the path names, if it is the caller's and the borrower's whose token he shows.

        Raises:
            Refused: TOKEN_INVALID or NOT_FOUND.
        """
        phone = self._lender.whose(call.request, call.now)
        loan = self._lender.loan(call.name)
        if loan is None or loan.phone != phone or self.is_anothers(call):
            raise Refused(Code.NOT_FOUND, status=404)
        return loan

    def _loan_callback(self, call: Call) -> LenderAnswer:
        loan = self._own_loan(call)
        deliveries = [callback.public(call.now) for callback in self.callbacks.of(loan.id)]
        return yes({"loan_id": loan.id, "url": self.callbacks.address(loan.id), "deliveries": deliveries})

    def _set_loan_callback(self, call: Call) -> LenderAnswer:
        loan = self._own_loan(call)
        url = checked(read(call.request.body, CallbackBody).url, self._hosts)
        self.callbacks.watch(loan.id, call.client.id, call.now, url=url)
        return self._loan_callback(call)

    def _callback(self, call: Call) -> LenderAnswer:
        client = call.known_client().id
        return yes({"client": client, "url": self.callbacks.registered(client)})

    def _set_callback(self, call: Call) -> LenderAnswer:
        client = call.known_client().id
        self.callbacks.register(client, checked(read(call.request.body, CallbackBody).url, self._hosts))
        return self._callback(call)

    def _drop_callback(self, call: Call) -> LenderAnswer:
        self.callbacks.forget(call.known_client().id)
        return self._callback(call)

    def _reviews(self, call: Call) -> LenderAnswer:
        status = parameters_of(call.request.query).get("status", "")
        if status not in {"", "open", "decided"}:
            raise bad_request("must be open or decided - at `status`")
        cases = list(self.reviews.cases(waiting={"": None, "open": True, "decided": False}[status]))
        return yes({"count": len(cases), "reviews": [case.public() for case in cases[:_MOST_CASES]]})

    def _review(self, call: Call) -> LenderAnswer:
        return yes(self.reviews.find(call.name).public())

    def _decide(self, call: Call) -> LenderAnswer:
        case = self.reviews.find(call.name)
        return yes(self.decide(case, read(call.request.body, DecisionBody).decision, call.now).public())

    def _reconciliation(self, call: Call) -> LenderAnswer:
        """The loans drawn through the caller that were accepted within a span; all loans for one without an id."""
        span = parameters_of(call.request.query)
        start, end = moment(span, "from", 0.0), moment(span, "to", call.now)
        loans = (loan for loan in self._lender.loans() if start <= loan.audited_at < end)
        if call.client is not NOBODY:
            loans = (loan for loan in loans if self.owners.get(loan.id) == call.client.id)
        return yes({"from": iso_text(start), "to": iso_text(end), **reconcile(loans, call.now)})

    def _keys(self, _: Call) -> LenderAnswer:
        return yes({"sign_type": "RSA2", "public_key": self._clients.public_key})


def _openapi(_: Call) -> LenderAnswer:
    body = resources.files("sandbox.partner").joinpath("openapi.yaml").read_bytes()
    return LenderAnswer(status=200, body=body, headers={"Content-Type": "application/yaml"}, after=QUICK)

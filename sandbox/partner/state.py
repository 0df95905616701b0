"""The lender's state as one mapping, for a page: servers, channels, loans, traffic, callbacks, reviews."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from sandbox.partner.callbacks import Callback, CallbackState
from sandbox.partner.partner import Partner
from sandbox.partner.reconciliation import reconcile
from sandbox.workers import Load

_LATELY = 60
_SHOWN = 20
_LINE = 120
_MOST = 20_000


def state(partner: Partner, now: float) -> Mapping[str, Any]:
    """What the lender is doing at `now`. Of loans and of identity checks, the latest 20,000 are looked at."""
    lender = partner.lender
    loans = list(islice(lender.latest_loans(), _MOST))
    return {
        "servers": _load(lender.server_load(now)),
        "bureau": _load(lender.bureau_load(now)),
        "channels": {name: _load(load) for name, load in lender.channel_loads(now).items()},
        "loans": Counter(loan.status(now) for loan in loans),
        "requests": partner.traffic.since(now - _LATELY),
        "line": [_split(counts) for counts in partner.traffic.line(now, _LINE)],
        "checks": Counter(check.state(now) for check in islice(lender.latest_checks(), _MOST)),
        "callbacks": _callbacks(partner, now),
        "reviews": _reviews(partner),
        "reconciliation": reconcile(loans, now),
    }


def _load(load: Load) -> Mapping[str, Any]:
    return {"busy": load.busy, "workers": load.workers, "wait": round(load.wait, 3)}


def _split(counts: Mapping[str, int]) -> tuple[int, int, int]:
    """Requests that were served, that were refused for what they were, and that the lender failed on."""
    split = [0, 0, 0]
    for word, count in counts.items():
        status = int(word.rpartition(" ")[2])
        split[0 if 200 <= status < 300 else 1 if 400 <= status < 500 else 2] += count
    return split[0], split[1], split[2]


def _callbacks(partner: Partner, now: float) -> Mapping[str, Any]:
    known = sorted(partner.desk.callbacks.all(), key=lambda callback: callback.id)
    waiting = [callback for callback in known if callback.state is CallbackState.WAITING]
    return {
        "counts": Counter(callback.state for callback in known),
        "lag": round(max((callback.lag(now) for callback in waiting), default=0.0), 1),
        "recent": [_callback(callback, now) for callback in known[: -_SHOWN - 1 : -1]],
    }


def _callback(callback: Callback, now: float) -> Mapping[str, Any]:
    last = callback.tries[-1].result if callback.tries else ""
    return {**callback.public(now), "loan_id": callback.loan.id, "client": callback.client, "last": last}


def _reviews(partner: Partner) -> Mapping[str, Any]:
    counts: Counter[str] = Counter(str(case.decision or "open") for case in partner.desk.reviews.cases())
    return {"counts": counts, "open": list(_oldest(partner))}


def _oldest(partner: Partner) -> Iterator[Mapping[str, Any]]:
    return (case.public() for case in islice(partner.desk.reviews.cases(waiting=True), _SHOWN))

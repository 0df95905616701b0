"""What the tests of the collector share: a small vocabulary, and outcomes of it."""

import json

from collector.callbacks import Callbacks
from collector.history import History
from collector.ingest import Ingest
from collector.recorder import Recorder
from collector.reviews import Reviews
from collector.settings import CollectorSettings
from collector.vocabulary import JourneyWords, Vocabulary
from drawdown.codes import public_codes
from drawdown.outcome import Attempt, Origin, Outcome, StepResult
from drawdown.reasons import Kind, Reason
from drawdown.series import NAME, Labels

NOW = 1_700_000_000.0
STEPS = ("login", "quota", "quote", "submit", "payout")
APP = JourneyWords(
    origin=Origin.BORROWER,
    journey="app",
    steps=STEPS,
    slices={"channel": ("alpha", "beta"), "bank": ("icbc", "ccb"), "tier": ("A", "B")},
)
PROBE = JourneyWords(
    origin=Origin.PROBE,
    journey="drawdown",
    steps=(*STEPS, "reverse"),
    slices={"channel": ("alpha",), "bank": ("icbc",), "tier": ("A",)},
)
VOCABULARY = Vocabulary(journeys=(APP, PROBE))
ALPHA = {"channel": "alpha", "bank": "icbc", "tier": "A"}


def outcome(reason=Reason.NONE, kind=None, **changes):
    """An outcome of the app that took 2 s and ended at NOW; changes go to the attempt or the outcome."""
    attempt = {"id": "a1", "origin": Origin.BORROWER, "journey": "app", "started_at": NOW - 2, "slices": ALPHA}
    own = {"ended_at": NOW}
    for name, value in changes.items():
        (own if name in Outcome.__dataclass_fields__ else attempt)[name] = value
    return Outcome(attempt=Attempt(**attempt), kind=kind or reason.kind, reason=reason, **own)


def step(name="payout", kind=Kind.SUCCEEDED, duration=0.4, **more):
    return StepResult(name=name, started_at=NOW - 2, duration=duration, kind=kind, **more)


def new_recorder():
    return Recorder(VOCABULARY, now=NOW)


def new_ingest(recorder=None, history=None, **settings):
    return Ingest(
        recorder or new_recorder(),
        history or History(rows=1000),
        vocabulary=VOCABULARY,
        codes=public_codes(),
        settings=CollectorSettings(**settings),
        key=b"k" * 32,
    )


def new_reviews(recorder=None, **settings):
    return Reviews(
        recorder or new_recorder(),
        vocabulary=VOCABULARY,
        codes=public_codes(),
        settings=CollectorSettings(**settings),
    )


def new_callbacks(recorder=None, **settings):
    return Callbacks(recorder or new_recorder(), vocabulary=VOCABULARY, settings=CollectorSettings(**settings))


def changed(recorder, before):
    """The series whose value is not what it was in `before` (a row), with their values now."""
    old = dict(zip(*before, strict=True))
    return {labels: value for labels, value in zip(*recorder.row(), strict=True) if value != old.get(labels, 0.0)}


def value(recorder, name, **labels):
    rows = dict(zip(*recorder.row(), strict=True))
    return rows.get(Labels({NAME: name, **labels}))


def callback(**changes):
    """A report of a callback as a dict; None leaves a field out."""
    fields = {"id": "c1", "journey": "app", "channel": "alpha", "occurred_at": NOW - 250, "came_at": NOW - 10}
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def event(**changes):
    """A report as a dict; None leaves a field out."""
    fields = {
        "id": "a1",
        "journey": "app",
        "started_at": NOW - 2,
        "duration": 2.0,
        "outcome": "failed",
        "reason": "gateway_timeout",
        **ALPHA,
        "steps": [{"name": "login", "duration": 0.5}, {"name": "payout", "duration": 1.5, "outcome": "failed"}],
    }
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def review(**changes):
    """A report of a review as a dict; None leaves a field out."""
    fields = {"id": "r1", "journey": "app", "decision": "overturned", "reason": "multi_device", "tier": "A"}
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def lines(*events):
    return "\n".join(json.dumps(one) for one in events).encode()

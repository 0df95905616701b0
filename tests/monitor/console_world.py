"""A believable monitor around a console: counters that grow, runs that end, incidents that open and resolve."""

import random
from collections import defaultdict

import numpy as np

from alerts.alert import Alert, AlertState
from alerts.incident import Event, Impact, Incident, Severity, Status
from drawdown.catalogue import ATTEMPTS, CREDIT_TO_CASH, UNEXPLAINED
from drawdown.outcome import Attempt, Origin, Outcome, Phases, StepResult
from drawdown.reasons import POLICY, TECHNICAL, Reason
from drawdown.series import NAME, Block, Labels, Op
from drawdown.tally import Part, Tally

EPOCH = 1_700_000_000.0


class Shelf:
    """A series source that holds the last sample of each series."""

    def __init__(self):
        self.at = 0.0
        self.values = defaultdict(float)

    def add(self, name, amount=1.0, **labels):
        self.values[Labels({NAME: name, **labels})] += amount

    def set(self, name, value, **labels):
        self.values[Labels({NAME: name, **labels})] = value

    def count(self, origin, reason, number=1.0, *, explained=True):
        """Count attempts that ended with `reason` as the recorder does."""
        who = {"origin": origin, "journey": "app"}
        self.add(ATTEMPTS.name, number, **who, outcome=reason.kind, reason=reason)
        self.add(CREDIT_TO_CASH.name, number, **who, result=result_of(reason))
        if not explained:
            self.add(UNEXPLAINED.name, number, **who, reason=reason)

    def select(self, matchers, start, end, **_):
        chosen = [labels for labels in self.values if all(fits(matcher, labels) for matcher in matchers)]
        if not chosen or not start <= self.at <= end:
            return Block.empty()
        values = np.array([[self.values[labels]] for labels in chosen])
        return Block(tuple(chosen), np.array([self.at]), values)


def fits(matcher, labels):
    return (labels.get(matcher.name, "") == matcher.value) == (matcher.op is Op.EQUAL)


def result_of(reason):
    if reason is Reason.NONE:
        return "paid"
    if reason.blame in TECHNICAL:
        return "technical"
    return "policy" if reason.blame in POLICY else "borrower"


class Memory:
    """Outcomes, newest first."""

    def __init__(self, outcomes=()):
        self.outcomes = list(outcomes)

    def recent(self, journey, origin, limit):
        found = [o for o in self.outcomes if o.attempt.journey == journey and o.attempt.origin is origin]
        return tuple(found[:limit])

    def find(self, attempt_id):
        return next((outcome for outcome in self.outcomes if outcome.attempt.id == attempt_id), None)


class Desk:
    """A pager that only knows what it is told."""

    def __init__(self, *incidents):
        self.known = list(incidents)

    def incidents(self):
        return tuple(self.known)


class Route:
    """A journey as the console sees it."""

    def __init__(self, name="app", every=2.0):
        self.name = name
        self.every = every


def outcome(at, reason=Reason.NONE, *, name="run-1", journey="app", origin=Origin.PROBE, steps=(), **more):
    began = steps[0].started_at if steps else at - 1.0
    attempt = Attempt(id=name, origin=origin, journey=journey, started_at=began, borrower="b-secret")
    return Outcome(attempt=attempt, kind=reason.kind, reason=reason, ended_at=at, steps=steps, **more)


def incident(reason=Reason.GATEWAY_TIMEOUT, *, name="i1", at=EPOCH, resolved_at=None, impact=None):
    return Incident(
        id=name,
        journey="app",
        reason=reason,
        severity=Severity.PAGE,
        status=Status.OPEN if resolved_at is None else Status.RESOLVED,
        started_at=at,
        opened_at=at + 5,
        resolved_at=resolved_at,
        alerts=(
            Alert(
                labels=Labels(alertname="DrawdownReasonSurge", reason=reason, channel="alpha", severity="page"),
                annotations=Labels(summary="61% of attempts by alpha ended so in the last minute"),
                state=AlertState.FIRING,
                value=0.61,
                active_at=at,
                last_seen_at=at + 60,
                fired_at=at + 5,
            ),
        ),
        impact=impact or impact_of(),
        timeline=(
            Event(at=at + 5, kind="opened", text="DrawdownReasonSurge fires for channel alpha"),
            Event(at=at + 5.2, kind="notified", text="stdout and webhook were told"),
            Event(at=at + 21, kind="joined", text="ProbeFailing fires for the journey app"),
            *([Event(at=resolved_at, kind="resolved", text="the last alert was gone")] if resolved_at else []),
        ),
    )


def impact_of(affected=143, attempts=912):
    parts = {
        "channel": (("alpha", 0.94, 0.34), ("beta", 0.04, 0.33), ("gamma", 0.02, 0.33)),
        "bank": (("icbc", 0.27, 0.25), ("ccb", 0.26, 0.25), ("abc", 0.24, 0.25), ("boc", 0.23, 0.25)),
        "tier": (("A", 0.5, 0.5), ("B", 0.3, 0.3), ("C", 0.2, 0.2)),
    }
    slices = {
        name: tuple(Part(value=v, affected=round(a * affected), attempts=round(n * attempts)) for v, a, n in rows)
        for name, rows in parts.items()
    }
    since = Tally(
        attempts=attempts,
        affected=affected,
        borrowers=round(affected * 0.92),
        unexplained=round(affected * 0.3),
        steps={"payout": affected - 6, "submit": 6},
        slices=slices,
        codes={"AB05": affected - 20, "68": 20},
    )
    return Impact(
        since=since,
        now=Tally(attempts=1180, affected=366),
        before=Tally(attempts=11800, affected=47),
        probes=Tally(attempts=41, affected=13, steps={"payout": 13}),
    )


USUAL = (
    (Reason.NONE, 94.2),
    (Reason.RISK_DECLINED, 1.4),
    (Reason.BAD_ACCOUNT, 0.9),
    (Reason.CREDENTIAL, 0.8),
    (Reason.CANCELLED, 0.7),
    (Reason.LIMIT_EXCEEDED, 0.5),
    (Reason.GATEWAY_TIMEOUT, 0.4),
    (Reason.MULTI_DEVICE, 0.4),
    (Reason.IDENTITY_REQUIRED, 0.3),
    (Reason.OVERDUE, 0.2),
    (Reason.GATEWAY_CONGESTED, 0.1),
    (Reason.INTERNAL_ERROR, 0.1),
)


def steps_of(at, rng, fault=None):
    """A run's steps up to the one in which `fault` strikes."""
    plan = (
        ("login", 0.09, Reason.CREDENTIAL),
        ("quota", 0.05, Reason.SLOW_RESPONSE),
        ("quote", 0.07, Reason.LIMIT_REDUCED),
        ("submit", 0.16, Reason.IDENTITY_REQUIRED),
        ("payout", 0.9, Reason.GATEWAY_TIMEOUT),
    )
    for name, usual, own in plan:
        struck = fault is own
        took = 7.0 if fault is Reason.GATEWAY_TIMEOUT and struck else usual * rng.uniform(0.8, 1.5)
        yield step(name, at, took, reason=fault if struck else Reason.NONE)
        at += took
        if struck:
            break
    yield step("reverse", at, 0.12 * rng.uniform(0.8, 1.5), cleanup=True)


def step(name, at, took, *, reason=Reason.NONE, cleanup=False):
    fresh = name == "login"
    polls = 3 if name == "payout" else 1
    first = took * 0.6 / polls if not fresh else took * 0.45
    return StepResult(
        name=name,
        started_at=at,
        duration=took,
        kind=reason.kind,
        reason=reason,
        detail="no final status after 3 polls, last was CREATED" if reason is Reason.GATEWAY_TIMEOUT else "",
        status=200,
        phases=Phases(
            dns=took * 0.08 if fresh else None,
            connect=took * 0.12 if fresh else None,
            tls=took * 0.25 if fresh else None,
            first_byte=first,
            body=took * 0.05,
        ),
        exchanges=polls,
        cleanup=cleanup,
    )


class World:
    """Borrowers at twenty attempts a second with faults between given times (seconds from the start)."""

    def __init__(self, *, start, faults=(), seed=7):
        self.shelf, self.memory, self.desk = Shelf(), Memory(), Desk()
        self.start, self.faults = start, tuple(faults)
        self.rng = random.Random(seed)
        self.runs = 0

    def fault(self, at):
        return next((reason for reason, begin, end in self.faults if begin <= at - self.start < end), None)

    def advance(self, now, seconds=1.0):
        """Let `seconds` pass until `now`."""
        fault, self.shelf.at = self.fault(now), now
        attempts = round(20 * seconds * self.rng.uniform(0.85, 1.15))
        reasons, weights = zip(*USUAL, strict=True)
        for reason in self.rng.choices(reasons, weights, k=attempts):
            struck = fault is not None and self.rng.random() < 0.31
            ended = fault if struck else reason
            self.shelf.count(Origin.BORROWER, ended, explained=ended is Reason.NONE or self.rng.random() < 0.8)
        self.gauges()

    def probe(self, now):
        """One run of the journey ends at `now`."""
        fault = self.fault(now)
        struck = fault if self.rng.random() < 0.5 else None
        self.runs += 1
        done = tuple(steps_of(now - 1.3, self.rng, struck))
        reason = struck or Reason.NONE
        last = outcome(
            done[-1].started_at,
            reason,
            name=f"run-{self.runs}",
            steps=done,
            step=next((s.name for s in done if s.reason is not Reason.NONE), ""),
            detail=max((s.detail for s in done), default=""),
        )
        self.memory.outcomes = [last, *self.memory.outcomes][:400]

    def gauges(self):
        self.shelf.set("drawdown_evaluation_duration_seconds", self.rng.uniform(0.006, 0.011))
        self.shelf.set("drawdown_evaluation_missed_total", 0.0)
        self.shelf.set("drawdown_store_series", 4712.0)
        self.shelf.set("drawdown_store_series_refused_total", 3.0)
        self.shelf.set("drawdown_probe_owed_loans", 1.0, journey="app")
        self.shelf.set("drawdown_probe_missed_runs_total", 0.0, journey="app")
        self.shelf.set("drawdown_notices_total", 2.0, channel="webhook", result="failed")

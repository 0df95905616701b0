"""Values and small stand-ins for the tests of alerts."""

import re
from collections import Counter

import numpy as np

from alerts.alert import Alert, AlertState
from alerts.incident import Impact, Incident, Severity, Status
from alerts.promql import Vector
from drawdown.reasons import Reason
from drawdown.series import ABSENT, NAME, Block, Labels, Op
from drawdown.tally import Part, Tally

T0 = 1_700_000_000.0


def alert(now=T0, *, state=AlertState.FIRING, **labels):
    labels = {
        "alertname": "ChannelFailing",
        "severity": "page",
        "journey": "app",
        "reason": "gateway_timeout",
        "origin": "borrower",
        **labels,
    }
    return Alert(labels=Labels(labels), state=state, value=0.31, active_at=now, last_seen_at=now, fired_at=now)


def incident(**changes):
    values = {
        "id": "1jn7w8wdv",
        "journey": "app",
        "reason": Reason.GATEWAY_TIMEOUT,
        "severity": Severity.PAGE,
        "status": Status.OPEN,
        "started_at": T0,
        "opened_at": T0 + 2,
        "alerts": (alert(channel="alpha"),),
    }
    return Incident(**{**values, **changes})


def parts(**counts):
    return tuple(Part(value=value, affected=hit, attempts=of) for value, (hit, of) in counts.items())


def tally(affected, attempts, **more):
    return Tally(affected=affected, attempts=attempts, borrowers=more.pop("borrowers", affected), **more)


def impact(**tallies):
    return Impact(**tallies)


def vector(*pairs):
    """A vector of (labels, value)."""
    return Vector(
        labels=tuple(Labels(labels) for labels, _ in pairs), values=np.array([value for _, value in pairs], dtype=float)
    )


class Counts:
    """Instruments that can be asked."""

    def __init__(self):
        self.counters = Counter()
        self.gauges = {}

    def add(self, metric, amount=1.0, /, **labels):
        assert set(labels) == set(metric.labels)
        self.counters[(metric.name, *labels.values())] += amount

    def set(self, metric, value, /, **labels):
        assert set(labels) == set(metric.labels)
        self.gauges[(metric.name, *labels.values())] = value


class Notebook:
    """A small series source and sink: every sample that was appended, as written."""

    def __init__(self):
        self.samples = {}

    def append(self, at, labels, values):
        for each, value in zip(labels, values, strict=True):
            self.samples.setdefault(each, {})[at] = value

    def select(self, matchers, start, end, **_):
        found = {labels: at for labels, at in self.samples.items() if all(_fits(labels, each) for each in matchers)}
        times = sorted({time for at in found.values() for time in at if start <= time <= end})
        values = np.full((len(found), len(times)), ABSENT)
        for row, at in enumerate(found.values()):
            for column, time in enumerate(times):
                values[row, column] = at.get(time, ABSENT)
        return Block(tuple(found), np.array(times), values)

    def at(self, time, name):
        return {
            labels: values[time] for labels, values in self.samples.items() if labels[NAME] == name and time in values
        }


def _fits(labels, matcher):
    value = labels.get(matcher.name, "")
    same = value == matcher.value if matcher.op in {Op.EQUAL, Op.NOT_EQUAL} else re.fullmatch(matcher.value, value)
    return bool(same) is (matcher.op in {Op.EQUAL, Op.MATCH})

"""The page that Prometheus scrapes.

prometheus_client writes it, and decides between the text format and OpenMetrics. It needs about 12 µs a sample, too
much for thousands of series each second on the loop that also times probes: so it writes each page once, with the
number of the slot where a value belongs, and a scrape only puts the values in.
"""

from collections.abc import Iterator
from itertools import chain

import numpy as np
from prometheus_client import CollectorRegistry, Metric, exposition
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from collector.slots import Slots, written
from drawdown.catalogue import METRICS
from drawdown.series import NAME, Floats

_MAX_FORMS = 8
"""Forms of the page that are kept; a reader can ask for any version of OpenMetrics."""


class Exposition:
    """Renders slots in the text format or as OpenMetrics, as the reader asks."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._forms: dict[str, _Form] = {}
        self._shown: Floats = np.empty(0)
        self._texts: list[str] = []

    def render(self, accept: str) -> tuple[bytes, str]:
        """Body and content type for the value of an `Accept` header; one that cannot be read counts as empty."""
        try:
            encode, content_type = exposition.choose_encoder(accept)
        except (TypeError, ValueError):  # a version that is not made of numbers
            encode, content_type = exposition.choose_encoder("")
        self._refresh()
        form = self._forms.get(content_type)
        if form is None:
            form = self._keep(content_type, _Form(encode(_registry(self._slots))))
        return form.fill(self._texts), content_type

    def _refresh(self) -> None:
        """Write anew the values that have changed; forget the forms when there are new series."""
        values = self._slots.values
        if len(values) != len(self._shown):
            self._forms.clear()
            self._texts = [written(value) for value in values.tolist()]
        else:
            for slot in np.flatnonzero(values.view(np.uint64) != self._shown.view(np.uint64)).tolist():
                self._texts[slot] = written(float(values[slot]))
        self._shown = values

    def _keep(self, content_type: str, form: "_Form") -> "_Form":
        if len(self._forms) >= _MAX_FORMS:
            self._forms.clear()
        self._forms[content_type] = form
        return form


class _Form:
    """A page without its values: the text before each value, and the slot of each value."""

    def __init__(self, page: bytes) -> None:
        self._before: list[str] = []
        self._slots: list[int] = []
        text = ""
        for line in page.decode().removesuffix("\n").split("\n"):
            if line.startswith("#"):
                text += f"{line}\n"
                continue
            start, _, slot = line.rpartition(" ")
            self._before.append(f"{text}{start} ")
            self._slots.append(int(float(slot)))
            text = "\n"
        self._after = text

    def fill(self, texts: list[str]) -> bytes:
        values = map(texts.__getitem__, self._slots)
        return ("".join(chain.from_iterable(zip(self._before, values, strict=True))) + self._after).encode()


class _Numbered(Collector):
    """Every metric of the catalogue, the value of each sample being the number of its slot."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots

    def collect(self) -> Iterator[Metric]:
        families = {metric.name: Metric(_family(metric.name), metric.help, metric.type) for metric in METRICS}
        owner = {name: families[metric.name] for metric in METRICS for name in metric.series_names}
        for slot, labels in enumerate(self._slots.labels):
            pairs = dict(labels)
            name = pairs.pop(NAME)
            owner[name].samples.append(Sample(name, pairs, float(slot)))
        yield from families.values()


def _registry(slots: Slots) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Numbered(slots))
    return registry


def _family(name: str) -> str:
    """OpenMetrics names the family of a counter without the `_total` of its samples."""
    return name.removesuffix("_total")

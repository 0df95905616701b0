"""From a file to a scenario: what is written is checked against the world that it is about."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import resources
from itertools import product
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from alerts.incident import Severity
from drawdown.document import Document, Key, read_document
from drawdown.durations import format_duration
from drawdown.errors import InvalidInput, Place, Problem
from drawdown.wording import unknown
from monitor.scenarios.changes import changed
from monitor.scenarios.scenario import Expected, OwnEvent, Probe, Scenario
from monitor.scenarios.shape import WrittenExpected, WrittenOwn, WrittenScenario, WrittenStep
from sandbox.demand import Demand
from sandbox.fault_file import nobody
from sandbox.world import World

T = TypeVar("T")

_MOST_ATTEMPTS = 2_000_000

SHIPPED = Path(str(resources.files("monitor"))) / "scenarios" / "cases"


def load_scenarios(names: Iterable[str] = ()) -> tuple[Scenario, ...]:
    """Those with these names, or in these files; all that are shipped where none is named.

    Raises:
        InvalidInput: with every problem of every file.
    """
    problems: list[Problem] = []
    found = [_attempt(partial(_read, path), problems) for path in _paths(names, problems)]
    if problems:
        raise InvalidInput(problems)
    return tuple(scenario for scenario in found if scenario)


def load_scenario(document: Document) -> Scenario:
    """The scenario in `document`; it is named as its file.

    Raises:
        InvalidInput: with every problem and its place.
    """
    written: WrittenScenario = document.bind(WrittenScenario)
    problems: list[Problem] = []
    world = _attempt(lambda: _changed(World(), document, "world"), problems) or World()
    demand = _attempt(lambda: _changed(Demand(), document, "crowd"), problems) or Demand()
    problems.extend(_strangers(document, written, world))
    problems.extend(_too_late(document, written))
    problems.extend(_timeless(document, written))
    problems.extend(_unseen(document, written))
    problems.extend(_too_many(document, written, demand))
    if problems:
        raise InvalidInput(problems)
    start = written.start
    return Scenario(
        name=Path(document.source).stem,
        title=written.title,
        family=written.family,
        start=start,
        seconds=written.lasts,
        world=world,
        demand=demand,
        faults=tuple(fault for each in written.faults for fault in each.faults(start)),
        probe=Probe(every=written.probe.every) if written.probe else None,
        own=tuple(_own(each, start) for each in written.monitor),
        expected=tuple(_expected(each, written) for each in written.truth),
        beside=written.beside,
    )


def _read(path: Path) -> Scenario:
    return load_scenario(read_document(path))


def _paths(names: Iterable[str], problems: list[Problem]) -> Iterator[Path]:
    shipped = {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"), key=attrgetter("stem"))}
    wanted = tuple(names)
    if not wanted:
        yield from shipped.values()
    for name in wanted:
        if name in shipped:
            yield shipped[name]
        elif Path(name).suffix in {".yaml", ".yml"}:
            yield Path(name)
        else:
            problems.append(Problem(place=Place(source=name), message=unknown("scenario", name, list(shipped))))


def _attempt(load: Callable[[], T], problems: list[Problem]) -> T | None:
    try:
        return load()
    except InvalidInput as error:
        problems.extend(error.problems)
        return None


def _changed(value: T, document: Document, section: str) -> T:
    return changed(value, document, (section,)) if section in document.value else value


def _strangers(document: Document, written: WrittenScenario, world: World) -> Iterator[Problem]:
    """Slices that match nobody."""
    for path, where in _slices(written):
        why = nobody(where, world)
        if why:
            yield document.problem(path, f"matches nobody: {why}")


def _slices(written: WrittenScenario) -> Iterator[tuple[tuple[Key, ...], Mapping[str, str]]]:
    """Each slice that is written, by its place; where it has many values, each combination of them."""
    for number, fault in enumerate(written.faults):
        yield ("faults", number, "where"), fault.where
    for number, truth in enumerate(written.truth):
        for values in product(*truth.slice.values()):
            yield ("truth", number, "slice"), dict(zip(truth.slice, values, strict=True))


def _too_late(document: Document, written: WrittenScenario) -> Iterator[Problem]:
    """What begins when all is over."""
    for number, fault in enumerate(written.faults):
        if fault.from_ >= written.lasts:
            yield document.problem(("faults", number, "from"), "the scenario is over by then")
    for number, each in enumerate(written.monitor):
        if _begins(each) >= written.lasts:
            yield document.problem(("monitor", number), "the scenario is over by then")


def _unseen(document: Document, written: WrittenScenario) -> Iterator[Problem]:
    """What can only be resolved when nobody looks any more."""
    for number, each in enumerate(written.truth):
        until = _ends(each, written) + each.resolves_within
        if until > written.lasts:
            message = (
                f"must be resolved only at {format_duration(until)}, when the scenario is over; let it last longer"
            )
            yield document.problem(("truth", number), message)


def _too_many(document: Document, written: WrittenScenario, demand: Demand) -> Iterator[Problem]:
    """More attempts than a run can hold."""
    promotion = demand.promotion
    busy = written.lasts + min(written.lasts, promotion.lasts) * max(0.0, promotion.times - 1.0)
    attempts = demand.rate * demand.payday * busy + demand.insistent.tries
    if attempts > _MOST_ATTEMPTS:
        message = f"makes about {attempts:.3g} attempts; a run takes at most {_MOST_ATTEMPTS:,}"
        yield document.problem(("crowd",), message)


def _timeless(document: Document, written: WrittenScenario) -> Iterator[Problem]:
    """What there is nothing to last as long as."""
    for number, truth in enumerate(written.truth):
        if not written.faults and (truth.from_ is None or truth.to is None):
            yield document.problem(("truth", number), "there is no fault to last as long as; write `from` and `to`")


def _begins(own: WrittenStep | WrittenOwn) -> float:
    return own.at if isinstance(own, WrittenStep) else own.from_


def _own(written: WrittenStep | WrittenOwn, start: float) -> OwnEvent:
    if isinstance(written, WrittenStep):
        return OwnEvent(kind=written.what, starts_at=start + written.at, ends_at=start + written.at, by=written.by)
    return OwnEvent(kind=written.what, starts_at=start + written.from_, ends_at=start + written.to)


def _expected(written: WrittenExpected, scenario: WrittenScenario) -> Expected:
    """Without times of its own it lasts as long as the faults."""
    begins = min((fault.from_ for fault in scenario.faults), default=0.0) if written.from_ is None else written.from_
    return Expected(
        reason=written.reason,
        blame=written.whose,
        where=written.slice,
        page=written.severity is Severity.PAGE,
        starts_at=scenario.start + begins,
        ends_at=scenario.start + _ends(written, scenario),
        within=written.within,
        resolves_within=written.resolves_within,
    )


def _ends(written: WrittenExpected, scenario: WrittenScenario) -> float:
    """Seconds after the start."""
    return max((fault.to for fault in scenario.faults), default=0.0) if written.to is None else written.to

"""A file of rule tests: read with the rule files that it names, and run."""

import glob
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from alerts.rule import Group, load_rules
from alerts.rule_checks import Known
from alerts.rule_shape import Names
from alerts.ruletest.case import Case, CaseReader
from alerts.ruletest.comparing import exactly, nearly
from alerts.ruletest.shape import WrittenTests
from alerts.ruletest.trial import Terms, run
from alerts.ruletest.verdict import Verdict
from drawdown.document import Document, read_document
from drawdown.errors import InvalidInput, Problem

MAX_TICKS: Final = 1_000_000
"""Of one test."""
_MINUTE: Final = 60.0


class Library:
    """Rule files, each read once however many tests name it."""

    def __init__(self, *, catalogue: Known | None = None, names: Names = Names.UTF8) -> None:
        self._catalogue = catalogue
        self._names = names
        self._read: dict[Path, tuple[Group, ...] | InvalidInput] = {}

    def groups(self, path: Path) -> tuple[Group, ...]:
        """The groups of the file.

        Raises:
            InvalidInput: as `alerts.rule.load_rules`.
        """
        if path not in self._read:
            self._read[path] = self._load(path)
        found = self._read[path]
        if isinstance(found, InvalidInput):
            raise found
        return found

    def _load(self, path: Path) -> tuple[Group, ...] | InvalidInput:
        try:
            return load_rules(read_document(path), catalogue=self._catalogue, names=self._names)
        except InvalidInput as error:
            return error


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """What a file holds, ready to be run."""

    source: str
    cases: tuple[Case, ...]
    terms: Terms


def load_tests(path: Path, library: Library) -> Tests:
    """The tests in `path` with the rules that they name; paths and patterns start at the file's own folder.

    Raises:
        InvalidInput: with every problem of the file and of its rule files.
    """
    document = read_document(path).as_written()
    written: WrittenTests = document.bind(WrittenTests)
    reader = CaseReader(document, interval=written.evaluation_interval)
    cases = tuple(reader.read(each, ("tests", at)) for at, each in enumerate(written.tests))
    interval = written.evaluation_interval or _MINUTE
    problems = [*reader.problems, *_repeated(document, written.group_eval_order), *_endless(cases, interval)]
    groups = list(_groups(document, written.rule_files, library, problems))
    if problems:
        raise InvalidInput(problems)
    terms = Terms(
        groups=_in_order(groups, written.group_eval_order),
        interval=interval,
        same=nearly if written.fuzzy_compare else exactly,
    )
    return Tests(source=str(path), cases=cases, terms=terms)


def run_file(path: Path, library: Library, *, only: re.Pattern[str] | None = None) -> Verdict:
    """What the tests in `path` say; with `only`, those whose name it finds."""
    try:
        tests = load_tests(path, library)
    except InvalidInput as error:
        return Verdict(source=str(path), problems=error.problems)
    chosen = [case for case in tests.cases if only is None or only.search(case.name)]
    failures = tuple(failure for case in chosen for failure in run(case, tests.terms))
    return Verdict(source=str(path), tests=len(chosen), failures=failures)


def _repeated(document: Document, order: Sequence[str]) -> Iterator[Problem]:
    for at, name in enumerate(order):
        if name in order[:at]:
            yield document.problem(("group_eval_order", at), f"{name!r} stands here twice")


def _endless(cases: Sequence[Case], interval: float) -> Iterator[Problem]:
    for case in cases:
        if case.lasts / interval > MAX_TICKS:
            message = f"the last eval_time is more than {MAX_TICKS} evaluation intervals away"
            yield Problem(place=case.place, message=message)


def _groups(document: Document, patterns: Sequence[str], library: Library, problems: list[Problem]) -> Iterator[Group]:
    for at, pattern in enumerate(patterns):
        paths = sorted(glob.glob(str(Path(document.source).parent / pattern)))  # noqa: PTH207 - a pattern may lead out of the folder
        if not paths:
            problems.append(document.problem(("rule_files", at), f"there is no file {pattern!r}"))
        for path in paths:
            try:
                yield from library.groups(Path(path))
            except InvalidInput as error:
                problems.extend(error.problems)


def _in_order(groups: Sequence[Group], order: Sequence[str]) -> tuple[Group, ...]:
    """Those in `order` as they stand there; others are taken for the first, and all are evaluated at every tick, as in
    promtool.
    """
    ticking = [replace(group, interval=None) for group in groups]
    return tuple(sorted(ticking, key=lambda group: order.index(group.name) if group.name in order else 0))

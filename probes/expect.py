"""What a step expects of its answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, PlainValidator

from drawdown.durations import Duration
from drawdown.reasons import Kind, Reason
from probes.body import PathField, text_of
from probes.names import unknown
from probes.template import Names, Scalar, TemplateFault

STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


T = TypeVar("T")


def some(values: T) -> T:
    """`values` unless they are an empty list: for a pydantic field that needs at least one."""
    if values == ():
        raise ValueError("give at least one")
    return values


def _pattern(value: Any) -> re.Pattern[str]:
    try:
        return re.compile(value)
    except (re.error, TypeError, RecursionError, OverflowError) as error:
        raise ValueError(f"is not a regular expression: {error}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition on the JSON of an answer; exactly one of its tests is given.

    Values are compared as text: `equals: 0` holds for the number 0 and for the string "0". `matches` searches a regular
    expression, `at_least` compares decimal numbers, `exists` takes null for missing.
    """

    __pydantic_config__ = STRICT

    path: PathField
    exists: bool | None = None
    equals: Scalar | None = None
    among: Annotated[tuple[Scalar, ...] | None, Field(alias="in"), AfterValidator(some)] = None
    matches: Annotated[re.Pattern[str], PlainValidator(_pattern)] | None = None
    at_least: Scalar | None = None

    def __post_init__(self) -> None:
        tests = (self.exists, self.equals, self.among, self.matches, self.at_least)
        if sum(test is not None for test in tests) != 1:
            raise ValueError("give exactly one of exists, equals, in, matches, at_least")

    def met_by(self, content: Any, names: Names) -> bool:
        """Whether it holds for `content` (parsed JSON).

        Raises:
            TemplateFault: a value to compare with cannot be filled in.
        """
        found = self.path.find(content)
        if self.exists is not None:
            return (found is not None) is self.exists
        text = text_of(found)
        return text is not None and self._holds(text, names)

    def _holds(self, text: str, names: Names) -> bool:
        if self.matches is not None:
            return self.matches.search(text) is not None
        if self.at_least is not None:
            return _at_least(text, self.at_least.render(names))
        return text in self._wanted(names)

    def _wanted(self, names: Names) -> tuple[str, ...]:
        given = self.among or ((self.equals,) if self.equals is not None else ())
        return tuple(value.render(names) for value in given)

    def shortfall(self, content: Any, names: Names) -> str:
        """In words what stands there and what was expected."""
        found = self.path.find(content)
        text = text_of(found) if found is None or text_of(found) is not None else "not a single value"
        there = "is missing" if text is None else f"is {text}"
        return f"{self.path.text} {there}, expected {self._wish(names)}"

    def _wish(self, names: Names) -> str:
        if self.exists is not None:
            return "a value" if self.exists else "nothing"
        if self.matches is not None:
            return f"a match of {self.matches.pattern}"
        if self.at_least is not None:
            return f"at least {self.at_least.render(names)}"
        return " or ".join(self._wanted(names))


def _at_least(text: str, least: str) -> bool:
    try:
        return Decimal(text) >= _number(least)
    except InvalidOperation:
        return False


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise TemplateFault(f"at_least needs a number, not {text!r}") from None


_FAILING = tuple(reason.value for reason in Reason if reason.kind is not Kind.SUCCEEDED)


def _failing(value: Any) -> Reason:
    if value not in _FAILING:
        raise ValueError(unknown("is not a reason to fail:", value, _FAILING))
    return Reason(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyExpectation(Condition):
    """A condition that must hold. When it does not: `code` is where the lender's code for the refusal stands, and
    `reason` is taken when there is none.
    """

    reason: Annotated[Reason, PlainValidator(_failing)] | None = None
    code: PathField | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the answer of a step must be. Without `status` every 2xx is right. `latency` (seconds) is the most that the
    step may take.
    """

    __pydantic_config__ = STRICT

    status: tuple[Annotated[int, Field(ge=100, le=599)], ...] = ()
    latency: Annotated[Duration, Field(gt=0)] | None = None
    body: tuple[BodyExpectation, ...] = ()

    def allows(self, status: int) -> bool:
        """Whether `status` is right."""
        return status in self.status if self.status else 200 <= status < 300

    def missed(self, content: Any, names: Names) -> Iterator[BodyExpectation]:
        """The expectations that `content` does not meet, in their order."""
        return (one for one in self.body if not one.met_by(content, names))

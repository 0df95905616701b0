"""A journey: the steps by which a synthetic borrower comes to money, written in YAML, and how it is given back.

journey = load_journey(read_document(path), variables=frozenset({"base_url"}), codes=public_codes())
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
from pydantic import AfterValidator, BeforeValidator, Field

from drawdown.codes import Codes
from drawdown.document import Document
from drawdown.durations import Duration
from drawdown.errors import InvalidInput
from drawdown.outcome import SLICES
from probes.body import PathField
from probes.exchange import Request
from probes.expect import STRICT, Condition, Expectation, some
from probes.names import cross_check
from probes.template import Names, Text, Tree, render_tree


def _named(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", value):
        raise ValueError(f"{value!r} is not a name; use letters, digits, dot, dash and underscore, 64 at most")
    return value


def _variable(value: str) -> str:
    if not value.isidentifier():
        raise ValueError(f"{value!r} cannot be a variable; use letters, digits and underscore")
    return value


def _slice(value: str) -> str:
    if value not in SLICES:
        raise ValueError(f"unknown slice {value!r}; slices are {', '.join(SLICES)}")
    return value


Name = Annotated[str, AfterValidator(_named)]
VariableName = Annotated[str, AfterValidator(_variable)]
Slice = Annotated[str, AfterValidator(_slice)]
Seconds = Annotated[Duration, Field(gt=0)]
_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPlan:
    """A request before its variables are filled in; at most one of `json`, `form`, `body`.

    `json` is sent as JSON: its texts stay texts. For anything else write `body` and the header Content-Type.
    """

    __pydantic_config__ = STRICT

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = "GET"
    url: Text
    headers: Mapping[str, Text] = field(default_factory=dict)
    json: Tree = None
    form: Mapping[str, Text] | None = None
    body: Text | None = None
    follow_redirects: bool = False

    def __post_init__(self) -> None:
        if sum(part is not None for part in (self.json, self.form, self.body)) > 1:
            raise ValueError("give at most one of json, form, body")

    def render(self, names: Names, *, timeout: float) -> Request:
        """The request to send, to be answered within `timeout` seconds.

        Raises:
            TemplateFault: a variable is missing or an expression fails.
        """
        headers, body = self._content(names)
        return Request(
            method=self.method,
            url=self.url.render(names),
            headers={**headers, **{name: value.render(names) for name, value in self.headers.items()}},
            body=body,
            timeout=timeout,
            follow_redirects=self.follow_redirects,
        )

    def _content(self, names: Names) -> tuple[Mapping[str, str], bytes]:
        if self.json is not None:
            return _JSON, msgspec.json.encode(render_tree(self.json, names))
        if self.form is not None:
            return _FORM, urlencode({name: value.render(names) for name, value in self.form.items()}).encode()
        return {}, self.body.render(names).encode() if self.body is not None else b""


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How the lender's business answer is read, in every step.

    `code` is where its code stands (the first of several places that has one); with `accepted` an answer must have a
    code, and these mean yes. Without `accepted` any code is a refusal. `scheme` names the set by which codes become
    reasons, `explanation` is where the borrower is told what to do.
    """

    __pydantic_config__ = STRICT

    code: Annotated[tuple[PathField, ...], BeforeValidator(_listed), AfterValidator(some)]
    accepted: tuple[str, ...] = ()
    scheme: str = ""
    explanation: PathField | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """Ask again every so many seconds until a condition holds."""

    __pydantic_config__ = STRICT

    every: Seconds
    until: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request and its answer. `timeout` (seconds) is for each exchange. `capture` takes values of the answer as
    variables of the steps after it; those named in `secret` appear nowhere. `owes` names the variables that the
    reversal needs: they are on disk before the request leaves.
    """

    __pydantic_config__ = STRICT

    name: Name
    request: RequestPlan
    timeout: Seconds = 7.0
    expect: Expectation = Expectation()
    capture: Mapping[VariableName, PathField] = field(default_factory=dict)
    secret: tuple[str, ...] = ()
    owes: tuple[str, ...] = ()
    poll: Poll | None = None

    @property
    def reads_body(self) -> bool:
        """Whether the answer must be JSON for this step to make sense."""
        return bool(self.capture or self.expect.body or self.poll)


Steps = Annotated[tuple[Step, ...], AfterValidator(some)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """How the money is given back, in `deadline` seconds of its own."""

    __pydantic_config__ = STRICT

    deadline: Seconds = 10.0
    steps: Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """`every`, `deadline` in seconds. `slices` says which channel, bank and tier its attempts are counted under.
    `variables` are its own values, for names that the configuration does not give.
    """

    __pydantic_config__ = STRICT

    name: Name
    every: Seconds
    deadline: Seconds
    slices: Mapping[Slice, str] = field(default_factory=dict)
    variables: Mapping[VariableName, str] = field(default_factory=dict)
    answer: Answer | None = None
    steps: Steps
    reversal: Reversal | None = None

    @property
    def step_names(self) -> tuple[str, ...]:
        """Names of all steps, the reversal's after the journey's, each once."""
        reversal = self.reversal.steps if self.reversal else ()
        return tuple(dict.fromkeys(step.name for step in chain(self.steps, reversal)))


def load_journey(document: Document, *, variables: frozenset[str], codes: Codes) -> Journey:
    """The journey that `document` describes. `variables` are the names that the configuration gives.

    Raises:
        InvalidInput: with everything that is wrong: unknown keys, wrong types, templates, paths, names.
    """
    problems = tuple(cross_check(document, variables=variables, schemes=frozenset(codes)))
    try:
        journey: Journey = document.bind(Journey)
    except InvalidInput as invalid:
        raise InvalidInput((*invalid.problems, *problems)) from None
    if problems:
        raise InvalidInput(problems)
    return journey

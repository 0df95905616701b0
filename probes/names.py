"""Names in a journey that point at one another: variables, captures, steps, code schemes.

The check walks the plain YAML value and skips whatever has the wrong shape, so that its problems come together with
those of the shape and not one round later.
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from drawdown.document import Document, Key
from drawdown.errors import Problem
from probes.template import Template

BUILT_IN = frozenset({"run_id", "idempotency_key", "now"})
"""Variables that every run has: its id, the key under which it draws, and Unix seconds."""

_COMPARED = ("equals", "in", "at_least")
Where = tuple[Key, ...]


def cross_check(document: Document, *, variables: frozenset[str], schemes: frozenset[str]) -> Iterator[Problem]:
    """Every name in the journey that points nowhere or stands twice."""
    check = _Check(document, variables)
    yield from check.scheme(schemes)
    yield from check.journey()
    yield from check.debts()
    yield from check.reversal()


def _mapping(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _names(value: Any) -> Iterator[tuple[int, str]]:
    """The texts of a list and where they stand in it."""
    return ((number, name) for number, name in enumerate(_list(value)) if isinstance(name, str))


def _texts(value: Any, path: Where) -> Iterator[tuple[Where, str]]:
    """Every text below `value` and where it stands."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(part, (*path, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _texts(part, (*path, number))


def _templates(step: Any, path: Where) -> Iterator[tuple[Where, str]]:
    """Every text of a step that is a template."""
    step = _mapping(step)
    yield from _texts(step.get("request"), (*path, "request"))
    body = _list(_mapping(step.get("expect")).get("body"))
    places = [((*path, "expect", "body", number), one) for number, one in enumerate(body)]
    places.append(((*path, "poll", "until"), _mapping(step.get("poll")).get("until")))
    for place, condition in places:
        for key in _COMPARED:
            yield from _texts(_mapping(condition).get(key), (*place, key))


def _needed(text: str) -> frozenset[str]:
    try:
        return Template(text).names
    except ValueError:
        return frozenset()  # told where the shape is checked


def unknown(what: str, name: Any, known: Sequence[str]) -> str:
    """The sentence for a name that is not one of `known`: the nearest of them, or all."""
    near = get_close_matches(str(name), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(sorted(known)) or 'none'}"
    return f"{what} {name!r}; {hint}"


class _Check:
    def __init__(self, document: Document, variables: frozenset[str]) -> None:
        self._document = document
        self._whole = _mapping(document.value)
        self._given = variables | {str(name) for name in _mapping(self._whole.get("variables"))}
        self._steps = _list(self._whole.get("steps"))

    def scheme(self, schemes: frozenset[str]) -> Iterator[Problem]:
        scheme = _mapping(self._whole.get("answer")).get("scheme", "")
        if isinstance(scheme, str) and scheme and scheme not in schemes:
            yield self._document.problem(("answer", "scheme"), unknown("unknown scheme", scheme, sorted(schemes)))

    def journey(self) -> Iterator[Problem]:
        yield from self._pass(self._steps, ("steps",), self._given | BUILT_IN)

    def reversal(self) -> Iterator[Problem]:
        """The reversal may run days later: it knows what was given, what was owed, and what it captures itself."""
        steps = _list(_mapping(self._whole.get("reversal")).get("steps"))
        owed = {name for step in self._steps for _, name in _names(_mapping(step).get("owes"))}
        known = self._given | owed | {"run_id", "now"}
        yield from self._pass(steps, ("reversal", "steps"), known)
        for number, step in enumerate(steps):
            if "owes" in _mapping(step):
                yield self._document.problem(("reversal", "steps", number, "owes"), "a reversal cannot owe")

    def debts(self) -> Iterator[Problem]:
        owing = [number for number, step in enumerate(self._steps) if _mapping(step).get("owes")]
        for number in owing[1:]:
            yield self._document.problem(("steps", number, "owes"), "a journey draws once: one step may owe")
        if owing and self._whole.get("reversal") is None:
            yield self._document.problem(("steps", owing[0], "owes"), "needs a reversal that gives the money back")
        if not owing and self._whole.get("reversal") is not None:
            yield self._document.problem(("reversal",), "no step owes anything: name in `owes` what it needs")

    def _pass(self, steps: list[Any], path: Where, known: frozenset[str] | set[str]) -> Iterator[Problem]:
        """One walk over `steps`: each step knows what stands before it."""
        seen: set[str] = set()
        secret: set[str] = set()
        for number, step in enumerate(_mapping(one) for one in steps):
            place = (*path, number)
            yield from self._undefined(step, place, known)
            yield from self._owed(step, place, known, secret)
            yield from self._captured(step, place)
            yield from self._repeated(step, place, seen)
            known = known | {str(name) for name in _mapping(step.get("capture"))}
            secret |= {name for _, name in _names(step.get("secret"))}

    def _repeated(self, step: Any, place: Where, seen: set[str]) -> Iterator[Problem]:
        name = step.get("name")
        if not isinstance(name, str):
            return
        if name in seen:
            yield self._document.problem((*place, "name"), f"{name!r} names two steps")
        seen.add(name)

    def _undefined(self, step: Any, place: Where, known: frozenset[str] | set[str]) -> Iterator[Problem]:
        for where, text in _templates(step, place):
            for name in sorted(_needed(text) - known):
                yield self._document.problem(where, unknown("undefined variable", name, sorted(known)))

    def _owed(self, step: Any, place: Where, known: frozenset[str] | set[str], secret: set[str]) -> Iterator[Problem]:
        for number, name in _names(step.get("owes")):
            if name not in known:
                message = unknown("undefined variable", name, sorted(known))
                yield self._document.problem((*place, "owes", number), message)
            elif name in secret:
                message = f"{name!r} is secret and would be written to disk; let the reversal get its own"
                yield self._document.problem((*place, "owes", number), message)

    def _captured(self, step: Any, place: Where) -> Iterator[Problem]:
        captured = {str(name) for name in _mapping(step.get("capture"))}
        for name in sorted(captured & BUILT_IN):
            yield self._document.problem((*place, "capture", name), f"{name!r} is built in; choose another name")
        for number, name in _names(step.get("secret")):
            if name not in captured:
                message = unknown("nothing captured as", name, sorted(captured))
                yield self._document.problem((*place, "secret", number), message)

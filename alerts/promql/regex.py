r"""Regular expressions of matchers and `label_replace`.

Prometheus uses RE2, whose time is linear in the text. Here a pattern is rewritten into the part of the syntax that RE2
and Python's `re` share, and what would take a backtracking matcher exponential time is refused. Hence what differs from
RE2: a group that is repeated must not itself contain a repetition or an alternation, at most five repetitions may
follow each other, and Unicode classes (`\p{L}`), `[[:^…:]]`, `\Q…\E`, `\z`, `\C` and octal escapes are refused; `\b`
and `\B` know letters that are not ASCII, and `$` also holds before a newline at the end.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from alerts.promql.errors import PromQLError

MAX_PATTERN: Final = 1000
MAX_REPEATS: Final = 5
_TOKEN: Final = re.compile(
    r"(?P<escape>\\(?:x\{[0-9a-fA-F]+\}|.|$))|(?P<set>\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\])|(?P<flags>\(\?[imsU-]*\))"
    r"|(?P<open>\((?:\?P?<\w+>|\?[ims-]*:)?)|(?P<close>\))|(?P<bar>\|)|(?P<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})\??)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_ESCAPES: Final = frozenset("bBAafnrtvx")
_CLASSES: Final = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_PERL: Final = {"d": _CLASSES["digit"], "w": _CLASSES["word"], "s": r"\t\n\f\r "}
"""These are of ASCII alone."""
_RANGE_OF_CLASS: Final = re.compile(r"\\[dDwWsS]-(?!\])|(?<!\[)(?<!\[\^)-\\[dDwWsS]")
_NONE_OF_THEM: Final = {
    "D": "\\x00-\\x2f\\x3a-\U0010ffff",
    "W": "\\x00-\\x2f\\x3a-\\x40\\x5b-\\x5e\\x60\\x7b-\U0010ffff",
    "S": "\\x00-\\x08\\x0b\\x0e-\\x1f\\x21-\U0010ffff",
}


def compile_pattern(pattern: str, position: int) -> re.Pattern[str]:
    """`pattern`, to be used with `fullmatch`; `.` also matches a newline.

    Raises:
        PromQLError: at `position`, as `portable`.
    """
    return re.compile(portable(pattern, position), re.DOTALL)


def portable(pattern: str, position: int) -> str:
    """`pattern` as both RE2 and Python's `re` understand it.

    Raises:
        PromQLError: at `position`, if the pattern is too long, is none, or uses what is not supported.
    """
    if len(pattern) > MAX_PATTERN:
        raise PromQLError(f"the regular expression is longer than {MAX_PATTERN} characters", position)
    try:
        shared = _Rewriting(pattern).rewritten()
        re.compile(shared, re.DOTALL)
    except (re.error, OverflowError, RecursionError) as error:
        raise PromQLError(f"the regular expression {pattern!r} cannot be used: {error}", position) from None
    return shared


@dataclass(slots=True)
class _Group:
    """A group while it is read. `flags` are those set within it so far, `repeats` counts those of the branch."""

    has_choice: bool = False
    flags: list[str] = field(default_factory=list)
    repeats: int = 0
    most_repeats: int = 0

    def end_branch(self) -> None:
        self.most_repeats = max(self.most_repeats, self.repeats)
        self.repeats = 0


class _Rewriting:
    """One pass over a pattern."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._groups = [_Group()]
        self._closed: _Group | None = None
        self._before = ""

    def rewritten(self) -> str:
        parts = []
        for token in _TOKEN.finditer(self._pattern):
            kind = token.lastgroup or "other"
            parts.append(getattr(self, f"_{kind}")(token.group()))
            self._before = kind
            self._closed = self._closed if kind == "close" else None
        if len(self._groups) > 1:
            raise re.error("a group is not closed")
        self._check_repeats(self._groups[0])
        return "".join([*parts, ")" * len(self._groups[0].flags)])

    def _escape(self, text: str) -> str:
        if text.startswith("\\x{"):
            return re.escape(chr(int(text[3:-1], 16)))
        if text[1:].lower() in _PERL:
            return f"[{'^' * text[1].isupper()}{_PERL[text[1].lower()]}]"
        if text[1:].isalnum() and text[1] not in _ESCAPES:
            raise re.error(f"the escape {text} is not supported")
        return text

    def _set(self, text: str) -> str:
        if "--" in text:
            raise re.error("-- in a set is not supported; write \\-")
        if _RANGE_OF_CLASS.search(text):
            raise re.error("a class cannot begin or end a range")
        return text[0] + re.sub(r"\[:(\^?)(\w+):\]|\\.|[\[&~|]", _member, text[1:], flags=re.DOTALL)

    def _flags(self, text: str) -> str:
        flags = text[2:-1]
        if "U" in flags or not re.fullmatch(r"[ims]*(?:-[ims]+)?", flags) or not flags:
            raise re.error(f"the flags {text} are not supported")
        self._groups[-1].flags.append(f"(?{flags}:")
        return self._groups[-1].flags[-1]

    def _open(self, text: str) -> str:
        self._groups.append(_Group())
        return "(?P<" + text[3:] if text.startswith("(?<") else text

    def _close(self, _text: str) -> str:
        if len(self._groups) == 1:
            raise re.error("a group is closed that was not opened")
        group = self._closed = self._groups.pop()
        group.end_branch()
        self._groups[-1].repeats += group.most_repeats
        self._groups[-1].has_choice |= group.has_choice
        return ")" * (len(group.flags) + 1)

    def _bar(self, _text: str) -> str:
        group = self._groups[-1]
        group.has_choice = True
        self._check_repeats(group)
        return ")" * len(group.flags) + "|" + "".join(group.flags)

    def _repeat(self, text: str) -> str:
        if self._before in {"", "open", "bar", "flags", "repeat"}:
            raise re.error(f"there is nothing that {text} could repeat")
        if not text.startswith("?") and self._closed and self._closed.has_choice:
            raise re.error("a group that is repeated contains a repetition or an alternation")
        self._groups[-1].has_choice = True
        self._groups[-1].repeats += not text.startswith("?")
        return text

    def _other(self, text: str) -> str:
        if text == "[":
            raise re.error("a set is not closed")
        return "\\" + text if text in "{}" else text

    @staticmethod
    def _check_repeats(group: _Group) -> None:
        group.end_branch()
        if group.most_repeats > MAX_REPEATS:
            raise re.error(f"more than {MAX_REPEATS} repetitions follow each other")


def _member(match: re.Match[str]) -> str:
    """A part of a set: classes spelt out, and escaped what Python may one day take for an operator."""
    if match[2] is None:
        spelt = {**_PERL, **_NONE_OF_THEM}.get(match[0][1:])
        return spelt or (match[0] if len(match[0]) > 1 else "\\" + match[0])
    if match[1] or match[2] not in _CLASSES:
        raise re.error(f"the class {match[0]} is not supported")
    return _CLASSES[match[2]]

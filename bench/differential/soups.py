"""Random texts that are nearly expressions: which of them the parser and Prometheus accept, and how they read them."""

import re
from dataclasses import dataclass, field
from random import Random
from typing import Final

from alerts.promql import PromQLError, parse
from bench.differential.remote import Reference
from bench.differential.terms import random_term
from bench.differential.trees import Tree, our_tree, their_tree

_TOKEN: Final = re.compile(r"""\s+|"(?:[^"\\]|\\.)*"|`[^`]*`|=~|!~|[=!<>]=|[\w.:]+|.""", re.DOTALL)
_KEYWORDS: Final = (
    "sum", "avg", "topk", "count_values", "rate", "time", "by", "without", "on", "ignoring", "group_left", "bool",
    "and", "group_right", "or", "unless", "atan2", "offset", "start", "end", "Inf", "inf", "nan", "NaN", "SUM", "BY",
    "And", "OFFSET", "Without", "a", "a:b", ":", "__name__", "le", "_", "A1", "START", "group",
)  # fmt: skip
_AROUND_KEYWORDS: Final = (
    "{}", "{}{{b='c'}}", "sum by ({}) (a)", "sum by (a, {}) (a)", "sum(a) without ({})", "a{{{}='x'}}", "{{{}}}",
    "a + on({}) b", "a + on(b) group_left({}) c", "{} + 1", "1 + {}", "{}(a)", "{} (a[5m])", "a offset 5m {}", "{}[5m]",
    "a @ {}()", "{} by (b) (a)", "a {} b", "a {}", "a and {} b", "-{}", "sum({})", "abs({},)", "{{'{}', b='c'}}",
)  # fmt: skip
_WORDS: Final = (
    *_KEYWORDS, *"()(){}[],,:@=<>+-*/%^!$;.é", "==", "!=", "=~", "!~", "<=", ">=", "{}", "[5m]", "[5m:]", "[5m:1m]",
    "1ms", "5m", "1h30m", "30m1h", "1d", "90s", "1.5", "1e3", "0x1F", "0b1", "017", "08", "1_000", "5", "0", "1e",
    "5m5", "0s", ".5", "5.", "1E+3", "`z`", "'y'", '"x"', '""', "# why\n", "\n", "\t", '{a="b"}', '{a=~"b.*"}',
    '{"m"}', '{"m",}', "{,}", "offset 5m", "offset -5m", "@ 5", "@ start()", "by (a)", "on (a)", "ignoring ()",
    'group_left("x")', "by (a,)",
)  # fmt: skip
_NUMBERLIKE: Final = (
    *"0123456789", *"01", *"_.eE+-xX", *"sm", "ms", "5m", "1h", "0x", "0b", "0o", "Inf", "inf", "NaN", "9999999",
    "1e", "y", "w", "d", "h", "p", "a", "F", "07", "08", "9223372036854775807",
)  # fmt: skip
_AROUND_NUMBERS: Final = ("{}", "-{}", "a[{}]", "a offset {}", "a offset -{}", "a @ {}", "a[5m:{}]", "a[{}:]", "2 ^ {}")
_STRINGLIKE: Final = (
    "\\", "\\", '"', "'", "`", "\n", "a", "é", "{{}}", "$1", "7", "x41", "xff", "u00e9", "U0001F600", "101", "400", "n",
    "t", "q", "ud800", "ß", "#", " ", "\\\\", '\\"', "\\'", "(", ")", "[", "]", "*", ".",
)  # fmt: skip
_AROUND_STRINGS: Final = (
    "{}", "a{{b={}}}", "a{{b!={}}}", "{{{}}}", "{{{}='x'}}", "sum by ({}) (a)", "count_values({}, a)",
)  # fmt: skip
FRIENDLIER: Final = (
    "must be longer than 0",  # than 0 ms; Prometheus asks for more than 0 ns
    "stand after the range",  # 3.5 forgets to refuse @ start() and @ end() before it
    "not UTF-8",  # which JSON cannot carry
    "is out of range",  # @ with milliseconds, which finds nothing
    "expected ']' after the range",  # 3.5 skips letters there
    "unexpected 'NaN'; expected a duration",  # which is 292 years ago
    "unexpected 'nan'; expected a duration",
)
"""With what we refuse a text, whether Prometheus does or not."""
_SLIPS: Final = (
    (re.compile(r"0x\w*e\w*", re.IGNORECASE), "0x1f"),  # refused if no number follows the e
    (re.compile(r"(\[[-+\s]*)#"), r"\1"),  # refused where a comment comes before the range
    (re.compile(r"((?:offset|\[|:)\s*[-+])[-+\s]+"), r"\1"),  # an expression of durations, which is experimental
)
"""What Prometheus 3.5 does not read though it should, and what we ask instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misreading:
    """`ours` and `theirs` are how the text was read, or what was said of it."""

    text: str
    ours: Tree | str
    theirs: Tree | str

    def __str__(self) -> str:
        return f"{self.text!r}\n ours:   {self.ours}\n theirs: {self.theirs}"


@dataclass(slots=True)
class Readings:
    """What became of the texts."""

    asked: int = 0
    accepted: int = 0
    differences: list[Misreading] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.asked} texts, {self.accepted} accepted by both, {len(self.differences)} read differently"


async def compare_readings(reference: Reference, count: int, *, seed: int) -> Readings:
    """Put `count` random texts to both parsers."""
    random, readings = Random(f"soup {seed}"), Readings()
    while readings.asked < count:
        await _read(reference, _random_text(random), readings)
    return readings


async def _read(reference: Reference, text: str, readings: Readings) -> None:
    readings.asked += 1
    ours, theirs = _our_reading(text), await _their_reading(reference, text)
    accepted = [isinstance(each, tuple) for each in (ours, theirs)]
    readings.accepted += all(accepted)
    if any(accepted) and ours != theirs and not (isinstance(ours, str) and any(word in ours for word in FRIENDLIER)):
        readings.differences.append(Misreading(text=text, ours=ours, theirs=theirs))


def _our_reading(text: str) -> Tree | str:
    try:
        return our_tree(parse(text).root)
    except PromQLError as error:
        return f"refused: {error}"


async def _their_reading(reference: Reference, text: str) -> Tree | str:
    tree, refusal = await reference.parsed(text)
    return f"refused: {refusal}" if tree is None else their_tree(tree)


def _random_text(random: Random) -> str:
    ways = (_soup, _number, _string, _keyword, _nearly, _nearly)
    text = random.choice(ways)(random)
    for slip, instead in _SLIPS:
        text = slip.sub(instead, text)
    return text


def _soup(random: Random) -> str:
    return random.choice((" ", " ", "")).join(random.choices(_WORDS, k=random.randint(1, 8)))


def _keyword(random: Random) -> str:
    return random.choice(_AROUND_KEYWORDS).format(random.choice(_KEYWORDS))


def _number(random: Random) -> str:
    return random.choice(_AROUND_NUMBERS).format("".join(random.choices(_NUMBERLIKE, k=random.randint(1, 5))))


def _string(random: Random) -> str:
    quote, parts = random.choice("\"'`"), random.choices(_STRINGLIKE, k=random.randint(0, 5))
    return random.choice(_AROUND_STRINGS).format(quote + "".join(parts) + quote)


def _nearly(random: Random) -> str:
    """An expression in which a few tokens are lost, moved or changed."""
    text = random_term(random, 1_700_000_000_000, depth=random.randint(1, 3)).text
    tokens = _TOKEN.findall(text)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        _mutate(random, tokens)
    return "".join(tokens)


def _mutate(random: Random, tokens: list[str]) -> None:
    at, other = random.randrange(len(tokens) + 1), random.randrange(len(tokens) + 1)
    match random.randrange(5):
        case 0:
            del tokens[at : at + 1]
        case 1:
            tokens[at : at + 1] = [random.choice(_WORDS)]
        case 2:
            tokens[at:at] = [random.choice((" ", "")), random.choice(_WORDS), " "]
        case 3:
            tokens[at:at] = tokens[other : other + random.randint(1, 3)]
        case 4:
            tokens[at : at + 1], tokens[other : other + 1] = tokens[other : other + 1], tokens[at : at + 1]

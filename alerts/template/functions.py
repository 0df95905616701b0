"""The functions that Prometheus gives to the templates of rules. Source: template/template.go of Prometheus 3.

Those that ask or name something of their surroundings are in `scene`.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote_plus

from alerts.gotemplate import BUILTINS, Function, Kind, Sample, TemplateError
from alerts.promql.errors import PromQLError
from alerts.promql.regex import portable
from alerts.template.humanizing import (
    humanize,
    humanize_1024,
    humanize_duration,
    humanize_percentage,
    humanize_timestamp,
    to_time,
)
from drawdown.durations import parse_duration

_GROUP: Final = re.compile(r"\$\$|\$\{(\w+)\}|\$(\w+)")
_FIRST_LETTER: Final = re.compile(r"(?<!\w)(?<!\w['’.:])[\d_]*[^\W\d_]")
_HOST_AND_PORT: Final = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*)):([^:\[\]]*)")


def re_replace_all(pattern: str, replacement: str, text: str) -> str:
    """`text` with every match of `pattern` replaced; `$1` and `${name}` stand for groups."""
    return _pattern(pattern).sub(lambda match: _filled(replacement, match), text)


def _pattern(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(portable(pattern, 0))
    except PromQLError as error:
        raise TemplateError(error.message) from None


def _filled(replacement: str, match: re.Match[str]) -> str:
    groups = {str(number): text or "" for number, text in enumerate((match[0], *match.groups()))}
    groups |= {name: text or "" for name, text in match.groupdict().items()}
    return _GROUP.sub(lambda part: "$" if part[0] == "$$" else groups.get(part[1] or part[2], ""), replacement)


def title(text: str) -> str:
    """The first letter of each word in upper case, the others as they are."""
    return _FIRST_LETTER.sub(lambda match: match[0].upper(), text)


def strip_port(address: str) -> str:
    """The host of `host:port`; what is no such address stays as it is."""
    match = _HOST_AND_PORT.fullmatch(address)
    return (match[1] or match[2] or "") if match else address


def strip_domain(address: str) -> str:
    """`host.example.com:80` → `host:80`; an IP address stays as it is."""
    match = _HOST_AND_PORT.fullmatch(address)
    host, port = ((match[1] or match[2] or ""), match[3]) if match else (address, "")
    try:
        ip_address(host)
    except ValueError:
        name = host.split(".")[0]
        joined = f"[{name}]" if ":" in name and port else name
        return f"{joined}:{port}" if port else joined
    return address


def _first(samples: tuple[Sample, ...]) -> Sample:
    if not samples:
        raise TemplateError("first finds no element: the query gave none")
    return samples[0]


def _seconds(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise TemplateError(str(error)) from None


def _sorted(label: str, samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
    return tuple(sorted(samples, key=lambda sample: sample.labels.get(label, "")))


def _link(tab: int, expression: str) -> str:
    return f"/graph?g0.expr={quote_plus(expression)}&g0.tab={tab}"


_TEXT: Final = (Kind.TEXT,)
_ANY: Final = (Kind.ANY,)

FUNCTIONS: Final[Mapping[str, Function]] = {
    **BUILTINS,
    "args": Function(lambda *values: {f"arg{place}": value for place, value in enumerate(values)}, (), Kind.ANY),
    "first": Function(_first, (Kind.SAMPLES,)),
    "label": Function(lambda name, sample: sample.labels.get(name, ""), (Kind.TEXT, Kind.SAMPLE)),
    "value": Function(lambda sample: sample.value, (Kind.SAMPLE,)),
    "strvalue": Function(lambda sample: sample.labels.get("__value__", ""), (Kind.SAMPLE,)),
    "sortByLabel": Function(_sorted, (Kind.TEXT, Kind.SAMPLES)),
    "reReplaceAll": Function(re_replace_all, (Kind.TEXT, Kind.TEXT, Kind.TEXT)),
    "match": Function(lambda pattern, text: bool(_pattern(pattern).search(text)), (Kind.TEXT, Kind.TEXT)),
    "safeHtml": Function(str, _TEXT),
    "title": Function(title, _TEXT),
    "toUpper": Function(str.upper, _TEXT),
    "toLower": Function(str.lower, _TEXT),
    "stripPort": Function(strip_port, _TEXT),
    "stripDomain": Function(strip_domain, _TEXT),
    "parseDuration": Function(_seconds, _TEXT),
    "graphLink": Function(lambda expression: _link(0, expression), _TEXT),
    "tableLink": Function(lambda expression: _link(1, expression), _TEXT),
    "humanize": Function(humanize, _ANY),
    "humanize1024": Function(humanize_1024, _ANY),
    "humanizeDuration": Function(humanize_duration, _ANY),
    "humanizePercentage": Function(humanize_percentage, _ANY),
    "humanizeTimestamp": Function(humanize_timestamp, _ANY),
    "toTime": Function(to_time, _ANY),
}

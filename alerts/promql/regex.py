r"""Regular expressions of matchers and `label_replace`.

Prometheus uses RE2, whose time is linear in the text; here Python's `re` does the work, so patterns that could take it
exponential time are refused, and so are the constructs that RE2 does not have. What is left differs from RE2 in this:
`\d`, `\w`, `\s`, `\b` and `(?i)` are ASCII, and Unicode classes (`\p{L}`), POSIX classes (`[[:alpha:]]`) and
`\Q…\E` are refused.
"""

import re
from typing import Final

from alerts.promql.errors import PromQLError

MAX_PATTERN: Final = 1000
MAX_REPEATS: Final = 6
_REFUSED: Final = (
    (r"\(\?(?:[=!]|<[=!])", "look-around"),
    (r"\\[1-9]|\(\?P=", "back-references"),
    (r"\(\?(?:>|\()|[*+?}]\+", "atomic and conditional groups"),
    (r"\(\?#", "comments"),
    (r"\\[pPQECXGHKNRhvuUZ]", "this escape"),
    (r"\[\[:|\[\^?[^\]]*\[:", "POSIX classes"),
    (r"\(\?[a-zA-Z]*[auLxU]", "these flags"),
)
_TOKEN: Final = re.compile(
    r"(?P<atom>\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\\[()|*+?{])|(?P<open>\((?:\?P?<\w+>|\?[a-z-]*:)?)|(?P<close>\))"
    r"|(?P<bar>\|)|(?P<repeat>[*+?]\??|\{\d+(?:,\d*)?\}\??)|(?P<brace>\{)",
    re.DOTALL,
)


def compile_pattern(pattern: str, position: int) -> re.Pattern[str]:
    """`pattern`, to be used with `fullmatch`; `.` also matches a newline.

    Raises:
        PromQLError: at `position`, if the pattern is too long, is none, or uses what is not supported.
    """
    if len(pattern) > MAX_PATTERN:
        raise PromQLError(f"the regular expression is longer than {MAX_PATTERN} characters", position)
    for construct, name in _REFUSED:
        if re.search(construct, pattern.replace("\\\\", "")):
            raise PromQLError(f"{name} in the regular expression {pattern!r} cannot be used", position)
    if _is_slow(pattern):
        raise PromQLError(f"the regular expression {pattern!r} repeats what is itself repeated or optional", position)
    try:
        return re.compile(re.sub(r"\(\?<(?=\w)", "(?P<", pattern), re.DOTALL | re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise PromQLError(f"{pattern!r} is not a regular expression: {error}", position) from None


def _is_slow(pattern: str) -> bool:
    """Whether a backtracking matcher may need exponential time: a repeated group has a choice in itself."""
    groups, last_has_choice, repeats = [False], False, 0
    for token in _TOKEN.finditer(pattern):
        match token.lastgroup:
            case "open":
                groups.append(False)
            case "close" if len(groups) > 1:
                last_has_choice = groups.pop()
                groups[-1] |= last_has_choice
                continue
            case "bar":
                groups[-1] = True
            case "repeat":
                if last_has_choice and not token.group().startswith("?"):
                    return True
                groups[-1] = True
                repeats += token.group()[0] in "*+{"
        last_has_choice = False
    return repeats > MAX_REPEATS

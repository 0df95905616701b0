"""In which language a partner is answered."""

from collections.abc import Iterator, Mapping
from typing import Any

from drawdown.reasons import Language

_TEXTS = ("message", "guidance")


def language_of(accept: str) -> Language:
    """English or Chinese, by the header Accept-Language (RFC 9110, 12.5.4); Chinese when neither is wanted more."""
    wanted = dict(sorted(_weights(accept), key=lambda pair: pair[1]))
    return "en" if wanted.get("en", 0.0) > max(wanted.get("zh", 0.0), wanted.get("*", 0.0)) else "zh"


def _weights(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        tag, _, quality = part.partition(";")
        yield tag.strip().partition("-")[0].lower(), _quality(quality)


def _quality(text: str) -> float:
    name, _, value = text.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


def told(body: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """The same answer with `message` and `guidance` in `language`; `message_en` and `guidance_en` stay as they are."""
    inner = body.get("data")
    content = {**body, "data": told(inner, language)} if isinstance(inner, Mapping) else dict(body)
    if language == "en":
        content.update({name: content[f"{name}_en"] for name in _TEXTS if f"{name}_en" in content})
    return content

"""What is done to text that may hold something about a person before it is kept."""

import re
from hashlib import blake2b

_READ = 1000
_KEPT = 200
_DIGIT = re.compile(r"\d")
_WORDS = "password|passwd|pwd|secret|token|authorization|cookie|pin|otp|cvv"
_HIDDEN = (
    (re.compile(r"(?i)\b(bearer|basic)\s+\S+"), r"\1 [hidden]"),
    (re.compile(rf"(?i)\b({_WORDS})\b(\W{{1,4}})\w\S*"), r"\1\2[hidden]"),
    (re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}"), "[address]"),
    (re.compile(r"\+?\d(?:[ \-()]{0,2}\d|\.(?=\d{3})\d){6,}[Xx]?"), "[number]"),
    (re.compile(r"[\w\-+/=.]{20,}"), lambda match: "[token]" if _DIGIT.search(match[0]) else match[0]),
)
"""Credentials behind a word that announces them; mail addresses; seven digits or more, also with blanks, dashes,
brackets or dots between them (cards, phones, identity numbers, accounts; not the cents of an amount); and twenty
characters or more without a blank that hold a digit (tokens, keys). Each takes time in proportion to the text.
"""


def pseudonym(key: bytes, borrower: str) -> str:
    """A name for a borrower that nobody can lead back to the one that was sent: keyed BLAKE2b, 64 bits."""
    return blake2b(borrower.encode("utf-8", "replace"), key=key, digest_size=8).hexdigest()


def redacted(text: str) -> str:
    """`text` on one line, without what looks like a number, address or token of a person, and not over 200 characters.

    Times and amounts of seven digits or more go too: rather one fact less than a card number kept.
    """
    text = text[:_READ]
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    line = " ".join(text.split())
    for pattern, stand_in in _HIDDEN:
        line = pattern.sub(stand_in, line)
    return line if len(line) <= _KEPT else f"{line[: _KEPT - 1]}…"

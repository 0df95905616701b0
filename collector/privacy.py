"""What is done to text that may hold something about a person before it is kept."""

import re
from hashlib import blake2b

_READ = 2000
_KEPT = 200
_HIDDEN = (
    (re.compile(r"(?i)\b(bearer|basic)\s+\S+"), r"\1 [hidden]"),
    (
        re.compile(r"(?i)\b(password|passwd|pwd|secret|token|authorization|cookie|pin|otp|cvv)\b(\W{1,4})\w\S*"),
        r"\1\2[hidden]",
    ),
    (re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}"), "[address]"),
    (re.compile(r"\+?\d(?:[ .\-()]{0,2}\d){6,}[Xx]?"), "[number]"),
    (re.compile(r"(?=[\w\-+/=.]*\d)[\w\-+/=.]{20,}"), "[token]"),
)
"""Credentials behind a word that announces them; mail addresses; seven digits or more, also with blanks, dots, dashes
or brackets between them (cards, phones, identity numbers, accounts); and twenty characters or more without a blank that
hold a digit (tokens, keys).
"""


def pseudonym(key: bytes, borrower: str) -> str:
    """A name for a borrower that nobody can lead back to the one that was sent: keyed BLAKE2b, 64 bits."""
    return blake2b(borrower.encode("utf-8", "replace"), key=key, digest_size=8).hexdigest()


def redacted(text: str) -> str:
    """`text` on one line, without what looks like a number, address or token of a person, and not over 200 characters.

    Times and amounts of seven digits or more go too: rather one fact less than a card number kept.
    """
    line = " ".join("".join(char if char.isprintable() else " " for char in text[:_READ]).split())
    for pattern, stand_in in _HIDDEN:
        line = pattern.sub(stand_in, line)
    return line if len(line) <= _KEPT else f"{line[: _KEPT - 1]}…"

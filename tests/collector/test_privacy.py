import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.privacy import pseudonym, redacted


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("channel answered 504 after 7.02 s", "channel answered 504 after 7.02 s"),
        ("amount 120000.00 over limit 5000", "amount 120000.00 over limit 5000"),
        ("通道超时,错误码 AB05", "通道超时,错误码 AB05"),
        ("card 6222 0212 3456 7890 refused", "card [number] refused"),
        ("card 6222021234567890123", "card [number]"),
        ("call +86 138-1234-5678 now", "call [number] now"),
        ("(010) 6512 3456", "([number]"),
        ("id 11010519491231002X", "id [number]"),
        ("卡号6222021234567890尾", "卡号[number]尾"),
        ("mail li.na@example.com today", "mail [address] today"),
        ("Authorization: Bearer abc.def", "Authorization: [hidden] [hidden]"),
        ("password=hunter2, retry", "password=[hidden] retry"),
        ('{"token": "s3cr3t"}', '{"token": "[hidden]'),
        ("key sk_live_4eC39HqLyjWDarjtT1zdp7dc", "key [token]"),
        ("USER_PAYMENT_VERIFICATION_FAILED", "USER_PAYMENT_VERIFICATION_FAILED"),
        ("two\r\nlines\x00\x1b[31m and   blanks", "two lines [31m and blanks"),
        ("", ""),
    ],
)
def test_what_may_be_a_persons_is_hidden_and_the_rest_stays(text, kept):
    assert redacted(text) == kept


def test_a_long_text_is_cut():
    assert redacted("word " * 1000) == f"{('word ' * 40)[:199]}…"


@settings(max_examples=200, deadline=None)
@given(
    before=st.text(max_size=30),
    card=st.from_regex(r"[0-9]{4}([ -]?[0-9]{4}){2,3}", fullmatch=True),
    after=st.text(max_size=30),
)
def test_no_card_number_is_left_in_any_text(before, card, after):
    assert card not in redacted(f"{before} {card} {after}")


@settings(max_examples=200, deadline=None)
@given(text=st.text())
def test_what_is_kept_is_one_printable_line_of_bounded_length(text):
    kept = redacted(text)
    assert kept.isprintable()
    assert len(kept) <= 200


def test_a_pseudonym_is_the_same_for_one_key_and_says_nothing_without_it():
    names = {pseudonym(key, borrower) for key in (b"k", b"q") for borrower in ("li", "na")}
    assert len(names) == 4
    assert pseudonym(b"k", "li") == pseudonym(b"k", "li")
    assert {len(name) for name in names} == {16}
    assert len(pseudonym(b"k", "\ud800")) == 16

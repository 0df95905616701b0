import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.body import NotJson, Path, read_json, text_of

NUMBERS = ["0", "-0", "1.10", "1e5", "-1.5E+3", "12345678901234567890123", "0.1000", "1e400"]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_keeps_the_text_in_which_it_was_written(number):
    assert Path("$.n").text_in(read_json(f'{{"n": {number}}}'.encode())) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [("true", "true"), ("false", "false"), ('"007"', "007"), ('""', ""), ("null", None), ("[1]", None), ("{}", None)],
)
def test_single_values_have_a_text(value, text):
    assert Path("$.v").text_in(read_json(f'{{"v": {value}}}'.encode())) == text


def test_half_a_character_becomes_text_that_can_be_written():
    assert text_of(read_json(rb'"\ud800x"')) == "?x"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the answer is empty"),
        (b" \n ", "the answer is empty"),
        (b"<html>503</html>", "the answer is a web page, not JSON"),
        (b"ok", "the answer is not JSON"),
        (b'{"a": 1', "the answer is not JSON"),
        (b'{"a": NaN}', "the answer is not JSON"),
        (b'{"a": 1e99999999999999999999}', "the answer is not JSON"),
        (b"\xff\xfe\xfa", "the answer is not JSON"),
        (b"[" * 100_000, "the answer is not JSON"),
    ],
)
def test_what_is_not_json_says_what_it_is(body, message):
    with pytest.raises(NotJson, match=message):
        read_json(body)


def test_a_gateways_own_charset_is_read():
    assert read_json('{"message": "通道超时"}'.encode("gbk"), "gbk") == {"message": "通道超时"}
    with pytest.raises(NotJson):
        read_json(b"{}", "no-such-charset")


def test_a_byte_order_mark_is_no_part_of_the_answer():
    assert read_json(b'\xef\xbb\xbf{"a": "b"}') == {"a": "b"}


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_not(body):
    try:
        read_json(body)
    except NotJson:
        return
    json.loads(body)


def test_the_first_of_several_values_is_taken():
    content = read_json(b'{"items": [{"s": "a"}, {"s": "b", "ok": true}]}')
    assert Path("$.items[*].s").text_in(content) == "a"
    assert Path("$.items[?@.ok == true].s").text_in(content) == "b"


def test_an_answer_that_is_nested_too_deeply_has_nothing_there():
    content = read_json(b'{"a":' * 900 + b"1" + b"}" * 900)
    assert Path("$..b").text_in(content) is None


@pytest.mark.parametrize("content", [None, "text", [], {}, {"a": None}])
def test_nothing_there_is_none(content):
    assert Path("$.a").find(content) is None


@pytest.mark.parametrize("text", ["", "a", "data.token", "$.", "$[", "$..", "$[?", "$[?@.a ==]", "$.a b", " $"])
def test_what_is_no_path_is_told(text):
    with pytest.raises(ValueError, match="is not a JSONPath"):
        Path(text)


@given(st.text(st.sampled_from("$.[]?@*'\"a0:,-=&|()! \\"), max_size=20))
def test_any_text_is_a_path_or_says_that_it_is_not(text):
    try:
        path = Path(text)
    except ValueError as error:
        assert "is not a JSONPath" in str(error)  # noqa: PT017 - either is right
        return
    path.text_in({"a": [{"a": "0"}]})

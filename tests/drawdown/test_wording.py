"""What a person is told of a value that does not fit."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from drawdown.document import load_document
from drawdown.errors import InvalidInput
from drawdown.reasons import Reason


class Stdout(BaseModel):
    type: Literal["stdout"]


class Webhook(BaseModel):
    type: Literal["webhook"]


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = ""
    count: int = Field(default=1, ge=1, le=9)
    share: float = Field(default=0.5, gt=0, lt=1)
    open: bool = True
    names: Annotated[tuple[str, ...], Field(min_length=2)] = ("a", "b")
    words: dict[str, int] = {}
    reason: Reason = Reason.NONE
    way: Literal["in", "out"] = "in"
    token: SecretStr = Field(default=SecretStr("long-enough"), min_length=8)
    channel: Annotated[Stdout | Webhook, Field(discriminator="type")] | None = None
    inner: Stdout | None = None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("text: 5", "text: must be text; put it in quotes"),
        ("text: [a]", "text: must be text"),
        ("text:", "text: has no value; write text, or remove the key"),
        ("count: many", "count: must be a whole number"),
        ("count: 1.5", "count: must be a whole number"),
        ("count: 0", "count: must be at least 1"),
        ("count: 10", "count: must be at most 9"),
        ("share: 0", "share: must be more than 0"),
        ("share: 1", "share: must be less than 1"),
        ("share: half", "share: must be a number"),
        ("open: maybe", "open: must be true or false"),
        ("names: a", "names: must be a list"),
        ("names: [a]", "names: must have at least 2 entries"),
        ("words: [a]", "words: must be a mapping of keys to values"),
        ("reason: gatway_timeout", "reason: unknown word 'gatway_timeout'; did you mean gateway_timeout?"),
        ("reason: 5", f"reason: must be one of {', '.join(Reason)}"),
        ("way: sideways", "way: unknown word 'sideways'; known here: in, out"),
        ("token: short", "token: must have at least 8 characters"),
        ("channel: {type: pigeon}", "channel: unknown type 'pigeon'; known here: stdout, webhook"),
        ("channel: {}", "channel: has no type; give one"),
        ("inner: 5", "inner: must be a mapping of keys to values"),
        ("inner: {}", "inner.type: is required and missing"),
        ("colour: red", "colour: unknown key; remove it or correct its spelling"),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_what_does(text, sentence):
    with pytest.raises(InvalidInput) as caught:
        load_document(text, source="f").bind(Form)
    assert [problem.message for problem in caught.value.problems] == [sentence]


def test_a_secret_in_a_place_for_text_is_told_without_saying_it():
    document = load_document("text: x", source="f").with_value({"text": SecretStr("hunter2-hunter2")})
    with pytest.raises(InvalidInput) as caught:
        document.bind(Form)
    assert str(caught.value) == "f:1:1: text: must be text, written here: a secret cannot stand in this place"

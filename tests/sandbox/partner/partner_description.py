"""The partner API's own OpenAPI description, and what is wrong with an answer by it."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

METHODS = ("get", "put", "post", "delete")


@cache
def description():
    text = resources.files("sandbox.partner").joinpath("openapi.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


@cache
def operations():
    """(path, METHOD) → operation."""
    return {
        (path, method.upper()): {**operation, "parameters": [*shared(item), *operation.get("parameters", [])]}
        for path, item in description()["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def shared(item):
    return [resolved(part) for part in item.get("parameters", [])]


def resolved(part):
    while "$ref" in part:
        found = description()
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


@cache
def registry():
    return Registry().with_resource("urn:api", DRAFT202012.create_resource(description()))


def validator(schema):
    """Checks against a schema of the description."""
    return Draft202012Validator(absolute(schema), registry=registry())


def absolute(part):
    """The same with references that can be followed from anywhere."""
    if isinstance(part, list):
        return [absolute(one) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return {"$ref": "urn:api" + part["$ref"]}
    return {name: absolute(one) for name, one in part.items()}


@dataclass(frozen=True)
class Answered:
    status: int
    headers: dict
    content: object
    """Parsed JSON, or text."""


def complaints(path, method, answered):
    """What is wrong with an answer to a documented operation."""
    responses = operations()[path, method]["responses"]
    if str(answered.status) not in responses:
        return [f"{method} {path} does not say that it answers {answered.status}: {answered.content}"]
    response = resolved(responses[str(answered.status)])
    [(_, media)] = response["content"].items()
    found = [error.message for error in validator(media["schema"]).iter_errors(answered.content)]
    return [*found, *header_complaints(response, answered.headers)]


def header_complaints(response, headers):
    sent = {name.lower(): value for name, value in headers.items()}
    for name, part in response.get("headers", {}).items():
        header = resolved(part)
        if name.lower() in sent:
            yield from (error.message for error in validator(header["schema"]).iter_errors(sent[name.lower()]))
        elif header.get("required"):
            yield f"the header {name} is missing"

"""Requests and answers, held against Prometheus' published OpenAPI description of its API."""

import asyncio
from pathlib import Path

import pytest
import yaml
from api_world import T0, StoppedClock, evaluator_over, filled_store, serving
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = T0 + 120
SMALL = filled_store()
DESCRIPTION = Path(__file__).parents[4] / "shared" / "api" / "prometheus-openapi-3.1.yaml"
SERVED = (
    "/query",
    "/query_range",
    "/query_exemplars",
    "/format_query",
    "/series",
    "/labels",
    "/label/{name}/values",
    "/metadata",
    "/rules",
    "/alerts",
    "/status/buildinfo",
    "/status/flags",
)
NOT_AN_EXAMPLE = ("group_next_token",)
"""It must come from the answer before."""
ASKED = [
    ("/query", {"query": "requests"}),
    ("/query", {"query": "requests[5s]"}),
    ("/query", {"query": "1"}),
    ("/query", {"query": "requests", "limit": "1"}),
    ("/query", {"query": "requests{"}),
    ("/query", {"query": "requests * on () group_left () requests"}),
    ("/query_range", {"query": "odd", "start": str(T0), "end": str(NOW), "step": "1"}),
    ("/series", {"match[]": "requests"}),
    ("/series", {}),
    ("/labels", {}),
    ("/label/{name}/values", {"name": "channel"}),
    ("/metadata", {}),
    ("/rules", {}),
    ("/rules", {"group_limit": "1"}),
    ("/alerts", {}),
]


@pytest.fixture(scope="session")
def description():
    if not DESCRIPTION.exists():
        pytest.skip(f"Prometheus' OpenAPI description is not at {DESCRIPTION}")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(DESCRIPTION.read_text(encoding="utf-8"), loader)  # noqa: S506 - one of the two safe ones


@pytest.fixture(scope="session")
def complaints(description):
    """What is wrong with an answer, by the description's schema of the operation's answers with that status."""
    jsonschema = pytest.importorskip("jsonschema")
    referencing = pytest.importorskip("referencing")
    draft = referencing.jsonschema.DRAFT202012
    registry = referencing.Registry().with_resource("urn:api", draft.create_resource(description))

    def found(path, method, status, answer):
        answers = description["paths"][path][method]["responses"]
        schema = answers.get(str(status), answers["default"])["content"]["application/json"]["schema"]
        schema = {"$ref": "urn:api" + schema["$ref"]}
        validator = jsonschema.Draft202012Validator(schema, registry=registry)
        return [error.message for error in validator.iter_errors(answer)]

    return found


@pytest.fixture
async def client():
    store = filled_store()
    evaluator = evaluator_over(store, StoppedClock())
    evaluator.tick(NOW)
    async with serving(source=store, evaluator=evaluator) as client:
        yield client


async def ask(client, method, path, arguments):
    address = "/api/v1" + path.format(**arguments)
    pairs = [(name, each) for name, value in arguments.items() for each in _listed(value)]
    how = {"params": pairs} if method == "get" else {"data": pairs}
    async with client.request(method, address, **how) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize(("path", "arguments"), ASKED, ids=str)
async def test_what_is_answered_is_as_described(client, complaints, path, arguments):
    status, answer = await ask(client, "get", path, arguments)
    assert complaints(path, "get", status, answer) == []


def test_the_check_can_fail(complaints):
    assert complaints("/query", "get", 200, {"status": "success", "data": {"resultType": "vector", "result": [1]}})
    assert complaints("/query", "get", 422, {"status": "error", "error": "no type"})


@pytest.mark.parametrize("path", SERVED)
async def test_every_example_of_a_described_request_is_taken(client, description, complaints, path):
    for method, operation in description["paths"][path].items():
        for arguments in _examples(operation):
            status, answer = await ask(client, method, path, arguments)
            assert (status, complaints(path, method, status, answer)) == (200, []), arguments


TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ("requests", "rate(requests[5s])", "1", "0", "-1", "60", "1e99", "NaN", "1m", '{channel=~"a+"}', "true")
    ),
    st.sampled_from((str(T0), str(NOW), "2023-11-14T22:13:20Z")),
)
NAMES = (
    "query",
    "time",
    "start",
    "end",
    "step",
    "match[]",
    "limit",
    "timeout",
    "type",
    "exclude_alerts",
    "group_limit",
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SERVED), st.dictionaries(st.sampled_from(NAMES), TEXTS))
def test_whatever_is_asked_the_answer_is_as_described(complaints, path, arguments):
    async def asked():
        async with serving(source=SMALL) as client:
            return await ask(client, "get", path, {"name": "channel", **arguments})

    status, answer = asyncio.run(asked())
    assert (status in {200, 400, 422, 503}, complaints(path, "get", status, answer)) == (True, [])


def _examples(operation):
    """All that is needed together with each that may be given, and the bodies that are shown."""
    given = [each for each in operation.get("parameters", ()) if each["name"] not in NOT_AN_EXAMPLE]
    needed = {each["name"]: _values(each)[0] for each in given if each.get("required")}
    if "requestBody" not in operation:
        yield needed
    yield from ({**needed, each["name"]: value} for each in given for value in _values(each))
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from (example["value"] for example in content["examples"].values())


def _values(parameter):
    return [example["value"] for example in parameter.get("examples", {"": {"value": "channel"}}).values()]


def _listed(value):
    return value if isinstance(value, list) else [str(value)]

"""Requests of every kind, held against the API's own description: what is documented is what is answered."""

import json
from dataclasses import dataclass, replace

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from partner_description import METHODS, Answered, complaints, description, operations, resolved, validator
from partner_world import NOON, Caller, bank, partner_of, shop

from drawdown.clock import SystemClock
from sandbox import Fault, FaultKind, LenderRequest
from sandbox.ledger import LoanStatus
from sandbox.partner.routes import ENDPOINTS, OPEN
from sandbox.scheme import Code
from sandbox.server import lender_app
from sandbox.world import Client, ServerPool, World

OPERATIONS = sorted(operations())
CALLERS = (None, shop(), bank(), Client(id="plain", rate=3.0), Client(id="unknown"))
STEADY = ServerPool(failures=0.0)
QUICK = tuple(replace(channel, latency=0.001) for channel in World().channels)
WORDS = st.text(max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)


def example(path, method):
    body = operations()[path, method].get("requestBody")
    return body["content"]["application/json"]["example"] if body else None


@dataclass(frozen=True)
class Asked:
    """A documented path and method, and what is made of them: the method that is `used`, the path that is `filled`."""

    path: str
    method: str
    used: str
    filled: str
    body: bytes
    caller: Client | None
    headers: dict
    oddity: str


@st.composite
def bodies(draw, path, method):
    """The documented example, or something that has gone wrong with it."""
    content = example(path, method)
    kind = draw(st.sampled_from(["right", "right", "changed", "cut", "wild", "bytes"]))
    if kind == "bytes":
        return draw(st.binary(max_size=40) | st.just(b"[" * 70_000))
    if kind == "wild" or (kind != "right" and not content):
        content = draw(VALUES)
    elif kind == "changed":
        content = {**content, draw(st.sampled_from(sorted(content))): draw(VALUES)}
    elif kind == "cut":
        content = {name: value for name, value in content.items() if name != draw(st.sampled_from(sorted(content)))}
    return b"" if content is None else json.dumps(content).encode("utf-8", "surrogatepass")


@st.composite
def requests(draw):
    """An operation, the method that is used, its path and body, who asks, and what is odd about it."""
    path, method = draw(st.sampled_from(OPERATIONS))
    used = draw(st.sampled_from([method] * 9 + ["PATCH", "HEAD", "get"]))
    filled = path
    if "{" in path:
        name = path[path.index("{") + 1 : path.index("}")]
        known = {
            "loan_id": ["loan", "none"],
            "review_id": ["review-1", "none"],
            "check_id": ["check-00000001", "none"],
        }[name]
        filled = path.replace(f"{{{name}}}", draw(st.sampled_from(known)))
    headers = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "Content-Type": st.sampled_from(["application/json", "application/json; charset=utf-8", "text/plain"]),
                "Accept-Language": st.sampled_from(["en", "zh-CN,en;q=0.5", "de", "*;q=x"]) | WORDS,
                "X-Request-Id": st.sampled_from(["r-1", "x" * 65]) | WORDS,
                "Idempotency-Key": st.sampled_from(["a", "b", ""]),
                "Authorization": st.sampled_from(["Bearer x", "Basic x"]) | WORDS,
            },
        )
    )
    oddity = draw(st.sampled_from([""] * 6 + ["replay", "late", "unsigned", "other body", "query"]))
    caller = draw(st.sampled_from(CALLERS))
    body = draw(bodies(path, method))
    if draw(st.booleans()):
        body, oddity = json.dumps(example(path, method) or "").encode(), ""
        headers = {"Idempotency-Key": draw(st.sampled_from("abc"))}
    return Asked(path, method, used, filled, body=body, caller=caller, headers=headers, oddity=oddity)


def ask_for_check(partner, now):
    """Have the borrower asked for an identity check."""
    partner.lender.inject(Fault(kind=FaultKind.STEP_UP, starts_at=0, ends_at=4e9))
    assert Caller(partner, now=now).draw(key="asked")["data"]["check_id"] == "check-00000001"
    partner.lender.faults = ()


class Session:
    """A world with a loan, a review and an identity check, and callers who are logged in."""

    def __init__(self):
        clients = [client for client in CALLERS if client and client.id != "unknown"]
        self.partner = partner_of(*clients, servers=STEADY)
        walker = Caller(self.partner)
        self.loan = walker.draw()["data"]["loan_id"]
        self.token = walker.headers["Authorization"]
        self.quote = walker.ask("POST", "/v1/quotes", example("/v1/quotes", "POST"))["data"]["quote_id"].encode()
        self.partner.desk.reviews.add(Code.MULTI_DEVICE, "A", NOON)
        ask_for_check(self.partner, NOON + 5)
        self.now = NOON + 10

    def ask(self, asked):
        self.now += 0.05
        asking = Caller(self.partner, asked.caller, now=self.now)
        path = asked.filled.replace("/loan", f"/{self.loan}").replace("/review-1", "/review-00000001")
        query = {"status": "ajar", "from": "x"} if asked.oddity == "query" else {}
        body = asked.body.replace(b"quote-00000001", self.quote).replace(b"loan-00000001", self.loan.encode())
        request = asking.request(asked.used, path, body, query=query)
        sent = {"Authorization": self.token, **asked.headers, **request.headers}
        return self.sent(replace(request, headers=sent), asked.oddity)

    def sent(self, request, oddity):
        if oddity == "replay":
            self.partner.answer(request, self.now)
        if oddity == "late":
            return self.partner.answer(request, self.now + 400)
        if oddity == "unsigned":
            request = replace(request, query="", headers={**request.headers, "X-Signature": "", "X-Timestamp": ""})
        if oddity == "other body":
            request = replace(request, body=request.body + b" ")
        return self.partner.answer(request, self.now)


def answered(answer):
    headers = dict(answer.headers)
    if headers.get("Content-Type") == "application/yaml":
        return Answered(answer.status, headers, answer.body.decode())
    return Answered(answer.status, headers, json.loads(answer.body))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(requests(), min_size=1, max_size=12))
def test_whatever_is_asked_in_whatever_order_gets_a_documented_answer_and_never_a_failure(asked):
    session = Session()
    for one in asked:
        answer = answered(session.ask(one))
        assert answer.status < 500
        assert complaints(one.path, one.method, answer) == []
        if one.used != one.method:
            assert answer.status == 405
            assert one.used not in answer.headers["Allow"].split(", ")


def test_the_generated_requests_reach_every_kind_of_answer():
    seen = set()

    @settings(max_examples=400, deadline=None, database=None, derandomize=True)
    @given(st.lists(requests(), min_size=1, max_size=6))
    def collect(asked):
        session = Session()
        for one in asked:
            seen.add(session.ask(one).status)

    collect()
    assert seen >= {200, 202, 400, 401, 403, 404, 405, 413, 415}


async def test_the_documented_examples_are_answered_with_yes_over_a_socket_and_by_the_description():
    partner = partner_of(Client(id="plain"), audit=0.0, channels=QUICK)
    partner.desk.reviews.add(Code.MULTI_DEVICE, "A", NOON)
    ask_for_check(partner, SystemClock().now())
    ids, statuses = {}, {}
    async with TestClient(TestServer(lender_app(partner, SystemClock()))) as client:
        headers = {"X-Client-Id": "plain", "Idempotency-Key": "key-7f3e"}
        for path, method in sorted(OPERATIONS, key=order):
            body = example(path, method)
            if body:
                body = {**body, **{name: ids[name] for name in body if name in ids}}
            filled = path.format(loan_id=ids.get("loan_id"), review_id="review-00000001", check_id="check-00000001")
            sending = client.request(method, filled, json=body, headers=headers)
            async with sending as response:
                is_json = response.content_type == "application/json"
                content = await (response.json() if is_json else response.text())
                answer = Answered(response.status, dict(response.headers), content)
            assert complaints(path, method, answer) == [], (path, method, answer)
            if is_json:
                ids |= {name: value for name, value in content["data"].items() if name.endswith("_id")}
                if "token" in content["data"]:
                    headers["Authorization"] = f"Bearer {content['data']['token']}"
            statuses[path, method] = response.status
    assert set(statuses.values()) == {200, 202}
    assert statuses["/v1/drawdowns", "POST"] == 202


def order(operation):
    """The path of a borrower first, in its order."""
    steps = ["/v1/login", "/v1/quota", "/v1/quotes", "/v1/drawdowns", "/v1/drawdowns/{loan_id}"]
    return (steps.index(operation[0]) if operation[0] in steps else len(steps)), operation


def test_each_operation_is_routed_and_each_route_is_described():
    described = {(path, method): operation["operationId"] for (path, method), operation in operations().items()}
    routed = {(path, method): name for path, methods in ENDPOINTS.items() for method, name in methods.items()}
    assert described == routed
    free = {name for key, name in described.items() if operations()[key].get("security") == []}
    assert free == OPEN


def references(part):
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for one in part.values():
            yield from references(one)
    if isinstance(part, list):
        for one in part:
            yield from references(one)


def test_every_reference_leads_somewhere_and_everything_there_is_referred_to():
    used = set(references(description()))
    for reference in used:
        resolved({"$ref": reference})
    components = description()["components"]
    named = {f"#/components/{kind}/{name}" for kind in components for name in components[kind]}
    assert {name for name in named if "/securitySchemes/" not in name} == used


@pytest.mark.parametrize("name", sorted(description()["components"]["schemas"]))
def test_every_schema_is_one(name):
    schema = description()["components"]["schemas"][name]
    validator(schema).check_schema(schema)


def test_every_example_is_what_its_schema_says():
    for path, method in OPERATIONS:
        body = operations()[path, method].get("requestBody")
        if body:
            media = body["content"]["application/json"]
            validator(media["schema"]).validate(media["example"])
        for parameter in operations()[path, method]["parameters"]:
            validator(parameter["schema"]).validate(parameter["example"])
    for schema in description()["components"]["schemas"].values():
        for one in schema.get("examples", []):
            validator(schema).validate(one)
    for response in description()["components"]["responses"].values():
        [(_, media)] = response["content"].items()
        examples = [one["value"] for one in media.get("examples", {}).values()]
        for one in [*examples, *([media["example"]] if "example" in media else [])]:
            validator(media["schema"]).validate(one)


def test_the_codes_and_statuses_are_all_there():
    schemas = description()["components"]["schemas"]
    assert set(schemas["Code"]["enum"]) == {code.value for code in Code}
    assert schemas["LoanStatus"]["enum"] == [status.value for status in LoanStatus]
    assert {method.upper() for method in METHODS} >= {method for _, method in OPERATIONS}


def test_a_busy_lender_is_documented_too():
    partner = partner_of(servers=ServerPool(workers=1, patience=0.0, failures=0.0))
    slow = Fault(kind=FaultKind.SLOW_SERVERS, starts_at=0, ends_at=4e9)
    partner.lender.inject(slow)
    login = LenderRequest(method="POST", path="/v1/login", body=json.dumps(example("/v1/login", "POST")).encode())
    first, second = (answered(partner.answer(login, NOON + late)) for late in (0, 0.01))
    assert (first.status, second.status, second.headers["Retry-After"]) == (200, 503, "1")
    assert complaints("/v1/login", "POST", second) == []

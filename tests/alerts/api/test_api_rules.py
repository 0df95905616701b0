import pytest
from api_world import T0, data, error, evaluator_over, filled_store, get, serving

NOW = T0 + 120
FAILING = "channel:share > 0.5"


@pytest.fixture
async def client():
    """After two evaluations: beta's share is 2.4, alpha's 1.2, and the rule of the second group fails."""
    store = filled_store()
    clock = Quarters()
    evaluator = evaluator_over(store, clock)
    evaluator.tick(NOW)
    evaluator.tick(NOW + 5)
    async with serving(source=store, evaluator=evaluator) as client:
        yield client


class Quarters:
    """A quarter of a second passes each time it is asked."""

    def __init__(self):
        self._asked = 0

    def monotonic(self):
        self._asked += 1
        return self._asked / 4


def firing(channel, value):
    return {
        "labels": {"alertname": "Failing", "channel": channel, "severity": "page", "team": "pay"},
        "annotations": {"summary": f"{float(value):g} of {channel}"},
        "state": "firing",
        "activeAt": "2023-11-14T22:15:20Z",
        "value": value,
    }


async def test_rules_say_all_of_their_groups(client):
    doubled, shares = (await data(client, "rules"))["groups"]
    record, alert = shares.pop("rules")
    (broken,) = doubled.pop("rules")
    assert shares == {
        "name": "shares",
        "file": "rules/some.yaml",
        "interval": 5.0,
        "limit": 0,
        "evaluationTime": 1.25,
        "lastEvaluation": "2023-11-14T22:15:25Z",
    }
    assert record == {
        "name": "channel:share",
        "query": "requests / 100",
        "labels": {"team": "pay"},
        "type": "recording",
        "health": "ok",
        "evaluationTime": 0.25,
        "lastEvaluation": "2023-11-14T22:15:25Z",
    }
    assert alert == {
        "name": "Failing",
        "query": FAILING,
        "labels": {"severity": "page", "channel": "{{ $labels.channel }}"},
        "annotations": {"summary": "{{ $value }} of {{ $labels.channel }}"},
        "type": "alerting",
        "state": "firing",
        "duration": 1.0,
        "keepFiringFor": 10.0,
        "alerts": [firing("alpha", "1.2e+00"), firing("beta", "2.4e+00")],
        "health": "ok",
        "evaluationTime": 0.25,
        "lastEvaluation": "2023-11-14T22:15:25Z",
    }
    assert (broken["health"], "lastError" in broken) == ("err", True)
    assert (doubled["interval"], doubled["limit"]) == (1.0, 7)


async def test_alerts_are_all_that_stand(client):
    assert await data(client, "alerts") == {"alerts": [firing("alpha", "1.2e+00"), firing("beta", "2.4e+00")]}


async def names(client, **arguments):
    groups = (await data(client, "rules", **arguments))["groups"]
    return [rule["name"] for group in groups for rule in group["rules"]]


async def test_rules_are_narrowed_down_and_groups_without_any_left_out(client):
    assert await names(client, type="alert") == ["Failing"]
    assert await names(client, type="record") == ["broken", "channel:share"]
    assert await names(client, rule_name__=["Failing", "broken"]) == ["broken", "Failing"]
    assert await names(client, rule_group__="shares") == ["channel:share", "Failing"]
    assert await names(client, file__="rules/some.yaml", type="alert") == ["Failing"]
    assert await names(client, file__="other.yaml") == []
    assert await names(client, match__='{team="pay"}') == ["channel:share"]
    assert await names(client, match__=['{severity=~"p.*"}', '{team="pay"}']) == ["channel:share", "Failing"]
    assert (await data(client, "rules", rule_group__="never"))["groups"] == []


async def test_alerts_can_be_left_out(client):
    ((rule,),) = [
        group["rules"] for group in (await data(client, "rules", type="alert", exclude_alerts="true"))["groups"]
    ]
    assert (rule["state"], rule["alerts"]) == ("firing", [])


async def test_groups_come_a_page_at_a_time(client):
    first = await data(client, "rules", group_limit=1)
    second = await data(client, "rules", group_limit=1, group_next_token=first["groupNextToken"])
    assert [group["name"] for page in (first, second) for group in page["groups"]] == ["doubled", "shares"]
    assert "groupNextToken" not in second


async def test_what_cannot_be_asked_is_bad_data(client):
    for wrong in (
        {"type": "alarm"},
        {"exclude_alerts": "maybe"},
        {"match__": "{"},
        {"group_limit": -1},
        {"group_next_token": "abc"},
        {"group_limit": 1, "group_next_token": "abc"},
    ):
        assert (await error(client, "rules", **wrong))[:2] == (400, "bad_data")


async def test_before_the_first_evaluation_nothing_is_known():
    async with serving() as client:
        _, answer = await get(client, "rules")
    rules = [rule for group in answer["data"]["groups"] for rule in group["rules"]]
    assert {(rule["health"], rule["lastEvaluation"]) for rule in rules} == {("unknown", "0001-01-01T00:00:00Z")}

"""Rules over counts that were really counted, where they are at hand: nobody may pass them on."""

from datetime import UTC, datetime, timedelta

import pytest
from replay_recordings import ROOT, ask

from drawdown.document import read_document
from monitor.replay.columns import Columns

GIVEN = ROOT.parent / "shared" / "data"
EXAMPLES = ROOT / "docs" / "examples"
BURSTS = {
    "limit_exceeded": (
        ("12 17:09", "12 17:27"),
        ("13 08:48", "13 09:17"),
        ("13 11:33", "13 11:51"),
        ("14 11:52", "14 12:07"),
        ("14 14:45", "14 15:00"),
        ("15 03:04", "15 03:32"),
    ),
    "risk_declined": (
        ("13 11:33", "13 11:47"),
        ("13 21:30", "13 21:59"),
        ("14 11:48", "14 11:58"),
        ("14 14:55", "14 14:55"),
        ("14 23:24", "14 23:40"),
        ("15 03:12", "15 03:20"),
    ),
}


def replayed(name, given):
    """The answer of the example `name` over what is given."""
    path = GIVEN / given
    if not path.exists():
        pytest.skip(f"{path} is not there")
    columns = read_document(EXAMPLES / name / "columns.yaml").bind(Columns)
    return ask([EXAMPLES / name / "rules.yaml"], path, columns=columns)


@pytest.fixture(scope="module")
def router():
    return replayed("router", "juspay_gateway/transactions.csv.gz")


@pytest.fixture(scope="module")
def cards():
    return replayed("cards", "cloudwalk/transactions_auth_codes.csv.gz")


def test_the_sub_type_that_broke_for_a_night_is_one_incident_from_its_first_hour_to_its_end(router):
    assert router.refusals.count == 0
    assert router.lines == 19_307
    [incident] = router.as_json()["incidents"]
    assert incident["opened_in"] == ["2020-02-13T18:00:00+00:00", "2020-02-13T19:00:00+00:00"]
    assert "2020-02-14T08:00" < incident["resolved_at"] <= "2020-02-14T10:00:00+00:00"


def test_its_notice_names_the_sub_type(router):
    opened, resolved = router.as_json()["incidents"][0]["notices"]
    assert (opened["change"], resolved["change"]) == ("opened", "resolved")
    assert "only 27.52% of the attempts of sub-type UPI_COLLECT succeed" in opened["text"]


def test_three_days_take_seconds(router):
    assert router.took < 30


def test_every_burst_of_refusals_is_an_incident_of_its_own_kind_and_there_is_no_other(cards):
    opened = sorted((incident.reason.value, incident.opened_at) for incident in cards.replay.incidents)
    begun = sorted((reason, at(start)) for reason, bursts in BURSTS.items() for start, _ in bursts)
    assert [reason for reason, _ in opened] == [reason for reason, _ in begun]
    late = [(then - start) / 60 for (_, then), (_, start) in zip(opened, begun, strict=True)]
    assert min(late) >= -5
    assert max(late) <= 5


def test_a_burst_stays_one_incident_until_it_is_over(cards):
    ended = sorted((one.reason.value, one.resolved_at) for one in cards.replay.incidents)
    over = sorted((reason, at(end)) for reason, bursts in BURSTS.items() for _, end in bursts)
    lasted = [(then - end) / 60 for (_, then), (_, end) in zip(ended, over, strict=True)]
    assert min(lasted) > 0
    assert max(lasted) < 30


def test_their_notices_say_how_many_were_hit(cards):
    first = cards.as_json()["incidents"][0]["notices"][0]["text"]
    assert "Reason: limit_exceeded, a limit or quota." in first
    assert "How many: 31 attempts" in first


def at(text):
    start = datetime(2025, 7, 1, tzinfo=UTC)
    day, clock = text.split()
    hours, minutes = map(int, clock.split(":"))
    return (start + timedelta(days=int(day) - 1, hours=hours, minutes=minutes)).timestamp()

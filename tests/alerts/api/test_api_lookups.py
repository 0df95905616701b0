from api_world import T0, data, error, get, serving

from drawdown.catalogue import METRICS

ALPHA = {"__name__": "requests", "channel": "alpha"}
BETA = {"__name__": "requests", "channel": "beta"}
ODD = {"__name__": "odd", "channel": "alpha", "text": 'a "b" <c> 通道'}


async def test_series_are_those_of_any_selector_each_once_and_sorted():
    async with serving() as client:
        found = await data(client, "series", match__=["requests", '{channel="alpha"}'])
    assert found == [ODD, ALPHA, BETA]


async def test_a_series_counts_only_where_it_has_samples():
    async with serving() as client:
        later = await data(client, "series", match__='{channel="alpha"}', start=T0 + 11, end=T0 + 60)
        early = await data(client, "series", match__='{channel="alpha"}', start=0, end=T0 + 5)
        before = await data(client, "series", match__='{channel="alpha"}', end=T0 - 1)
    assert (later, early, before) == ([ALPHA], [ODD, ALPHA], [])


async def test_series_are_asked_for_with_a_form_too():
    form = [("match[]", 'requests{channel="beta"}'), ("match[]", "nothing")]
    async with serving() as client, client.post("/api/v1/series", data=form) as answer:
        assert (await answer.json())["data"] == [BETA]


async def test_series_need_a_selector_that_selects():
    async with serving() as client:
        assert await error(client, "series") == (400, "bad_data", "no match[] parameter provided")
        for text in ("{", '{channel=~".*"}', 'requests{channel="a"}[5m]'):
            status, kind, message = await error(client, "series", match__=["requests", text])
            assert (status, kind) == (400, "bad_data")
            assert message.startswith('invalid parameter "match[]": ')


async def test_labels_are_names_of_all_series_or_of_those_selected():
    async with serving() as client:
        assert await data(client, "labels") == ["__name__", "channel", "text"]
        assert await data(client, "labels", match__="requests") == ["__name__", "channel"]
        assert await data(client, "labels", start=T0 + 20) == ["__name__", "channel"]


async def test_values_of_a_label():
    async with serving() as client:
        assert await data(client, "label/channel/values") == ["alpha", "beta"]
        assert await data(client, "label/__name__/values") == ["odd", "requests"]
        assert await data(client, "label/channel/values", match__="odd") == ["alpha"]
        assert await data(client, "label/never/values") == []


async def test_more_than_the_limit_is_cut_off_with_a_warning():
    async with serving(max_series=2) as client:
        for path, more in (("series", {"match__": '{channel=~".+"}'}), ("labels", {})):
            _, answer = await get(client, path, **more)
            assert (len(answer["data"]), answer["warnings"]) == (2, ["results truncated due to limit"])
        _, answer = await get(client, "label/channel/values", limit=1)
        assert (answer["data"], answer["warnings"]) == (["alpha"], ["results truncated due to limit"])
        assert await data(client, "label/channel/values", limit=2) == ["alpha", "beta"]


async def test_metadata_describes_the_catalogue():
    async with serving() as client:
        everything = await data(client, "metadata")
        one = await data(client, "metadata", metric="drawdown_attempts_total")
        some = await data(client, "metadata", limit=3)
    assert list(everything) == [metric.name for metric in METRICS]
    help_ = "Attempts to draw money that ended, by how and why."
    assert one == {"drawdown_attempts_total": [{"type": "counter", "unit": "", "help": help_}]}
    assert len(some) == 3


async def test_it_says_which_prometheus_it_is_like_and_how_it_is_bounded():
    async with serving(timeout="10s", max_samples=7) as client:
        build = await data(client, "status/buildinfo")
        flags = await data(client, "status/flags")
    assert build["version"].startswith("3.")
    assert build["revision"].startswith("drawdown-monitor ")
    assert (flags["query.timeout"], flags["query.max-samples"]) == ("10s", "7")
    assert flags["storage.tsdb.retention.time"] == "1h"


async def test_what_is_not_served_is_not_found_in_the_same_shape():
    async with serving() as client:
        status, kind, message = await error(client, "targets")
        assert (status, kind) == (404, "not_found")
        assert "targets" in message
        async with client.post("/api/v1/rules") as answer:
            assert (answer.status, (await answer.json())["errorType"]) == (404, "not_found")

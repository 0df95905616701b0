import io

from api_world import T0, data, error, get, serving

NOW = T0 + 120


def by_channel(result):
    return {each["metric"]["channel"]: each for each in result}


async def test_an_instant_vector_has_labels_and_a_value_at_the_asked_time():
    async with serving() as client:
        assert await data(client, "query", query="requests", time=T0 + 30.5) == {
            "resultType": "vector",
            "result": [
                {"metric": {"__name__": "requests", "channel": "alpha"}, "value": [T0 + 30.5, "30"]},
                {"metric": {"__name__": "requests", "channel": "beta"}, "value": [T0 + 30.5, "60"]},
            ],
        }


async def test_without_a_time_it_is_now():
    async with serving() as client:
        found = await data(client, "query", query="sum(rate(requests[10s]))")
    assert found == {"resultType": "vector", "result": [{"metric": {}, "value": [NOW, "3"]}]}


async def test_scalars_and_strings_come_without_labels():
    async with serving() as client:
        scalar = await data(client, "query", query="1 / 0")
        text = await data(client, "query", query='("a \\"word\\"")')
    assert scalar == {"resultType": "scalar", "result": [NOW, "+Inf"]}
    assert text == {"resultType": "string", "result": [NOW, 'a "word"']}


async def test_a_range_vector_has_the_samples_themselves_without_staleness_markers():
    async with serving() as client:
        found = await data(client, "query", query="odd[5s]", time=T0 + 11)
    metric = {"__name__": "odd", "channel": "alpha", "text": 'a "b" <c> 通道'}
    values = [[T0 + second, "+Inf"] for second in (7, 8, 9)]
    assert found == {"resultType": "matrix", "result": [{"metric": metric, "values": values}]}


async def test_a_range_query_has_the_values_at_its_steps():
    async with serving() as client:
        span = {"start": T0, "end": "2023-11-14T22:13:40Z", "step": "10s"}
        found = await data(client, "query_range", query='requests{channel="beta"} > 0', **span)
    metric = {"__name__": "requests", "channel": "beta"}
    values = [[T0 + 10, "20"], [T0 + 20, "40"]]
    assert found == {"resultType": "matrix", "result": [{"metric": metric, "values": values}]}


async def test_a_scalar_over_a_range_is_a_series_without_labels():
    async with serving() as client:
        found = await data(client, "query_range", query="7", start=T0, end=T0 + 1, step=0.5)
    assert found["result"] == [{"metric": {}, "values": [[T0, "7"], [T0 + 0.5, "7"], [T0 + 1, "7"]]}]


async def test_nothing_found_is_an_empty_list():
    async with serving() as client:
        assert await data(client, "query", query="absent_here") == {"resultType": "vector", "result": []}
        ranged = await data(client, "query_range", query="absent_here", start=T0, end=T0 + 1, step=1)
    assert ranged == {"resultType": "matrix", "result": []}


async def test_a_form_is_as_good_as_an_address_and_comes_first():
    form = {"query": "requests", "time": str(T0 + 5)}
    async with serving() as client, client.post("/api/v1/query?query=no_such&time=1", data=form) as answer:
        found = (await answer.json())["data"]
    assert by_channel(found["result"])["alpha"]["value"] == [T0 + 5, "5"]


async def test_an_address_counts_where_a_posted_body_is_empty():
    async with serving() as client, client.post("/api/v1/query", params={"query": "1"}) as answer:
        assert (await answer.json())["data"]["result"] == [NOW, "1"]


async def test_a_form_that_cannot_be_read_is_bad_data():
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    async with serving() as client:
        body = io.BytesIO(b"query=" + b"1" * 2_000_000)
        async with client.post("/api/v1/query", data=body, headers=kind) as answer:
            large = answer.status, (await answer.json())["errorType"]
        odd = {"Content-Type": "application/x-www-form-urlencoded; charset=never"}
        async with client.post("/api/v1/query", data=b"query=1", headers=odd) as answer:
            unknown = answer.status, (await answer.json())["errorType"]
    assert (large, unknown) == ((400, "bad_data"), (400, "bad_data"))


async def test_more_series_than_the_limit_are_cut_off_with_a_warning():
    cut = ["results truncated due to limit"]
    async with serving(max_series=1) as client:
        for path, more in (("query", {"time": NOW}), ("query_range", {"start": T0, "end": NOW, "step": 60})):
            status, answer = await get(client, path, query="requests", **more)
            assert (status, len(answer["data"]["result"]), answer["warnings"]) == (200, 1, cut)
    async with serving() as client:
        _, answer = await get(client, "query", query="requests", limit=1)
        assert (len(answer["data"]["result"]), answer["warnings"]) == (1, cut)
        assert len((await data(client, "query", query="requests", limit=2))["result"]) == 2
        assert len((await data(client, "query", query="requests", limit=0))["result"]) == 2


async def test_an_expression_that_does_not_parse_is_bad_data_with_its_place():
    async with serving() as client:
        status, kind, message = await error(client, "query", query="sum(requests")
        assert (status, kind) == (400, "bad_data")
        assert message.startswith('invalid parameter "query": 1:13: parse error: ')
        assert (await error(client, "query"))[:2] == (400, "bad_data")


async def test_an_expression_that_cannot_be_evaluated_is_an_execution_error():
    async with serving() as client:
        found = await error(client, "query", query="requests * on () group_left () requests")
    assert found[:2] == (422, "execution")


async def test_ranges_that_cannot_be_are_bad_data():
    span = {"query": "requests", "start": T0, "end": T0 + 60, "step": 1}
    async with serving() as client:
        for wrong in (
            {"end": T0 - 1},
            {"step": 0},
            {"step": -1},
            {"step": 0.0001},
            {"start": "yesterday"},
            {"query": "requests[5m]"},
            {"query": '"text"'},
            {"limit": -1},
            {"timeout": "long"},
            {"lookback_delta": "1m"},
        ):
            status, kind, message = await error(client, "query_range", **{**span, **wrong})
            assert (status, kind) == (400, "bad_data")
            assert f'"{next(iter(wrong))}"' in message


async def test_a_series_has_at_most_so_many_points():
    span = {"query": "1", "start": T0, "step": 1}
    async with serving() as client:
        allowed = await data(client, "query_range", **span, end=T0 + 11_000)
        _, kind, message = await error(client, "query_range", **span, end=T0 + 11_001)
    assert len(allowed["result"][0]["values"]) == 11_001
    assert (kind, message) == (
        "bad_data",
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    )


async def test_a_query_that_reads_too_much_is_refused_before_it_has():
    async with serving(max_samples=100) as client:
        assert len((await data(client, "query", query="requests[40s]"))["result"]) == 2
        assert (await error(client, "query", query="requests[60s]"))[:2] == (422, "execution")
        assert (await error(client, "query", query="requests[40s] @ 1700000050 or vector(1)"))[:2] == (400, "bad_data")
        twice = "sum_over_time(requests[40s]) + max_over_time(requests[40s])"
        assert (await error(client, "query", query=twice))[:2] == (422, "execution")


async def test_a_query_that_takes_too_long_times_out():
    async with serving() as client:
        assert (await error(client, "query", query="requests", timeout=0))[:2] == (503, "timeout")


async def test_parameters_that_change_nothing_are_taken():
    async with serving() as client:
        more = {"stats": "all", "timeout": "1m", "lookback_delta": "5m", "step": "15s", "nocache": 1}
        assert (await data(client, "query", query="1", **more))["result"] == [NOW, "1"]


async def test_no_exemplars_are_kept():
    async with serving() as client:
        assert await data(client, "query_exemplars", query="requests", start=T0, end=NOW) == []
        assert (await error(client, "query_exemplars", query="requests{"))[:2] == (400, "bad_data")
        assert (await error(client, "query_exemplars", query="requests", start=2, end=1))[:2] == (400, "bad_data")


async def test_numbers_that_json_has_no_word_for_are_text():
    async with serving() as client:
        for query, text in (
            ("0/0", "NaN"),
            ("-1/0", "-Inf"),
            ("-0", "-0"),
            ("1e-7", "0.0000001"),
            ("1e20", "1" + "0" * 20),
        ):
            assert (await data(client, "query", query=query))["result"] == [NOW, text]
        small = await data(client, "query", query="vector(1e-7)")
    assert small["result"] == [{"metric": {}, "value": [NOW, "1e-07"]}]

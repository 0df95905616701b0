import asyncio

from alerts_builders import T0
from remote_world import DOWN, Site, Theirs
from structlog.testing import capture_logs

from alerts.alert import AlertState
from alerts.remote.decoding import Unanswered, Unreachable
from drawdown.clock import run_virtually
from drawdown.series import NAME, Labels

RULES = """
groups:
  - name: quick
    rules:
      - record: channel:share
        expr: sum by (channel) (failures) / sum by (channel) (attempts)
      - alert: Failing
        expr: channel:share > 0.1 and on (channel) attempts > 10
        for: 2s
        keep_firing_for: 2s
        labels: {severity: page}
        annotations: {summary: '{{ $labels.channel }} {{ $value }}'}
"""
ASKED = ["sum by (channel) (failures) / sum by (channel) (attempts)", "attempts > 10"]


def scene(text=RULES, **terms):
    theirs = Theirs()
    return theirs, Site(theirs, text, **terms)


def test_the_lifecycle_of_an_alert_is_the_same_as_over_our_own_series():
    async def story():
        theirs, site = scene()
        states = []
        async with site.open():
            for second in range(12):
                bad = 50 if 2 <= second < 7 else 0
                theirs.write(T0 + second, failures={"alpha": bad, "beta": 0}, attempts={"alpha": 100, "beta": 5})
                states.append([alert.state for alert in await site.tick()])
        pending, firing, gone = ([state] for state in (AlertState.PENDING, AlertState.FIRING, AlertState.INACTIVE))
        assert states == [[], [], pending, pending, *[firing] * 5, gone, [], []]
        assert site.ours.at(T0 + 3, "channel:share") == {
            Labels({NAME: "channel:share", "channel": "alpha"}): 0.5,
            Labels({NAME: "channel:share", "channel": "beta"}): 0.0,
        }
        assert {text for text, _ in theirs.asked} == set(ASKED)
        assert [at - T0 for text, at in theirs.asked if text == ASKED[0]] == list(range(12))

    run_virtually(story())


def test_the_other_side_is_asked_for_a_time_before_where_it_lags():
    async def story():
        theirs, site = scene(RULES.replace("name: quick", "name: quick\n    query_offset: 7s"), delay=30)
        async with site.open():
            await site.tick()
        assert {at for _, at in theirs.asked} == {T0 - 37}

    run_virtually(story())


def test_a_rule_fails_while_the_other_side_does_and_its_alerts_keep_their_state():
    async def story():
        theirs, site = scene()
        theirs.write(T0, failures={"alpha": 50}, attempts={"alpha": 100})
        async with site.open():
            for _ in range(4):
                (before,) = await site.tick()
            theirs.error = DOWN
            for _ in range(60):
                (during,) = await site.tick()
            assert (during.state, during.fired_at) == (AlertState.FIRING, before.fired_at)
            assert set(site.errors().values()) == {DOWN.message}
            assert site.count("drawdown_evaluation_failures_total", "Failing") == 60
            assert site.count("drawdown_source_queries_total", "failed") == 60 * len(ASKED)
            assert site.counts.gauges["drawdown_source_silence_seconds",] == 59
            theirs.error = None
            theirs.write(T0 + 64, failures={"alpha": 0}, attempts={"alpha": 100})
            states = [[alert.state for alert in await site.tick()] for _ in range(4)]
            assert set(site.errors().values()) == {""}
            assert site.counts.gauges["drawdown_source_silence_seconds",] == 0
        assert states == [[AlertState.FIRING], [AlertState.FIRING], [AlertState.INACTIVE], []]

    run_virtually(story())


def test_a_query_that_is_refused_fails_its_rule_alone_and_the_other_side_lives():
    async def story():
        theirs, site = scene()

        async def ask(part, at):
            if part.text == ASKED[1]:
                raise Unanswered("it refuses the query")
            return await Theirs.ask(theirs, part, at)

        theirs.ask, ask = ask, None
        async with site.open():
            for _ in range(20):
                await site.tick()
        assert site.errors() == {"channel:share": "", "Failing": "it refuses the query"}
        queries = [site.count("drawdown_source_queries_total", result) for result in ("answered", "refused", "failed")]
        assert queries == [20, 20, 0]
        assert site.counts.gauges["drawdown_source_silence_seconds",] == 0

    run_virtually(story())


LOCAL = """
  - name: own
    rules:
      - alert: Silent
        expr: drawdown_source_silence_seconds > 30
"""


def test_while_the_other_side_hangs_nothing_piles_up_and_what_reads_our_own_series_goes_on():
    async def story():
        theirs, site = scene(RULES + LOCAL)
        theirs.after = 7.3
        silent = []
        async with site.open():
            for second in range(60):
                now = T0 + second
                gauge = site.counts.gauges["drawdown_source_silence_seconds",]
                site.ours.append(now, [Labels({NAME: "drawdown_source_silence_seconds"})], [gauge])
                theirs.error = DOWN if second >= 16 else None
                silent.append([alert.labels["alertname"] for alert in await site.tick()])
        assert theirs.most_busy == len(ASKED)
        assert len(theirs.asked) == 7 * len(ASKED)
        assert site.count("drawdown_evaluation_missed_total") == 60 - 7
        assert silent.index(["Silent"]) == 9 + 32
        assert [group.look.at - T0 for group in site.evaluator.groups()] == [53.0, 59.0]

    run_virtually(story())


def test_an_answer_that_comes_within_a_moment_is_looked_at_in_the_same_second():
    async def story():
        theirs, site = scene()
        theirs.after = 0.4
        theirs.write(T0, failures={"alpha": 50}, attempts={"alpha": 100})
        async with site.open():
            alerts = [len(await site.tick()) for _ in range(3)]
        assert alerts == [1, 1, 1]
        assert site.count("drawdown_evaluation_missed_total") == 0

    run_virtually(story())


def test_when_nobody_is_there_what_still_waits_is_not_asked():
    async def story():
        rules = "".join(f"      - record: r{number}\n        expr: m{number}\n" for number in range(50))
        theirs, site = scene(f"groups:\n  - name: many\n    rules:\n{rules}", connections=8)
        theirs.after, theirs.error = 5.0, DOWN
        async with site.open():
            for _ in range(7):
                await site.tick()
            assert theirs.most_busy == 4
            assert len(theirs.asked) == 4
            assert set(site.errors().values()) == {DOWN.message}

    run_virtually(story())


def test_a_group_whose_queries_take_long_leaves_connections_to_the_others():
    async def story():
        heavy = "".join(f"      - record: r{number}\n        expr: heavy{number}\n" for number in range(20))
        theirs, site = scene(f"{RULES}\n  - name: heavy\n    rules:\n{heavy}", connections=4)

        async def ask(part, at):
            await asyncio.sleep(9.0 if part.text.startswith("heavy") else 0.0)
            return await Theirs.ask(theirs, part, at)

        theirs.ask = ask
        async with site.open():
            for _ in range(20):
                await site.tick()
            quick, slow = site.evaluator.groups()
        assert (quick.look.at - T0, slow.look) == (19, None)

    run_virtually(story())


def test_a_query_that_is_too_much_for_the_other_side_fails_its_rule_alone():
    async def story():
        rules = "".join(f"      - record: r{number}\n        expr: m{number}\n" for number in range(20))
        theirs, site = scene(f"groups:\n  - name: many\n    rules:\n{rules}", connections=4)

        async def ask(part, at):
            if part.text == "m1":
                await asyncio.sleep(0.1)
                raise Unreachable("it answers with status 504")
            return await Theirs.ask(theirs, part, at)

        theirs.ask = ask
        with capture_logs() as logs:
            async with site.open():
                for _ in range(20):
                    await site.tick()
        assert [name for name, error in site.errors().items() if error] == ["r1"]
        assert logs == []

    run_virtually(story())


def test_the_silence_of_the_other_side_is_noticed_between_evaluations():
    async def story():
        theirs, site = scene(RULES.replace("name: quick", "name: quick\n    interval: 5m"))
        async with site.open():
            await site.tick()
            theirs.error = DOWN
            for _ in range(60):
                await site.tick()
        assert [text for text, _ in theirs.asked[len(ASKED) :]] == ["vector(1)"] * 6
        assert [at - T0 for _, at in theirs.asked[len(ASKED) :]] == [10, 20, 30, 40, 50, 60]
        assert site.counts.gauges["drawdown_source_silence_seconds",] == 50

    run_virtually(story())


def test_a_silence_that_lasts_is_logged_once_and_so_is_its_end():
    async def story():
        theirs, site = scene()
        async with site.open():
            for error in (DOWN, None, *[DOWN] * 12, None, None):
                theirs.error = error
                await site.tick()

    with capture_logs() as logs:
        run_virtually(story())
    assert [(log["log_level"], log["event"], log.get("error")) for log in logs] == [
        ("warning", "source_silent", DOWN.message),
        ("info", "source_answers_again", None),
    ]


def test_rounds_that_are_under_way_are_given_up_at_the_end():
    async def story():
        theirs, site = scene()
        theirs.after = 3600
        async with site.open():
            await site.tick()
            assert theirs.busy == len(ASKED)
        assert theirs.busy == 0
        assert site.clock.now() < T0 + 2

    run_virtually(story())


TEMPLATES = """
groups:
  - name: g
    rules:
      - record: ours
        expr: failures
      - alert: A
        expr: failures > 0
        labels:
          worst: '{{ with query "topk(1, failures)" }}{{ . | first | label "channel" }}{{ end }}'
        annotations:
          of: '{{ range printf "attempts{channel=%q}" $labels.channel | query }}{{ .Value }}{{ end }}'
          deep: >-
            {{ $n := query "max(attempts)" | first | value }}
            {{- printf "vector(%v) + scalar(max(failures))" $n | query | first | value }}
          both: '{{ query "sum(ours) + sum(failures)" | first | value }}'
          wrong: '{{ query "up{" }}'
          mixed: '{{ query "max_over_time((ours + failures)[5m:])" }}'
"""


def test_what_templates_ask_is_fetched_before_they_are_rendered():
    async def story():
        theirs, site = scene(TEMPLATES)
        theirs.write(T0, failures={"alpha": 2, "beta": 5}, attempts={"alpha": 10, "beta": 20, "gamma": 30})
        async with site.open():
            await site.tick()
            alpha, beta = await site.tick()
        assert (alpha.labels["worst"], beta.labels["worst"]) == ("beta", "beta")
        told = [{name: alert.annotations[name] for name in ("of", "deep", "both")} for alert in (alpha, beta)]
        assert told == [{"of": "10", "deep": "35", "both": "14"}, {"of": "20", "deep": "35", "both": "14"}]
        assert alpha.annotations["wrong"].startswith("<error expanding template: query 'up{': ")
        assert "a subquery reads series of the other Prometheus" in alpha.annotations["mixed"]

    run_virtually(story())


LAYERED = """
groups:
  - name: first
    rules:
      - record: ours
        expr: failures
      - alert: Same
        expr: ours > 1
        annotations: {told: '{{ query "sum(failures)" | first | value }}'}
  - name: second
    rules:
      - alert: Other
        expr: ours > 1 and on () vector(1)
        annotations: {told: '{{ query (printf "sum(attempts) + %v" $value) | first | value }}'}
"""


def test_a_new_alert_over_what_was_recorded_just_now_has_its_answers_from_the_first_moment_on():
    async def story():
        theirs, site = scene(LAYERED)
        told = []
        async with site.open():
            for second in range(6):
                bad = 5 if second in {2, 3} else 0
                theirs.write(T0 + second, failures={"alpha": bad}, attempts={"alpha": 10})
                alerts = await site.tick()
                told.append(
                    [(alert.labels["alertname"], alert.annotations["told"]) for alert in alerts if alert.firing]
                )
            assert set(site.errors().values()) == {""}
        same, other = ("Same", "5"), ("Other", "15")
        assert told == [[], [], [same], [same, other], [], []]

    run_virtually(story())


CHANGING = """
groups:
  - name: g
    rules:
      - alert: A
        expr: failures > 0
        annotations: {told: '{{ query (printf "vector(%v)" $value) | first | value }}'}
"""


def test_what_is_asked_anew_each_time_has_its_answer_too():
    async def story():
        theirs, site = scene(CHANGING)
        async with site.open():
            for second in range(5):
                theirs.write(T0 + second, failures=1 + second)
                (alert,) = await site.tick()
                assert alert.annotations["told"] == str(1 + second)

    run_virtually(story())


def test_what_templates_no_longer_ask_is_asked_no_more():
    async def story():
        theirs, site = scene(TEMPLATES)
        async with site.open():
            for second in range(4):
                theirs.write(T0 + second, failures={"alpha": 2 if second < 2 else 0}, attempts={"alpha": 10})
                await site.tick()
        assert [at - T0 for text, at in theirs.asked if text == 'attempts{channel="alpha"}'] == [0, 1, 2]

    run_virtually(story())


CONSTANTS = """
groups:
  - name: g
    rules:
      - {record: limit, expr: vector(2)}
      - {alert: Own, expr: limit > 1}
      - {alert: Watchdog, expr: vector(1)}
"""


def test_what_reads_our_own_series_needs_no_answer_but_an_alert_that_always_fires_does():
    async def story():
        theirs, site = scene(CONSTANTS)
        async with site.open():
            theirs.error = DOWN
            down = await site.tick()
            theirs.error = None
            up = await site.tick()
        assert [[alert.labels["alertname"] for alert in alerts] for alerts in (down, up)] == [
            ["Own"],
            ["Own", "Watchdog"],
        ]

    run_virtually(story())

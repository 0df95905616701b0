import math
import subprocess

import pytest
from collector_samples import ALPHA, NOW, new_recorder, outcome, step
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as text_families

from collector.recorder import Recorder
from collector.vocabulary import JourneyWords, Vocabulary
from drawdown import catalogue
from drawdown.catalogue import METRICS, Type
from drawdown.outcome import Origin
from drawdown.reasons import Reason
from drawdown.series import NAME, Labels

OPEN = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"


def busy_recorder():
    recorder = new_recorder()
    recorder.record(outcome(Reason.GATEWAY_TIMEOUT, slices={**ALPHA, "bank": "zeta"}, steps=(step(duration=12.5),)))
    recorder.record(outcome(id="a2"))
    recorder.add(catalogue.EVALUATION_FAILURES, rule='line one\nline "two" \\ # 3 \u2028 4')
    return recorder


def samples(families):
    return {
        Labels(sample.labels, **{NAME: sample.name}): sample.value for family in families for sample in family.samples
    }


def test_the_page_passes_promtool(promtool):
    page, _ = busy_recorder().render("")
    checked = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("accept", "content_type", "read"),
    [
        ("", "text/plain; version=0.0.4; charset=utf-8", text_families),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8", text_families),
        (OPEN, "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8", open_families),
        ("application/openmetrics-text", "application/openmetrics-text; version=1.0.0; charset=utf-8", open_families),
    ],
)
def test_the_page_says_what_the_row_says_in_the_format_that_is_asked_for(accept, content_type, read):
    recorder = busy_recorder()
    page, served = recorder.render(accept)
    assert served == content_type
    assert samples(read(page.decode())) == dict(zip(*recorder.row(), strict=True))


@pytest.mark.parametrize(
    "accept", ["text/plain;version=x", "application/openmetrics-text;version=1.x.y", ";;,=", "\x00"]
)
def test_an_accept_header_that_makes_no_sense_gets_the_text_format(accept):
    page, content_type = new_recorder().render(accept)
    assert page.startswith(b"# HELP ")
    assert content_type.startswith(("text/plain", "application/openmetrics-text"))


def test_names_types_and_words_are_those_of_the_catalogue():
    page, _ = new_recorder().render("")
    families = {family.name: (family.type, family.documentation) for family in text_families(page.decode())}
    assert families == {metric.name.removesuffix("_total"): (metric.type, metric.help) for metric in METRICS}
    assert all(metric.name.endswith("_total") == (metric.type is Type.COUNTER) for metric in METRICS)


def test_a_second_page_shows_what_has_changed_and_what_was_added():
    recorder = busy_recorder()
    recorder.render("")
    recorder.record(outcome(Reason.OVERDUE, id="a3"))
    recorder.set(catalogue.RUN_LAG, float("nan"), journey="drawdown")
    recorder.set(catalogue.EVALUATION_SECONDS, 1_234_567.5)
    shown = samples(text_families(recorder.render("")[0].decode()))
    rows = dict(zip(*recorder.row(), strict=True))
    lag = Labels({NAME: "drawdown_probe_start_lag_seconds", "journey": "drawdown"})
    assert {labels: shown[labels] for labels in rows if labels != lag} == {
        labels: now for labels, now in rows.items() if labels != lag
    }
    assert math.isnan(shown[lag])
    recorder.add(catalogue.NOTICES, 3.0, channel="stdout", result="sent")
    page, _ = recorder.render("")
    assert b'drawdown_notices_total{channel="stdout",result="sent"} 3.0\n' in page


def test_each_format_keeps_its_own_page():
    recorder = busy_recorder()
    formats = ["", OPEN, *(f"application/openmetrics-text;version=1.0.{number}" for number in range(9))]
    first = [recorder.render(accept) for accept in formats]
    assert [recorder.render(accept) for accept in formats] == first


def test_a_name_in_any_script_is_shown_as_it_was_written():
    words = JourneyWords(origin=Origin.BORROWER, journey="借款", slices={"bank": ("工行 1",)})
    recorder = Recorder(Vocabulary(journeys=(words,)), now=NOW)
    recorder.record(outcome(journey="借款", slices={"bank": "工行 1"}))
    for accept in ("", OPEN):
        page, _ = recorder.render(accept)
        assert 'bank="工行 1"' in page.decode()
        assert 'journey="借款"' in page.decode()

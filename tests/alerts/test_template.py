import json
import re
import subprocess

import pytest
import yaml
from alerts_builders import Notebook
from hypothesis import given, settings
from hypothesis import strategies as st
from template_cases import CASES, EXTERNAL, FAILING, LABELS

from alerts.promql import evaluate, parse
from alerts.template import External, Scene, TemplateError, compile_template
from alerts.template.checks import faults
from drawdown.series import NAME, Labels

OTHERS = {
    Labels({NAME: "other", "id": name, "__value__": name.upper()}): 10.0 * (at + 1) for at, name in enumerate("abc")
}
FAILED = "<error expanding template: "


def scene():
    notebook = Notebook()
    notebook.append(0.0, tuple(OTHERS), list(OTHERS.values()))
    return Scene(
        query=lambda text: evaluate(parse(text), notebook, 0.0),
        external=External(labels=Labels(EXTERNAL)),
    )


@pytest.mark.parametrize(("text", "value", "expected"), CASES)
def test_a_template_gives_its_text(text, value, expected):
    assert compile_template(text).render(Labels(LABELS), value, scene()) == expected


@pytest.mark.parametrize("text", FAILING)
def test_an_error_becomes_the_text_so_that_the_alert_still_fires(text):
    assert compile_template(text).render(Labels(LABELS), 0.5, scene()).startswith(FAILED)


def promtools(promtool, folder, templates):
    """What the templates give in promtool: the annotations that it did not expect."""
    named = 'label_replace(m{}, "__name__", "m", "", "")'
    rules = [
        {"alert": f"A{at}", "expr": named.format(at), "annotations": {"t": f"[{each}]"}}
        for at, (each, _) in enumerate(templates)
    ]
    labels = ",".join(f'{name}="{value}"' for name, value in LABELS.items() if name != NAME)
    series = [{"series": f"m{at}{{{labels}}}", "values": repr(float(value))} for at, (_, value) in enumerate(templates)]
    series += [{"series": repr(each), "values": str(value)} for each, value in OTHERS.items()]
    asked = [{"eval_time": "0m", "alertname": rule["alert"], "exp_alerts": []} for rule in rules]
    test = {"input_series": series, "external_labels": EXTERNAL, "alert_rule_test": asked}
    (folder / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": rules}]}))
    (folder / "test.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "tests": [test]}))
    done = subprocess.run([promtool, "test", "rules", folder / "test.yml"], capture_output=True, text=True, check=False)
    found = re.findall(
        r'alertname: A(\d+),.*?Annotations:\{t="((?:\\.|[^"\\])*)"\}', done.stdout + done.stderr, re.DOTALL
    )
    return {int(at): json.loads(f'"{text}"') for at, text in found}


def test_promtool_gives_the_same_texts(promtool, tmp_path):
    theirs = promtools(promtool, tmp_path, [(text, value) for text, value, _ in CASES])
    assert theirs == {at: f"[{expected}]" for at, (_, _, expected) in enumerate(CASES)}


def test_promtool_fails_where_ours_fails(promtool, tmp_path):
    theirs = promtools(promtool, tmp_path, [(text, 0.5) for text in FAILING])
    assert [text[: len(FAILED)] for _, text in sorted(theirs.items())] == [FAILED] * len(FAILING)


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("{{ $reason }}", 3, "$reason is not defined; there are $labels, $externalLabels, $externalURL, $value"),
        ('{{ define "x" }}{{ $labels }}{{ end }}', 19, "$labels is not defined; there are no variables"),
        (
            "{{ if $x := 1 }}{{ end }}{{ $x }}",
            28,
            "$x is not defined; there are $labels, $externalLabels, $externalURL, $value",
        ),
        ("a {{ shout $value }}", 5, "there is no function shout"),
        ("{{ $value", 0, "{{ is never closed by }}"),
        ('{{ "a }}', 3, "this quote is never closed"),
        ("{{ if $value }}", 2, "if is never closed by {{ end }}"),
        ("{{ range $labels }}{{ else }}{{ else }}{{ end }}", 2, "range is never closed by {{ end }}"),
        ("{{ end }}", 2, "{{ end }} closes nothing"),
        ("{{ break }}", 3, "break stands outside of a range"),
        ('{{ if 1 }}{{ define "x" }}{{ end }}{{ end }}', 12, "define stands within a block"),
        ("{{ }}", 2, "a value is missing in an action"),
        ("{{ if }}{{ end }}", 2, "a value is missing in if"),
        ("{{ $value | 3 }}", 12, "3 is not a function and cannot take a value from a pipe"),
        ("{{ $value ) }}", 10, "')' was not expected"),
        ("{{ ($value }}", 3, "( is never closed"),
        ('{{ print "a""b" }}', 12, "'\"b\"' was not expected"),
        ("{{ 99999999999999999999 }}", 3, "99999999999999999999 is too large"),
        ("{{ 1e400 }}", 3, "1e400 is too large"),
        ("{{ 1i }}", 4, "'i' was not expected"),
        ("{{ $labels.x ~ }}", 13, "'~' was not expected"),
        ('{{ "\\q" }}', 4, "\\q is no escape here; write \\\\ for a backslash or use `…` quotes"),
        ("{{ \u00a01 }}", 3, "'\\xa0' was not expected"),
        ("{{ 'ab' }}", 3, "'ab' is not one character; write a text in double quotes"),
        ("{{ /* x */ 3 }}", 2, "a comment is written {{/* so */}}"),
    ],
)
def test_what_is_no_template_is_refused_when_it_is_read_at_its_place(text, where, why):
    with pytest.raises(TemplateError) as refused:
        compile_template(text)
    assert (refused.value.position, str(refused.value)) == (where, why)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ .Foo }}", [".Foo is not defined; there are .Labels, .ExternalLabels, .ExternalURL, .Value"]),
        (
            "{{ with 1 }}{{ .Foo }}{{ $.foo.bar }}{{ end }}",
            [".foo is not defined; there are .Labels, .ExternalLabels, .ExternalURL, .Value"],
        ),
        ('{{ define "x" }}{{ .Foo }}{{ $.Foo }}{{ humanize }}{{ end }}', ["humanize takes 1 argument, not 0"]),
        ('{{ if (toUpper "a" "b") }}{{ end }}', ["toUpper takes 1 argument, not 2"]),
        ('{{ "a" | match "b" | printf }}{{ print }}', []),
        ("{{ range query 1 }}{{ .Labels }}{{ else }}{{ .Labels.x }}{{ end }}", []),
    ],
)
def test_what_could_only_give_an_error_can_be_found_beforehand(text, why):
    assert list(faults(compile_template(text))) == why


def test_a_template_cannot_run_for_ever():
    for text in (
        "{{ range 1000 }}{{ range 1000 }}{{ end }}{{ end }}",
        '{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}',
    ):
        assert compile_template(text).render(Labels(), 0).startswith(FAILED + "more than ")
    assert "wider than" in compile_template('{{ printf "%99999d" 1 }}').render(Labels(), 0)
    for deep in ("{{ " + "(" * 200 + "1" + ")" * 200 + " }}", "{{ if 1 }}" * 200 + "{{ end }}" * 200):
        with pytest.raises(TemplateError, match="more than 50"):
            compile_template(deep)


def test_the_external_url_is_known():
    at = Scene(external=External(url="https://monitor.example/pre/fix"))
    text = "{{ externalURL }} {{ $externalURL }} {{ .ExternalURL }} {{ pathPrefix }}"
    assert compile_template(text).render(Labels(), 0, at) == "https://monitor.example/pre/fix " * 3 + "/pre/fix"


_PIECES = st.sampled_from(
    [
        *("{{", "}}", "if ", "else ", "end ", "range ", "with ", 'define "x"', 'template "x" ', "break", "$value"),
        *("$labels.x", "$x := ", "$x", "|", "(", ")", '"a"', "printf ", "humanize ", "gt ", "-", " - ", "3 ", ".", ","),
        *("query ", "/*", "*/", "'a'", "`", "first ", "index ", "slice ", "args ", "toTime ", ".Format "),
    ]
)


@settings(max_examples=300)
@given(st.lists(_PIECES, max_size=14).map("".join), st.floats())
def test_no_text_breaks_more_than_itself(text, value):
    try:
        outcome = compile_template(text).render(Labels(LABELS), value)
    except TemplateError as error:
        outcome = text[: error.position]
    assert isinstance(outcome, str)


@given(st.text(st.characters(exclude_characters="{"), max_size=40))
def test_text_without_actions_stays_as_it_is(text):
    assert compile_template(text).render(Labels(LABELS), 1.0) == text

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.gotext import TemplateError
from alerts.template import compile_template
from drawdown.series import Labels

LABELS = Labels(channel="alpha", step="the payout")


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("plain", 0, "plain"),
        ("{{ $labels.channel }} at {{ $value }}", 0.25, "alpha at 0.25"),
        ("{{.Labels.channel}}/{{ .Value }}", 3, "alpha/3"),
        ("{{ $labels.nowhere }}!", 0, "!"),
        ("{{ $value | humanizePercentage }}", 0.31415, "31.41%"),
        ("{{ $value | humanize }}", 12345, "12.35k"),
        ("{{ $value | humanize }}", 0.012, "12m"),
        ("{{ humanize1024 $value }}", 2048, "2ki"),
        ("{{ $value | humanizeDuration }}", 3725, "1h 2m 5s"),
        ("{{ $value | humanizeDuration }}", 1.5, "1.5s"),
        ("{{ $value | humanizeDuration }}", 0.0821, "82.1ms"),
        ('{{ printf "%.2f of %s" $value $labels.channel }}', 0.315, "0.32 of alpha"),
        ('{{ printf "%5.1f%%" $value }}', 31.0, " 31.0%"),
        ("{{ $labels.step | title | toUpper }}", 0, "THE PAYOUT"),
        ('{{ reReplaceAll "the (.*)" "<$1>" $labels.step }}', 0, "<payout>"),
        ("{{ if gt $value 0.5 }}high{{ else if gt $value 0.1 }}some{{ else }}low{{ end }}", 0.2, "some"),
        ('{{ if eq $labels.channel "beta" "alpha" }}a{{ end }}', 0, "a"),
        ('{{ if and (ne $labels.channel "beta") $labels.step }}a{{ end }}', 0, "a"),
        ("a {{- /* nothing */ -}} b", 0, "ab"),
        ('{{ "}}" }}', 0, "}}"),
        ("{{ $value }}", float("nan"), "NaN"),
        ("{{ $value }}", float("inf"), "+Inf"),
        ("{{ $value }}", 1e21, "1e+21"),
        ("{{ $value }}", 123456789.0, "123456789"),
        ("{{ $value }}", 0.00001234, "1.234e-05"),
        ("{{ $labels }}", 0, "map[channel:alpha step:the payout]"),
    ],
)
def test_a_template_gives_what_prometheus_gives(text, value, expected):
    assert compile_template(text).render(LABELS, value) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ $reason }}", "$reason is not defined; there are $labels and $value"),
        ("{{ .Foo }}", ".Foo is not defined; there are .Labels and .Value"),
        ("{{ shout $value }}", "there is no function shout"),
        ("{{ range $labels }}{{ end }}", "range is not supported here"),
        ("{{ $value", "{{ is never closed by }}"),
        ("{{ if $value }}", "an if is never closed by {{ end }}"),
        ("{{ end }}", "{{ end }} stands outside of an if"),
        ("{{ }}", "a value is missing"),
        ("{{ $value | 3 }}", "3 is not a function and cannot take a value from a pipe"),
        ("{{ $value $value }}", "'$value' was not expected in {{ $value $value }}"),
        ("{{ ($value }}", "( is never closed"),
    ],
)
def test_a_template_that_cannot_work_is_refused_when_it_is_read(text, why):
    with pytest.raises(TemplateError) as refused:
        compile_template(text)
    assert str(refused.value) == why


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ humanize $labels.channel }}", "<error expanding template: 'alpha' is not a number>"),
        ('{{ printf "%d" $value }}', "<error expanding template: printf %d does not fit 0.5>"),
        ("{{ gt $value 1 }}", "<error expanding template: 1 and 0.5 are of different kinds; write a number as 5.0>"),
        ("{{ humanize }}", "<error expanding template: humanize cannot take nothing>"),
        ('{{ reReplaceAll "(" "" $labels.channel }}', "<error expanding template: '(' is not a regular expression: "),
        ("{{ $value.deep }}", "<error expanding template: 0.5 has no field deep>"),
    ],
)
def test_an_error_becomes_the_text_so_that_the_alert_still_fires(text, expected):
    assert compile_template(text).render(LABELS, 0.5).startswith(expected)


_PIECES = st.sampled_from(
    [
        "{{",
        "}}",
        "if ",
        "else ",
        "end ",
        "$value",
        "$labels.x",
        "|",
        "(",
        ")",
        '"a"',
        "printf ",
        "humanize ",
        "gt ",
        "-",
    ]
)


@settings(max_examples=200)
@given(st.lists(_PIECES, max_size=14).map("".join), st.floats())
def test_no_text_breaks_more_than_itself(text, value):
    try:
        template = compile_template(text)
    except TemplateError:
        return
    assert isinstance(template.render(LABELS, value), str)


@given(st.text(st.characters(exclude_characters="{"), max_size=40))
def test_text_without_actions_stays_as_it_is(text):
    assert compile_template(text).render(LABELS, 1.0) == text

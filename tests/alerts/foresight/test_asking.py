import pytest

from alerts.foresight.asking import ANYTHING, asked
from alerts.template import compile_template


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nothing", set()),
        ("{{ $labels.query }}", set()),
        ('{{ query "sum(a) / b" | first | value }}', {"a", "b"}),
        ('{{ range query "a" }}{{ query "c" | len }}{{ end }}', {"a", "c"}),
        ('{{ with $x := query "a" }}{{ end }}', {"a"}),
        ('{{ query (printf "topk(3, a{journey=%q, x=%q} offset 5m)" $labels.journey "y") }}', {"a"}),
        ('{{ define "t" }}{{ query "a" }}{{ end }}{{ template "t" }}', {"a"}),
        ('{{ query (printf "%s" $labels.x) }}', {ANYTHING}),
        ('{{ query (printf "a[%dm]" 5) }}', {ANYTHING}),
        ("{{ query (printf $labels.x) }}", {ANYTHING}),
        ("{{ query $labels.x }}", {ANYTHING}),
        ('{{ "a" | query }}', {ANYTHING}),
        ('{{ query "sum(" }}', {ANYTHING}),
        ("{{ query \"{job='x'}\" }}", {ANYTHING}),
    ],
)
def test_what_a_template_asks_for_is_read_off_its_text(text, names):
    assert asked([compile_template(text)]) == names

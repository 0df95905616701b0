from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.template import Template, TemplateFault, compile_tree, render_tree


def test_variables_are_filled_in():
    assert (
        Template("{{ base }}/v1/{{ id | urlencode }}").render({"base": "http://l", "id": "a b"}) == "http://l/v1/a%20b"
    )


def test_a_template_knows_what_it_needs():
    assert Template("{{ a }}{% if b %}{{ c }}{% endif %}{% set d = 1 %}{{ d }}").names == {"a", "b", "c"}


def test_text_stays_as_it_is_to_the_last_newline():
    assert Template("a\n\n<&>'\"\n").render({}) == "a\n\n<&>'\"\n"


@pytest.mark.parametrize("text", ["{{ }", "{% if %}", "{{ a | nofilter }}", "{{ a b }}", "{% for %}"])
def test_what_is_no_template_is_told_when_it_is_compiled(text):
    with pytest.raises(ValueError, match="is not a template"):
        Template(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ missing }}",
        "{{ a.b.c }}",
        "{{ a + 1 }}",
        "{{ 1 / 0 }}",
        "{{ a.__class__.__mro__ }}",
        "{{ a['x'] }}",
        "{{ 'x' % a }}",
        "{{ range(3) }}",
    ],
)
def test_what_cannot_be_filled_in_is_a_fault_that_names_the_template(text):
    with pytest.raises(TemplateFault, match="cannot fill in"):
        Template(text).render({"a": "1"})


@given(st.text(st.sampled_from("{}%#a |'\"()[].+-*/0\n\\"), max_size=30))
def test_any_text_is_a_template_or_says_that_it_is_not(text):
    try:
        template = Template(text)
    except ValueError:
        return
    with suppress(TemplateFault):
        assert isinstance(template.render({"a": "1"}), str)


def test_the_texts_of_a_tree_are_filled_in_and_the_rest_is_kept():
    tree = compile_tree({"a": ["{{ x }}", 1, None, True, 1.5], 7: {"b": "y"}})
    assert render_tree(tree, {"x": "00"}) == {"a": ["00", 1, None, True, 1.5], "7": {"b": "y"}}


def test_json_has_no_infinity():
    with pytest.raises(ValueError, match="no such number"):
        compile_tree({"a": [float("inf")]})

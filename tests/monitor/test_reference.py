import pytest

from monitor.reference import pages


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_a_reference_page_says_what_the_code_says(path):
    assert path.read_text(encoding="utf-8") == pages()[path], "stale; run `make reference`"

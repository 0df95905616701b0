"""The engine against the scripts with which Prometheus tests its own, where they lie beside the project."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from promqlscript import cases, check

REFERENCE = Path(__file__).parents[4] / "shared" / "promql"
LEFT_OUT: dict[tuple[str, int], str] = {}
"""By file and line: why a case does not pass."""


def in_scope() -> Iterator[tuple[str, int]]:
    """The cases for floats that use nothing experimental."""
    table = REFERENCE / "core.tsv"
    if not table.exists():
        return
    for line in table.read_text(encoding="utf-8").splitlines():
        name, number, marker, *_ = [*line.split("\t"), "", ""]
        if marker == "1":
            yield name, int(number)


@cache
def script(name):
    text = (REFERENCE / "testdata" / name).read_text(encoding="utf-8")
    return {case.line: case for case in cases(text)}


CASES = tuple(in_scope())


@pytest.mark.skipif(not CASES, reason=f"Prometheus' scripts are not in {REFERENCE}")
def test_every_case_left_out_exists():
    assert set(LEFT_OUT) <= set(CASES)


@pytest.mark.parametrize(("name", "line"), CASES, ids=str)
def test_a_case_gives_what_prometheus_gives(name, line):
    if reason := LEFT_OUT.get((name, line)):
        pytest.skip(reason)
    check(script(name)[line])

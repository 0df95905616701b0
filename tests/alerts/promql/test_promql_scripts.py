"""Our own scripts, one file per subject, in the notation of `promqlscript`."""

from pathlib import Path

import pytest
from promqlscript import cases, check

CASES = [
    pytest.param(case, id=f"{path.stem}:{case.line}")
    for path in sorted((Path(__file__).parent / "scripts").glob("*.test"))
    for case in cases(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("case", CASES)
def test_an_expression_gives_what_its_script_says(case):
    check(case)

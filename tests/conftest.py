import os
import shutil
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[1] / ".tools" / "bin"


def reference(program):
    """The path of a program that we compare with. Without it the test is skipped, but not in continuous integration."""
    path = shutil.which(program, path=f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}")
    if path is None:
        miss = pytest.fail if os.environ.get("CI") else pytest.skip
        miss(f"{program} is neither in {TOOLS} nor in PATH; scripts/install-reference-servers fetches it")
    return path


@pytest.fixture(scope="session")
def promtool():
    """Prometheus' own checker."""
    return reference("promtool")


@pytest.fixture(scope="session")
def vmalert():
    """Another evaluator of Prometheus' rule files, which asks for what it evaluates over HTTP."""
    return reference("vmalert")


@pytest.fixture(scope="session")
def prometheus():
    """A Prometheus of version 3 or later."""
    return reference("prometheus")

import os
import shutil
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / ".tools" / "bin"


@pytest.fixture(scope="session")
def promtool():
    """Prometheus' own checker; without it the tests that need it are skipped, but not in continuous integration."""
    path = shutil.which("promtool", path=f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}")
    if path is None and os.environ.get("CI"):
        pytest.fail(f"promtool is neither in {TOOLS} nor in PATH")
    if path is None:
        pytest.skip(f"promtool is neither in {TOOLS} nor in PATH")
    return path

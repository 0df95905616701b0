"""The long test starts first, so that the others run beside it."""

from pathlib import Path

LONGEST = "test_demo"


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: Path(item.fspath).stem != LONGEST)

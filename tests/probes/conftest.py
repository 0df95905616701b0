import pytest

from probes.settlement import Settlement


@pytest.fixture
def settlement(tmp_path):
    with Settlement(tmp_path / "settlement.jsonl") as journal:
        yield journal

import pytest

from drawdown.document import load_document
from drawdown.errors import InvalidInput
from probes.settings import ProbeSettings


def test_settings_have_defaults_and_take_durations():
    settings = load_document("{replay_every: 5m, journeys: [a.yaml]}", source="m.yaml").bind(ProbeSettings)
    assert settings.replay_every == 300.0
    assert [str(path) for path in settings.journeys] == ["a.yaml"]
    assert str(ProbeSettings().settlement) == "settlement.jsonl"


@pytest.mark.parametrize("text", ["{replay: 5m}", "{replay_every: 5}", "{replay_every: 0s}", "{journeys: 5}"])
def test_settings_that_mean_nothing_are_refused(text):
    with pytest.raises(InvalidInput):
        load_document(text, source="m.yaml").bind(ProbeSettings)

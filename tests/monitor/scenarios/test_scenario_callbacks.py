"""Callbacks of a scenario are counted as the collector would count them one by one."""

import msgspec
from scenario_texts import scenario

from collector.callbacks import Callbacks
from collector.census import Census
from collector.recorder import Recorder
from collector.settings import CollectorSettings
from drawdown.catalogue import CALLBACK_LAG
from drawdown.series import NAME
from monitor.config import built_in_codes
from monitor.scenarios.beats import OwnTrouble
from monitor.scenarios.intake import Intake
from monitor.scenarios.living import live
from monitor.scenarios.run import vocabulary
from sandbox.report import CallbackReport

TEXT = """
title: callbacks of one channel leave late
family: slice
lasts: 4m
crowd: {rate: 10}
faults:
  - {kind: callbacks_late, where: {channel: alpha}, strength: 45, from: 1m, to: 2m}
truth: []
"""
LAGS = set(CALLBACK_LAG.series_names)


def test_lags_in_columns_are_the_lags_one_by_one():
    found = scenario(TEXT)
    lived = live(found, 2, built_in_codes())
    words = vocabulary(found)
    census = Census(words, now=found.start)
    taken = Intake(census, words, built_in_codes()).take(lived, OwnTrouble(()))
    end = found.start + found.seconds + 1
    columns = census.count([taken.callbacks], [end], names=LAGS)
    counted = dict(zip(columns.labels, columns.each[:, 0].tolist(), strict=True))
    recorder = Recorder(words, now=found.start)
    callbacks = Callbacks(recorder, vocabulary=words, settings=CollectorSettings())
    for at, event in lived.told:
        if isinstance(event, CallbackReport):
            assert callbacks.take(msgspec.json.encode(event), "application/json", now=at).accepted == 1
    expected = {each: value for each, value in zip(*recorder.row(), strict=True) if each[NAME] in LAGS}
    assert sum(value for each, value in expected.items() if each[NAME].endswith("_count")) > 1000
    assert counted.keys() == expected.keys()
    assert all(abs(counted[each] - value) < 1e-6 * max(1, value) for each, value in expected.items())

import math

import pytest

from alerts.promql import parse
from monitor.replay.reach import reach


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1 + 2", 0),
        ("up", 300),
        ("up offset 1h", 3900),
        ("up offset -1h", 300),
        ("sum(rate(up[1d]))", 86_400),
        ("rate(up[5m] offset 1d) / rate(up[1h])", 86_700),
        ("max_over_time(rate(up[5m])[1h:10m])", 3600 + 600 + 300),
        ("max_over_time(up[1h:])", 3600 + 60 + 300),
        ("max_over_time((up offset 1m)[1h:1m] offset 1d)", 86_400 + 3600 + 60 + 60 + 300),
        ("up @ 0", math.inf),
        ("sum(up) > bool (down and rate(down[2h]))", 7200),
    ],
)
def test_it_is_the_oldest_sample_that_an_expression_can_read(text, seconds):
    assert reach(parse(text)) == seconds

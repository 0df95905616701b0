import gzip
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay_recordings import HOURLY, columns, hour, read

from drawdown.errors import InvalidInput
from drawdown.series import Labels
from monitor.replay.counts import read_counts
from monitor.replay.lines import Refusals

START = datetime(2025, 3, 1, tzinfo=UTC).timestamp()
HEADER = "hour,kind,tries,wins\n"
GOOD = f"{HEADER}2025-03-01 00,a,10,6\n2025-03-01 01,a,20,5\n2025-03-01 01,b,3,3\n"


def grown(counts):
    """By start of the step and series: by how much it grew."""
    names = [repr(labels) for labels in counts.series()]
    return {
        (start, name): amount
        for start, row in counts.added()
        for name, amount in zip(names, row.tolist(), strict=True)
        if amount
    }


@pytest.mark.parametrize("name", ["counts.csv", "counts.csv.gz"])
def test_a_line_says_by_how_much_counters_grew_in_a_step(tmp_path, name):
    counts, refusals = read(tmp_path, GOOD, name=name)
    assert grown(counts) == {
        (START, 'tries_total{kind="a"}'): 10,
        (START, 'wins_total{kind="a"}'): 6,
        (START + 3600, 'tries_total{kind="a"}'): 20,
        (START + 3600, 'wins_total{kind="a"}'): 5,
        (START + 3600, 'tries_total{kind="b"}'): 3,
        (START + 3600, 'wins_total{kind="b"}'): 3,
    }
    assert (counts.start, counts.end, refusals.count) == (START, START + 7200, 0)


def test_lines_may_stand_in_any_order_and_their_like_add_up(tmp_path):
    counts, _ = read(tmp_path, f"{HEADER}2025-03-01 05,a,1,0\n2025-03-01 00,a,2,0\n2025-03-01 05,a,3,0\n")
    assert grown(counts) == {(START, 'tries_total{kind="a"}'): 2, (START + 18_000, 'tries_total{kind="a"}'): 4}


def test_columns_that_are_not_named_do_not_matter(tmp_path):
    counts, _ = read(tmp_path, "note,wins,tries,kind,hour\nx,6,10,a,2025-03-01 00\ny,5,20,a,2025-03-01 00\n")
    assert grown(counts) == {(START, 'tries_total{kind="a"}'): 30, (START, 'wins_total{kind="a"}'): 11}


def test_times_within_a_step_belong_to_it_by_the_clock_of_their_zone(tmp_path):
    described = HOURLY.replace('{column: hour, format: "%Y-%m-%d %H"}', "{column: hour, timezone: Asia/Kolkata}")
    counts, _ = read(tmp_path, f"{HEADER}2025-03-01 05:31:07,a,1,1\n2025-03-01 06:29:59,a,2,1\n", described)
    assert counts.at.tolist() == [START - 1800, START + 1800]  # 05:00 and 06:00 of a clock that is 5 h 30 ahead


def test_codes_get_the_words_that_are_written_for_them_and_a_label_may_be_the_same_for_all(tmp_path):
    described = HOURLY.replace("{kind: kind}", '{reason: {column: kind, values: {"51": limit}}, from: {value: till}}')
    counts, _ = read(tmp_path, f"{HEADER}2025-03-01 00,51,1,0\n2025-03-01 00,99,1,0\n", described)
    assert set(counts.sets) == {Labels({"reason": "limit", "from": "till"}), Labels({"reason": "99", "from": "till"})}


def test_bad_lines_are_told_with_their_number_and_good_ones_are_kept(tmp_path):
    bad = [
        "2025-03-01 02,a,many,1",
        "2025-03-01 02,a,-1,1",
        "2025-03-01 02,a,nan,1",
        "2025-03-01 02,a,,1",
        "March,a,1,1",
        "2025-03-01 02,a,1",
        "2033-03-01 02,a,1,1",
        "1970-01-01 00,a,1,1",
    ]
    counts, refusals = read(tmp_path, GOOD + "\n".join(bad) + "\n\n2025-03-01 03,a,7,7\n")
    assert sum(grown(counts).values()) == 47 + 14
    assert refusals.count == len(bad)
    assert [str(problem) for problem in refusals.problems] == [
        "counts.csv:5:1: 'many' is not a number",
        "counts.csv:6:1: '-1' cannot be a count",
        "counts.csv:7:1: 'nan' cannot be a count",
        "counts.csv:8:1: '' is not a number",
        "counts.csv:9:1: 'March' is not a time as %Y-%m-%d %H",
        "counts.csv:10:1: has 3 cells, the header 4",
        "counts.csv:11:1: lies more than a month from the other lines; is its time right?",
        "counts.csv:12:1: lies more than a month from the other lines; is its time right?",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; the first line must name the columns"),
        (HEADER, "holds no line that can be used"),
        (f"{HEADER}x,a,1,1\n", "counts.csv:2:1: 'x' is not a time as %Y-%m-%d %H"),
        ("hours,kind,tries,wins\n", "counts.csv:1:1: unknown column 'hour'; known here: hours, kind, tries, wins"),
        ("hour,kind,tries,tries\n", "counts.csv:1:1: two columns are named 'tries'; rename one"),
        ("hour,kind,tries,tries\n", "counts.csv:1:1: unknown column 'wins'"),
    ],
)
def test_a_file_of_which_nothing_can_be_used_is_refused(tmp_path, text, message):
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path):
    for path in (tmp_path / "gone.csv", tmp_path):
        with pytest.raises(InvalidInput, match="cannot be read: "):
            read_counts(path, columns(), Refusals(source="x"))


def test_what_stands_before_the_damage_of_a_compressed_file_is_kept(tmp_path):
    lines = "".join(f"{hour(number)},a,{number},1\n" for number in range(700))
    whole = gzip.compress((HEADER + lines).encode())
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    refusals = Refusals(source="cut.csv.gz")
    counts = read_counts(path, columns(), refusals)
    assert 0 < len(counts.at) < 700
    assert refusals.count == 1
    assert "cannot be read on" in refusals.problems[0].message


def test_a_byte_order_mark_and_bytes_that_are_no_text_do_no_harm(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode().replace(b",b,", b",\xff,"))
    counts = read_counts(path, columns(), Refusals(source="counts.csv"))
    assert sum(grown(counts).values()) == 47


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.sampled_from("abc"), st.integers(0, 10**6), st.integers(0, 10**6)),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=50)
def test_nothing_is_lost_or_made_up(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("counts")
    text = HEADER + "".join(f"{hour(at)},{kind},{tries},{wins}\n" for at, kind, tries, wins in rows)
    counts, _ = read(folder, text)
    total = np.sum([row for _, row in counts.added()], axis=0)
    by_series = {repr(labels): value for labels, value in zip(counts.series(), total.tolist(), strict=True)}
    for kind in {row[1] for row in rows}:
        assert by_series[f'tries_total{{kind="{kind}"}}'] == sum(row[2] for row in rows if row[1] == kind)
        assert by_series[f'wins_total{{kind="{kind}"}}'] == sum(row[3] for row in rows if row[1] == kind)
    assert len(counts.at) == len(rows)

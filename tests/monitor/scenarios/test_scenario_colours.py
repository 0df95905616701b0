"""A reason has one colour on a page, and what stands side by side can be told apart."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawdown.reasons import Reason
from monitor.scenarios.colours import COLOURS, colours

REASONS = tuple(Reason)
GROUNDS = {"light": "#ffffff", "dark": "#14171c"}
A_SHAPE_IS_SEEN = 3.0
"""The contrast that WCAG asks of what is drawn."""


def brightness(colour):
    """Relative luminance as WCAG has it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("colour", COLOURS)
def test_a_colour_is_seen_on_every_ground(colour, ground):
    dark, light = sorted((brightness(colour), brightness(GROUNDS[ground])))
    assert (light + 0.05) / (dark + 0.05) >= A_SHAPE_IS_SEEN


@given(st.lists(st.sets(st.sampled_from(REASONS), max_size=6), max_size=30))
def test_reasons_share_a_colour_only_where_there_are_more_reasons_than_colours(pictures):
    found = colours(pictures)
    assert set(found) == set().union(*pictures)
    assert len(set(found.values())) == min(len(found), len(COLOURS))


def test_those_share_a_colour_that_no_picture_shows_together():
    pictures = [REASONS[at : at + 6] for at in range(0, 24, 6)]
    found = colours(pictures)
    assert len(found) == 24
    for picture in pictures:
        assert all(found[one] != found[other] for one, other in combinations(picture, 2))


def test_the_order_of_pictures_changes_no_colour():
    pictures = [REASONS[:6], REASONS[3:9], REASONS[20:22]]
    assert colours(pictures) == colours(pictures[::-1])

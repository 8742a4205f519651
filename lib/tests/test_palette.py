"""Palettes: what goes in comes out, every photo alike; distances by hand, and as a metric."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from albumen.consent import Consent
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.profile.palette import COLOURS, palette_distance, palette_of
from albumen.records import Colour
from albumen.tables import FACES, LOOKS, PALETTE, PHOTOS

RED, BLUE, GREY = (50.0, 60.0, 40.0), (30.0, 10.0, -50.0), (60.0, 0.0, 0.0)


def library(*photos: list[tuple[tuple[float, ...], float]]) -> Library:
    """A library of photos that were looked at, each given by its colours and their shares."""
    ids = [f"{number:02d}" for number in range(len(photos))]
    rows = np.zeros((len(photos), PALETTE, 4), np.float32)
    for row, photo in zip(rows, photos, strict=True):
        for place, (lab, share) in enumerate(photo):
            row[place] = (*lab, share)
    table = pd.DataFrame({name: [None] * len(ids) for name in PHOTOS.names}).assign(photo_id=ids)
    measures = dict.fromkeys(LOOKS.names, 0.0) | {"photo_id": ids}
    looks = pd.DataFrame(
        measures | {"palette": rows.reshape(len(ids), 4 * PALETTE).tolist()}, range(len(ids))
    )
    faces = FACES.empty_table().to_pandas()
    vectors = np.zeros((len(ids), 1))
    return Library("robin", Consent("Robin"), table, vectors, faces, "none", looks=looks)


def of(*colours: tuple[tuple[float, ...], float]) -> tuple[Colour, ...]:
    return tuple(Colour(lab, weight) for lab, weight in colours)


def as_pairs(palette: tuple[Colour, ...]) -> list:
    return [(one.lab, pytest.approx(one.weight)) for one in palette]


# an owner's palette


def test_every_photo_counts_alike():
    found = palette_of(library([(RED, 1.0)], [(RED, 0.5), (BLUE, 0.5)], [(GREY, 1.0)]))
    assert as_pairs(found) == [(RED, 0.5), (GREY, 1 / 3), (BLUE, 1 / 6)]


def test_weights_count_photos_and_none_hides_them():
    photos = library([(RED, 1.0)], [(BLUE, 1.0)], [(GREY, 1.0)])
    found = palette_of(photos, np.array([1.0, 3.0, 0.0]))
    assert as_pairs(found) == [(BLUE, 0.75), (RED, 0.25)]


def test_weights_go_by_photo_where_one_was_not_looked_at():
    photos = library([(RED, 1.0)], [(BLUE, 1.0)], [(GREY, 1.0)])
    part = Library(**{**vars(photos), "looks": photos.looks[1:]})
    assert as_pairs(palette_of(part, np.array([7.0, 1.0, 3.0]))) == [(GREY, 0.75), (BLUE, 0.25)]


def test_colours_that_hardly_differ_are_one():
    near = (RED[0] + 4, RED[1], RED[2])
    (one, other) = palette_of(library([(RED, 0.5), (near, 0.25), (BLUE, 0.25)]))
    assert one.weight == pytest.approx(0.75) and other.lab == BLUE
    assert one.lab == pytest.approx((RED[0] + 4 / 3, RED[1], RED[2]), abs=0.01)


def test_no_more_colours_than_asked_and_the_same_twice():
    rng = np.random.default_rng(0)
    photos = [
        [(tuple(rng.uniform(-60, 60, 3)), 1 / PALETTE) for _ in range(PALETTE)] for _ in range(30)
    ]
    many = library(*photos)
    found = palette_of(many, seed=3)
    assert len(found) == COLOURS and palette_of(many, seed=3) == found
    assert len(palette_of(many, colours=3)) == 3
    weights = [one.weight for one in found]
    assert weights == sorted(weights, reverse=True) and sum(weights) == pytest.approx(1)


def test_nothing_seen_has_no_colours():
    assert palette_of(library()) == ()
    assert palette_of(library([(RED, 1.0)]), np.zeros(1)) == ()


# distances


def test_a_distance_by_hand():
    """Half the red is moved 100 to blue, the other half stays."""
    a, b = of(((50.0, 60.0, 0.0), 1.0)), of(((50.0, 60.0, 0.0), 0.5), ((50.0, 0.0, 80.0), 0.5))
    assert palette_distance(a, b) == pytest.approx(50)
    # 3-4-5 in L and a, weights crossing: the cheap pair takes all it can
    c, d = of(((0.0, 0.0, 0.0), 0.75), ((30.0, 40.0, 0.0), 0.25)), of(((30.0, 40.0, 0.0), 1.0))
    assert palette_distance(c, d) == pytest.approx(0.75 * 50)


palettes = st.lists(
    st.tuples(
        st.tuples(st.floats(0, 100), st.floats(-100, 100), st.floats(-100, 100)),
        st.floats(0.05, 1),
    ),
    min_size=1,
    max_size=5,
).map(lambda rows: of(*((lab, share / sum(part for _, part in rows)) for lab, share in rows)))


@settings(max_examples=60)
@given(palettes, palettes, palettes)
def test_it_is_a_metric(a, b, c):
    ab, bc, ac = palette_distance(a, b), palette_distance(b, c), palette_distance(a, c)
    assert palette_distance(a, a) == pytest.approx(0, abs=1e-6)
    assert ab == pytest.approx(palette_distance(b, a), abs=1e-6)
    assert ac <= ab + bc + 1e-6
    # no colour is moved further than the furthest pair, and the means move no further than that
    assert ab <= max(np.linalg.norm(np.subtract(x.lab, y.lab)) for x in a for y in b) + 1e-6
    means = [sum(one.weight * np.array(one.lab) for one in palette) for palette in (a, b)]
    assert ab >= np.linalg.norm(means[0] - means[1]) - 1e-6


@settings(max_examples=60)
@given(palettes, palettes)
def test_along_a_line_it_is_the_closed_form(a, b):
    grey_a, grey_b = (of(*(((one.lab[0], 0.0, 0.0), one.weight) for one in p)) for p in (a, b))
    closed = wasserstein_distance(
        *([one.lab[0] for one in p] for p in (a, b)), *([one.weight for one in p] for p in (a, b))
    )
    assert palette_distance(grey_a, grey_b) == pytest.approx(closed, abs=1e-6)


def test_a_palette_moved_as_a_whole_is_that_far_away():
    moved = of(*(((one.lab[0] + 3, one.lab[1] - 4, one.lab[2]), one.weight) for one in MIXED))
    assert palette_distance(MIXED, moved) == pytest.approx(5)


MIXED = of((RED, 0.5), (BLUE, 0.3), (GREY, 0.2))


def test_without_colours_there_is_no_distance():
    with pytest.raises(AlbumenError, match="without colours"):
        palette_distance((), MIXED)

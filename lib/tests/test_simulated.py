"""Simulated owners take photos as said, of what they like and when, and are marked as such."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import silhouette_score

from albumen.errors import AlbumenError
from albumen.profile.palette import palette_distance, palette_of
from albumen.profile.vocabulary import unit
from albumen.profile.weights import occasions
from albumen.records import Colour
from albumen.simulated import LEAST_SHARE, Pool, owner
from albumen.tables import LOOKS, PALETTE, PHOTOS, to_arrow

THEMES = ("beach", "city", "food", "forest")


@pytest.fixture(scope="module")
def pool() -> Pool:
    """Four themes of twelve photos; in each, photos of every hue."""
    rng = np.random.default_rng(0)
    kinds = np.repeat(np.arange(4), 12)
    vectors = unit(rng.normal(size=(4, 32))[kinds] + 0.5 * rng.normal(size=(48, 32)))
    hue = np.tile(np.arange(12), 4) * np.pi / 6
    palettes = np.zeros((48, PALETTE, 4), np.float32)
    palettes[:, 0] = np.stack([np.full(48, 60), 40 * np.cos(hue), 40 * np.sin(hue), np.ones(48)], 1)
    looks = pd.DataFrame({name: np.zeros(48, np.float32) for name in LOOKS.names})
    looks["photo_id"] = [str(number) for number in range(48)]
    looks["palette"] = list(palettes.reshape(48, -1))
    return Pool(vectors, tuple(np.array(THEMES)[kinds]), "stub", looks)


def test_it_is_marked_as_simulated_wherever_it_goes(pool: Pool) -> None:
    made = owner(pool, 60, seed=1).library
    assert set(made.photos.source) == {"simulated"} and "(simulated)" in made.consent.owner
    assert made.name == "simulated-1" and made.photos.photo_id.str.startswith("simulated").all()


def test_its_tables_are_those_of_a_library(pool: Pool) -> None:
    made = owner(pool, 60, seed=1).library
    assert len(to_arrow(made.photos, PHOTOS)) == len(to_arrow(made.looks, LOOKS)) == 60
    np.testing.assert_allclose(np.linalg.norm(made.vectors, axis=1), 1, atol=1e-6)
    assert made.photos.photo_id.is_unique


def test_the_same_seed_is_the_same_owner(pool: Pool) -> None:
    first, second, other = (owner(pool, 100, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first.library.vectors, second.library.vectors)
    pd.testing.assert_frame_equal(first.library.photos, second.library.photos)
    assert not np.array_equal(first.library.vectors, other.library.vectors)


def test_photos_are_of_what_is_liked_occasion_by_occasion(pool: Pool) -> None:
    made = owner(pool, 20_000, seed=5, interests=3)
    assert (made.preferences > 0).sum() == 3 and made.preferences.sum() == pytest.approx(1)
    assert made.preferences[made.preferences > 0].min() >= LEAST_SHARE
    liked = ~np.array(made.clutter)
    table = pd.DataFrame({"theme": made.themes, "occasion": occasions(made.library.photos)})
    first = table[liked].drop_duplicates("occasion").theme.value_counts(normalize=True)
    shares = first.reindex(pool.names, fill_value=0.0)
    # an occasion is one draw: with some 1,500 of them three standard errors are 4 points
    np.testing.assert_allclose(shares, made.preferences, atol=0.04)
    assert set(np.array(made.themes)[~liked]) == set(THEMES)  # clutter is of anything
    assert 0.07 < (~liked).mean() < 0.13


def test_tastes_drift_from_the_early_to_the_late_ones(pool: Pool) -> None:
    made = owner(pool, 20_000, seed=6, interests=2, drift=1.0)
    year = made.library.photos.taken_local.dt.year
    table = pd.DataFrame({"theme": made.themes, "occasion": occasions(made.library.photos)})
    table = table[~np.array(made.clutter)].drop_duplicates("occasion")
    for when, truth in ((year.min(), made.early), (year.max(), made.late)):
        shares = table.theme[year[table.index] == when].value_counts(normalize=True)
        nearer = np.abs(shares.reindex(pool.names, fill_value=0.0) - truth).sum()
        assert nearer < 0.35 < np.abs(made.early - made.late).sum()
    still = owner(pool, 100, seed=6)
    np.testing.assert_array_equal(still.early, still.late)


def test_labels_are_wrong_as_often_as_said(pool: Pool) -> None:
    for noise in (0.0, 0.4):
        made = owner(pool, 4000, seed=7, label_noise=noise)
        said = [albums[0] for albums in made.library.photos.albums]
        wrong = np.mean(np.array(said) != np.array(made.themes))
        assert wrong == pytest.approx(noise * 3 / 4, abs=0.03)  # one of four is right by chance


def test_vectors_spread_as_the_pools(pool: Pool) -> None:
    made = owner(pool, 2000, seed=8, interests=4)
    first = np.unique(occasions(made.library.photos), return_index=True)[1]  # one an occasion
    fresh = silhouette_score(made.library.vectors[first], np.array(made.themes)[first])
    assert fresh == pytest.approx(silhouette_score(pool.vectors, pool.themes), abs=0.1)


def test_owners_pick_colours_that_they_like(pool: Pool) -> None:
    made = [owner(pool, 600, seed=seed, interests=4) for seed in range(4)]
    mapped = [palette_of(one.library) for one in made]
    for at, found in enumerate(mapped):
        far = [palette_distance(found, one.palette) for one in made]
        assert int(np.argmin(far)) == at and far[at] < 12
    assert all(isinstance(colour, Colour) for colour in made[0].palette)


def test_without_looks_there_is_no_palette(pool: Pool) -> None:
    blind = Pool(pool.vectors, pool.themes, "stub")
    made = owner(blind, 50, seed=0)
    assert made.palette == () and made.library.looks.empty


@pytest.mark.parametrize(
    ("themes", "said"), [(("a",) * 10, "it has one theme"), (("a",) * 7 + ("b",) * 3, "'b' has 3")]
)
def test_a_pool_that_is_too_poor_is_refused(themes: tuple[str, ...], said: str) -> None:
    with pytest.raises(AlbumenError, match=said):
        Pool(np.eye(10), themes, "stub")

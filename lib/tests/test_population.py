"""Lift says what is typical of an owner, how sure that is, and nothing else of the others."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from albumen.consent import Consent
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.profile.population import against, lifts, theme_lift
from albumen.profile.vocabulary import themes
from albumen.records import Interest, Profile, Trait, Trust, to_json
from albumen.tables import FACES, PHOTOS

DIM = 16


class Toy:
    """Every theme of the vocabulary by itself, on an axis of its own."""

    name = "toy"
    dim = len(themes())

    def embed_images(self, images: list) -> np.ndarray:
        raise NotImplementedError

    def embed_texts(self, texts: list[str]) -> np.ndarray:
        phrases = list(themes().values())
        places = [phrases.index(text.removeprefix("a photo of ")) for text in texts]
        return np.eye(self.dim, dtype=np.float32)[places]


def library(name: str, vectors: np.ndarray, occasions: np.ndarray | None = None) -> Library:
    """Photos of which each is an occasion, or those of one number in `occasions` are of one day."""
    count = len(vectors)
    photos = pd.DataFrame({column: [None] * count for column in PHOTOS.names})
    photos["photo_id"] = [f"{name} {number}" for number in range(count)]
    for column in ("albums", "people", "keywords", "flags", "places"):
        photos[column] = [[] for _ in range(count)]
    photos["favourite"], photos["time_source"] = False, "unknown"
    if occasions is not None:
        photos["time_source"] = "day in name"
        photos["taken_local"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(occasions, "D")
    faces = pd.DataFrame({column: [] for column in FACES.names})
    return Library(name, Consent(owner=name), photos, vectors.astype(np.float32), faces, "toy")


def about(kinds: list[int], dim: int = DIM, seed: int = 0) -> np.ndarray:
    """Photos near the axes `kinds`, none a near-duplicate of another."""
    noise = np.random.default_rng([seed, *kinds[:3]]).normal(size=(len(kinds), dim))
    rows = np.eye(dim)[kinds] + 0.5 * noise / np.sqrt(dim)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def profile(
    of: Library, groups: dict[str, list[int]] | None = None, traits: tuple[Trait, ...] = ()
) -> Profile:
    ids, vectors = of.photos.photo_id.to_numpy(), of.vectors
    interests = []
    for name, rows in (groups or {}).items():
        mean = vectors[rows].mean(axis=0)
        direction = tuple(float(x) for x in mean / np.linalg.norm(mean))
        members = tuple(ids[rows])
        interests.append(Interest(name, (), "", (), members, 0.5, 1.0, 1.0, direction))
    return Profile(of.name, "toy", tuple(interests), (), (), len(ids), Trust(True), (), {}, traits)


def test_a_hand_worked_lift() -> None:
    # three owners with ten occasions each, of which 6, 2 and 3 show it: 11.5 of 31 in all, so the
    # prior is half an occasion of 1.348 and the shares are 6.5, 2.5 and 3.5 of 11.348
    found = lifts(np.array([[6.0], [2.0], [3.0]]), np.full((3, 1), 10.0))
    assert found.share[0] == pytest.approx(6.5 / 11.34783, rel=1e-5)
    assert found.population[0] == pytest.approx(3 / 11.34783, rel=1e-5)
    assert found.ratio[0] == pytest.approx(6.5 / 3)
    # the owner's part by drawing from its posterior; the others' chance is more than they differ
    drawn = np.random.default_rng(0).beta(6.5, 4.84783, 1_000_000)
    shares = np.array([2.5, 3.5]) / 11.34783
    chance = (shares * (1 - shares) / 12.34783).sum() / 4
    assert chance > shares.var(ddof=1) / 2
    others, own = chance / shares.mean() ** 2, np.log(drawn).var()
    reach = student.ppf(0.975, (own + others) ** 2 / others**2) * np.sqrt(others)
    least, most = np.log(np.quantile(drawn, [0.025, 0.975]) / (6.5 / 11.34783))
    ends = 6.5 / 3 * np.exp([-np.hypot(least, reach), np.hypot(most, reach)])
    np.testing.assert_allclose([found.low[0], found.high[0]], ends, rtol=1e-2)


@pytest.mark.parametrize("times", [1, 3])
def test_intervals_cover_the_true_ratio_at_about_their_level(times: int) -> None:
    rng = np.random.default_rng(times)
    share, owners, occasions = 0.2, 9, 60
    shown = rng.binomial(occasions, [[share * times]] + [[share]] * owners, (owners + 1, 4000))
    found = lifts(shown.astype(float), np.full((owners + 1, 1), float(occasions)))
    covered = ((found.low <= times) & (times <= found.high)).mean()
    assert 0.93 <= covered <= 0.98
    assert np.median(found.ratio) == pytest.approx(times, rel=0.05)


def test_intervals_cover_owners_who_differ() -> None:
    # the others' true shares vary a lot (a standard deviation of .13 about .2); this owner's is .2
    rng = np.random.default_rng(0)
    shares = np.vstack([np.full(4000, 0.2), rng.beta(2, 8, (6, 4000))])
    found = lifts(rng.binomial(60, shares).astype(float), np.full((7, 1), 60.0))
    assert 0.92 <= ((found.low <= 1) & (found.high >= 1)).mean() <= 0.98


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 500), st.floats(0, 1)), min_size=3, max_size=12),
)
def test_no_lift_is_infinite(owners: list[tuple[int, float]]) -> None:
    known = np.array([[float(count)] for count, _ in owners])
    shown = known * [[share] for _, share in owners]
    found = lifts(shown, known)
    assert np.isfinite(np.concatenate(found)).all()
    assert 0 < found.low[0] <= found.ratio[0] <= found.high[0]


def test_what_nobody_shows_is_as_usual_and_unsure() -> None:
    found = lifts(np.zeros((4, 1)), np.full((4, 1), 20.0))
    assert found.ratio[0] == pytest.approx(1) and found.low[0] < 0.01 and found.high[0] > 5


def test_few_owners_make_a_wide_interval() -> None:
    widths = []
    for others in (2, 4, 16):
        shown = np.array([[10.0], *([[4.0], [8.0]] * (others // 2))])
        found = lifts(shown, np.full((others + 1, 1), 40.0))
        widths.append(float(found.high[0] / found.low[0]))
    assert widths[0] > widths[1] > widths[2]


def three_others(kinds: list[int], **options) -> list[tuple[Library, Profile]]:
    made = [library(f"other {n}", about(kinds, seed=n + 1), **options) for n in range(3)]
    return [(one, profile(one)) for one in made]


def test_an_interest_is_lifted_by_how_much_more_its_owner_shows_it() -> None:
    # the owner shows the first kind in 15 of 20 photos, the others in 5 of 20
    mine = library("robin", about([0] * 15 + [1] * 5))
    groups = {"first": list(range(15)), "second": list(range(15, 20))}
    found = against(profile(mine, groups), mine, three_others([0] * 5 + [1] * 15))
    first, second = found.interests
    assert 2.2 < first.lift.ratio < 3.5 and first.lift.low > 1
    assert 0.25 < second.lift.ratio < 0.45 and second.lift.high < 1
    assert first.lift.owners == 3


def test_photos_of_one_occasion_are_no_independent_votes() -> None:
    kinds = [0] * 15 + [1] * 15
    rest = three_others([0] * 5 + [1] * 25)
    groups = {"first": list(range(15))}
    many = library("robin", about(kinds))
    one_day = library("robin", about(kinds), np.array([0] * 15 + list(range(1, 16))))
    sure, unsure = (against(profile(x, groups), x, rest).interests[0].lift for x in (many, one_day))
    assert unsure.ratio < sure.ratio / 3  # one occasion of sixteen
    assert unsure.high / unsure.low > 2 * sure.high / sure.low


def test_an_owner_like_the_others_has_lifts_near_one() -> None:
    # seven owners of the same three kinds at random; groups are the kinds that were drawn
    rng = np.random.default_rng(0)
    ratios, covered = [], []
    for trial in range(15):
        drawn = [list(rng.integers(0, 3, 40)) for _ in range(7)]
        made = [library(f"{n}", about(kinds, seed=7 * trial + n)) for n, kinds in enumerate(drawn)]
        groups = {str(k): [n for n, kind in enumerate(drawn[0]) if kind == k] for k in range(3)}
        others = [(one, profile(one)) for one in made[1:]]
        for one in against(profile(made[0], groups), made[0], others).interests:
            ratios.append(one.lift.ratio)
            covered.append(one.lift.low <= 1 <= one.lift.high)
    assert np.median(ratios) == pytest.approx(1, abs=0.08)
    assert np.mean(covered) >= 0.9


def test_the_owners_own_photos_elsewhere_do_not_count() -> None:
    mine = library("robin", about([0] * 15 + [1] * 5))
    mapped = profile(mine, {"first": list(range(15))}, (Trait("mood", "calm", 0.5, 10, 20),))
    calm = (Trait("mood", "calm", 0.1, 2, 20),)
    rest = [(one, profile(one, traits=calm)) for one, _ in three_others([0] * 5 + [1] * 15)]
    shared = dataclasses.replace(  # the first of them also holds every photo of the owner
        rest[0][0],
        photos=pd.concat([rest[0][0].photos, mine.photos], ignore_index=True),
        vectors=np.concatenate([rest[0][0].vectors, mine.vectors]),
    )
    plain = against(mapped, mine, rest)
    mixed = against(mapped, mine, [(shared, rest[0][1]), *rest[1:]])
    assert mixed.interests == plain.interests
    assert (mixed.traits[0].lift.owners, plain.traits[0].lift.owners) == (2, 3)
    nobody_else = [(dataclasses.replace(mine, name=f"copy {n}"), mapped) for n in range(3)]
    assert against(mapped, mine, nobody_else).interests[0].lift is None


@pytest.mark.parametrize("others", [0, 1])
def test_fewer_than_two_others_are_no_population(others: int) -> None:
    mine = library("robin", about([0] * 10))
    rest = three_others([1] * 10)[:others]
    mapped = profile(mine, {"first": list(range(10))}, (Trait("mood", "calm", 0.5, 5, 10),))
    found = against(mapped, mine, rest)
    assert found.interests[0].lift is None and found.traits[0].lift is None
    assert "two others" in found.notes[-1]
    table = theme_lift(mine, [one for one, _ in rest], Toy())
    assert table.empty and list(table) == ["theme", "share", "population", "ratio", "low", "high"]
    assert table.attrs["note"] == found.notes[-1]


def test_a_trait_is_lifted_by_its_share_where_others_know_its_facet() -> None:
    mine = library("robin", about([0] * 20))
    rest = [one for one, _ in three_others([0] * 20)]
    shares = {"calm": (0.6, 0.2), "dramatic": (0.0, 0.2)}
    mapped = profile(
        mine,
        traits=(
            *(Trait("mood", word, own, int(20 * own), 20) for word, (own, _) in shares.items()),
            Trait("mood", "unclear", 0.4, 8, 20),
            Trait("place", "Skagen", 0.5, 10, 20),
            Trait("sun", "night", 0.5, 10, 20),  # no other's times are known
        ),
    )
    shares["unclear"] = (0.4, 0.6)
    theirs = tuple(Trait("mood", word, s, int(20 * s), 20) for word, (_, s) in shares.items())
    found = against(mapped, mine, [(one, profile(one, traits=theirs)) for one in rest])
    calm, dramatic, unclear, place, night = (one.lift for one in found.traits)
    assert calm.ratio == pytest.approx(12.5 / 4.5, abs=1e-4) and calm.low > 1
    assert dramatic.ratio == pytest.approx(0.5 / 4.5, abs=1e-4) and dramatic.high > dramatic.low > 0
    assert unclear is None and place is None and night is None


def test_an_interest_that_was_only_stated_has_no_lift() -> None:
    mine = library("robin", about([0] * 10))
    stated = Interest("sailing", (), "", (), (), 0.5, 1.0, 1.0, (1.0,) * DIM)
    mapped = dataclasses.replace(profile(mine), interests=(stated,))
    assert against(mapped, mine, three_others([1] * 10)).interests == (stated,)


def test_profiles_of_another_embedder_are_refused() -> None:
    mine = library("robin", about([0] * 10))
    rest = three_others([1] * 10)
    rest[1] = (rest[1][0], dataclasses.replace(rest[1][1], embedder="another"))
    with pytest.raises(AlbumenError, match="profile of other 1 was made with 'another'"):
        against(profile(mine), mine, rest)


def test_nothing_but_shares_of_the_population_is_told() -> None:
    mine, rest = library("robin", about([0] * 10)), three_others([1] * 10)
    told = json.dumps(to_json(against(profile(mine, {"first": list(range(10))}), mine, rest)))
    assert "other" not in told


def test_themes_by_how_surely_they_are_the_owners() -> None:
    words, toy = list(themes()), Toy()
    dogs, sky, cars = (words.index(word) for word in ("dogs", "sky", "cars"))
    mine = library("robin", about([dogs] * 12 + [sky] * 12, toy.dim))
    rest = [
        library(f"other {n}", about([dogs] * 2 + [sky] * 12 + [cars] * 10, toy.dim, seed=n))
        for n in range(4)
    ]
    table = theme_lift(mine, rest, toy).set_index("theme")
    assert table.index[0] == "dogs" and table.index[-1] == "cars"
    assert table.share["dogs"] == pytest.approx(0.5, abs=0.05)
    assert table.population["dogs"] == pytest.approx(2 / 24, abs=0.03)
    assert table.ratio["sky"] == pytest.approx(1, abs=0.1)  # sky is in every library
    assert table.low["dogs"] > 1 > table.high["cars"]
    assert 3 <= len(table) <= 6  # no row for what nobody shows; noise shows the odd theme once

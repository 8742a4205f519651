"""Names say what photos show, in any embedder's text space, and say when they cannot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Lasso

from albumen import embed
from albumen.embed import bridge
from albumen.profile.concepts import CONCEPTS, mix
from albumen.profile.naming import AKIN, LEAST, MARGIN, Naming, label_odds, name_interests
from albumen.profile.vocabulary import (
    Vocabulary,
    concept_vocabulary,
    concepts,
    theme_vocabulary,
    themes,
    unit,
)

DIM = 896
THINGS = ("dogs", "coffee", "sailing", "mountains")


@pytest.fixture(scope="module")
def embedder() -> embed.Embedder:
    return embed.make("embedded")


class Gapped:
    """Texts and images in every dimension and apart from one another, as in CLIP's space."""

    name, dim = "gapped", 384

    def __init__(self, texts: embed.Embedder) -> None:
        rng = np.random.default_rng(0)
        self.texts, self.turn = texts, np.linalg.qr(rng.normal(size=(384, 384)))[0]
        self.image_side, self.text_side = bridge.unit(rng.normal(size=(2, 384)))

    def embed_images(self, images: list) -> np.ndarray:
        raise NotImplementedError

    def embed_texts(self, texts: list[str]) -> np.ndarray:
        words = self.texts.embed_texts(texts)[:, -384:] @ self.turn
        return bridge.unit(self.text_side + 0.7 * words)

    def seen(self, vectors: np.ndarray) -> np.ndarray:
        """Photos of the embedded space in this one."""
        return bridge.unit(self.image_side + 0.5 * vectors[:, -384:] @ self.turn)


def photos_of(names: list[str], each: int, embedder: embed.Embedder) -> np.ndarray:
    """Photos around the phrases of themes; "a + b" lies in the middle of two."""
    rng = np.random.default_rng(0)
    middles = [
        embedder.embed_texts([themes()[part] for part in name.split(" + ")]).mean(axis=0)
        for name in names
    ]
    rows = np.repeat(bridge.unit(np.stack(middles)), each, axis=0)
    return bridge.unit(rows + rng.normal(size=rows.shape) * 0.5 / np.sqrt(DIM))


def named(
    vectors: np.ndarray, each: int, embedder: embed.Embedder, labels: list | None = None
) -> list[Naming]:
    kinds = np.arange(len(vectors)) // each
    return name_interests(vectors, kinds, labels or [set()] * len(vectors), embedder)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_an_interest_is_named_after_its_theme_with_a_margin(
    count: int, embedder: embed.Embedder
) -> None:
    found = named(photos_of(list(THINGS[:count]), 10, embedder), 10, embedder)
    assert [one.name for one in found] == list(THINGS[:count])
    for one in found:
        assert one.terms[0][0] == one.name and one.terms[0][1] > LEAST
        assert MARGIN < one.margin < one.terms[0][1]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_texts_may_lie_anywhere_apart_from_the_photos(count: int, embedder: embed.Embedder) -> None:
    gapped = Gapped(embedder)
    vectors = gapped.seen(photos_of(list(THINGS[:count]), 10, embedder))
    assert [one.name for one in named(vectors, 10, gapped)] == list(THINGS[:count])


def test_what_all_photos_show_names_none_of_the_interests(embedder: embed.Embedder) -> None:
    sky = embedder.embed_texts([themes()["sky"]])
    vectors = bridge.unit(photos_of(list(THINGS), 10, embedder) + 1.3 * sky)
    nearest = (vectors @ theme_vocabulary(embedder).rows.T).argmax(axis=1)
    assert all(list(themes())[theme] == "sky" for theme in nearest)
    assert [one.name for one in named(vectors, 10, embedder)] == list(THINGS)


def test_two_themes_that_say_the_same_leave_the_name_clear(embedder: embed.Embedder) -> None:
    vocabulary = theme_vocabulary(embedder)
    alike = vocabulary.rows @ vocabulary.rows[vocabulary.words.index("trains")]
    assert vocabulary.words[np.argsort(-alike)[1]] == "railways"  # akin, so no rival
    same, _ = named(photos_of(["trains + railways", "flowers"], 10, embedder), 10, embedder)
    assert same.name in {"trains", "railways"}
    (_, first), (_, second) = same.terms[:2]
    assert same.margin > first - second


def test_two_themes_that_do_not_are_unclear(embedder: embed.Embedder) -> None:
    vocabulary = theme_vocabulary(embedder)
    dogs, pizza = (vocabulary.rows[vocabulary.words.index(name)] for name in ("dogs", "pizza"))
    both = unit(dogs + pizza)[None].repeat(10, axis=0)  # as near to one as to the other
    ((name, margin, terms),) = [(o.name, o.margin, o.terms) for o in named(both, 10, embedder)]
    assert (name, margin) == ("unclear", 0)
    assert {terms[0][0], terms[1][0]} == {"dogs", "pizza"} and terms[1][1] > LEAST


def test_nothing_stands_out_is_unclear(embedder: embed.Embedder) -> None:
    # no photo says anything in words: the text part of every vector is the same
    vectors = np.zeros((20, DIM), np.float32)
    vectors[:, :2] = np.repeat(np.eye(2), 10, axis=0)
    found = named(vectors, 10, embedder)
    assert [(one.name, one.margin, one.concepts) for one in found] == [("unclear", 0, ())] * 2


def test_an_interest_that_shows_no_theme_has_its_owners_name(embedder: embed.Embedder) -> None:
    vectors = np.zeros((20, DIM), np.float32)
    vectors[:, :2] = np.repeat(np.eye(2), 10, axis=0)
    labels = [{"Skagen"}] * 7 + [set()] * 13  # a place no theme resembles, on most of the first ten
    assert [one.name for one in named(vectors, 10, embedder, labels)] == ["Skagen", "unclear"]


def test_an_album_speaks_for_the_theme_it_resembles(embedder: embed.Embedder) -> None:
    vague = np.zeros((20, DIM), np.float32)
    vague[:, 0] = 1  # nothing in the text part: the album is all there is to go by
    labels = [{"Photos"}] * 10 + [{"Wedding of K. and T. 2019"}] * 10
    _, wedding = named(vague, 10, embedder, labels)
    assert wedding.name == "weddings"
    assert dict(wedding.terms)["Wedding of K. and T. 2019"] > 2


def test_no_photos_have_no_names(embedder: embed.Embedder) -> None:
    assert name_interests(np.zeros((0, DIM)), np.zeros(0, int), [], embedder) == []
    assert name_interests(np.eye(DIM)[:3], np.full(3, -1), [set()] * 3, embedder) == []


@settings(max_examples=5, deadline=None)
@given(st.permutations(range(4)))
def test_names_follow_their_interests_in_any_order(order: list[int]) -> None:
    embedder = embed.make("embedded")
    vectors = photos_of(list(THINGS), 5, embedder)
    kinds = np.repeat(order, 5)
    found = name_interests(vectors, kinds, [set()] * 20, embedder)
    assert [found[kind].name for kind in order] == list(THINGS)


def test_log_odds_of_a_hand_worked_case() -> None:
    # "a" on 3 of 4 photos of the first interest and 1 of 4 of the second: prior .5 and .01
    labels = [{"a"}, {"a"}, {"a"}, set(), {"a"}, set(), set(), set()]
    odds = label_odds(labels, np.repeat([0, 1], 4))["a"]
    many, few = (3.51, 1.49), (1.51, 3.49)  # yes and no, each with its prior
    difference = np.log(many[0] / many[1]) - np.log(few[0] / few[1])
    expected = difference / np.sqrt(sum(1 / one for one in (*many, *few)))
    np.testing.assert_allclose(odds, [expected, -expected], rtol=1e-9)


def test_the_vocabularies_are_distinct_and_centred(embedder: embed.Embedder) -> None:
    assert len(themes()) >= 150 and len(set(themes().values())) == len(themes())
    assert len(concepts()) >= 400 and len(set(concepts())) == len(concepts())
    assert all(word == word.strip() and word for word in (*themes(), *concepts()))
    for vocabulary in (theme_vocabulary(embedder), concept_vocabulary(embedder)):
        np.testing.assert_allclose(np.linalg.norm(vocabulary.rows, axis=1), 1, atol=1e-6)
        assert np.linalg.norm(vocabulary.rows.mean(axis=0)) < 0.02
        assert vocabulary.spoken.sum() == 384
    assert len(themes()) > 10 * AKIN


def test_a_mix_of_two_concepts_is_found_again(embedder: embed.Embedder) -> None:
    vocabulary = concept_vocabulary(embedder)
    dog, beach = (vocabulary.rows[vocabulary.words.index(word)] for word in ("dog", "beach"))
    found = mix(0.6 * dog + 0.4 * beach, vocabulary)
    assert [word for word, _ in found.concepts[:2]] == ["dog", "beach"]
    assert found.concepts[0][1] > found.concepts[1][1] > 0.2
    assert found.cosine > 0.97


def test_a_mix_is_the_lasso_at_its_own_penalty() -> None:
    rng = np.random.default_rng(0)
    vocabulary = Vocabulary(
        tuple(f"word {n}" for n in range(60)), unit(rng.normal(size=(60, 30))), np.zeros(30)
    )
    direction = unit(rng.normal(size=30))
    found = mix(direction, vocabulary, most=6)
    assert len(found.concepts) == 6
    # the looser the penalty the more words: find one at which the lasso keeps as many
    for alpha in np.geomspace(0.02, 1e-4, 400):
        lasso = Lasso(alpha, positive=True, fit_intercept=False, tol=1e-10, max_iter=100000)
        weights = lasso.fit(vocabulary.rows.T, direction).coef_
        if (weights > 1e-9).sum() == 6:
            break
    kept = {vocabulary.words[n] for n in np.flatnonzero(weights > 1e-9)}
    assert kept == {word for word, _ in found.concepts}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, CONCEPTS))
def test_a_mix_is_few_shares_of_the_whole(seed: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    rows = np.zeros((40, 24))
    rows[:, 8:] = unit(rng.normal(size=(40, 16)))  # texts lie in the last dimensions alone
    vocabulary = Vocabulary(tuple(f"word {n}" for n in range(40)), rows, np.zeros(24))
    direction = rng.normal(size=24)
    found = mix(direction, vocabulary, most=most)
    shares = [share for _, share in found.concepts]
    assert 1 <= len(shares) <= most and shares == sorted(shares, reverse=True)
    assert min(shares) > 0 and sum(shares) <= 1 + 0.001 * most and 0 < found.cosine <= 1 + 1e-9
    direction[:8] = rng.normal(size=8)
    assert mix(direction, vocabulary, most=most) == found


def test_a_direction_that_no_word_is_near_is_a_mix_of_nothing() -> None:
    vocabulary = Vocabulary(("one", "two"), np.eye(4)[:2], np.zeros(4))
    assert mix(np.eye(4)[2], vocabulary) == ((), 0)
    assert mix(-np.eye(4)[0], vocabulary) == ((), 0)

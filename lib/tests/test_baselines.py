"""The baselines: photos shown as they are, and what everybody likes."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from albumen.errors import AlbumenError
from albumen.generate import make
from albumen.profile.everybody import population_profile
from albumen.profile.palette import palette_distance
from albumen.records import (
    Colour,
    Condition,
    Interest,
    Known,
    Profile,
    Reference,
    Trait,
    Trust,
    profile_from_json,
    to_json,
)

PHOTOS = {f"{k:064d}": Image.fromarray(np.full((60, 90, 3), 40 * k, np.uint8)) for k in range(1, 5)}


def open_photo(photo_id: str, at_least: int | None = None) -> Image.Image:
    return PHOTOS[photo_id]


def condition(weights: tuple[float, ...] = (0.1, 0.4, 0.3, 0.2)) -> Condition:
    references = tuple(
        Reference(one, "scene", weight, "fits", "stock" if n else "own")
        for n, (one, weight) in enumerate(zip(PHOTOS, weights, strict=False))
    )
    return Condition(
        **{"prompt": "the sea", "owner": "rowan", "subject": "scene", "theme": "sea"},
        **{"style": "photo", "people": (), "references": references, "palette": ()},
        **{"mood": "", "strength": 1.0, "size": (45, 45)},
    )


def test_the_photo_that_weighs_most_is_returned_whatever_the_seed():
    pictures = make("return-photo", open_photo).generate(condition(), [0, 1, 7])
    for seed, picture in zip([0, 1, 7], pictures, strict=True):
        assert (picture.image == 80).all() and picture.image.shape == (30, 45, 3)
        assert (picture.source_map == 0).all() and picture.seed == seed
        (source,) = picture.sources
        assert (source.photo_id, source.weight, source.pool) == (list(PHOTOS)[1], 1.0, "stock")
    assert PHOTOS[list(PHOTOS)[1]].size == (90, 60)  # as it was


def test_a_random_photo_is_each_of_them_about_as_often_and_the_same_for_one_seed():
    generator = make("random-photo", open_photo)
    pictures = generator.generate(condition(), range(400))
    shown = [int(picture.image[0, 0, 0]) // 40 for picture in pictures]
    assert all(70 <= shown.count(k) <= 130 for k in (1, 2, 3, 4))  # 100 and 3.5 sd
    again = make("random-photo", open_photo).generate(condition(), range(9, 12))
    assert [int(one.image[0, 0, 0]) // 40 for one in again] == shown[9:12]


@pytest.mark.parametrize("name", ["return-photo", "random-photo"])
def test_without_references_there_is_nothing_to_show(name):
    with pytest.raises(AlbumenError, match=f"'{name}' needs a reference to show"):
        make(name, open_photo).generate(condition(()), [0])


# what everybody likes


def interest(name: str, weight: float, *direction: float) -> Interest:
    members = ("secret-photo-1", "secret-photo-2")
    return Interest(
        name, (("Alma", 9.0),), members[0], members, members, weight, 0.8, 0.5, direction
    )


def owner(name: str, *interests: Interest, **changes) -> Profile:
    traits = (Trait("mood", "calm", 0.6, 6, 10), Trait("place", "Alma's house", 1.0, 10, 10))
    plain = Profile(
        owner=name,
        embedder="e",
        interests=interests,
        palette=(Colour((50.0, 10.0, 0.0), 0.75), Colour((20.0, 0.0, 0.0), 0.25)),
        people=(Known("Alma", "me", "person", 3, 3),),
        photos=20,
        trust=Trust(True),
        notes=("Alma's",),
        made_from={"library": "alma"},
        traits=traits,
        styles=(("oil", 1.0),),
    )
    return dataclasses.replace(plain, **changes)


ALMA = owner("alma", interest("beach", 0.6, 1.0, 0.0), interest("Alma's wedding", 0.4, 0.0, 1.0))
BO = owner("bo", interest("beach", 0.2, 0.0, 1.0), interest("dogs", 0.8, 0.6, 0.8))


def test_interests_of_one_name_are_one_and_their_weights_the_owners_mean():
    mean = population_profile([ALMA, BO])
    # beach .6 and .2, dogs 0 and .8; the owner's own label is nobody's business
    assert [(one.name, one.weight) for one in mean.interests] == [
        ("beach", pytest.approx(0.5)),
        ("dogs", pytest.approx(0.5)),
    ]
    beach = np.array([0.6, 0.2]) / np.hypot(0.6, 0.2)  # both directions by weight, of length 1
    assert mean.interests[0].direction == pytest.approx(beach.tolist())
    assert (mean.owner, mean.embedder, mean.photos) == ("population", "e", 40)
    assert mean.made_from == {"owners": 2} and not mean.simulated
    assert profile_from_json(to_json(mean)) == mean


def test_nothing_leads_back_to_an_owner():
    text = json.dumps(to_json(population_profile([ALMA, BO])))
    for word in ("secret", "Alma", "alma", 'bo"', "oil"):
        assert word not in text


def test_palettes_are_mixed_and_traits_averaged_over_those_who_have_them():
    night = (Colour((10.0, 0.0, -20.0), 1.0),)
    lively = (Trait("mood", "calm", 0.2, 2, 10), Trait("mood", "lively", 0.8, 8, 10))
    other = dataclasses.replace(BO, palette=night, traits=lively)
    without = dataclasses.replace(BO, traits=())
    mean = population_profile([ALMA, other, without])
    assert sum(one.weight for one in mean.palette) == pytest.approx(1)
    apart = palette_distance(ALMA.palette, night)
    assert palette_distance(population_profile([ALMA, other]).palette, night) == pytest.approx(
        apart / 2
    )
    rows = [(one.facet, one.value, one.share, one.photos, one.known) for one in mean.traits]
    assert rows == [
        ("mood", "calm", pytest.approx(0.4), 8, 20),
        ("mood", "lively", pytest.approx(0.4), 8, 20),
    ]


@given(st.permutations([ALMA, BO, owner("cy", interest("dogs", 1.0, 0.0, 1.0))]))
def test_the_order_of_owners_does_not_matter(profiles):
    mean = population_profile(profiles)
    assert [one.name for one in mean.interests] == ["dogs", "beach"]
    assert mean.interests[0].weight == pytest.approx(1.8 / 2.6)


@pytest.mark.parametrize(
    ("profiles", "says"),
    [
        ([ALMA], "A population is 2 owners or more, not 1"),
        ([ALMA, dataclasses.replace(BO, embedder="f")], "different embedders: e, f"),
    ],
)
def test_what_is_no_population_is_said(profiles, says):
    with pytest.raises(AlbumenError, match=says):
        population_profile(profiles)


def test_owners_without_a_named_interest_have_nothing_in_common():
    private = owner("di", interest("Alma's wedding", 1.0, 0.0, 1.0))
    assert population_profile([private, private]).interests == ()

"""What differs between two profiles is matched by what it shows, and said with its reason."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_stated import NO_RATINGS, merged, profile, rated

from albumen.errors import AlbumenError
from albumen.profile.change import SAME, difference, explain
from albumen.profile.stated import Stated


def turned(of, name: str, cosine: float):
    """The profile with one interest's direction turned away into an empty dimension."""
    interests = []
    for one in of.interests:
        if one.name == name:
            direction = cosine * np.array(one.direction)
            direction[-1] += np.sqrt(1 - cosine**2)
            one = dataclasses.replace(one, direction=tuple(direction))
        interests.append(one)
    return dataclasses.replace(of, interests=tuple(interests))


def test_interests_are_matched_by_direction_whatever_they_are_called():
    before = profile({"beach": 0.5, "dogs": 0.3, "cars": 0.2})
    after = profile({"dogs": 0.45, "beach": 0.49, "food": 0.06})
    renamed = dataclasses.replace(after.interests[0], name="puppies")
    after = dataclasses.replace(after, interests=(renamed, *after.interests[1:]))
    table = difference(before, turned(after, "beach", 0.8))
    assert table.status.tolist() == ["kept", "gained", "gone", "new"]
    assert table.interest_before.tolist()[:3] == ["beach", "dogs", "cars"]
    assert table.interest_after.tolist()[:2] == ["beach", "puppies"]
    assert table.interest_after.isna()[2] and table.interest_before.isna()[3]
    assert table.cosine[:2].tolist() == pytest.approx([0.8, 1.0]) and table.cosine[2:].isna().all()
    assert table.change.tolist() == pytest.approx([-0.01, 0.15, -0.2, 0.06])


def test_an_unclear_interest_is_told_by_what_it_may_be():
    one = profile({"beach": 1.0})
    terms = (("dogs", 2.0), ("forest", 1.9), ("snow", 1.0))
    unclear = dataclasses.replace(one.interests[0], name="unclear", terms=terms)
    of = dataclasses.replace(one, interests=(unclear,))
    assert difference(of, of).interest_before.tolist() == ["dogs or forest?"]


def test_what_is_too_far_apart_is_not_the_same():
    before = profile({"beach": 1.0})
    assert difference(before, turned(before, "beach", SAME + 0.01)).status.tolist() == ["kept"]
    apart = difference(before, turned(before, "beach", SAME - 0.01))
    assert sorted(apart.status) == ["gone", "new"]


def test_the_matching_is_the_best_over_all_and_not_pair_by_pair():
    """a is nearest to B (.9), but b has nobody else: a-A (.8) and b-B (.85) are more together."""
    base = profile({"beach": 0.5, "dogs": 0.5})
    e = np.eye(4)
    directions = {"a": e[0], "b": 0.6 * e[0] + 0.8 * e[1]}
    later = {"A": 0.8 * e[0] + 0.6 * e[2], "B": 0.9 * e[0] + np.sqrt(0.19) * e[1]}
    before, after = (
        dataclasses.replace(
            base,
            interests=tuple(
                dataclasses.replace(base.interests[0], name=name, direction=tuple(row))
                for name, row in some.items()
            ),
        )
        for some in (directions, later)
    )
    table = difference(before, after).set_index("interest_before")
    assert table.interest_after.to_dict() == {"a": "A", "b": "B"}


@settings(deadline=None, max_examples=30)
@given(st.dictionaries(st.sampled_from(["beach", "dogs", "cars", "food", "sea"]), st.just(0.2)))
def test_a_profile_does_not_differ_from_itself_and_the_way_back_is_the_opposite(shares):
    one, other = profile(shares), profile({"beach": 0.7, "fish": 0.3})
    assert (difference(one, one).status == "kept").all()
    there, back = difference(one, other), difference(other, one)
    assert sorted(there.change) == pytest.approx(sorted(-back.change))
    assert there.change.sum() == pytest.approx(1 - sum(shares.values()))


def test_profiles_of_two_embedders_cannot_be_compared():
    one = profile({"beach": 1.0})
    with pytest.raises(AlbumenError, match="'words' and 'other' cannot be compared"):
        difference(one, dataclasses.replace(one, embedder="other"))


def test_a_reason_that_speaks_against_the_change_is_put_right():
    before = profile({"beach": 0.5, "dogs": 0.3, "cars": 0.2}, photos=1000)
    stated = Stated(likes=(("dogs", 1.0), ("cars", 1.0), ("beach", 0.2)))
    after = merged(before, stated)
    (beach,) = [one for one in explain(before, after, stated, NO_RATINGS) if "beach" in one]
    assert "fell" in beach and beach.endswith("you said you like it, but others rose more.")


def test_without_feedback_there_is_nothing_to_explain():
    before = profile({"beach": 0.5, "dogs": 0.5})
    assert explain(before, merged(before, Stated()), Stated(), NO_RATINGS) == []


def test_one_thumb_is_told_as_one():
    before = profile({"beach": 0.5, "dogs": 0.5})
    for value, said in ((1, "was liked"), (-1, "was not liked")):
        ratings = rated(("dogs", value))
        sentences = explain(before, merged(before, Stated(), ratings), Stated(), ratings)
        assert any(f"the one rated picture of it {said}." in one for one in sentences)

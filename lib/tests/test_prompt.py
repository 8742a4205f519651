"""Prompts: who, in which style, what the scene shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albumen.brief.prompt import OPEN, parse
from albumen.consent import Consent, PersonConsent
from albumen.errors import AlbumenError


def allowed(relation: str, kind: str = "person") -> PersonConsent:
    return PersonConsent(relation, kind, profile=True, generate=True)


CONSENT = Consent(
    owner="Rowan",
    people={
        "Rowan": allowed("me"),
        "Alma": allowed("mum"),
        "Kit": allowed("partner"),
        "Nikola Tesla": allowed("friend"),
        "Bruno": allowed("dog", "pet"),
    },
)


CASES = [  # prompt, people, style, theme, whether the place is left to the profile
    (
        "me at the beach at sunset, watercolour",
        ["Rowan"],
        "watercolour",
        "at the beach at sunset",
        False,
    ),
    (
        "me and my dog at sunset on the beach",
        ["Rowan", "Bruno"],
        "",
        "at sunset on the beach",
        False,
    ),
    ("portrait of my mum, oil painting", ["Alma"], "oil", "", False),
    ("a pencil sketch of Kit", ["Kit"], "pencil", "", False),
    ("my mother and me in the mountains", ["Alma", "Rowan"], "", "in the mountains", False),
    (
        "Nikola Tesla in a city street as a photo",
        ["Nikola Tesla"],
        "photo",
        "in a city street",
        False,
    ),
    ("my dream house", [], "", "my dream house", False),
    ("my ideal holiday", [], "", "my ideal holiday", True),
    ("me somewhere I would love", ["Rowan"], "", "somewhere I would love", True),
    ("Mountains at dawn", [], "", "Mountains at dawn", False),
    ("me in Venice", ["Rowan"], "", "in Venice", False),
    ("claude monet's garden, in watercolor", [], "watercolour", "claude monet's garden", False),
]


@pytest.mark.parametrize(("prompt", "people", "style", "theme", "left_open"), CASES)
def test_parse(prompt: str, people: list[str], style: str, theme: str, left_open: bool) -> None:
    words = parse(prompt, CONSENT)
    assert (list(words.people), words.style, words.theme, words.open) == (
        people,
        style,
        theme,
        left_open,
    )


def test_labels_are_relations_not_names() -> None:
    assert parse("my mom with me", CONSENT).labels == ("mum", "me")


def test_my_family_is_everybody_of_it() -> None:
    assert set(parse("my family at the lake", CONSENT).people) == {"Rowan", "Alma", "Kit"}


@pytest.mark.parametrize(
    ("prompt", "word"),
    [
        ("me and Anna at the beach", "Anna"),
        ("Zoltan at the beach", "Zoltan"),
        ("my brother in the mountains", "my brother"),
        ("me at the beach, origami", "origami"),
        ("   ", "empty"),
    ],
)
def test_unknown_words_are_named(prompt: str, word: str) -> None:
    with pytest.raises(AlbumenError, match=word) as error:
        parse(prompt, CONSENT)
    assert "\n" not in str(error.value)


@given(st.lists(st.sampled_from(sorted(OPEN)), min_size=1, max_size=4))
def test_only_open_words_leave_the_place_open(words: list[str]) -> None:
    assert parse("my " + " ".join(words), CONSENT).open


@given(st.text(max_size=80))
def test_any_text_is_parsed_or_refused_in_a_sentence(prompt: str) -> None:
    try:
        words = parse(prompt, CONSENT)
    except AlbumenError as error:
        assert str(error)
    else:
        assert set(words.people) <= set(CONSENT.people)

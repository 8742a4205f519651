"""Prompts: who, in which style, light, format and look, what the scene shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albumen.brief.formats import LEAST, MOST, STEP, WIDEST, size_of
from albumen.brief.prompt import DAYTIMES, OTHER_STYLES, parse
from albumen.brief.themes import OPEN
from albumen.consent import Consent, PersonConsent
from albumen.errors import AlbumenError
from albumen.profile.words import MOODS, STYLES
from albumen.records import Look


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
LARGE = Consent(  # a large family
    owner="Rowan",
    people={
        **CONSENT.people,
        "Ida": allowed("Daughter"),
        "Max": allowed("son"),
        "Tom": allowed("brother"),
        "Jim Best": allowed("brother"),
        "Rose": allowed("grandmother"),
        "Hal": allowed("grandpa"),
        "Pip": allowed("rabbit", "pet"),
        "Una": PersonConsent("aunt", "person", profile=True),
    },
)
LABELS = ("Venice", "Sundays at the lake")


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
    ("mum's garden in spring", [], "", "mum's garden in spring", False),
    ("in my mum\u2019s garden", [], "", "in my mum's garden", False),
    ("claymation of me and Kit", ["Rowan", "Kit"], "clay", "", False),
    ("a clay pot on an oil lamp", [], "", "a clay pot on an oil lamp", False),
    ("Breakfast in bed", [], "", "Breakfast in bed", False),
    ("Golden Gate Bridge at sunset", [], "", "Golden Gate Bridge at sunset", False),
    ("me and Venice", ["Rowan"], "", "Venice", False),
    ("me at night", ["Rowan"], "", "", True),
    ("something calm", [], "", "something calm", True),
    ("my guitar", [], "", "", False),
]


@pytest.mark.parametrize(("prompt", "people", "style", "theme", "left_open"), CASES)
def test_parse(prompt: str, people: list[str], style: str, theme: str, left_open: bool) -> None:
    words = parse(prompt, CONSENT, LABELS)
    assert (list(words.people), words.style, words.theme, words.open) == (
        people,
        style,
        theme,
        left_open,
    )


def test_labels_are_relations_not_names() -> None:
    assert parse("my mom with me", CONSENT).labels == ("mum", "me")


@pytest.mark.parametrize(
    ("prompt", "people"),
    [
        ("us at the beach", ["Rowan", "Kit"]),
        ("us in the US", ["Rowan", "Kit"]),
        ("my kids", ["Ida", "Max"]),
        ("my two kids in the snow", ["Ida", "Max"]),
        ("my brothers", ["Tom", "Jim Best"]),
        ("my brother", ["Tom"]),
        ("my brother Jim", ["Jim Best"]),
        ("Grandma and grandpa", ["Rose", "Hal"]),
        ("my grandparents", ["Rose", "Hal"]),
        ("my rabbit and the dog", ["Pip", "Bruno"]),
        ("my pets", ["Bruno", "Pip"]),
        ("a dog and a mother with her son", []),
        ("alma & me", ["Alma", "Rowan"]),
        ("Me and Nikola", ["Rowan", "Nikola Tesla"]),
        ("rose garden", []),
        ("Rose in the garden", ["Rose"]),
        ("my dog's bed", []),
        ("a selfie with my sister Alma", ["Rowan", "Alma"]),
        ("me & myself", ["Rowan"]),
    ],
)
def test_people_are_who_one_would_think(prompt: str, people: list[str]) -> None:
    assert list(parse(prompt, LARGE).people) == people


def test_my_family_is_everybody_of_it_who_may_be_depicted() -> None:
    assert set(parse("my family at the lake", CONSENT).people) == {"Rowan", "Alma", "Kit"}
    words = parse("my whole family", LARGE)
    assert "Una" not in words.people and "Nikola Tesla" not in words.people
    assert words.grouped == set(words.people)
    assert parse("Alma and my family", LARGE).grouped == set(words.people) - {"Alma"}


def test_what_may_mean_several_people_is_said() -> None:
    assert parse("us", CONSENT).whom == ("'us' was taken for you and your partner.",)
    assert "first of 2" in parse("my brother", LARGE).whom[0]
    assert "gives 'mum'" in parse("my sister Alma", LARGE).whom[0]
    assert parse("me and Alma", LARGE).whom == ()


@pytest.mark.parametrize(
    ("prompt", "word"),
    [
        ("me and Anna at the beach", "Anna"),
        ("Zoltan at the beach", "Zoltan"),
        ("me, Alma, Kit and Zoltan at the beach", "'Zoltan'"),
        ("Zoltan, Alma, Kit and me", "'Zoltan'"),
        ("Anna Karenina and me in Rome", "Anna Karenina"),
        ("my brother in the mountains", "my brother"),
        ("my dad", "my dad"),
        ("mum and dad", "'dad'"),
        ("my two kids", "my two kids"),
        ("my dog Rex at the lake", "my dog Rex"),
        ("me at the beach, origami", "origami"),
        ("   ", "empty"),
        ("mountains, 10:1", "10:1"),
        ("mountains, 9000 px", "9000"),
        ("me, 1024x16", "1024 x 16"),
        ("me aged 70", "aged 70"),
        ("me 40 years younger", "40 years younger"),
    ],
)
def test_what_cannot_be_drawn_is_named(prompt: str, word: str) -> None:
    with pytest.raises(AlbumenError, match=word) as error:
        parse(prompt, CONSENT)
    assert "\n" not in str(error.value)


def test_a_first_name_of_two_people_is_refused() -> None:
    twins = Consent("Rowan", people={"Ann Lee": allowed("aunt"), "Ann Ray": allowed("friend")})
    with pytest.raises(AlbumenError, match="'Ann' may be Ann Lee or Ann Ray"):
        parse("Ann at the beach", twins)
    assert parse("Ann Ray at the beach", twins).people == ("Ann Ray",)


@pytest.mark.parametrize(
    "prompt",
    [
        "me as a child",
        "my mum as a little girl",
        "me and Alma as kids",
        "a baby photo of me",
        "me when I was small",
        "Kit aged 9",
        "me as a twelve-year-old",
        "Alma at the age of 17",
        "a teenage version of me",
        "me in my childhood",
    ],
)
def test_nobody_is_made_to_look_like_a_child(prompt: str) -> None:
    with pytest.raises(AlbumenError, match="look like a child"):
        parse(prompt, CONSENT)


def test_children_in_a_scene_without_known_people_are_a_theme() -> None:
    assert parse("a child playing in the snow", CONSENT).theme == "a child playing in the snow"
    assert parse("me as a photo with children", CONSENT).people == ("Rowan",)


@pytest.mark.parametrize(
    ("prompt", "look"),
    [
        ("me smiling at the beach", Look(smile=1.2)),
        ("me, laughing, looking left", Look(smile=2.0, yaw=-1.2)),
        ("Kit looking to the right, serious", Look(smile=-1.2, yaw=1.2)),
        ("me ten years older", Look(age=10.0)),
        ("me 20 years younger", Look(age=-20.0)),
        ("mum two decades ago", Look(age=-20.0)),
        ("me in thirty years", Look(age=30.0)),
        ("me as an old man", Look(age=30.0)),
        ("me older, not smiling", Look(smile=-1.2, age=10.0)),
        ("me looking at the camera", Look(yaw=0.0)),
        ("an older house, smiling", Look()),  # nobody is in it
    ],
)
def test_looks(prompt: str, look: Look) -> None:
    words = parse(prompt, CONSENT)
    assert words.look == look
    if words.people:
        assert words.theme in ("", "at the beach")


@pytest.mark.parametrize(
    ("prompt", "size", "theme"),
    [
        ("mountains, 16:9", (680, 384), "mountains"),
        ("a banner of mountains", (888, 296), "mountains"),
        ("a phone wallpaper of the sea", (384, 680), "the sea"),
        ("mountains in portrait format", (416, 624), "mountains"),
        ("mountains, wide", (680, 384), "mountains"),
        ("a wide river", None, "a wide river"),
        ("a market square, square", (512, 512), "a market square"),
        ("mountains 1024x768", (1024, 768), "mountains"),
        ("mountains in 1024 px", (1024, 1024), "mountains"),
        ("mountains, 4:5, 1024 px", (912, 1144), "mountains"),
        ("a landscape", None, "a landscape"),
        ("a cafe at 16:30", None, "a cafe at 16:30"),
    ],
)
def test_formats(prompt: str, size: tuple[int, int] | None, theme: str) -> None:
    words = parse(prompt, CONSENT)
    assert (words.size, words.theme) == (size, theme)


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([256, 512, 1024]))
def test_sizes_are_multiples_with_the_ratio_and_the_pixels(wide: int, high: int, side: int) -> None:
    if not 1 / WIDEST <= wide / high <= WIDEST:
        with pytest.raises(AlbumenError, match="cannot be drawn"):
            size_of((wide, high), side)
        return
    width, height = size_of((wide, high), side)
    assert width % STEP == height % STEP == 0 and LEAST <= min(width, height) <= MOST
    assert width / height == pytest.approx(wide / high, rel=0.07)
    assert width * height == pytest.approx(side**2, rel=0.07)


@pytest.mark.parametrize(
    ("prompt", "daytime", "light"),
    [
        ("the beach at sunset", "sunset", ""),
        ("golden hour in the mountains", "sunset", "golden hour"),
        ("the city by night", "night", ""),
        ("me in the forest in the morning", "sunrise", "in the morning"),
        ("a sunny garden", "day", "sunny"),
        ("a garden", "", ""),
        ("a knight in a castle", "", ""),
    ],
)
def test_light(prompt: str, daytime: str, light: str) -> None:
    words = parse(prompt, CONSENT)
    assert (words.daytime, words.light) == (daytime, light)


@pytest.mark.parametrize(
    ("prompt", "objects", "theme"),
    [
        ("me on my red bicycle by the sea", ("red bicycle",), "by the sea"),
        ("my guitar and my camera at the lake", ("guitar", "camera"), "at the lake"),
        ("a bicycle by the sea", (), "a bicycle by the sea"),
        ("my living room", (), "my living room"),
        ("my car park", (), "my car park"),
    ],
)
def test_own_things_are_objects(prompt: str, objects: tuple[str, ...], theme: str) -> None:
    words = parse(prompt, CONSENT)
    assert words.objects == objects and words.theme.endswith(theme)


def test_styles_that_are_drawn_are_not_refused() -> None:
    drawn = {phrase for phrases in STYLES.values() for phrase in phrases}
    assert not drawn & set(OTHER_STYLES)


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


WHO = {"me": ["Rowan"], "my mum": ["Alma"], "Kit": ["Kit"], "my dog": ["Bruno"], "": []}
EXPRESSIONS = {"": None, "smiling": 1.2, "laughing": 2.0, "serious": -1.2}
SCENES = ["in the mountains", "at the beach", "in Venice", "in a cafe"]
LIGHTS = {"": "", **{f"at {name}": name for name in DAYTIMES if name != "day"}, "by day": "day"}
SHAPES = {"": None, ", 16:9": (680, 384), ", square": (512, 512), ", 640x512": (640, 512)}


@given(
    st.lists(st.sampled_from(sorted(WHO)), min_size=1, max_size=3, unique=True),
    st.sampled_from(sorted(EXPRESSIONS)),
    st.sampled_from(SCENES),
    st.sampled_from(sorted(LIGHTS)),
    st.sampled_from(["", *STYLES]),
    st.sampled_from(["", *MOODS]),
    st.sampled_from(sorted(SHAPES)),
)
def test_what_is_put_in_comes_out(who, expression, scene, light, style, mood, shape) -> None:
    named = [one for one in who if one]
    expression = expression if named else ""
    prompt = f"{' and '.join(named)} {expression} {scene} {light}"
    prompt += f", {mood}" * bool(mood) + f", {style}" * bool(style) + shape
    words = parse(prompt, CONSENT)
    assert list(words.people) == [name for one in named for name in WHO[one]]
    assert words.look == Look(smile=EXPRESSIONS[expression])
    assert words.daytime == LIGHTS[light] and words.style == style
    assert words.mood == mood.replace("cozy", "cosy") and words.size == SHAPES[shape]
    assert words.theme == f"{scene} {light}".strip() + f", {mood}" * bool(mood)
    assert not words.open and not words.whom


def test_photos_are_looked_for_by_the_place_and_not_by_the_light() -> None:
    words = parse("me at home in the evening", CONSENT)
    assert (words.theme, words.sought) == ("at home in the evening", "at home")
    assert parse("the beach at sunset", CONSENT).sought == "the beach at sunset"  # a scene itself
    assert parse("me on my bicycle in the mountains", CONSENT).theme == "in the mountains"

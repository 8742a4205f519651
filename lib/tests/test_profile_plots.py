"""Figures of profiles: what they say is what the records say, and doubt is seen."""

import base64
import dataclasses
import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from albumen import plots
from albumen.errors import AlbumenError
from albumen.plots.card_row import BAR, GAUGE, PHOTOS, STABILITY, WEIGHT
from albumen.plots.explorer import BLANK, interest_scatter
from albumen.plots.look import CYCLE, INTERESTS, MUTED, PALE, TIMES, ink_on, percent, shade
from albumen.profile.timeline import timeline
from albumen.profile.tree import hierarchy
from albumen.records import Colour, Interest, Known, Lift, Profile, Trait, Tried, Trust

HOSTILE = "$x_$ <script> \\frac{"
ONE = Interest(
    name="meadows",
    terms=(("meadows", 5.0), ("insects", 4.2), ("garden", 4.1)),
    medoid="a",
    exemplars=("a", "b"),
    members=("a", "b", "c"),
    weight=0.5,
    stability=0.8,
    concentration=0.4,
    direction=(1.0, 0.0),
    margin=0.8,
    photographed=0.5,
    recent=0.7,
    events=2,
    lift=Lift(2.3, 1.4, 3.9, 20),
)
PROFILE = Profile(
    owner="Robin",
    embedder="stub",
    interests=(ONE,),
    palette=(Colour((60.0, 20.0, -30.0), 0.75), Colour((20.0, 0.0, 0.0), 0.25)),
    people=(Known("Bo", "dog", "pet", 1, 0), Known("Robin", "me", "person", 3, 2)),
    photos=4,
    trust=Trust(True, 0.004, 0.12, 0.2, 0.68, 0.97),
    notes=("One note.",),
    made_from={},
    traits=(Trait("light", "dusk", 0.2, 2, 10), Trait("light", "golden", 0.5, 5, 10)),
)


def of(*interests: Interest, **changes: object) -> Profile:
    return dataclasses.replace(PROFILE, interests=interests, **changes)


def one(**changes: object) -> Interest:
    return dataclasses.replace(ONE, **changes)


def many(number: int) -> list[Interest]:
    """Interests with photos of their own, and names of which some are alike."""
    angles = np.linspace(0, 3, number)
    return [
        one(
            name=["unclear", "meadows", "a name that is much longer than all of the others"][k % 3],
            medoid=f"{k}.0",
            exemplars=(f"{k}.0", f"{k}.1"),
            members=tuple(f"{k}.{photo}" for photo in range(3)),
            direction=(float(np.cos(angle)), float(np.sin(angle))),
            weight=1 / number,
        )
        for k, angle in enumerate(angles)
    ]


def thumbnail(photo_id: str) -> np.ndarray:
    return np.full((16, 16, 3), 90, np.uint8)


def texts(fig: Figure) -> list[str]:
    return [text.get_text() for text in fig.findobj(Text) if text.get_text()]


def text(fig: Figure, said: str) -> Text:
    (found,) = [text for text in fig.findobj(Text) if text.get_text() == said]
    return found


def drawn(fig: Figure) -> np.ndarray:
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=40)
    return np.asarray(Image.open(buffer).convert("RGB"))


def boxes(axes: Axes, colour: str) -> list[Rectangle]:
    return [one for one in axes.patches if to_hex(one.get_facecolor()) == to_hex(colour)]


# the card


def test_a_card_says_what_the_profile_says() -> None:
    said = texts(plots.profile_card(PROFILE, thumbnail))
    for line in (
        *("Robin's profile", "4 photos, 1 interest · stub", "meadows", "50%", "0.80 stable"),
        *("insects, garden", "ahead of insects by 0.8 sd", "3 photos, 2 events", "▲ 70% lately"),
        *(f"2.3{TIMES} others [1.4, 3.9]", "light", "golden", "n = 10", "One note."),
        *("Robin (me), 3 photos", "Bo (dog), 1 photo", "The photos bear these interests out"),
        "null test p = 0.004 · ARI 0.68 with photos drawn again, 0.97 with other seeds · "
        "12% of the photos in none",
    ):
        assert line in said
    assert said.index("golden") < said.index("dusk")  # the strongest first
    assert said.index("Robin (me), 3 photos") < said.index("Bo (dog), 1 photo")


def test_marks_of_a_card_are_as_long_as_what_they_show() -> None:
    second = one(weight=0.25, stability=0.9)
    (axes,) = plots.profile_card(of(ONE, second, traits=PROFILE.traits), thumbnail).axes
    bars = [box for box in axes.patches if box.get_x() == WEIGHT]
    assert [bar.get_width() for bar in bars] == pytest.approx([BAR, BAR / 2])
    dots = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert dots == pytest.approx([STABILITY + GAUGE * 0.8, STABILITY + GAUGE * 0.9])
    full, shown = [box.get_width() for box in axes.patches if box.get_height() == 0.035][:2]
    assert shown == pytest.approx(full / 2)  # golden light is in half of the photos
    palette = [box.get_width() for box in axes.patches if box.get_height() == 0.45]
    assert palette[0] == pytest.approx(3 * palette[1])


def test_a_doubtful_interest_looks_doubtful() -> None:
    sure, doubtful = one(stability=0.6), one(name="rivers", stability=0.59)
    fig = plots.profile_card(of(sure, doubtful), thumbnail)
    said = texts(fig)
    assert "0.60 fair" in said and "0.59 doubtful" in said
    assert text(fig, "rivers").get_color() == MUTED != text(fig, "meadows").get_color()
    hatches = [box.get_hatch() for box in fig.axes[0].patches if box.get_x() == WEIGHT]
    assert hatches[0] is None and hatches[1]


def test_without_structure_no_interest_is_sure() -> None:
    loose = of(one(stability=0.9), trust=Trust(True, 0.01, stability=0.4))
    said = texts(plots.profile_card(loose, thumbnail))
    assert "The photos fall into groups, but loosely" in said
    whole = of(one(stability=0.9), trust=Trust(False, 0.43))
    fig = plots.profile_card(whole, thumbnail)
    said = texts(fig)
    assert "The photos show no clear interests" in said and "0.90 doubtful" in said
    assert "The photos bear these interests out" not in said


def test_an_empty_profile_is_a_card_that_says_so() -> None:
    nothing = of(people=(), palette=(), traits=(), trust=Trust(False), photos=0)
    said = texts(plots.profile_card(nothing, thumbnail))
    assert "No interests: there is no photo to read them from." in said
    assert "none named" in said and "no photo to read it from" in said
    assert "The photos show no clear interests" in said and "interest" not in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"recent": 0.4}, "▼ 40% lately"),
        ({"recent": 0.51}, "= 51% lately"),
        ({"weight": 0.3}, "50% of the photos"),  # what was stated took from it
        ({"weight": 0.004}, "<1%"),
        ({"name": "unclear", "margin": 0.0}, "perhaps meadows, insects, garden"),
        ({"members": (), "medoid": "", "exemplars": ()}, "stated by the owner: no photo"),
    ],
)
def test_a_card_says_what_is_special(changes: dict[str, object], said: str) -> None:
    assert said in texts(plots.profile_card(of(one(**changes)), thumbnail))
    assert said not in texts(plots.profile_card(PROFILE, thumbnail))


def test_what_is_unknown_is_left_out() -> None:
    bare = one(recent=None, lift=None, events=0, margin=0.0)
    said = " ".join(texts(plots.profile_card(of(bare, trust=Trust(True)), thumbnail)))
    for word in ("lately", "others", "event", "ahead", "null test", "ARI", "styles"):
        assert word not in said


def test_stated_styles_are_on_the_card() -> None:
    said = texts(plots.profile_card(of(ONE, styles=(("oil", 0.6), ("pencil", 0.4))), thumbnail))
    assert {"styles", "oil 60%", "pencil 40%"} <= set(said)


@pytest.mark.parametrize("number", [1, 8, 20])
def test_rows_of_a_card_keep_apart(number: int) -> None:
    fig = plots.profile_card(of(*many(number)), thumbnail)
    (axes,) = fig.axes
    photos = [image.get_extent() for image in axes.images]
    assert len(photos) == 2 * number and min(left for left, *_ in photos) == PHOTOS
    tops = sorted({top for *_, top in photos})
    side = photos[0][1] - photos[0][0]
    assert len(tops) == number and (number == 1 or min(np.diff(tops)) > side)
    chips = [said for said in texts(fig) if said.isdigit()]
    assert chips == [str(row + 1) for row in range(number)]
    lines = [one for one in axes.texts if one.get_position()[0] == 0.34]  # of the name column
    heights = sorted(one.get_window_extent().y0 for one in lines)
    assert min(np.diff(heights)) > 5  # pixels: no line covers another


def test_shares_of_few_photos_are_pale() -> None:
    traits = Trait("light", "golden", 0.5, 2, 4), Trait("mood", "calm", 0.6, 3, 5)
    fig = plots.profile_card(of(ONE, traits=(*traits, Trait("mood", "sad", 0, 0, 5))), thumbnail)
    assert text(fig, "golden").get_color() == MUTED != text(fig, "calm").get_color()
    assert "sad" not in texts(fig)  # no photo shows it


def test_a_card_shows_moods_that_were_stated_and_none_that_are_unclear() -> None:
    traits = Trait("mood", "unclear", 0.7, 7, 10), Trait("mood", "calm", 0.3, 0, 10)
    said = texts(plots.profile_card(of(ONE, traits=traits), thumbnail))
    assert {"mood", "calm", "30%", "n = 10"} <= set(said) and "unclear" not in said


def test_at_most_four_values_of_a_facet() -> None:
    traits = tuple(Trait("mood", f"mood {k}", k / 10, k, 9) for k in range(6))
    said = texts(plots.profile_card(of(ONE, traits=traits), thumbnail))
    assert [one for one in said if one.startswith("mood ")] == [f"mood {k}" for k in (5, 4, 3, 2)]


# what all figures of a profile share


def figures(profile: Profile) -> dict[str, Figure]:
    ids = [photo for interest in profile.interests for photo in interest.members] or ["x"]
    table = pd.DataFrame({"photo_id": ids, "taken_local": pd.Timestamp("2020-01-01")})
    table = table.assign(taken_utc=table.taken_local.dt.tz_localize("UTC"), time_source="exif")
    xy = np.random.default_rng(0).normal(size=(len(ids), 2))
    return {
        "card": plots.profile_card(profile, thumbnail),
        "map": plots.interest_map(xy, ids, profile, thumbnail),
        "tree": plots.dendrogram(hierarchy(profile), profile, thumbnail),
        "stability": plots.stability_plot(profile),
        "timeline": plots.interest_timeline(timeline(profile, table), profile),
    }


@pytest.mark.parametrize("number", [0, 1, 20])
def test_any_number_of_interests_can_be_drawn(number: int) -> None:
    assert all(drawn(fig).std() > 0 for fig in figures(of(*many(number))).values())


def test_a_simulated_owner_is_marked_in_every_figure() -> None:
    for real in (False, True):
        for fig in figures(of(*many(3), simulated=not real)).values():
            assert any("simulated owner" in said.casefold() for said in texts(fig)) != real


def test_user_text_is_text() -> None:
    """Never a formula, wherever it stands."""
    named = [one(name=HOSTILE), one(name="unclear", terms=((HOSTILE, 1.0),), direction=(0.0, 1.0))]
    profile = of(
        *named,
        **{"owner": HOSTILE, "embedder": HOSTILE, "notes": (HOSTILE,)},
        people=(Known(HOSTILE, HOSTILE, "person", 1, 1),),
        traits=(Trait(HOSTILE, HOSTILE, 0.5, 1, 2),),
        styles=((HOSTILE, 1.0),),
    )
    for name, fig in figures(profile).items():
        drawn(fig)
        found = [one for one in fig.findobj(Text) if HOSTILE[:9] in one.get_text()]
        assert len(found) >= (9 if name == "card" else 1)
        assert not any(one.get_parse_math() for one in found)


def test_twenty_interests_have_colours_that_can_be_told_apart() -> None:
    """No less than the first eight, with full, deutan and protan vision."""
    views = {  # of linear RGB: Machado, Oliveira and Fernandes 2009, severity 1
        "full": np.eye(3),
        "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
        "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    }

    def nearest(colours: list[str]) -> float:
        linear = np.array([to_rgba(one)[:3] for one in colours]) ** 2.2
        apart = np.inf
        for view in views.values():
            lab = rgb2lab(np.clip(linear @ np.transpose(view), 0, 1)[None] ** (1 / 2.2))
            away = deltaE_ciede2000(lab.swapaxes(0, 1), lab) + 1e3 * np.eye(len(colours))
            apart = min(apart, away.min())
        return apart

    assert len(set(INTERESTS)) == 20 and INTERESTS[: len(CYCLE)] == CYCLE
    assert nearest(INTERESTS) == nearest(CYCLE)  # the twelve more bring nothing nearer
    assert shade(3) == shade(23)


def test_numbers_are_readable_on_their_colours() -> None:
    """At least 3:1, WCAG 2.2's contrast for graphics and bold text."""

    def luminance(colour: str) -> float:
        return float(np.array(to_rgba(colour)[:3]) ** 2.2 @ [0.2126, 0.7152, 0.0722])

    for colour in INTERESTS:
        dark, light = sorted([luminance(colour), luminance(ink_on(colour))])
        assert (light + 0.05) / (dark + 0.05) >= 3


@pytest.mark.parametrize(
    ("share", "said"), [(0, "0%"), (0.001, "<1%"), (0.0099, "<1%"), (0.25, "25%"), (1, "100%")]
)
def test_what_is_there_is_never_nothing(share: float, said: str) -> None:
    assert percent(share) == said


# the map


def extents(fig: Figure) -> dict[tuple[float, float], float]:
    """The photos of a map: their middle, rounded, and their side."""
    places = [image.get_extent() for image in fig.axes[0].images]
    return {
        (round((left + right) / 2, 3), round((top + bottom) / 2, 3)): round(right - left, 3)
        for left, right, bottom, top in places
    }


def test_photos_lie_where_the_map_says() -> None:
    """Medoids are large, photos in no interest small and pale; up is up."""
    profile = of(one(members=("a", "b")))
    xy = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [1.0, 2.0]])
    fig = plots.interest_map(xy, ["a", "b", "c", "d"], profile, thumbnail)
    found = extents(fig)
    left, right = 0.33, 10 - 0.33
    top, bottom = 0.55 + 0.33, 0.55 + 6.6 - 0.33
    assert found == {
        (left, round(bottom, 3)): 0.66,
        (right, round(bottom, 3)): 0.34,
        (left, round(top, 3)): 0.28,
        (right, round(top, 3)): 0.28,
    }
    assert [image.get_alpha() for image in fig.axes[0].images] == [1.0, 1.0, 0.35, 0.35]
    assert any("2 of 4 photos in an interest" in said for said in texts(fig))


def test_no_photo_of_a_map_covers_another() -> None:
    rng = np.random.default_rng(0)
    interests = many(4)
    ids = [photo for interest in interests for photo in interest.members]
    ids += [f"none {k}" for k in range(80)]
    xy = rng.normal(size=(len(ids), 2))
    fig = plots.interest_map(xy, ids, of(*interests), thumbnail)
    places = [image.get_extent() for image in fig.axes[0].images]
    for number, (left, right, bottom, top) in enumerate(places):
        for left2, right2, bottom2, top2 in places[number + 1 :]:
            assert right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top
    (dots,) = fig.axes[0].collections
    assert 0 < len(places) < len(ids) and len(places) + len(dots.get_offsets()) == len(ids)


def labels(fig: Figure) -> list[Text]:
    fig.draw_without_rendering()
    return [text for text in fig.axes[0].texts if text.get_bbox_patch() is not None]


def test_no_name_on_a_map_covers_another() -> None:
    """Nor a medoid, even if all interests lie on one spot."""
    interests = many(12)
    ids = [photo for interest in interests for photo in interest.members]
    xy = np.random.default_rng(0).normal(size=(len(ids), 2), scale=0.001)
    xy = np.vstack([xy, [[-1, -1], [1, 1]]])
    fig = plots.interest_map(xy, [*ids, "x", "y"], of(*interests), thumbnail)
    found = [label.get_bbox_patch().get_window_extent() for label in labels(fig)]
    assert len(found) == 12
    page = fig.bbox
    for number, box in enumerate(found):
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1
        assert not any(box.overlaps(other) for other in found[number + 1 :])
    large = next(image for image in fig.axes[0].images if image.get_alpha() == 1.0)
    medoid = large.get_window_extent()
    assert not any(box.overlaps(medoid) for box in found)


def test_an_interest_without_its_medoid_on_the_map_is_still_named() -> None:
    profile = of(one(name="here"), one(name="not here", members=("q",), medoid="q", exemplars=()))
    xy = np.array([[0.0, 0.0], [1.0, 1.0]])
    fig = plots.interest_map(xy, ["b", "z"], profile, thumbnail)
    assert [label.get_text() for label in labels(fig)] == ["1  here"]
    assert 0.66 in extents(fig).values()  # "b" stands for the medoid "a"


# the tree, and how sure the interests are


def test_branches_meet_at_their_distance() -> None:
    alike = [one(name=f"n{k}", direction=way) for k, way in enumerate([(1.0, 0.0), (0.6, 0.8)])]
    apart = one(name="n2", direction=(-1.0, 0.0), stability=0.1, medoid="")
    profile = of(*alike, apart)
    fig = plots.dendrogram(hierarchy(profile), profile, thumbnail)
    (axes,) = fig.axes
    branches = [line for line in axes.lines if len(line.get_xdata()) == 4]
    heights = sorted(4.4 - min(line.get_xdata()) for line in branches)
    assert heights[1] == pytest.approx(4.4)  # the furthest join is as far left as the tree goes
    tree = hierarchy(profile)
    assert heights[0] / heights[1] == pytest.approx(tree[0, 2] / tree[1, 2])
    rows = {said: text(fig, said).get_position()[1] for said in ("n0", "n1", "n2")}
    assert abs(rows["n0"] - rows["n1"]) == pytest.approx(0.56)  # like beside like
    assert len(axes.images) == 2 and text(fig, "n2").get_color() == MUTED
    assert "1 interest: nothing to join." in texts(
        plots.dendrogram(hierarchy(PROFILE), PROFILE, thumbnail)
    )


TRIED = (Tried(3, 3, 0.8, 0.3), Tried(2, 2, 0.5, 0.25), Tried(4, 4, 0.6, 0.35))


def test_scores_stand_beside_chance() -> None:
    interests = [one(name="a"), one(name="b", stability=0.5), one(name="c", members=())]
    trust = dataclasses.replace(PROFILE.trust, tried=TRIED)
    fig = plots.stability_plot(of(*interests, trust=trust))
    left, right = fig.axes
    score, chance, chosen = left.lines
    assert [tuple(xy) for xy in score.get_xydata()] == [(2, 0.5), (3, 0.8), (4, 0.6)]
    assert [tuple(xy) for xy in chance.get_xydata()] == [(2, 0.25), (3, 0.3), (4, 0.35)]
    assert list(chosen.get_xdata()) == [2, 2]  # one of the three was stated, not found
    dots = {line.get_ydata()[0]: line for line in right.lines if line.get_marker() == "o"}
    assert [dots[row].get_xdata()[0] for row in (0, 1)] == [0.8, 0.5]
    assert [dots[row].get_markerfacecolor() for row in (0, 1)] == [shade(0), "white"]
    assert [one.get_text() for one in right.get_yticklabels()] == ["a  1", "b  2"]
    levels = [line.get_xdata()[0] for line in right.lines if line.get_linestyle() == "--"]
    assert levels == [0.6, 0.75]
    assert {"They are borne out by the photos.", "How many are borne out: 2"} <= set(texts(fig))


def test_a_number_that_was_not_chosen_is_not_marked() -> None:
    fig = plots.stability_plot(of(ONE, trust=Trust(False, 0.4, tried=TRIED)))
    assert len(fig.axes[0].lines) == 2
    said = texts(fig)
    assert {"They are not borne out by the photos.", "How many are borne out: none"} <= set(said)
    assert len(plots.stability_plot(PROFILE).axes) == 1  # none was tried


# over time


def test_a_bar_is_the_share_of_its_period() -> None:
    rows = [
        *(("2020Q1", 0, 0.25, 2), ("2020Q1", 1, 0.75, 6)),
        *(("2020Q2", 0, np.nan, 0), ("2020Q2", 1, np.nan, 0)),
        *(("2020Q3", 0, 0.5, 1), ("2020Q3", 1, 0.5, 1)),
    ]
    table = pd.DataFrame(rows, columns=["period", "interest", "share", "photos"])
    table["period"] = pd.PeriodIndex(table.period, freq="Q")
    fig = plots.interest_timeline(table, of(one(name="a"), one(name="b")))
    upper, lower = fig.axes
    heights = np.reshape([-bar.get_height() for bar in upper.patches], (2, 3))
    assert heights / heights.max() == pytest.approx(np.array([[1, 0, 2], [3, 0, 2]]) / 3)
    faint = [bar.get_facecolor()[3] < 1 for bar in upper.patches]
    assert faint == [False, True, True] * 2  # a period of two photos says little
    assert [bar.get_height() for bar in lower.patches] == [8, 0, 2]
    assert [one.get_text() for one in lower.texts] == ["8", "", "2"]
    assert [one.get_text() for one in upper.get_yticklabels()] == ["a  1", "b  2"]
    assert any("pale: quarters of fewer than 5 photos. 10 photos" in said for said in texts(fig))


def test_what_was_only_stated_has_no_row_in_time() -> None:
    stated, seen = one(name="wished", medoid="", exemplars=(), members=()), one(name="seen")
    table = pd.DataFrame({"period": pd.PeriodIndex(["2020"] * 2, freq="Y"), "interest": [0, 1]})
    table["share"], table["photos"] = [0.0, 1.0], [0, 7]
    upper, _ = plots.interest_timeline(table, of(stated, seen)).axes
    assert [label.get_text() for label in upper.get_yticklabels()] == ["seen  2"]
    (bar,) = upper.patches
    assert to_hex(bar.get_facecolor()) == to_hex(shade(1))  # its own number's, as elsewhere


# comparisons


def lifts(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["theme", "ratio", "low", "high"])
    return table.assign(share=0.2, population=0.1)


def test_a_lift_is_a_dot_on_a_log_axis() -> None:
    table = lifts(("less", 0.5, 0.3, 0.8), ("more", 2, 1.5, 3), ("as usual", 1.1, 0.8, 1.4))
    fig = plots.lift_plot(table)
    (axes,) = fig.axes
    assert axes.get_xscale() == "log"
    assert [one.get_text() for one in axes.get_yticklabels()] == ["more", "as usual", "less"]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [dot.get_xdata()[0] for dot in dots] == [2, 1.1, 0.5]
    assert [dot.get_color() for dot in dots] == [CYCLE[0], MUTED, CYCLE[3]]
    spans = [tuple(line.get_xdata()) for line in axes.lines if line.get_marker() == "None"]
    assert spans == [(1.5, 3), (0.8, 1.4), (0.3, 0.8), (1, 1)]
    assert texts(fig).count("20% against 10%") == 3
    assert "No theme was compared." in texts(plots.lift_plot(table[:0]))


def test_a_lift_beyond_the_axis_is_an_arrow() -> None:
    (axes,) = plots.lift_plot(lifts(("none", 0.0, 0.0, 1.2), ("all", 90, 30, np.inf))).axes
    arrows = {line.get_marker(): line.get_xdata()[0] for line in axes.lines}
    assert (arrows["<"], arrows[">"]) == (0.05, 20)


def test_a_difference_leads_from_before_to_after() -> None:
    table = pd.DataFrame(
        [
            ("hills", "hills", 0.9, 0.2, 0.5, 0.3, "gained"),
            ("sea", "coast", 0.7, 0.4, 0.3, -0.1, "lost"),
            (None, "food", np.nan, 0.0, 0.2, 0.2, "new"),
            ("cars", None, np.nan, 0.4, 0.0, -0.4, "gone"),
        ],
        columns=[
            *("interest_before", "interest_after", "cosine"),
            *("weight_before", "weight_after", "change", "status"),
        ],
    )
    fig = plots.difference_plot(table, "2019", "2024")
    (axes,) = fig.axes
    dots = [
        (line.get_markerfacecolor() == "white", line.get_xdata()[0], line.get_ydata()[0])
        for line in axes.lines
    ]
    assert sorted(dots) == [
        *((False, 0.2, 2), (False, 0.3, 1), (False, 0.5, 0)),
        *((True, 0.2, 0), (True, 0.4, 1), (True, 0.4, 3)),
    ]
    names = [one.get_text() for one in axes.get_yticklabels()]
    assert names == ["hills", "sea → coast", "food", "cars"]
    said = texts(fig)
    assert {"gained, cosine 0.90", "lost, cosine 0.70", "only 2024", "only 2019"} <= set(said)
    assert "Hollow: 2019. Filled: 2024. Interests are paired by their directions." in said
    assert "Neither profile has interests." in texts(plots.difference_plot(table[:0]))


def test_recovery_is_a_line_a_method() -> None:
    rows = [
        (size, method, metric, value / size, value / size - 0.01, value / size + 0.01, 20)
        for size in (200, 50)
        for method, value in (("ours", 5.0), ("theirs", 10.0))
        for metric in ("js", "ari")
    ]
    columns = ["size", "method", "metric", "mean", "low", "high", "owners"]
    fig = plots.recovery_plot(pd.DataFrame(rows, columns=columns))
    assert [axes.get_title(loc="left").strip() for axes in fig.axes] == [
        *("Jensen-Shannon distance", "ARI"),
    ]
    for axes in fig.axes:
        assert axes.get_xscale() == "log"
        lines = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
        assert lines == {"ours": [[50, 0.1], [200, 0.025]], "theirs": [[50, 0.2], [200, 0.05]]}
        band = axes.collections[0].get_paths()[0].vertices
        assert band[:, 1].max() == pytest.approx(0.11)
        assert [one.get_text() for one in axes.get_xticklabels()] == ["50", "200"]
    assert any("Simulated owners: 20 a size." in said for said in texts(fig))
    assert "Nothing was measured." in texts(plots.recovery_plot(pd.DataFrame(columns=columns)))


def test_names_in_comparisons_are_text() -> None:
    row = (HOSTILE, HOSTILE, 0.9, 0.2, 0.5, 0.3, "gained")
    columns = [
        *("interest_before", "interest_after", "cosine"),
        *("weight_before", "weight_after", "change", "status"),
    ]
    for fig in (
        plots.lift_plot(lifts((HOSTILE, 1.0, 0.5, 2.0)), HOSTILE),
        plots.difference_plot(pd.DataFrame([row], columns=columns), HOSTILE, HOSTILE, HOSTILE),
    ):
        drawn(fig)
        found = [one for one in fig.findobj(Text) if HOSTILE in one.get_text()]
        assert len(found) > 1 and not any(one.get_parse_math() for one in found)


# the map to explore


def explorer(**changes: object):
    profile = of(one(members=("a", "b"), name=HOSTILE), **changes)
    table = pd.DataFrame({"photo_id": ["a", "b", "c"], "albums": [[HOSTILE], [], ["x", "y"]]})
    table["taken_local"] = pd.to_datetime(["2020-01-05", None, None])
    table["taken_utc"] = pd.to_datetime(["2020-01-04", "2021-06-01", None], utc=True)
    xy = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    opened: list[str] = []

    def open_photo(photo_id: str) -> np.ndarray:
        opened.append(photo_id)
        if photo_id == "c":
            raise AlbumenError("It cannot be read.")
        return np.full((16, 16, 3), ord(photo_id), np.uint8)

    return interest_scatter(xy, profile, table, open_photo), opened


def test_a_selection_comes_back_as_a_table() -> None:
    made, _ = explorer()
    table = made.view.children[1]
    assert made.selected().empty and "lasso" in table.value
    made.scatter.widget.selection = np.array([0, 2], np.uint32)
    found = made.selected()
    assert found.photo_id.tolist() == ["a", "c"] and found.date.tolist() == ["2020-01-05", ""]
    assert found.interest.tolist() == [f"1  {HOSTILE}", "in no interest"]
    assert found.albums.tolist() == [HOSTILE, "x, y"]
    assert "2 photos" in table.value and "<script>" not in table.value
    made.scatter.selection([1])
    assert made.selected().date.tolist() == ["2021-06-01"]


def asked(made, place: int) -> dict[str, object]:
    """What jscatter answers when the page asks for the tooltip of a dot."""
    sent: list[dict[str, object]] = []
    made.scatter.widget.send = sent.append
    question = {"type": "tooltip", "index": place, "preview": "photo", "properties": ["date"]}
    made.scatter.widget._handle_custom_msg(question, [])
    (answer,) = sent
    return answer


def test_the_photo_under_the_pointer_is_shown_and_forgotten() -> None:
    made, opened = explorer()
    widget = made.scatter.widget
    assert not opened  # nothing is decoded before it is wanted
    sent: list[dict[str, object]] = []
    widget.send = sent.append
    widget.hovering = 1
    (answer,) = sent
    assert answer["type"] == "tooltip" and answer["index"] == 1
    assert opened == ["b"]
    preview = asked(made, 1)["preview"]
    assert preview == answer["preview"]
    pixels = Image.open(io.BytesIO(base64.b64decode(preview.split(",")[1])))
    assert pixels.getpixel((3, 3)) == (ord("b"),) * 3
    assert asked(made, 0)["preview"] == BLANK  # never another's photo
    assert not any("image/jpeg" in str(value) for value in widget.get_state().values())
    widget.hovering = None
    assert asked(made, 1)["preview"] == BLANK


def test_a_photo_that_cannot_be_read_is_blank() -> None:
    made, opened = explorer()
    made.scatter.widget.hovering = 2
    assert opened == ["c"] and asked(made, 2)["preview"] == BLANK


def test_dots_have_the_colours_of_their_interests() -> None:
    widget = explorer()[0].scatter.widget
    colours = [to_hex(one) for one in widget.color]
    legend = {name: to_hex(colour) for name, colour, _ in widget.legend_encoding["color"]["values"]}
    assert colours[:2] == [shade(0), PALE]
    assert legend == {f"1  {HOSTILE}": shade(0), "in no interest": PALE}
    assert widget.tooltip_preview_type == "image"

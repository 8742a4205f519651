"""Faces are grouped as the reference groups them, and named only where the evidence allows it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from albumen.consent import NAME_WITHHELD, Consent, PersonConsent
from albumen.errors import AlbumenError
from albumen.faces import (
    Corrections,
    corrected,
    group_faces,
    mean_embedding,
    name_faces,
    read_corrections,
    resolve,
    separation,
    write_corrections,
)
from albumen.faces.boxes import match_boxes
from albumen.faces.group import SAME, link
from albumen.faces.odds import BIAS, DLIB, SFACE, evidence, log_odds
from albumen.tables import FACES, write_table

# Hand-made vectors: people are orthogonal axes, their photos lie close around them.


def embedding(person, nudge=0.0):
    """Unit vector near axis `person`, turned towards a far axis by `nudge`."""
    vector = np.zeros(128, np.float32)
    vector[person], vector[100 + person] = np.cos(nudge), np.sin(nudge)
    return vector


def face(photo, index, person, nudge=0.0, pixels=50.0, x=0.1, sface=None):
    """A face turned by `nudge` from its person's axis, for SFace by `sface` if that is another."""
    vector = embedding(person, nudge)
    box = {"x": x, "y": 0.1, "w": 0.2, "h": 0.2, "landmarks": np.zeros(10, np.float32)}
    return {
        "face_id": f"{photo}#{index}",
        "photo_id": photo,
        **box,
        "score": 0.9,
        "pixels": pixels,
        "name": None,
        "name_reason": "",
        "confidence": np.nan,
        "group": np.nan,
        "sface": vector if sface is None else embedding(person, sface),
        "dlib": vector,
        "mobilefacenet": np.eye(192, dtype=np.float32)[person],
    }


def box(name, x=0.1, y=0.1, w=0.2, h=0.2, kind="face"):
    return {"x": x, "y": y, "w": w, "h": h, "name": name, "kind": kind}


CONSENT = Consent(
    owner="Rowan",
    people={
        "Rowan": PersonConsent("me", "person", True, True),
        "Ivy": PersonConsent("sister", "person", True, False),
        "Ash": PersonConsent("friend", "person", False, False),
        "Rex": PersonConsent("dog", "pet", True, True),
    },
)


def photos_of(people, flags=None, boxes=None):
    return pd.DataFrame(
        {
            "photo_id": list(people),
            "people": list(people.values()),
            "faces": [(boxes or {}).get(photo_id, []) for photo_id in people],
            "flags": [(flags or {}).get(photo_id, []) for photo_id in people],
        }
    )


def table(rows, people, flags=None, boxes=None, corrections=None):
    """The faces named, whatever the order they come in, as a table that fits its schema."""
    photos = photos_of(people, flags, boxes)
    result = name_faces(pd.DataFrame(rows), photos, CONSENT, corrections)
    backwards = name_faces(pd.DataFrame(rows[::-1]), photos[::-1], CONSENT, corrections)
    assert list(backwards.name[::-1]) == list(result.name)
    assert backwards.confidence[::-1].to_numpy() == pytest.approx(
        result.confidence.to_numpy(), nan_ok=True
    )
    assert list(result.columns) == FACES.names
    assert all(result.name_reason)
    assert (result.confidence.notna() == result.name.notna()).all()
    assert result.confidence.dropna().between(0, 1).all()
    return result.set_index("face_id", drop=False)


def named(rows, people, flags=None, boxes=None, corrections=None):
    return table(rows, people, flags, boxes, corrections).name.to_dict()


# Odds and groups


def near(centres, people, spread, seed):
    """Faces of `people` near unit `centres`, each in a photo of its own."""
    rng = np.random.default_rng(seed)
    vectors = centres[people] + rng.normal(0, spread, (len(people), 128)) / np.sqrt(128)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    rows = [face(f"p{place:03}", 0, 0) for place in range(len(people))]
    return pd.DataFrame(rows).assign(sface=list(vectors), dlib=list(vectors))


def test_log_odds_are_the_logistic_model_and_means_are_means_of_pairs():
    faces = near(np.eye(128)[:3], np.arange(9) % 3, 0.8, 0)
    known = evidence(faces)
    sface, dlib = (np.stack(list(faces[one])).astype(float) for one in ("sface", "dlib"))
    squared = ((dlib[:, None] - dlib[None]) ** 2).sum(axis=2)
    expected = SFACE * sface @ sface.T + DLIB * squared + BIAS
    assert log_odds(known, known) == pytest.approx(expected, abs=1e-3)
    some, others = np.array([0, 4, 5]), np.array([1, 7])
    mean = log_odds(known.mean(some), known.mean(others))[0, 0]
    assert mean == pytest.approx(expected[np.ix_(some, others)].mean(), abs=1e-3)


@pytest.mark.parametrize("spread", [0.5, 0.75, 0.9])
def test_groups_are_those_of_average_linkage(spread):
    """SciPy's, which keeps all pairs; some people are split and some merged at these spreads."""
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(12, 128)) / np.sqrt(128)
    faces = near(centres, rng.integers(0, 12, 80), spread, 1)
    known = evidence(faces)
    odds = log_odds(known, known).astype(float)
    far = 100 - (odds + odds.T) / 2
    np.fill_diagonal(far, 0)
    oracle = fcluster(linkage(squareform(far, checks=False), "average"), 100 - SAME, "distance")
    assert same_partition(link(known, np.arange(80)), oracle)


def same_partition(first, second):
    return len({*zip(first, second, strict=True)}) == len({*first}) == len({*second})


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(1, 12))
def test_groups_know_no_order_and_no_photo_shows_somebody_twice(seed, count, photos):
    rng = np.random.default_rng(seed)
    faces = near(np.eye(128)[:3], rng.integers(0, 3, count), rng.uniform(0.1, 0.9), seed)
    faces["photo_id"] = [f"p{one}" for one in rng.integers(0, photos, count)]
    faces["face_id"] = [f"{one}#{place}" for place, one in enumerate(faces.photo_id)]
    groups = group_faces(faces)
    shuffled = rng.permutation(count)
    assert (group_faces(faces.iloc[shuffled]) == groups[shuffled]).all()
    assert not faces.assign(group=groups)[["photo_id", "group"]].duplicated().any()
    first = faces.assign(group=groups).groupby("group").face_id.min()
    assert list(first.index) == list(range(len(first))) and list(first) == sorted(first)


def test_a_face_too_unclear_has_no_group():
    faces = pd.DataFrame([face("a", 0, 1), face("b", 0, 1, pixels=4), face("c", 0, 1)])
    assert np.array_equal(group_faces(faces), [0, np.nan, 0], equal_nan=True)
    assert len(group_faces(faces.iloc[:0])) == 0


def test_a_broken_vector_is_like_no_other():
    faces = pd.DataFrame([face(photo, 0, 1) for photo in "abc"])
    faces.at[1, "sface"] = np.full(128, np.nan, np.float32)
    assert list(group_faces(faces)) == [0, 1, 0]


# Boxes


def boxed(faces, boxes):
    return match_boxes(pd.DataFrame(faces), boxes, {"Rowan", "Ivy"})


def test_boxes_of_other_sizes_fit():
    here = [face("p", 0, 1)]  # .1 to .3
    assert boxed(here, [box("Rowan", 0.11, 0.09)]) == {0: "Rowan"}
    assert boxed(here, [box("Rowan", 0.0, 0.0, 0.4, 0.4)]) == {0: "Rowan"}  # the whole head
    assert boxed(here, [box("Rowan", 0.18, 0.18, 0.05, 0.05)]) == {0: "Rowan"}
    assert boxed(here, [box("Rowan", 0.0, 0.0, 1.0, 1.0)]) == {}  # around everybody
    assert boxed(here, [box("Rowan", 0.5, 0.5)]) == {}
    assert boxed([], [box("Rowan")]) == {} and boxed(here, []) == {}


def test_each_box_has_one_face_and_each_face_one_box():
    two = [face("p", 0, 1), face("p", 1, 2, x=0.2)]  # cheek to cheek
    assert boxed(two, [box("Ivy", 0.22), box("Rowan", 0.12)]) == {0: "Rowan", 1: "Ivy"}
    assert boxed(two, [box("Rowan", 0.12), box("Rowan", 0.13, 0.11)]) == {0: "Rowan"}


def test_a_box_without_a_usable_name_keeps_its_faces_nameless():
    here = [face("p", 0, 1)]
    assert boxed(here, [box("")]) == {0: ""}
    assert boxed(here, [box("", 0.0, 0.0, 1.0, 1.0)]) == {0: ""}
    assert boxed(here, [box("Ash")]) == boxed(here, [box("Rowan", kind="pet")]) == {0: ""}
    assert boxed(here, [box("Rowan", kind="other")]) == {}
    better = [box("Rowan", 0.1), box("", 0.16)]
    assert boxed(here, better) == {0: "Rowan"}


coordinates = st.floats(-0.5, 1.5, width=32)
sizes = st.floats(0, 1, width=32)
boxes_of_metadata = st.builds(
    box,
    st.sampled_from(["", "Rowan", "Ivy", "Ash"]),
    *(coordinates, coordinates, sizes, sizes),
    st.sampled_from(["face", "pet", "other"]),
)


@given(
    st.lists(st.builds(lambda x: face("p", 0, 1, x=x), coordinates), max_size=5),
    st.lists(boxes_of_metadata, max_size=6),
)
def test_a_name_goes_to_one_face_of_a_photo(faces, boxes):
    matched = boxed(faces, boxes)
    names = [name for name in matched.values() if name]
    assert len(names) == len({*names}) and {*names} <= {"Rowan", "Ivy"}
    assert {*matched} <= {*range(len(faces))}


# Corrections

A, B = "1a2b3c4d5e6f", "9f8e7d6c5b4a"


def test_corrections_come_back_as_written(tmp_path):
    assert read_corrections(tmp_path) == Corrections()
    said = Corrections({"Robin": (f"{A}#0",), "No": (f"{B}#12",)}, {"Robin": (f"{B}#1",)})
    path = write_corrections(tmp_path, said)
    assert path == tmp_path / "people.yaml"
    assert f"Robin:\n  is: [{A}#0]\n  is not: [{B}#1]\n" in path.read_text()
    assert read_corrections(tmp_path) == said
    (tmp_path / "export.zip").touch()
    assert read_corrections(tmp_path / "export.zip") == said  # beside it


def test_writing_keeps_the_owners_comments(tmp_path):
    path = tmp_path / "people.yaml"
    path.write_text(f"# mine\nRobin: {{is: [{A}#0], is not: [{B}#1]}}  # sure\nAlma: {{is: []}}\n")
    said = read_corrections(tmp_path)
    assert said == Corrections({"Robin": (f"{A}#0",)}, {"Robin": (f"{B}#1",)})
    write_corrections(tmp_path, corrected(said, {"Wim": [f"{B}#0"]}, {}))
    text = path.read_text()
    assert text.startswith(f"# mine\nRobin: {{is: [{A}#0], is not: [{B}#1]}}  # sure\n")
    assert "Wim" in text and "Alma" not in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Robin: {is: [", "not readable YAML"),
        ("Robin: {is: []}\nRobin: {is: []}", "not readable YAML"),
        ("- Robin", "expected names"),
        ("2020-01-01: {is: []}", "quote it"),
        ("Robin: {isnt: []}", "'is' and 'is not'"),
        (f"Robin: [{A}#0]", "'is' and 'is not'"),
        (f"Robin: {{is: {A}#0}}", "must be a list"),
        ("Robin: {is: [abc#0]}", "abc#0"),
        (f"Robin: {{is: [{A}]}}", A),
        ("Robin: {is not: [&a [*a]]}", "1a2b3c4d5e6f#0"),
        (f"Robin: {{is: [{A}#0]}}\nAlma: {{is: [{A}0#0]}}", "'Robin' and 'Alma'"),
        (f"Robin: {{is: [{A}#0], is not: [{A}#0]}}", "and not to be"),
    ],
)
def test_corrections_that_make_no_sense_are_a_sentence(tmp_path, text, words):
    (tmp_path / "people.yaml").write_text(text)
    with pytest.raises(AlbumenError, match=r"people\.yaml") as caught:
        read_corrections(tmp_path)
    assert words in str(caught.value)


def test_nothing_that_cannot_be_read_is_written(tmp_path):
    with pytest.raises(AlbumenError, match="p1#0"):
        write_corrections(tmp_path, Corrections({"Robin": ("p1#0",)}))
    assert not (tmp_path / "people.yaml").exists()


def test_the_newer_word_replaces_the_older():
    said = Corrections({"Robin": (f"{A}#0",)}, {"Alma": (f"{A}#0",)})
    full = A + "0" * 52
    assert corrected(said, {"Alma": [f"{full}#0"]}, {}) == Corrections({"Alma": (f"{A}#0",)})
    assert corrected(said, {}, {"Robin": [f"{full}#0"]}) == Corrections(
        {}, {"Alma": (f"{A}#0",), "Robin": (f"{A}#0",)}
    )


def test_corrections_meet_faces_and_consent():
    ids = [f"{A}{'0' * 52}#0", f"{A}{'0' * 52}#1"]
    said = Corrections({"ROWAN ": (f"{A}#0",), "Zoe": (f"{A}#1",)}, {"Ivy": (f"{A}#1", f"{B}#0")})
    found = resolve(said, ids, {"Rowan", "Ivy"})
    assert found.yes == {ids[0]: "Rowan"} and found.no == {(ids[1], "Ivy")}
    assert len(found.unheeded) == 2 and "Zoe" in found.unheeded[0] and B in found.unheeded[1]


# Names, rule by rule: the owner's word


def photo_id(letter):
    return letter * 64


def test_the_owners_word_wins():
    p, q = photo_id("a"), photo_id("b")
    rows = [face(p, 0, 1), face(q, 0, 2)]
    people, boxes = {p: ["Rowan"], q: []}, {p: [box("Rowan")]}
    said = Corrections({"Ivy": (f"{p}#0",), "Rowan": (f"{q[:12]}#0",)})
    result = table(rows, people, boxes=boxes, corrections=said)
    assert result.name.to_dict() == {f"{p}#0": "Ivy", f"{q}#0": "Rowan"}
    assert list(result.confidence) == [1, 1]
    assert (result.name_reason == "the owner says so").all()


@pytest.mark.parametrize("by", ["sole", "box", "listed", "group"])
def test_a_denied_name_is_given_by_no_rule(by):
    p, q, r, s = map(photo_id, "abcd")
    rows = [face(q, 0, 1), face(r, 0, 1), face(s, 0, 2), face(p, 0, 1)]
    people = {q: ["Rowan"], r: ["Rowan"], s: ["Ivy"], p: ["Rowan"]}
    boxes = {p: [box("Rowan")]} if by == "box" else {}
    if by == "listed":
        people[p] = ["Ivy", "Rowan"]
    if by == "group":
        people[p] = []
    assert named(rows, people, boxes=boxes)[f"{p}#0"] == "Rowan"
    said = Corrections({}, {"Rowan": (f"{p}#0",)})
    assert named(rows, people, boxes=boxes, corrections=said)[f"{p}#0"] is None


def test_the_owner_cannot_name_whom_consent_does_not_let_be_named():
    p = photo_id("a")
    for name in ("Ash", "Rex", "Nobody"):
        said = Corrections({name: (f"{p}#0",)})
        assert named([face(p, 0, 1)], {p: []}, corrections=said) == {f"{p}#0": None}


def test_a_withheld_name_is_above_the_owners_word():
    """In a box that only lacks a name the owner may give one."""
    p = photo_id("a")
    rows, boxes = [face(p, 0, 1)], {p: [box("")]}
    said = Corrections({"Rowan": (f"{p}#0",)})
    withheld = named(rows, {p: []}, {p: [NAME_WITHHELD]}, boxes, said)
    assert withheld == {f"{p}#0": None}
    assert named(rows, {p: []}, None, boxes, said) == {f"{p}#0": "Rowan"}


def test_one_word_of_the_owner_names_a_group():
    p, q = photo_id("a"), photo_id("b")
    rows = [face(p, 0, 1), face(q, 0, 1, 0.1)]
    said = Corrections({"Ivy": (f"{p}#0",)})
    assert named(rows, {p: [], q: []}, corrections=said) == {f"{p}#0": "Ivy", f"{q}#0": "Ivy"}


# boxes in the metadata


def test_boxes_tell_faces_of_one_photo_apart():
    rows = [face("p1", 0, 1), face("p1", 1, 2, x=0.6)]
    boxes = {"p1": [box("Ivy", 0.6), box("Rowan", 0.1)]}
    result = table(rows, {"p1": ["Ivy", "Rowan"]}, boxes=boxes)
    assert result.name.to_dict() == {"p1#0": "Rowan", "p1#1": "Ivy"}
    assert result.name_reason.str.contains("a box in the metadata").all()
    assert list(result.confidence) == pytest.approx([0.99, 0.99])


def test_a_face_in_a_withheld_box_is_never_named():
    """Whatever it is like: it is the person's whose name went."""
    rows = [face("p1", 0, 1), face("p2", 0, 1), face("p3", 0, 1), face("p4", 0, 1)]
    people = {"p1": ["Rowan"], "p2": ["Rowan"], "p3": ["Rowan"], "p4": []}
    marked = {"p3": [box("", 0.0, 0.0, 0.5, 0.5)], "p4": [box("")]}
    names = named(rows, people, boxes=marked)
    assert names == {"p1#0": "Rowan", "p2#0": "Rowan", "p3#0": None, "p4#0": None}


def test_a_name_that_a_box_places_elsewhere_is_not_given_to_the_sole_face():
    rows = [face("p1", 0, 1)]
    assert named(rows, {"p1": ["Rowan"]}, boxes={"p1": [box("Rowan", 0.7, 0.7)]}) == {"p1#0": None}


def test_a_box_says_who_is_who_for_photos_without_boxes():
    rows = [face("p1", 0, 1), face("p1", 1, 2, x=0.6), face("p2", 0, 2, 0.1), face("p2", 1, 1, 0.1)]
    both = ["Rowan", "Ivy"]
    names = named(rows, {"p1": both, "p2": both}, boxes={"p1": [box("Rowan"), box("Ivy", 0.6)]})
    assert names == {"p1#0": "Rowan", "p1#1": "Ivy", "p2#0": "Ivy", "p2#1": "Rowan"}


def test_a_box_is_believed_though_the_face_is_unlike():
    rows = [face(f"p{i}", 0, 1) for i in range(3)] + [face("p3", 0, 2)]
    people = {f"p{i}": ["Rowan"] for i in range(4)}
    assert named(rows, people)["p3#0"] is None
    believed = table(rows, people, boxes={"p3": [box("Rowan")]})
    assert believed.name["p3#0"] == "Rowan" and believed.confidence["p3#0"] < 0.1


def test_the_owners_word_places_a_name_before_a_box_does():
    p = photo_id("a")
    rows, boxes = [face(p, 0, 1), face(p, 1, 2, x=0.6)], {p: [box("Rowan")]}
    names = named(rows, {p: ["Rowan"]}, None, boxes, Corrections({"Rowan": (f"{p}#1",)}))
    assert names == {f"{p}#0": None, f"{p}#1": "Rowan"}


# one name on one face, and the rest by likeness


def test_one_name_and_one_face_seed_and_the_rest_follow():
    names = named(
        [
            face("p1", 0, 1),
            face("p2", 0, 2),
            face("p3", 0, 2, 0.2),
            face("p3", 1, 1, 0.2),
            face("p3", 2, 3),
        ],
        {"p1": ["Rowan"], "p2": ["Ivy"], "p3": ["Rowan", "Ivy"]},
    )
    assert names == {"p1#0": "Rowan", "p2#0": "Ivy", "p3#0": "Ivy", "p3#1": "Rowan", "p3#2": None}


def test_a_photo_with_a_withheld_name_seeds_nobody():
    """Its one face may be the person's who must not be named."""
    faces = [face("p1", 0, 1), face("p2", 0, 2), face("p3", 0, 1)]
    people = {"p1": ["Rowan"], "p2": ["Rowan"], "p3": ["Rowan"]}
    withheld = {"p2": [NAME_WITHHELD], "p3": [NAME_WITHHELD]}
    names = named(faces, people, withheld)
    assert names == {"p1#0": "Rowan", "p2#0": None, "p3#0": "Rowan"}
    alone = named([face("p1", 0, 1)], {"p1": ["Rowan"]}, {"p1": [NAME_WITHHELD]})
    assert alone == {"p1#0": None}


def test_a_name_is_given_at_most_once_in_a_photo():
    names = named(
        [face("p1", 0, 1), face("p2", 0, 1, 0.3), face("p2", 1, 1, 0.1)],
        {"p1": ["Rowan"], "p2": ["Rowan"]},
    )
    assert names == {"p1#0": "Rowan", "p2#0": None, "p2#1": "Rowan"}


def test_no_other_than_the_listed_names_are_given():
    rows = [face(photo, 0, 1) for photo in ("p1", "p2", "p3", "p4", "p5")]
    people = {"p1": ["Rowan"], "p2": ["Ivy"], "p3": ["Ivy", "Rowan"], "p4": ["Ash"], "p5": ["Rex"]}
    rows.append(face("p6", 0, 2))
    names = named(rows, people | {"p6": ["Ivy"]})
    assert names["p3#0"] == "Rowan"
    assert names["p2#0"] != "Rowan" and names["p4#0"] is None and names["p5#0"] is None


def test_a_face_unlike_the_name_stays_unnamed():
    names = named(
        [face("p1", 0, 1), face("p2", 0, 4), face("p2", 1, 5)],
        {"p1": ["Rowan"], "p2": ["Rowan"]},
    )
    assert names == {"p1#0": "Rowan", "p2#0": None, "p2#1": None}


@pytest.mark.parametrize("listed", [["Rowan"], []])
def test_both_recognisers_must_agree(listed):
    unsure = face("p3", 0, 1, sface=np.pi / 2)
    rows = [face("p1", 0, 1), face("p2", 0, 1), unsure, face("p3", 1, 6)]
    names = named(rows, {"p1": ["Rowan"], "p2": ["Rowan"], "p3": listed})
    assert names == {"p1#0": "Rowan", "p2#0": "Rowan", "p3#0": None, "p3#1": None}


def test_pets_and_people_without_consent_get_no_face():
    names = named(
        [face("p1", 0, 1), face("p2", 0, 2), face("p3", 0, 3), face("p4", 0, 4)],
        {"p1": ["Rex"], "p2": ["Ash"], "p3": ["Nobody listed"], "p4": ["Rex", "Rowan"]},
    )
    assert names == {"p1#0": None, "p2#0": None, "p3#0": None, "p4#0": "Rowan"}


def test_a_second_person_makes_one_face_ambiguous():
    assert named([face("p1", 0, 1)], {"p1": ["Rowan", "Ash"]}) == {"p1#0": None}


def test_a_name_on_the_wrong_photo_does_not_join_its_group():
    names = named(
        [face("p1", 0, 1), face("p2", 0, 1, 0.1), face("p3", 0, 9), face("p4", 0, 1, 0.2)],
        {photo: ["Rowan"] for photo in ("p1", "p2", "p3", "p4")},
    )
    assert names == {"p1#0": "Rowan", "p2#0": "Rowan", "p3#0": None, "p4#0": "Rowan"}


def test_a_tiny_face_is_neither_named_nor_in_the_way():
    names = named([face("p1", 0, 1), face("p1", 1, 2, pixels=4)], {"p1": ["Rowan"]})
    assert names == {"p1#0": "Rowan", "p1#1": None}


def test_a_face_of_another_persons_group_is_not_named_by_likeness():
    """dlib alone sees two people so alike; both together see two groups."""
    rowan, ivy = {"nudge": 0.0, "sface": 0.0}, {"nudge": 0.54, "sface": 1.19}
    rows = [face("p1", 0, 1, **rowan), face("p2", 0, 1, **ivy), face("p3", 0, 1, **ivy)]
    assert named(rows, {"p1": ["Rowan"], "p2": ["Rex"], "p3": ["Rowan", "Ash"]})["p3#0"] == "Rowan"
    rows[1:2] = [face("p2", 0, 1, **ivy), face("p4", 0, 1, **ivy)]
    people = {"p1": ["Rowan"], "p2": ["Ivy"], "p4": ["Ivy"], "p3": ["Rowan", "Ash"]}
    assert named(rows, people)["p3#0"] is None


# photos that list nobody


def test_a_group_names_photos_that_list_nobody():
    rows = [face("p1", 0, 1), face("p2", 0, 1, 0.1), face("p3", 0, 1, 0.2), face("p3", 1, 5)]
    people = {"p1": ["Rowan"], "p2": ["Rowan"], "p3": []}
    result = table(rows, people)
    assert result.name.to_dict() == {
        "p1#0": "Rowan",
        "p2#0": "Rowan",
        "p3#0": "Rowan",
        "p3#1": None,
    }
    assert "the face's group has one name" in result.name_reason["p3#0"]
    assert result.group["p3#0"] == result.group["p1#0"] != result.group["p3#1"]
    assert table(rows, people, {"p3": [NAME_WITHHELD]}).name["p3#0"] is None
    assert table(rows, people | {"p3": ["Rex"]}).name["p3#0"] is None
    rex = {"p3": [box("Rex", 0.6, 0.6, kind="pet")]}
    assert table(rows, people, boxes=rex).name["p3#0"] is None


@pytest.mark.parametrize(("nudge", "sface"), [(0.3, 1.15), (0.52, 0.9)])
def test_only_a_sure_likeness_names_in_photos_that_list_nobody(nudge, sface):
    """One recogniser is sure, both would do for a listed name, and the group is the person's."""
    rows = [face("p1", 0, 1), face("p2", 0, 1), face("p3", 0, 1, nudge, sface=sface)]
    people = {"p1": ["Rowan"], "p2": ["Rowan"], "p3": ["Rowan"]}
    listed = table([*rows, face("p3", 1, 6)], people)
    assert listed.name["p3#0"] == "Rowan" and listed.group.nunique() == 2
    assert named(rows, people | {"p3": []})["p3#0"] is None


def test_one_photo_alone_names_no_other_that_lists_nobody():
    """Its label may be wrong, and nothing else says so."""
    rows = [face("p1", 0, 1), face("p2", 0, 1)]
    assert named(rows, {"p1": ["Rowan"], "p2": []}) == {"p1#0": "Rowan", "p2#0": None}


def test_a_group_with_two_names_gives_neither_to_photos_that_list_nobody():
    rows = [face(f"p{i}", 0, 1) for i in range(6)]
    people = {f"p{i}": ["Rowan"] for i in range(4)} | {"p4": ["Ivy"], "p5": []}
    names = named(rows, people)
    assert names["p5#0"] is None
    assert [names[f"p{i}#0"] for i in range(5)] == ["Rowan"] * 4 + ["Ivy"]


def test_a_group_takes_its_listed_name_only_from_a_clear_majority():
    """The face itself is too far from both people's means; only its group speaks for it."""
    rows = [face(f"p{i}", 0, 1) for i in range(5)]
    rows += [face("p9", 0, 1, 0.6), face("p8", 0, 1, 0.5)]
    people = {f"p{i}": ["Rowan"] for i in range(5)} | {"p9": ["Rowan", "Ivy"], "p8": []}
    assert named(rows, people)["p9#0"] == "Rowan"
    disputed = people | {"p3": ["Ivy"], "p4": ["Ivy"]}
    assert named(rows, disputed)["p9#0"] is None


# how sure


def test_confidence_is_that_of_the_evidence_and_of_likeness():
    alone = table([face("p1", 0, 1)], {"p1": ["Rowan"]})
    assert list(alone.confidence) == pytest.approx([0.95])
    # two photos whose only faces differ: one label is wrong, nobody knows which
    differ = table([face("p1", 0, 1), face("p2", 0, 2)], {"p1": ["Rowan"], "p2": ["Rowan"]})
    expected = 0.95 * 0.05 / (0.95 * 0.05 + 0.05)
    assert list(differ.confidence) == pytest.approx([expected] * 2)
    agree = table([face("p1", 0, 1), face("p2", 0, 1)], {"p1": ["Rowan"], "p2": ["Rowan"]})
    assert list(agree.confidence) == pytest.approx([0.999] * 2)


def test_a_likeness_is_as_sure_as_the_model_and_those_it_is_with():
    nudge = 0.45
    rows = [face("p1", 0, 1), face("p2", 0, 1, nudge), face("p2", 1, 2)]
    result = table(rows, {"p1": ["Rowan"], "p2": ["Rowan", "Ivy"]})
    odds = SFACE * np.cos(nudge) + DLIB * (2 - 2 * np.cos(nudge)) + BIAS
    assert result.name["p2#0"] == "Rowan"
    assert result.confidence["p2#0"] == pytest.approx(0.95 / (1 + np.exp(-odds)), abs=1e-4)


# what named faces say


def test_mean_embedding_is_the_mean_of_the_named(tmp_path):
    rows = [face("p1", 0, 1, 0.3), face("p2", 0, 1, -0.3), face("p3", 0, 2), face("p3", 1, 1)]
    result = table(rows, {"p1": ["Rowan"], "p2": ["Rowan"], "p3": ["Ash"]})
    write_table(result, tmp_path / "faces.parquet", FACES)  # fits its schema
    assert np.allclose(mean_embedding(result, "Rowan", "sface"), embedding(1), atol=1e-6)
    assert mean_embedding(result, "Rowan", "dlib")[1] == pytest.approx(np.cos(0.3))
    with pytest.raises(AlbumenError, match="no usable face of Ivy"):
        mean_embedding(result, "Ivy", "sface")


def test_separation_is_the_median_within_and_between_names():
    faces = pd.DataFrame(
        {
            "name": ["a", "a", "b"],
            "dlib": [np.eye(128)[0] * 0, np.eye(128)[0] * 3, np.eye(128)[1] * 4],
        }
    )
    assert separation(faces) == (3.0, 4.5)  # within: 3; between: 4 and 5
    assert np.isnan(separation(faces.iloc[[0, 2]])[0])


def test_a_library_without_a_face_names_nobody():
    empty = pd.DataFrame([face("p1", 0, 1)]).iloc[:0]
    assert name_faces(empty, photos_of({"p1": ["Rowan"]}), CONSENT).empty

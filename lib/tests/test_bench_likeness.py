"""The bench of likeness: a folder of generated people, and tables worked by hand."""

import math

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from albumen.errors import AlbumenError
from albumen.faces import Face
from albumen.generate import portrait as portraits
from albumen.generate.latent import vary
from albumen.generate.stylegan import render, sample_w
from bench import likeness, portrayed
from bench.likeness import folders, read_labels
from bench.likeness_tables import CONTROL, copies, groups, median_interval, nearest, scored, summed
from bench.photographed import skin, turn
from bench.portrayed import CONDITIONING, MAIN, Job, person_id

NO_LABELS = pd.DataFrame({"person": [], "group": []})


@pytest.fixture(scope="module")
def lfw(tmp_path_factory):
    """Two people who do not exist, six photos each of the first, and a file that is none."""
    folder = tmp_path_factory.mktemp("lfw")
    w = sample_w([21])[0]
    for name, drawn in (("Ann_One", 6), ("Bo_Two", 0)):
        (folder / name).mkdir()
        for at in range(6):
            rgb = render(vary(w, at, 0.4), 192) if at < drawn else np.zeros((8, 8, 3), np.uint8)
            Image.fromarray(rgb).save(folder / name / f"{name}_{at:04}.jpg", quality=95)
    (folder / "Ann_One" / "broken.jpg").write_bytes(b"no photo")
    return folder


def test_a_person_is_portrayed_from_photos_and_not_portrayed_again(lfw, tmp_path, monkeypatch):
    monkeypatch.setattr(portraits, "refine", lambda w, *args, **options: w)  # the start is enough
    monkeypatch.setattr(portrayed, "STRENGTHS", (0.0, 1.0))
    job = Job(lfw / "Ann_One", tmp_path / "kept", False, (MAIN,), tmp_path / "see")
    one = portrayed.portrayed(job)
    assert len(one["photos"]) == 6
    rows = scored([one, person("b", [0.0] * 128, None, [0.0] * 191 + [1.0])])
    mine = rows[rows.person == job.person].set_index(["kind", "identity"])
    assert mine.real.between(0.05, 0.6).all()
    assert 0.2 < mine.distance["solved", 1.0] < 0.7
    assert mine.distance["portrait", 1.0] + 0.1 < mine.distance["portrait", 0.0]
    assert [path.stem for path in (tmp_path / "see").iterdir()] == [job.person]
    assert not any("Ann" in str(path) for path in tmp_path.rglob("*") if path.is_dir())

    def never(*args, **options):
        raise AssertionError("measured again")

    for name in ("read_photo", "made"):
        monkeypatch.setattr(portrayed, name, never)
    assert portrayed.portrayed(job) == one


def test_the_copy_audit_fails_the_photo_itself_and_not_another_picture():
    """Random vectors and hashes: photos and portraits that have nothing in common."""
    rng = np.random.default_rng(0)

    def random(hashes):
        vector = rng.standard_normal(32)
        crop = rng.integers(255, size=(4, 4)).tolist()
        prints = [int(one) for one in rng.integers(2**63, size=hashes)]
        return {
            "vector": (vector / np.linalg.norm(vector)).tolist(),
            "crop": crop,
            "prints": prints,
        }

    people = []
    for name in ("a", "b"):
        one = person(name, [1.0, 0.0], [1.0, 0.0])
        one["photos"] = [photo | random(4) for photo in one["photos"]]
        drawn = random(1)
        one["faces"][0] |= drawn | {"hash": drawn["prints"][0], "shares": [0.0, 0.1, 0.0]}
        people.append(one)
    table = copies(people).set_index("made from")
    assert table.failed.to_dict() == {CONTROL: 2, "s": 0}
    assert (table.correlation[CONTROL], table.people["s"]) == (1, 2)
    people[0]["faces"][0]["shares"] = [0.0, 0.9, 0.0]  # laid onto it, a photo explains it
    assert copies(people).set_index("made from").failed["s"] == 1


def test_a_person_with_few_faces_is_left_out(lfw, tmp_path):
    folder = tmp_path / "Cy"
    folder.mkdir()
    Image.new("RGB", (64, 64)).save(folder / "a.png")
    job = Job(folder, tmp_path / "kept", False, (MAIN,), None)
    assert portrayed.portrayed(job)["left_out"] == "0 photos with a face"


def test_whom_a_folder_holds(lfw, tmp_path):
    assert [one.name for one in folders(lfw)] == ["Ann_One", "Bo_Two"]
    (lfw / "identities.txt").write_text("Bo_Two\nNobody\nAnn_One\n")
    assert [one.name for one in folders(lfw)] == ["Bo_Two", "Ann_One"]
    (lfw / "identities.txt").unlink()
    with pytest.raises(AlbumenError, match="is not a folder"):
        folders(tmp_path / "nowhere")
    with pytest.raises(AlbumenError, match="0 people with 6 photos"):
        folders(tmp_path)
    with pytest.raises(AlbumenError, match="columns person and group"):
        read_labels(lfw / "Ann_One" / "broken.jpg")


def person(name, own, at, judged=None):
    """Photos with the vector `own` (the judge's: `judged`); one portrait with the vectors `at`."""
    vectors = {"dlib": own, "mobilefacenet": judged or own}
    photo = {"vectors": vectors, "age": 40.0, "skin": 20.0, "turn": 0.1}
    face = {"kind": "solved", "setting": "s", "photos": 3, "identity": 1.0, "age": 43.0}
    vectors = at and {"dlib": at, "mobilefacenet": at}
    return {"person": name, "photos": [photo] * 6, "faces": [face | {"vectors": vectors}]}


def test_scores_worked_by_hand():
    """Photos of a and b at right angles: a's portrait half way to b, b's has no face."""
    half = [math.sqrt(0.5), math.sqrt(0.5)]
    rows = scored([person("a", [1.0, 0.0], half), person("b", [0.0, 1.0], None)]).set_index(
        "person"
    )
    assert rows.distance.a == pytest.approx(math.sqrt(2 - math.sqrt(2)))
    assert rows.calibrated.a == pytest.approx(math.sqrt(0.5))
    assert rows.rank1.a == 0  # as similar to b as to a
    assert (rows.distance.b, rows.calibrated.b, rows.rank1.b) == (np.inf, 0, 0)
    assert rows.aged.a == 3 and rows.real.a == 0
    table = summed(rows.reset_index(), "setting").iloc[0]
    assert table.people == 2 and table.under == 0


def test_groups_by_what_was_seen_and_what_was_measured():
    rows = scored([person("a", [1.0, 0.0], [1.0, 0.0]), person("b", [0.0, 1.0], [0.0, 1.0])])
    rows.loc[rows.person == "b", "skin"] = -20.0
    labels = pd.DataFrame({"person": ["a"], "group": ["glasses"]})
    counted = groups(rows, labels).groupby("group", sort=False).people.first().to_dict()
    assert counted["children (age under 15)"] == 0
    assert counted["dark skin as photographed (ITA under 10)"] == 1
    assert counted["glasses (by eye)"] == 1


def test_median_interval_is_that_of_order_statistics():
    """Of n values the exact 95 % interval lies near ranks n/2 -+ sqrt(n) (binomial)."""
    low, high = median_interval(pd.Series(np.arange(1.0, 101)))
    assert low == pytest.approx(40.5, abs=3) and high == pytest.approx(60.5, abs=3)


def test_how_far_a_head_is_turned():
    def face(nose):
        marks = np.array([[40.0, 50], [80, 50], [nose, 70], [45, 90], [75, 90]], np.float32)
        return Face(np.array([30, 30, 60, 80], np.float32), marks, 1.0)

    assert turn(face(60)) == 0 and turn(face(80)) == pytest.approx(0.5)


@pytest.mark.parametrize(("lab", "angle"), [((70.0, 20.0), 45.0), ((40.0, 10.0), -45.0)])
def test_the_typology_angle_of_a_known_colour(lab, angle):
    """ITA = arctan((L - 50) / b), Chardonnet et al. 1991."""

    light, yellow = lab
    pixel = cv2.cvtColor(np.array([[[light, 8.0, yellow]]], np.float32), cv2.COLOR_LAB2RGB)
    rgb = np.broadcast_to((pixel * 255).round().astype(np.uint8), (100, 100, 3)).copy()
    marks = np.array([[35.0, 40], [65, 40], [50, 55], [40, 75], [60, 75]], np.float32)
    assert skin(rgb, Face(np.zeros(4, np.float32), marks, 1.0)) == pytest.approx(angle, abs=3)


def test_the_nearest_reference_decides_the_correlation():
    ramp = [[0, 1], [2, 3]]
    assert nearest(ramp, [[[3, 2], [1, 0]], [[0, 10], [20, 30]]]) == pytest.approx(1)
    assert len(person_id("Ann")) == 12 and CONDITIONING == 3 and likeness.WORKERS == 2

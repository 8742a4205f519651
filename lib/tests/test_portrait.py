"""Portraits: a person who does not exist is photographed, solved and recognised again.

The judge of likeness is MobileFaceNet, which takes no part in solving.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge

from albumen.errors import AlbumenError
from albumen.faces import RECOGNISERS, SAME_DLIB, main_face
from albumen.generate import latent
from albumen.generate import portrait as module
from albumen.generate.eyes import age
from albumen.generate.fit_portrait import attributes, components, direction, fit_ridge, predict
from albumen.generate.latent import asset, hold, quick_image, read, refine, seen, shift, start, vary
from albumen.generate.portrait import conditioned_on, portrait, solve_look, solve_person
from albumen.generate.stylegan import mean_w, render, sample_w, to_pixels
from albumen.records import Look, Person

STEPS = 5


def embeddings(rgb):
    landmarks = main_face(rgb).landmarks
    return {name: run(rgb, landmarks).astype(float) for name, run in RECOGNISERS.items()}


@pytest.fixture(scope="module")
def photos():
    """Three pictures of one person, embedded."""
    w = sample_w([21])[0]
    return [embeddings(render(vary(w, seed, 0.4), 512)) for seed in (1, 2, 3)]


def person_of(photos, names=("sface", "dlib")):
    means = {name: np.mean([one[name] for one in photos], axis=0) for name in names}
    return Person("p", "me", len(photos), {name: tuple(mean) for name, mean in means.items()})


@pytest.fixture(scope="module")
def person(photos):
    return person_of(photos)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("people")


@pytest.fixture(scope="module")
def solved(person, folder):
    return solve_person(person, folder, steps=STEPS)


def test_the_solved_face_is_the_persons_to_a_judge_that_took_no_part(photos, solved):
    truth = embeddings(render(sample_w([21])[0], 512))["mobilefacenet"]
    ours = embeddings(render(solved, 512))["mobilefacenet"] @ truth
    strangers = [embeddings(portrait(None, seed))["mobilefacenet"] @ truth for seed in (5, 6, 7, 8)]
    assert ours > 0.4 and ours > max(strangers) + 0.2


def test_refining_brings_the_face_nearer_than_the_ridge_alone(person, solved):
    wanted = np.array(person.embeddings["sface"])
    before = embeddings(render(start(_arrays(person)), 512))["sface"] @ wanted
    assert embeddings(render(solved, 512))["sface"] @ wanted > before + 0.05


def _arrays(person):
    return {name: np.array(vector) for name, vector in person.embeddings.items()}


def test_each_seed_shows_the_same_person_differently(solved):
    still = render(solved, 256)
    known = embeddings(render(solved, 512))["dlib"]
    for seed in (1, 2, 3):
        varied = render(vary(solved, seed, module.VARIATION), 512)
        assert np.linalg.norm(embeddings(varied)["dlib"] - known) < SAME_DLIB
        small = varied[::2, ::2].astype(int)
        assert np.abs(small - still).mean() > 5  # grey levels: more than noise


def test_a_solution_is_cached_under_what_made_it(person, solved, folder, monkeypatch):
    (file,) = folder.iterdir()
    assert "me" not in file.stem and person.person_id not in file.stem.split("-")

    def never(*args, **options):
        raise AssertionError("solved again")

    monkeypatch.setattr(module, "refine", never)
    assert np.array_equal(solve_person(person, folder, steps=STEPS), solved)
    with pytest.raises(AssertionError):
        solve_person(person, folder, steps=STEPS, seed=1)
    with pytest.raises(AssertionError):
        solve_person(person_of([_arrays(person)], ["sface"]), folder, steps=STEPS)


def test_the_same_seed_gives_the_same_bytes(person, solved, folder, monkeypatch):
    monkeypatch.setattr(module, "solve_person", lambda *args: solved)
    assert np.array_equal(portrait(person, 4, 256), portrait(person, 4, 256))
    assert not np.array_equal(portrait(person, 4, 256), portrait(person, 5, 256))
    assert np.array_equal(portrait(None, 4, 256), render(sample_w([4])[0], 256))


def test_refining_is_repeatable(person):
    wanted = _arrays(person)
    w = start(wanted)
    first = refine(w, wanted, steps=1, seed=3)
    assert np.array_equal(refine(w, wanted, steps=1, seed=3), first)
    assert not np.array_equal(refine(w, wanted, steps=1, seed=4), first)


def test_a_start_without_a_face_is_an_error(person):
    nowhere = mean_w() + 8 * asset()["components"][0] - 8 * asset()["components"][3]
    with pytest.raises(AlbumenError, match="lead to no face"):
        refine(nowhere, _arrays(person), steps=1)


def test_it_says_what_it_conditions_on(person):
    one = Person("p", "me", 1, {"sface": (1.0,) * 128})
    judged = Person("p", "me", 1, {**person.embeddings, "mobilefacenet": (1.0,) * 192})
    assert conditioned_on(person) == conditioned_on(judged) == ("sface", "dlib")
    third = Person("p", "me", 1, {"sface": (1.0,) * 128, "faceres": (1.0,) * 1024})
    assert conditioned_on(one) == ("sface",)
    assert conditioned_on(third) == ("sface", "faceres")
    assert conditioned_on(None) == ()
    with pytest.raises(AlbumenError, match="'mum' has embeddings of dlib"):
        conditioned_on(Person("p", "mum", 1, {"dlib": (1.0,) * 128}))


def test_the_quick_image_shows_the_face_of_the_finished_one(solved):
    """A fixed linear head misses some colour and the finest detail, not the person."""
    quick = to_pixels(quick_image(torch.from_numpy(solved)).detach()[0].numpy(), 256)
    finished = render(solved, 256)
    assert np.corrcoef(quick.reshape(-1), finished.reshape(-1))[0, 1] > 0.9
    assert embeddings(quick)["sface"] @ embeddings(finished)["sface"] > 0.75


def test_light_does_what_it_says(solved):
    low, high = (render(shift(solved, light=amount), 256).mean() for amount in (-1.5, 1.5))
    assert high > low * 1.05


def test_holding_brings_every_reading_to_its_value_and_moves_nothing_else(solved):
    held = hold(solved, smile=1.0, yaw=-0.5, age=60.0)
    assert [read(held, name) for name in ("smile", "yaw", "age")] == pytest.approx(
        [1.0, -0.5, 60.0], abs=1e-2
    )
    changes = np.stack([asset()[name] for name in ("smile", "yaw", "age")])
    left = np.linalg.lstsq(changes.T, held - solved, rcond=None)[1]
    assert np.allclose(left, 0, atol=1e-3)
    assert hold(solved) is solved


def test_looks_show_on_the_picture_of_nobody(monkeypatch):
    """Measured on it: mouth width and nose offset in eye distances, years of FaceRes."""
    monkeypatch.setattr(latent, "ROUNDS", 2)
    for control, amount, least in (("smile", 1.5, 0.02), ("yaw", 1.5, 0.1), ("age", 15, 8)):
        seen = []
        for value in (-amount, amount):
            rgb = portrait(None, 2, 256, look=Look(**{control: value}))
            seen.append(attributes(rgb, main_face(rgb))[control])
        assert seen[1] - seen[0] > least


@pytest.mark.parametrize(
    ("now", "years", "wanted"),
    [(40.0, -10.0, 30.0), (25.0, -30.0, 18.0), (15.0, -5.0, 15.0), (15.0, 10.0, 25.0)],
)
def test_nobody_is_made_to_look_like_a_child(monkeypatch, now, years, wanted):
    monkeypatch.setattr(module, "_age", lambda w: now)
    assert module._goals(mean_w(), Look(age=years))["age"] == wanted


def test_varying_keeps_what_is_asked(solved):
    varied = vary(solved, 3, 0.5, ("smile", "age"))
    for name, kept in (("smile", True), ("age", True), ("yaw", False)):
        assert (abs(read(varied, name) - read(solved, name)) < 0.02) == kept


def test_what_the_landmarks_do_not_show_is_held_the_more(solved, person):
    """A linear reading alone would be satisfied at the start."""
    wanted = {"sface": np.array(person.embeddings["sface"])}
    w = hold(solved, smile=1.5)
    shown = seen(main_face(render(w, 256)).landmarks)["smile"]
    less = refine(w, wanted, steps=1, held={"smile": shown - 1})
    more = refine(w, wanted, steps=1, held={"smile": shown + 3})
    assert read(more, "smile") > read(less, "smile") + 0.1


def test_a_look_is_solved_once_and_keeps_the_person(person, photos, solved, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "solve_person", lambda *args: solved)
    monkeypatch.setattr(module, "LOOK_STEPS", 1)
    monkeypatch.setattr(latent, "ROUNDS", 1)
    look = Look(age=12.0, smile=1.0)
    first = solve_look(person, look, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    monkeypatch.setattr(module, "refine", None)  # solved again, it would stop here
    assert np.array_equal(solve_look(person, look, tmp_path), first)
    assert solve_look(person, Look(identity=0.5), tmp_path) is solved
    younger, older = (render(w, 256) for w in (solved, first))
    grown = age(older, main_face(older).landmarks) - age(younger, main_face(younger).landmarks)
    assert 2 < grown < 24
    truth = np.mean([one["dlib"] for one in photos], axis=0)
    assert np.linalg.norm(embeddings(older)["dlib"] - truth) < SAME_DLIB


def test_the_stronger_the_identity_the_nearer_the_person(person, photos, solved, monkeypatch):
    monkeypatch.setattr(module, "solve_person", lambda *args: solved)
    truth = np.mean([one["dlib"] for one in photos], axis=0)
    faces = [portrait(person, 5, 512, look=Look(identity=x)) for x in (0.0, 0.5, 1.0)]
    distances = [np.linalg.norm(embeddings(face)["dlib"] - truth) for face in faces]
    assert distances == sorted(distances, reverse=True)
    assert np.array_equal(faces[0], portrait(None, 5, 512))
    assert np.array_equal(faces[2], portrait(person, 5, 512))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"identity": 1.2}, "identity is 1.2, expected 0 to 1"),
        ({"smile": -3}, "smile is -3, expected -2 to 2"),
        ({"yaw": float("nan")}, "yaw is nan"),
        ({"age": 70}, "age is 70, expected -30 to 30"),
    ],
)
def test_a_look_out_of_range_is_refused(change, words):
    with pytest.raises(AlbumenError, match=words):
        portrait(None, 1, 64, look=replace(Look(), **change))


@pytest.mark.parametrize("size", [0, -5, 5000])
def test_absurd_sizes_are_refused(size):
    with pytest.raises(AlbumenError, match=f"portrait of {size} px"):
        portrait(None, 1, size)


def test_the_asset_is_what_its_fit_describes():
    tensors = asset()
    assert tensors["head"].shape == (129, 3)
    assert tensors["ridge.sface"].shape == (129, 512)
    assert tensors["ridge.sface.dlib"].shape == (257, 512)
    assert tensors["ridge.sface.faceres"].shape == (193, 512)
    rows = tensors["faceres.components"]
    assert np.abs(rows @ rows.T - np.eye(len(rows))).max() < 0.01
    gram = tensors["components"] @ tensors["components"].T
    lengths = np.sqrt(np.diag(gram))
    assert (np.diff(lengths) < 1e-3).all()  # the largest first
    assert np.abs(gram / np.outer(lengths, lengths) - np.eye(256)).max() < 0.02  # orthogonal
    drawn = sample_w(range(300)) - mean_w()  # not the styles that it was fitted to
    scores = drawn @ tensors["components"][:20].T / lengths[:20] ** 2
    assert np.abs(scores.std(axis=0) - 1).max() < 0.25  # in standard deviations


def test_ridge_equals_the_reference_library():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((60, 8)) + 3, rng.standard_normal((60, 5))
    oracle = Ridge(alpha=2.0).fit(x, y)
    assert np.allclose(predict(fit_ridge(x, y, 2.0), x), oracle.predict(x))


def test_components_equal_the_reference_library():
    x = np.random.default_rng(0).standard_normal((80, 12)) * np.arange(1, 13)
    ours, oracle = components(x, 4), PCA(4).fit(x)
    assert np.allclose((ours**2).sum(axis=1), oracle.explained_variance_)
    units = ours / np.linalg.norm(ours, axis=1, keepdims=True)
    assert np.allclose(np.abs(units), np.abs(oracle.components_), atol=1e-6)


def test_a_direction_follows_the_attribute_and_what_goes_with_it():
    """x1 makes the attribute and x2 follows x1: the likeliest change moves both, not x3."""
    rng = np.random.default_rng(0)
    x = np.zeros((4000, 512))
    x[:, 0] = rng.standard_normal(4000)
    x[:, 1] = 0.5 * x[:, 0] + 0.1 * rng.standard_normal(4000)
    x[:, 2] = rng.standard_normal(4000)
    found = direction(x, 7 + 2 * x[:, 0])
    assert found[:3] == pytest.approx([1, 0.5, 0], abs=0.05)
    assert not found[3:].any()

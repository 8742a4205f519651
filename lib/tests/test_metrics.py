"""Metrics on cases worked by hand, and the copy audit on copies of real photos."""

import io
import math
from pathlib import Path

import numpy as np
import pytest
import skimage
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps
from sklearn.datasets import load_sample_images

from albumen import prints
from albumen.errors import AlbumenError
from albumen.metrics import METRICS, copying, diversity, likeness, metric, preference, prompt

ONE, TWO, THREE = np.eye(3)
NAMES = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")
EASY = copying.Bounds(similarity=0.5, bits=10, pairs=400, false_alarms=0.0, nearest=0.3)


def unit(*rows: tuple[float, ...]) -> np.ndarray:
    array = np.array(rows, float)
    return array / np.linalg.norm(array, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    folder = Path(skimage.__file__).parent / "data"
    found = [Image.open(folder / name).convert("RGB") for name in NAMES]
    return found + [Image.fromarray(one) for one in load_sample_images().images]


@pytest.mark.parametrize("name", [name for name, entry in METRICS.items() if entry.function])
def test_every_metric_is_registered_with_what_it_takes_to_read_it(name):
    entry = METRICS[name]
    assert callable(metric(name)) and metric(name).__name__ == name
    assert entry.low < entry.high and entry.unit and entry.needs
    assert entry.about in ("person", "owner", "picture", "group")


def test_an_unknown_metric_is_named():
    with pytest.raises(AlbumenError, match=r"'clip_t' is not one of: .*copy_geo"):
        metric("clip_t")


# likeness


def test_face_similarity_is_each_recognisers_own():
    faces, others = unit((1, 0), (1, 1)), unit((1, 0), (0, 1))
    expected = np.array([[1, 0], [math.sqrt(0.5)] * 2])
    assert likeness.face_similarity(3 * faces, others, "sface") == pytest.approx(expected)
    distances = np.array([[0.0, 0.0]]), np.array([[0.3, 0.4]])
    assert likeness.face_similarity(*distances, "dlib")[0, 0] == pytest.approx(0.5)
    with pytest.raises(AlbumenError, match="'arcface' is not one of"):
        likeness.face_similarity(faces, others, "arcface")


def test_the_most_similar_of_several_faces_is_the_persons():
    faces = np.stack([TWO, ONE])
    assert likeness.likeness(faces, unit((1, 0, 0), (1, 1, 0)), "sface") == pytest.approx(
        (1 + math.sqrt(0.5)) / 2
    )


def test_a_recogniser_that_conditioned_the_picture_may_not_score_it():
    with pytest.raises(AlbumenError, match="'sface' conditioned this picture"):
        likeness.likeness(ONE[None], ONE[None], "sface", conditioned_on=("clip", "sface"))


def test_calibration_puts_a_stranger_at_0_and_another_real_photo_at_1():
    held_out, own, strangers = ONE[None], unit((0.8, 0.6, 0)), unit((0.2, 0, math.sqrt(0.96)))
    genuine, impostor = 0.8, 0.2
    for score, expected in ((genuine, 1.0), (impostor, 0.0), (0.5, 0.5), (1.0, 4 / 3)):
        face = np.array([[score, math.sqrt(1 - score**2), 0]])
        found = likeness.calibrated_likeness(face, held_out, own, strangers, "sface")
        assert found == pytest.approx(expected)
    assert math.isnan(likeness.calibrated_likeness(ONE[None], held_out, strangers, own, "sface"))


def test_a_missing_face_scores_0_and_a_missing_reference_nothing():
    nobody = np.zeros((0, 3))
    assert likeness.face_found(nobody) == 0 and likeness.face_found(ONE[None]) == 1
    assert likeness.likeness(nobody, ONE[None], "sface") == 0
    own, strangers = unit((0.9, 0.1, 0)), THREE[None]
    assert likeness.calibrated_likeness(nobody, ONE[None], own, strangers, "dlib") == 0
    assert likeness.likeness_rank1(nobody, "a", {"a": ONE[None]}, "sface") == 0
    with pytest.raises(AlbumenError, match="no held-out face"):
        likeness.likeness(ONE[None], nobody, "sface")


def test_rank1_needs_the_right_identity_first():
    gallery = {"a/me": unit((1, 0.2, 0)), "a/mum": TWO[None], "b/me": THREE[None]}
    assert likeness.likeness_rank1(ONE[None], "a/me", gallery, "sface") == 1
    assert likeness.likeness_rank1(TWO[None], "a/me", gallery, "sface") == 0
    with pytest.raises(AlbumenError, match="not in the gallery"):
        likeness.likeness_rank1(ONE[None], "c/me", gallery, "sface")


# preference, prompt, diversity


def test_the_owner_is_the_one_whose_photos_are_near():
    held_out = {"a": unit((1, 0, 0), (1, 0.2, 0)), "b": unit((0, 1, 0), (0, 1, 0.3))}
    scores = preference.owner_scores(ONE[None], held_out, nearest=1)
    found = {name: float(score[0]) for name, score in scores.items()}
    assert preference.owner_identified(found, "a") == 1
    assert preference.owner_identified(found, "b") == 0
    assert preference.owner_margin(found, "a") == -preference.owner_margin(found, "b") > 0
    assert math.isnan(preference.owner_identified({"a": 1.0}, "a"))


def test_an_owner_near_to_everything_does_not_attract_every_picture():
    # all photos share a direction and b's hold little else: a picture like a's is, by plain
    # cosine, nearest to b (.65 to .58), as every photo of a and c is
    shared, like_a, like_c, *own = np.eye(12)
    a = unit(*(shared + 0.6 * like_a + one for one in own[:3]))
    b = shared[None]
    c = unit(*(shared + 0.6 * like_c + one for one in own[3:6]))
    picture = unit(shared + 0.6 * like_a + own[6])
    assert (picture @ b.T).max() > (picture @ a.T).max() > (picture @ c.T).max()
    scores = preference.owner_scores(picture, {"a": a, "b": b, "c": c}, nearest=1)
    found = {name: float(score[0]) for name, score in scores.items()}
    assert preference.owner_identified(found, "a") == 1
    assert found["b"] == pytest.approx(0, abs=1e-6)


def test_prompt_scores_are_standardised_by_what_real_photos_score():
    texts, real = np.stack([ONE, TWO]), unit((1, 0, 0), (0, 1, 0))
    # each text's cosines with the real photos are 1 and 0: mean .5, standard deviation .5
    scores = prompt.prompt_scores(np.stack([ONE, THREE]), texts, real)
    assert scores == pytest.approx(np.array([[1.0, -1.0], [-1.0, -1.0]]))


def test_ranks_among_the_prompts_by_hand():
    scores = np.array([0.1, 0.9, 0.1, 0.5])
    assert prompt.prompt_z(scores, 3) == 0.5
    assert [prompt.prompt_percentile(scores, i) for i in range(4)] == pytest.approx(
        [1 / 6, 1, 1 / 6, 2 / 3]
    )
    assert [prompt.prompt_rank1(scores, i) for i in range(4)] == [0, 1, 0, 0]
    assert math.isnan(prompt.prompt_percentile(scores[:1], 0))


def test_diversity_by_hand():
    same, apart = np.stack([ONE, ONE]), np.stack([ONE, TWO, THREE])
    assert diversity.pairwise_distance(same) == pytest.approx(0)
    assert diversity.pairwise_distance(apart) == pytest.approx(1)
    assert diversity.vendi(same) == pytest.approx(1)
    assert diversity.vendi(apart) == pytest.approx(3)
    assert math.isnan(diversity.pairwise_distance(ONE[None]))
    # cosine .5: eigenvalues .75 and .25
    half = np.stack([ONE, [0.5, math.sqrt(0.75), 0]])
    assert diversity.vendi(half) == pytest.approx(1 / (0.75**0.75 * 0.25**0.25))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 7), st.integers(0, 99))
def test_vendi_counts_between_one_and_all(n, seed):
    vectors = unit(*np.random.default_rng(seed).normal(size=(n, 5)))
    assert 1 - 1e-9 <= diversity.vendi(vectors) <= n + 1e-9


# copying


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=quality)
    return Image.open(packed).convert("RGB")


def cropped(image: Image.Image, left: float, top: float) -> Image.Image:
    """Ten per cent of each side gone, from where `left` and `top` say."""
    w, h = round(0.9 * image.width), round(0.9 * image.height)
    x, y = round((image.width - w) * left), round((image.height - h) * top)
    return image.crop((x, y, x + w, y + h))


COPIES = {
    "resized": lambda photo: photo.resize((photo.width // 2, photo.height // 2)),
    "recompressed": lambda photo: jpeg(photo, 40),
    "mirrored": ImageOps.mirror,
    "cropped in the middle": lambda photo: cropped(photo, 0.5, 0.5),
    "cropped off centre": lambda photo: cropped(photo, 0.25, 0.9),
    "square": lambda photo: ImageOps.fit(photo, (400, 400)),
    "brighter": lambda photo: ImageEnhance.Brightness(photo).enhance(1.2),
    "everything": lambda photo: jpeg(
        ImageOps.mirror(cropped(photo, 1, 0.5)).resize((300, 240)), 60
    ),
}


@pytest.fixture(scope="module")
def hashes(photos) -> np.ndarray:
    return np.stack([prints.print_of(photo) for photo in photos])


def audit(picture: Image.Image, photos, hashes, source_share=math.nan) -> copying.Verdict:
    """By pixels alone: as if the encoder found everything alike."""
    bits = prints.nearest_hash(prints.phash(picture), hashes)
    laid = np.argsort(bits)[:3]
    aligned = np.full(len(photos), math.nan)
    aligned[laid] = [prints.aligned_share(picture, photos[row]) for row in laid]
    return copying.copy_audit(np.ones(len(photos)), bits, aligned, source_share, EASY)


@pytest.mark.parametrize("kind", COPIES)
def test_a_returned_photo_fails_the_audit_however_it_was_changed(photos, hashes, kind):
    for row in (0, 2, 5):
        verdict = audit(COPIES[kind](photos[row]), photos, hashes)
        assert verdict.failed and verdict.nearest == row, f"{kind}, photo {row}: {verdict.reason}"


def test_another_photo_and_a_montage_of_two_pass(photos, hashes):
    for row in range(len(photos)):
        rest = [i for i in range(len(photos)) if i != row]
        assert not audit(photos[row], [photos[i] for i in rest], hashes[rest]).failed
    half = np.array(photos[2].resize((512, 512)))
    half[:, 256:] = np.array(photos[5].resize((512, 512)))[:, 256:]
    assert not audit(Image.fromarray(half), photos, hashes).failed
    assert audit(Image.fromarray(half), photos, hashes, source_share=0.9).failed


def test_audit_reasons_and_bounds():
    similarity, bits = np.array([0.4, 0.6]), np.array([10.0, 20.0])
    apart = copying.copy_audit(similarity, bits, np.full(2, math.nan), math.nan, EASY)
    assert not apart.failed and apart.nearest == 1  # each bound is crossed, but by another photo
    both = copying.copy_audit(similarity, np.array([20.0, 10.0]), np.zeros(2), math.nan, EASY)
    assert both.failed and both.nearest == 1 and "10 of 64 hash bits" in both.reason
    laid = copying.copy_audit(similarity, bits, np.array([0.93, 0.1]), math.nan, EASY)
    assert laid.failed and laid.nearest == 0 and "93%" in laid.reason
    pixels = copying.copy_audit(similarity, bits, np.zeros(2), 0.9, EASY)
    assert pixels.failed and "90% of its pixels" in pixels.reason


def test_bounds_come_from_different_photos_and_leave_duplicates_out():
    rng = np.random.default_rng(0)
    vectors = unit(*rng.normal(size=(30, 16)))
    hashes = rng.integers(2**63, size=(30, 3), dtype=np.uint64)
    clean = copying.audit_bounds(vectors, hashes)
    vectors[1], hashes[1] = vectors[0], hashes[0]  # a burst
    burst = copying.audit_bounds(vectors, hashes)
    assert burst.pairs == clean.pairs - 2
    assert burst.similarity == pytest.approx(clean.similarity, abs=0.05)
    assert clean.similarity < 0.8 and 5 < clean.bits < 12 and clean.false_alarms < 0.005
    with pytest.raises(AlbumenError, match="needs 100 pairs"):
        copying.audit_bounds(vectors[:5], hashes[:5])


def test_copy_geo_by_hand():
    reference, held_out = ONE, TWO[None]
    halfway = unit((1, 1, 0))[0]
    assert copying.copy_geo(reference, reference, held_out) == pytest.approx(1)
    assert copying.copy_geo(TWO, reference, held_out) == pytest.approx(-1)
    assert copying.copy_geo(halfway, reference, held_out) == pytest.approx(0)
    assert math.isnan(copying.copy_geo(TWO, reference, reference[None]))


def test_shares_of_a_source_map_by_hand():
    source_map = np.array([[0, 0, 1, -1], [2, 2, 2, -1]])
    assert copying.largest_source_share(source_map, ["a", "b", "c"]) == 3 / 8
    assert copying.largest_source_share(source_map, ["a", "b", "a"]) == 5 / 8
    assert copying.largest_source_share(np.full((2, 2), -2), ["a"]) == 0
    assert math.isnan(copying.largest_source_share(None, ["a"]))


def test_nearness_to_the_library_by_hand():
    similarity, bits = np.array([0.2, 0.7]), np.array([30.0, 22.0])
    assert copying.nearest_similarity(similarity) == 0.7
    assert copying.nearest_excess(similarity, EASY) == pytest.approx(0.4)
    assert copying.hash_distance(bits) == 22
    assert copying.largest_aligned_share(np.array([math.nan, 0.3])) == 0.3
    assert math.isnan(copying.largest_aligned_share(np.full(2, math.nan)))

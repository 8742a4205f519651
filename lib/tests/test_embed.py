"""Embedders keep their contract, and the cache computes each photo once."""

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import open_clip
import pandas as pd
import pytest
import skimage.data
import torch
from PIL import Image
from safetensors.torch import save_file

from albumen import embed
from albumen.embed import bridge, efficientnet, fit_bridge, minilm
from albumen.embed.openclip import OpenClip, ViTB32
from albumen.errors import AlbumenError, WeightsError

PICTURES = Path(skimage.data.__file__).parent
OFFLINE = ["embedded", "efficientnet-lite0"]
# a minimal open_clip architecture: two layers a tower, made in the test
TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}


def picture(name: str) -> Image.Image:
    return Image.open(PICTURES / name).convert("RGB")


@pytest.fixture(scope="module", params=OFFLINE)
def embedder(request: pytest.FixtureRequest) -> embed.Embedder:
    return embed.make(request.param)


class Counting:
    """An embedder of mean colours that counts what it is given and may be interrupted."""

    name, dim = "counting-1", 4

    def __init__(self, stop_after: int | None = None) -> None:
        self.seen, self.stop_after = 0, stop_after

    def embed_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        if self.stop_after is not None and self.seen >= self.stop_after:
            raise KeyboardInterrupt
        self.seen += len(images)
        rows = [[*np.asarray(one, float).mean((0, 1)), 1.0] for one in images]
        return bridge.unit(np.array(rows).reshape(-1, 4))

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        return np.tile(np.float32([1, 0, 0, 0]), (len(texts), 1))


@pytest.fixture
def photos(tmp_path: Path) -> pd.DataFrame:
    rows = []
    for number in range(150):
        path = tmp_path / f"{number}.png"
        Image.new("RGB", (4, 4), (number, 255 - number, 7)).save(path)
        rows.append((f"{number:03d}", str(path)))
    return pd.DataFrame(rows, columns=["photo_id", "path"])


def test_images_and_texts_are_unit_rows_of_one_space(embedder: embed.Embedder) -> None:
    images = embedder.embed_images([picture("chelsea.png"), picture("coffee.png")])
    texts = embedder.embed_texts(["a cat", "a cup of coffee", ""])
    assert images.shape == (2, embedder.dim) and texts.shape == (3, embedder.dim)
    np.testing.assert_allclose(np.linalg.norm(images, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), 1, atol=1e-5)
    assert embedder.embed_images([]).shape == (0, embedder.dim)


def test_a_row_is_the_same_twice_and_whatever_stands_beside_it(embedder: embed.Embedder) -> None:
    cat, coffee = picture("chelsea.png"), picture("coffee.png")
    alone, beside = embedder.embed_images([cat]), embedder.embed_images([coffee, cat])
    assert alone.tobytes() == beside[1:].tobytes()
    assert (
        embedder.embed_texts(["sea"]).tobytes()
        == embedder.embed_texts(["a dog", "sea"])[1:].tobytes()
    )


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("a cat", "chelsea.png"),
        ("a cup of coffee", "coffee.png"),
        ("a motorcycle", "motorcycle_left.png"),
        ("a rocket taking off", "rocket.jpg"),
    ],
)
def test_words_find_the_photo_that_shows_them(
    embedder: embed.Embedder, text: str, file: str
) -> None:
    files = ["chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg", "astronaut.png"]
    vectors = embedder.embed_images([picture(one) for one in files])
    found = embed.text_scores(embedder, vectors, [text])[:, 0]
    assert files[found.argmax()] == file
    np.testing.assert_allclose([found.mean(), found.std()], [0, 1], atol=1e-5)


def test_text_scores_of_photos_that_are_all_alike_are_zero() -> None:
    same = np.tile(np.float32([0, 0, 0, 1]), (3, 1))
    assert embed.text_scores(Counting(), same, ["red"]).tolist() == [[0], [0], [0]]


def test_the_dot_product_is_the_stated_mixture(embedder: embed.Embedder) -> None:
    a, b = embedder.embed_images([picture("chelsea.png"), picture("rocket.jpg")])
    visual = embedder.dim - bridge.TEXT_DIM
    cosine = [
        float(bridge.unit(x) @ bridge.unit(y))
        for x, y in [(a[:visual], b[:visual]), (a[visual:], b[visual:])]
    ]
    share = bridge.TEXT_SHARE
    assert a @ b == pytest.approx((1 - share) * cosine[0] + share * cosine[1], abs=1e-5)


@pytest.mark.parametrize(
    ("file", "classes"),
    [
        ("chelsea.png", {281, 282, 285}),  # tabby, tiger cat, Egyptian cat
        ("coffee.png", {967}),  # espresso
        ("motorcycle_left.png", {665, 670}),  # moped, motor scooter
        ("camera.png", {872}),  # tripod
    ],
)
def test_efficientnet_knows_the_classes_of_real_photos(file: str, classes: set[int]) -> None:
    features, logits = efficientnet.features_and_logits(picture(file))
    assert logits.argmax() in classes
    assert (features >= 0).all()


def test_minilm_agrees_with_the_similarities_on_its_model_card() -> None:
    # "That is a happy person" against three sentences: the widget example of the model's page
    source, *others = minilm.embed_sentences(
        [
            "That is a happy person",
            "That is a happy dog",
            "That is a very happy person",
            "Today is a sunny day",
        ]
    )
    assert [round(float(source @ one), 3) for one in others] == [0.695, 0.943, 0.257]


def test_another_bridge_needs_another_version() -> None:
    # cached vectors are known by the embedder's name: a new asset under an old name would mix them
    data = files("albumen").joinpath("assets/bridge.safetensors").read_bytes()
    names = [embed.make(name).name for name in OFFLINE]
    assert (hashlib.sha256(data).hexdigest()[:12], *names) == (
        "fbc55118d131",
        "embedded-clip-b16-2",
        "efficientnet-lite0-1",
    )


def test_ridge_is_that_of_scikit_learn() -> None:
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 8)), rng.normal(size=(30, 3))
    theirs = Ridge(alpha=2.0 * (x * x).sum() / 30, fit_intercept=False).fit(x, y).coef_.T
    np.testing.assert_allclose(fit_bridge.ridge(x, y, 2.0), theirs, atol=1e-9)


def test_a_theme_draws_its_own_photos_to_its_words() -> None:
    no_mean = np.zeros(minilm.DIM, np.float32)
    conse = np.random.default_rng(0).normal(size=(4, minilm.DIM)).astype(np.float32)
    rows = fit_bridge.targets(conse, ["forest", "", "mixed", "forest"], no_mean)
    words, was = minilm.embed_sentences(["forest"])[0], bridge.unit(conse)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(rows[1:3], was[1:3])  # neither has a theme
    share = fit_bridge.THEME_SHARE
    for row, before in zip(rows[[0, 3]], was[[0, 3]], strict=True):
        lengths = np.linalg.lstsq(np.stack([before, words], axis=1), row)[0]
        np.testing.assert_allclose(lengths / lengths.sum(), [1 - share, share], atol=1e-5)


def test_a_second_run_computes_nothing(photos: pd.DataFrame, tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    steps = list(embed.embed_photos(photos, first, tmp_path / "cache"))
    assert [step.done for step in steps] == [0, 64, 128, 150] and steps[-1].total == 150
    assert [s.done for s in embed.embed_photos(photos, second, tmp_path / "cache")] == [150]
    assert (first.seen, second.seen) == (150, 0)


def test_killed_between_shards_it_resumes(photos: pd.DataFrame, tmp_path: Path) -> None:
    whole = Counting()
    list(embed.embed_photos(photos, whole, tmp_path / "whole"))
    with pytest.raises(KeyboardInterrupt):
        list(embed.embed_photos(photos, Counting(stop_after=100), tmp_path / "cut"))
    rest = Counting()
    list(embed.embed_photos(photos, rest, tmp_path / "cut"))
    assert rest.seen == 150 - 64  # the first shard was whole, the second was lost
    expected = embed.load_vectors(photos, whole.name, tmp_path / "whole")[1]
    np.testing.assert_array_equal(
        embed.load_vectors(photos, rest.name, tmp_path / "cut")[1], expected
    )
    assert not list((tmp_path / "cut").rglob(".part*"))


def test_vectors_come_in_the_order_asked_and_close_to_what_was_computed(
    photos: pd.DataFrame, tmp_path: Path
) -> None:
    list(embed.embed_photos(photos, Counting(), tmp_path))
    asked = photos.iloc[[140, 3, 77]]
    rows, vectors = embed.load_vectors(asked, "counting-1", tmp_path)
    exact = Counting().embed_images([Image.open(path).convert("RGB") for path in asked.path])
    assert rows.photo_id.tolist() == ["140", "003", "077"]
    np.testing.assert_allclose(vectors, exact, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_a_broken_photo_is_a_row_with_its_error(photos: pd.DataFrame, tmp_path: Path) -> None:
    Path(photos.path[5]).write_bytes(Path(photos.path[5]).read_bytes()[:40])
    Path(photos.path[9]).unlink()
    list(embed.embed_photos(photos, Counting(), tmp_path / "cache"))
    failed = embed.failures(photos, "counting-1", tmp_path / "cache")
    assert failed.photo_id.tolist() == ["005", "009"]
    assert "5.png is not a whole image" in failed.error[0]
    rows, vectors = embed.load_vectors(photos, "counting-1", tmp_path / "cache")
    assert len(rows) == len(vectors) == 148


def test_photos_that_were_never_embedded_are_an_error(photos: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(AlbumenError, match="150 of 150 photos were never embedded with 'embedded'"):
        embed.load_vectors(photos, "embedded", tmp_path)


def test_an_unknown_embedder_names_the_known_ones() -> None:
    with pytest.raises(AlbumenError, match="'clip' is not one of: efficientnet-lite0, embedded"):
        embed.make("clip")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[torch.nn.Module, Path]:
    folder = tmp_path_factory.mktemp("openclip")
    (folder / "tiny-clip.json").write_text(pd.Series(TINY).to_json())
    open_clip.add_model_config(folder)
    model = open_clip.create_model("tiny-clip").eval()
    save_file(model.state_dict(), folder / "tiny.safetensors")
    return model, folder / "tiny.safetensors"


def test_openclip_gives_what_open_clip_gives(tiny: tuple[torch.nn.Module, Path]) -> None:
    model, path = tiny
    ours = OpenClip("tiny-clip", path, "tiny-1")
    cat = picture("chelsea.png")
    mean, std = open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD
    prepare = open_clip.image_transform(32, is_train=False, mean=mean, std=std)
    with torch.inference_mode():
        image = model.encode_image(prepare(cat)[None], normalize=True).numpy()
        text = model.encode_text(open_clip.tokenize(["a cat"]), normalize=True).numpy()
    np.testing.assert_allclose(ours.embed_images([cat]), image, atol=1e-6)
    np.testing.assert_allclose(ours.embed_texts(["a cat"]), text, atol=1e-6)
    assert (ours.name, ours.dim) == ("tiny-1", 16)


def test_openclip_refuses_weights_of_another_architecture(
    tiny: tuple[torch.nn.Module, Path], tmp_path: Path
) -> None:
    state = {**tiny[0].state_dict(), "stray": torch.zeros(1)}
    save_file(state, tmp_path / "stray.safetensors")
    with pytest.raises(WeightsError, match=r"stray.safetensors does not fit .* 'tiny-clip'"):
        OpenClip("tiny-clip", tmp_path / "stray.safetensors", "tiny-1")


def test_without_the_hub_openclip_says_how_to_fetch_the_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(WeightsError, match=r"'ViT-B-32' with weights 'laion2b_s34b_b79k'.*hf down"):
        ViTB32()

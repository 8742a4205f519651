"""The bench of mapping: what its child process leaves, what it sums up, where its pool is from."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from albumen import recovery, tables
from albumen.library import Library
from albumen.profile.vocabulary import unit
from albumen.profile.weights import occasions
from albumen.recovery import Mapped
from albumen.simulated import Pool, owner
from bench import pools
from bench.owners import OCCASIONS_ALIKE, drift, nulls
from bench.profile import OURS, THEIRS, map_folder, summary


@pytest.fixture(scope="module")
def pool() -> Pool:
    rng = np.random.default_rng(0)
    kinds = np.repeat(np.arange(5), 8)
    rows = np.eye(5, 32)[kinds] + 0.1 * rng.standard_normal((40, 32))
    return Pool(unit(rows), tuple(f"theme {kind}" for kind in kinds), "made up")


def test_the_child_process_maps_what_lies_in_the_folder(pool: Pool, tmp_path: Path) -> None:
    one = owner(pool, 300, seed=1)
    tables.write_table(one.library.photos, tmp_path / "photos.parquet", tables.PHOTOS)
    np.save(tmp_path / "vectors.npy", one.library.vectors)
    map_folder(OURS, tmp_path)
    mapped = Mapped(np.load(tmp_path / "labels.npy"), np.load(tmp_path / "weights.npy"))
    same = recovery.albumen(one.library)
    assert np.array_equal(mapped.labels, same.labels) and mapped.apart
    assert np.array_equal(mapped.weights, same.weights)
    assert tables.read_json(tmp_path / "seconds.json") > 0


def test_the_ratio_is_their_time_over_ours_at_the_larger_size() -> None:
    columns = ["way", "photos", "seconds", "peak_mb", "ari", "js"]
    rows = [
        (OURS, 10, 2.0, 100, 0.9, 0.1),
        (OURS, 100, 3.0, 200, 0.8, 0.2),
        (THEIRS, 10, 5.0, 300, 0.3, 0.3),
        (THEIRS, 100, 60.0, 400, 0.1, 0.4),
    ]
    table = pd.DataFrame(rows, columns=columns).set_index(["way", "photos"])
    found = summary(table, 100)
    assert found["ratio_umap_hdbscan"] == 20 and found["growth_10x"] == 1.5
    assert (found["ari_ours"], found["ari_umap_hdbscan"], found["peak_mb"]) == (0.8, 0.1, 200)


def test_subjects_of_few_photos_are_left_out_of_a_pool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Mean:
        def embed_images(self, images: list[Image.Image]) -> np.ndarray:
            return unit(np.array([np.asarray(one).mean(axis=(0, 1)) for one in images]))

    for subject, count in (("cat", 5), ("dog", 6), ("fish", 4)):
        (tmp_path / subject).mkdir()
        for number in range(count):
            shade = (200, 10 * number, 60) if subject == "cat" else (10 * number, 60, 200)
            Image.new("RGB", (8, 8), shade).save(tmp_path / subject / f"{number}.png")
    (tmp_path / "cat" / "notes.txt").write_text("no photo")
    monkeypatch.setattr(pools.embed, "make", lambda name: Mean())
    found = pools.folder_pool(tmp_path)
    assert found.themes == ("cat",) * 5 + ("dog",) * 6
    assert (found.vectors[:5, 0] > found.vectors[:5, 2]).all()
    assert (found.vectors[5:, 0] < found.vectors[5:, 2]).all()


def test_libraries_without_interests_are_of_every_kind(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def look(library: Library, seed: int) -> Mapped:
        seen.append((library.vectors, len(np.unique(occasions(library.photos)))))
        return Mapped(np.zeros(60, int), np.ones(60))

    monkeypatch.setattr(recovery, "albumen", look)
    table = pd.DataFrame(nulls(pool, 60, 0))
    assert list(table.kind.unique()) == ["Gaussian", "shuffled", OCCASIONS_ALIKE]
    assert list(table.times) == ["known", "unknown"] * 3 and not table.apart.any()
    (plain, first), (same, alone) = seen[:2]
    assert np.array_equal(plain, same) and first < alone == 60  # without times each is by itself
    library = owner(pool, 60, seed=0).library
    rows = occasions(library.photos) == pd.Series(occasions(library.photos)).mode()[0]
    cosines = {
        kind: (some[rows] @ some[rows].T).mean()
        for kind, (some, _) in zip(table.kind[::2], seen[::2], strict=True)
    }
    assert cosines[OCCASIONS_ALIKE] > max(cosines["Gaussian"], cosines["shuffled"])


def test_drift_is_measured_against_what_was_liked_last(pool: Pool) -> None:
    faded, whole = drift(pool, 300, 1)
    assert faded["half_life"] > 0 == whole["half_life"]
    late = owner(pool, 300, seed=1, drift=0.8)
    assert not np.allclose(late.late, late.preferences)
    assert 0 < faded["js"] < 1 and faded["js"] != whole["js"]

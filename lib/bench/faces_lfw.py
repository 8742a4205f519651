"""Measure finding, recognising, grouping and naming faces on Labeled Faces in the Wild.

    python lib/bench/faces_lfw.py LFW_FOLDER [--cache FOLDER]

LFW_FOLDER holds Person_Name/Person_Name_0001.jpg, pairsDevTest.txt (View 1 of Huang et al. 2007:
500 pairs of one person, 500 of two) and identities.txt (people, one a line, whom grouping is
tested on). It prints tables, the coefficients of `albumen.faces.odds`, and last one line of JSON.
Faces are found once, at about eight photos a second on one core, and kept in the cache.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import Image
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import AgglomerativeClustering
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score

from albumen.consent import Consent, PersonConsent
from albumen.faces import (
    SAME_DLIB,
    SAME_MOBILEFACENET,
    SAME_SFACE,
    find_faces,
    load_faces,
    name_faces,
    usable,
)
from albumen.faces.group import SAME, link
from albumen.faces.odds import evidence, log_odds

FOLDS = 10
# What each publishes, all on View 2 of LFW: 6,000 pairs in ten folds that share no person.
PUBLISHED = {
    "sface": (0.9940, "opencv_zoo, models/face_recognition_sface/README.md"),
    "dlib": (0.9938, "dlib-models README: 0.993833, standard deviation 0.00272732"),
    "mobilefacenet": (0.9955, "Chen et al. 2018, arXiv:1804.07573 (other weights than these)"),
}
AUTHORS = {"sface": SAME_SFACE, "dlib": -SAME_DLIB, "mobilefacenet": SAME_MOBILEFACENET}


class Pairs(NamedTuple):
    """Pairs of photos by key (Person_Name_0001), and whether they show one person."""

    first: np.ndarray
    second: np.ndarray
    same: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("build/lfw"))
    given = parser.parse_args()
    photos = read_photos(given.folder)
    for step in find_faces(photos, given.cache):
        print(f"\r{step.done} of {step.total} {step.what}", end="", file=sys.stderr)
    print(file=sys.stderr)
    faces = load_faces(photos, given.cache)
    subjects = central(faces, photos)
    pairs = read_pairs(given.folder / "pairsDevTest.txt")
    tested = (given.folder / "identities.txt").read_text().split()
    result = {
        "photos": len(photos),
        "photos without a face": int(len(photos) - len(subjects)),
        "verification": verification(subjects, pairs),
        "odds": fit_odds(subjects, pairs, tested),
        "grouping": grouping(subjects, tested),
        "naming": naming(faces, photos, subjects, tested),
    }
    print(json.dumps(result))


def read_photos(folder: Path) -> pd.DataFrame:
    """A row a photo: what `find_faces` needs, and key and person from its name."""
    rows = []
    for path in sorted(folder.glob("*/*.jpg")):
        with Image.open(path) as image:
            width, height = image.size
        photo_id = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.append((photo_id, str(path), width, height, path.stem, path.parent.name))
    columns = ["photo_id", "path", "width", "height", "key", "person"]
    return pd.DataFrame(rows, columns=columns).drop_duplicates("photo_id")


def read_pairs(path: Path) -> Pairs:
    """Lines "name n m" are one person's, "name n other m" two people's; the first says how many."""
    lines = [line.split("\t") for line in path.read_text().splitlines()[1:]]
    rows = [(one[0], one[1], one[-2] if len(one) == 4 else one[0], one[-1]) for one in lines]
    return Pairs(
        np.array([f"{name}_{int(number):04d}" for name, number, _, _ in rows]),
        np.array([f"{name}_{int(number):04d}" for _, _, name, number in rows]),
        np.array([len(one) == 3 for one in lines]),
    )


def central(faces: pd.DataFrame, photos: pd.DataFrame) -> pd.DataFrame:
    """The face nearest the centre of each photo, which LFW says is its person's; index: key."""
    away = np.hypot(faces.x + faces.w / 2 - 0.5, faces.y + faces.h / 2 - 0.5)
    nearest = faces.loc[away.sort_values(kind="stable").index].drop_duplicates("photo_id")
    named = photos[["photo_id", "key", "person"]].merge(nearest, on="photo_id")
    return named.sort_values("face_id").set_index("key")


def likeness(subjects: pd.DataFrame, pairs: Pairs, recogniser: str) -> np.ndarray:
    """Cosine or negative distance of each pair; NaN where a face was not found."""
    blank = np.full(len(subjects[recogniser].iloc[0]), np.nan)
    vectors = dict(zip(subjects.index, subjects[recogniser], strict=True))
    first, second = (
        np.stack([vectors.get(key, blank) for key in keys]).astype(float) for keys in pairs[:2]
    )
    if recogniser == "dlib":
        return -np.linalg.norm(first - second, axis=1)
    return (first * second).sum(axis=1)


def verification(subjects: pd.DataFrame, pairs: Pairs) -> dict[str, dict]:
    """Accuracy on FOLDS folds, the threshold chosen on the others; a face not found is an error.

    A fold is the next tenth of the pairs of one person and of those of two, in the file's order,
    which keeps the pairs of one person together.
    """
    folds = np.empty(len(pairs.same), int)
    for kind in (True, False):
        rows = np.flatnonzero(pairs.same == kind)
        folds[rows] = np.arange(len(rows)) * FOLDS // len(rows)
    rows = {}
    for recogniser, (published, _) in PUBLISHED.items():
        scores = likeness(subjects, pairs, recogniser)
        accuracies = []
        for fold in range(FOLDS):
            others, tested = folds != fold, folds == fold
            threshold = best_threshold(scores[others], pairs.same[others])
            accuracies.append(accuracy(scores[tested], pairs.same[tested], threshold))
        rows[recogniser] = {
            "accuracy": round(float(np.mean(accuracies)), 4),
            "sd of folds": round(float(np.std(accuracies)), 4),
            "at our threshold": accuracy(scores, pairs.same, AUTHORS[recogniser]),
            "published": published,
            "not found": int(np.isnan(scores).sum()),
        }
    print(f"\nVerification: {len(pairs.same)} pairs of pairsDevTest, deep-funneled photos, our own")
    print("detection and alignment. Published figures are of 6,000 other pairs (View 2):")
    print(pd.DataFrame(rows).T.to_string())
    print(*(f"  {name}: {source}" for name, (_, source) in PUBLISHED.items()), sep="\n")
    return rows


def accuracy(scores: np.ndarray, same: np.ndarray, threshold: float) -> float:
    """The share of pairs on the right side of the threshold; NaN is on none."""
    return float((np.where(same, scores > threshold, scores <= threshold)).mean())


def best_threshold(scores: np.ndarray, same: np.ndarray) -> float:
    """The most accurate one half way between neighbouring scores, the middle one of equals."""
    known = np.sort(scores[~np.isnan(scores)])
    candidates = (known[1:] + known[:-1]) / 2
    accuracies = np.array([accuracy(scores, same, one) for one in candidates])
    best = np.flatnonzero(accuracies == accuracies.max())
    return float(candidates[best[len(best) // 2]])


def fit_odds(subjects: pd.DataFrame, pairs: Pairs, left_out: list[str]) -> dict[str, float]:
    """The logistic model of `albumen.faces.odds`, on the pairs without these people."""
    cosine, distance = (likeness(subjects, pairs, one) for one in ("sface", "dlib"))
    people = [pd.Series(keys).str.rsplit("_", n=1).str[0] for keys in pairs[:2]]
    used = ~people[0].isin(left_out) & ~people[1].isin(left_out) & ~np.isnan(cosine)
    features = np.stack([cosine, distance**2], axis=1)[used]
    # hardly any penalty: there are two features and hundreds of pairs
    model = LogisticRegression(C=1e4, max_iter=1000).fit(features, pairs.same[used])
    weights = {
        "SFACE": round(float(model.coef_[0, 0]), 2),
        "DLIB": round(float(model.coef_[0, 1]), 2),
        "BIAS": round(float(model.intercept_[0]), 2),
        "pairs": int(used.sum()),
        "accuracy": round(float(model.score(features, pairs.same[used])), 4),
    }
    print("\nLog odds that two faces are one person's, even before looking:", weights)
    return weights


def grouping(subjects: pd.DataFrame, tested: list[str]) -> dict[str, dict]:
    """Groups of the people tested, and of everybody, beside simpler ways; SAME by the others."""
    subjects = subjects[usable(subjects)]
    mine = subjects.person.isin(tested)
    others = subjects[~mine]
    chosen = {
        f"log odds {same}": agreement(
            link(evidence(others), np.arange(len(others)), same), others.person
        )
        for same in range(7)
    }
    print(f"\nThe threshold, on {others.person.nunique()} people who are not tested:")
    print(pd.DataFrame(chosen).T.to_string())
    result = {}
    for what, some in ((f"{len(tested)} people", subjects[mine]), ("everybody", subjects)):
        rows = {name: agreement(run(some), some.person) for name, run in WAYS.items()}
        print(f"\nGrouping: {what}, {some.person.nunique()} in {len(some)} photos")
        print(pd.DataFrame(rows).T.to_string())
        result[what] = rows
    return result


def agreement(labels: np.ndarray, people: pd.Series) -> dict[str, float]:
    """Pairwise precision and recall, adjusted Rand index, number of groups."""
    table = pd.crosstab(labels, people.to_numpy()).to_numpy()

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both = pairs(table)
    return {
        "precision": round(both / max(pairs(table.sum(axis=1)), 1), 4),
        "recall": round(both / pairs(table.sum(axis=0)), 4),
        "ARI": round(adjusted_rand_score(people, labels), 4),
        "groups": len(table),
    }


def _distances(faces: pd.DataFrame, recogniser: str) -> np.ndarray:
    vectors = np.array(faces[recogniser].tolist(), float)
    products = vectors @ vectors.T
    if recogniser == "sface":
        return 1 - products
    lengths = np.diag(products)
    return np.sqrt(np.maximum(lengths[:, None] + lengths - 2 * products, 0))


def _average(recogniser: str, limit: float) -> Callable[[pd.DataFrame], np.ndarray]:
    model = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=limit
    )
    return lambda faces: model.fit_predict(_distances(faces, recogniser))


def _connected(recogniser: str, limit: float) -> Callable[[pd.DataFrame], np.ndarray]:
    return lambda faces: connected_components(_distances(faces, recogniser) < limit)[1]


def _connected_odds(faces: pd.DataFrame) -> np.ndarray:
    return connected_components(log_odds(evidence(faces), evidence(faces)) >= SAME)[1]


WAYS: dict[str, Callable[[pd.DataFrame], np.ndarray]] = {
    "average linkage, both (ours)": lambda faces: link(evidence(faces), np.arange(len(faces))),
    "average linkage, SFace": _average("sface", 1 - SAME_SFACE),
    "average linkage, dlib": _average("dlib", SAME_DLIB),
    "connected components, both": _connected_odds,
    "connected components, SFace": _connected("sface", 1 - SAME_SFACE),
    "connected components, dlib": _connected("dlib", SAME_DLIB),
}


def naming(
    faces: pd.DataFrame, photos: pd.DataFrame, subjects: pd.DataFrame, people: list[str]
) -> dict[str, dict]:
    """Names given in a library made of LFW, and whether they are right.

    Of each tested person two photos list the name alone and every other one of the rest lists it
    among two; all else, strangers' photos included, lists nobody. LFW names the central face of a
    photo: of others in it, nobody knows who is right.
    """
    truth = subjects.set_index("face_id").person
    place = photos.groupby("person").cumcount()
    known = photos.person.isin(people)
    partner = dict(zip(people, people[1:] + people[:1], strict=True))
    listed = [
        [] if not mine or (at > 1 and at % 2) else [who] if at < 2 else [partner[who], who]
        for who, at, mine in zip(photos.person, place, known, strict=True)
    ]
    library = photos.assign(people=listed, faces=[[]] * len(photos), flags=[[]] * len(photos))
    consent = Consent("", people={one: PersonConsent(profile=True) for one in people})
    named = name_faces(faces, library, consent)
    named["who"] = named.face_id.map(truth)
    named["right"] = (named.name == named.who).where(named.who.notna())
    named["rule"] = named.name_reason.str.split(r"[:(]", regex=True).str[0]
    listing = dict(zip(photos.photo_id, [len(one) for one in listed], strict=True))
    given = named[named.name.notna()]
    rules = given.groupby("rule").agg(
        faces=("who", "size"), central=("who", "count"), right=("right", "sum")
    )
    given = given[given.who.notna()].astype({"right": bool})
    bins = pd.cut(given.confidence, [0, 0.5, 0.9, 0.95, 0.99, 1])
    sure = given.groupby(bins, observed=True).agg(
        faces=("right", "size"), right=("right", "mean"), stated=("confidence", "mean")
    )
    theirs = named[named.who.isin(people)].astype({"right": bool})
    recall = theirs.groupby(theirs.photo_id.map(listing)).right.mean()
    recall.index = recall.index.map({0: "lists nobody", 1: "lists the name", 2: "lists two names"})
    print(f"\nNaming: {len(people)} people's library with {(~known).sum()} photos of others")
    print(rules.to_string(), sure.round(4).to_string(), sep="\n\n")
    print("\nOf the people's own faces named, by what their photo lists:")
    print(recall.round(4).to_string())
    return {
        "right": int(given.right.sum()),
        "wrong": int((~given.right).sum()),
        "not known": int(named.name.notna().sum() - len(given)),
        "recall": recall.round(4).to_dict(),
    }


if __name__ == "__main__":
    main()

"""Tables of `bench.likeness`: distances and likeness with intervals over people, groups, copies."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from albumen import stats
from albumen.faces import SAME_DLIB
from albumen.metrics.copying import audit_bounds, copy_audit
from albumen.metrics.likeness import calibrated_likeness, likeness_rank1
from albumen.prints import nearest_hash
from bench.portrayed import CONDITIONING, COUNTS

JUDGE = "mobilefacenet"
CONTROL = "the first photo itself"  # which the copy audit must fail
DARK, CHILD, TURNED = 10.0, 15.0, 0.25  # degrees, years, eye distances


def scored(people: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a portrait: its distance to the held-out photos and what the judge says."""
    held = {one["person"]: _vectors(one["photos"][CONDITIONING:], JUDGE) for one in people}
    rows = []
    for one in people:
        others = np.concatenate([v for person, v in held.items() if person != one["person"]])
        own = _vectors(one["photos"][:CONDITIONING], JUDGE)
        about = told(one["photos"])
        for face in one["faces"]:
            first = max(COUNTS) if face["kind"] == "count" else CONDITIONING
            photos = one["photos"][first:]
            found = face["vectors"] is not None
            seen = np.array([face["vectors"][JUDGE]]) if found else own[:0]
            gallery = {**held, one["person"]: _vectors(photos, JUDGE)}
            distances = _distances(face["vectors"]["dlib"], photos) if found else [np.inf]
            rows.append(
                {
                    **{key: face[key] for key in ("kind", "setting", "photos", "identity")},
                    "person": one["person"],
                    "distance": np.mean(distances),
                    "calibrated": calibrated_likeness(
                        seen, gallery[one["person"]], own, others, JUDGE
                    ),
                    "rank1": likeness_rank1(seen, one["person"], gallery, JUDGE),
                    "real": np.mean(_distances(one["photos"][0]["vectors"]["dlib"], photos)),
                    "aged": face["age"] - about["age"] if found else np.nan,
                    **about,
                }
            )
    return pd.DataFrame(rows)


def told(photos: list[dict[str, Any]]) -> dict[str, float]:
    """Median age and skin angle of all photos, mean turn of the conditioning ones."""
    median = {name: float(np.median([one[name] for one in photos])) for name in ("age", "skin")}
    return median | {"turn": float(np.mean([one["turn"] for one in photos[:CONDITIONING]]))}


def groups(rows: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """`summed` for each group and for all others; a group of nobody is a row, too.

    What can be measured is told from the photos; `labels` (person, group) adds what somebody saw.
    """
    members = {
        f"children (age under {CHILD:.0f})": rows.age < CHILD,
        f"dark skin as photographed (ITA under {DARK:.0f})": rows.skin < DARK,
        f"head turned (nose {TURNED} off the middle)": rows.turn > TURNED,
    }
    for name, part in labels.groupby("group"):
        members[f"{name} (by eye)"] = rows.person.isin(part.person)
    parts = []
    for name, inside in members.items():
        for label, chosen in ((name, inside), ("all others", ~inside)):
            part = rows[chosen].assign(group=label)
            parts.append(
                summed(part, "group")
                if len(part)
                else pd.DataFrame({"group": [label], "people": [0]})
            )
    return pd.concat(parts, ignore_index=True)


def summed(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """People, distances and likeness of each value of `by`, with 95 % intervals over people."""
    table = []
    for value, part in rows.groupby(by, sort=False):
        under = stats.wilson((part.distance < SAME_DLIB).to_numpy())
        row = {by: value, "people": len(part), "median_distance": part.distance.median()}
        row |= dict(zip(("median_low", "median_high"), median_interval(part.distance), strict=True))
        row |= {"under": under.share, "under_low": under.low, "under_high": under.high}
        scores = part.assign(subject=part.person, prompt="", seed=0)
        mean = stats.cluster_bootstrap(scores, value="calibrated")
        row |= {"calibrated": mean.mean, "calibrated_low": mean.low, "calibrated_high": mean.high}
        row |= {"rank1": part.rank1.mean(), "years_older": part.aged.median()}
        table.append(row)
    return pd.DataFrame(table)


def median_interval(values: pd.Series, draws: int = 2000, seed: int = 0) -> tuple[float, float]:
    """A 95 % percentile bootstrap interval of the median."""
    rng = np.random.default_rng(seed)
    drawn = np.median(rng.choice(values.to_numpy(), (draws, len(values))), axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975], method="inverted_cdf")  # some may be infinite
    return float(low), float(high)


def copies(people: list[dict[str, Any]]) -> pd.DataFrame:
    """The copy audit of every solved portrait, and of a control: the first photo itself.

    Also the correlation of the aligned grey faces with the references, the highest of them, beside
    that of another real photo of the person.
    """
    photos = [photo for one in people for photo in one["photos"]]
    vectors = np.array([photo["vector"] for photo in photos])
    prints = np.array([photo["prints"] for photo in photos], np.uint64)
    bounds = audit_bounds(vectors, prints)

    def failed(vector: list[float], own: int, shares: Iterable[float], at: int) -> bool:
        aligned = np.full(len(photos), np.nan)
        shares = list(shares)
        aligned[at : at + len(shares)] = shares
        bits = nearest_hash(np.uint64(own), prints)
        return copy_audit(vectors @ np.array(vector), bits, aligned, np.nan, bounds).failed

    rows, at = [], 0
    for one in people:
        references = [photo["crop"] for photo in one["photos"][:CONDITIONING]]
        real = np.mean([nearest(p["crop"], references) for p in one["photos"][CONDITIONING:]])
        first = one["photos"][0]
        rows.append(
            {
                "made from": CONTROL,
                "correlation": 1.0,
                "real": real,
                "failed": failed(first["vector"], first["prints"][0], [1.0], at),
            }
        )
        for face in one["faces"]:
            if face["kind"] == "solved" and face["vectors"] is not None:
                rows.append(
                    {
                        "made from": face["setting"],
                        "real": real,
                        "correlation": nearest(face["crop"], references),
                        "failed": failed(face["vector"], face["hash"], face["shares"], at),
                    }
                )
        at += len(one["photos"])
    table = pd.DataFrame(rows)
    table["below real"] = table.correlation < table.real
    return (
        table.groupby("made from", sort=False)
        .agg(
            people=("real", "size"),
            correlation=("correlation", "mean"),
            real_photo=("real", "mean"),
            below_real=("below real", "mean"),
            failed=("failed", "sum"),
        )
        .reset_index()
    )


def nearest(crop: list[list[int]], references: list[list[list[int]]]) -> float:
    """The highest correlation of a grey face with one of the references."""
    return max(
        float(np.corrcoef(np.ravel(crop), np.ravel(reference))[0, 1]) for reference in references
    )


def _vectors(photos: list[dict[str, Any]], name: str) -> np.ndarray:
    return np.array([photo["vectors"][name] for photo in photos])


def _distances(vector: list[float], photos: list[dict[str, Any]]) -> np.ndarray:
    return np.linalg.norm(_vectors(photos, "dlib") - np.array(vector), axis=1)

"""What the scores say: intervals, paired tests, identification and the audit, from SCORES alone.

The unit is the subject: a person for likeness, the owner for taste, whoever made the picture for
what concerns the picture itself. Simulated and real people are never mixed.
"""

import hashlib
import math
from collections.abc import Sequence

import pandas as pd

from albumen import stats
from albumen.benchmark.grid import METHODS, NONE, OTHER, OWN
from albumen.errors import AlbumenError
from albumen.metrics import METRICS

TESTED = ("calibrated_likeness", "owner_margin")  # few: every test costs the others power
FEWEST = 3  # subjects a test is made with
PICTURE = ("picture", "group")  # metrics that say the same whomever the picture is judged for
TIMING = ("seconds",)  # not the same in two runs


def summary(scores: pd.DataFrame, *, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
    """One row a kind of person, metric and method: the mean and its cluster-bootstrap interval.

    Columns: kind ("simulated", "real"; "all" for what is not about a person), metric, method,
    encoder, unit, higher_is_better, mean, low, high, subjects, scores, missing, reference (chance
    or a natural value, NaN for none).
    """
    rows = []
    table = _by_subject(scores)
    references = _references(scores)
    for (kind, metric, method, encoder), part in table.groupby(
        ["kind", "metric", "method", "encoder"], sort=False
    ):
        interval = stats.cluster_bootstrap(part, draws=draws, seed=seed)
        entry = METRICS[metric]
        rows.append(
            {
                "kind": kind,
                "metric": metric,
                "method": method,
                "encoder": encoder,
                "unit": entry.unit,
                "higher_is_better": entry.higher_is_better,
                **interval._asdict(),
                "reference": references.get(metric, math.nan),
            }
        )
    order = {name: i for i, name in enumerate([*METRICS, *METHODS])}
    return (
        pd.DataFrame(rows)
        .sort_values(
            ["kind", "metric", "method"],
            key=lambda column: column.map(order).fillna(-1),
            kind="stable",
        )
        .reset_index(drop=True)
    )


def paired_differences(
    scores: pd.DataFrame, metric: str, method: str = OWN, against: str = OTHER
) -> pd.DataFrame:
    """Each subject's mean paired difference: subject, kind, difference, pairs, missing.

    Pairs share subject, prompt and seed; a subject's prompts count alike. A pair with a missing
    score is left out and counted. Raises AlbumenError for a metric that is not about a person or
    an owner: a picture's own scores do not depend on whom it is compared for.
    """
    columns = ["kind", "subject", "difference", "pairs", "missing"]
    rows = []
    for (kind, subject), part in _pairs(scores, metric, method, against).groupby(
        ["kind", "subject"], sort=True
    ):
        by_prompt = part.groupby("prompt").value.mean()
        known = int(part.value.notna().sum())
        rows.append((kind, subject, by_prompt.mean(), known, len(part) - known))
    return pd.DataFrame(rows, columns=columns)


def comparisons(
    scores: pd.DataFrame,
    metrics: Sequence[str] = TESTED,
    against: Sequence[str] = (OTHER, NONE),
    *,
    draws: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """The own profile against its controls: difference, interval, effect size and p.

    p is the paired sign-flip test's over subjects, p_holm the same after Holm's correction for all
    tests of this table. With fewer than FEWEST subjects no test is made and the note says so.
    """
    rows = []
    for metric in metrics:
        for control in against:
            pairs = _pairs(scores, metric, OWN, control)
            for kind, part in pairs.groupby("kind", sort=True):
                rows.append(_compared(part, kind, metric, control, scores, draws, seed))
    columns = [
        *("kind", "metric", "method", "against", "difference", "low", "high", "dz", "subjects"),
        *("missing", "detectable", "p", "p_holm", "note"),
    ]
    table = pd.DataFrame(rows, columns=columns)
    table["p_holm"] = stats.holm(table.p.to_numpy(float))
    return table


def identification(scores: pd.DataFrame) -> pd.DataFrame:
    """How often the owner is told from the picture, against chance.

    One row a method: owners, count, n, share, Wilson interval, chance and the one-sided binomial
    p. It counts pictures, so it speaks of these owners, not of owners at large.
    """
    part = scores[scores.metric == "owner_identified"]
    chance = 1 / max(1, scores.owner.nunique())
    rows = []
    for method, one in _known(part).groupby("method", sort=False):
        found = stats.wilson(one.value.to_numpy() > 0)
        p = stats.above_chance(found.count, found.n, chance)
        owners = one.owner.nunique()
        rows.append(
            {"method": method, "owners": owners, **found._asdict(), "chance": chance, "p": p}
        )
    return _in_order(rows)


def audit_summary(scores: pd.DataFrame) -> pd.DataFrame:
    """One row a method: pictures audited, how many failed, Wilson interval, how near they came.

    A picture that stands for several owners counts once.
    """
    once = scores[scores.picture != ""].drop_duplicates(["method", "picture", "metric"])
    rows = []
    for method, one in once.groupby("method", sort=False):
        values = one.pivot(index="picture", columns="metric", values="value")
        known = values.copy_failed.dropna()
        failed = stats.wilson(known.to_numpy() > 0)
        rows.append(
            {
                "method": method,
                "pictures": failed.n,
                "failed": failed.count,
                "share": failed.share,
                "low": failed.low,
                "high": failed.high,
                "missing": int(values.copy_failed.isna().sum()),
                "nearest_similarity": values.nearest_similarity.max(),
                "hash_distance": values.hash_distance.min(),
                "largest_aligned_share": values.largest_aligned_share.max(),
                "largest_source_share": values.largest_source_share.max(),
            }
        )
    return _in_order(rows)


def scores_digest(scores: pd.DataFrame) -> str:
    """SHA-256 of the scores without what is timed: two runs with the same seed have the same."""
    timeless = scores[~scores.metric.isin(TIMING)]
    text = timeless.to_csv(index=False, float_format="%.17g", lineterminator="\n")
    return hashlib.sha256(text.encode()).hexdigest()


def _by_subject(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores with `subject` the cluster that their metric is about, and `kind` to match."""
    about = scores.metric.map({name: metric.about for name, metric in METRICS.items()})
    person, owner, picture = (about == "person", about == "owner", about.isin(PICTURE))
    table = scores.assign(
        subject=(scores.owner + "/" + scores.subject).where(
            person, scores.owner.where(owner, scores.maker.replace("", "nobody"))
        ),
        kind=scores.kind.where(person, "all"),
    )
    # a picture that stands for several owners is one picture
    again = table.duplicated(["method", "maker", "prompt", "seed", "metric"]) & picture
    return table[~again]


def _pairs(scores: pd.DataFrame, metric: str, method: str, against: str) -> pd.DataFrame:
    if METRICS[metric].about not in ("person", "owner"):
        raise AlbumenError(
            f"'{metric}' is about the picture: expected one about a person or owner."
        )
    table = _by_subject(scores[scores.metric == metric])
    keys = ["kind", "subject", "prompt", "seed"]
    first, second = (table[table.method == one].set_index(keys).value for one in (method, against))
    shared = first.index.intersection(second.index)
    return (first.loc[shared] - second.loc[shared]).rename("value").reset_index()


def _compared(
    pairs: pd.DataFrame,
    kind: str,
    metric: str,
    control: str,
    scores: pd.DataFrame,
    draws: int,
    seed: int,
) -> tuple:
    each = paired_differences(scores, metric, OWN, control)
    differences = each.difference[each.kind == kind].to_numpy(float)
    interval = stats.cluster_bootstrap(pairs, draws=draws, seed=seed)
    n = interval.subjects
    p, note = math.nan, f"{n} subjects: too few to test"
    if n >= FEWEST:
        p = stats.sign_flip(differences, seed=seed)
        note = f"{n} subjects: the smallest possible p is {2 / 2**n:.2g}"
    return (
        *(kind, metric, OWN, control, interval.mean, interval.low, interval.high),
        *(stats.cohens_dz(differences), n, interval.missing, stats.detectable_effect(n)),
        *(p, math.nan, note),
    )


def _references(scores: pd.DataFrame) -> dict[str, float]:
    """Values to draw beside a metric: chance, a stranger, a natural nearness."""
    return {
        "calibrated_likeness": 0.0,
        "owner_margin": 0.0,
        "owner_identified": 1 / max(1, scores.owner.nunique()),
        "prompt_z": 0.0,
        "prompt_percentile": 0.5,
        "nearest_excess": 0.0,
        "copy_geo": 0.0,
    }


def _known(scores: pd.DataFrame) -> pd.DataFrame:
    return scores[scores.value.notna()]


def _in_order(rows: list[dict]) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    if table.empty:
        return table
    order = {name: i for i, name in enumerate(METHODS)}
    return table.sort_values("method", key=lambda column: column.map(order)).reset_index(drop=True)

"""Intervals and tests whose unit is the subject: a person or an owner, never an image.

Missing scores are NaN: they are left out, counted, and never read as zero.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int
from scipy import optimize
from scipy import stats as scipy_stats

from albumen.errors import AlbumenError

EXACT_SUBJECTS = 12  # all 2^12 sign flips are enumerated up to here
CHUNK = 2_000_000  # values gathered at once by the bootstrap


class Interval(NamedTuple):
    """A mean with its percentile interval, what it is based on and what it lacks."""

    mean: float  # NaN when every score is missing
    low: float
    high: float
    subjects: int  # with at least one score
    scores: int  # used
    missing: int  # NaN


class Proportion(NamedTuple):
    """A share with its Wilson interval."""

    share: float
    low: float
    high: float
    count: int
    n: int


def cluster_bootstrap(
    table: pd.DataFrame,
    levels: Sequence[str] = ("subject", "prompt", "seed"),
    value: str = "value",
    *,
    draws: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """The mean of `value` with a percentile interval that resamples cluster by cluster.

    `levels` are three columns from the outermost in. A draw takes as many subjects as there are,
    with replacement, within each as many prompts, within each as many seeds (Davison and Hinkley
    1997, section 3.8). The mean is over subjects of the mean over prompts of the mean over seeds:
    a subject with more pictures does not weigh more. Raises AlbumenError for other than 3 levels.
    """
    if len(levels) != 3:
        raise AlbumenError(f"cluster_bootstrap needs three levels, got {list(levels)}.")
    known = table[table[value].notna()]
    missing = len(table) - len(known)
    if known.empty:
        return Interval(math.nan, math.nan, math.nan, 0, 0, missing)
    values, seeds, prompts = _nested(known, levels, value)
    mean = float(_subject_means(values, seeds, prompts).mean())
    rng = np.random.default_rng(seed)
    size = max(1, CHUNK // values.size)
    drawn = [
        _resample(values, seeds, prompts, min(size, draws - start), rng)
        for start in range(0, draws, size)
    ]
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.concatenate(drawn), [tail, 1 - tail])
    return Interval(mean, float(low), float(high), len(prompts), len(known), missing)


def _nested(
    table: pd.DataFrame, levels: Sequence[str], value: str
) -> tuple[Float[np.ndarray, "s p k"], Int[np.ndarray, "s p"], Int[np.ndarray, " s"]]:
    """The scores as subjects x prompts x seeds, padded, and how many are real on each level."""
    ordered = table.sort_values([*levels, value], kind="stable")
    groups = [
        [inner[value].to_numpy(float) for _, inner in outer.groupby(levels[1], sort=True)]
        for _, outer in ordered.groupby(levels[0], sort=True)
    ]
    prompts = np.array([len(group) for group in groups])
    seeds = np.zeros((len(groups), prompts.max()), dtype=int)
    values = np.zeros((*seeds.shape, max(len(one) for group in groups for one in group)))
    for s, group in enumerate(groups):
        for p, one in enumerate(group):
            seeds[s, p] = len(one)
            values[s, p, : len(one)] = one
    return values, seeds, prompts


def _subject_means(
    values: Float[np.ndarray, "... p k"],
    seeds: Int[np.ndarray, "... p"],
    prompts: Int[np.ndarray, "..."],
) -> Float[np.ndarray, "..."]:
    """Mean over prompts of the mean over seeds, the padding left out."""
    real_seed = np.arange(values.shape[-1]) < seeds[..., None]
    real_prompt = np.arange(values.shape[-2]) < prompts[..., None]
    by_prompt = (values * real_seed).sum(-1) / np.maximum(seeds, 1)
    return (by_prompt * real_prompt).sum(-1) / prompts


def _resample(
    values: Float[np.ndarray, "s p k"],
    seeds: Int[np.ndarray, "s p"],
    prompts: Int[np.ndarray, " s"],
    draws: int,
    rng: np.random.Generator,
) -> Float[np.ndarray, " draws"]:
    subjects, most_prompts, most_seeds = values.shape
    s = rng.integers(subjects, size=(draws, subjects))
    p = (rng.random((draws, subjects, most_prompts)) * prompts[s][..., None]).astype(int)
    counts = seeds[s[..., None], p]
    k = (rng.random((*p.shape, most_seeds)) * counts[..., None]).astype(int)
    return _subject_means(values[s[..., None, None], p[..., None], k], counts, prompts[s]).mean(1)


def sign_flip(differences: Float[np.ndarray, " n"], *, draws: int = 10_000, seed: int = 0) -> float:
    """Two-sided p of the paired permutation test on subjects' mean differences.

    Under the null each subject's difference is as likely to have the other sign. Up to
    EXACT_SUBJECTS all 2^n flips are counted; beyond, `draws` random ones, the observed one
    included (Phipson and Smyth 2010), so p is never 0. NaN without any difference.
    """
    known = differences[~np.isnan(differences)]
    n = len(known)
    if n == 0:
        return math.nan
    if n <= EXACT_SUBJECTS:
        signs = 1.0 - 2.0 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    else:
        flips = np.random.default_rng(seed).integers(2, size=(draws, n))
        signs = np.vstack([np.ones((1, n)), 1.0 - 2.0 * flips])
    sums = np.abs(signs @ known)
    slack = 1e-9 * np.abs(known).sum()  # equal sums differ in the last bits
    return float(np.mean(sums >= abs(known.sum()) - slack))


def holm(p_values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """p adjusted for the number of tests by Holm's step-down method (Holm 1979); NaN stays NaN."""
    adjusted = np.full(len(p_values), math.nan)
    order = [i for i in np.argsort(p_values, kind="stable") if not math.isnan(p_values[i])]
    highest = 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * float(p_values[i])))
        adjusted[i] = highest
    return adjusted


def cohens_dz(differences: Float[np.ndarray, " n"]) -> float:
    """Paired effect size: the mean difference in its standard deviations (Cohen 1988).

    NaN with fewer than two differences or when all are equal.
    """
    known = differences[~np.isnan(differences)]
    if len(known) < 2 or np.ptp(known) == 0:
        return math.nan
    return float(known.mean() / known.std(ddof=1))


def detectable_effect(n: int, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """The smallest |dz| that a two-sided paired t test on n subjects finds with `power`.

    A guide to what a benchmark of this size can see: the permutation test's power is close to the
    t test's. NaN for fewer than two subjects.
    """
    if n < 2:
        return math.nan
    critical = scipy_stats.t.ppf(1 - alpha / 2, n - 1)

    def shortfall(effect: float) -> float:
        # the other tail, a significant difference the wrong way round, is negligible at this power
        return float(scipy_stats.nct.sf(critical, n - 1, effect * math.sqrt(n))) - power

    upper = 1.0
    while shortfall(upper) < 0:
        upper *= 2
    return float(optimize.brentq(shortfall, 0.0, upper))


def wilson(hits: Bool[np.ndarray, " n"] | Sequence[bool], confidence: float = 0.95) -> Proportion:
    """The share of hits with Wilson's score interval; NaN for no trials."""
    count, n = int(np.sum(hits)), len(hits)
    if n == 0:
        return Proportion(math.nan, math.nan, math.nan, 0, 0)
    bounds = scipy_stats.binomtest(count, n).proportion_ci(confidence, method="wilson")
    return Proportion(count / n, float(bounds.low), float(bounds.high), count, n)


def above_chance(count: int, n: int, chance: float) -> float:
    """One-sided exact binomial p of `count` or more hits in n trials; NaN for no trials."""
    if n == 0:
        return math.nan
    return float(scipy_stats.binomtest(count, n, chance, alternative="greater").pvalue)

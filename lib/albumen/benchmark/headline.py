"""What matters of a benchmark, in one small table: a row a method."""

import math

import pandas as pd

from albumen.benchmark.grid import METHODS
from albumen.benchmark.summary import audit_summary, identification, summary

# column of the table: metric and kind of person in the summary
MEANS = {
    "likeness, simulated": ("calibrated_likeness", "simulated"),
    "likeness, real": ("calibrated_likeness", "real"),
    "right person first": ("likeness_rank1", "simulated"),
    "prompt percentile": ("prompt_percentile", "all"),
    "seconds": ("seconds", "all"),
}


def headline(scores: pd.DataFrame) -> pd.DataFrame:
    """One row a method, as text: means with their 95 % intervals, and counts.

    Columns: method, those of MEANS, "owner identified" and "copies found". A cell is "" where
    nothing was measured.
    """
    means = summary(scores).set_index(["metric", "kind", "method"])
    told = identification(scores).set_index("method")
    audit = audit_summary(scores).set_index("method")
    rows = []
    for method in METHODS:
        row = {"method": method}
        for column, (metric, kind) in MEANS.items():
            at = (metric, kind, method)
            row[column] = _interval(means.loc[at]) if at in means.index else ""
        if method in told.index:
            row["owner identified"] = _share(told.loc[method], "count", "n")
        if method in audit.index:
            row["copies found"] = _share(audit.loc[method], "failed", "pictures")
        rows.append(row)
    return pd.DataFrame(rows).fillna("")


def _interval(row: pd.Series) -> str:
    if not math.isfinite(row["mean"]):
        return ""
    return f"{row['mean']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"


def _share(row: pd.Series, count: str, n: str) -> str:
    return f"{int(row[count])} of {int(row[n])}"

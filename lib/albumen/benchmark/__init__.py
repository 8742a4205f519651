"""The benchmark: own profile against its controls, same prompts and seeds, scored and summed up.

owners = {folder.name: prepare_owner(folder, embedder, "efficientnet-lite0") for ...}
jobs, cells = grid(owners, prompts, seeds, briefs(owners, stock, embedder), "embedded")
for progress in generate_cells(jobs, make_generators, folder): ...
for progress in score_cells(cells, judge, folder): ...
summary(scores), comparisons(scores), audit_summary(scores)
"""

from albumen.benchmark.generate import generate_cells, open_generators, open_picture
from albumen.benchmark.grid import (
    CONTROLS,
    METHODS,
    NONE,
    OTHER,
    OWN,
    POPULATION,
    RANDOM,
    RETURNED,
    Cell,
    Job,
    Owner,
    Prompt,
    briefs,
    grid,
    prepare_owner,
)
from albumen.benchmark.headline import headline
from albumen.benchmark.judge import Judge, face_finder, make_judge
from albumen.benchmark.score import score_cells, score_table
from albumen.benchmark.split import Split, split
from albumen.benchmark.summary import (
    audit_summary,
    comparisons,
    identification,
    paired_differences,
    scores_digest,
    summary,
)

__all__ = [
    "CONTROLS",
    "METHODS",
    "NONE",
    "OTHER",
    "OWN",
    "POPULATION",
    "RANDOM",
    "RETURNED",
    "Cell",
    "Job",
    "Judge",
    "Owner",
    "Prompt",
    "Split",
    "audit_summary",
    "briefs",
    "comparisons",
    "face_finder",
    "generate_cells",
    "grid",
    "headline",
    "identification",
    "make_judge",
    "open_generators",
    "open_picture",
    "paired_differences",
    "prepare_owner",
    "score_cells",
    "score_table",
    "scores_digest",
    "split",
    "summary",
]

"""Score the grid: read each picture once, then judge it for every owner it is evidence on."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from albumen import prints, tables
from albumen.benchmark.generate import record_path
from albumen.benchmark.grid import Cell
from albumen.benchmark.judge import Judge, Pool
from albumen.errors import AlbumenError
from albumen.images import open_photo
from albumen.metrics import METRICS, copying, diversity, likeness, preference, prompt
from albumen.progress import Progress

LAID = 2  # nearest photos, by encoder, that are laid onto the picture; and the nearest by hash
NEAR_REFERENCE = 5  # held-out photos nearest to the reference that copy_geo is the mean over
UNDEFINED = "not defined for this picture"
ABOUT = {
    about: [name for name, metric in METRICS.items() if metric.about == about]
    for about in ("person", "owner", "picture", "group")
}
PROMPTED = ("prompt_z", "prompt_percentile", "prompt_rank1")


def score_cells(cells: Sequence[Cell], judge: Judge, folder: Path) -> Iterator[Progress]:
    """Read every picture that has no reading yet, then write `folder/scores.parquet`.

    A reading is `readings/<judge>/<key>.json`: the picture's vector, its faces and its copy audit,
    by this judge (`Judge.digest`), without regard to whom it is judged for. Yields progress after
    each.
    """
    keys = list(dict.fromkeys(cell.picture for cell in cells if cell.picture))
    makers = {cell.picture: cell.maker for cell in cells}
    readings = _readings(folder, judge)
    for done, key in enumerate(keys):
        path = readings / f"{key}.json"
        if not path.is_file():
            record = tables.read_json(record_path(folder, key))
            tables.write_json(_read(record, judge, judge.pools[makers[key]], folder), path)
        yield Progress(done + 1, len(keys), "pictures read")
    tables.write_table(score_table(cells, judge, folder), folder / "scores.parquet", tables.SCORES)


def score_table(cells: Sequence[Cell], judge: Judge, folder: Path) -> pd.DataFrame:
    """The SCORES table of cells whose pictures were made and read.

    Every metric that applies to a cell has a row: where it has no value, its note says why.
    """
    keys = list(dict.fromkeys(cell.picture for cell in cells if cell.picture))
    records = {key: tables.read_json(record_path(folder, key)) for key in keys}
    readings = {key: tables.read_json(_readings(folder, judge) / f"{key}.json") for key in keys}
    vectors = {
        key: np.array(reading["vector"], np.float32)
        for key, reading in readings.items()
        if not reading["error"]
    }
    texts = sorted({cell.shows for cell in cells if cell.shows})
    shown = _shown(vectors, texts, judge)
    rows = []
    for cell in cells:
        problem = cell.problem or readings[cell.picture]["error"]
        values: dict[str, float] = {}
        notes: dict[str, str] = {}
        if not problem:
            record, reading = records[cell.picture], readings[cell.picture]
            values = {name: _number(x) for name, x in reading["numbers"].items()}
            values["seconds"] = record["seconds"]
            notes["copy_failed"] = reading["reason"]
            vector = vectors[cell.picture]
            values |= _taste(vector, cell.owner, judge)
            if cell.shows:
                values |= _following(shown[cell.picture], texts.index(cell.shows))
            if cell.subject:
                try:
                    values |= _likeness(cell, reading["faces"], record["conditioned_on"], judge)
                except AlbumenError as error:
                    notes |= dict.fromkeys(ABOUT["person"], str(error))
        for name in _applicable(cell):
            value = values.get(name, math.nan)
            note = problem or notes.get(name, UNDEFINED if math.isnan(value) else "")
            rows.append(_row(cell, judge, name, value, note))
    return pd.DataFrame(rows + _diversity(cells, vectors, judge), columns=tables.SCORES.names)


def _readings(folder: Path, judge: Judge) -> Path:
    """Where this judge's readings lie: another encoder or other photos read anew."""
    return folder / "readings" / judge.digest()


def _read(record: dict[str, Any], judge: Judge, pool: Pool, folder: Path) -> dict[str, Any]:
    """What scoring needs of one picture, whoever it is judged for."""
    if record["error"]:
        return {"error": record["error"]}
    image = open_photo(str(folder / record["picture"]))
    vector = judge.scorer.embed_images([image])[0]
    similarity = (pool.vectors @ vector).astype(float)
    bits = prints.nearest_hash(prints.phash(image), pool.prints)
    aligned = np.full(len(similarity), math.nan)
    for row in {*np.argsort(-similarity, kind="stable")[:LAID].tolist(), int(bits.argmin())}:
        photo = pool.open(pool.photo_ids[row], prints.ALIGN_SIDE)
        aligned[row] = prints.aligned_share(image, photo)
    share = record["largest_source_share"]
    share = math.nan if share is None else share
    verdict = copying.copy_audit(similarity, bits, aligned, share, pool.bounds)
    numbers = {
        "copy_failed": copying.copy_failed(verdict),
        "copy_geo": _copy_geo(record, vector, pool),
        "nearest_similarity": copying.nearest_similarity(similarity),
        "nearest_excess": copying.nearest_excess(similarity, pool.bounds),
        "hash_distance": copying.hash_distance(bits),
        "largest_aligned_share": copying.largest_aligned_share(aligned),
        "largest_source_share": share,
    }
    return {
        "error": "",
        "vector": [float(x) for x in vector],
        "faces": judge.find_faces(np.asarray(image)).astype(float).tolist(),
        "reason": verdict.reason,
        "nearest": pool.photo_ids[verdict.nearest],
        "numbers": {name: None if math.isnan(x) else x for name, x in numbers.items()},
    }


def _copy_geo(record: dict[str, Any], vector: Float[np.ndarray, " d"], pool: Pool) -> float:
    """copy_geo with the nearest of the picture's sources and held-out photos like it."""
    used = {source["photo_id"] for source in record["sources"]}
    rows = [i for i, one in enumerate(pool.photo_ids) if one in used]
    fresh = set(pool.fresh) or set(pool.photo_ids)  # of stock photos none is held out
    others = [i for i, one in enumerate(pool.photo_ids) if one in fresh - used]
    if not rows or not others:
        return math.nan
    reference = pool.vectors[rows[int((pool.vectors[rows] @ vector).argmax())]]
    held_out = pool.vectors[others]
    nearest = np.argsort(-(held_out @ reference), kind="stable")[:NEAR_REFERENCE]
    return copying.copy_geo(
        vector.astype(float), reference.astype(float), held_out[nearest].astype(float)
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _applicable(cell: Cell) -> list[str]:
    """The metrics a cell has a row of."""
    names = list(ABOUT["picture"])
    if not cell.shows:
        names = [name for name in names if name not in PROMPTED]
    if cell.depicts != "portrait":  # a face says nothing of taste in places
        names += ABOUT["owner"]
    if cell.subject:
        names += ABOUT["person"]
    return names


def _shown(
    vectors: Mapping[str, Float[np.ndarray, " d"]], texts: Sequence[str], judge: Judge
) -> dict[str, Float[np.ndarray, " t"]]:
    """Each picture's standardised cosine with each scene of the grid, in words."""
    if not texts or not vectors:
        return {}
    real = np.concatenate(list(judge.held_out.values()))
    rows = prompt.prompt_scores(
        np.stack(list(vectors.values())), judge.scorer.embed_texts(texts), real
    )
    return dict(zip(vectors, rows.astype(float), strict=True))


def _following(scores: Float[np.ndarray, " t"], own: int) -> dict[str, float]:
    return {
        "prompt_z": prompt.prompt_z(scores, own),
        "prompt_percentile": prompt.prompt_percentile(scores, own),
        "prompt_rank1": prompt.prompt_rank1(scores, own),
    }


def _taste(vector: Float[np.ndarray, " d"], owner: str, judge: Judge) -> dict[str, float]:
    found = preference.owner_scores(vector[None], judge.held_out)
    scores = {name: float(score[0]) for name, score in found.items()}
    return {
        "owner_margin": preference.owner_margin(scores, owner),
        "owner_identified": preference.owner_identified(scores, owner),
    }


def _likeness(
    cell: Cell, found: list[list[float]], conditioned_on: Sequence[str], judge: Judge
) -> dict[str, float]:
    """The likeness to the owner's person, whoever the picture was meant to show."""
    target = judge.subjects[cell.owner, cell.subject]
    if target not in judge.people:
        raise AlbumenError(f"'{cell.subject}' of '{cell.owner}' has no usable face.")
    own = judge.people[target]
    faces = np.array(found, float).reshape(len(found), own.held_out.shape[1])
    strangers = [one.held_out for person, one in judge.people.items() if person != target]
    gallery = {
        "/".join(person): one.held_out for person, one in judge.people.items() if len(one.held_out)
    }
    judged = (judge.recogniser, conditioned_on)
    return {
        "face_found": likeness.face_found(faces),
        "likeness": likeness.likeness(faces, own.held_out, *judged),
        "calibrated_likeness": likeness.calibrated_likeness(
            faces, own.held_out, own.conditioning, np.concatenate(strangers), *judged
        ),
        "likeness_rank1": likeness.likeness_rank1(faces, "/".join(target), gallery, *judged),
    }


def _diversity(
    cells: Sequence[Cell], vectors: Mapping[str, Float[np.ndarray, " d"]], judge: Judge
) -> list[dict[str, Any]]:
    """Rows of the metrics about all pictures of one owner, prompt and method."""
    groups: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.owner, cell.prompt, cell.method), []).append(cell)
    rows = []
    for group in groups.values():
        known = [vectors[cell.picture] for cell in group if cell.picture in vectors]
        note = "" if len(known) == len(group) else f"{len(known)} of {len(group)} pictures"
        stacked = np.stack(known) if known else np.zeros((0, judge.scorer.dim), np.float32)
        for name in ABOUT["group"]:
            value = getattr(diversity, name)(stacked)
            note = UNDEFINED if math.isnan(value) and not note else note
            rows.append(_row(group[0], judge, name, value, note) | {"seed": None, "picture": ""})
    return rows


def _row(cell: Cell, judge: Judge, name: str, value: float, note: str) -> dict[str, Any]:
    encoders = {"": "", "scorer": judge.scorer.name, "recogniser": judge.recogniser}
    return {
        "owner": cell.owner,
        "subject": cell.subject,
        "kind": judge.kind(cell.owner, cell.subject),
        "prompt": cell.prompt,
        "seed": cell.seed,
        "method": cell.method,
        "maker": cell.maker,
        "generator": cell.generator,
        "picture": cell.picture,
        "depicts": cell.depicts,
        "metric": name,
        "encoder": encoders[METRICS[name].encoder],
        "value": value,
        "higher_is_better": METRICS[name].higher_is_better,
        "note": note,
    }

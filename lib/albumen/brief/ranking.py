"""Which photos may be scene references, and how well each suits a theme and its owner.

A photo's score is its match with the theme (seen and labelled), the owner's taste, favourites and
recent photos weighted by the strength of personalisation, and its technical quality.
"""

import re
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from albumen.brief.themes import resolve
from albumen.consent import NAME_WITHHELD
from albumen.embed import Embedder
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.profile import score as taste_score
from albumen.profile.grounding import shows
from albumen.profile.naming import UNCLEAR
from albumen.profile.weights import fading
from albumen.records import Interest, Profile
from albumen.tables import TIME_SOURCES

MAX_FACE = 0.12  # a face taller than this share of the photo makes it a picture of somebody
MIN_SIDE, CUT_SIDE = 400, 240  # pixels of a scene, and of what a thing is cut out of
# The detector's score from which a face is a person's: the highest of 29 dogs' faces in DreamBench
# is .889, the lowest of 120 people's in Labeled Faces in the Wild .894.
HUMAN = 0.89
UNFIT = {"creation", "screenshot", "document", NAME_WITHHELD}  # the last shows somebody
# Thresholds below are calibrated on the demo libraries: see CONTRIBUTING, "Briefing".
MIN_MATCH = 1.0  # standard deviations above the mean stock photo
CLEAR_RANK = 0.95  # share of all themes that suit a photo less than the one it clearly shows
NEAR_RANK = 0.75  # the same for one that it nearly shows
LABEL_MATCH = 0.45  # cosine of theme and label from which a label decides
LABEL_VOICE = 10.0  # standard deviations it adds per cosine above that
LOUDEST = 2.0  # standard deviations it adds at the most
NOT, NEARLY, CLEARLY = 0, 1, 2  # whether a photo shows the theme
STOPWORDS = {"the", "and", "with", "for", "from", "near", "over", "under"}

SHARP, SPREAD = 0.54, 0.11  # median sharpness of the demo's 293 photos, and its deviation
CLIPPED = 0.05  # share of pixels without detail that costs one standard deviation
GREY, STOPS = 0.2, 2.0  # luminance, and how many halvings or doublings of it cost nothing
SIDE = 1024  # pixels of the shorter side; a half of them costs one standard deviation
GOOD = 0.7  # quality from which it is a reason: the upper quarter of the demo's photos
TASTE, QUALITY, FAVOURITE, RECENT = 0.5, 0.25, 0.3, 0.3  # what each adds to the score
HALF_LIFE = 2.0  # years
TYPICAL = 0.5  # taste from which it is a reason


def rank(
    theme: str,
    interest: Interest | None,
    profile: Profile,
    library: Library,
    stock: Library,
    embedder: Embedder,
    strength: float,
) -> pd.DataFrame:
    """Every photo that may be a scene reference, best first.

    Columns: those of a strategy's candidates, and pool ("own", "stock"), same (the best of its
    near-duplicates, else its own id), match (standard deviations over the stock; a label that fits
    adds to it), fits (NOT, NEARLY, CLEARLY) and taste (standard deviations, 0 for stock). At
    strength 0 only stock photos are ranked.
    """
    pools = [("stock", stock)] if strength == 0 else [("own", library), ("stock", stock)]
    rows = pd.concat([scenery(pool, one) for pool, one in pools], ignore_index=True)
    if rows.empty:
        raise AlbumenError("No photo can be a scene reference: all show people or are too small.")
    vectors = np.stack(rows.vector.to_list())
    if interest is not None:
        rows["match"] = _standard(vectors @ np.asarray(interest.direction))
        rows["fits"] = np.where(rows.photo_id.isin(interest.members), CLEARLY, NOT)
        rows["shows"] = f"part of {called(interest)}"
    else:
        rows = matched(rows, theme, embedder, stock)
    rows["taste"] = 0.0
    own = (rows.pool == "own").to_numpy()
    if own.any() and profile.interests:
        rows.loc[own, "taste"] = _standard(taste_score(profile, vectors[own]))
    personal = TASTE * rows.taste + own * (FAVOURITE * rows.favourite + RECENT * rows.recent)
    rows["score"] = rows.match + strength * personal + QUALITY * rows.quality
    if interest is None:  # whose photos are typical of the owner's interests anyway
        typical = np.where(rows.taste > TYPICAL, ", typical of the owner's interests", "")
        rows["shows"] = rows.shows + typical
    rows["why"] = explained(rows)
    return rows.sort_values(
        ["score", "photo_id"], ascending=[False, True], kind="stable", ignore_index=True
    )


def matched(rows: pd.DataFrame, text: str, embedder: Embedder, stock: Library) -> pd.DataFrame:
    """`rows` with the columns match, fits and shows: how well each photo shows what a text means.

    `rows` as `scenery` gives them. A label that fits decides.
    """
    names = resolve(text, embedder)
    match, fits = _seen(np.stack(rows.vector.to_list()), names, embedder, stock.vectors)
    voice, label = label_match(text, rows.labels.to_list(), embedder)
    match = match + voice
    visible = [f"shows {' and '.join(names)} ({one:+.1f} sd)" for one in match]
    return rows.assign(
        match=match,
        fits=np.where(voice > 0, CLEARLY, fits),
        shows=[
            f"labelled '{one}'" if one else other for one, other in zip(label, visible, strict=True)
        ],
    )


def called(interest: Interest) -> str:
    """An interest in words."""
    return "a nameless interest" if interest.name == UNCLEAR else f"the interest '{interest.name}'"


def explained(rows: pd.DataFrame) -> list[str]:
    """The column shows and what else speaks for each photo, as one sentence without full stop."""
    return [", ".join([row.shows, *praise(row)]) for row in rows.itertuples()]


def praise(row: Any) -> list[str]:
    """What speaks for a photo whatever it shows, in words."""
    said = {
        "a favourite": bool(row.favourite),
        "of good technical quality": row.quality >= GOOD,
        "recent": row.recent >= 0.5,
    }
    return [words for words, true in said.items() if true]


def scenery(pool: str, library: Library, *, to_cut: bool = False) -> pd.DataFrame:
    """Photos with nobody named or large in them, no creations, not tiny.

    To cut things out, smaller ones serve and those that name only pets who may be depicted.
    Columns: photo_id, pool, same, vector, box (None), labels, favourite, recent (0..1), quality,
    shot.
    """
    photos, faces = library.photos, library.faces
    large = faces[(faces.h > MAX_FACE) | faces.name.notna()]
    human = large.name.notna() | (large.score >= HUMAN)
    shown = set(large.photo_id[human])
    unsure = large.photo_id[~human].value_counts()  # in a photo of a pet perhaps the pet's own
    company = {
        name
        for name, one in library.consent.people.items()
        if to_cut and one.kind == "pet" and one.generate
    }
    least = CUT_SIDE if to_cut else MIN_SIDE
    fit = np.array(
        [
            row.photo_id not in shown
            and unsure.get(row.photo_id, 0) <= len(row.people)
            and min(row.width, row.height) >= least
            and set(row.people) <= company
            and not UNFIT.intersection(row.flags)
            for row in photos.itertuples()
        ],
        dtype=bool,
    )
    table = pd.concat([described(library), technical(library)], axis=1)
    return (
        table[fit]
        .assign(pool=pool, vector=list(library.vectors[fit]), box=None)
        .reset_index(drop=True)
    )


def described(library: Library) -> pd.DataFrame:
    """What is said of each photo, in the library's order.

    Columns: photo_id, labels, favourite, recent (1: as the last photo, .5: HALF_LIFE before it, 0
    where its time is unknown) and same (the best of its near-duplicates, else its own id).
    """
    photos = library.photos
    known = photos.time_source.map(TIME_SOURCES).ne("") & photos.taken_local.notna()
    best = library.quality.set_index("photo_id").duplicates.reindex(photos.photo_id)
    return pd.DataFrame(
        {
            "photo_id": photos.photo_id,
            "labels": [
                [*row.albums, *row.keywords, *filter(None, (row.description,))]
                for row in photos.itertuples()
            ],
            "favourite": photos.favourite.astype(float),
            "recent": np.where(known, fading(photos, HALF_LIFE), 0.0),
            "same": np.where(best.notna(), best, photos.photo_id),
        }
    )


def technical(library: Library) -> pd.DataFrame:
    """How good each photo is technically, in the library's order: columns quality and shot.

    `quality` is in standard deviations of sharpness, less for what is clipped, for the darkness or
    light beyond STOPS of middle grey and for few pixels; what was not measured counts as usual.
    """
    photos = library.photos
    of = library.quality.set_index("photo_id").reindex(photos.photo_id).reset_index()
    stops = np.log2(of.brightness.astype(float).clip(lower=1e-4) / GREY).abs()
    exposed = of.clipped.astype(float) / CLIPPED + (stops - STOPS).clip(lower=0)
    measured = ((of.sharpness.astype(float) - SHARP) / SPREAD - exposed).fillna(0.0).to_numpy()
    side = photos[["width", "height"]].min(axis=1).to_numpy()
    shots = [
        "not measured"
        if np.isnan(row.sharpness)
        else f"sharpness {row.sharpness:.2f}, {row.clipped:.0%} clipped"
        for row in of.itertuples()
    ]
    few = np.minimum(np.log2(side / SIDE), 0)
    return pd.DataFrame({"quality": np.clip(measured + few, -3, 3), "shot": shots}, photos.index)


def _seen(
    vectors: Float[np.ndarray, "n d"],
    names: tuple[str, ...],
    embedder: Embedder,
    population: Float[np.ndarray, "m d"],
) -> tuple[Float[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    """The match, averaged over the themes, and whether a photo shows at least one of them."""
    if not names:
        return np.zeros(len(vectors)), np.full(len(vectors), NOT)
    match, rank = shows(vectors, names, embedder, population)
    best = np.where(match >= MIN_MATCH, rank, 0).max(1)
    return match.mean(1), np.select([best >= CLEAR_RANK, best >= NEAR_RANK], [CLEARLY, NEARLY], NOT)


def label_match(
    theme: str, labels: list[list[str]], embedder: Embedder
) -> tuple[Float[np.ndarray, " n"], list[str]]:
    """What each photo's labels add to its match with the theme, and the label that does, or "".

    A label speaks whose cosine with the theme is above LABEL_MATCH, or that holds a word of it.
    """
    unique = sorted({label for row in labels for label in row})
    if not unique:
        return np.zeros(len(labels)), [""] * len(labels)
    query = embedder.embed_texts([theme])[0]
    cosine = dict(zip(unique, embedder.embed_texts(unique) @ query, strict=True))
    words = {word for word in re.findall(r"\w{3,}", theme.lower())} - STOPWORDS
    for label in unique:  # a word of the theme that stands in the label decides, too
        if words & set(re.findall(r"\w{3,}", label.lower())):
            cosine[label] = max(float(cosine[label]), LABEL_MATCH + 0.15)
    best = [max(row, key=cosine.get, default="") for row in labels]
    above = np.array([float(cosine.get(label, 0.0)) for label in best]) - LABEL_MATCH
    speaking = [label if one > 0 else "" for label, one in zip(best, above, strict=True)]
    return np.clip(LABEL_VOICE * above, 0, LOUDEST), speaking


def _standard(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    return (values - values.mean()) / max(float(values.std()), 1e-6)

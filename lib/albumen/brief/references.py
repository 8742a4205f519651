"""Which photos a picture is made from, each with its reason.

A photo's score is its match with the theme (seen and labelled), the owner's taste weighted by the
strength of personalisation, and its technical quality; the references are then picked for variety
among those that show the same kind of place.
"""

import re
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from albumen.brief.themes import resolve
from albumen.embed import Embedder, text_scores
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.profile import score as taste_score
from albumen.profile.grounding import shows
from albumen.records import Interest, Profile, Reference

SCENE_REFERENCES = 4
MAX_FACE = 0.12  # a face taller than this share of the photo makes it a picture of somebody
MIN_SIDE = 400  # pixels
UNFIT = {"creation", "screenshot", "document"}
# Thresholds below are calibrated on the demo libraries: see CONTRIBUTING, "Briefing".
MIN_MATCH = 1.0  # standard deviations above the mean stock photo
CLEAR_RANK = 0.95  # share of all themes that suit a photo less than the one it clearly shows
NEAR_RANK = 0.75  # the same for one that it nearly shows
LABEL_MATCH = 0.45  # cosine of theme and label from which a label decides
LABEL_VOICE = 10.0  # standard deviations it adds per cosine above that
LOUDEST = 2.0  # standard deviations it adds at the most
NOT, NEARLY, CLEARLY = 0, 1, 2  # whether a photo shows the theme
COHERENT = 0.3  # cosine to the first reference: two thirds of pairs of one theme, 6 % of others
DUPLICATE = 0.95  # cosine from which two photos are one
STOPWORDS = {"the", "and", "with", "for", "from", "near", "over", "under"}


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

    Columns: photo_id, pool ("own", "stock"), match (standard deviations over the stock; a label
    that fits adds to it), fits (NOT, NEARLY, CLEARLY), taste (standard deviations,
    0 for stock), score, why, vector. At strength 0 only stock photos are ranked.
    """
    pools = [("stock", stock)] if strength == 0 else [("own", library), ("stock", stock)]
    rows = pd.concat([_candidates(pool, one) for pool, one in pools], ignore_index=True)
    if rows.empty:
        raise AlbumenError("No photo can be a scene reference: all show people or are too small.")
    vectors = np.stack(rows.vector.to_list())
    names = resolve(theme, embedder)
    if interest is not None:
        rows["match"] = _standard(vectors @ np.asarray(interest.direction))
        rows["fits"] = np.where(rows.photo_id.isin(interest.members), CLEARLY, NOT)
        rows["label"] = ""
    else:
        labelled, rows["label"] = _label_match(theme, rows.labels.to_list(), embedder)
        match, rows["fits"] = _seen(vectors, names, embedder, stock.vectors)
        rows["match"] = match + np.clip(LABEL_VOICE * (labelled - LABEL_MATCH), 0, LOUDEST)
        rows.loc[labelled > LABEL_MATCH, "fits"] = CLEARLY
        rows.loc[labelled <= LABEL_MATCH, "label"] = ""
    rows["taste"] = 0.0
    own = (rows.pool == "own").to_numpy()
    if own.any() and profile.interests:
        rows.loc[own, "taste"] = _standard(taste_score(profile, vectors[own]))
    quality = 0.2 * rows.favourite + 0.1 * np.minimum(rows.side / 1024, 1)
    rows["score"] = rows.match + strength * 0.5 * rows.taste + quality
    what = interest.name if interest is not None else " and ".join(names)
    rows["why"] = [_why(what, interest is not None, row) for row in rows.itertuples()]
    rows = rows.sort_values(["score", "photo_id"], ascending=[False, True], kind="stable")
    return rows.drop(columns=["labels", "label", "side", "favourite"]).reset_index(drop=True)


def choose_scene(
    ranked: pd.DataFrame,
    theme: str,
    *,
    pin: tuple[str, ...],
    ban: tuple[str, ...],
    filled: list[str],
    count: int = SCENE_REFERENCES,
) -> tuple[Reference, ...]:
    """Up to `count` references of the same kind of place, from the owner where there are any.

    Pinned photos come first; then the best match, then greedily the photo that adds most variety
    (score minus its nearest cosine to those chosen) among those coherent with the first.
    """
    unknown = [one for one in pin if one not in set(ranked.photo_id)]
    if unknown:
        raise AlbumenError(f"Pinned photo {unknown[0][:12]} is not one a scene can be made from.")
    allowed = ranked[~ranked.photo_id.isin(ban)]
    pool = _best_pool(allowed, theme, filled)
    if pool.empty and not allowed.photo_id.isin(pin).any():
        if ranked.fits.any():
            raise AlbumenError(f"Every photo that fits '{theme}' is banned: allow one of them.")
        raise AlbumenError(
            f"No photo matches '{theme}', neither the owner's nor the stock photos: "
            "describe the place in other words."
        )
    pool = allowed[allowed.photo_id.isin([*pool.photo_id, *pin])].reset_index(drop=True)
    vectors = np.stack(pool.vector.to_list())
    pinned = [
        int(np.flatnonzero(pool.photo_id == one)[0]) for one in pin if one in set(pool.photo_id)
    ]
    chosen = pinned or [0]
    while len(chosen) < min(count, len(pool)):
        nearest = (vectors @ vectors[chosen].T).max(1)
        usable = (vectors @ vectors[chosen[0]] >= COHERENT) & (nearest < DUPLICATE)
        usable[chosen] = False
        if not usable.any():
            break
        gain = np.where(usable, pool.score.to_numpy() - nearest, -np.inf)
        chosen.append(int(gain.argmax()))
    picked = pool.iloc[chosen]
    weights = np.exp(picked.score - picked.score.max())
    weights = (weights / weights.sum()).round(4)
    return tuple(
        Reference(row.photo_id, "scene", float(weight), row.why, row.pool)
        for row, weight in zip(picked.itertuples(), weights, strict=True)
    )


def _best_pool(allowed: pd.DataFrame, theme: str, filled: list[str]) -> pd.DataFrame:
    """The owner's photos that clearly show the theme, else stock ones, else the nearest."""
    has_own = (allowed.pool == "own").any()
    for least, pool, said in (
        (CLEARLY, "own", ""),
        (CLEARLY, "stock", f"None of your photos shows '{theme}': stock photos were used instead."),
        (NEARLY, "own", f"No photo shows '{theme}' clearly: the nearest of yours were used."),
        (NEARLY, "stock", f"No photo shows '{theme}' clearly: the nearest stock photos were used."),
    ):
        found = allowed[(allowed.fits >= least) & (allowed.pool == pool)]
        if len(found):
            if said and has_own:
                filled.append(said)
            return found
    return allowed.iloc[:0]


def choose_pet(
    name: str,
    label: str,
    library: Library,
    stock: Library,
    embedder: Embedder,
    strength: float,
    filled: list[str],
) -> tuple[Reference, ...]:
    """The photo a pet is cut out of: the owner's photo that shows it best."""
    if strength > 0:
        shows = library.photos.people.map(lambda people: name in people).to_numpy()
        photos, vectors, pool = library.photos[shows], library.vectors[shows], "own"
        if photos.empty:
            raise AlbumenError(f"No photo of '{label}' is left to take it from.")
    else:
        photos, vectors, pool = stock.photos, stock.vectors, "stock"
    match = text_scores(embedder, vectors, [f"a {label}"])[:, 0]
    if strength == 0 and match.max() < 2 * MIN_MATCH:
        filled.append(f"No stock photo shows a {label}: it was left out.")
        return ()
    best = photos.iloc[int(match.argmax())]
    return (Reference(best.photo_id, "pet", 1.0, f"shows '{label}' best", pool),)


def _candidates(pool: str, library: Library) -> pd.DataFrame:
    """Photos that can carry a scene: nobody large in them, no creations, not tiny."""
    photos = library.photos
    large = set(library.faces.loc[library.faces.h > MAX_FACE, "photo_id"])
    fit = np.array(
        [
            row.photo_id not in large
            and min(row.width, row.height) >= MIN_SIDE
            and not row.people
            and not UNFIT.intersection(row.flags)
            for row in photos.itertuples()
        ],
        dtype=bool,
    )
    rows = photos[fit]
    return pd.DataFrame(
        {
            "photo_id": rows.photo_id,
            "pool": pool,
            "favourite": rows.favourite.astype(float),
            "side": rows[["width", "height"]].min(axis=1).astype(float),
            "labels": [
                [*row.albums, *row.keywords, *filter(None, (row.description,))]
                for row in rows.itertuples()
            ],
            "vector": list(library.vectors[fit]),
        }
    )


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


def _label_match(
    theme: str, labels: list[list[str]], embedder: Embedder
) -> tuple[Float[np.ndarray, " n"], list[str]]:
    """Best cosine of the theme with each photo's labels, and the label it is."""
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
    return np.array([float(cosine.get(label, 0.0)) for label in best]), best


def _standard(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    return (values - values.mean()) / max(float(values.std()), 1e-6)


def _why(theme: str, typical: bool, row: Any) -> str:
    """Why a photo is where it is in the ranking, as one sentence without its full stop."""
    seen = f"part of the interest '{theme}'" if typical else f"shows {theme} ({row.match:+.1f} sd)"
    parts = [f"labelled '{row.label}'" if row.label else seen]
    if row.taste > 0.5 and not typical:
        parts.append("typical of the owner's interests")
    if row.favourite:
        parts.append("a favourite")
    return ", ".join(parts)

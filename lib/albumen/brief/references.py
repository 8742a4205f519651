"""Which photos a picture is made from, each with its reason.

A photo's score is its match with the theme (seen and labelled), the owner's taste weighted by the
strength of personalisation, and its technical quality; the references are then picked for variety
among those that show the same kind of place.
"""

import re
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from albumen.brief.themes import resolve, shows
from albumen.embed import Embedder, text_scores
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.profile import score as taste_score
from albumen.records import Interest, Profile, Reference

SCENE_REFERENCES = 4
MAX_FACE = 0.12  # a face taller than this share of the photo makes it a picture of somebody
MIN_SIDE = 400  # pixels
UNFIT = {"creation", "screenshot", "document"}
# Thresholds below are calibrated on the demo libraries: see CONTRIBUTING, "Briefing".
MIN_MATCH = 1.0  # standard deviations above the mean photo of both pools
MIN_RANK = 0.95  # share of all themes that must suit the photo less than the one asked for
LABEL_MATCH = 0.45  # cosine of theme and label from which a label decides
LABEL_VOICE = 10.0  # standard deviations it adds per cosine above that
COHERENT = 0.25  # cosine to the first reference from which a photo shows the same kind of place
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

    Columns: photo_id, pool ("own", "stock"), match (standard deviations over both pools; a label
    that fits adds to it), fits (whether it shows the theme at all), taste (standard deviations,
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
        rows["fits"] = rows.photo_id.isin(interest.members)
        rows["label"] = ""
    else:
        seen, place = shows(vectors, names, embedder) if names else (np.full(len(rows), -9.0),) * 2
        labelled, rows["label"] = _label_match(theme, rows.labels.to_list(), embedder)
        voice = LABEL_VOICE * np.maximum(0, labelled - LABEL_MATCH)
        rows["match"] = np.maximum(seen, 0) + voice
        rows["fits"] = ((seen >= MIN_MATCH) & (place >= MIN_RANK)) | (labelled > LABEL_MATCH)
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
    fitting = allowed[allowed.fits | allowed.photo_id.isin(pin)]
    if fitting.empty:
        if ranked.fits.any():
            raise AlbumenError(f"Every photo that fits '{theme}' is banned: allow one of them.")
        raise AlbumenError(
            f"No photo matches '{theme}', neither the owner's nor the stock photos: "
            "describe the place in other words."
        )
    own = fitting[fitting.pool == "own"]
    if own.empty and (ranked.pool == "own").any():
        filled.append(f"None of your photos shows '{theme}': stock photos were used instead.")
    pool = own if len(own) else fitting
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

"""Which photos a picture is made from, each with its reason.

Only photos of the library and the stock that consent left are looked at, whatever is pinned. A
strategy of `brief.strategies` picks among those that show what is asked for.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from albumen.brief.persons import person_photos, require_permission
from albumen.brief.picking import allowed, references, require_pins
from albumen.brief.ranking import CLEARLY, MIN_MATCH, NEARLY, QUALITY, explained, rank, scenery
from albumen.brief.things import choose_objects
from albumen.embed import Embedder, text_scores
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.records import Reference

__all__ = [
    "choose_base",
    "choose_objects",
    "choose_pet",
    "choose_scene",
    "person_photos",
    "rank",
    "require_pins",
]

SCENE_REFERENCES = 4


def choose_scene(
    ranked: pd.DataFrame,
    theme: str,
    *,
    strategy: str = "profile",
    seed: int = 0,
    pin: Sequence[str] = (),
    ban: Sequence[str] = (),
    filled: list[str],
    count: int = SCENE_REFERENCES,
) -> tuple[Reference, ...]:
    """Up to `count` references that show the theme, from the owner where there are any.

    `ranked` is what `rank` gives. Pinned photos come first, whatever they show, then what the
    strategy picks. Pins that are no scenery are left out (see `require_pins`). Raises AlbumenError
    when no photo fits, when those that do are banned, and for more pins than `count`.
    """
    left = allowed(ranked, pin, ban)
    pool = _best_pool(left, theme, filled, ranked)
    serving = left[left.photo_id.isin(pool.photo_id) | (left.pinned >= 0)]
    if serving.empty:
        if ranked.fits.any():
            raise AlbumenError(f"Every photo that fits '{theme}' is banned: allow one of them.")
        raise AlbumenError(
            f"No photo matches '{theme}', neither the owner's nor the stock photos: "
            "describe the place in other words."
        )
    what = f"photos that fit '{theme}'"
    return references("scene", serving, what, strategy=strategy, seed=seed, count=count)


def choose_base(
    ranked: pd.DataFrame,
    theme: str,
    *,
    strategy: str = "profile",
    seed: int = 0,
    pin: Sequence[str] = (),
    ban: Sequence[str] = (),
    filled: list[str],
) -> Reference:
    """The photo whose very place is kept: the owner's that shows the theme best, else the stock's.

    Of `pin` the first that is scenery is heeded. Raises AlbumenError as `choose_scene`.
    """
    heeded = [one for one in pin if one in set(ranked.photo_id)][:1]
    (best,) = choose_scene(
        ranked,
        theme,
        strategy=strategy,
        seed=seed,
        pin=heeded,
        ban=ban,
        filled=filled,
        count=1,
    )
    return dataclasses.replace(best, role="base")


def choose_pet(
    name: str,
    label: str,
    library: Library,
    stock: Library,
    embedder: Embedder,
    strength: float,
    filled: list[str],
    *,
    strategy: str = "profile",
    seed: int = 0,
    ban: Sequence[str] = (),
) -> tuple[Reference, ...]:
    """The photo a pet is cut out of: the owner's photo that shows it best, without people.

    Raises ConsentError when the pet may not be depicted, AlbumenError when no photo is left.
    """
    require_permission(library.consent, name, label)
    word = library.consent.people[name].relation or label
    pool, home = ("own", library) if strength > 0 else ("stock", stock)
    rows = scenery(pool, home, to_cut=True)
    vectors = np.array(rows.vector.to_list(), np.float32).reshape(len(rows), embedder.dim)
    rows["match"] = text_scores(embedder, vectors, [f"a {word}"])[:, 0] if len(rows) else 0.0
    if strength > 0:
        named = library.photos.photo_id[[name in one for one in library.photos.people]]
        rows = rows[rows.photo_id.isin(named)]
    else:
        rows = rows[rows.match >= 2 * MIN_MATCH]
    rows = allowed(rows, (), ban)
    if rows.empty and strength > 0:
        raise AlbumenError(f"No photo of '{label}' without people is left to take it from.")
    if rows.empty:
        filled.append(f"No stock photo shows a {word}: it was left out.")
        return ()
    rows["score"] = rows.match + QUALITY * rows.quality
    rows["shows"] = [f"shows '{word}' ({one:+.1f} sd)" for one in rows.match]
    rows["why"] = explained(rows)
    what = f"photos of '{word}'"
    return references("pet", rows, what, strategy=strategy, seed=seed, count=1, shows=word)


def _best_pool(
    left: pd.DataFrame, theme: str, filled: list[str], ranked: pd.DataFrame
) -> pd.DataFrame:
    """Of what is left the owner's photos that clearly show the theme, else stock ones, else the
    nearest; `filled` gets said which, unless nothing of the owner was ranked."""
    has_own = (ranked.pool == "own").any()
    banned = ((ranked.pool == "own") & (ranked.fits == CLEARLY)).any()
    none = "All of your photos that show" if banned else "None of your photos shows"
    are, other = (" are banned", " other") if banned else ("", "")
    for least, pool, said in (
        (CLEARLY, "own", ""),
        (CLEARLY, "stock", f"{none} '{theme}'{are}: stock photos were used instead."),
        (
            NEARLY,
            "own",
            f"No{other} photo shows '{theme}' clearly: the nearest of yours were used.",
        ),
        (
            NEARLY,
            "stock",
            f"No{other} photo shows '{theme}' clearly: the nearest stock ones were used.",
        ),
    ):
        found = left[(left.fits >= least) & (left.pool == pool)]
        if len(found):
            if said and has_own:
                filled.append(said)
            return found
    return left.iloc[:0]

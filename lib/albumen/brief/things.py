"""Photos of things for a scene: what is named, or what the owner's interests show."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from albumen.brief.picking import allowed, references
from albumen.brief.ranking import QUALITY, called, explained, label_match, scenery
from albumen.brief.themes import resolve
from albumen.embed import Embedder
from albumen.library import Library
from albumen.profile.grounding import shows
from albumen.profile.naming import themes
from albumen.records import Profile, Reference

OBJECTS = 4
STANDS_OUT = 2.0  # standard deviations from which a photo is a picture of what it shows best
# Standard deviations from which a photo without a label counts as one of the thing that is named.
# Of 17 things named in DreamBench's 158 photos, the best photo shows it for 9: for 3 of the 5 that
# reach this, and it does not for 6 of the 12 that do not.
SURE = 2.6
MOSTLY = 0.5  # share of an interest's photos that must be pictures of things
# Themes that are things which can be taken along, and what to call one.
THINGS = {
    "flowers": "flower", "plants": "plant", "mushrooms": "mushroom", "fruit": "fruit",
    "vegetables": "vegetables", "dogs": "dog", "cats": "cat", "rabbits": "rabbit",
    "horses": "horse", "toys": "toy", "music": "musical instrument", "sculpture": "sculpture",
    "paintings": "painting", "furniture": "furniture", "candles": "candle", "lamps": "lamp",
    "pottery": "vase", "clocks": "clock", "books": "book", "food": "food", "bread": "bread",
    "cakes": "cake", "pizza": "pizza", "coffee": "coffee", "tea": "tea pot", "wine": "wine",
    "beer": "beer", "cars": "car", "motorcycles": "motorcycle", "bicycles": "bicycle",
    "balloons": "balloon", "games": "game", "shoes": "shoe", "bags": "bag",
    "sunglasses": "sunglasses", "jewellery": "jewellery", "telephones": "telephone",
    "computers": "computer", "cameras": "camera", "electronics": "electronic device",
    "tools": "tool",
}  # fmt: skip


def choose_objects(
    names: Sequence[str] | None,
    library: Library,
    stock: Library,
    profile: Profile,
    embedder: Embedder,
    strength: float = 1.0,
    *,
    strategy: str = "profile",
    seed: int = 0,
    ban: Sequence[str] = (),
    filled: list[str],
    count: int = OBJECTS,
) -> tuple[Reference, ...]:
    """A photo of each of at most `count` things, as references of the role object.

    `names` are looked for in the owner's photos (in the stock at strength 0), by their labels and
    by what they show; what none shows is left out, and `filled` says so. With None they are what
    the photos of the owner's interests are pictures of, one an interest, the strongest first: an
    interest of places gives nothing. A strategy picks among the photos that show a thing clearly.
    """
    pool, home = ("own", library) if strength > 0 else ("stock", stock)
    if names is None and strength == 0:
        return ()
    rows = allowed(scenery(pool, home, to_cut=True), (), ban)
    if names is None:
        found = _of_interests(rows, profile, embedder, stock)
    else:
        found = {name: _showing(name, rows, embedder, stock) for name in dict.fromkeys(names)}
    chosen: list[Reference] = []
    for word, showing in found.items():
        left = showing[~showing.photo_id.isin([one.photo_id for one in chosen])]
        if left.empty:
            whose = "your" if pool == "own" else "the stock"
            filled.append(f"None of {whose} photos shows '{word}' clearly: it was left out.")
        elif len(chosen) < count:
            what = f"photos of '{word}'"
            chosen += references(
                "object", left, what, strategy=strategy, seed=seed, count=1, shows=word
            )
    if names is None and not chosen:
        filled.append("None of your interests shows things rather than places.")
    weight = round(1 / max(len(chosen), 1), 4)
    return tuple(dataclasses.replace(one, weight=weight) for one in chosen)


def _showing(name: str, rows: pd.DataFrame, embedder: Embedder, stock: Library) -> pd.DataFrame:
    """The rows that are labelled so or look very much so, with their score and why."""
    if rows.empty:
        return rows
    names = dict.fromkeys((name, *resolve(name, embedder)))
    vectors = np.stack(rows.vector.to_list())
    match = shows(vectors, list(names), embedder, stock.vectors).match.mean(axis=1)
    voice, label = label_match(name, rows.labels.to_list(), embedder)
    rows = rows.assign(
        score=match + voice + QUALITY * rows.quality,
        shows=[
            f"labelled '{one}'" if one else f"looks like '{name}' ({sd:+.1f} sd)"
            for one, sd in zip(label, match, strict=True)
        ],
    )
    return rows.assign(why=explained(rows))[(voice > 0) | (match >= SURE)]


def _of_interests(
    rows: pd.DataFrame, profile: Profile, embedder: Embedder, stock: Library
) -> dict[str, pd.DataFrame]:
    """The thing of each interest of which at least MOSTLY are pictures of things, and its photos.

    A photo is a picture of the theme that it shows best, far enough above the usual.
    """
    if rows.empty:
        return {}
    names = list(themes())
    match = shows(np.stack(rows.vector.to_list()), names, embedder, stock.vectors).match
    best = np.array(names)[match.argmax(axis=1)]
    words = np.where(match.max(axis=1) >= STANDS_OUT, [THINGS.get(one, "") for one in best], "")
    rows = rows.assign(match=match.max(axis=1), word=words)
    rows["score"] = rows.match + QUALITY * rows.quality
    found: dict[str, pd.DataFrame] = {}
    for interest in sorted(profile.interests, key=lambda one: -one.weight):
        inside = rows[rows.photo_id.isin(interest.members)]
        things = inside[(inside.word != "") & ~inside.word.isin(list(found))]
        if things.empty or len(things) < MOSTLY * len(inside):
            continue
        word = things.groupby("word").match.sum().idxmax()
        showing = things[things.word == word]
        told = [f"a {word} of {called(interest)} ({one:+.1f} sd)" for one in showing.match]
        found[word] = showing.assign(why=explained(showing.assign(shows=told)))
    return found

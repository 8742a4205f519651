"""What the recovery study does with one simulated owner, a row a finding."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from albumen import recovery
from albumen.embed import make
from albumen.profile import map_profile
from albumen.profile.vocabulary import unit
from albumen.profile.weights import occasions
from albumen.simulated import Pool, owner
from bench.pools import EMBEDDER

NOISE = 0.0, 0.2, 0.4  # share of the photos that are labelled as another theme
DRIFT, HALF_LIFE = 0.8, 1.5  # share of the preferences exchanged, years
AT_ONCE = 10  # owners that are told apart
HELD_OUT = 1 / 3  # of the occasions
OCCASIONS_ALIKE = "Gaussian, occasions alike"  # no interests, but occasions to be told apart

Rows = Iterable[dict[str, Any]]


def study(pool: Pool, size: int, seed: int) -> Rows:
    """Recovery of one owner's preferences by every method: as `recovery.study`."""
    return recovery.study(pool, sizes=[size], owners=[seed], label_noise=NOISE)


def nulls(pool: Pool, size: int, seed: int) -> Rows:
    """Whether interests are seen where there are none, with the owner's times and without."""
    library, rng = owner(pool, size, seed=seed).library, np.random.default_rng(seed)
    untimed = replace(library, photos=library.photos.assign(time_source="unknown"))
    common, own = (recovery.gaussian(library.vectors, rng) for _ in range(2))
    drawn = {
        "Gaussian": own,
        "shuffled": recovery.shuffled(library.vectors, rng),
        # half of a row's variance is that of its occasion, which can thus be told from others
        OCCASIONS_ALIKE: unit(common[occasions(library.photos)] + own),
    }
    for kind, vectors in drawn.items():
        for times, one in (("known", library), ("unknown", untimed)):
            apart = recovery.albumen(one.with_vectors(vectors), seed).apart
            yield {"size": size, "kind": kind, "times": times, "apart": apart}


def drift(pool: Pool, size: int, seed: int) -> Rows:
    """How near owners who drift are to what they liked last, with a half-life and without."""
    one = owner(pool, size, seed=seed, drift=DRIFT)
    late = replace(one, preferences=one.late)
    for half_life in (HALF_LIFE, None):
        mapped = recovery.albumen(one.library, seed, half_life)
        js = recovery.compare(pool, late, mapped)["js"]
        yield {"owner": seed, "half_life": half_life or 0.0, "js": js}


def albums(pool: Pool, size: int, first: int) -> Rows:
    """Whose occasion is it? AT_ONCE owners, mapped without a third of their occasions."""
    owners = [owner(pool, size, seed=seed) for seed in range(first, first + AT_ONCE)]
    rng, embedder, profiles, held = np.random.default_rng(first), make(EMBEDDER), [], []
    for one in owners:
        of = occasions(one.library.photos)
        out = rng.choice(of.max() + 1, round(HELD_OUT * (of.max() + 1)), replace=False)
        kept = one.library.only(one.library.photos.photo_id[~np.isin(of, out)])
        profiles.append(map_profile(kept, embedder))
        held.append([of == occasion for occasion in out])
    liked = np.array([one.preferences for one in owners])
    for number, (one, some) in enumerate(zip(owners, held, strict=True)):
        for album in some:
            told = recovery.identify(profiles, one.library.vectors[album], pool.vectors)
            theme = pool.names.index(pd.Series(one.themes)[album].mode()[0])
            most = int(liked[:, theme].argmax())  # who likes it most: nobody can do much better
            yield {"who": first + number, "right": told == number, "ceiling": most == number}


PARTS: dict[str, Callable[[Pool, int, int], Rows]] = {
    "study": study,
    "nulls": nulls,
    "drift": drift,
    "albums": albums,
}

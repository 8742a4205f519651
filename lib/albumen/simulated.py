"""Owners who do not exist: libraries dealt from a labelled pool, whose preferences are known.

For measuring whether mapping finds them. A simulated owner goes out to take photos: each event is
about one theme, drawn from the owner's preferences at that time, and has as many photos as events
have, a few or a few hundred, whatever is liked. Some photos are bursts, some are of anything. Where
the pool's looks are known, photos near a colour that the owner likes are drawn more often. Photos
are vectors: smoothed draws from the pool's real ones, never pixels.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from albumen.consent import Consent
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.records import Colour
from albumen.tables import FACES, PHOTOS, SIMULATED

LEAST_IN_POOL = 5  # photos of a theme from which more can be drawn
EVENT = np.log(4), 1.5  # of a lognormal: the median event has 4 photos, one in a hundred 130
LARGEST_EVENT = 300
OF_EVENT = (
    0.5  # share of a photo's variance within its theme that its event's photos have in common
)
BURSTS = 0.15  # share of photos that are taken again and again
BURST = 0.1  # length of the difference between two shots of a burst
CLUTTER = 0.1  # share of photos of anything, which say nothing of the owner
FAVOURITES = 0.05, 0.01  # share of what is photographed for its theme, and of clutter
YEARS = 6
LIKED = 60.0, 40.0  # lightness and chroma (CIELAB) of the colour that an owner likes, of any hue
TASTE = 10.0  # Delta E by which a photo's colours are farther from it and it is drawn 1/e as often
LEAST_SHARE = 0.03  # of an interest: what is photographed less is none


@dataclass(frozen=True)
class Pool:
    """Labelled photos that simulated owners are dealt from."""

    vectors: Float[np.ndarray, "n d"]  # unit rows
    themes: tuple[str, ...]  # of each photo
    embedder: str
    looks: pd.DataFrame | None = None  # tables.LOOKS, row by row; None where they are not known

    def __post_init__(self) -> None:
        rare = [theme for theme in self.names if self.themes.count(theme) < LEAST_IN_POOL]
        if rare or len(self.names) < 2:
            raise AlbumenError(
                f"A pool needs {LEAST_IN_POOL} photos of each of two themes or more: "
                + (
                    f"'{rare[0]}' has {self.themes.count(rare[0])}."
                    if rare
                    else "it has one theme."
                )
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The themes, in alphabetical order."""
        return tuple(sorted(set(self.themes)))


@dataclass(frozen=True)
class Owner:
    """A simulated owner: the library, and what is true of it. Marked as simulated in its name."""

    library: Library
    themes: tuple[str, ...]  # what each photo shows
    clutter: tuple[bool, ...]  # whether it was taken for no interest
    preferences: Float[np.ndarray, "t"]  # share of each theme of the pool over all years
    early: Float[np.ndarray, "t"]  # the same in the first year
    late: Float[np.ndarray, "t"]  # and in the last; the preferences drift from one to the other
    palette: tuple[Colour, ...]  # of photos as the owner picks them; () without looks


def owner(
    pool: Pool,
    photos: int,
    *,
    seed: int,
    interests: int | None = None,
    drift: float = 0.0,
    label_noise: float = 0.0,
) -> Owner:
    """Deal one owner a library of `photos` photos.

    `interests` fixes the number of themes that are liked, else 3 to 9; `drift` 0..1 is the share of
    the preferences that is exchanged over the years; `label_noise` 0..1 is the share of photos
    whose album is named after another theme than they show. The same seed gives the same owner.
    """
    rng = np.random.default_rng([seed, photos])
    count = len(pool.names)
    liked = min(interests or int(rng.integers(3, 10)), count)
    first, other = _taste(count, liked, rng), _taste(count, liked, rng)
    last = (1 - drift) * first + drift * other
    events = _events(photos, first, last, rng)
    chances = _chances(pool, np.random.default_rng([seed, photos, 1]))
    table, vectors = _photos(pool, events, photos, chances, rng)
    shown = np.array(pool.names)[table.theme]
    wrong = rng.random(photos) < label_noise
    said = np.where(wrong, rng.integers(count, size=photos), table.theme)
    name = f"simulated-{seed}"
    rows = {
        "photo_id": [f"simulated{seed:016x}{number:039x}" for number in range(photos)],
        "path": "(simulated)",
        "taken_utc": table.taken.dt.tz_localize("UTC"),
        "taken_local": table.taken,
        "tz_source": "exif",
        "time_source": "exif",
        "lat": np.nan,
        "lon": np.nan,
        "albums": [[pool.names[one]] for one in said],
        **{
            key: [[] for _ in range(photos)]
            for key in ("people", "faces", "keywords", "places", "flags")
        },
        "title": "",
        "description": "",
        "favourite": rng.random(photos) < np.where(table.clutter, FAVOURITES[1], FAVOURITES[0]),
        "rating": None,
        "width": 4000,
        "height": 3000,
        "source": SIMULATED,
        "match_rule": "none",
    }
    library = Library(
        name,
        Consent(owner=f"{name} (simulated)"),
        pd.DataFrame(rows)[PHOTOS.names],
        vectors,
        FACES.empty_table().to_pandas(),
        pool.embedder,
    )
    preferences = (first + last) / 2
    if pool.looks is not None:
        looks = pool.looks.iloc[table.base].assign(photo_id=library.photos.photo_id.to_numpy())
        library = dataclasses.replace(library, looks=looks.reset_index(drop=True))
    return Owner(
        library,
        tuple(shown),
        tuple(table.clutter),
        preferences,
        first,
        last,
        _palette(pool, preferences, chances),
    )


def _chances(pool: Pool, rng: np.random.Generator) -> Float[np.ndarray, "n"]:
    """How much more often than others of its theme each photo of the pool is drawn."""
    if pool.looks is None:
        return np.ones(len(pool.themes))
    lightness, chroma = LIKED
    hue = rng.uniform(0, 2 * np.pi)
    liked = np.array([lightness, chroma * np.cos(hue), chroma * np.sin(hue)])
    colours = _colours(pool.looks)
    far = (np.linalg.norm(colours[..., :3] - liked, axis=2) * colours[..., 3]).sum(axis=1)
    return np.exp(-(far - far.min()) / TASTE)


def _palette(
    pool: Pool, preferences: Float[np.ndarray, "t"], chances: Float[np.ndarray, "n"]
) -> tuple[Colour, ...]:
    if pool.looks is None:
        return ()
    kinds = np.array([pool.names.index(theme) for theme in pool.themes])
    photo = preferences[kinds] * chances / np.bincount(kinds, chances)[kinds]
    colours = _colours(pool.looks).copy()
    colours[..., 3] *= photo[:, None]
    rows = colours[colours[..., 3] > 0]
    return tuple(
        Colour((float(light), float(a), float(b)), float(share / rows[:, 3].sum()))
        for light, a, b, share in rows
    )


def _colours(looks: pd.DataFrame) -> Float[np.ndarray, "n k 4"]:
    return np.array(looks.palette.to_list(), float).reshape(len(looks), -1, 4)


def _taste(count: int, liked: int, rng: np.random.Generator) -> Float[np.ndarray, "t"]:
    """Shares of the themes, none of those that are liked below LEAST_SHARE."""
    shares = np.zeros(count)
    chosen = rng.choice(count, liked, replace=False)
    shares[chosen] = LEAST_SHARE + (1 - liked * LEAST_SHARE) * rng.dirichlet(np.full(liked, 2.0))
    return shares


def _events(
    photos: int,
    first: Float[np.ndarray, "t"],
    last: Float[np.ndarray, "t"],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Events enough for so many photos, in the order of their times: theme, photos, start."""
    sizes: list[int] = []
    while sum(sizes) < photos:
        size = min(max(round(rng.lognormal(*EVENT)), 1), LARGEST_EVENT)
        sizes.append(min(size, photos - sum(sizes)))
    age = np.sort(rng.random(len(sizes)))  # 0 the first day .. 1 the last
    shares = (1 - age)[:, None] * first + age[:, None] * last
    themes = [int(rng.choice(len(one), p=one / one.sum())) for one in shares]
    start = pd.Timestamp("2019-01-01") + pd.to_timedelta(age * YEARS * 365.25, unit="D")
    return pd.DataFrame({"theme": themes, "photos": sizes, "start": start})


def _photos(
    pool: Pool,
    events: pd.DataFrame,
    photos: int,
    chances: Float[np.ndarray, "n"],
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, Float[np.ndarray, "m d"]]:
    """A row a photo (theme, taken, clutter, base: its row in the pool), and their vectors.

    A smoothed bootstrap (Silverman and Young 1987): a real photo's deviation from its theme's mean,
    mixed with a Gaussian of the pooled covariance within themes, keeps that covariance.
    """
    kinds = np.array([pool.names.index(theme) for theme in pool.themes])
    means = np.stack([pool.vectors[kinds == one].mean(0) for one in range(len(pool.names))])
    within = pool.vectors - means[kinds]

    of = [np.flatnonzero(kinds == one) for one in range(len(pool.names))]
    share = [chances[rows] / chances[rows].sum() for rows in of]

    def smoothed(themes: np.ndarray) -> tuple[Int[np.ndarray, "m"], Float[np.ndarray, "m d"]]:
        base = np.array([rng.choice(of[one], p=share[one]) for one in themes], int)
        noise = rng.standard_normal((len(themes), len(within))) @ within / np.sqrt(len(within))
        return base, (within[base] + noise) / np.sqrt(2)

    event = np.repeat(np.arange(len(events)), events.photos)
    theme = events.theme.to_numpy()[event]
    clutter = rng.random(photos) < CLUTTER
    theme = np.where(clutter, rng.integers(len(pool.names), size=photos), theme)
    common = smoothed(events.theme.to_numpy())[1][event]
    base, alone = smoothed(theme)
    mixed = np.sqrt(OF_EVENT) * common + np.sqrt(1 - OF_EVENT) * alone
    vectors = means[theme] + np.where(clutter[:, None], alone, mixed)
    again = np.flatnonzero((rng.random(photos) < BURSTS) & (np.diff(event, prepend=-1) == 0))
    for one in again:  # a shot after the one before it
        step = rng.standard_normal(vectors.shape[1])
        vectors[one] = vectors[one - 1] + BURST * step / np.linalg.norm(step)
        for column in (theme, clutter, base):
            column[one] = column[one - 1]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    minutes = rng.exponential(20, photos)
    minutes[again] = 0.01
    since = pd.Series(minutes).groupby(event).cumsum()
    taken = events.start.to_numpy()[event] + pd.to_timedelta(since, unit="min").to_numpy()
    taken = pd.Series(taken).dt.floor("us").astype("datetime64[us]")
    table = pd.DataFrame({"theme": theme, "taken": taken, "clutter": clutter, "base": base})
    return table, vectors.astype(np.float32)

"""What is typical of one owner, against a population of others: "sky" is in every library.

Lift is the owner's share of occasions that show something over the mean share of the population's
owners. Photos of one occasion are no independent votes: each occasion is one observation, of which
the fraction of its photos that show the thing counts. Shares are posterior means under Jeffreys'
prior moved to what all owners show together, so that nothing is infinite, and a lift of which
nothing is known is 1.

The interval joins those of both shares (MOVER, Donner and Zou 2012, of logarithms): the owner's
quantiles of the posterior, and Student's t of how much the population's owners differ, with
Welch's (1947) degrees of freedom, so few owners make it wide. It says how sure the ratio is, one
thing at a time; not how rare such an owner is. Nothing of the population but its mean shares is
told.
"""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_matrix
from scipy.special import polygamma
from scipy.stats import beta
from scipy.stats import t as student
from threadpoolctl import threadpool_limits

from albumen.embed import Embedder
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.profile.naming import UNCLEAR
from albumen.profile.traits import OPEN
from albumen.profile.vocabulary import theme_vocabulary, unit
from albumen.profile.weights import photo_weights
from albumen.records import Interest, Lift, Profile, Trait

KNOWN = 10  # of the owner's photos, below which nothing is typical of them
LEAST = 2  # other owners, below which there is no population
ATYPICAL = 0.1  # share of an interest's members that are less like it than is asked of a photo
SHOWS = 2.5  # standard deviations over the vocabulary from which a photo shows a theme
UPPER = 0.975  # quantile at the upper end of a 95 % interval
UNKNOWN = (
    "What is typical of this owner is not known: that takes photos of theirs and of two others."
)


class Owner(NamedTuple):
    """The photos of one owner that count."""

    photo_ids: np.ndarray
    vectors: Float[np.ndarray, "n d"]
    occasion: Int[np.ndarray, "n"]  # 0 and up
    different: Float[np.ndarray, "n"]  # 1 over the near-duplicates of each

    def showing(self, shows: Bool[np.ndarray, "n t"]) -> Float[np.ndarray, "t"]:
        """In how many occasions each of t things is shown, fractions of occasions added up."""
        places = self.occasion, np.arange(len(self.occasion))
        shown = csr_matrix((self.different, places)) @ shows
        return (shown / np.bincount(self.occasion, self.different)[:, None]).sum(axis=0)

    @property
    def occasions(self) -> int:
        """How many there are: the observations that shares are made of."""
        return int(self.occasion.max(initial=-1)) + 1


def against(
    profile: Profile, library: Library, population: Sequence[tuple[Library, Profile]]
) -> Profile:
    """The profile with the lift of every interest and trait against other owners.

    A photo shows an interest when its cosine to the direction reaches what the interest's members
    reach, but for the least typical tenth. A member is compared with the direction of the members
    of other occasions, for a stranger's photo has no part in the direction either. Vectors are
    centred on the mean of all owners' means. Only photos that count do (see `photo_weights`), and
    photos of this owner in the other libraries never.

    An interest without photos has no lift, nor has a trait that is unclear, whose values are no
    common list (places, pairs of people) or that is known of fewer than two other owners. Owners
    who hold photos of this one do not count for traits: only their shares are known. With fewer
    than two other owners there is no lift at all, and a note says so. Raises AlbumenError when a
    profile is of another embedder.
    """
    for _, other in population:
        if other.embedder != profile.embedder:
            raise AlbumenError(
                f"The profile of {other.owner} was made with '{other.embedder}': expected "
                f"'{profile.embedder}', as that of {profile.owner}."
            )
    owners = _owners(library, [one for one, _ in population])
    if not owners:
        return dataclasses.replace(profile, notes=(*profile.notes, UNKNOWN))
    mine = set(library.photos.photo_id)
    apart = [pair for pair in population if mine.isdisjoint(pair[0].photos.photo_id)]
    everyone = [(one, _occasions_a_photo(where)) for where, one in ((library, profile), *apart)]
    centre = _centre(owners)
    with threadpool_limits(limits=1):
        interests = tuple(
            dataclasses.replace(one, lift=_of_interest(one, owners, centre))
            for one in profile.interests
        )
    traits = tuple(
        dataclasses.replace(one, lift=_of_trait(one, everyone)) for one in profile.traits
    )
    return dataclasses.replace(profile, interests=interests, traits=traits)


def theme_lift(library: Library, population: Sequence[Library], embedder: Embedder) -> pd.DataFrame:
    """The lift of every theme that somebody's photos show, the surest first.

    Columns: theme; share, of the owner's occasions; population, the mean share of the other
    owners; ratio with its 95 % interval low, high. A photo shows a theme when it stands SHOWS
    standard deviations above the photo's other themes, all owners' mean taken out. Intervals hold
    for one theme at a time: of 150 themes several lie beyond theirs by chance. With fewer than two
    other owners the table is empty and `attrs["note"]` says why.
    """
    columns = ["theme", "share", "population", "ratio", "low", "high"]
    owners = _owners(library, population)
    if not owners:
        empty = pd.DataFrame({name: pd.Series(dtype=float) for name in columns})
        empty.attrs["note"] = UNKNOWN
        return empty.astype({"theme": object})
    words, rows, _ = theme_vocabulary(embedder)
    centre = _centre(owners)
    shown = []
    with threadpool_limits(limits=1):
        for one in owners:
            scores = (one.vectors - centre) @ rows.T
            scores -= scores.mean(axis=1, keepdims=True)
            shown.append(one.showing(scores >= SHOWS * scores.std(axis=1, keepdims=True)))
    found = lifts(np.stack(shown), np.array([[float(one.occasions)] for one in owners]))
    table = pd.DataFrame({"theme": words, **found._asdict()})[columns]
    return (
        table[np.sum(shown, axis=0) > 0]
        .sort_values("low", ascending=False, kind="stable")
        .reset_index(drop=True)
    )


class Lifts(NamedTuple):
    """Lifts of t things, and the shares that they compare."""

    share: Float[np.ndarray, "t"]  # the owner's, 0..1
    population: Float[np.ndarray, "t"]  # mean of the other owners'
    ratio: Float[np.ndarray, "t"]
    low: Float[np.ndarray, "t"]
    high: Float[np.ndarray, "t"]


def lifts(shown: Float[np.ndarray, "o t"], known: Float[np.ndarray, "o #t"]) -> Lifts:
    """Lifts from how many of the `known` occasions show each thing, the owner's in the first row.

    The prior of a share is half an occasion that shows it, among as many as that takes where all
    owners are put together. At least three rows.
    """
    together = (shown.sum(axis=0) + 0.5) / (known.sum(axis=0) + 1)
    yes = shown + 0.5
    every = known + 0.5 / together
    shares = yes / every
    share, population = shares[0], shares[1:].mean(axis=0)
    others = len(shown) - 1
    own = polygamma(1, yes[0]) - polygamma(1, every[0])  # variance of a beta variable's logarithm
    differ = shares[1:].var(axis=0, ddof=1) / others
    chance = (shares * (1 - shares) / (every + 1))[1:].sum(axis=0) / others**2
    theirs = np.maximum(differ, chance) / population**2  # variance of the logarithm, nearly
    freedom = (own + theirs) ** 2 / (theirs**2 / (others - 1))
    reach = student.ppf(UPPER, freedom) * np.sqrt(theirs)
    least, most = (beta.ppf(q, yes[0], (every - yes)[0]) for q in (1 - UPPER, UPPER))
    ratio = share / population
    low = ratio * np.exp(-np.hypot(np.log(share / least), reach))
    high = ratio * np.exp(np.hypot(np.log(most / share), reach))
    return Lifts(share, population, ratio, low, high)


def _lift(shown: Sequence[float], known: Sequence[float]) -> Lift:
    found = lifts(np.array(shown, float)[:, None], np.array(known, float)[:, None])
    rounded = (round(float(value[0]), 4) for value in (found.ratio, found.low, found.high))
    return Lift(*rounded, owners=len(shown) - 1)


def _of_interest(
    interest: Interest, owners: Sequence[Owner], centre: Float[np.ndarray, "d"]
) -> Lift | None:
    own = owners[0]
    member = np.isin(own.photo_ids, interest.members)
    if not member.any():
        return None
    rows = [unit(one.vectors - centre) for one in owners]
    inside, occasion = rows[0][member], own.occasion[member]
    sums = np.zeros((own.occasions, inside.shape[1]))
    np.add.at(sums, occasion, inside)
    direction = inside.sum(axis=0)
    alone = len(np.unique(occasion)) == 1  # of one occasion, a member is left out by itself
    without = direction - (inside if alone else sums[occasion])
    typical = (inside * unit(without)).sum(axis=1)
    least = np.quantile(typical, ATYPICAL)
    shows = [one @ unit(direction) >= least for one in rows]
    shows[0][member] = typical >= least
    shown = [float(one.showing(seen[:, None])[0]) for one, seen in zip(owners, shows, strict=True)]
    return _lift(shown, [one.occasions for one in owners])


def _of_trait(trait: Trait, everyone: Sequence[tuple[Profile, float]]) -> Lift | None:
    """`everyone`: profiles, the owner's first, with occasions a photo."""
    if trait.facet in OPEN or trait.value == UNCLEAR or trait.known < KNOWN:
        return None
    found = [
        (one.share * one.known * occasions, one.known * occasions)
        for profile, occasions in everyone
        for one in profile.traits
        if (one.facet, one.value) == (trait.facet, trait.value)
    ]
    return _lift(*zip(*found, strict=True)) if len(found) > LEAST else None


def _owners(library: Library, population: Sequence[Library]) -> list[Owner]:
    """This owner, then the others with photos of their own; none when they are too few."""
    mine = library.photos.photo_id
    own = _counted(library, np.ones(len(mine), bool))
    others = [_counted(one, ~one.photos.photo_id.isin(mine).to_numpy()) for one in population]
    others = [one for one in others if one.occasions]
    return [own, *others] if own.occasions and len(others) >= LEAST else []


def _counted(library: Library, allowed: Bool[np.ndarray, "n"]) -> Owner:
    table = photo_weights(library)
    used = allowed & (table.why == "").to_numpy()
    occasion = np.unique(table.occasion[used], return_inverse=True)[1]
    return Owner(
        library.photos.photo_id.to_numpy()[used],
        library.vectors[used],
        occasion,
        table.different.to_numpy()[used],
    )


def _centre(owners: Sequence[Owner]) -> Float[np.ndarray, "d"]:
    return np.mean([one.vectors.mean(axis=0, dtype=np.float64) for one in owners], axis=0)


def _occasions_a_photo(library: Library) -> float:
    """How many observations a photo is, on average: photos of one occasion are not independent."""
    used = photo_weights(library).query("why == ''")
    return used.occasion.nunique() / max(len(used), 1)

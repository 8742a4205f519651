"""How two profiles differ: interest by interest, and why feedback changed them."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from albumen.errors import AlbumenError
from albumen.profile.grounding import meant
from albumen.profile.naming import UNCLEAR
from albumen.profile.ratings import of_scenes, responsibilities
from albumen.profile.stated import Stated
from albumen.records import Interest, Profile

SAME = 0.55  # cosine: above for halves of most interests of the demo, below for two of one owner
KEPT = 0.02  # change of weight that is none
SEEN = 0.005  # change of weight that is worth a sentence
COLUMNS = (
    *("interest_before", "interest_after", "cosine"),
    *("weight_before", "weight_after", "change", "status"),
)


def difference(before: Profile, after: Profile) -> pd.DataFrame:
    """The interests of two profiles side by side: of two owners, or of one over time.

    Interests are matched one to one by their directions, so that the sum of cosines is highest
    (Kuhn 1955); below SAME they are not the same. Columns: interest_before, interest_after (None
    without a match; an unclear one is told by its terms), cosine, weight_before, weight_after (0
    without), change, status: "kept" where the weight changes by less than KEPT, "gained", "lost",
    "new" or "gone". The largest of either weight first. Raises AlbumenError when two embedders
    made the profiles.
    """
    rows = []
    for one, other, cosine in _matched(before, after):
        was, now = (each.weight if each else 0.0 for each in (one, other))
        if one and other:
            moved = "gained" if now > was else "lost"
            status = "kept" if abs(now - was) < KEPT else moved
        else:
            status = "gone" if one else "new"
        names = (_called(each) if each else None for each in (one, other))
        rows.append((*names, cosine, was, now, now - was, status))
    rows.sort(key=lambda row: -max(row[3], row[4]))
    return pd.DataFrame(rows, columns=COLUMNS)


def explain(before: Profile, after: Profile, stated: Stated, ratings: pd.DataFrame) -> list[str]:
    """What feedback changed between a mapped profile and the merged one, and why, in sentences.

    The largest change of an interest first; then styles, colours and moods. `stated` and `ratings`
    are what `merging.merge` was given.
    """
    liked, disliked = (
        {meant(after.interests, word) for word, _ in words}
        for words in (stated.likes, stated.dislikes)
    )
    thumbs = _thumbs(after, ratings)
    top = max((one.weight for one in before.interests), default=0.0) or 1.0
    changes = []
    for one, other, _ in _matched(before, after):
        if other is None:
            continue
        place, was = after.interests.index(other), one.weight if one else 0.0
        reasons, votes = [], []
        if place in liked:
            reasons, votes = ["you said you like it"], [1]
        if place in disliked:
            reasons, votes = ["you said it is not you"], [-1]
        if thumbs[place]:
            up, rated = thumbs[place]
            reasons.append(_liked(up, rated, "of it"))
            votes.append(1 if up / rated >= was / top else -1)  # as `merging` expects of it
        change = other.weight - was
        if change <= -SEEN and set(votes) == {1}:
            reasons.append("but others rose more")
        if change >= SEEN and set(votes) == {-1}:
            reasons.append("but others fell more")
        if reasons or f"{was:.0%}" != f"{other.weight:.0%}":
            changes.append((abs(change), _sentence(one, other, reasons)))
    sentences = [text for _, text in sorted(changes, key=lambda change: -change[0])]
    return [*sentences, *_besides(before, after, stated, ratings)]


def _matched(
    before: Profile, after: Profile
) -> list[tuple[Interest | None, Interest | None, float]]:
    """Pairs of interests that are the same with their cosine, then those without one (NaN)."""
    if before.embedder != after.embedder:
        raise AlbumenError(
            f"Profiles made with '{before.embedder}' and '{after.embedder}' cannot be compared: "
            "their directions lie in different spaces."
        )
    one, other = before.interests, after.interests
    pairs: dict[int, int] = {}
    if one and other:
        cosines = (
            np.array([each.direction for each in one])
            @ np.array([each.direction for each in other]).T
        )
        # what is too far apart to be the same must not decide who is matched with whom
        near = np.where(cosines >= SAME, cosines, 0.0)
        rows, columns = linear_sum_assignment(near, maximize=True)
        pairs = {int(a): int(b) for a, b in zip(rows, columns, strict=True) if near[a, b] > 0}
    return [
        *((one[a], other[b], float(cosines[a, b])) for a, b in pairs.items()),
        *((each, None, np.nan) for a, each in enumerate(one) if a not in pairs),
        *((None, each, np.nan) for b, each in enumerate(other) if b not in pairs.values()),
    ]


def _thumbs(profile: Profile, ratings: pd.DataFrame) -> list[tuple[int, int] | None]:
    """For each interest how many of the rated pictures that are more of it than not were liked."""
    scenes = of_scenes(ratings, profile.embedder)
    if scenes.empty or not profile.interests:
        return [None] * len(profile.interests)
    shown = responsibilities(profile.interests, np.stack(scenes.vector.to_list())) > 0.5
    rated, up = shown.sum(axis=0), shown[scenes.value > 0].sum(axis=0)
    return [(int(a), int(b)) if b else None for a, b in zip(up, rated, strict=True)]


def _liked(up: int, rated: int, where: str) -> str:
    if rated == 1:
        return f"the one rated picture {where} was {'liked' if up else 'not liked'}"
    return f"{up} of {rated} rated pictures {where} were liked"


def _called(one: Interest) -> str:
    """Its name; where that is unclear, what it may be."""
    if one.name != UNCLEAR or not one.terms:
        return one.name
    return " or ".join(term for term, _ in one.terms[:2]) + "?"


def _joined(reasons: list[str]) -> str:
    return ", and ".join(reasons).replace("and but", "but")


def _sentence(before: Interest | None, after: Interest, reasons: list[str]) -> str:
    if before is None:
        what = f"'{_called(after)}' is new, at {after.weight:.0%}"
    elif f"{after.weight:.0%}" == f"{before.weight:.0%}":
        what = f"'{_called(after)}' stays at {after.weight:.0%}"
    else:
        moved = "rose" if after.weight > before.weight else "fell"
        what = f"'{_called(after)}' {moved} from {before.weight:.0%} to {after.weight:.0%}"
    return f"{what}: {_joined(reasons) or 'the weights of others changed'}."


def _besides(
    before: Profile, after: Profile, stated: Stated, ratings: pd.DataFrame
) -> Iterator[str]:
    """Sentences on styles, colours and moods."""
    style, weight = max(after.styles, key=lambda one: one[1], default=("photo", 1.0))
    values = ratings.value[ratings["style"] == style]
    said = ["you said so"] if style in dict(stated.styles) else []
    if len(values):
        said.append(_liked(int((values > 0).sum()), len(values), "in it"))
    if after.styles and (style != "photo" or said):
        yield f"Your style is {style}, at {weight:.0%}: {_joined(said)}."
    if after.palette != before.palette:
        yield f"The palette moved towards {', '.join(stated.palette)}: you said so."
    if after.traits != before.traits:
        yield f"The mood moved towards {', '.join(stated.moods)}: you said so."

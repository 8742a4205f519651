"""From candidates to references: pins and bans, one of near-duplicates, weights that sum to 1."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from albumen.brief.strategies import pick
from albumen.errors import AlbumenError
from albumen.records import Reference


def allowed(candidates: pd.DataFrame, pin: Collection[str], ban: Collection[str]) -> pd.DataFrame:
    """The candidates that may be picked, with the column pinned: the place in `pin`, else -1.

    A banned photo takes its near-duplicates (column same) with it; of others the best stays. Pinned
    photos always stay, and pins that are no candidates are left out (see `require_pins`). Raises
    AlbumenError when a photo is both pinned and banned.
    """
    both = [one for one in pin if one in set(ban)]
    if both:
        raise AlbumenError(f"Photo {both[0][:12]} is both pinned and banned: expected one of them.")
    place = {one: n for n, one in reversed(list(enumerate(pin)))}
    left = candidates.assign(pinned=[place.get(one, -1) for one in candidates.photo_id])
    gone = left.same.isin(left.same[left.photo_id.isin(ban)])
    left = left[(left.pinned >= 0) | ~gone].reset_index(drop=True)
    first = left.assign(free=left.pinned < 0, worse=-left.quality)
    first = first.sort_values(["free", "worse", "photo_id"], kind="stable")
    again = first.free & first.same.duplicated()
    return left[~again.sort_index()].reset_index(drop=True)


def references(
    role: str,
    left: pd.DataFrame,
    what: str,
    *,
    strategy: str,
    seed: int,
    count: int,
    shows: str = "",
) -> tuple[Reference, ...]:
    """The pinned of `left` (see `allowed`) and as many more by `strategy`, `count` in all.

    `profile` weighs them by their scores (softmax), the baselines alike. `what` says what the
    candidates are. Columns pool and box are heeded. Raises AlbumenError for more pins than `count`.
    """
    pinned = left[left.pinned >= 0].sort_values("pinned")
    if len(pinned) > count:
        raise AlbumenError(f"{len(pinned)} {what} are pinned: at most {count} can be used.")
    free = left[left.pinned < 0]
    vectors = np.stack(pinned.vector.to_list()) if len(pinned) else None
    picks = pick(strategy, free, count - len(pinned), what, seed=seed, pinned=vectors)
    chosen = pd.concat([pinned, free.iloc[[one.row for one in picks]]])
    reasons = [f"pinned: {why}" for why in pinned.why] + [one.why for one in picks]
    scores = chosen.score.to_numpy(float) * (strategy == "profile")
    weights = np.exp(scores - scores.max())
    return tuple(
        Reference(row.photo_id, role, float(weight), why, row.pool, shows, row.box)
        for row, weight, why in zip(
            chosen.itertuples(), (weights / weights.sum()).round(4), reasons, strict=True
        )
    )


def require_pins(pin: Sequence[str], chosen: Sequence[Reference]) -> None:
    """Raises AlbumenError for a pinned photo that became no reference of any role."""
    used = {one.photo_id for one in chosen}
    for one in pin:
        if one not in used:
            raise AlbumenError(
                f"Pinned photo {one[:12]} is not one this picture can be made from: expected a "
                "photo of the library that suits the place or the people it shows."
            )

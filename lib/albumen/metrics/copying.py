"""Is the picture a copy of a library photo? Descriptor measures and an audit with its reason.

The audit is a fallback: perceptual hash, scoring encoder and keypoint alignment, since no learned
copy descriptor is installed. Its bounds come from pairs of different photos of the same library.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, UInt64

from albumen.errors import AlbumenError
from albumen.prints import BITS, nearest_hash

PERCENTILE = 99.5  # of pairs of different photos: what lies beyond is a near-duplicate
DUPLICATE_BITS = 6  # pairs within both are known near-duplicates and calibrate nothing
DUPLICATE_SIMILARITY = 0.8
MOST_SIMILAR = 0.8  # a library of bursts must not raise the bound above what a cropped copy scores
SHARE = 0.8  # of the picture: explained by one photo from here on, it is that photo
MIN_PAIRS = 100  # fewer pairs have no percentile worth the name


class Bounds(NamedTuple):
    """When a picture counts as a near-duplicate, and what real pairs say of that."""

    similarity: float  # cosine, reached by a near-duplicate
    bits: float  # Hamming distance 0..64, not exceeded by one
    pairs: int  # pairs of different photos behind both
    false_alarms: float  # share of those pairs that both bounds would call duplicates
    nearest: float  # mean similarity of a photo to its nearest other one


class Verdict(NamedTuple):
    """What the audit says of one picture."""

    failed: bool
    reason: str  # one sentence
    nearest: int  # row of the photo it is judged by


def audit_bounds(vectors: Float[np.ndarray, "n d"], prints: UInt64[np.ndarray, "n v"]) -> Bounds:
    """Calibrate the audit on the pairs of different photos of one library.

    Of the pairs that are not near-duplicates already, the similarity bound is the PERCENTILE. The
    hash bound is half the distance that as few pairs go below, and less than that of any pair
    beyond the similarity bound: a hash looks at the whole picture, so half of a photo in a montage
    comes near that distance, while a whole one, even painted over, stays well under its half.
    Crops, which move a hash most, are left to the alignment. Raises AlbumenError with fewer than
    MIN_PAIRS such pairs.
    """
    similarity = vectors @ vectors.T
    bits = np.array([nearest_hash(one[0], prints) for one in prints])
    duplicate = (bits <= DUPLICATE_BITS) & (similarity >= DUPLICATE_SIMILARITY)
    different = ~(duplicate | duplicate.T | np.eye(len(vectors), dtype=bool))
    pairs = int(different.sum())
    if pairs < MIN_PAIRS:
        raise AlbumenError(
            f"The copy audit needs {MIN_PAIRS} pairs of different photos to find its bounds, "
            f"the library has {pairs}."
        )
    similar = min(float(np.percentile(similarity[different], PERCENTILE)), MOST_SIMILAR)
    few = float(np.percentile(bits[different], 100 - PERCENTILE)) / 2
    rivals = bits[different & (similarity >= similar)]
    few = min(few, float(rivals.min(initial=few + 1)) - 1)
    alarms = (similarity >= similar) & (bits <= few) & different
    nearest = np.where(different, similarity, -1).max(axis=1)
    return Bounds(similar, few, pairs, float(alarms.sum() / pairs), float(nearest.mean()))


def copy_audit(
    similarity: Float[np.ndarray, " n"],
    bits: Float[np.ndarray, " n"],
    aligned: Float[np.ndarray, " n"],
    source_share: float,
    bounds: Bounds,
) -> Verdict:
    """Judge one picture against n photos: cosines, hash distances, shares of it they explain.

    `aligned` is NaN for photos that were not laid onto it, `source_share` NaN without a source
    map. It fails when one photo is both more similar and nearer in hash than different photos of
    the library are, or when SHARE of it is one photo.
    """
    laid = np.nan_to_num(aligned, nan=0.0)
    both = (similarity >= bounds.similarity) & (bits <= bounds.bits)
    if laid.max() >= SHARE:
        row = int(laid.argmax())
        return Verdict(True, f"One photo laid onto it explains {laid[row]:.0%} of it.", row)
    if both.any():
        row = int(np.where(both, similarity, -math.inf).argmax())
        return Verdict(
            True,
            f"Nearer to one photo than different photos are to each other: cosine "
            f"{similarity[row]:.2f} (bound {bounds.similarity:.2f}) and {bits[row]:.0f} of {BITS} "
            f"hash bits (bound {bounds.bits:.0f}).",
            row,
        )
    row = int(similarity.argmax())
    if source_share >= SHARE:
        return Verdict(True, f"{source_share:.0%} of its pixels were taken from one photo.", row)
    return Verdict(False, "No photo of the library is a near-duplicate of it.", row)


def copy_failed(verdict: Verdict) -> float:
    """1 when the audit failed the picture, else 0."""
    return float(verdict.failed)


def nearest_similarity(similarity: Float[np.ndarray, " n"]) -> float:
    """Cosine to the nearest photo of the library."""
    return float(similarity.max())


def nearest_excess(similarity: Float[np.ndarray, " n"], bounds: Bounds) -> float:
    """`nearest_similarity` minus what a real photo has to its nearest other one: 0 is natural."""
    return float(similarity.max() - bounds.nearest)


def hash_distance(bits: Float[np.ndarray, " n"]) -> float:
    """Hamming distance to the nearest photo, bits 0..64."""
    return float(bits.min())


def largest_aligned_share(aligned: Float[np.ndarray, " n"]) -> float:
    """Largest share of the picture that one photo explains; NaN where none was laid onto it."""
    return float(np.nanmax(aligned)) if not np.isnan(aligned).all() else math.nan


def largest_source_share(
    source_map: Int[np.ndarray, "h w"] | None, photo_ids: Sequence[str]
) -> float:
    """Largest share of the picture's pixels taken from one photo, exact, 0..1.

    `source_map` indexes `photo_ids`, the photos of the picture's sources, a photo once or more;
    negative values are no photo's. NaN without a map.
    """
    if source_map is None:
        return math.nan
    shares: dict[str, int] = {}
    counts = np.bincount(source_map[source_map >= 0].ravel(), minlength=len(photo_ids))
    for photo_id, count in zip(photo_ids, counts, strict=True):
        shares[photo_id] = shares.get(photo_id, 0) + int(count)
    return max(shares.values(), default=0) / source_map.size


def copy_geo(
    picture: Float[np.ndarray, " d"],
    reference: Float[np.ndarray, " d"],
    held_out: Float[np.ndarray, "h d"],
) -> float:
    """(angle(g, t) - angle(g, r)) / angle(t, r), the mean over held-out photos t.

    g is the picture, r the photo that conditioned it. 1: it is the reference; -1: it is the
    held-out photo; 0: as far from both. Rows are unit vectors. NaN without a held-out photo that
    differs from the reference.
    """

    def angle(vectors: Float[np.ndarray, "h d"], to: Float[np.ndarray, " d"]) -> np.ndarray:
        return np.arccos(np.clip(vectors @ to, -1, 1))

    apart = angle(held_out, reference)
    held_out, apart = held_out[apart > 1e-3], apart[apart > 1e-3]
    if not len(held_out):
        return math.nan
    nearer = angle(held_out, picture) - angle(picture[None], reference)
    return float((nearer / apart).mean())

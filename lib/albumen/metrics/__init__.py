"""Metrics: what each number is, in which unit and range, and which direction is better.

Each is a pure function of arrays with one value an item. A new one is such a function and a line
in METRICS: the benchmark's tables, the plots and the contract test find it.
"""

from importlib import import_module
from math import inf
from typing import Any, NamedTuple

from albumen.errors import AlbumenError


class Metric(NamedTuple):
    """A metric's function and how to read its values."""

    function: str  # module:attr; "" for what is measured while a picture is made
    unit: str
    low: float  # the range's ends
    high: float
    higher_is_better: bool | None  # None: neither direction is
    about: str  # person, owner: whom the picture should suit; picture; group: those of one prompt
    encoder: str  # what scores it: recogniser, scorer (an image encoder), "" for neither
    needs: str


_LIKENESS = "albumen.metrics.likeness:"
_PREFERENCE = "albumen.metrics.preference:"
_PROMPT = "albumen.metrics.prompt:"
_COPYING = "albumen.metrics.copying:"
_DIVERSITY = "albumen.metrics.diversity:"
_FACES = "faces of the picture, held-out faces of the person"
_TEXTS = "the prompts' scenes in words, real photos"
_SD = "standard deviations"

# fmt: off
METRICS: dict[str, Metric] = {
    "face_found": Metric(
        _LIKENESS + "face_found", "share", 0, 1, True, "person", "recogniser",
        "faces of the picture"),
    "likeness": Metric(
        _LIKENESS + "likeness", "similarity", -inf, 1, True, "person", "recogniser", _FACES),
    "calibrated_likeness": Metric(
        _LIKENESS + "calibrated_likeness", "0 a stranger, 1 another real photo", -inf, inf, True,
        "person", "recogniser", _FACES + ", the person's other faces, other people's faces"),
    "likeness_rank1": Metric(
        _LIKENESS + "likeness_rank1", "share", 0, 1, True, "person", "recogniser",
        "faces of the picture, held-out faces of every identity"),
    "owner_margin": Metric(
        _PREFERENCE + "owner_margin", _SD, -inf, inf, True, "owner", "scorer",
        "held-out photos of every owner"),
    "owner_identified": Metric(
        _PREFERENCE + "owner_identified", "share", 0, 1, True, "owner", "scorer",
        "held-out photos of every owner"),
    "prompt_z": Metric(
        _PROMPT + "prompt_z", _SD, -inf, inf, True, "picture", "scorer", _TEXTS),
    "prompt_percentile": Metric(
        _PROMPT + "prompt_percentile", "share", 0, 1, True, "picture", "scorer", _TEXTS),
    "prompt_rank1": Metric(
        _PROMPT + "prompt_rank1", "share", 0, 1, True, "picture", "scorer", _TEXTS),
    "copy_failed": Metric(
        _COPYING + "copy_failed", "share", 0, 1, False, "picture", "scorer",
        "the library's photos, the source map"),
    "copy_geo": Metric(
        _COPYING + "copy_geo", "1 the reference, -1 held out", -1, 1, False, "picture", "scorer",
        "the nearest reference, held-out photos"),
    "nearest_similarity": Metric(
        _COPYING + "nearest_similarity", "cosine", -1, 1, False, "picture", "scorer",
        "the library's photos"),
    "nearest_excess": Metric(
        _COPYING + "nearest_excess", "cosine", -2, 2, False, "picture", "scorer",
        "the library's photos"),
    "hash_distance": Metric(
        _COPYING + "hash_distance", "bits", 0, 64, True, "picture", "", "the library's photos"),
    "largest_aligned_share": Metric(
        _COPYING + "largest_aligned_share", "share", 0, 1, False, "picture", "",
        "the library's photos"),
    "largest_source_share": Metric(
        _COPYING + "largest_source_share", "share", 0, 1, False, "picture", "", "the source map"),
    "pairwise_distance": Metric(
        _DIVERSITY + "pairwise_distance", "cosine distance", 0, 2, None, "group", "scorer",
        "two pictures or more"),
    "vendi": Metric(
        _DIVERSITY + "vendi", "pictures", 1, inf, None, "group", "scorer", "the pictures"),
    "seconds": Metric("", "seconds a picture", 0, inf, False, "picture", "", "a clock"),
}
# fmt: on


def metric(name: str) -> Any:
    """The function of a metric by name; AlbumenError names the known ones."""
    if name not in METRICS or not METRICS[name].function:
        known = ", ".join(sorted(key for key, entry in METRICS.items() if entry.function))
        raise AlbumenError(f"'{name}' is not one of: {known}.")
    module, attr = METRICS[name].function.split(":")
    return getattr(import_module(module), attr)

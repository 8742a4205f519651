"""What every generator asks of the numbers of a condition."""

from collections.abc import Sequence

import numpy as np

from albumen.errors import AlbumenError
from albumen.records import Condition


def check_numbers(
    condition: Condition, seeds: Sequence[int], sides: tuple[int, int], step: int
) -> None:
    """Raise AlbumenError for a strength, a size or a seed that cannot be drawn.

    `sides`: the least and the most pixels of a side, which must be a multiple of `step`.
    """
    if not 0 <= condition.strength <= 1:
        raise AlbumenError(f"Strength is {condition.strength}, expected 0 to 1.")
    low, high = sides
    if any(side % step or not low <= side <= high for side in condition.size):
        width, height = condition.size
        raise AlbumenError(
            f"Size is {width} x {height} pixels, expected multiples of {step} from {low} to {high}."
        )
    wrong = [seed for seed in seeds if not isinstance(seed, int | np.integer) or seed < 0]
    if wrong:
        raise AlbumenError(f"Seed {wrong[0]!r} is not a whole number of 0 or more.")

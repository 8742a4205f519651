"""How interests join into broader ones."""

import numpy as np
from jaxtyping import Float
from scipy.cluster.hierarchy import linkage

from albumen.records import Profile


def hierarchy(profile: Profile) -> Float[np.ndarray, "m 4"]:
    """Ward linkage of the interests' directions (Ward 1963), as SciPy writes one.

    k interests join in k - 1 steps, of which each row is one: the two clusters that join (below k
    an interest, from k on the cluster of an earlier row), how far apart they are, and how many
    interests they hold together. The leaves' order puts like beside like. No rows with fewer than
    two interests.
    """
    if len(profile.interests) < 2:
        return np.zeros((0, 4))
    directions = np.array([one.direction for one in profile.interests])
    return linkage(directions, "ward", optimal_ordering=True)

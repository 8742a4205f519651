"""The space that interests are looked for in, and libraries without any in the same space."""

import numpy as np
from jaxtyping import Float

from albumen.profile.vocabulary import unit

SPACE = 64  # principal components that are looked at
DIMS = 24  # of them, that are clustered, at most
PHOTOS_A_DIM = 3  # at least
EVEN = 0.25  # exponent of a component's variance by which it is divided: 0 leaves it, .5 whitens
TURNS = 4  # between a Gaussian and the sphere


def few_dimensions(vectors: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n q"]:
    """Rows in at most SPACE + 1 dimensions: their principal components and their mean's."""
    mean = vectors.mean(axis=0)
    axes = _axes(vectors - mean)
    basis, _ = np.linalg.qr(np.column_stack([axes, mean]))
    return vectors @ basis


def evened(
    space: Float[np.ndarray, "n q"], weights: Float[np.ndarray, "n"]
) -> Float[np.ndarray, "n p"]:
    """Unit rows of the first DIMS weighted components, the strong ones held back (see EVEN).

    What few photos show lies in weak components, and would drown in the distances of strong ones.
    """
    share = weights / weights.sum()
    centred = space - share @ space
    dims = min(DIMS, max(len(space) // PHOTOS_A_DIM, 2))
    axes = _axes(centred * np.sqrt(share)[:, None])[:, :dims]
    points = centred @ axes
    variance = share @ points**2
    return unit(points / np.where(variance > 0, variance, 1) ** EVEN)


def without_interests(
    space: Float[np.ndarray, "n q"], rng: np.random.Generator
) -> Float[np.ndarray, "n q"]:
    """As many rows without interests: one Gaussian of the very same mean and covariance.

    Of Gaussian rows every rotation (of the sample, not of the space) is as likely, whatever their
    covariance (Langsrud 2005), so the test holds at any number of photos. Embeddings lie on a
    sphere, which bends a Gaussian: rows are put there and given the covariance again, in turns.
    """
    mean, lengths = space.mean(axis=0), np.linalg.norm(space, axis=1, keepdims=True)
    _, spread, axes = np.linalg.svd(space - mean, full_matrices=False)
    spread = np.maximum(spread, 1e-9 * spread[0])
    drawn = rng.standard_normal((len(space), len(spread))) * spread
    for turn in range(TURNS):
        left, _, right = np.linalg.svd((drawn - drawn.mean(axis=0)) / spread, full_matrices=False)
        drawn = left @ right * spread
        if turn < TURNS - 1:
            drawn = (unit(mean + drawn @ axes) * lengths - mean) @ axes.T
    return mean + drawn @ axes


def _axes(rows: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "d q"]:
    """The first SPACE principal directions of centred rows."""
    if len(rows) < rows.shape[1]:  # the smaller of the two products
        _, values, axes = np.linalg.svd(rows, full_matrices=False)
        axes = axes[values > 1e-6].T
    else:
        values, axes = np.linalg.eigh(rows.T @ rows)
        axes = axes[:, ::-1][:, : int((values > 1e-12).sum())]
    return axes[:, :SPACE]

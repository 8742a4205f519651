"""Photomontage: choose a layer for every pixel so that the seams show least, then blend gradients.

After Agarwala et al. 2004 (Interactive digital photomontage), with min-sum belief propagation in
place of graph cuts and a screened Poisson equation (Bhat et al. 2008) solved by cosine transform.
"""

import cv2
import numpy as np
from jaxtyping import Float, Int
from scipy.fft import dctn, idctn

DAMPING = 0.2  # of messages, which else may swing between two bad labellings
SWITCH = 0.01  # cost of changing the label where the layers are equal, so that ties stay whole


def seam_features(lab: Float[np.ndarray, "h w 3"]) -> Float[np.ndarray, "h w 6"]:
    """What must agree along a seam: the colour, and the detail three times as much."""
    detail = lab - cv2.GaussianBlur(lab, (0, 0), 1.5)
    return np.concatenate([lab, 3 * detail], axis=-1).astype(np.float32)


def differences(features: Float[np.ndarray, "l h w c"]) -> Float[np.ndarray, "l l h w"]:
    """Distance between every two layers at every pixel."""
    gaps = features[:, None] - features[None]
    return np.sqrt(np.einsum("ijhwc,ijhwc->ijhw", gaps, gaps))


def pair_costs(
    gaps: Float[np.ndarray, "l l h w"], smoothness: float
) -> tuple[Float[np.ndarray, "l l h v"], Float[np.ndarray, "l l u w"]]:
    """Cost of labels (i, j) on a pixel and its right neighbour, and on a pixel and the one below.

    `smoothness` times the difference of both layers at both pixels: a cut is free where they agree.
    """
    switch = SWITCH * (1 - np.eye(len(gaps), dtype=np.float32))[:, :, None, None]
    right = smoothness * (gaps[..., :-1] + gaps[..., 1:] + switch)
    below = smoothness * (gaps[:, :, :-1] + gaps[:, :, 1:] + switch)
    return right.astype(np.float32), below.astype(np.float32)


def label(
    unary: Float[np.ndarray, "l h w"],
    gaps: Float[np.ndarray, "l l h w"],
    smoothness: float,
    iterations: int,
) -> Int[np.ndarray, "h w"]:
    """The layer of every pixel that (nearly) minimises `energy`, by min-sum belief propagation.

    Exact on grids without a loop (one pixel high or wide) after a few times their length.
    """
    right, below = pair_costs(gaps, smoothness)
    # a message a pixel and label from each neighbour; costs are symmetric, so one table does
    left_in, right_in, top_in, bottom_in = (np.zeros_like(unary) for _ in range(4))
    belief = unary
    for _ in range(iterations):
        to_right = _message(belief[:, :, :-1] - right_in[:, :, :-1], right)
        to_left = _message(belief[:, :, 1:] - left_in[:, :, 1:], right)
        to_bottom = _message(belief[:, :-1] - bottom_in[:, :-1], below)
        to_top = _message(belief[:, 1:] - top_in[:, 1:], below)
        for inbox, message in (
            (left_in[:, :, 1:], to_right),
            (right_in[:, :, :-1], to_left),
            (top_in[:, 1:], to_bottom),
            (bottom_in[:, :-1], to_top),
        ):
            inbox += (1 - DAMPING) * (message - inbox)
        belief = unary + left_in + right_in + top_in + bottom_in
    return belief.argmin(0)


def energy(
    labels: Int[np.ndarray, "h w"],
    unary: Float[np.ndarray, "l h w"],
    gaps: Float[np.ndarray, "l l h w"],
    smoothness: float,
) -> float:
    """What `label` minimises: unary costs plus the costs of every pair of neighbours."""
    right, below = pair_costs(gaps, smoothness)
    rows, columns = np.indices(labels.shape)
    total = unary[labels, rows, columns].sum()
    total += right[labels[:, :-1], labels[:, 1:], rows[:, 1:], columns[:, :-1]].sum()
    total += below[labels[:-1], labels[1:], rows[:-1], columns[1:]].sum()
    return float(total)


def seam_score(labels: Int[np.ndarray, "h w"], gaps: Float[np.ndarray, "l l h w"]) -> float:
    """How much the seams show: mean and worst quarter of their cost, and a little their length.

    9 where there is no seam: a montage of one layer is no montage.
    """
    right, below = pair_costs(gaps, 1.0)
    rows, columns = np.indices(labels.shape)
    across = right[labels[:, :-1], labels[:, 1:], rows[:, 1:], columns[:, :-1]]
    down = below[labels[:-1], labels[1:], rows[:-1], columns[1:]]
    cut = np.concatenate([across[labels[:, :-1] != labels[:, 1:]], down[labels[:-1] != labels[1:]]])
    if not len(cut):
        return 9.0
    worst = np.sort(cut)[-max(len(cut) // 4, 1) :]
    return float(cut.mean() + worst.mean() + 0.25 * cut.sum() / np.sqrt(labels.size))


def merge_small(labels: Int[np.ndarray, "h w"], share: float) -> Int[np.ndarray, "h w"]:
    """Give connected regions below `share` of the pixels to the layer that surrounds them most."""
    labels = labels.copy()
    while True:
        smallest = None
        for layer in np.unique(labels):
            count, regions, stats, _ = cv2.connectedComponentsWithStats(
                (labels == layer).astype(np.uint8), connectivity=4
            )
            for region in range(1, count):
                area = int(stats[region, cv2.CC_STAT_AREA])
                if area < share * labels.size and (smallest is None or area < smallest[0]):
                    smallest = (area, regions == region)
        if smallest is None:
            return labels
        inside = smallest[1]
        # a cross, as the regions are 4-connected: a diagonal neighbour may be of the same layer
        cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
        ring = cv2.dilate(inside.astype(np.uint8), cross).astype(bool) & ~inside
        labels[inside] = np.bincount(labels[ring]).argmax()


def enlarge(labels: Int[np.ndarray, "g k"], size: tuple[int, int]) -> Int[np.ndarray, "h w"]:
    """Labels at `size` (width, height), with smooth borders between the layers."""
    blur = max(size) / 430
    votes = [
        cv2.GaussianBlur(cv2.resize((labels == layer).astype(np.float32), size), (0, 0), blur)
        for layer in range(labels.max() + 1)
    ]
    return np.stack(votes).argmax(0)


def blend(
    layers: Float[np.ndarray, "l h w c"], labels: Int[np.ndarray, "h w"], screening: float
) -> Float[np.ndarray, "h w c"]:
    """The picture whose gradients are those of each pixel's layer: seams in brightness vanish.

    Minimises |gradient - guide|^2 + screening |picture - copy|^2 with free borders. Across a seam
    the guide is the mean of both layers' differences.
    """
    rows, columns = np.indices(labels.shape)
    copy = layers[labels, rows, columns]
    right = _guide(layers, labels, rows, columns, axis=1)
    below = _guide(layers, labels, rows, columns, axis=0)
    divergence = np.zeros_like(copy)
    divergence[:, :-1] += right
    divergence[:, 1:] -= right
    divergence[:-1] += below
    divergence[1:] -= below
    height, width = labels.shape
    laplacian = (
        2 * np.cos(np.pi * np.arange(height) / height)[:, None]
        + 2 * np.cos(np.pi * np.arange(width) / width)[None]
        - 4
    )
    spectrum = dctn(divergence - screening * copy, axes=(0, 1), norm="ortho")
    spectrum /= (laplacian - screening)[..., None].astype(spectrum.dtype)
    return idctn(spectrum, axes=(0, 1), norm="ortho").astype(layers.dtype)


def _message(
    belief: Float[np.ndarray, "l u v"], costs: Float[np.ndarray, "l l u v"]
) -> Float[np.ndarray, "l u v"]:
    """What a pixel tells its neighbour: the least cost of each label there, smallest 0."""
    message = (belief[:, None] + costs).min(0)
    return message - message.min(0)


def _guide(layers, labels, rows, columns, axis: int) -> Float[np.ndarray, "u v c"]:
    """Differences to the next pixel along `axis`, the mean of what both pixels' layers say."""
    here = tuple(slice(None, -1) if axis == k else slice(None) for k in (0, 1))
    there = tuple(slice(1, None) if axis == k else slice(None) for k in (0, 1))
    first, second = labels[here], labels[there]
    at, beyond = (rows[here], columns[here]), (rows[there], columns[there])
    return 0.5 * (
        (layers[first, *beyond] - layers[first, *at])
        + (layers[second, *beyond] - layers[second, *at])
    )

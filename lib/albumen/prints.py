"""Pixel evidence that one picture repeats another: perceptual hashes and aligned pixels.

A fallback for a learned copy descriptor, of which the embedded set has none; it is named as such
wherever its verdict appears.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8, UInt64
from PIL import Image, ImageOps
from scipy.fft import dctn

BITS = 64
HASH_SIDE = 32  # pixels the hash is taken from
CROP = 0.9  # of the side: what is left when ten per cent is cropped
ALIGN_SIDE = 256  # pixels of the longer side, for keypoints
COMPARE_SIDE = 128  # and for comparing aligned pixels
WINDOW = 9  # pixels of COMPARE_SIDE over which they are compared
SAME = 0.8  # local correlation from which a pixel is explained
FLAT = 4.0  # grey levels of local deviation under which correlation says nothing
FLAT_OFF = 6.0  # grey levels two flat places may differ by
EMPTY = 8.0  # norm of the hash's coefficients where a photo is flat: .25 grey levels rms
KEYPOINTS = 600
RATIO = 0.75  # of the best to the second descriptor distance (Lowe 2004)
MIN_MATCHES = 8  # keypoints that agree on one affine map
MAX_SCALE = 4.0  # a photo is not enlarged or reduced by more

Grey = UInt8[np.ndarray, "_ _"]
Keypoints = tuple[Float[np.ndarray, "_ 2"], Float[np.ndarray, "_ 128"]]  # places, descriptors


def phash(image: Image.Image) -> np.uint64:
    """64-bit perceptual hash: signs of the lowest DCT coefficients of the 32 px grey image.

    The 8 x 8 coefficients after the constant ones, against their median (Zauner 2010).
    """
    low = _low_frequencies(image)
    bits = low > np.median(low)
    return np.packbits(bits).view(">u8").astype(np.uint64)[0]


def soft_hash(image: Image.Image) -> Float32[np.ndarray, "64"]:
    """The coefficients of `phash` as a unit vector, not rounded to bits: cosine measures likeness.

    Their signed square roots (Perronnin et al. 2010), lest one or two decide. It bears a crop, a
    turn or a shift that a hash does not. Zeros, like nothing, where the image is flat.
    """
    low = _low_frequencies(image)
    if np.linalg.norm(low) < EMPTY:
        return np.zeros(BITS, np.float32)
    roots = np.sign(low) * np.sqrt(np.abs(low))
    return (roots / np.linalg.norm(roots)).astype(np.float32)


def print_of(photo: Image.Image) -> UInt64[np.ndarray, " v"]:
    """Hashes of a photo as it may come back: whole, a square, ten per cent cropped, mirrored."""
    width, height = photo.size
    w, h = round(width * CROP), round(height * CROP)
    corners = [(0, 0), (width - w, 0), (0, height - h), (width - w, height - h)]
    corners.append(((width - w) // 2, (height - h) // 2))
    views = [photo, *(photo.crop((x, y, x + w, y + h)) for x, y in corners)]
    views.append(ImageOps.fit(photo, (min(photo.size),) * 2))
    return np.array([phash(one) for view in views for one in (view, ImageOps.mirror(view))])


def nearest_hash(own: np.uint64, prints: UInt64[np.ndarray, "n v"]) -> Float[np.ndarray, " n"]:
    """Hamming distance, bits 0..64, of one hash to the nearest view of each of n photos."""
    return np.bitwise_count(prints ^ own).min(axis=1).astype(float)


def aligned_share(picture: Image.Image, photo: Image.Image) -> float:
    """Share of the picture, 0..1, that one photo explains once laid onto it.

    The photo or its mirror image is aligned by keypoints (SIFT, Lowe 2004; an affine map by
    RANSAC); a pixel is explained where its surroundings correlate, or are flat and as bright, in
    both. 0 where nothing aligns. Repainting, blur and strong styles hide a copy from it.
    """
    onto, other = _grey(picture), _grey(photo)
    keypoints = _keypoints(onto)
    views = (other, np.ascontiguousarray(other[:, ::-1]))
    return max(_explained(onto, view, _alignment(keypoints, _keypoints(view))) for view in views)


def _low_frequencies(image: Image.Image) -> Float[np.ndarray, "64"]:
    grey = image.convert("L").resize((HASH_SIDE, HASH_SIDE), Image.Resampling.LANCZOS)
    return dctn(np.asarray(grey, float), norm="ortho")[1:9, 1:9].ravel()


def _grey(image: Image.Image) -> Grey:
    scale = ALIGN_SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return np.asarray(image.convert("L").resize(size, Image.Resampling.BOX))


def _keypoints(image: Grey) -> Keypoints:
    points, rows = cv2.SIFT_create(KEYPOINTS).detectAndCompute(image, None)
    if rows is None:
        return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
    return np.float32([point.pt for point in points]), rows


def _alignment(onto: Keypoints, photo: Keypoints) -> Float[np.ndarray, "2 3"] | None:
    """The affine map from the photo to the picture, None where no keypoints agree on one."""
    if len(photo[0]) < 2:
        return None
    pairs = cv2.BFMatcher().knnMatch(onto[1], photo[1], k=2)
    good = [best for best, second in pairs if best.distance < RATIO * second.distance]
    if len(good) < MIN_MATCHES:
        return None
    target = onto[0][[one.queryIdx for one in good]]
    source = photo[0][[one.trainIdx for one in good]]
    matrix, agree = cv2.estimateAffine2D(source, target, ransacReprojThreshold=3.0)
    if matrix is None or agree.sum() < MIN_MATCHES:
        return None
    stretch = np.linalg.svd(matrix[:, :2], compute_uv=False)
    return matrix if stretch[1] > 1 / MAX_SCALE and stretch[0] < MAX_SCALE else None


def _explained(onto: Grey, photo: Grey, matrix: Float[np.ndarray, "2 3"] | None) -> float:
    """Share of `onto` that the photo, moved by `matrix`, covers and agrees with."""
    if matrix is None:
        return 0.0
    size = onto.shape[::-1]
    moved = [
        cv2.warpAffine(one, matrix, size, flags=cv2.INTER_AREA)
        for one in (photo, np.full_like(photo, 255))
    ]
    small = tuple(max(1, round(side * COMPARE_SIDE / ALIGN_SIDE)) for side in size)
    a, b, covered = (
        cv2.resize(one, small, interpolation=cv2.INTER_AREA).astype(np.float32)
        for one in (onto, *moved)
    )
    return float((_agree(a, b) & (covered > 250)).mean())


def _agree(a: Float[np.ndarray, "h w"], b: Float[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    def local(values: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
        return cv2.boxFilter(values, -1, (WINDOW, WINDOW))

    mean_a, mean_b = local(a), local(b)
    var_a = np.maximum(local(a * a) - mean_a**2, 0)
    var_b = np.maximum(local(b * b) - mean_b**2, 0)
    correlation = (local(a * b) - mean_a * mean_b) / np.sqrt(np.maximum(var_a * var_b, 1e-6))
    same = correlation > SAME
    if same.sum() < 2 or np.ptp(mean_b[same]) == 0:
        return np.zeros_like(same)
    # a photo made brighter is still the photo: its tones are fitted where the structure agrees
    gain, offset = np.polyfit(mean_b[same].astype(float), mean_a[same].astype(float), 1)
    flat = (var_a < FLAT**2) & (var_b < FLAT**2)
    return np.where(flat, np.abs(mean_a - (gain * mean_b + offset)) < FLAT_OFF, same)

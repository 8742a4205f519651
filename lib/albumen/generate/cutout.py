"""Cut-outs: how much of every pixel belongs to a person or a pet, and their colours alone."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from albumen.errors import AlbumenError
from albumen.generate.session import one_thread_session

PERSON_SIDE = 512  # pixels: MODNet's own size
SUBJECT_SIDE = 320  # U2-Net's
IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
IMAGENET_STD = np.array([0.229, 0.224, 0.225], np.float32)
LEAST = 0.01  # share of the photo below which there is no subject
# how far from half transparent a subject is, mean over its pixels: real photos of one thing lie at
# .79 to .99, of a bee on a flower or a stadium at .62
CLEAR = 0.7


class NoOutline(AlbumenError):
    """Nothing can be cut out of this photo; others may do."""


def person_matte(image: UInt8[np.ndarray, "h w 3"]) -> Float[np.ndarray, "h w"]:
    """Opacity 0..1 of the person, hair included: MODNet (Ke et al. 2022).

    Raises AlbumenError when the image shows nobody.
    """
    scale = PERSON_SIDE / max(image.shape[:2])
    # the network halves the picture five times
    size = [max(round(side * scale / 32), 1) * 32 for side in image.shape[1::-1]]
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    feed = ((small.astype(np.float32) - 127.5) / 127.5).transpose(2, 0, 1)[None]
    matte = one_thread_session("modnet").run(None, {"input": feed})[0][0, 0]
    matte = _largest(_fit(matte, image))
    if (matte > 0.5).mean() < LEAST:
        raise AlbumenError("The portrait shows nobody who could be cut out.")
    return matte


def subject_matte(image: UInt8[np.ndarray, "h w 3"]) -> Float[np.ndarray, "h w"]:
    """Opacity 0..1 of what stands out, such as a pet: U2-Net, small (Qin et al. 2020).

    Raises NoOutline when nothing stands out clearly.
    """
    small = cv2.resize(image, (SUBJECT_SIDE, SUBJECT_SIDE), interpolation=cv2.INTER_AREA)
    scaled = small.astype(np.float32) / max(float(small.max()), 1.0)
    feed = ((scaled - IMAGENET_MEAN) / IMAGENET_STD).transpose(2, 0, 1)[None]
    matte = one_thread_session("u2netp").run(["1959"], {"input.1": feed})[0][0, 0]
    matte = (matte - matte.min()) / max(float(matte.max() - matte.min()), 1e-6)
    matte = _largest(_fit(matte, image))
    if (matte > 0.5).mean() < LEAST:
        raise NoOutline("Nothing in the photo stands out enough to be cut out.")
    matte = _sharpen(matte, image)
    if np.abs(2 * matte[matte > 0.05] - 1).mean() < CLEAR:
        raise NoOutline("What stands out in the photo has no clear outline to be cut out along.")
    return matte


def foreground(
    image: UInt8[np.ndarray, "h w 3"], matte: Float[np.ndarray, "h w"]
) -> UInt8[np.ndarray, "h w 3"]:
    """The subject's own colours, also where hair lets the old background through.

    Blur-fusion estimate, two passes (Forte 2021, Approximate fast foreground colour estimation).
    """
    colours = image.astype(np.float32) / 255
    opacity = matte[..., None].astype(np.float32)
    front = back = colours
    for radius in (max(image.shape[0] // 6, 6), 6):
        window = (2 * radius + 1, 2 * radius + 1)
        weight_front = cv2.blur(opacity, window)[..., None] + 1e-5
        weight_back = cv2.blur(1 - opacity, window)[..., None] + 1e-5
        mean_front = cv2.blur(front * opacity, window) / weight_front
        back = cv2.blur(back * (1 - opacity), window) / weight_back
        front = mean_front + opacity * (colours - opacity * mean_front - (1 - opacity) * back)
        front = np.clip(front, 0, 1)
    return np.rint(front * 255).astype(np.uint8)


def tighten(matte: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    """Drop the faintest rim, where background shows as a halo; keep the full range."""
    return np.clip((matte - 0.12) / 0.8, 0, 1).astype(np.float32)


def _fit(matte: np.ndarray, image: np.ndarray) -> Float[np.ndarray, "h w"]:
    size = (image.shape[1], image.shape[0])
    return np.clip(cv2.resize(matte, size, interpolation=cv2.INTER_LINEAR), 0, 1)


def _largest(matte: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    """Only the largest connected thing: others in the photo are not asked for."""
    count, regions, stats, _ = cv2.connectedComponentsWithStats((matte > 0.35).astype(np.uint8))
    if count < 2:
        return np.zeros_like(matte)
    region = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    reach = cv2.dilate((regions == region).astype(np.uint8), np.ones((15, 15), np.uint8))
    return matte * _without(reach, regions, region)


def _without(reach: np.ndarray, regions: np.ndarray, region: int) -> Bool[np.ndarray, "h w"]:
    return (reach > 0) & ((regions == region) | (regions == 0))


def _sharpen(
    matte: Float[np.ndarray, "h w"], image: UInt8[np.ndarray, "h w 3"]
) -> Float[np.ndarray, "h w"]:
    """Pull a coarse matte to the edges of the photo: guided filter (He et al. 2013)."""
    guide = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    side = 2 * max(min(image.shape[:2]) // 100, 2) + 1

    def mean(array: np.ndarray) -> np.ndarray:
        return cv2.blur(array, (side, side))

    matte = np.clip((matte - 0.3) / 0.5, 0, 1).astype(np.float32)
    mean_guide, mean_matte = mean(guide), mean(matte)
    slope = (mean(guide * matte) - mean_guide * mean_matte) / (
        mean(guide * guide) - mean_guide**2 + 1e-3
    )
    offset = mean_matte - slope * mean_guide
    return np.clip(mean(slope) * guide + mean(offset), 0, 1)

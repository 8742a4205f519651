"""Colour in CIELAB: conversion, statistics, and a linear map from one picture's to another's.

Values are CIELAB (D65) divided by 100, so that lightness is 0..1; float32.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from albumen.records import Colour

GAINS = (0.6, 1.6)  # how much a map may shrink or stretch any direction of Lab
NOISE = 1e-4  # variance added to every covariance, (1/100 Lab)^2: flat pictures stay invertible


class ColourStatistics(NamedTuple):
    """Mean and covariance of the colours of a picture, in Lab / 100."""

    mean: Float[np.ndarray, "3"]
    covariance: Float[np.ndarray, "3 3"]


def to_lab(rgb: UInt8[np.ndarray, "h w 3"]) -> Float[np.ndarray, "h w 3"]:
    """sRGB to Lab / 100."""
    return cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab) / 100


def to_rgb(lab: Float[np.ndarray, "h w 3"]) -> UInt8[np.ndarray, "h w 3"]:
    """Lab / 100 to sRGB, colours outside the gamut clipped."""
    rgb = cv2.cvtColor(np.ascontiguousarray(lab * 100, np.float32), cv2.COLOR_Lab2RGB)
    return np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)


def statistics(
    lab: Float[np.ndarray, "*pixels 3"], weights: Float[np.ndarray, "*pixels"] | None = None
) -> ColourStatistics:
    """Mean and covariance of Lab values, each counted `weights` times (default once)."""
    values = lab.reshape(-1, 3).astype(np.float64)
    share = np.ones(len(values)) if weights is None else weights.reshape(-1).astype(np.float64)
    share = share / share.sum()
    mean = share @ values
    centred = values - mean
    return ColourStatistics(mean, (centred * share[:, None]).T @ centred + NOISE * np.eye(3))


def palette_statistics(palette: Sequence[Colour]) -> ColourStatistics:
    """The statistics of a palette, every colour counted by its weight."""
    colours = np.array([colour.lab for colour in palette]) / 100
    return statistics(colours, np.array([colour.weight for colour in palette]))


def colour_map(
    source: ColourStatistics, target: ColourStatistics, strength: float
) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]]:
    """Matrix A and offset b such that A x + b carries `source` to `target`.

    The linear Monge-Kantorovich map, which moves colours least (Pitie and Kokaram 2007), with its
    gains held within GAINS; `strength` 0 is the identity, 1 the whole map.
    """
    root = _root(source.covariance)
    inverse = np.linalg.inv(root)
    matrix = inverse @ _root(root @ target.covariance @ root) @ inverse
    gains, axes = np.linalg.eigh((matrix + matrix.T) / 2)
    matrix = (axes * np.clip(gains, *GAINS)) @ axes.T
    matrix = (1 - strength) * np.eye(3) + strength * matrix
    offset = source.mean + strength * (target.mean - source.mean) - matrix @ source.mean
    return matrix, offset


def match_colours(
    lab: Float[np.ndarray, "h w 3"], target: ColourStatistics, strength: float
) -> Float[np.ndarray, "h w 3"]:
    """Move the colours of `lab` towards `target`; see `colour_map`."""
    matrix, offset = colour_map(statistics(lab), target, strength)
    return (lab @ matrix.T + offset).astype(np.float32)


def _root(matrix: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3 3"]:
    """The symmetric square root of a covariance."""
    values, axes = np.linalg.eigh(matrix)
    return (axes * np.sqrt(np.maximum(values, 1e-9))) @ axes.T

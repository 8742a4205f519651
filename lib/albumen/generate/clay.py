"""Clay: a photo as a plasticine model in a studio, as in clay animation.

The photo becomes pieces of one colour each, a height is made up for them (bright parts stand out,
pieces sink where they meet, hands have left lumps and fingerprints), and the pseudo-normals of
that height are lit anew. Sizes are in pixels of a 512 px picture and grow with it.
"""

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from albumen.generate.colour import to_lab
from albumen.generate.texture import noise, to_bytes

COLOURS = 18  # of clay in one picture
PALETTE_SIDE = 72  # pixels of the square that the colours are taken from
HUES = np.array([0.8, 1.3, 1.3], np.float32)  # hue counts more than lightness: light comes later
EDGE = (0.006, 0.02)  # Lab / 100 a pixel: no edge of the photo below, surely one above
FIDELITY = (0.13, 0.3)  # Lab / 100 that a piece may be off before eyes and teeth keep their own
BULGE = {8.0: 20.0, 3.0: 11.0}  # blur of the lightness -> how far it stands out, pixels
SEAM = {1.3: 3.2, 4.0: 5.5, 10.0: 11.0}  # blur of the seams -> how deep they sink, pixels
LUMPS = {13.0: 1.7, 4.0: 0.3}  # blur of noise -> its height, pixels
STEEPEST = 1.4  # slope that no wall exceeds: cut-out edges would flare up
RIDGE = 4.2  # pixels from ridge to ridge of a fingerprint
PRINT = 0.16  # pixels of their height
KEY = np.array([-0.5, -0.62, 0.75])  # direction of the main lamp; y points down
FILL = np.array([0.8, 0.15, 0.6])
AMBIENT, LAMPS = 0.3, (0.62, 0.16)
GLOSS = {18: 0.1, 70: 0.15}  # exponent of a highlight -> its strength
CONTRAST = 1.6  # exponent of the light: studio lamps are hard
WARM = np.array([1.0, 0.97, 0.92], np.float32)  # colour of the highlights
FOCUS = 0.38  # share of the height, from the top, over which the set falls out of focus
DEFOCUS = 2.2  # pixels of blur at the top

Plane = Float[np.ndarray, "h w"]


def clay(
    image: UInt8[np.ndarray, "h w 3"], scale: float, rng: np.random.Generator
) -> UInt8[np.ndarray, "h w 3"]:
    """Pieces of coloured clay, pressed by fingers and lit by two lamps."""
    smooth = cv2.edgePreservingFilter(image, flags=1, sigma_s=20 * scale, sigma_r=0.35)
    smooth = cv2.pyrMeanShiftFiltering(smooth, 6 * scale, 12, maxLevel=1)
    lab = to_lab(cv2.medianBlur(smooth, 2 * max(round(1.6 * scale), 1) + 1))
    piece = pieces(lab, scale)
    edge = np.clip((_slope(lab, 1.5, scale) - EDGE[0]) / (EDGE[1] - EDGE[0]), 0, 1)
    step = _slope(piece, 0.8, scale)
    seam = step / (step + 0.06) * edge  # pieces that meet on smooth skin are one
    piece = _join(piece, lab, edge, scale)
    photo = to_lab(image)
    seen = cv2.GaussianBlur(photo, (0, 0), scale)
    off = cv2.GaussianBlur(np.abs(seen - piece).sum(2), (0, 0), scale)
    own = np.clip(0.2 + (off - FIDELITY[0]) / (FIDELITY[1] - FIDELITY[0]), 0.2, 0.9)[..., None]
    colour = (1 - own) * piece + own * seen
    colour = colour * (0.9, 1.2, 1.2) + (0.1, 0, 0)  # clay is never black, and strong in colour
    linear = np.clip(_rgb(colour), 0, 1) ** 2.2
    light, gloss = _lit(photo[..., 0], seam, scale, rng)
    lit = linear * light[..., None] + gloss[..., None] * WARM
    return to_bytes(_focus(np.clip(lit, 0, 1) ** (1 / 2.2), scale))


def pieces(lab: Float[np.ndarray, "h w 3"], scale: float) -> Float[np.ndarray, "h w 3"]:
    """Every pixel in one of COLOURS, the borders rounded off over some 2 `scale` pixels."""
    small = cv2.resize(lab * HUES, (PALETTE_SIDE, PALETTE_SIDE), interpolation=cv2.INTER_AREA)
    small = small.reshape(-1, 3)
    colours = min(COLOURS, len(np.unique(small.round(2), axis=0)))
    with threadpool_limits(limits=1):  # k-means adds up in the order in which threads finish
        fitted = KMeans(colours, n_init=1, random_state=0, max_iter=30).fit(small)
    centres = fitted.cluster_centers_.astype(np.float32)
    values = (lab * HUES).reshape(-1, 3)
    distance = (centres**2).sum(1) - 2 * values @ centres.T
    nearest = distance.argmin(1).reshape(lab.shape[:2])
    total, mixed = np.zeros(lab.shape[:2], np.float32), np.zeros_like(lab)
    for index, centre in enumerate(centres / HUES):
        share = cv2.GaussianBlur((nearest == index).astype(np.float32), (0, 0), 2 * scale)
        share **= 6  # nearly the largest share alone, without its jagged border
        total += share
        mixed += share[..., None] * centre
    return mixed / total[..., None]


def _join(
    piece: Float[np.ndarray, "h w 3"],
    lab: Float[np.ndarray, "h w 3"],
    edge: Plane,
    scale: float,
) -> Float[np.ndarray, "h w 3"]:
    """Pieces blended where the photo has no edge between them."""
    side = 4 * round(scale) + 1
    near = cv2.GaussianBlur(cv2.dilate(edge, np.ones((side, side), np.uint8)), (0, 0), 2.5 * scale)
    near = np.clip(2 * near, 0, 1)[..., None]
    return near * piece + (1 - near) * cv2.GaussianBlur((piece + lab) / 2, (0, 0), 7 * scale)


def _lit(
    lightness: Plane,
    seam: Plane,
    scale: float,
    rng: np.random.Generator,
) -> tuple[Plane, Plane]:
    """Light that falls on the clay (1 on a flat piece) and what its surface reflects, linear."""
    seams = {sigma: cv2.GaussianBlur(seam, (0, 0), sigma * scale) for sigma in SEAM}
    height = -sum(SEAM[sigma] * one for sigma, one in seams.items())
    for sigma, amount in BULGE.items():
        height += amount * cv2.GaussianBlur(lightness, (0, 0), sigma * scale)
    for sigma, amount in LUMPS.items():
        height += amount * noise(rng, seam.shape, sigma * scale)
    across, down = _gradient(height * scale)
    held = 1 / np.sqrt(1 + (across**2 + down**2) / STEEPEST**2)
    fine = _gradient(PRINT * scale * _fingerprints(seam.shape, scale, rng))
    across, down = across * held + fine[0], down * held + fine[1]
    light, shine = _lamps(across, down)
    flat = _lamps(np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32))
    hollow = np.exp(-0.6 * seams[1.3] - 0.3 * seams[4.0])  # little light reaches into a seam
    return (light * hollow / flat[0]) ** CONTRAST, np.maximum(shine - flat[1], -0.05)


def _lamps(across: Plane, down: Plane) -> tuple[Plane, Plane]:
    """The light on a surface of these slopes, and its highlights (Blinn 1977)."""
    length = np.sqrt(across**2 + down**2 + 1)

    def facing(direction: Float[np.ndarray, "3"]) -> Plane:
        x, y, z = (direction / np.linalg.norm(direction)).astype(np.float32)
        return np.clip((z - x * across - y * down) / length, 0, 1)

    light = AMBIENT + LAMPS[0] * facing(KEY) + LAMPS[1] * facing(FILL)
    middle = facing(KEY / np.linalg.norm(KEY) + (0, 0, 1))  # between the lamp and the camera
    return light, sum(amount * middle**exponent for exponent, amount in GLOSS.items())


def _fingerprints(shape: tuple[int, int], scale: float, rng: np.random.Generator) -> Plane:
    """Ridges -1..1 of fingers that pressed here and there: loops around a core, flat elsewhere."""
    height, width = shape
    relief = np.zeros(shape, np.float32)
    bend = 2.5 * scale * noise(rng, shape, 9 * scale)
    for _ in range(max(round(height * width / (72 * scale) ** 2), 4)):
        row, column, turn = rng.uniform(0, height), rng.uniform(0, width), rng.uniform(0, np.pi)
        long = rng.uniform(20, 34) * scale
        depth = rng.uniform(0.4, 1)
        rows = np.arange(max(int(row - long), 0), min(int(row + long) + 1, height))[:, None]
        columns = np.arange(max(int(column - long), 0), min(int(column + long) + 1, width))[None]
        along = (columns - column) * np.cos(turn) + (rows - row) * np.sin(turn)
        aside = (rows - row) * np.cos(turn) - (columns - column) * np.sin(turn)
        press = depth * np.clip(1 - (along / long) ** 2 - (aside / (0.7 * long)) ** 2, 0, 1)
        part = np.s_[rows[0, 0] : rows[-1, 0] + 1, columns[0, 0] : columns[0, -1] + 1]
        radius = np.hypot(along - 0.35 * long, 1.8 * aside) + bend[part]
        ridges = press * np.sin(2 * np.pi * radius / (RIDGE * scale))
        relief[part] = ridges + relief[part] * (1 - press)
    return relief


def _focus(image: Float[np.ndarray, "h w 3"], scale: float) -> Float[np.ndarray, "h w 3"]:
    """A small set is sharp in the middle only: its back, the top of the picture, is not."""
    height = image.shape[0]
    far = np.clip(1 - np.arange(height, dtype=np.float32) / (FOCUS * height), 0, 1)
    soft = cv2.GaussianBlur(image, (0, 0), DEFOCUS * scale)
    return image + far[:, None, None] * (soft - image)


def _gradient(field: Float[np.ndarray, "h w *c"]) -> tuple[np.ndarray, np.ndarray]:
    """Change a pixel, across and down."""
    field = np.asarray(field, np.float32)
    return (
        cv2.Sobel(field, cv2.CV_32F, 1, 0, scale=1 / 8),
        cv2.Sobel(field, cv2.CV_32F, 0, 1, scale=1 / 8),
    )


def _slope(lab: Float[np.ndarray, "h w 3"], sigma: float, scale: float) -> Plane:
    """How fast the colour changes, in Lab / 100 a pixel of a 512 px picture."""
    across, down = _gradient(cv2.GaussianBlur(lab, (0, 0), sigma * scale))
    return np.sqrt((across**2 + down**2).sum(2)) * np.float32(scale)


def _rgb(lab: Float[np.ndarray, "h w 3"]) -> Float[np.ndarray, "h w 3"]:
    return cv2.cvtColor(np.ascontiguousarray(lab * 100, np.float32), cv2.COLOR_Lab2RGB)

"""A new place from photos of such places: a photomontage, repainted along its seams.

One photo alone is made smaller and the picture is continued around it (`outpaint`); a place that
is to be recognised keeps most of itself (`redesign`).
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from PIL import Image

from albumen import embed
from albumen.errors import AlbumenError
from albumen.generate import montage
from albumen.generate.colour import (
    ColourStatistics,
    match_colours,
    statistics,
    to_lab,
    to_rgb,
)
from albumen.generate.inpaint import inpaint, inpaint_in_windows
from albumen.generate.places import Crop, crop, cut, place
from albumen.generate.trials import (
    FINAL_AREA,
    LIKENESS,
    SMOOTHNESS,
    TRIAL_AREA,
    Thumb,
    gaps,
    grid,
    preferences,
    random_field,
    resize,
    try_layers,
)
from albumen.records import INPAINTED

MOST = 4  # photos in one scene

CROPS = 3  # of every photo
JUDGED = 6  # choices of layers that are looked at by the embedder
SEAM_VOICE = 0.02  # cosine that a point of their score counts
SOFTENED = 0.5  # power of the weights, so that how well photos fit together decides too
LEAST_REGION = 0.12  # smaller connected regions join their surroundings
SCREENING = 2e-4 * 512**2  # of the gradient blend, times pixels
BAND = 1 / 24  # half the width of what is painted again along a seam, as a share of the side
SHRINK = 0.68  # side of a photo alone, as a share of the picture's
WHOLE = 0.75  # of such a photo's width and height that is kept whatever the picture's shape
PLACE = (0.3, 0.7)  # of the room around it: further out the network invents what is not there
SPARE = 0.05  # of the picture on every side
EMPTIED = 0.3  # of a place that is redesigned without other photos
OVERLAP = 3  # pixels of the photo that are painted again so that its edge goes


class Scene(NamedTuple):
    """A picture and, for every pixel, the index of the photo it came from (-1: inpainted)."""

    image: UInt8[np.ndarray, "h w 3"]
    source_map: Int[np.ndarray, "h w"]


def paint_scene(
    photos: Sequence[Image.Image],
    weights: Sequence[float],
    size: tuple[int, int],
    seed: int,
    target: ColourStatistics | None = None,
    strength: float = 0.0,
) -> Scene:
    """A scene of `size` (width, height) from one to four photos; `weights` say how much of each.

    `target` are colours the scene is moved towards with `strength` 0..1. Nobody who is seen in a
    photo is seen in the scene (`places.place`). Same arguments, same pixels. Raises AlbumenError
    without photos or with too many.
    """
    if not 1 <= len(photos) <= MOST:
        raise AlbumenError(f"A scene is made from 1 to {MOST} photos, not from {len(photos)}.")
    if len(photos) == 1:
        scene = outpaint(photos[0], size, seed)
    else:
        rng = np.random.default_rng(seed)
        crops = [
            [crop(one, size, rng, zoom=1.0 if k else 0.3) for k in range(CROPS)]
            for one in map(place, photos)
        ]
        scene = _montage(crops, weights, size, rng, _kind(photos))
    return recolour(scene, target, strength)


def outpaint(photo: Image.Image, size: tuple[int, int], seed: int) -> Scene:
    """The photo, smaller and somewhere in a picture of `size`, with what could be around it.

    At least WHOLE of its width and height is kept, so that a wide photo becomes a tall picture by
    what is painted above and below it. Same arguments, same pixels.
    """
    rng = np.random.default_rng(seed)
    width, height = size
    wider = np.log(photo.width / photo.height * height / width)  # the photo than the picture
    kept = np.sign(wider) * max(abs(wider) / 2, abs(wider) + np.log(WHOLE))
    side = min(SHRINK, np.exp(-abs(kept) / 2))
    inner = round(width * side * np.exp(kept / 2)), round(height * side * np.exp(-kept / 2))
    part = crop(place(photo), inner, rng, zoom=0.0)
    left = round((width - inner[0]) * rng.uniform(*PLACE))
    top = round((height - inner[1]) * rng.uniform(*PLACE))
    # the network draws frames along its border: that part is painted and thrown away
    spare_x, spare_y = round(width * SPARE), round(height * SPARE)
    image = np.zeros((height + 2 * spare_y, width + 2 * spare_x, 3), np.uint8)
    known = np.zeros(image.shape[:2], bool)
    rows = slice(top + spare_y, top + spare_y + inner[1])
    columns = slice(left + spare_x, left + spare_x + inner[0])
    image[rows, columns] = part.pixels
    whole = np.zeros((inner[1], inner[0]), bool)
    whole[OVERLAP:-OVERLAP, OVERLAP:-OVERLAP] = True
    known[rows, columns] = whole & ~part.barred
    picture = np.s_[spare_y : spare_y + height, spare_x : spare_x + width]
    return Scene(inpaint(image, ~known)[picture], np.where(known, 0, INPAINTED)[picture])


def redesign(
    base: Image.Image,
    photos: Sequence[Image.Image],
    weights: Sequence[float],
    size: tuple[int, int],
    seed: int,
    target: ColourStatistics | None = None,
    strength: float = 0.0,
) -> Scene:
    """The very place of `base`, with regions of it replaced from other such places.

    It keeps KEPT of the picture where it is; each seam is painted again. Without photos a region
    of EMPTIED of the picture is painted instead. The source map counts `base` as 0 and `photos`
    from 1.
    """
    rng = np.random.default_rng(seed)
    home = place(base)
    own = cut(home, size, _middle(base.size, size, rng))
    if photos:
        others = [
            [crop(one, size, rng, zoom=1.0) for _ in range(CROPS)] for one in map(place, photos)
        ]
        kind = _kind([base, *photos])
        scene = _montage([[own], *others], [1.0, *weights], size, rng, kind, kept=0)
    else:
        empty = random_field(rng, size, (2, 2))
        hole = own.barred | (empty > np.quantile(empty, 1 - EMPTIED))
        scene = Scene(inpaint(own.pixels, hole), np.where(hole, INPAINTED, 0))
    return recolour(scene, target, strength)


def recolour(scene: Scene, target: ColourStatistics | None, strength: float) -> Scene:
    """The scene with its colours moved towards `target` by `strength`, 0..1."""
    if target is None or strength <= 0:
        return scene
    return scene._replace(image=to_rgb(match_colours(to_lab(scene.image), target, strength)))


def seam_band(labels: Int[np.ndarray, "h w"], radius: int) -> Bool[np.ndarray, "h w"]:
    """The pixels within `radius` of a seam."""
    edge = cv2.morphologyEx(labels.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.dilate((edge > 0).astype(np.uint8), disc) > 0


def _montage(
    crops: Sequence[Sequence[Crop]],
    weights: Sequence[float],
    size: tuple[int, int],
    rng: np.random.Generator,
    kind: Float[np.ndarray, "d"],
    kept: int | None = None,
) -> Scene:
    """A montage of the crops of each photo, as much of `kind` as it can be (see `_kind`).

    Of the JUDGED choices whose seams show least that one is made whose preview is most of its kind:
    seams alone would rather lie in sky and water than show a harbour. For `kept` see `try_layers`.
    """
    photo = np.repeat(np.arange(len(crops)), [len(some) for some in crops])
    wanted = (np.asarray(weights, float) ** SOFTENED)[photo]
    crops = [one for some in crops for one in some]
    thumbs = [
        Thumb(*_small(one, grid(size, TRIAL_AREA)), photo=int(k))
        for one, k in zip(crops, photo, strict=True)
    ]
    tried = try_layers(thumbs, wanted / wanted.sum(), size, rng, kept)[:JUDGED]
    previews = [Image.fromarray(to_rgb(one.preview)) for one in tried]
    alike = embed.make("embedded").embed_images(previews) @ kind
    seams = np.array([one.score - tried[0].score for one in tried])
    chosen = tried[int(np.argmax(alike - SEAM_VOICE * seams))]
    layers = [to_lab(crops[k].pixels) for k in chosen.crops]
    first = statistics(layers[0])
    layers = np.stack([layers[0], *(match_colours(one, first, LIKENESS) for one in layers[1:])])
    barred = np.stack([crops[k].barred for k in chosen.crops])
    small = grid(size, FINAL_AREA)
    unary = preferences(
        chosen.fields, np.stack([resize(one.astype(np.uint8), small) > 0 for one in barred]), 0.25
    )
    labels = montage.label(
        unary, gaps(np.stack([resize(layer, small) for layer in layers])), SMOOTHNESS, 60
    )
    labels = montage.enlarge(montage.merge_small(labels, LEAST_REGION), size)
    lab = montage.blend(layers, labels, SCREENING / (size[0] * size[1]))
    hole = seam_band(labels, max(round(np.sqrt(size[0] * size[1]) * BAND), 1))
    hole |= np.take_along_axis(barred, labels[None], 0)[0]
    image = inpaint_in_windows(to_rgb(lab), hole)
    return Scene(image, np.where(hole, INPAINTED, photo[np.asarray(chosen.crops)][labels]))


def _kind(photos: Sequence[Image.Image]) -> Float[np.ndarray, "d"]:
    """What the photos show in common: the direction of their mean in the embedder's space."""
    mean = embed.make("embedded").embed_images(photos).mean(0)
    return mean / np.linalg.norm(mean)


def _small(one: Crop, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A crop's colours (Lab / 100) and what is barred of it, at the size of a grid."""
    return to_lab(resize(one.pixels, size)), resize(one.barred.astype(np.uint8), size) > 0


def _middle(
    photo: tuple[int, int], size: tuple[int, int], rng: np.random.Generator
) -> tuple[float, float, float, float]:
    """The largest box of the shape of `size` in a photo, near its middle."""
    scale = min(photo[0] / size[0], photo[1] / size[1])
    wide, tall = scale * size[0], scale * size[1]
    left = (photo[0] - wide) * rng.uniform(0.35, 0.65)
    top = (photo[1] - tall) * rng.uniform(0.35, 0.65)
    return left, top, left + wide, top + tall

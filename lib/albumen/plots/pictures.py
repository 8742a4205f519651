"""Pictures: sheets, grids, and the panel that shows where a picture comes from."""

import textwrap
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import UInt8
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from albumen.plots.look import CYCLE, INK, MUTED, clipped, figure, look, show_image
from albumen.records import Condition, Picture, Step

Image = UInt8[np.ndarray, "h w 3"]


def contact_sheet(
    images: Sequence[Image], captions: Sequence[str], columns: int = 6, title: str = ""
) -> Figure:
    """Images in a grid with a caption under each."""
    rows = -(-len(images) // columns)
    with look():
        fig = figure(1.55 * columns, 1.75 * rows + 0.3 * bool(title))
        axes = fig.subplots(rows, columns, squeeze=False)
        for axis in axes.flat:
            axis.axis("off")
        for axis, image, caption in zip(axes.flat, images, captions, strict=False):
            axis.axis("on")
            show_image(axis, image, clipped(caption, 26))
        if title:
            fig.suptitle(title, x=0.01, ha="left", weight="bold")
    return fig


def picture_grid(
    images: Sequence[Sequence[Image | None]], rows: Sequence[str], columns: Sequence[str]
) -> Figure:
    """A labelled grid of pictures; None leaves a cell empty."""
    with look():
        # the rows' names take 1.5 inches of the width
        fig = figure(1.9 * len(columns) + 1.5, 1.95 * len(rows) + 0.3 * any(columns))
        axes = fig.subplots(len(rows), len(columns), squeeze=False)
        for row, name, cells in zip(axes, rows, images, strict=True):
            for axis, image in zip(row, cells, strict=True):
                if image is None:
                    axis.axis("off")
                else:
                    show_image(axis, image)
            row[0].axis("on")
            row[0].set(xticks=[], yticks=[])
            label = "\n".join(textwrap.wrap(name, 20))
            row[0].set_ylabel(label, rotation=0, ha="right", va="center", fontsize=8)
        for axis, name in zip(axes[0], columns, strict=True):
            axis.set_title("\n".join(textwrap.wrap(name, 22)), fontsize=9, loc="center")
    return fig


def sources_panel(
    picture: Picture, condition: Condition, open_square: Callable[[str], Image]
) -> Figure:
    """A picture, the map of where its pixels come from, and its sources with their shares.

    `open_square` gives a square thumbnail for a photo id; a face embedding has no pixels to show
    and is drawn as a labelled tile.
    """
    why = {one.photo_id: one.why for one in condition.references}
    label = {one.person_id: one for one in condition.people}
    count = max(len(picture.sources), 1)
    with look():
        fig = figure(9.5, 4.4 + 1.9)
        top, bottom = fig.subfigures(2, 1, height_ratios=[4.4, 1.9])
        left, right = top.subplots(1, 2)
        show_image(left, picture.image)
        left.set_title("\n".join(textwrap.wrap(condition.prompt, 52)))
        show_image(right, _tinted(picture))
        right.set_title("where its pixels come from", color=MUTED, weight="normal")
        tiles = np.atleast_1d(bottom.subplots(1, max(count, 5)))
        for axis in tiles:
            axis.axis("off")
        for number, (axis, source) in enumerate(zip(tiles, picture.sources, strict=False)):
            axis.axis("on")
            person = label.get(source.photo_id)
            if person is None:
                show_image(axis, open_square(source.photo_id))
                reason = why.get(source.photo_id, source.how)
            else:
                faces = f"{person.faces} photos" if person.faces else "nobody: an invented face"
                _tile(axis, person.label, faces)
                reason = "as embeddings, no pixels"
            stock = " · stock" if source.pool == "stock" else ""
            text = "\n".join(textwrap.wrap(reason, 30)[:3])
            head = f"{source.how}, {source.weight:.0%}{stock}"
            axis.set_xlabel(f"{head}\n{text}", fontsize=7, color=INK)
            for spine in axis.spines.values():
                spine.set(visible=True, edgecolor=CYCLE[number % len(CYCLE)], linewidth=3)
    return fig


def chain_strip(steps: Sequence[Step], images: Sequence[Image]) -> Figure:
    """A chain of refinements from left to right, and below each picture what was changed."""
    with look():
        fig = figure(max(2.2 * len(steps), 4.4), 3.1)
        row = np.atleast_1d(fig.subplots(1, len(steps)))
        for number, (axis, step, image) in enumerate(zip(row, steps, images, strict=True)):
            show_image(axis, image)
            axis.set_title(f"{number}", fontsize=9, color=MUTED)
            said = step.change or step.condition.prompt
            axis.set_xlabel("\n".join(textwrap.wrap(said, 30)[:4]), fontsize=7, color=INK)
    return fig


def _tile(axis: Axes, label: str, text: str) -> None:
    axis.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axis.set_facecolor("#f3f5f6")
    axis.text(0.5, 0.58, label, ha="center", va="center", fontsize=12, weight="bold")
    axis.text(0.5, 0.36, text, ha="center", va="center", fontsize=7, color=MUTED)


def _tinted(picture: Picture) -> Image:
    """The picture in grey, tinted by source; inpainted pixels white, generated ones untinted."""
    grey = picture.image.mean(-1, keepdims=True)
    if picture.source_map is None:
        return np.repeat(grey, 3, axis=-1).astype(np.uint8)
    colours = np.array([to_rgb(c) for c in CYCLE]) * 255
    index = picture.source_map
    tint = np.where((index >= 0)[..., None], colours[np.maximum(index, 0) % len(CYCLE)], grey)
    tint = np.where((index == -1)[..., None], 255, tint)
    return np.clip(0.5 * grey + 0.5 * tint, 0, 255).astype(np.uint8)

"""The map of interests to explore: a photo under the pointer, a selection as a table."""

import base64
import io
from collections.abc import Callable
from typing import Any, NamedTuple

import ipywidgets
import jscatter
import numpy as np
import pandas as pd
from jaxtyping import Float
from PIL import Image

from albumen.errors import AlbumenError
from albumen.plots.card_row import Thumbnail
from albumen.plots.look import PALE, clipped, count, shade
from albumen.records import Profile

HEIGHT, PHOTO = 520, 160  # pixels: the map, and a photo under the pointer
ROWS = 100  # of the selection on show
BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAObp6wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="


class Explorer(NamedTuple):
    """An interactive map."""

    view: ipywidgets.VBox  # to display: the map, and below it what is selected
    scatter: jscatter.Scatter
    selected: Callable[[], pd.DataFrame]  # the selected photos: photo_id, interest, date, albums


def interest_scatter(
    xy: Float[np.ndarray, "n 2"], profile: Profile, photos: pd.DataFrame, thumbnail: Thumbnail
) -> Explorer:
    """Photos as dots in the colour of their interest; draw around some to list them.

    `photos` are the rows of tables.PHOTOS that `xy` places. A photo is opened when the pointer
    rests on its dot, sent to the page for that moment, and kept neither there nor in the notebook's
    saved widget state; there is no server and no file. `thumbnail` gives a square image for a
    photo id.
    """
    names = [f"{at + 1}  {clipped(one.name, 28)}" for at, one in enumerate(profile.interests)]
    none = "in no interest"
    of = {photo: at for at, one in enumerate(profile.interests) for photo in one.members}
    interest = [names[of[photo]] if photo in of else none for photo in photos.photo_id]
    when = photos.taken_local.fillna(photos.taken_utc.dt.tz_localize(None))
    dots = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "photo_id": photos.photo_id.to_numpy()})
    dots["interest"] = pd.Categorical(interest, [*names, none])
    dots["date"] = when.dt.strftime("%Y-%m-%d").fillna("").to_numpy()
    dots["albums"] = [", ".join(clipped(one, 40) for one in albums) for albums in photos.albums]
    dots["photo"] = BLANK  # until the photo itself is there
    fills = {name: shade(number) for number, name in enumerate(names)} | {none: PALE}
    scatter = jscatter.Scatter(
        data=dots,
        x="x",
        y="y",
        color_by="interest",
        color_map=fills,
        size=7,
        opacity=0.9,
        height=HEIGHT,
        camera_distance=1.15,  # so that no dot lies on the edge
        axes=False,
        legend=True,
        lasso_initiator=False,
        tooltip=True,
        tooltip_histograms=False,
        tooltip_properties=["interest", "date", "albums"],
        tooltip_preview="photo",
        tooltip_preview_type="image",
        tooltip_preview_image_size="cover",
        tooltip_preview_image_height=PHOTO,
    )
    widget = scatter.widget
    listed = ipywidgets.HTML().add_class("jp-RenderedHTMLCommon")  # its tables look as others do

    def selected() -> pd.DataFrame:
        rows = dots.iloc[np.asarray(widget.selection, int)]
        return rows[["photo_id", "interest", "date", "albums"]].reset_index(drop=True)

    def show(_: Any = None) -> None:
        rows = selected()
        said = "Draw around dots with the lasso to list their photos."
        if len(rows):
            said = count(len(rows), "photo") + (f", the first {ROWS}" if len(rows) > ROWS else "")
        short = rows.head(ROWS).assign(photo_id=rows.photo_id.str[:12])
        listed.value = said + (short.to_html(index=False) if len(rows) else "")

    def reveal(change: dict[str, Any]) -> None:
        """Put the photo under the pointer where jscatter reads it, and take the last one away."""
        dots["photo"] = BLANK
        place = change["new"]
        if place is None:
            return
        try:
            photo = _data_uri(thumbnail(dots.photo_id[place]))
        except AlbumenError:  # it cannot be read: it stays blank
            return
        dots.loc[place, "photo"] = photo
        # for a tooltip that opened while the photo was read
        answer = {"type": widget.event_types["TOOLTIP"], "index": place, "properties": {}}
        widget.send({**answer, "preview": photo})

    widget.observe(show, "selection")
    widget.observe(reveal, "hovering")
    show()
    return Explorer(ipywidgets.VBox([scatter.show(), listed]), scatter, selected)


def _data_uri(image: np.ndarray) -> str:
    encoded = io.BytesIO()
    Image.fromarray(image).save(encoded, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.getvalue()).decode()}"

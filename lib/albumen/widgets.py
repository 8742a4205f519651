"""What an owner changes in a notebook: a picture's prompt and sources, and whose a face is."""

import io
import math
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import ipywidgets
import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image

from albumen.consent import NAME_WITHHELD
from albumen.errors import AlbumenError
from albumen.faces import (
    MARKED,
    corrected,
    crop_face,
    nameable,
    read_corrections,
    usable,
    write_corrections,
)
from albumen.library import Library

FACES = 24  # of one person or group on show, the least sure first
GROUPS = 12  # of nobody's faces on show, the largest first
SIDE = 96  # pixels of a face on show


class Wish(NamedTuple):
    """What the studio's controls say."""

    prompt: str
    style: str  # "" leaves it to the prompt
    strength: float
    seed: int
    ban: tuple[str, ...]  # photo ids


class Answer(NamedTuple):
    """What to show for a wish."""

    panel: Figure
    filled_in: Sequence[str]  # what the prompt left open
    references: Sequence[tuple[str, str]]  # photo id and why it was picked


def studio(
    make: Callable[[Wish], Answer], styles: Sequence[str], prompt: str = ""
) -> ipywidgets.VBox:
    """Controls over `make`, and its answer below; bad input is shown as its sentence.

    Photos chosen in the list "swap out" are left out of the next picture.
    """
    text = ipywidgets.Text(prompt, description="prompt", layout={"width": "36em"})
    style = ipywidgets.Dropdown(
        options=[("as in the prompt", ""), *((one, one) for one in styles)], description="style"
    )
    strength = ipywidgets.FloatSlider(1.0, min=0, max=1, step=0.1, description="personal")
    seed = ipywidgets.BoundedIntText(0, min=0, max=2**31 - 1, description="seed")
    swap = ipywidgets.SelectMultiple(options=[], description="swap out", layout={"width": "48em"})
    again = ipywidgets.Button(description="Make it", button_style="primary")
    shown = ipywidgets.Output()
    banned: set[str] = set()

    def run(_: ipywidgets.Button) -> None:
        banned.update(swap.value)
        shown.clear_output(wait=True)
        again.disabled = True
        with shown:
            try:
                wish = Wish(text.value, style.value, strength.value, seed.value, tuple(banned))
                answer = make(wish)
            except AlbumenError as error:
                print(error)
            else:
                swap.options = [(f"{one[:8]}  {why}", one) for one, why in answer.references]
                print(*answer.filled_in, sep="\n")
                display(answer.panel)
            finally:
                again.disabled = False

    again.on_click(run)
    controls = ipywidgets.HBox([style, strength, seed, again])
    return ipywidgets.VBox([text, controls, swap, shown])


def people_editor(library: Library, folder: Path) -> ipywidgets.VBox:
    """The library's people, and the groups that it has no name for, to be put right face by face.

    Under each named face is a switch "not them", over each other group a list of names. Save writes
    what was said, and nothing else, to `people.yaml` in `folder`, the library's own; it counts from
    the next time faces are named. A group's name is said of the faces on show. Faces are cut out of
    the photos for this widget and kept nowhere; one whose name is withheld is not shown.
    """
    faces, people = library.faces[usable(library.faces)], sorted(nameable(library.consent))
    withheld = [NAME_WITHHELD in flags for flags in library.photos["flags"]]
    hidden = faces.photo_id.isin(library.photos.photo_id[withheld]) & (faces.name_reason == MARKED)
    nobodys = [group for _, group in faces[faces.name.isna() & ~hidden].groupby("group")]
    nobodys = sorted(nobodys, key=lambda group: (-len(group), group.face_id.min()))[:GROUPS]

    known = [_person(library, name, faces[faces.name == name]) for name in people]
    unknown = [_nobody(library, people, group) for group in nobodys]
    save = ipywidgets.Button(description="Save", button_style="primary")
    message = ipywidgets.HTML(
        "Relations, and who may be depicted, are in consent.yaml: change them there."
    )

    def write(_: ipywidgets.Button) -> None:
        yes: dict[str, list[str]] = {}
        for choice, face_ids, _section in unknown:
            if choice.value:
                yes.setdefault(choice.value, []).extend(face_ids)
        no = {
            name: [face_id for face_id, switch in switches.items() if switch.value]
            for name, (switches, _section) in zip(people, known, strict=True)
        }
        try:
            path = write_corrections(folder, corrected(read_corrections(folder), yes, no))
        except AlbumenError as error:
            message.value = escape(str(error))
        else:
            message.value = f"Saved in {escape(str(path))}. Name the faces again for it to count."

    save.on_click(write)
    sections = [section for *_, section in (*known, *unknown)]
    return ipywidgets.VBox([*sections, save, message])


def _person(
    library: Library, name: str, faces: pd.DataFrame
) -> tuple[dict[str, ipywidgets.ToggleButton], ipywidgets.VBox]:
    """A switch for each face on show, the least sure first, and all of it together."""
    switches, tiles = {}, []
    for face in faces.sort_values(["confidence", "face_id"])[:FACES].itertuples(index=False):
        said = f"{face.name_reason}; confidence {face.confidence:.2f}"
        switch = ipywidgets.ToggleButton(False, description="not them", tooltip=said)
        switch.layout.width = f"{SIDE}px"
        switches[face.face_id] = switch
        tiles.append(ipywidgets.VBox([_crop(library, face), switch]))
    relation = library.consent.people[name].relation
    heading = f"<b>{escape(name)}</b> {escape(relation)}, {len(faces)} faces"
    return switches, ipywidgets.VBox([ipywidgets.HTML(heading), _row(tiles)])


def _nobody(
    library: Library, people: Sequence[str], faces: pd.DataFrame
) -> tuple[ipywidgets.Dropdown, list[str], ipywidgets.VBox]:
    """The choice of a name for a group, its faces on show, and all of it together."""
    choice = ipywidgets.Dropdown(options=[("somebody", ""), *((name, name) for name in people)])
    shown = faces.sort_values(["pixels", "face_id"], ascending=[False, True])[:FACES]
    heading = ipywidgets.HBox([choice, ipywidgets.HTML(f"{len(faces)} faces")])
    tiles = [_crop(library, face) for face in shown.itertuples(index=False)]
    return choice, list(shown.face_id), ipywidgets.VBox([heading, _row(tiles)])


def _row(tiles: Sequence[ipywidgets.Widget]) -> ipywidgets.Box:
    return ipywidgets.Box(tiles, layout={"flex_flow": "row wrap"})


def _crop(library: Library, face: Any) -> ipywidgets.Widget:
    """The face as a small picture, its photo decoded no larger than needed; else why not."""
    (photo,) = library.photos[library.photos.photo_id == face.photo_id].itertuples(index=False)
    scale = SIDE / max(face.w * photo.width, face.h * photo.height)
    at_least = math.ceil(min(photo.width, photo.height) * min(scale, 1))
    try:
        pixels = crop_face(library.open(face.photo_id, at_least), face, SIDE)
    except AlbumenError as error:
        return ipywidgets.HTML(escape(str(error)))
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG", quality=90)
    return ipywidgets.Image(value=encoded.getvalue(), format="jpeg", width=SIDE, height=SIDE)

"""Whose a face is: a library's people and nobody's faces, to be put right face by face."""

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets
import pandas as pd

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
from albumen.widgets.parts import picture, row

FACES = 24  # of one person or group on show, the least sure first
GROUPS = 12  # of nobody's faces on show, the largest first
SIDE = 96  # pixels of a face on show


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
    return switches, ipywidgets.VBox([ipywidgets.HTML(heading), row(tiles)])


def _nobody(
    library: Library, people: Sequence[str], faces: pd.DataFrame
) -> tuple[ipywidgets.Dropdown, list[str], ipywidgets.VBox]:
    """The choice of a name for a group, its faces on show, and all of it together."""
    choice = ipywidgets.Dropdown(options=[("somebody", ""), *((name, name) for name in people)])
    shown = faces.sort_values(["pixels", "face_id"], ascending=[False, True])[:FACES]
    heading = ipywidgets.HBox([choice, ipywidgets.HTML(f"{len(faces)} faces")])
    tiles = [_crop(library, face) for face in shown.itertuples(index=False)]
    return choice, list(shown.face_id), ipywidgets.VBox([heading, row(tiles)])


def _crop(library: Library, face: Any) -> ipywidgets.Widget:
    """The face as a small picture, its photo decoded no larger than needed; else why not."""
    (photo,) = library.photos[library.photos.photo_id == face.photo_id].itertuples(index=False)
    scale = SIDE / max(face.w * photo.width, face.h * photo.height)
    at_least = math.ceil(min(photo.width, photo.height) * min(scale, 1))
    try:
        pixels = crop_face(library.open(face.photo_id, at_least), face, SIDE)
    except AlbumenError as error:
        return ipywidgets.HTML(escape(str(error)))
    return picture(pixels)

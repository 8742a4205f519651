"""What an owner likes, said by hand: sliders over what was mapped, themes, styles, colours, moods.

It writes the `preferences.yaml` that can as well be written by hand.
"""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import ipywidgets
import numpy as np
from jaxtyping import UInt8

from albumen.errors import AlbumenError
from albumen.generate.style import apply_style
from albumen.images import square
from albumen.library import Library
from albumen.profile.grounding import meant
from albumen.profile.naming import UNCLEAR
from albumen.profile.stated import HEAVIEST, Stated, Weights, read_stated, write_stated
from albumen.profile.words import MOODS, STYLES, TONES
from albumen.records import Interest, Profile
from albumen.widgets.parts import picture, row

SIDE = 96  # pixels of a photo on show
PHOTOS = 4  # of an interest on show
STYLED = 160  # pixels of a style on show


def survey(
    profile: Profile, library: Library, folder: Path, themes: Sequence[str]
) -> ipywidgets.VBox:
    """A survey of the owner's taste, filled in with what they said before.

    Each mapped interest with a name has typical photos and a slider from "not me" to "very me", in
    whose middle the photos speak for themselves. Then come further themes, chosen from `themes` or
    named, styles, colours, moods, and how much each voice counts. Save writes all of it to
    `preferences.yaml` in `folder`, the library's own; what was not touched stays as it was written.
    Photos are shown and kept nowhere. Raises AlbumenError when that file cannot be read.
    """
    before = read_stated(folder)
    said = dict(before.likes) | {word: -strength for word, strength in before.dislikes}
    asked = [one for one in profile.interests if one.name != UNCLEAR]
    of = {word: meant(asked, word) for word in said}
    sliders = [_slider([said[word] for word in said if of[word] == k]) for k in range(len(asked))]
    first = [one.value for one in sliders]
    others = {word: strength for word, strength in said.items() if of[word] is None}

    taken = {one.name for one in asked}
    further = _several([one for one in themes if one not in taken], others)
    more = [word for word, strength in others.items() if strength > 0 and word not in themes]
    liked = _words(more, "fog over the harbour\nold trams")
    disliked = _words([word for word, strength in others.items() if strength < 0], "cars\ncrowds")
    styles = {style: _amount(dict(before.styles).get(style, 0.0)) for style in STYLES}
    tones, moods = _several(TONES, before.palette), _several(MOODS, before.moods)
    colours = _words([one for one in before.palette if one not in TONES], "navy\n#e0a030")
    voices = {name: _voice(name, value) for name, value in vars(before.weights).items()}
    save = ipywidgets.Button(description="Save", button_style="primary")
    message = ipywidgets.HTML()

    def strengths(sign: int, words: Iterable[str]) -> dict[str, float]:
        """All likes (1) or dislikes (-1), of which the fields hold `words`."""
        now = dict.fromkeys(words, 1.0)
        for word, strength in said.items():
            place = of[word]
            untouched = place is not None and sliders[place].value == first[place]
            if strength * sign > 0 and (untouched or word in now):
                now[word] = abs(strength)
        for one, slider, value in zip(asked, sliders, first, strict=True):
            if slider.value != value and slider.value * sign > 0:
                now[one.name] = _tidy(abs(slider.value))
        return now

    def stated() -> Stated:
        shares = {style: _tidy(one.value) for style, one in styles.items() if one.value}
        return Stated(
            likes=_in_order(before.likes, strengths(1, [*further.value, *_listed(liked)])),
            dislikes=_in_order(before.dislikes, strengths(-1, _listed(disliked))),
            styles=_in_order(before.styles, shares),
            palette=_first(before.palette, (*tones.value, *_listed(colours))),
            moods=_first(before.moods, moods.value),
            weights=Weights(**{name: one.value for name, one in voices.items()}),
        )

    def write(_: ipywidgets.Button) -> None:
        try:
            path = write_stated(folder, stated())
        except AlbumenError as error:
            message.value = escape(str(error))
        else:
            message.value = f"Saved in {escape(str(path))}. It counts from the next mapping on."

    save.on_click(write)
    looks = _styled(library, asked)
    return ipywidgets.VBox(
        [
            _heading("What you photograph", "How much is it you?"),
            *(_shown(library, one, slider) for one, slider in zip(asked, sliders, strict=True)),
            _heading(
                "What else you like",
                "Ctrl or Shift chooses several; or in your own words, one a line.",
            ),
            ipywidgets.HBox([further, liked]),
            _heading("What is not for you"),
            disliked,
            _heading("What pictures should look like", "How much of each?"),
            row([_style(style, one, looks) for style, one in styles.items()]),
            _heading(
                "Colours and moods", "Tones, moods, and colours by name or #rrggbb, one a line."
            ),
            ipywidgets.HBox([tones, moods, colours]),
            _heading("How much each counts", "What you photograph, say here, and rate."),
            ipywidgets.HBox(list(voices.values())),
            ipywidgets.HBox([save, message]),
        ]
    )


def _in_order(
    before: Iterable[tuple[str, float]], now: dict[str, float]
) -> tuple[tuple[str, float], ...]:
    words = [word for word, _ in before]
    return tuple((word, now[word]) for word in _first(words, now))


def _first(before: Iterable[str], now: Iterable[str]) -> tuple[str, ...]:
    """What is said now, and of that first what was said before, in its order."""
    now = list(now)
    return tuple(dict.fromkeys([*(one for one in before if one in now), *now]))


def _heading(title: str, text: str = "") -> ipywidgets.HTML:
    return ipywidgets.HTML(f"<h3 style='margin:.8em 0 .2em'>{title}</h3>{text}")


def _slider(values: Sequence[float]) -> ipywidgets.FloatSlider:
    """From "not me", -1, to "very me", 1, at the most that was said."""
    value = max(values, key=abs, default=0.0)
    return ipywidgets.FloatSlider(value, min=-1, max=1, step=0.1, readout=False)


def _amount(value: float) -> ipywidgets.FloatSlider:
    layout = {"width": f"{STYLED}px"}
    return ipywidgets.FloatSlider(value, min=0, max=1, step=0.1, readout=False, layout=layout)


def _voice(name: str, value: float) -> ipywidgets.BoundedFloatText:
    return ipywidgets.BoundedFloatText(value, min=0, max=HEAVIEST, step=0.5, description=name)


def _several(options: Iterable[str], chosen: Iterable[str]) -> ipywidgets.SelectMultiple:
    options = list(options)
    value = [one for one in options if one in set(chosen)]
    return ipywidgets.SelectMultiple(options=options, value=value, rows=8)


def _words(said: Sequence[str], hint: str) -> ipywidgets.Textarea:
    layout = {"width": "28em"}
    return ipywidgets.Textarea("\n".join(said), placeholder=hint, rows=3, layout=layout)


def _listed(words: ipywidgets.Textarea) -> list[str]:
    """The words of a field, one a line."""
    return [" ".join(line.split()) for line in words.value.splitlines() if line.strip()]


def _tidy(value: float) -> float:
    """Without the rounding error of a slider's steps."""
    return round(value, 6)


def _shown(library: Library, one: Interest, slider: ipywidgets.FloatSlider) -> ipywidgets.HBox:
    """An interest's name and share, typical photos, and its slider."""
    photos = row([_photo(library, photo_id) for photo_id in one.exemplars[:PHOTOS]])
    photos.layout.width = f"{PHOTOS * (SIDE + 6)}px"  # so that the sliders stand in line
    name = ipywidgets.HTML(f"<b>{escape(one.name)}</b>, {one.weight:.0%}")
    question = [ipywidgets.Label("not me"), slider, ipywidgets.Label("very me")]
    return ipywidgets.HBox([photos, ipywidgets.VBox([name, ipywidgets.HBox(question)])])


def _photo(library: Library, photo_id: str) -> ipywidgets.Widget:
    try:
        return picture(square(library.open(photo_id, SIDE), SIDE))
    except AlbumenError as error:
        return ipywidgets.HTML(escape(str(error)))


def _styled(library: Library, interests: Iterable[Interest]) -> UInt8[np.ndarray, "s s 3"] | None:
    """The owner's most typical photo that can be read, to show the styles on."""
    for one in interests:
        for photo_id in one.exemplars:
            try:
                return square(library.open(photo_id, STYLED), STYLED)
            except AlbumenError:
                continue  # its own place in the survey says so
    return None


def _style(
    style: str, amount: ipywidgets.FloatSlider, photo: UInt8[np.ndarray, "s s 3"] | None
) -> ipywidgets.VBox:
    """A style by its name, what it does to a photo, and how much of it."""
    shown = [] if photo is None else [picture(apply_style(photo, style, 0))]
    return ipywidgets.VBox([ipywidgets.HTML(f"<b>{style}</b>"), *shown, amount])

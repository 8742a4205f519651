"""A picture's prompt, style, strength, seed and sources, changed by hand; and how it is liked."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import ipywidgets
from IPython.display import display
from matplotlib.figure import Figure

from albumen.errors import AlbumenError
from albumen.profile.ratings import STARS, stars


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
    rate: Callable[[float], None] | None = None  # writes down how it is liked, -1 to 1


def studio(
    make: Callable[[Wish], Answer], styles: Sequence[str], prompt: str = ""
) -> ipywidgets.VBox:
    """Controls over `make`, and its answer below; bad input is shown as its sentence.

    Photos chosen in the list "swap out" are left out of the next picture. Under a picture that can
    be rated are thumbs and stars; the last one pressed counts.
    """
    text = ipywidgets.Text(prompt, description="prompt", layout={"width": "36em"})
    style = ipywidgets.Dropdown(
        options=[("as in the prompt", ""), *((one, one) for one in styles)], description="style"
    )
    strength = ipywidgets.FloatSlider(1.0, min=0, max=1, step=0.1, description="personal")
    seed = ipywidgets.BoundedIntText(0, min=0, max=2**31 - 1, description="seed")
    swap = ipywidgets.SelectMultiple(options=[], description="swap out", layout={"width": "48em"})
    again = ipywidgets.Button(description="Make it", button_style="primary")
    shown, thumbs = ipywidgets.Output(), ipywidgets.HBox([])
    banned: set[str] = set()

    def run(_: ipywidgets.Button) -> None:
        banned.update(swap.value)
        shown.clear_output(wait=True)
        again.disabled, thumbs.children = True, ()
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
                if answer.rate:
                    thumbs.children = _thumbs(answer.rate)
            finally:
                again.disabled = False

    again.on_click(run)
    controls = ipywidgets.HBox([style, strength, seed, again])
    return ipywidgets.VBox([text, controls, swap, shown, thumbs])


def _thumbs(rate: Callable[[float], None]) -> tuple[ipywidgets.Widget, ...]:
    """Two thumbs, one to five stars, and what became of it."""
    said = ipywidgets.Label()

    def button(value: float, words: str, **look: str) -> ipywidgets.Button:
        def press(_: ipywidgets.Button) -> None:
            try:
                rate(value)
            except AlbumenError as error:
                said.value = str(error)
            else:
                said.value = f"Noted: {words}. It counts when preferences are mapped again."

        one = ipywidgets.Button(tooltip=words, layout={"width": "4em"}, **look)
        one.on_click(press)
        return one

    return (
        button(1.0, "I like it", icon="thumbs-up"),
        button(-1.0, "I do not like it", icon="thumbs-down"),
        *(
            button(stars(number), f"{number} of {STARS} stars", description=f"{number}★")
            for number in range(1, STARS + 1)
        ),
        said,
    )

"""The studio: a prompt, its picture and sources, in a notebook, with sources to swap out."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import ipywidgets
from IPython.display import display
from matplotlib.figure import Figure

from albumen.errors import AlbumenError


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

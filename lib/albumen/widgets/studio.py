"""Pictures made and refined by hand: words, sources, seed and strength changed, each step kept."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import ipywidgets
from IPython.display import display
from matplotlib.figure import Figure

from albumen.brief.refining import Ask, begin, chain_table, refine
from albumen.errors import AlbumenError
from albumen.profile.ratings import STARS, stars
from albumen.records import Look, Step, Wish

SIZES = ((512, 512), (768, 512), (512, 768), (1024, 1024))
DEVIATIONS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
YEARS = (-20.0, -10.0, 0.0, 10.0, 20.0)
WIDE = {"width": "48em"}
OPEN = ""  # what a list offers for None, which to it is that nothing is chosen


class Answer(NamedTuple):
    """What to show for a step."""

    panel: Figure
    rate: Callable[[float], None] | None = None  # writes down how it is liked, -1 to 1


def studio(
    ask: Ask,
    draw: Callable[[Step], Answer],
    styles: Sequence[str],
    strategies: Sequence[str],
    prompt: str = "",
) -> ipywidgets.VBox:
    """Controls over `ask` and `draw`, and the answer below; bad input is shown as its sentence.

    "Make it" begins a chain, or goes on from the picture shown with what the controls now say
    differently; "Back" returns to the picture before. A source can be replaced or kept. The chain
    stands below as a table. Thumbs and stars rate a picture that can be rated; the last counts.
    """
    controls = _Controls(styles, strategies, prompt)
    make = ipywidgets.Button(description="Make it", button_style="primary")
    back = ipywidgets.Button(description="Back", disabled=True)
    new = ipywidgets.Button(description="New chain", disabled=True)
    shown, thumbs, chain = ipywidgets.Output(), ipywidgets.HBox([]), ipywidgets.HTML()
    steps: list[Step] = []

    def show() -> None:
        """The last step: its picture, its sources to choose from, its thumbs."""
        answer = draw(steps[-1])
        controls.offer(steps[-1])
        print(*steps[-1].condition.filled_in, sep="\n")
        display(answer.panel)
        thumbs.children = _thumbs(answer.rate) if answer.rate else ()

    def forward() -> None:
        steps.append(controls.step(steps[-1] if steps else None, ask))
        try:
            show()
        except AlbumenError:
            steps.pop()  # what cannot be drawn is no step
            raise

    def backward() -> None:
        steps.pop()
        controls.set(steps[-1].wish)
        show()

    def run(change: Callable[[], None]) -> None:
        shown.clear_output(wait=True)
        make.disabled = back.disabled = new.disabled = True
        thumbs.children = ()
        with shown:
            try:
                change()
            except AlbumenError as error:
                print(error)
            finally:
                make.disabled, back.disabled, new.disabled = False, len(steps) < 2, not steps
        chain.value = chain_table(steps).to_html(index=False) if steps else ""

    def start_over(_: ipywidgets.Button) -> None:
        steps.clear()
        chain.value, back.disabled, new.disabled = "", True, True

    make.on_click(lambda _: run(forward))
    back.on_click(lambda _: run(backward))
    new.on_click(start_over)
    buttons = ipywidgets.HBox([make, back, new])
    return ipywidgets.VBox([controls.box, buttons, shown, thumbs, chain])


class _Controls:
    """A wish as widgets, and the sources of the picture shown."""

    def __init__(self, styles: Sequence[str], strategies: Sequence[str], prompt: str) -> None:
        self.prompt = ipywidgets.Text(prompt, description="prompt", layout=WIDE)
        self.style = _choice("style", {"as in the prompt": OPEN} | {one: one for one in styles})
        sizes = {f"{width} x {height}": (width, height) for width, height in SIZES}
        self.size = _choice("size", {"as in the prompt": OPEN} | sizes)
        self.strategy = _choice("sources by", {one: one for one in strategies})
        self.strength = ipywidgets.FloatSlider(1.0, min=0, max=1, step=0.1, description="personal")
        self.seed = ipywidgets.BoundedIntText(0, min=0, max=2**31 - 1, description="seed")
        self.identity = ipywidgets.FloatSlider(1.0, min=0, max=1, step=0.1, description="likeness")
        self.smile, self.yaw = _maybe("smile", DEVIATIONS), _maybe("turn", DEVIATIONS)
        self.age = _maybe("years", YEARS)
        self.replace = ipywidgets.Dropdown(options=[("none", "")], description="replace")
        self.keep = ipywidgets.SelectMultiple(options=[], description="keep", layout=WIDE)
        self.replace.layout = WIDE
        self.set(Wish(prompt))
        rows = (
            (self.style, self.size, self.strategy),
            (self.strength, self.identity, self.seed),
            (self.smile, self.yaw, self.age),
        )
        lines = [ipywidgets.HBox(row) for row in rows]
        self.box = ipywidgets.VBox([self.prompt, *lines, self.replace, self.keep])

    def wish(self) -> Wish:
        """What the controls say."""
        look = Look(self.identity.value, *map(_given, (self.smile, self.yaw, self.age)))
        return Wish(
            self.prompt.value,
            self.strength.value,
            self.style.value,
            _given(self.size),
            self.strategy.value,
            look=look,
            seed=self.seed.value,
        )

    def set(self, wish: Wish) -> None:
        """Make the controls say `wish`, which they said before."""
        said = {**vars(wish), **vars(wish.look)}
        names = ("prompt", "strength", "style", "size", "strategy", "seed")
        for name in (*names, "identity", "smile", "yaw", "age"):
            getattr(self, name).value = OPEN if said[name] is None else said[name]

    def step(self, before: Step | None, ask: Ask) -> Step:
        """The step to what the controls say."""
        now = self.wish()
        if before is None:
            return begin(now, ask)
        said = {**vars(now), "words": now.prompt}
        was = {**vars(before.wish), "words": before.wish.prompt}
        names = ("words", "strength", "style", "size", "strategy", "look", "seed")
        changes = {name: said[name] for name in names if said[name] != was[name]}
        if self.replace.value:
            changes["swap"] = self.replace.value
        if set(self.keep.value) - set(before.wish.pin):
            changes["pin"] = tuple(self.keep.value)
        return refine(before, ask, **changes)

    def offer(self, step: Step) -> None:
        """The sources of a step, to replace or to keep."""
        sources = {
            one.photo_id: f"{one.photo_id[:8]}  {one.why}" for one in step.condition.references
        }
        options = [(said, photo_id) for photo_id, said in sources.items()]
        self.replace.options, self.keep.options = [("none", ""), *options], options


def _given(chooser: ipywidgets.ValueWidget) -> Any:
    return None if chooser.value == OPEN else chooser.value


def _choice(name: str, options: dict[str, object]) -> ipywidgets.Dropdown:
    return ipywidgets.Dropdown(options=list(options.items()), description=name)


def _maybe(name: str, values: Sequence[float]) -> ipywidgets.SelectionSlider:
    """A slider that can also leave it to the seed."""
    options = [("as it comes", OPEN), *((f"{one:+g}", one) for one in values)]
    return ipywidgets.SelectionSlider(options=options, description=name)


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

"""The studio's controls reach the maker, and bad input is shown as its sentence."""

from matplotlib.figure import Figure

from albumen.errors import AlbumenError
from albumen.widgets import Answer, Wish, studio


def test_sources_swapped_out_stay_out() -> None:
    wishes: list[Wish] = []

    def make(wish: Wish) -> Answer:
        wishes.append(wish)
        left = [("a" * 64, "first"), ("b" * 64, "second")]
        return Answer(Figure(), ["said"], [one for one in left if one[0] not in wish.ban])

    box = studio(make, ["oil"], "me")
    text, controls, swap, _ = box.children
    button = controls.children[-1]
    button.click()
    assert wishes[-1] == Wish("me", "", 1.0, 0, ())
    swap.value = ("a" * 64,)
    controls.children[0].value = "oil"
    text.value = "me and my dog"
    button.click()
    assert wishes[-1] == Wish("me and my dog", "oil", 1.0, 0, ("a" * 64,))
    assert [value for _, value in swap.options] == ["b" * 64]
    button.click()
    assert wishes[-1].ban == ("a" * 64,)  # it does not come back


def test_bad_input_is_a_sentence(capsys) -> None:
    def refuse(_: Wish) -> Answer:
        raise AlbumenError("'Zoltan' is nobody in this library.")

    box = studio(refuse, ["oil"])
    button = box.children[1].children[-1]
    button.click()
    assert "Zoltan" in capsys.readouterr().out
    assert not button.disabled

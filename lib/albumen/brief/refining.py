"""Refining: from one condition to the next, and what changed in words.

    first = begin(Wish("me at the beach"), ask)  # ask: Wish -> Condition, such as brief's
    second = refine(first, ask, swap=first.condition.references[0].photo_id)
    third = refine(second, ask, strength=0.5)
    save_chain((first, second, third), path)

A chain is a tuple of steps. It holds what conditions hold: photo ids and face embeddings.
"""

import dataclasses
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from albumen import tables
from albumen.errors import AlbumenError
from albumen.records import Condition, Look, Reference, Step, Wish, steps_from_json, to_json

Ask = Callable[[Wish], Condition]

SHOWN = 8  # characters of an id that words and tables show
# role of a swapped reference -> the roles whose photos are pinned, so that it alone changes; a pet
# or a thing has one photo each
PINNED = {"scene": ("base", "scene"), "person": ("person",)}
COLUMNS = ["step", "change", "prompt", "strength", "seed", "references", "condition"]


def begin(wish: Wish, ask: Ask) -> Step:
    """The first step of a chain."""
    return Step(wish, ask(wish), "")


def refine(
    step: Step,
    ask: Ask,
    *,
    words: str | None = None,
    swap: str | None = None,
    ban: Collection[str] | None = None,
    pin: Collection[str] | None = None,
    strength: float | None = None,
    style: str | None = None,
    seed: int | None = None,
    size: tuple[int, int] | None = None,
    look: Look | None = None,
    strategy: str | None = None,
) -> Step:
    """The step after `step`: what is given takes the place of what was asked before.

    Args:
        words: the new prompt.
        swap: photo id of a reference to be replaced. It is banned and the others pinned, so that it
            alone changes.
        ban, pin: photo ids besides those banned and pinned before; the newer word counts.
        strength: more or less personal, 0..1.

    Earlier bans stay. Earlier pins stay until references are picked anew: at another strength, by
    another strategy, for another place or for other people.

    Raises AlbumenError when nothing changes, when `swap` is no reference of the step or nothing is
    left to put in its place, and what `ask` raises.
    """
    said = {"prompt": words, "strength": strength, "style": style, "seed": seed}
    said |= {"size": size, "look": look, "strategy": strategy}
    said = {name: value for name, value in said.items() if value is not None}
    bans, pins = [*(ban or ())], [*(pin or ())]
    if swap is not None:
        swapped = _reference(step.condition, swap)
        bans.append(swap)
        roles = PINNED.get(swapped.role, ())
        beside = [one.photo_id for one in step.condition.references if one.role in roles]
        pins += [one for one in beside if one != swap]
    banned = [one for one in step.wish.ban if one not in pins]
    earlier = [one for one in step.wish.pin if one not in bans]
    wish = dataclasses.replace(
        step.wish,
        **said,
        pin=tuple(dict.fromkeys([*earlier, *pins])),
        ban=tuple(dict.fromkeys([*banned, *bans])),
    )
    if wish == step.wish:
        raise AlbumenError("Nothing changes: the picture was made from just that.")
    if earlier and said.keys() & {"prompt", "strength", "strategy"}:
        free = dataclasses.replace(wish, pin=tuple(pins))
        if _choice(free, ask(free)) != _choice(step.wish, step.condition):
            wish = free
    condition = ask(wish)
    if swap is not None and not _new(step.condition, condition, swapped.role):
        raise AlbumenError(
            f"Nothing is left to put in the place of photo {swap[:SHOWN]}: ban it to go on without."
        )
    return Step(wish, condition, "; ".join(_changes(step, wish, condition, ban, pin)))


def wish_of(condition: Condition, seed: int) -> Wish:
    """What to ask for to get a saved picture's condition again, its photos pinned."""
    roles = {role for kept in PINNED.values() for role in kept}
    return Wish(
        prompt=condition.prompt,
        strength=condition.strength,
        style=condition.style,
        size=condition.size,
        strategy=condition.strategy,
        pin=tuple(one.photo_id for one in condition.references if one.role in roles),
        look=condition.look,
        seed=seed,
    )


def chain_table(steps: Sequence[Step]) -> pd.DataFrame:
    """A chain to look at: COLUMNS, a row a step, ids shortened."""
    rows = [
        (
            number,
            step.change,
            step.wish.prompt,
            step.wish.strength,
            step.wish.seed,
            " ".join(one.photo_id[:SHOWN] for one in step.condition.references),
            step.condition.digest()[:SHOWN],
        )
        for number, step in enumerate(steps)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def save_chain(steps: Sequence[Step], path: Path) -> None:
    """Write a chain as JSON."""
    tables.write_json([to_json(step) for step in steps], path)


def load_chain(path: Path) -> tuple[Step, ...]:
    """The inverse of `save_chain`. Raises AlbumenError when the file holds no chain."""
    data = tables.read_json(path)
    try:
        return steps_from_json(data)
    except (KeyError, TypeError) as error:
        raise AlbumenError(f"{path} is not a chain of steps: {error!r}.") from error


def _reference(condition: Condition, photo_id: str) -> Reference:
    for one in condition.references:
        if one.photo_id == photo_id:
            return one
    ids = ", ".join(one.photo_id[:SHOWN] for one in condition.references) or "none"
    raise AlbumenError(
        f"Photo {photo_id[:SHOWN]} is no reference of this picture: its references are {ids}."
    )


def _choice(wish: Wish, condition: Condition) -> tuple[Any, ...]:
    """What references are picked by, besides pins and bans."""
    people = [one.person_id for one in condition.people]
    return condition.theme, people, wish.strength, wish.strategy


def _new(before: Condition, after: Condition, role: str) -> list[str]:
    """Photos of a role that are new."""
    old = {one.photo_id for one in before.references if one.role == role}
    new = [one.photo_id for one in after.references if one.role == role]
    return [one for one in new if one not in old]


def _changes(
    step: Step,
    wish: Wish,
    condition: Condition,
    ban: Collection[str] | None,
    pin: Collection[str] | None,
) -> Iterator[str]:
    """What is new against `step`, in words."""
    for field in ("prompt", "style", "strength", "seed", "size", "strategy"):
        old, new = getattr(step.wish, field), getattr(wish, field)
        if old != new:
            yield f"{field} {_said(old)} -> {_said(new)}"
    for field in dataclasses.fields(Look):
        old, new = getattr(step.wish.look, field.name), getattr(wish.look, field.name)
        if old != new:
            yield f"{field.name} {_said(old)} -> {_said(new)}"
    if step.condition.theme != condition.theme and step.wish.prompt == wish.prompt:
        yield f"place {_said(step.condition.theme)} -> {_said(condition.theme)}"
    for photos, done in ((ban, "banned"), (pin, "pinned")):
        yield from (f"photo {one[:SHOWN]} {done}" for one in photos or ())
    if set(step.wish.pin) - {*wish.pin, *wish.ban}:
        yield "photos pinned before are free again"
    references = *step.condition.references, *condition.references
    for role in dict.fromkeys(one.role for one in references):
        out, into = _new(condition, step.condition, role), _new(step.condition, condition, role)
        for old, new in itertools.zip_longest(out, into):
            if old is None:
                yield f"{role} photo {new[:SHOWN]} added"
            elif new is None:
                yield f"{role} photo {old[:SHOWN]} left out"
            else:
                yield f"{role} photo {old[:SHOWN]} replaced by {new[:SHOWN]}"


def _said(value: Any) -> str:
    """A setting in words."""
    if value is None or value == "":
        return "open"
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return f"'{value}'" if isinstance(value, str) else str(value)

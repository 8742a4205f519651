"""How far a long job is: the job yields it, the caller shows it."""

from typing import NamedTuple


class Progress(NamedTuple):
    """`done` of `total` items; `what` says in a few words which."""

    done: int
    total: int
    what: str

"""The mood of photos: a guess from what they show, held against how they look.

Words alone do not tell a mood: the embedder knows scenes, and takes any mountain for drama and any
white room for cosy. So words say what kind of scene a photo is, and its pixels must bear the mood
out: dark and of high contrast for drama, even for calm, warm for cosy, busy and colourful for
lively (as in Machajdik and Hanbury 2010, after Valdez and Mehrabian 1994). By eye four of five that
get a mood deserve it, fewer of those with people: neither a smile nor what somebody does is seen.
Two of three photos get none.
"""

import numpy as np
import pandas as pd
from jaxtyping import Float

from albumen.embed import Embedder
from albumen.profile.naming import UNCLEAR
from albumen.profile.vocabulary import theme_vocabulary, unit

# what such scenes show, and which looks bear the mood out (1: much of it, -1: little)
MOODS = {
    "calm": (
        ("a calm and peaceful landscape", "a quiet lake, an empty beach", "a still misty morning"),
        {"detail": -1, "contrast": -1},
    ),
    "dramatic": (
        ("a dramatic stormy sky", "wild cliffs and dark clouds", "thunder and huge waves"),
        {"contrast": 1, "lightness": -1},
    ),
    "cosy": (
        ("a cosy room with warm light", "a blanket and a cup of tea", "a candle and a soft sofa"),
        {"warmth": 1},
    ),
    "lively": (
        ("people playing, running and laughing", "a game or a sport", "a festival, a crowd"),
        {"detail": 1, "colourfulness": 1},
    ),
}
PIXELS = 0.08  # cosine that looks add where one photo in ten looks so much like it
LEAST = 0.2  # cosine of photo and mood below which it is unclear; as in MARGIN, read off by eye
MARGIN = 0.1  # by which the mood must lead the next


def moods(
    vectors: Float[np.ndarray, "n d"], unusual: pd.DataFrame, embedder: Embedder
) -> pd.Series:
    """A mood of each photo, a key of MOODS or "unclear"; missing where it was not looked at.

    `unusual` holds the looks of each photo, row by row with `vectors`: 0 as most photos, 1 or -1 as
    a tenth of them (see `traits.unusual`).
    """
    vocabulary = theme_vocabulary(embedder)
    rows = [embedder.embed_texts(phrases).mean(axis=0) for phrases, _ in MOODS.values()]
    rows = unit(np.array(rows) - vocabulary.mean)
    spoken = vocabulary.spoken
    part = vectors[:, spoken]
    length = np.linalg.norm(part, axis=1, keepdims=True)
    words = part @ rows[:, spoken].T / np.maximum(length, 1e-6)
    looks = np.array(
        [
            np.mean([sign * unusual[name].clip(-2, 2) for name, sign in signs.items()], axis=0)
            for _, signs in MOODS.values()
        ]
    ).T
    scores = words + PIXELS * looks
    best, each = scores.argmax(axis=1), np.arange(len(scores))
    second, first = np.sort(scores, axis=1)[:, -2:].T
    clear = (first >= LEAST) & (first - second >= MARGIN) & (looks[each, best] > 0)
    found = np.where(clear, np.array(list(MOODS), object)[best], UNCLEAR)
    return pd.Series(found, unusual.index, object).where(unusual.notna().all(axis=1))

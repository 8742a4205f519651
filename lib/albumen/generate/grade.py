"""Grading: the light and colours of a mood or of a time of day, as a colourist would set them.

A grade is an exposure in linear light, curves and a split toning (one tint for the shadows, another
for the highlights) in CIELAB, a glow and a vignette. Daytimes also colour the sky, leave lamps
burning, and move a picture towards a level of light: what was photographed at night stays as it is.
"""

import numpy as np
from jaxtyping import UInt8

from albumen.errors import AlbumenError
from albumen.generate.colour import to_lab, to_rgb
from albumen.generate.toning import Grade, Sky, graded

# Warm is +b with some +a, cool -b. Blue or teal shadows under warm highlights are film's drama, one
# warm wash is comfort, faded blacks and glow are memory, little colour is gloom.
MOODS = {
    "calm": Grade(0.05, 0.85, 0.02, 0.85, (-0.02, -0.05), (-0.01, 0.01)),
    "cosy": Grade(-0.12, 1.02, 0.01, 1.05, (0.04, 0.07), (0.05, 0.13), glow=0.12, vignette=0.7),
    "dramatic": Grade(-0.2, 1.35, 0, 0.85, (-0.04, -0.08), (0.02, 0.07), 0.6, vignette=1.0),
    "dreamy": Grade(0.05, 0.8, 0.06, 0.9, (0.05, -0.07), (0.05, 0.02), glow=0.5),
    "gloomy": Grade(-0.6, 0.9, 0.02, 0.45, (-0.03, -0.06), (-0.02, -0.03), vignette=0.9),
    "joyful": Grade(0.25, 1.04, 0.0, 1.3, (0.0, 0.0), (0.01, 0.08)),
    "lively": Grade(0.1, 1.16, 0.0, 1.4, clarity=0.3),
    "moody": Grade(-0.4, 1.1, 0.05, 0.65, (-0.05, -0.06), (0.02, 0.06), vignette=0.9),
    "peaceful": Grade(0.12, 0.84, 0.03, 0.95, (0.0, -0.02), (0.02, 0.07), glow=0.2),
}
MOODS["cozy"] = MOODS["cosy"]

DAYTIMES = {
    "sunrise": Grade(
        contrast=0.9,
        lift=0.03,
        shadows=(0.02, -0.06),
        highlights=(0.08, 0.1),
        glow=0.2,
        level=0.64,
        sky=Sky((0.02, -0.12), (0.16, 0.14), 0.1, 0.3),
    ),
    "day": Grade(contrast=1.05, chroma=1.12, level=0.6),
    "golden hour": Grade(
        contrast=1.05,
        shadows=(0.03, 0.02),
        highlights=(0.07, 0.24),
        glow=0.15,
        level=0.6,
        sky=Sky((0.0, -0.08), (0.06, 0.28), 0.2, 0.2),
    ),
    "sunset": Grade(
        contrast=1.15,
        chroma=0.95,
        shadows=(0.05, -0.06),
        highlights=(0.12, 0.22),
        glow=0.18,
        vignette=0.4,
        level=0.42,
        sky=Sky((0.12, -0.2), (0.28, 0.54), 0.5, 0.5),
    ),
    "blue hour": Grade(
        chroma=0.7,
        lift=0.02,
        shadows=(0.02, -0.17),
        highlights=(0.02, -0.12),
        level=0.36,
        sky=Sky((0.04, -0.28), (0.1, -0.06), 0.5, 0.4),
        lamps=True,
    ),
    "night": Grade(
        contrast=1.1,
        chroma=0.45,
        shadows=(0.03, -0.16),
        highlights=(0.0, -0.14),
        vignette=0.5,
        level=0.25,
        sky=Sky((0.05, -0.2), (0.02, -0.18), 1.5),
        lamps=True,
    ),
}


def grade(
    image: UInt8[np.ndarray, "h w 3"], mood: str, daytime: str, strength: float
) -> UInt8[np.ndarray, "h w 3"]:
    """`image` in the light of `daytime` and the colours of `mood`; "" leaves either as it is.

    Every colour moves in a straight line in CIELAB as `strength` goes from 0, the image byte for
    byte, to 1. Raises AlbumenError for a word that is no key of MOODS or DAYTIMES, and a strength
    out of 0..1.
    """
    for word, known, what in ((daytime, DAYTIMES, "time of day"), (mood, MOODS, "mood")):
        if word and word not in known:
            raise AlbumenError(f"'{word}' is not a {what}: expected one of {', '.join(known)}.")
    if not 0 <= strength <= 1:
        raise AlbumenError(f"Strength is {strength}, expected 0 to 1.")
    grades = [known[word] for word, known in ((daytime, DAYTIMES), (mood, MOODS)) if word]
    if not grades or strength == 0:
        return image.copy()
    before = lab = to_lab(image)
    for one in grades:
        lab = graded(lab, one)
    return to_rgb(before + np.float32(strength) * (lab - before))

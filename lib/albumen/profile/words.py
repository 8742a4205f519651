"""The words for styles, moods and tones that prompts, surveys and ratings share."""

STYLES = {  # name -> how a prompt may say it
    "watercolour": ("watercolour", "watercolor", "aquarelle"),
    "oil": ("oil painting", "oil paint", "in oils", "oil"),
    "pencil": ("pencil sketch", "pencil drawing", "pencil", "sketch", "drawing"),
    "clay": ("claymation", "clay animation", "plasticine", "modelling clay", "clay"),
    "comic": ("comic book", "comic strip", "graphic novel", "comic", "cartoon"),
    "photo": ("photorealistic", "photograph", "photo"),
}
MOODS = (
    *("calm", "cosy", "cozy", "dramatic", "dreamy", "gloomy", "joyful", "lively", "moody"),
    "peaceful",
)
TONES = {  # what is added to L, a and b of a colour in CIELAB, and what its chroma is multiplied by
    "warm": ((0.0, 6.0, 14.0), 1.0),
    "cool": ((0.0, -4.0, -14.0), 1.0),
    "muted": ((0.0, 0.0, 0.0), 0.5),
    "vivid": ((0.0, 0.0, 0.0), 1.5),
    "pastel": ((15.0, 0.0, 0.0), 0.6),
    "light": ((15.0, 0.0, 0.0), 1.0),
    "dark": ((-15.0, 0.0, 0.0), 1.0),
}

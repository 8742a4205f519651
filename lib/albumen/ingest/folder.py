"""A plain folder of photos: every folder on the way to a photo is an album of it."""


def folder_albums(folder: tuple[str, ...]) -> tuple[str, ...]:
    """`("Trips", "Rome")` -> both, so that denying "Trips" denies what lies below it."""
    return tuple(dict.fromkeys(folder))

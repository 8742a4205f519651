"""What the recovery study does with the demo's owners, whose tastes nobody knows."""

import hashlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from albumen import embed, recovery
from albumen.library import Library
from albumen.profile import map_profile
from albumen.profile.weights import ALIKE, photo_weights
from albumen.simulated import owner
from bench.pools import EMBEDDER, OWNERS, STOCK, demo_libraries, demo_pool

SEEDS = 5
LEAST_IN_ALBUM = 3  # photos that count
THREADED = 6000  # photos of a simulated owner who is mapped on one thread and on two


def seeds(libraries: dict[str, Library]) -> pd.DataFrame:
    """ARI between the interests of each two of SEEDS seeds: mean and least, by owner."""
    rows = {}
    for name in OWNERS:
        labels = [recovery.albumen(libraries[name], seed).labels for seed in range(SEEDS)]
        pairs = [adjusted_rand_score(*pair) for pair in itertools.combinations(labels, 2)]
        interests = " ".join(str(one.max() + 1) for one in labels)
        rows[name] = {"mean": np.mean(pairs), "least": min(pairs), "interests": interests}
    return pd.DataFrame(rows).T


def same_on_threads() -> bool:
    """Whether one thread and two find the same interests."""
    return digest_on(1) == digest_on(2)


def digest_on(threads: int) -> str:
    """`digest` in a process of its own with so many threads."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    program = "from bench.demo_owners import digest; print(digest())"
    pinned = os.environ | dict.fromkeys(names, str(threads))
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=pinned, check=True, capture_output=True, text=True).stdout


def digest() -> str:
    """Hash of the interests of the demo's owners and of a simulated one's large library."""
    libraries = [demo_libraries()[name] for name in OWNERS]
    libraries.append(owner(demo_pool(), THREADED, seed=0).library)
    labels = [recovery.albumen(one).labels for one in libraries]
    return hashlib.sha256(np.concatenate(labels).tobytes()).hexdigest()


def albums(libraries: dict[str, Library]) -> Iterator[dict[str, Any]]:
    """Whose album is it? Each is left out of its owner's profile, its near-duplicates too."""
    embedder = embed.make(EMBEDDER)
    profiles = {name: map_profile(libraries[name], embedder) for name in OWNERS}
    for name in OWNERS:
        library = libraries[name]
        counts = photo_weights(library).why.eq("")
        of = library.photos.albums.map(lambda titles: titles[0] if titles else None).where(counts)
        for title, size in of.value_counts().items():
            if size >= LEAST_IN_ALBUM:
                album = library.vectors[of == title]
                near = (library.vectors @ album.T > ALIKE).any(axis=1)
                kept = library.photos.photo_id[~near & (of != title)]
                without = profiles | {name: map_profile(library.only(kept), embedder)}
                told = recovery.identify(list(without.values()), album, libraries[STOCK].vectors)
                yield {"who": name, "album": title, "photos": size, "told": OWNERS[told]} | {
                    "right": OWNERS[told] == name
                }

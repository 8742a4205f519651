"""Whatever a library holds and its owner denies, nothing that is denied reaches any table."""

import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from albumen import embed, faces, ingest, looks, quality, tables
from albumen.consent import read_consent
from albumen.library import load_library
from albumen.profile import map_profile
from albumen.records import to_json

CONSENT = """\
consent: true
owner: Robin
dates: [{from: 2020-01-01, to: 2020-12-31}]
deny:
  people: [Zkarl]
  albums: [Zprivate]
  photos: [zhidden.jpg]
  labels: [Zlabel]
  places: [Zplace, {lat: 10.0, lon: 10.0, km: 50}]
people: {Alma: {relation: mum, profile: true}, Zuna: {relation: friend}}
minors: [Ztim]
"""
# words that no table may hold: what is denied, and names that may not be in the profile
SECRETS = ("Zkarl", "Zprivate", "zhidden", "Zlabel", "Zplace", "Ztim", "Zuna", "Zstranger")
DENYING = {"Zkarl", "Ztim"}
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
    "<dc:subject><rdf:Bag>{labels}</rdf:Bag></dc:subject>"
    "<Iptc4xmpExt:PersonInImage><rdf:Bag>{people}</rdf:Bag></Iptc4xmpExt:PersonInImage>"
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)
JUNE, OTHER_YEAR = 1591000000, 1500000000  # 2020, 2017

PEOPLE = st.lists(
    st.sampled_from(["Robin", "Alma", "Zkarl", "Ztim", "Zuna", "Zstranger"]), max_size=2
)
LABELS = st.lists(st.sampled_from(["sea", "dogs", "Zlabel", "Zplace", "Zkarl's car"]), max_size=2)
SHOT = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 8),
        "folder": st.sampled_from(["Photos from 2020", "Trip", "Zprivate"]),
        "name": st.sampled_from(["a", "b", "c", "c-edited", "zhidden"]),
        "embedded": st.none() | st.tuples(PEOPLE, LABELS),
        "sidecar": st.none()
        | st.fixed_dictionaries(
            {
                "people": PEOPLE,
                "taken": st.sampled_from([JUNE, OTHER_YEAR]),
                "position": st.sampled_from([None, (10.1, 10.1), (50.0, 8.0)]),
                "description": st.sampled_from(["", "with Zkarl", "with Zuna"]),
            }
        ),
    }
)


def shot(seed: int, name: str, folder: str = "Trip", embedded: Any = None, **said: Any) -> dict:
    sidecar = {"people": [], "taken": JUNE, "position": None, "description": ""} | said
    keys = {"seed": seed, "folder": folder, "name": name}
    return keys | {"embedded": embedded, "sidecar": sidecar}


ONE_BY_ONE = [  # each thing that is denied, in a photo that is allowed but for it
    shot(0, "a", "Photos from 2020"),
    shot(0, "zhidden"),
    shot(1, "b", people=["Alma", "Zstranger"], description="with Zuna"),
    shot(2, "c", position=(10.1, 10.1)),
    shot(2, "c", "Photos from 2020"),
    shot(3, "d", embedded=(["Zuna"], ["Zlabel"])),
    shot(4, "e", embedded=(["Robin", "Zuna"], ["sea", "Zuna"])),
    shot(5, "f", taken=OTHER_YEAR),
    shot(6, "g", "Zprivate"),
    shot(6, "g", "Photos from 2020"),
]


class Colours:
    """Vectors of a photo's mean colour: an embedder without weights."""

    name, dim = "colours", 4

    def embed_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        rows = [[*np.asarray(image).reshape(-1, 3).mean(0), 40.0] for image in images]
        rows = np.array(rows, np.float32).reshape(-1, 4)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        return np.tile(np.float32([1, 0, 0, 0]), (len(texts), 1))


def photo(seed: int, packet: str) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    image, out = Image.fromarray(noise.repeat(16, 0).repeat(16, 1)), io.BytesIO()
    image.save(out, "JPEG", **({"xmp": packet.encode()} if packet else {}))
    return out.getvalue()


def write(shots: list[dict], folder: Path) -> set[str]:
    """Write a Takeout of the shots; returns the ids of photos that are denied on their own."""
    folder.mkdir(parents=True)
    (folder / "consent.yaml").write_text(CONSENT)
    root, files = folder / "Takeout" / "Google Photos", {}
    for one in shots:
        people, labels = one["embedded"] or ((), ())
        items = [
            "".join(f"<rdf:li>{word}</rdf:li>" for word in words) for words in (labels, people)
        ]
        packet = XMP.format(labels=items[0], people=items[1]) if one["embedded"] else ""
        path = root / one["folder"] / f"{one['name']}.jpg"
        files[path] = (photo(one["seed"], packet), one)
    denied = set()
    for path, (data, one) in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        said, (people, labels) = one["sidecar"], one["embedded"] or ((), ())
        if said:
            record = {"title": path.name, "description": said["description"]}
            record["photoTakenTime"] = {"timestamp": str(said["taken"])}
            record["people"] = [{"name": name} for name in said["people"]]
            if said["position"]:
                record["geoData"] = dict(
                    zip(("latitude", "longitude"), said["position"], strict=True)
                )
            path.with_name(f"{path.name}.json").write_text(json.dumps(record))
        if (
            DENYING & {*people, *(said or {"people": ()})["people"]}
            or {"Zlabel", "Zplace", "Zkarl's car"} & {*labels}
            or one["folder"] == "Zprivate"
            or one["name"] == "zhidden"
            or (said and said["position"] == (10.1, 10.1))
            or (said and "Zkarl" in said["description"])
        ):
            denied.add(hashlib.sha256(data).hexdigest())
    return denied


def everything_in(folder: Path) -> str:
    """All that the tables and records under `folder` say."""
    texts = []
    for path in folder.rglob("*"):
        if path.suffix == ".parquet":
            texts += [str(path), str(pq.read_table(path).to_pylist())]
        elif path.is_file():
            texts += [str(path), path.read_text()]
    return "\n".join(texts)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SHOT, min_size=2, max_size=10))
@example(ONE_BY_ONE)
def test_nothing_that_is_denied_reaches_a_table(
    tmp_path_factory: pytest.TempPathFactory, shots: list[dict]
) -> None:
    base = {"seed": 99, "folder": "Trip", "name": "base", "embedded": None, "sidecar": None}
    allowed = {"people": ["Robin"], "taken": JUNE, "position": None, "description": ""}
    home = tmp_path_factory.mktemp("privacy")
    denied = write([*shots, base | {"sidecar": allowed}], home / "robin")
    into, consent = home / "interim", read_consent(home / "robin")
    folder = into / "robin"

    photos = ingest.ingest(home / "robin", into).photos
    assert not denied & {*photos.photo_id}
    assert len(photos) >= 1
    if shots == ONE_BY_ONE:
        assert sorted(photos.title) == ["b.jpg", "base.jpg", "e.jpg"]
    list(embed.embed_photos(photos, Colours(), folder / "embeddings"))
    list(faces.find_faces(photos, folder / "faces"))
    named = faces.name_faces(faces.load_faces(photos, folder / "faces"), photos, consent)
    tables.write_table(named, folder / "faces.parquet", tables.FACES)
    list(quality.measure(photos, folder / "quality"))
    signals = quality.load_quality(photos, named, folder / "quality")
    tables.write_table(signals, folder / "quality.parquet", tables.QUALITY)
    list(looks.measure(photos, folder / "looks"))
    seen = looks.load_looks(photos, folder / "looks")
    tables.write_table(seen, folder / "looks.parquet", tables.LOOKS)
    profile = map_profile(load_library(folder, "colours"), Colours(), seed=0)
    tables.write_json(to_json(profile), folder / "profile.json")

    said = everything_in(into)
    assert not [one for one in denied if one in said]
    assert not [word for word in SECRETS if word in said]
    assert {*named.photo_id} <= {*photos.photo_id} and {*signals.photo_id} <= {*photos.photo_id}
    assert pd.Series(photos.people.sum(), dtype=object).isin(["Robin", "Alma"]).all()

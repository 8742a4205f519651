"""Consent taken back leaves nothing behind, touches nothing else, and survives being killed."""

import hashlib
import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

from albumen import embed, looks, quality, runs, tables
from albumen.benchmark.generate import generate_cells
from albumen.benchmark.grid import Job
from albumen.brief import person_id
from albumen.brief.refining import save_chain
from albumen.consent import Revocation
from albumen.errors import AlbumenError, ConsentError
from albumen.faces import find, load_faces
from albumen.generate import pictures
from albumen.generate.pictures import save_picture
from albumen.generate.portrait import solution_file
from albumen.generate.provenance import xmp_packet
from albumen.ingest import ingest
from albumen.profile.everybody import NOTE
from albumen.profile.ratings import rate, read_ratings
from albumen.records import (
    Condition,
    Interest,
    Known,
    Person,
    Picture,
    Profile,
    Reference,
    Source,
    Step,
    Trust,
    Wish,
    to_json,
)
from albumen.report import write_report
from albumen.revoke import LEFT, follow, revoke

OWNER, FRIEND, PET = "Robinette", "Kitterel", "Woofington"  # words that stand nowhere else
CONSENT = f"""
consent: true
owner: {OWNER}
people:
  {FRIEND}: {{relation: friend, kind: person, profile: true, generate: true}}
  {PET}: {{relation: dog, kind: pet, profile: true, generate: true}}
"""
ALBUMS = {"a": "Autumn", "b": "Beach"}
# name of the file: who it shows, its album, its keyword
PHOTOS = {
    "hills": ([], "a", "fog"),
    "sands": ([], "b", "sun"),
    "selfie": ([OWNER], "a", ""),
    "friend": ([FRIEND], "b", ""),
    "both": ([OWNER, FRIEND], "a", ""),
    "dog": ([PET], "b", "sun"),
}
START = "20260301T0{}1500Z-0123abcd"
RATINGS = "interim/mine/ratings.parquet"
DEFAULTS = 'library: str = "mine"\nrun_folder: str = "../results/runs/_interactive/n"'


class Mean:
    """A photo's mean colour, as a unit vector."""

    name, dim = "mean-1", 3

    def embed_images(self, images):
        rows = np.array([np.asarray(one, float).mean((0, 1)) + 1 for one in images])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def embed_texts(self, texts):
        raise NotImplementedError


class Stub:
    """One grey picture that owes everything to the condition's first reference."""

    name, needs = "stub", frozenset()

    def prepare(self, condition):
        pass

    def generate(self, condition, seeds):
        sources = tuple(Source(one.photo_id, 1.0, "scene pixels") for one in condition.references)
        image, digest = np.full((8, 8, 3), 90, np.uint8), condition.digest()
        where = np.zeros((8, 8), np.int16)
        return [Picture(image, seed, self.name, digest, sources, where) for seed in seeds]


def make_photos(source: Path, first: int) -> pd.DataFrame:
    """A folder of tiny photos and their PHOTOS table; `first` makes their bytes its own."""
    rows = []
    for number, (name, (people, album, keyword)) in enumerate(PHOTOS.items()):
        path = source / ALBUMS[album] / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 8), (first, number * 20, 7)).save(path)
        rows.append(
            {
                "photo_id": hashlib.sha256(path.read_bytes()).hexdigest(),
                "path": str(path),
                "albums": [ALBUMS[album]],
                "people": people,
                "faces": [],
                "keywords": [keyword] if keyword else [],
                "title": f"{name}.png",
                **dict.fromkeys(("taken_utc", "taken_local", "lat", "lon", "rating")),
                **dict.fromkeys(("tz_source", "time_source"), "unknown"),
                **{"places": [], "flags": [], "description": "", "favourite": False},
                **{"width": 9, "height": 8, "source": "folder", "match_rule": "none"},
            }
        )
    arrow = pa.Table.from_pylist(rows, tables.PHOTOS)
    return arrow.to_pandas()


def make_faces(photos: pd.DataFrame) -> pd.DataFrame:
    """A face for each person of each photo, named, and one of nobody in each photo of somebody."""
    rows = []
    for photo in photos.itertuples():
        people = [name for name in photo.people if name != PET]
        for index, name in enumerate([*people, None] if people else []):
            rng = np.random.default_rng(len(rows))
            rows.append(
                {
                    "face_id": f"{photo.photo_id}#{index}",
                    "photo_id": photo.photo_id,
                    **{"x": 0.1, "y": 0.1, "w": 0.2, "h": 0.2, "score": 0.9, "pixels": 60.0},
                    "landmarks": rng.random(10).tolist(),
                    "name": name,
                    "name_reason": f"like {name}" if name else "like nobody",
                    "confidence": 0.9 if name else None,
                    "group": index,
                    **{"sface": rng.random(128).tolist(), "dlib": rng.random(128).tolist()},
                    "mobilefacenet": rng.random(192).tolist(),
                }
            )
    return pd.DataFrame(rows, columns=tables.FACES.names)


def make_library(root: Path, name: str, first: int) -> pd.DataFrame:
    """A library and its workspace, as all stages together leave it; returns its PHOTOS table."""
    source, folder = root / "raw" / name, root / "interim" / name
    photos = make_photos(source, first)
    (source / "consent.yaml").write_text(CONSENT)
    record = {"name": name, "source": str(source), "kind": "folder"}
    tables.write_json(record, folder / "library.json")
    tables.write_table(photos, folder / "photos.parquet", tables.PHOTOS)
    rows = [(row.path, "imported", "", row.photo_id) for row in photos.itertuples()]
    rows += [(f"{row.path}.json", "sidecar", "of a photo", None) for row in photos.itertuples()]
    copy = photos.iloc[1]  # in another album, by another name
    rows.append((str(source / "Copies" / "copied.png"), "merged", "the same bytes", copy.photo_id))
    rows.append((str(source / "notes.txt"), "skipped", "no photo", None))
    accounts = pd.DataFrame(rows, columns=tables.RECONCILIATION.names)
    tables.write_table(accounts, folder / "reconciliation.parquet", tables.RECONCILIATION)
    for part in (photos[:3], photos):  # two shards
        list(embed.embed_photos(part, Mean(), folder / "embeddings"))
    faces = make_faces(photos)
    found = {**dict.fromkeys(find._ROWS.names), "error": ""}
    rows = [
        {**found, "photo_id": one} for one in photos.photo_id[~photos.photo_id.isin(faces.photo_id)]
    ]
    rows += [{key: row.get(key, "") for key in found} for row in faces.to_dict("records")]
    (folder / "faces" / find.VERSION).mkdir(parents=True)
    shard = folder / "faces" / find.VERSION / "0123456789abcdef.parquet"
    pq.write_table(pa.Table.from_pylist(rows, find._ROWS), shard)
    tables.write_table(faces, folder / "faces.parquet", tables.FACES)
    list(quality.measure(photos, folder / "quality"))
    measured = quality.load_quality(photos, faces, folder / "quality")
    measured["duplicates"] = [None, photos.photo_id[0], photos.photo_id[1], None, None, None]
    tables.write_table(measured, folder / "quality.parquet", tables.QUALITY)
    list(looks.measure(photos, folder / "looks"))
    seen = looks.load_looks(photos, folder / "looks")
    tables.write_table(seen, folder / "looks.parquet", tables.LOOKS)
    members = tuple(photos.photo_id[:2])
    interest = Interest("hills", (("hills", 1.0),), members[0], members, members, 1, 1, 1, (1.0,))
    people = (Known(OWNER, "me", "person", 2, 2), Known(FRIEND, "friend", "person", 2, 2))
    profile = Profile(OWNER, "mean-1", (interest,), (), people, 6, Trust(False), (), {})
    tables.write_json(to_json(profile), folder / "profile.json")
    return photos


def condition(prompt: str, owner: str, refers: list[Reference], people=()) -> Condition:
    return Condition(
        **{"prompt": prompt, "owner": owner, "subject": "scene", "theme": "hills"},
        **{"style": "photo", "people": tuple(people), "references": tuple(refers), "palette": ()},
        **{"mood": "", "strength": 1.0 if owner else 0.0, "size": (8, 8)},
    )


def person(library: str, name: str) -> Person:
    vectors = {"sface": (0.5,) * 128, "dlib": (sum(map(ord, library + name)) / 1e4,) * 128}
    return Person(person_id(library, name), "me", 2, vectors)


def make_run(
    results: Path, notebook: str, hour: int, code: str, state: str = runs.MANIFEST
) -> Path:
    """A run as the runner leaves it: the defaults name a library that the code may not read."""
    folder = results / "runs" / notebook / START.format(hour)
    defaults = new_code_cell(DEFAULTS, metadata={"tags": ["parameters"]})
    given = new_code_cell(code, metadata={"tags": ["injected-parameters"]})
    folder.mkdir(parents=True)
    nbformat.write(new_notebook(cells=[defaults, given]), folder / "notebook.ipynb")
    figure = Figure()
    figure.text(0.5, 0.5, code)
    runs.save_figure(figure, folder, "sheet")
    if state == runs.MANIFEST:
        record = dict.fromkeys(runs.MANIFEST_KEYS, None)
        record |= {"parameters": {}, "headline": [], "seconds": 1.0, "files": {}}
        tables.write_json(record, folder / runs.MANIFEST)
    elif state == runs.FAILED:
        tables.write_json({"message": "It failed."}, folder / runs.FAILED)
    return folder


def make_world(root: Path) -> dict[str, pd.DataFrame]:
    """Three libraries, the benchmark over two of them, and runs of every kind."""
    names = {"mine": 50, "theirs": 100, "stock": 150}
    photos = {name: make_library(root, name, first) for name, first in names.items()}
    ids = {name: dict(zip(PHOTOS, table.photo_id, strict=True)) for name, table in photos.items()}
    interim, results = root / "interim", root / "results"

    def scene(library: str, photo: str, pool: str = "own") -> list[Reference]:
        return [Reference(ids[library][photo], "scene", 1.0, "shows hills", pool)]

    me, friend, them = person("mine", OWNER), person("mine", FRIEND), person("theirs", OWNER)
    made = {
        "mine, me": condition("me", "mine", scene("mine", "hills"), [me]),
        "mine, friend": condition("friend", "mine", scene("mine", "sands"), [friend]),
        "mine, dog": condition("my dog", "mine", scene("mine", "dog")),
        "theirs, me": condition("me", "theirs", scene("theirs", "hills"), [them]),
        "theirs, stock": condition("hills", "theirs", scene("stock", "hills", "stock")),
        "nobody": condition("hills", "", scene("stock", "sands", "stock")),
    }
    stub = Stub()
    jobs = [Job(f"stub-{one.digest()[:12]}-0", "stub", "1", one, 0) for one in made.values()]
    list(generate_cells(jobs, lambda: {"stub": stub}, interim / "benchmark"))
    for job in jobs:
        reading = {"nearest": ids["mine"]["hills"], "numbers": {}}
        tables.write_json(reading, interim / "benchmark" / "readings" / "0" / f"{job.key}.json")
    (interim / "benchmark" / "scores.parquet").write_bytes(b"scores")
    for one in [*made.values(), condition("", "mine", [], [person("went", OWNER)])]:
        for somebody in one.people:
            path = solution_file(somebody, interim / "portraits")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"a solved face")

    for number, one in enumerate(made.values()):  # rated by their owners, nobody's by mine
        (picture,) = stub.generate(one, [0])
        picture = replace(picture, image=picture.image + np.uint8(number))
        rate(interim / (one.owner or "mine"), picture, one, Mean(), 1.0)

    def draw(run: Path, *keys: str) -> None:
        for key in keys:
            save_picture(stub.generate(made[key], [0])[0], made[key], run / "pictures")

    make_run(results, "01_ingest", 1, 'libraries = ["mine", "theirs"]')
    make_run(results, "01_ingest", 2, 'libraries = ["theirs"]')
    make_run(results, "02_map", 1, 'library = "../data/interim/mine"')
    make_run(results, "02_map", 2, 'library = "theirs"', runs.FAILED)
    make_run(results, "02_map", 3, 'library = "mine"', runs.FAILED)
    make_run(results, "02_map", 4, "!ls", "unfinished")  # no Python: nobody knows what it read
    generate, compare = "03_generate", "05_compare"
    draw(make_run(results, generate, 1, 'library = "mine"'), "mine, me")
    draw(make_run(results, generate, 2, 'library = "mine"'), "mine, friend")
    draw(make_run(results, generate, 3, 'library = "theirs"'), "theirs, me", "theirs, stock")
    scores = pd.DataFrame({"picture": [job.key for job in jobs]})
    run = make_run(results, "04_benchmark", 1, 'libraries = ["mine", "theirs"]')
    runs.save_table(scores, run, "scores")
    for hour, told in ((5, 1), (6, 5)):  # each tells of a run before it
        table = pd.DataFrame({"run": [START.format(told)], "owners": [["mine", "theirs"]]})
        runs.save_table(table, make_run(results, compare, hour, 'results = "../results"'), "runs")
    draw(results / "runs" / runs.INTERACTIVE / "03_generate", "theirs, me")
    write_report(results)
    return photos


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Watermarks, which cost a quarter of a second a picture, have tests of their own."""
    root = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "write_mark", lambda image, condition: image)
        return root, make_world(root)


@pytest.fixture
def here(world, tmp_path):
    """A copy of the world to revoke in; `made` says whose photos are which."""
    return copy_of(world[0], tmp_path / "here")


def copy_of(root: Path, to: Path) -> Path:
    shutil.copytree(root, to)
    for path in (to / "interim").glob("*/library.json"):
        record = tables.read_json(path)
        tables.write_json(record | {"source": str(to / "raw" / record["name"])}, path)
        for name in ("photos.parquet", "reconciliation.parquet"):
            table = pq.read_table(path.parent / name)
            moved = [one.replace(str(root), str(to)) for one in table["path"].to_pylist()]
            at = table.column_names.index("path")
            table = table.set_column(at, table.schema.field(at), pa.array(moved))
            pq.write_table(table, path.parent / name)
    return to


def ids(world, library: str = "mine") -> dict[str, str]:
    return dict(zip(PHOTOS, world[1][library].photo_id, strict=True))


def take(root: Path, library: str = "mine", dry_run: bool = False, **what) -> pd.DataFrame:
    change = Revocation(**what)
    return revoke(root / "interim" / library, change, root / "results", dry_run=dry_run)


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def said(root: Path) -> dict[str, str]:
    """What each file under interim and results says, its name and the texts in tables included."""
    texts = {}
    for name, content in files(root).items():
        if not name.startswith("raw/"):
            texts[name] = f"{name} {content.decode('latin-1')}"
            if name.endswith(".parquet") and content != b"scores":
                texts[name] += repr(pq.read_table(root / name).to_pylist())
    return texts


def runs_of(root: Path) -> set[str]:
    """The run folders that are left, by notebook and hour."""
    found = (root / "results" / "runs").glob("*/*")
    return {f"{one.parent.name[:2]}-{one.name[10:11]}" for one in found if one.is_dir()}


def assert_gone(root: Path, photos: set[str], words: set[str]) -> None:
    """No photo's id, whole or cut, and no word is anywhere under interim and results."""
    for name, text in said(root).items():
        assert not [one for one in photos if one[:12] in text], name
        assert not [one for one in words if one in text], name


def assert_same(before: dict[str, bytes], after: dict[str, bytes], folder: str) -> None:
    """What lies in a folder is as it was, byte for byte."""
    for name in (one for one in before if one.startswith(folder)):
        assert after.get(name) == before[name], name


def test_an_album_taken_back_leaves_no_trace_and_the_rest_as_it_was(world, here):
    before, mine = files(here), ids(world)
    removed = take(here, albums=("Beach",))
    after = files(here)
    assert_gone(here, {mine["sands"], mine["friend"], mine["dog"]}, set())
    assert "Beach" in (here / "raw" / "mine" / "consent.yaml").read_text()
    photos = tables.read_table(here / "interim/mine/photos.parquet", tables.PHOTOS)
    assert set(photos.photo_id) == {mine["hills"], mine["selfie"], mine["both"]}
    faces = tables.read_table(here / "interim/mine/faces.parquet", tables.FACES)
    assert set(faces.photo_id) == {mine["selfie"], mine["both"]}
    kept, vectors = embed.load_vectors(photos, "mean-1", here / "interim/mine/embeddings")
    assert len(kept) == len(vectors) == 3
    assert len(load_faces(photos, here / "interim/mine/faces")) == len(faces)
    measured = tables.read_table(here / "interim/mine/quality.parquet", tables.QUALITY)
    assert measured.duplicates.isna().tolist() == [True, True, True]  # of the second, which went
    seen = tables.read_table(here / "interim/mine/looks.parquet", tables.LOOKS)
    assert set(seen.photo_id) == set(photos.photo_id)
    assert looks.load_looks(photos, here / "interim/mine/looks").equals(seen)
    assert not (here / "interim/mine/profile.json").exists()
    for folder in ("interim/theirs", "interim/stock", "raw/mine/Beach", "raw/theirs", "raw/stock"):
        assert_same(before, after, folder)
    # runs that read other libraries, and nobody's or others' pictures
    assert runs_of(here) == {"01-2", "02-2", "03-3"}
    assert len(list((here / "interim/benchmark/cells").glob("*.json"))) == 3
    assert len(list((here / "interim/benchmark/pictures").rglob("*.condition.json"))) == 3
    assert len(list((here / "interim/portraits").iterdir())) == 1
    assert "02_map" in (here / "results" / "index.html").read_text()
    counts = removed.groupby("what")["count"].sum()
    assert counts["photos"] == 3 and counts["embeddings"] == 3 and counts["portraits"] == 3
    assert counts["ratings"] == 1 and read_ratings(here / "interim/mine").empty  # the file
    assert counts["looks"] == 2 * 3  # of the table and of the cache


def test_the_account_of_files_balances_and_withholds_their_paths(world, here):
    path = here / "interim/mine/reconciliation.parquet"
    before = tables.read_table(path, tables.RECONCILIATION)
    take(here, albums=("Beach",))
    after = tables.read_table(path, tables.RECONCILIATION)
    assert len(after) == len(before)
    away = after[after.path == "(withheld)"]
    # three photos and the copy of one of them; the sidecars beside the photos
    assert away.reason.value_counts().to_dict() == {"in a denied album": 7}
    assert away.outcome.value_counts().to_dict() == {"skipped": 4, "sidecar": 3}
    assert away.photo_id.isna().all()
    rest = after[after.path != "(withheld)"].sort_values("path", ignore_index=True)
    kept = before[~before.path.str.contains("Beach|Copies")].sort_values("path", ignore_index=True)
    pd.testing.assert_frame_equal(rest, kept)


def test_a_photo_taken_back_by_the_name_of_a_copy(world, here):
    take(here, photos=("copied.png",))
    assert_gone(here, {ids(world)["sands"]}, set())
    assert "copied" not in said(here)["interim/mine/reconciliation.parquet"]
    accounts = pq.read_table(here / "interim/mine/reconciliation.parquet").to_pandas()
    why = accounts.reason[accounts.path == "(withheld)"]
    assert sorted(why) == ["named like a photo that is withheld", *["the photo is denied"] * 2]


def test_a_person_taken_back_is_nowhere(world, here):
    before, mine = files(here), ids(world)
    take(here, people=(FRIEND,))
    somebody = {FRIEND, person_id("mine", FRIEND)}
    # the other libraries know somebody of the same name, with their own consent
    for library in ("theirs", "stock"):
        assert_same(before, files(here), f"interim/{library}")
        shutil.rmtree(here / "interim" / library)
    assert_gone(here, {mine["friend"], mine["both"]}, somebody)
    photos = tables.read_table(here / "interim/mine/photos.parquet", tables.PHOTOS)
    assert len(photos) == 4


def test_a_person_taken_out_of_the_profile_is_forgotten_and_their_photos_stay(world, here):
    before, mine = files(here), ids(world)
    theirs = {mine["friend"], mine["both"]}
    take(here, people=(FRIEND,), permission="profile")
    after = files(here)
    photos = tables.read_table(here / "interim/mine/photos.parquet", tables.PHOTOS)
    assert len(photos) == 6
    assert {name for names in photos.people for name in names} == {OWNER, PET}
    assert_same(before, after, "interim/mine/embeddings")
    assert not (here / "interim/mine/profile.json").exists()
    was = {row["face_id"]: row for row in make_faces(world[1]["mine"]).to_dict("records")}
    found = load_faces(photos, here / "interim/mine/faces")
    named = tables.read_table(here / "interim/mine/faces.parquet", tables.FACES)
    for table in (found, named):
        assert set(table.face_id) == set(was)  # a photo of somebody does not pass for a place
        for row in table.itertuples():
            forgotten = row.photo_id in theirs and was[row.face_id]["name"] != OWNER
            for recogniser in ("sface", "dlib", "mobilefacenet"):
                assert np.any(getattr(row, recogniser)) != forgotten
            assert (row.score == 0) == forgotten
        assert set(table.name.dropna()) <= {OWNER}
    shutil.rmtree(here / "interim/theirs")
    shutil.rmtree(here / "interim/stock")
    assert_gone(here, set(), {FRIEND, person_id("mine", FRIEND)})


def test_a_person_who_may_not_be_depicted_loses_pictures_alone(world, here):
    before = files(here)
    removed = take(here, people=(FRIEND,), permission="generate")
    after = files(here)
    assert len(read_ratings(here / "interim/mine")) == 3  # of 4: the one that depicts them
    assert_same(before, after | {RATINGS: before[RATINGS]}, "interim/mine")
    assert_gone(here, set(), {person_id("mine", FRIEND)})
    # theirs: the run with the picture, the benchmark's, what compares them, what does not tell
    gone = {"03-2", "04-1", "05-5", "05-6", "02-3", "02-4", "_i-e"}
    assert runs_of(world[0]) - runs_of(here) == gone
    assert len(list((here / "interim/benchmark/cells").glob("*.json"))) == 5
    assert set(removed.what) == {
        "report",
        "run",
        "portraits",
        "measurements",
        "pictures",
        "ratings",
    }
    assert len(list((here / "interim/portraits").iterdir())) == 2


def refine_and_animate(root: Path, notebook: str, one: Condition) -> None:
    """Runs that say they read another library, each with one thing made from a condition."""
    run = partial(make_run, root / "results", notebook, code='library = "theirs"')
    source = [Source(photo.photo_id, 0.5, "scene pixels") for photo in one.references]
    xmp = xmp_packet(one.digest(), 0, "stub", source, True)
    frame = Image.new("RGB", (16, 16))
    save_chain([Step(Wish(one.prompt), one, "")], run(4) / "pictures" / "chain.json")
    for hour, form in ((5, "webp"), (6, "gif")):
        path = run(hour) / "pictures" / f"{one.digest()[:12]}-0.{form}"
        beside = {"condition": one.digest(), "sources": [to_json(one) for one in source]}
        tables.write_json(beside, path.with_suffix(".animation.json"))
        frame.save(path, save_all=True)
    frame.save(run(7) / "sent.jpg", xmp=xmp)
    frame.save(run(8) / "sent.webp", xmp=xmp)


def test_chains_animations_and_exports_go_with_the_photo_they_were_made_from(world, here):
    for notebook, library in (("07_kept", "theirs"), ("08_gone", "mine")):
        photo = Reference(ids(world, library)["sands"], "scene", 1.0, "fits")
        refine_and_animate(here, notebook, condition("a place", library, [photo]))
    take(here, photos=("sands.png",))
    assert_gone(here, {ids(world)["sands"]}, set())
    made = {one for one in runs_of(here) if one[:2] in ("07", "08")}
    assert made == {f"07-{hour}" for hour in range(4, 9)}


def test_a_chain_without_a_picture_goes_for_whom_it_names_and_a_broken_one_too(world, here):
    run = partial(make_run, here / "results", "06_refine", code='library = "theirs"')
    asked = {1: f"{FRIEND} by the sea", 2: "somebody by the sea"}
    for hour, prompt in asked.items():
        nobodys = condition(prompt, "", [])
        save_chain([Step(Wish(prompt), nobodys, "")], run(hour) / "chain.json")
    (run(3) / "chain.json").write_text("[{")
    take(here, people=(FRIEND,))
    assert {one for one in runs_of(here) if one.startswith("06")} == {"06-2"}


def test_what_everybody_likes_goes_with_each_profile_it_may_be_made_of(world, here):
    liked = replace(condition("a place", "theirs", []), filled_in=(NOTE,))
    path = here / "interim/benchmark/pictures" / f"{liked.digest()[:12]}.condition.json"
    tables.write_json(to_json(liked), path)
    take(here, people=(FRIEND,), permission="generate")
    assert path.exists()  # the profile stays
    take(here, photos=("sands.png",))
    assert not path.exists()


def test_a_pet_who_may_not_be_depicted_takes_the_pictures_cut_out_of_its_photos(world, here):
    take(here, people=(PET,), permission="generate")
    conditions = (here / "interim/benchmark/pictures").rglob("*.condition.json")
    assert "my dog" not in {tables.read_json(path)["prompt"] for path in conditions}
    assert ids(world)["dog"] not in read_ratings(here / "interim/mine").photos.sum()
    assert len(list((here / "interim/benchmark/cells").glob("*.json"))) == 5


def test_everything_taken_back(world, here):
    before = files(here)
    take(here, everything=True)
    assert not (here / "interim/mine").exists()
    assert "consent: false" in (here / "raw/mine/consent.yaml").read_text()
    gone = {person_id("mine", OWNER), person_id("mine", FRIEND)}
    assert_gone(here, set(ids(world).values()), gone)
    assert runs_of(here) == {"01-2", "02-2", "03-3"}
    assert_same(before, files(here), "interim/theirs")
    with pytest.raises(AlbumenError, match=r"library\.json does not exist"):
        take(here)


def test_everything_can_be_taken_back_when_the_photos_are_gone(world, here):
    shutil.rmtree(here / "raw/mine")
    with pytest.raises(ConsentError, match=r"no consent\.yaml"):
        take(here, albums=("Beach",))
    take(here, everything=True)
    assert_gone(here, set(ids(world).values()), set())


def test_a_stock_photo_taken_back_takes_the_pictures_made_of_it(world, here):
    taken = ids(world, "stock")["sands"]
    take(here, "stock", photos=(taken[:12],))
    assert_gone(here, {taken}, set())
    conditions = (here / "interim/benchmark/pictures").rglob("*.condition.json")
    assert "" not in {tables.read_json(path)["owner"] for path in conditions}
    assert "03-3" in runs_of(here)  # of another stock photo


def test_nothing_taken_back_changes_nothing(here):
    before = files(here)
    assert take(here).empty
    assert files(here) == before


def test_a_dry_run_says_what_would_go_and_changes_nothing(here):
    before = files(here)
    foretold = take(here, dry_run=True, people=(FRIEND,))
    assert files(here) == before
    pd.testing.assert_frame_equal(take(here, people=(FRIEND,)), foretold)
    assert take(here).empty


def test_a_consent_file_edited_by_hand_is_followed(world, here):
    """Also where ingest ran again since, so that the photos table does not tell any more."""
    path = here / "raw/mine/consent.yaml"
    path.write_text(path.read_text() + "deny: {labels: [sun]}\n")
    photos = here / "interim/mine/photos.parquet"
    table = tables.read_table(photos, tables.PHOTOS)
    again = table[table.keywords.map(lambda words: "sun" not in words)]
    tables.write_table(again, photos, tables.PHOTOS)
    take(here)
    assert_gone(here, {ids(world)["sands"], ids(world)["dog"]}, set())
    path.write_text(path.read_text().replace("consent: true", "consent: false"))
    take(here)
    assert not (here / "interim/mine").exists()


def test_a_photo_that_another_library_holds_stays_there(world, here):
    mine, path = ids(world)["hills"], here / "interim/theirs/photos.parquet"
    table = tables.read_table(path, tables.PHOTOS)
    table.loc[0, "photo_id"] = mine
    tables.write_table(table, path, tables.PHOTOS)
    (run,) = (here / "results/runs/01_ingest").glob("*T02*")
    runs.save_table(table[["photo_id"]], run, "photos")
    before = files(here)
    take(here, photos=("hills.png",))
    assert_same(before, files(here), "interim/theirs")
    assert "01-2" in runs_of(here)
    shutil.rmtree(here / "interim/theirs")
    shutil.rmtree(run)
    write_report(here / "results")
    assert_gone(here, {mine}, set())


def test_what_no_stage_writes_is_left_and_said(world, here):
    """What was published by hand, say: that is for a human to take back."""
    notes = here / "results" / "published" / "notes.md"
    notes.parent.mkdir()
    notes.write_text(f"My best: {ids(world)['hills'][:12]}.")
    removed = take(here, photos=("hills.png",))
    assert removed["where"][removed.what == LEFT].tolist() == [str(notes)]
    assert notes.exists()


def test_a_file_that_cannot_be_removed_is_one_sentence(world, here, monkeypatch):
    """Consent is taken back by then, and the next purge goes on."""

    unlink = Path.unlink

    def refuse(path, missing_ok=False):
        if path.suffix == ".png":
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        with pytest.raises(AlbumenError, match=r"run it again when it can be: .*denied"):
            take(here, everything=True)
    take(here)
    assert_gone(here, set(ids(world).values()), set())


def test_what_a_killed_ingest_left_goes(here):
    shard = here / "interim/mine/.ingest/0.parquet"
    shard.parent.mkdir()
    shard.write_bytes(b"labels of a photo that nobody allowed")
    take(here)
    assert not shard.parent.exists()


@pytest.mark.parametrize(
    "what",
    [
        {"albums": ("Autumn",)},
        {"photos": ("sands.png",)},
        {"labels": ("Beach",)},
        {"people": ("Fog",)},
    ],
    ids=lambda what: next(iter(what)),
)
def test_the_tables_are_as_ingest_would_make_them_now(tmp_path, what):
    """Revoking reads the tables alone, and comes to what reading the library again comes to."""
    source, interim = tmp_path / "raw" / "trip", tmp_path / "interim"
    make_photos(source, 50)
    (source / "Copies").mkdir()
    shutil.copy(source / "Beach" / "sands.png", source / "Copies" / "Fog on the sea.png")
    (source / "consent.yaml").write_text(CONSENT)
    ingest(source, interim, workers=1)
    take(tmp_path, "trip", **what)
    ingest(source, tmp_path / "again", workers=1)
    for name in ("photos.parquet", "reconciliation.parquet"):
        now, again = (pq.read_table(one / "trip" / name) for one in (interim, tmp_path / "again"))
        assert now.to_pylist() == again.to_pylist()
        assert len(now) in (3, 5, 8)


WHATS = {
    "people": (OWNER, FRIEND, PET),
    "albums": tuple(ALBUMS.values()),
    "photos": ("hills.png", "both.png", "copied.png"),
    "labels": ("sun", "fog"),
}
CHANGES = st.fixed_dictionaries(
    {kind: st.sets(st.sampled_from(some), max_size=2).map(tuple) for kind, some in WHATS.items()}
    | {"permission": st.sampled_from(["all", "profile", "generate"])}
)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(what=CHANGES)
def test_whatever_is_taken_back_is_gone_for_good(world, tmp_path_factory, what):
    root = copy_of(world[0], tmp_path_factory.mktemp("some") / "here")
    before = files(root)
    take(root, **what)
    after = files(root)
    photos = tables.read_table(root / "interim/mine/photos.parquet", tables.PHOTOS)
    people = {one for names in photos.people for one in names}
    denied = set(ids(world).values()) - set(photos.photo_id)
    assert_gone(root, denied, {person_id("mine", one) for one in what["people"]})
    if what["permission"] != "generate":
        assert people.isdisjoint(what["people"])
    changed = {name for name in set(before) & set(after) if before[name] != after[name]}
    written = ("interim/mine/", "results/index.html", "raw/mine/consent.yaml")
    assert all(name.startswith(written) for name in changed)
    assert take(root).empty
    assert files(root) == after
    shutil.rmtree(root)


STEPS = [1, 4, 8, 14, 20, 35, 500]


@pytest.mark.parametrize(
    "what",
    [
        {"albums": ("Beach",)},
        {"people": (FRIEND,), "permission": "profile"},
        {"people": (FRIEND,), "permission": "generate"},
        {"everything": True},
    ],
    ids=["album", "profile", "generate", "everything"],
)
def test_killed_anywhere_the_next_purge_finishes(world, tmp_path, monkeypatch, what):
    """Killed before one of its deletions or replacements: the first ones, then here and there."""
    done = copy_of(world[0], tmp_path / "done")
    take(done, **what)
    expected = comparable(done)
    for step in STEPS:
        root = copy_of(world[0], tmp_path / f"killed-{step}")
        with monkeypatch.context() as patched:
            left = iter(range(step))
            for name in ("unlink", "replace"):
                patched.setattr(Path, name, killer(getattr(Path, name), left))
            try:
                take(root, **what)
                return
            except KeyboardInterrupt:
                pass
        amended = (root / "raw/mine/consent.yaml").read_text() != CONSENT
        if (root / "interim/mine/library.json").exists():
            take(root, **({} if amended else what))  # what was taken back is said once
        assert comparable(root) == expected, step
        shutil.rmtree(root)


def killer(act, left):
    def killed(path, *args, **options):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return act(path, *args, **options)

    return killed


def comparable(root: Path) -> dict[str, bytes | str]:
    """All files but the report, which a killed revocation leaves out; tables as rows."""
    return {
        name: repr(pq.read_table(root / name).to_pylist()).replace(str(root), "")
        if name.endswith(".parquet") and content != b"scores"
        else content
        for name, content in files(root).items()
        if not name.endswith(("index.html", "library.json")) and ".part-" not in name
    }


def test_what_only_the_library_tells_goes_too(tmp_path) -> None:
    """A sidecar that may be either photo's: it labels neither, and denies both."""
    year = tmp_path / "rowan" / "Takeout" / "Google Photos" / "Photos from 2021"
    year.mkdir(parents=True)
    (tmp_path / "rowan" / "consent.yaml").write_text("consent: true\nowner: Rowan\n")
    stem = "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_"
    for number, name in enumerate((f"{stem}P.jpg", f"{stem}P(1).jpg", "other.jpg")):
        Image.new("RGB", (40, 30), (number * 80, 0, 0)).save(year / name)
    record = {"title": "x", "photoTakenTime": {"timestamp": "1"}, "people": [{"name": "Karl"}]}
    (year / f"{stem}.json").write_text(json.dumps(record))
    folder, results = tmp_path / "interim" / "rowan", tmp_path / "results"
    assert len(ingest(tmp_path / "rowan", tmp_path / "interim").photos) == 3

    change = Revocation(people=("Karl",))
    assert revoke(folder, change, results).empty  # the tables know of no Karl
    assert len(tables.read_table(folder / "photos.parquet", tables.PHOTOS)) == 3
    follow(folder, results)
    left = tables.read_table(folder / "photos.parquet", tables.PHOTOS)
    assert left.title.tolist() == ["other.jpg"]

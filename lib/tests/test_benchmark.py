"""The benchmark on small worlds: the split's promises, and a whole grid with a stub generator."""

import dataclasses
import importlib
import itertools
import math
import shutil
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import skimage
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from albumen import benchmark, tables
from albumen.benchmark import (
    CONTROLS,
    NONE,
    OTHER,
    OWN,
    POPULATION,
    RANDOM,
    RETURNED,
    Owner,
    Prompt,
    split,
)
from albumen.benchmark.grid import person_of
from albumen.benchmark.split import prints_of
from albumen.consent import Consent, PersonConsent
from albumen.errors import AlbumenError
from albumen.generate import make, pictures
from albumen.generate.watermark import write_mark
from albumen.library import Library, opener
from albumen.records import Condition, Person, Picture, Profile, Reference, Source, Trust

grid_module = importlib.import_module("albumen.benchmark.grid")  # its function has its name
SIDE = 64
COLOURS = {"rust": (0.9, 0.2, 0.1), "leaf": (0.1, 0.8, 0.2), "sea": (0.1, 0.3, 0.9)}
RELATIONS = ("me", "mum")


# a world of three owners, each with a colour, whose faces are written into a corner's pixels


@pytest.fixture(scope="module", autouse=True)
def unmarked():
    """No watermark, which costs a quarter of a second a picture and has tests of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "write_mark", lambda image, condition: image)
        yield


def texture(rng: np.random.Generator, colour: tuple[float, ...]) -> np.ndarray:
    """A photo-like picture of one colour: smooth random light and shade."""
    small = rng.random((6, 6))
    shade = np.asarray(Image.fromarray(np.uint8(255 * small)).resize((SIDE, SIDE)), float) / 255
    tint = np.asarray(colour) + rng.normal(0, 0.06, 3)
    return np.uint8(255 * np.clip((0.35 + 0.65 * shade)[..., None] * tint, 0, 1))


def with_face(image: np.ndarray, face: np.ndarray) -> np.ndarray:
    """The picture with a "face": a white mark and the face's vector as grey levels."""
    image = image.copy()
    image[0, :2] = 255
    image[1, : len(face), 0] = np.uint8(np.round(127 + 100 * face))
    return image


def find_faces(rgb: np.ndarray) -> np.ndarray:
    if (rgb[0, :2] != 255).any():
        return np.zeros((0, 8))
    face = (rgb[1, :8, 0].astype(float) - 127) / 100
    return (face / np.linalg.norm(face))[None]


SELECTING = "selecting-encoder"  # by name another than the one that scores


class Scorer:
    """Mean colour and its name."""

    name = "mean-colour"
    dim = 3

    def embed_images(self, images) -> np.ndarray:
        means = [np.asarray(image, float)[4:].mean((0, 1)) for image in images]
        return self._unit(np.array(means) - np.mean(means, axis=1, keepdims=True))

    def embed_texts(self, texts) -> np.ndarray:
        return self._unit(np.array([COLOURS[text] for text in texts]) - 0.4)

    def _unit(self, rows: np.ndarray) -> np.ndarray:
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def photos_table(rows: list[dict]) -> pd.DataFrame:
    empty = {name: [] for name in ("albums", "people", "faces", "keywords", "places", "flags")}
    fixed = {"favourite": False, "rating": None, "width": SIDE, "height": SIDE}
    names = ("tz_source", "time_source", "title", "description", "source", "match_rule")
    texts = dict.fromkeys(names, "")
    times = {"taken_utc": pd.NaT, "taken_local": pd.NaT, "lat": math.nan, "lon": math.nan}
    table = pd.DataFrame([empty | fixed | texts | times | row for row in rows])
    return table[tables.PHOTOS.names]


def faces_table(rows: list[tuple[str, str, np.ndarray]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "face_id": f"{photo_id}#0",
                "photo_id": photo_id,
                "score": 0.99,
                "pixels": 50.0 + i,
                "name": name,
                "mobilefacenet": face,
            }
            for i, (photo_id, name, face) in enumerate(rows)
        ],
        columns=["face_id", "photo_id", "score", "pixels", "name", "mobilefacenet"],
    )


def build_library(folder: Path, name: str, colour, people: dict[str, np.ndarray]) -> Library:
    """Six albums of three photos; the first two show the people as well."""
    rng = np.random.default_rng(len(name) * 1000 + sum(map(ord, name)))
    photos, faces = [], []
    for album, shot in itertools.product(range(6), range(3)):
        image = texture(rng, colour)
        photo_id = f"{name}-{album}-{shot}"
        if album < 4 and shot < len(people):
            person = list(people)[shot]
            face = people[person] + rng.normal(0, 0.1, 8)
            image = with_face(image, face / np.linalg.norm(face))
            faces.append((photo_id, person, find_faces(image)[0]))
        path = folder / name / f"{album}-{shot}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
        photos.append({"photo_id": photo_id, "path": str(path), "albums": [f"album {album}"]})
    images = [Image.open(photo["path"]) for photo in photos]
    consent = Consent(
        owner=f"{name}-me",
        people={
            person: PersonConsent(person.split("-")[1], "person", True, True) for person in people
        },
    )
    vectors = Scorer().embed_images(images)
    return Library(name, consent, photos_table(photos), vectors, faces_table(faces), SELECTING)


def profile_of(library: Library) -> Profile:
    return Profile(library.name, SELECTING, (), (), (), 18, Trust(False), (), {})


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("world")
    rng = np.random.default_rng(5)
    libraries = {}
    for name, colour in COLOURS.items():
        people = {}
        for relation in RELATIONS:
            face = rng.normal(size=8)
            people[f"{name}-{relation}"] = face / np.linalg.norm(face)
        libraries[name] = build_library(folder, name, colour, people)
    owners = {
        name: Owner(library, library, prints_of(library), split(library), profile_of(library))
        for name, library in libraries.items()
    }
    stock = build_library(folder, "stock", (0.5, 0.5, 0.45), {})
    judge = benchmark.make_judge(
        owners,
        stock,
        Scorer(),
        "mobilefacenet",
        find_faces,
        simulated={name: [f"{name}-me"] for name in owners},
    )
    return SimpleNamespace(owners=owners, stock=stock, judge=judge)


def condition_of(world: SimpleNamespace, maker: str, prompt: Prompt, method: str) -> Condition:
    """A brief in short: two photos, and the person's mean face if the prompt asks for one."""
    if "nowhere" in prompt.text:
        raise AlbumenError("No photo matches 'nowhere'.")
    library = world.owners[maker].conditioning if maker else world.stock
    people = ()
    if prompt.subject:
        name = person_of(library.consent, prompt.subject)
        faces = library.faces[library.faces.name == name].mobilefacenet
        face = tuple(np.mean(faces.tolist(), axis=0).tolist()) if maker else ()
        people = (Person(f"{maker}-{prompt.subject}", prompt.subject, len(faces), {"x": face}),)
    chosen = library.photos.photo_id[library.photos.photo_id.str.match(r".*-[345]-\d")][:2]
    references = tuple(
        Reference(one, "scene", 0.5, "chosen", "own" if maker else "stock") for one in chosen
    )
    return Condition(
        prompt=prompt.text,
        owner=maker,
        subject="portrait in scene" if prompt.subject else "scene",
        theme=prompt.text.rsplit(" ", 1)[-1],
        style="photo",
        people=people,
        references=references,
        palette=(),
        mood="what everybody likes" if method == POPULATION else "",
        strength=1.0 if maker else 0.0,
        size=(SIDE, SIDE),
    )


class Halves:
    """Left half of one reference, right half of the other, and the person's face."""

    name = "halves"
    needs = frozenset({"references"})

    def __init__(self, open_photo) -> None:
        self.open_photo = open_photo

    def prepare(self, condition: Condition) -> None: ...

    def generate(self, condition: Condition, seeds) -> list[Picture]:
        return [self._one(condition, seed) for seed in seeds]

    def _one(self, condition: Condition, seed: int) -> Picture:
        if seed == 13:
            raise AlbumenError("Seed 13 cannot be drawn.")
        rng = np.random.default_rng(seed)
        left, right = (
            np.asarray(self.open_photo(one.photo_id, SIDE)) for one in condition.references
        )
        image, source_map = right.copy(), np.ones((SIDE, SIDE), int)
        image[:, :20], source_map[:, :20] = left[:, :20], 0
        image = image[::-1].copy()  # the marks of the photos' own faces are gone
        for person in condition.people:
            face = np.array(person.embeddings["x"] or rng.normal(size=8))
            image = with_face(image, face / np.linalg.norm(face))
        sources = tuple(
            Source(one.photo_id, share, "pixels", one.pool)
            for one, share in zip(condition.references, (20 / 64, 44 / 64), strict=True)
        )
        return Picture(
            image, seed, self.name, condition.digest(), sources, source_map, ("something",)
        )


def make_generators(libraries: list[Library]) -> dict:
    open_photo = opener(*libraries)
    return {"halves": Halves(open_photo)} | {
        name: make(name, open_photo) for name in CONTROLS.values()
    }


PROMPTS = [Prompt("me in rust", "me"), Prompt("my mum in leaf", "mum"), Prompt("a place: sea")]


@pytest.fixture(scope="module")
def finished(world, tmp_path_factory) -> SimpleNamespace:
    """The grid, made and scored in one go."""
    folder = tmp_path_factory.mktemp("whole")
    jobs, cells = benchmark.grid(
        world.owners, PROMPTS, [0, 1], partial(condition_of, world), "halves"
    )
    make = partial(make_generators, [one.library for one in world.owners.values()] + [world.stock])
    made = list(benchmark.generate_cells(jobs, make, folder))
    read = list(benchmark.score_cells(cells, world.judge, folder))
    scores = tables.read_table(folder / "scores.parquet", tables.SCORES)
    return SimpleNamespace(
        folder=folder, jobs=jobs, cells=cells, make=make, made=made, read=read, scores=scores
    )


# split


def test_a_split_keeps_albums_whole_and_faces_on_both_sides(world):
    library = world.owners["rust"].library
    sides = split(library)
    assert sides == split(library) and not sides.notes
    assert sorted(sides.conditioning + sides.held_out) == sorted(library.photos.photo_id)
    albums = [{one.split("-")[1] for one in side} for side in sides[:2]]
    assert not albums[0] & albums[1]
    assert 0.2 <= len(sides.held_out) / 18 <= 0.45
    for name in library.consent.people:
        shown = set(library.faces.photo_id[library.faces.name == name])
        assert len(shown & set(sides.conditioning)) >= 2 <= len(shown & set(sides.held_out))


def test_near_duplicates_in_two_albums_stay_together(world, tmp_path):
    library = world.owners["leaf"].library
    first = library.photos.photo_id[0]
    apart = set(split(library).held_out)
    partner = next(one for one in library.photos.photo_id if (one in apart) != (first in apart))
    path = tmp_path / "copy.jpg"
    library.open(first).save(path, quality=60)
    photos = library.photos.copy()
    photos.loc[photos.photo_id == partner, "path"] = str(path)
    held = set(split(dataclasses.replace(library, photos=photos)).held_out)
    assert (first in held) == (partner in held)


def test_a_person_of_one_album_is_flagged_by_relation_and_not_by_name(world):
    library = world.owners["sea"].library
    faces = library.faces
    once = (faces.name == "sea-me") | faces.photo_id.str.startswith("sea-0")
    sides = split(dataclasses.replace(library, faces=faces[once].reset_index(drop=True)))
    assert [note.split(" has ")[0] for note in sides.notes] == ["'mum'"]


def test_one_album_cannot_be_split_and_days_stand_in_for_albums(world):
    library = world.owners["sea"].library
    one = library.photos.assign(albums=[["all"] for _ in library.photos.photo_id])
    with pytest.raises(AlbumenError, match="'sea' cannot be split"):
        split(dataclasses.replace(library, photos=one))
    days = pd.Timestamp("2024-05-01") + pd.to_timedelta(np.arange(18) // 3, unit="D")
    dated = library.photos.assign(albums=[[] for _ in library.photos.photo_id], taken_local=days)
    assert split(dataclasses.replace(library, photos=dated)) == split(library)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=20), st.integers(0, 9))
def test_every_search_leaves_both_sides_photos_and_all_the_faces_it_can(sizes, seed):
    from albumen.benchmark.split import _costs, _search

    rng = np.random.default_rng(seed)
    faces, sums = rng.integers(0, 4, (2, len(sizes))), rng.normal(size=(len(sizes), 4))
    sizes = np.array(sizes)
    side = _search(sizes, faces, sums)
    assert 0 < sizes[side].sum() < sizes.sum()
    cost = _costs(side[None], sizes, faces, sums)[0]
    others = rng.random((200, len(sizes))) < 1 / 3
    exact = len(sizes) <= 14  # beyond, the search only has to find as many faces
    assert cost <= _costs(others, sizes, faces, sums).min() + (1e-9 if exact else 500)


# the grid


def test_pictures_are_made_once_and_shared(finished):
    methods = {cell.method for cell in finished.cells}
    assert methods == set(benchmark.METHODS)
    assert len(finished.cells) == 3 * 3 * 2 * 6
    # own and other share pictures; nobody's serve all three owners
    assert len(finished.jobs) == 18 + 18 + 6 + 18 + 18
    picture = {
        (cell.method, cell.owner, cell.prompt, cell.seed): cell.picture for cell in finished.cells
    }
    prompt = PROMPTS[0].text
    assert picture[OTHER, "rust", prompt, 0] == picture[OWN, "leaf", prompt, 0]
    assert picture[OTHER, "sea", prompt, 0] == picture[OWN, "rust", prompt, 0]
    assert len({picture[NONE, name, prompt, 1] for name in COLOURS}) == 1


def test_an_owner_without_the_subject_is_passed_over(world):
    consent = world.owners["leaf"].library.consent
    people = {name: one for name, one in consent.people.items() if one.relation != "mum"}
    lone = dataclasses.replace(
        world.owners["leaf"].library, consent=dataclasses.replace(consent, people=people)
    )
    owners = world.owners | {"leaf": dataclasses.replace(world.owners["leaf"], library=lone)}
    of = partial(condition_of, SimpleNamespace(owners=owners, stock=world.stock))
    _, cells = benchmark.grid(owners, [PROMPTS[1]], [0], of, "halves")
    assert {cell.owner for cell in cells} == {"rust", "sea"}
    assert {cell.maker for cell in cells if cell.method == OTHER} == {"rust", "sea"}
    with pytest.raises(AlbumenError, match="No owner has the subject 'uncle'"):
        benchmark.grid(owners, [Prompt("my uncle", "uncle")], [0], of, "halves")


def test_the_returned_photo_is_of_the_person_and_from_the_conditioning_side(world, finished):
    returned = [job for job in finished.jobs if job.generator == CONTROLS[RETURNED]]
    allowed = {one for owner in world.owners.values() for one in owner.split.conditioning}
    named = {row.photo_id: row.name for row in world.owners["rust"].library.faces.itertuples(False)}
    for job in returned:
        (reference,) = job.condition.references
        assert reference.photo_id in allowed
        if job.condition.owner == "rust" and "me in" in job.condition.prompt:
            assert named[reference.photo_id] == "rust-me"


def test_random_photos_are_any_of_the_conditioning_side_and_not_always_one(world, finished):
    jobs = [job for job in finished.jobs if job.generator == CONTROLS[RANDOM]]
    for job in jobs:
        allowed = set(world.owners[job.condition.owner].split.conditioning)
        assert {one.photo_id for one in job.condition.references} == allowed
        assert all("drawn at random" in one.why for one in job.condition.references)
    records = [tables.read_json(finished.folder / "cells" / f"{job.key}.json") for job in jobs]
    shown = {record["sources"][0]["photo_id"] for record in records}
    assert len(shown) > len(jobs) / 2


def test_a_population_takes_two_others_and_the_rest_stays_the_owner_s(world, finished):
    own, everybody = (
        {(cell.owner, cell.prompt): cell for cell in finished.cells if cell.method == method}
        for method in (OWN, POPULATION)
    )
    conditions = {job.key: job.condition for job in finished.jobs}
    for key, cell in own.items():
        assert everybody[key].maker == cell.maker == cell.owner
        first, second = (conditions[one[key].picture] for one in (own, everybody))
        assert dataclasses.replace(second, mood=first.mood) == first
    two = {name: world.owners[name] for name in ("rust", "sea")}
    of = partial(condition_of, SimpleNamespace(owners=two, stock=world.stock))
    _, cells = benchmark.grid(two, PROMPTS, [0], of, "halves")
    assert {cell.method for cell in cells} == set(benchmark.METHODS) - {POPULATION}


def test_other_code_of_generators_makes_the_pictures_anew(world, finished, monkeypatch):
    monkeypatch.setattr(grid_module, "code_version", lambda: "changed")
    jobs, _ = benchmark.grid(world.owners, PROMPTS, [0, 1], partial(condition_of, world), "halves")
    assert not {job.key for job in jobs} & {job.key for job in finished.jobs}
    assert [job.condition for job in jobs] == [job.condition for job in finished.jobs]


def test_the_version_of_the_code_is_that_of_every_source_file(monkeypatch, tmp_path):
    (tmp_path / "generate" / "deep").mkdir(parents=True)
    source = tmp_path / "generate" / "deep" / "one.py"
    monkeypatch.setattr(grid_module, "files", lambda package: tmp_path)

    def version(text: str) -> str:
        source.write_text(text)
        grid_module.code_version.cache_clear()
        return grid_module.code_version()

    try:
        assert version("a = 1") == version("a = 1") != version("a = 2")
    finally:
        grid_module.code_version.cache_clear()


def test_the_prompt_is_scored_on_the_scene_its_words_name(world):
    def shows(prompt: Prompt) -> str:
        of = partial(condition_of, world)
        return benchmark.grid(world.owners, [prompt], [0], of, "halves")[1][0].shows

    assert shows(Prompt("me in rust", "me")) == "rust"
    assert shows(Prompt("me in rust", "me", shows="leaf")) == "leaf"
    left_open = partial(lambda *asked: dataclasses.replace(
        condition_of(world, *asked), theme="a beautiful landscape"))  # fmt: skip
    cells = benchmark.grid(world.owners, [Prompt("my holiday")], [0], left_open, "halves")[1]
    assert cells[0].shows == ""


# the pictures and the scores


def test_scores_tell_own_from_other_and_the_audit_fails_the_returned_photo(finished):
    values = finished.scores.groupby(["metric", "method"]).value.mean().unstack()
    likeness = values.loc["calibrated_likeness"]
    assert likeness[OWN] > 0.7 and likeness[RETURNED] > 0.7
    assert likeness[OTHER] < 0.4 and likeness[NONE] < 0.4
    assert values.loc["likeness_rank1", OWN] == 1
    assert values.loc["owner_identified", OWN] == 1 and values.loc["owner_identified", OTHER] == 0
    assert values.loc["copy_failed", RETURNED] == 1
    assert values.loc["copy_failed", OWN] == 0
    assert values.loc["largest_source_share", OWN] == pytest.approx(44 / 64)
    assert values.loc["copy_geo", RETURNED] == pytest.approx(1, abs=0.01)
    assert (finished.scores.value.notna() | (finished.scores.note != "")).all()


def test_no_score_is_missing_without_a_reason_and_none_is_zero_for_it(world, tmp_path):
    prompts = [Prompt("me in rust", "me"), Prompt("nowhere", shows="leaf")]
    of = partial(condition_of, world)
    jobs, cells = benchmark.grid(world.owners, prompts, [1, 13], of, "halves")
    make = partial(make_generators, [one.library for one in world.owners.values()] + [world.stock])
    assert list(benchmark.generate_cells(jobs, make, tmp_path))[-1].done == len(jobs)
    list(benchmark.score_cells(cells, world.judge, tmp_path))
    scores = tables.read_table(tmp_path / "scores.parquet", tables.SCORES)
    drawn = scores[(scores.generator == "halves") & scores.seed.notna()]
    failed = drawn[drawn.seed == 13]
    nowhere = scores[(scores.prompt == prompts[1].text) & scores.seed.notna()]
    assert failed[failed.prompt == prompts[0].text].note.eq("Seed 13 cannot be drawn.").all()
    assert nowhere.note.eq("No photo matches 'nowhere'.").all() and nowhere.value.isna().all()
    assert failed.value.isna().all() and len(failed)
    assert drawn[(drawn.seed == 1) & (drawn.prompt == prompts[0].text)].value.notna().any()
    summed = benchmark.summary(scores, draws=50).set_index(["kind", "metric", "method"])
    own = summed.loc[("simulated", "likeness", OWN)]
    assert (own.subjects, own.scores, own.missing) == (3, 3, 3)


def test_a_recogniser_that_conditioned_gives_no_likeness(world, finished, tmp_path):
    judge = dataclasses.replace(world.judge, recogniser="sface")
    for path in (finished.folder / "cells").iterdir():
        record = tables.read_json(path)
        if record["generator"] == "halves":
            record["conditioned_on"] = ["sface"]
        tables.write_json(record, tmp_path / "cells" / path.name)
    for path in (finished.folder / "readings" / world.judge.digest()).iterdir():
        target = tmp_path / "readings" / judge.digest() / path.name
        tables.write_json(tables.read_json(path), target)
    scores = benchmark.score_table(finished.cells, judge, tmp_path)
    rows = scores[(scores.metric == "likeness") & (scores.method == OWN)]
    assert rows.value.isna().all() and rows.note.str.startswith("'sface' conditioned").all()
    assert scores[(scores.metric == "likeness") & (scores.method == RETURNED)].value.notna().all()


def test_another_judge_reads_the_pictures_anew(world, finished, tmp_path):
    """A reading holds a recogniser's vectors, so another recogniser must not find it."""
    shutil.copytree(finished.folder, tmp_path / "copy")
    seen = []

    def find_faces(rgb):
        seen.append(rgb)
        return world.judge.find_faces(rgb)

    other = dataclasses.replace(world.judge, recogniser="dlib", find_faces=find_faces)
    list(benchmark.score_cells(finished.cells, other, tmp_path / "copy"))
    first = len(seen)
    assert first == len({cell.picture for cell in finished.cells if cell.picture})
    list(benchmark.score_cells(finished.cells, other, tmp_path / "copy"))
    assert len(seen) == first  # its own are found


def test_the_encoder_that_selects_may_not_score(world):
    (owner,) = list(world.owners.values())[:1]
    selecting = Scorer()
    selecting.name = owner.library.embedder  # the same encoder on both sides
    with pytest.raises(AlbumenError, match="selects the references"):
        benchmark.make_judge(
            world.owners, world.stock, selecting, "mobilefacenet", world.judge.find_faces, {}
        )


def test_a_killed_batch_resumes_and_ends_with_the_same_bytes(world, finished, tmp_path):
    run = benchmark.generate_cells(finished.jobs, finished.make, tmp_path)
    for _ in range(8):
        next(run)
    run.close()
    left = sorted(path.name for path in (tmp_path / "cells").iterdir())
    assert len(left) == 7
    stamps = {name: (tmp_path / "cells" / name).stat().st_mtime_ns for name in left}
    progress = list(benchmark.generate_cells(finished.jobs, finished.make, tmp_path))
    assert progress[0].done == 7 and progress[-1].done == len(finished.jobs)
    assert stamps == {name: (tmp_path / "cells" / name).stat().st_mtime_ns for name in left}
    read = benchmark.score_cells(finished.cells, world.judge, tmp_path)
    for _ in range(5):
        next(read)
    read.close()
    assert not (tmp_path / "scores.parquet").exists()
    list(benchmark.score_cells(finished.cells, world.judge, tmp_path))
    for folder in ("pictures", "readings"):
        whole = {
            path.relative_to(finished.folder): path.read_bytes()
            for path in (finished.folder / folder).rglob("*.*")
        }
        again = {
            path.relative_to(tmp_path): path.read_bytes()
            for path in (tmp_path / folder).rglob("*.*")
        }
        assert whole == again and whole
    scores = tables.read_table(tmp_path / "scores.parquet", tables.SCORES)
    assert benchmark.scores_digest(scores) == benchmark.scores_digest(finished.scores)
    # with the same times, the same file
    for path in (finished.folder / "cells").iterdir():
        (tmp_path / "cells" / path.name).write_bytes(path.read_bytes())
    list(benchmark.score_cells(finished.cells, world.judge, tmp_path))
    assert (tmp_path / "scores.parquet").read_bytes() == (
        finished.folder / "scores.parquet"
    ).read_bytes()


def test_two_processes_make_the_same_pictures_as_one(finished, tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "write_mark", write_mark)  # as it is in another process
    jobs = [job for job in finished.jobs if job.generator == CONTROLS[RETURNED]][:4]
    make = partial(return_only, finished.make.args[0])
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        assert list(benchmark.generate_cells(jobs, make, folder, workers=workers))[-1].done == 4
    for job in jobs:
        path = tables.read_json(tmp_path / "1" / "cells" / f"{job.key}.json")["picture"]
        assert (tmp_path / "2" / path).read_bytes() == (tmp_path / "1" / path).read_bytes()


def return_only(libraries: list[Library]) -> dict:
    return {CONTROLS[RETURNED]: make(CONTROLS[RETURNED], opener(*libraries))}


def test_the_judges_faces_are_a_recognisers_vectors():
    astronaut = Image.open(Path(skimage.__file__).parent / "data" / "astronaut.png")
    find = benchmark.face_finder("mobilefacenet")
    whole, reduced = (np.asarray(one) for one in (astronaut, astronaut.reduce(2)))
    assert (find(whole) @ find(reduced).T).item() > 0.8
    assert len(find(np.zeros((90, 90, 3), np.uint8))) == 0
    with pytest.raises(AlbumenError, match="'arcface' is not one of"):
        benchmark.face_finder("arcface")


# what the scores say


def scored(rows: list[tuple], metric: str = "calibrated_likeness", **fixed) -> pd.DataFrame:
    """SCORES rows from (owner, subject, prompt, seed, method, value)."""
    table = pd.DataFrame(
        rows, columns=["owner", "subject", "prompt", "seed", "method", "value"]
    ).assign(metric=metric, kind="simulated", maker="", generator="g", picture="", depicts="",
             encoder="e", higher_is_better=True, note="", **fixed)  # fmt: skip
    return table[tables.SCORES.names]


def test_nine_subjects_can_be_significant_after_holm():
    rows = [
        (owner, subject, "p", 0, method, value + 0.01 * i)
        for i, (owner, subject) in enumerate(itertools.product("abc", ("me", "mum", "partner")))
        for method, value in ((OWN, 0.8), (OTHER, 0.1 * (i + 1) / 20), (NONE, 0.0))
    ]
    found = benchmark.comparisons(scored(rows), ["calibrated_likeness"], draws=200)
    assert found.subjects.tolist() == [9, 9] and (found.p == 2 / 2**9).all()
    assert found.p_holm.tolist() == pytest.approx([4 / 2**9, 4 / 2**9])
    assert (found.low > 0).all() and (found.detectable > 1).all()
    each = benchmark.paired_differences(scored(rows), "calibrated_likeness")
    assert each.subject[0] == "a/me" and each.difference[0] == pytest.approx(0.8 - 0.005)


def test_two_real_people_are_reported_apart_and_without_a_test():
    real = scored(
        [("a", "friend", "p", 0, OWN, 0.9), ("a", "friend", "p", 0, OTHER, 0.1),
         ("b", "friend", "p", 0, OWN, 0.5), ("b", "friend", "p", 0, OTHER, math.nan)]
    ).assign(kind="real")  # fmt: skip
    made = scored([("a", "me", "p", 0, OWN, 0.2), ("a", "me", "p", 0, OTHER, 0.0)])
    found = benchmark.comparisons(
        pd.concat([real, made]), ["calibrated_likeness"], [OTHER], draws=50
    ).set_index("kind")
    assert found.loc["real", "difference"] == pytest.approx(0.8)
    assert (found.loc["real", "subjects"], found.loc["real", "missing"]) == (1, 1)
    assert found.loc["simulated", "difference"] == pytest.approx(0.2)
    assert found.p.isna().all() and found.note.str.contains("too few to test").all()


def test_a_picture_that_stands_for_three_owners_counts_once():
    rows = [(owner, "", "p", 0, NONE, 1.0) for owner in "abc"]
    table = scored(rows, "copy_failed").assign(picture="g-1", kind="")
    for name in ("nearest_similarity", "hash_distance", "largest_aligned_share",
                 "largest_source_share"):  # fmt: skip
        table = pd.concat([table, table[table.metric == "copy_failed"].assign(metric=name)])
    audit = benchmark.audit_summary(table)
    assert (audit.pictures[0], audit.failed[0], audit.share[0]) == (1, 1, 1.0)
    assert benchmark.summary(table, draws=20).scores.eq(1).all()
    with pytest.raises(AlbumenError, match="is about the picture"):
        benchmark.paired_differences(table, "copy_failed")


def test_identification_by_hand():
    rows = [(owner, "", f"p{i}", 0, OWN, 1.0) for i in range(2) for owner in "abc"]
    table = scored(rows, "owner_identified").assign(kind="")
    found = benchmark.identification(table).iloc[0]
    assert (found["count"], found.n, found.owners) == (6, 6, 3)
    assert found.chance == pytest.approx(1 / 3) and found.p == pytest.approx(1 / 3**6)


def test_the_summary_has_every_metric_and_its_chance(finished):
    found = benchmark.summary(finished.scores, draws=100).set_index(["kind", "metric", "method"])
    assert found.loc[("all", "owner_identified", OWN), "reference"] == pytest.approx(1 / 3)
    assert found.loc[("all", "owner_identified", OWN), "subjects"] == 3
    assert found.loc[("simulated", "likeness", OWN), "subjects"] == 3  # each owner's "me"
    assert found.loc[("real", "likeness", OWN), "subjects"] == 3  # and "mum"
    assert found.loc[("all", "seconds", NONE), "subjects"] == 1
    assert set(finished.scores.metric) == set(found.index.get_level_values("metric"))

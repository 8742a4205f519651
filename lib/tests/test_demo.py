"""The demo library: the same recipe gives the same bytes, and what is left out is said."""

import csv
import hashlib
import io
import json
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from albumen import packages
from albumen.demo import assemble, left_out, simulate
from albumen.demo.recipe import read_recipe
from albumen.demo.takeout import Shot, sidecar, sidecar_name
from albumen.errors import AlbumenError

REAL = Path(__file__).parents[2] / "data" / "recipes" / "demo.toml"
GP = "Takeout/Google Photos/"


def jpeg(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (30 * shade, 90, 120)).save(file, "JPEG")
    return file.getvalue()


FILES = {f"some/{name}.jpg": jpeg(shade) for shade, name in enumerate("abcdefgh")}
RECIPE = """
table = "tiny.csv"
packages.some-photos = { client = "pip", version = "1.0", licence = "CC0-1.0", credit = "A. N." }
packages.far-photos = { client = "apt", version = "2.0", licence = "GPL-2", credit = "B. M." }
places.Skagen = [57.7, 10.6]
[libraries.tess]
form = "takeout"
owner = "Tess"
people.Tess = { relation = "me", kind = "person", profile = true, generate = true, \
simulated = { seed = 3, portraits = 2, albums = ["Party", "Feast"] } }
people.Ann = { relation = "friend", kind = "person", profile = true, generate = false }
albums."" = { start = 2020-02-02T10:00:00Z }
albums.Hills = { start = 2019-07-13T06:40:00Z }
albums.Party = { start = 2022-01-01T10:00:00Z }
albums.Feast = { start = 2023-01-01T10:00:00Z }
albums."A: B" = { start = 2021-10-02T08:05:00Z, days = 2 }
[libraries.stock]
form = "folder"
owner = "Nobody"
albums.sea = { start = 2018-01-06T10:00:00Z }
"""
COLUMNS = "library,album,theme,package,member,bytes,sha256,name,people,place,traits,licence,credit"


def row(library: str, album: str, member: str, **over: str) -> str:
    data = FILES.get(member, b"far")
    cells = dict.fromkeys(COLUMNS.split(","), "") | {
        "library": library,
        "album": album,
        "package": "some-photos",
        "member": member,
        "bytes": str(len(data)),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    return ",".join((cells | over).values())


ROWS = [
    row("tess", "Hills", "some/a.jpg", theme="hills", traits="favourite;edited", place="Skagen"),
    row("tess", "Hills", "some/b.jpg", traits="twin"),
    row("tess", "A: B", "some/c.jpg", people="Ann", traits="older", credit="C. C."),
    row("tess", "", "some/d.jpg", traits="archived"),
    row("tess", "", "some/e.jpg", traits="trashed"),
    row("tess", "", "some/f.jpg", traits="partner"),
    row("stock", "sea", "some/g.jpg"),
    row("stock", "sea", "far/x.jpg", package="far-photos"),
]


@pytest.fixture
def recipe(tmp_path, monkeypatch) -> Path:
    """A recipe of one package that there is and one that there is not, and no weights needed."""

    def run(command, *, cwd, **__) -> subprocess.CompletedProcess:
        if "pip" not in command:
            return subprocess.CompletedProcess(command, 100, "", "E: Unable to locate package")
        with zipfile.ZipFile(Path(cwd) / "some_photos-1.0-py3-none-any.whl", "w") as wheel:
            for name, data in FILES.items():
                wheel.writestr(name, data)
        return subprocess.CompletedProcess(command, 0, "", "")

    def render(w, size) -> np.ndarray:
        return np.full((size, size, 3), int(w[0] * 10) % 256, np.uint8)

    monkeypatch.setattr(packages.subprocess, "run", run)
    monkeypatch.setattr(packages, "which", lambda program, **_: program)
    (tmp_path / "asset").write_bytes(b"residuals")
    monkeypatch.setattr(simulate, "ASSET", tmp_path / "asset")
    monkeypatch.setattr(simulate, "render", render)
    monkeypatch.setattr(simulate, "sample_w", lambda seeds: np.full((len(seeds), 512), 9.0))
    monkeypatch.setattr(simulate, "variation", lambda rng: rng.normal(size=512))
    return write_recipe(tmp_path, ROWS)


def write_recipe(folder: Path, rows: list[str]) -> Path:
    (folder / "tiny.toml").write_text(RECIPE)
    (folder / "tiny.csv").write_text("\n".join([COLUMNS, *rows]) + "\n")
    return folder / "tiny.toml"


def everything(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def export(folder: Path) -> dict[str, bytes]:
    files = {}
    for part in sorted(folder.glob("*.zip")):
        with zipfile.ZipFile(part) as archive:
            assert archive.testzip() is None
            files |= {name: archive.read(name) for name in archive.namelist()}
    return files


def test_the_same_recipe_gives_the_same_bytes(recipe, tmp_path):
    steps = list(assemble(recipe, tmp_path / "one"))
    list(assemble(recipe, tmp_path / "two"))
    assert everything(tmp_path / "one") == everything(tmp_path / "two")
    assert [step.done for step in steps] == list(range(1, steps[-1].total + 1))
    assert {path.name for path in (tmp_path / "one").iterdir()} == {"tess", "stock", "sources.csv"}


def test_the_export_holds_the_awkward_cases(recipe, tmp_path):
    list(assemble(recipe, tmp_path / "raw"))
    files = export(tmp_path / "raw" / "tess")
    a, b, c = "IMG_20190713_064000.jpg", "IMG_20190713_064000(1).jpg", "IMG_20211002_080500.jpg"
    for folder in (f"{GP}Photos from 2019/", f"{GP}Hills/"):  # the year's and the album's copy
        assert files[folder + a] == FILES["some/a.jpg"]
        assert files[folder + b] == FILES["some/b.jpg"]
        assert f"{folder}IMG_20190713_064000.jpg.supplemental-metadata(1).json" in files
        assert Image.open(io.BytesIO(files[f"{folder}IMG_20190713_064000-edited.jpg"])).size
    told = json.loads(files[f"{GP}Hills/{a}.supplemental-metadata.json"])
    taken = datetime(2019, 7, 13, 6, 40, tzinfo=UTC)
    assert told["photoTakenTime"]["timestamp"] == str(int(taken.timestamp()))
    assert told["favorited"] is True
    assert told["geoData"]["latitude"] == 57.7
    assert json.loads(files[f"{GP}A_ B/metadata.json"]) == {"title": "A: B"}
    assert json.loads(files[f"{GP}A_ B/{c}.json"])["people"] == [{"name": "Ann"}]
    assert files[f"{GP}Trash/IMG_20200320_113700.jpg"] == FILES["some/e.jpg"]
    partner = files[f"{GP}Photos from 2020/IMG_20200506_131400.jpg.supplemental-metadata.json"]
    assert json.loads(partner)["googlePhotosOrigin"] == {"fromPartnerSharing": {}}
    assert f"{GP}print-subscriptions.json" in files


def test_the_two_parts_share_the_export_and_split_some_pairs(recipe, tmp_path):
    list(assemble(recipe, tmp_path / "raw"))
    parts = []
    for part in sorted((tmp_path / "raw" / "tess").glob("*.zip")):
        with zipfile.ZipFile(part) as archive:
            parts.append(set(archive.namelist()))
    assert len(parts) == 2
    assert not parts[0] & parts[1]
    sizes = [path.stat().st_size for path in (tmp_path / "raw" / "tess").glob("*.zip")]
    assert min(sizes) > 0.3 * max(sizes)
    where = {name: number for number, names in enumerate(parts) for name in names}
    pairs = [(n, n.split(".jpg")[0] + ".jpg") for n in where if ".jpg" in n and n.endswith("json")]
    assert {where[one] == where[other] for one, other in pairs} == {True, False}


def test_simulated_people_are_marked_and_in_two_albums(recipe, tmp_path):
    list(assemble(recipe, tmp_path / "raw"))
    text = (tmp_path / "raw" / "tess" / "consent.yaml").read_text()
    assert "do not exist: Tess" in text
    told = yaml.safe_load(text)
    assert told["consent"] is True
    assert told["people"]["Ann"]["generate"] is False
    rows = list(csv.DictReader((tmp_path / "raw" / "sources.csv").open()))
    simulated = [one for one in rows if one["simulated"] == "yes"]
    assert [one["album"] for one in simulated] == ["Party", "Feast"]
    assert all("seed 3" in one["member"] for one in simulated)
    files = export(tmp_path / "raw" / "tess")
    for one in simulated:
        data = files[f"{GP}{one['album']}/{one['file']}"]
        assert hashlib.sha256(data).hexdigest() == one["sha256"]


def test_sources_name_every_photo_with_its_licence(recipe, tmp_path):
    list(assemble(recipe, tmp_path / "raw"))
    rows = list(csv.DictReader((tmp_path / "raw" / "sources.csv").open()))
    real = {one["member"]: one for one in rows if one["simulated"] == "no"}
    assert set(real) == {f"some/{name}.jpg" for name in "abcdefg"}
    assert all(one["licence"] and one["credit"] and one["package"] for one in rows)
    assert real["some/c.jpg"]["credit"] == "C. C."
    assert real["some/a.jpg"]["credit"] == "A. N."
    shown = {p.name for p in (tmp_path / "raw" / "stock" / "sea").iterdir()}
    assert shown == {real["some/g.jpg"]["file"]}


def test_a_package_that_cannot_be_had_is_said_and_the_rest_stands(recipe, tmp_path):
    steps = list(assemble(recipe, tmp_path / "raw"))
    said = left_out(tmp_path / "raw")
    assert len(said) == 1
    assert "far-photos" in said[0]
    assert "Unable to locate package" in said[0]
    assert any(step.what == said[0] for step in steps)


def test_a_file_that_changed_is_left_out(recipe, tmp_path, monkeypatch):
    monkeypatch.setitem(FILES, "some/g.jpg", FILES["some/g.jpg"][:-1] + b"?")
    monkeypatch.setitem(FILES, "some/c.jpg", FILES["some/c.jpg"] + b"longer")
    list(assemble(recipe, tmp_path / "raw"))
    said = " ".join(left_out(tmp_path / "raw"))
    assert "some/g.jpg of some-photos is left out: it is not the file" in said
    assert "some/c.jpg of some-photos is left out: it is not the file" in said
    assert not list((tmp_path / "raw" / "stock").rglob("*.jpg"))


def test_what_is_left_out_changes_nothing_else(recipe, tmp_path, monkeypatch):
    list(assemble(recipe, tmp_path / "all"))
    monkeypatch.setitem(FILES, "some/a.jpg", b"changed")
    list(assemble(recipe, tmp_path / "some"))
    whole, less = export(tmp_path / "all" / "tess"), export(tmp_path / "some" / "tess")
    assert less.items() < whole.items()
    assert {Path(name).name.split(".")[0] for name in whole.keys() - less.keys()} == {
        "IMG_20190713_064000",
        "IMG_20190713_064000-edited",
    }


def test_two_photos_of_one_name_are_refused(recipe, tmp_path):
    rows = [row("tess", "Hills", f"some/{one}.jpg", name="same.jpg") for one in "ab"]
    with pytest.raises(AlbumenError, match=r"two photos are called same.jpg"):
        list(assemble(write_recipe(tmp_path, rows), tmp_path / "raw"))
    assert list((tmp_path / "raw").iterdir()) == []


def test_an_assembled_library_is_left_and_a_new_recipe_replaces_it(recipe, tmp_path):
    raw = tmp_path / "raw"
    list(assemble(recipe, raw))
    before = (raw / "tess" / "takeout-tess-001.zip").stat().st_mtime_ns
    assert list(assemble(recipe, raw)) == []
    assert (raw / "tess" / "takeout-tess-001.zip").stat().st_mtime_ns == before
    list(assemble(write_recipe(tmp_path, ROWS[2:]), raw))
    assert not [name for name in export(raw / "tess") if name.endswith("064000-edited.jpg")]


def test_a_folder_of_somebody_else_is_not_touched(recipe, tmp_path):
    (tmp_path / "raw" / "tess").mkdir(parents=True)
    (tmp_path / "raw" / "tess" / "mine.jpg").write_bytes(b"mine")
    with pytest.raises(AlbumenError, match="was not made by a recipe: move it away"):
        list(assemble(recipe, tmp_path / "raw"))
    assert (tmp_path / "raw" / "tess" / "mine.jpg").read_bytes() == b"mine"


def test_a_full_disk_is_one_sentence_and_leaves_nothing(recipe, tmp_path, monkeypatch):
    def full(rng):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(simulate, "variation", full)
    with pytest.raises(AlbumenError, match=r"No space left on device\): make room"):
        list(assemble(recipe, tmp_path / "raw"))
    assert not [path for path in (tmp_path / "raw").rglob("*") if path.is_file()]


def test_an_interrupt_leaves_nothing_half_written(recipe, tmp_path, monkeypatch):
    def stop(rng):
        raise KeyboardInterrupt

    monkeypatch.setattr(simulate, "variation", stop)
    with pytest.raises(KeyboardInterrupt):
        list(assemble(recipe, tmp_path / "raw"))
    assert list((tmp_path / "raw").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"album": "Nowhere"}, "unknown album 'Nowhere'"),
        ({"package": "none"}, "unknown package 'none'"),
        ({"people": "Zoe"}, "unknown people"),
        ({"traits": "favorite"}, "unknown traits"),
        ({"traits": "twin"}, "without a photo before it"),
        ({"bytes": "many"}, "no recipe of a demo library"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, change, says):
    wrong = row("tess", change.pop("album", "Hills"), "some/a.jpg", **change)
    with pytest.raises(AlbumenError, match=says):
        read_recipe(write_recipe(tmp_path, [wrong]))


@pytest.mark.parametrize(
    ("name", "traits", "expected"),
    [
        ("DSC_0101(1).JPG", ("twin", "older"), "DSC_0101.JPG(1).json"),
        ("2013-12-23(1).jpg", ("twin",), "2013-12-23.jpg.supplemental-metadata(1).json"),
        ("Screenshot_20231027_123303_Facebook(1).jpg", ("twin",), None),
        (
            "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINA.jpg",
            ("older",),
            "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGIN.json",
        ),
    ],
)
def test_sidecars_are_named_as_in_real_exports(name, traits, expected):
    expected = expected or "Screenshot_20231027_123303_Facebook.jpg.supple(1).json"
    assert sidecar_name(name, traits) == expected


def test_booleans_are_absent_when_false():
    told = sidecar(Shot("a.jpg", b"", datetime(2020, 1, 1, tzinfo=UTC)))
    assert not {"favorited", "archived", "trashed", "people"} & set(told)


def test_the_shipped_recipe_is_sound():
    recipe = read_recipe(REAL)
    owners = [plan for plan in recipe.plans if plan.form == "takeout"]
    assert [plan.name for plan in owners] == ["rowan", "marin", "hazel"]
    for plan in owners:
        themes = {photo.theme for photo in plan.photos if photo.theme}
        assert len(themes) >= 4
        for theme in themes:
            shown = [photo for photo in plan.photos if photo.theme == theme]
            assert len(shown) >= 6
            assert len({photo.album for photo in shown}) >= 2
        simulated = [one.simulated for one in plan.people if one.simulated]
        assert len({one.seed for one in simulated}) == 3
        assert all(len(one.albums) == 2 and one.portraits == 8 for one in simulated)
    without_apt = [p for p in owners[0].photos if recipe.packages[p.package].client != "apt"]
    assert len(without_apt) >= 15
    assert all(package.licence and package.credit for package in recipe.packages.values())

"""Sidecar names as real exports write them, and the photos they belong to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albumen.ingest.sidecars import LIMIT, SUPPLEMENT, match

LONG = "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_"
BACKYARD = "Backyard_ceremony_wedding_photography_xxxxxxx_"
PIXEL = "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGIN"


@pytest.mark.parametrize(
    ("sidecar", "media", "rule"),
    [
        ("DSC_0101.JPG.json", "DSC_0101.JPG", "name"),
        ("DSC_0101.JPG(1).json", "DSC_0101(1).JPG", "counter"),
        ("DSC_0104.JPG.json", "DSC_0104(1).JPG", "none"),
        ("DSC_0104.JPG(2).json", "DSC_0104(1).JPG", "none"),
        (
            "Screenshot_20231027_123303_Facebook.jpg.supple(1).json",
            "Screenshot_20231027_123303_Facebook(1).jpg",
            "counter",
        ),
        (f"{PIXEL}.json", f"{PIXEL}A.jpg", "name"),
        (
            "05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jp.json",
            "05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jpg",
            "name",
        ),
        (f"{BACKYARD}(494).json", f"{BACKYARD}m(494).jpg", "counter"),
        (f"{BACKYARD}(494).json", f"{BACKYARD}m(185).jpg", "none"),
        (
            "13039_327707840323_537645323_9470255_27214_n.j(1).json",
            "13039_327707840323_537645323_9470255_27214_n(1).jpg",
            "counter",
        ),
        (f"{LONG}.json", f"{LONG}P.jpg", "name"),
        (f"{LONG}.json", f"{LONG}P(1).jpg", "name"),
        (
            "2234089303984509579.supplemental-metadata.json",
            "2234089303984509579-edited.jpg",
            "edited",
        ),
        ("2013-12-23.supplemental-metadata(1).json", "2013-12-23(1).jpg", "no extension"),
        ("20250501_103356.heic.supplemental-metadata.json", "20250501_103356.MP4", "motion"),
        (
            "Peanut Butter Balls.supplemental-metadata.json",
            "Peanut Butter Balls.jpg",
            "no extension",
        ),
        ("IMG.jpg.JSON", "IMG.jpg", "name"),
        ("IMG_1.HEIC.json", "IMG_1.MOV", "motion"),
        ("IMG_1.HEIC(2).json", "IMG_1(2).MOV", "motion"),
        ("PXL_1.MP.jpg.json", "PXL_1.MP", "motion"),
        ("PXL_1.MP.jpg.supplemental-metadata.json", "PXL_1.MP.jpg", "name"),
        ("PXL_1.MP.jpg.supplemental-metadata.json", "PXL_1.MP", "motion"),
        ("PXL_1.MP.jpg.supplemental-metadata.json", "PXL_1.MP.mp4", "motion"),
        ("PXL_1.MP.jpg(1).json", "PXL_1.MP(1).jpg", "counter"),
        ("PXL_1.MP.jpg(1).json", "PXL_1(1).MP", "motion"),
        ("PXL_1.MP.jpg.json", "PXL_1(1).MP", "none"),
        ("PXL_1.MP~2.jpg.json", "PXL_1.MP~2", "motion"),
        ("PXL_1.MP.jpg.json", "PXL_1.MP~2", "none"),
        ("PXL_1.jpg.json", "PXL_1.MP", "motion"),
        ("MVIMG_1.jpg.supplemental-metadata.json", "MVIMG_1.MP4", "motion"),
        ("MVIMG_1.jpg.json", "MVIMG_1.MV", "motion"),
        ("IMG_1.JPG.json", "IMG_1.mov", "motion"),
        ("IMG_1.PNG.json", "IMG_1.MOV", "none"),
        ("IMG~2.jpg.json", "IMG~2.jpg", "name"),
        ("IMG.jpg.json", "IMG~2.jpg", "none"),
        ("IMG.jpg(1).json", "IMG-edited(1).jpg", "edited"),
        ("IMG.jpg.json", "IMG-edited(1).jpg", "edited"),
        ("IMG.jpg(1).json", "IMG(1)-edited.jpg", "edited"),
        ("IMG.jpg.json", "IMG-modifié.jpg", "edited"),
        ("IMG.jpg.json", "IMG-ha editado.jpg", "edited"),
        ("IMG.jpg.json", "IMG-編集済み.jpg", "edited"),
        ("IMG.jpg.supplemental-metadata(1).json", "IMG-muokattu(1).jpg", "edited"),
        ("IMG.jpg.json", "IMG-edi.jpg", "none"),  # a short name is never clipped
        (f"{BACKYARD}.jpg.json", f"{BACKYARD}-edi.jpg", "clipped edited"),
        ("IMG-COLLAGE.jpg.json", "IMG-COLLAGE.jpg", "name"),
        ("IMG.jpg.json", "-edited.jpg", "none"),
    ],
)
def test_one_sidecar_and_one_photo(sidecar: str, media: str, rule: str) -> None:
    assert match([media], [sidecar])[media] == (rule, () if rule == "none" else (sidecar,))


def test_a_clipped_name_that_two_photos_share_is_ambiguous() -> None:
    matches = match([f"{LONG}P.jpg", f"{LONG}P(1).jpg"], [f"{LONG}.json"])
    assert {rule for rule, _ in matches.values()} == {"ambiguous"}


def test_two_sidecars_that_fit_alike_are_ambiguous() -> None:
    sidecars = ["IMG.jpg.json", "IMG.jpg.supplemental-metadata.json"]
    assert match(["IMG.jpg"], sidecars)["IMG.jpg"] == ("ambiguous", tuple(sidecars))


def test_one_sidecar_serves_photo_edit_and_clip() -> None:
    media = ["IMG.HEIC", "IMG.MOV", "IMG-edited.HEIC"]
    assert match(media, ["IMG.HEIC.json"]) == {
        "IMG.HEIC": ("name", ("IMG.HEIC.json",)),
        "IMG.MOV": ("motion", ("IMG.HEIC.json",)),
        "IMG-edited.HEIC": ("edited", ("IMG.HEIC.json",)),
    }
    rules = {name: rule for name, (rule, _) in match(media, ["IMG.json"]).items()}
    assert rules == {"IMG.HEIC": "no extension", "IMG.MOV": "no extension"} | {
        "IMG-edited.HEIC": "edited"
    }


def test_the_better_claim_wins() -> None:
    matches = match(["IMG.jpg", "IMG.jpg.png"], ["IMG.jpg.json"])
    assert matches["IMG.jpg"].rule == "name"
    assert matches["IMG.jpg.png"].rule == "none"


def test_an_edit_with_its_own_sidecar_keeps_it() -> None:
    matches = match(["A.jpg", "A-edited.jpg"], ["A.jpg.json", "A-edited.jpg.json"])
    assert matches["A-edited.jpg"] == ("name", ("A-edited.jpg.json",))


def test_a_clipped_suffix_that_fits_two_sidecars_takes_none() -> None:
    stem = BACKYARD[:40]
    sidecars = [f"{stem}.jpg.json", f"{stem}.json"]
    media = f"{stem}-edi.jpg"
    assert match([media], sidecars)[media].rule == "none"
    for sidecar in sidecars:
        assert match([media], [sidecar])[media] == ("clipped edited", (sidecar,))


@pytest.mark.parametrize("stem", ["x" * 45, "é" * 20, "😀" * 22 + "ab", "a" + "😀" * 30, "写" * 50])
def test_names_are_clipped_by_units_of_utf_16(stem: str) -> None:
    """An emoji is two units; half of one at the cut is dropped."""
    name = f"{stem}.jpg"
    whole = f"{name}.{SUPPLEMENT}"
    for written in (name, whole):
        clipped, units = "", 0
        for char in written:
            units += 1 + (ord(char) > 0xFFFF)
            clipped += char if units <= LIMIT else ""
        assert match([name], [f"{clipped}.json"])[name] == ("name", (f"{clipped}.json",))
        assert match([name], [f"{written}.json"])[name].rule == "name"  # newer exports clip nothing


@pytest.mark.parametrize("size", range(len(SUPPLEMENT) + 1))
def test_the_supplement_may_be_cut_anywhere(size: int) -> None:
    sidecar = f"IMG.jpg.{SUPPLEMENT[:size]}.json"
    assert match(["IMG.jpg"], [sidecar])["IMG.jpg"] == ("name", (sidecar,))
    assert match(["IMG.jpg"], [f"IMG.jpg.{SUPPLEMENT[:size]}x.json"])["IMG.jpg"].rule == "none"


def test_in_a_large_folder_every_photo_finds_its_own() -> None:
    expected = {}
    for number in range(500):
        expected[f"IMG_{number}.jpg"] = f"IMG_{number}.jpg.suppl.json"
        expected[f"IMG_{number}(1).jpg"] = f"IMG_{number}.jpg.suppl(1).json"
    matches = match(expected, expected.values())
    assert {name: found.candidates for name, found in matches.items()} == {
        name: (sidecar,) for name, sidecar in expected.items()
    }


def test_where_every_sidecar_is_contested_none_is_taken() -> None:
    names = [f"IMG_{number}{ending}" for number in range(500) for ending in (".jpg", ".png")]
    edits = [f"IMG_{number}-edited.jpg" for number in range(500)]
    matches = match([*names, *edits], [f"IMG_{number}.json" for number in range(500)])
    assert {found.rule for found in matches.values()} == {"ambiguous"}


@given(st.text("ab(1).-é", min_size=1, max_size=60), st.sampled_from([".jpg", ".HEIC", ""]))
def test_a_photo_finds_the_sidecar_that_takeout_would_write(stem: str, ending: str) -> None:
    name = stem + ending
    clipped = f"{name}.supplemental-metadata".encode("utf-16-le")[:92].decode("utf-16-le")
    assert match([name], [f"{name}.json"])[name].rule != "none" or name.endswith(")")
    assert match([name], [f"{clipped}.json"])[name].rule != "none" or clipped.endswith(")")


PARTS = st.sampled_from(
    ["IMG", "b", "(1)", "-edited", "-ed", ".jpg", ".MP", ".MOV", ".s", ".supple", "x" * 30, "😀"]
)
NAMES = st.lists(PARTS, min_size=1, max_size=5).map("".join)


@given(st.lists(NAMES, max_size=5), st.lists(NAMES, max_size=5))
def test_a_sidecar_is_taken_by_one_photo_and_what_belongs_to_it(
    media: list[str], cores: list[str]
) -> None:
    matches = match(media, [f"{core}.json" for core in cores])
    assert matches.keys() == set(media)
    for rule, candidates in matches.values():
        assert len(candidates) > 0 if rule == "ambiguous" else len(candidates) == (rule != "none")
    own = [found for found in matches.values() if found.rule in ("name", "counter", "no extension")]
    stills = {found.candidates for found in own}
    clips = sum(name.endswith((".MP", ".MOV")) for name in matches)
    assert len(own) <= len(stills) + clips

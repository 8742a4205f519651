"""Sidecar names as real exports write them, and the photos they belong to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albumen.ingest.names import is_creation, is_edited
from albumen.ingest.sidecars import match

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
        ("IMG~2.jpg.json", "IMG~2.jpg", "name"),
        ("IMG.jpg.json", "IMG~2.jpg", "none"),
        ("IMG.jpg(1).json", "IMG-edited(1).jpg", "edited"),
        ("IMG.jpg.json", "IMG-edited(1).jpg", "edited"),
        ("IMG.jpg(1).json", "IMG(1)-edited.jpg", "edited"),
        ("IMG.jpg.json", "IMG-modifié.jpg", "edited"),
        ("IMG.jpg.json", "IMG-ha editado.jpg", "edited"),
        ("IMG.jpg.json", "IMG-編集済み.jpg", "edited"),
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


@given(st.text("ab(1).-é", min_size=1, max_size=60), st.sampled_from([".jpg", ".HEIC", ""]))
def test_a_photo_finds_the_sidecar_that_takeout_would_write(stem: str, ending: str) -> None:
    name = stem + ending
    clipped = f"{name}.supplemental-metadata".encode("utf-16-le")[:92].decode("utf-16-le")
    assert match([name], [f"{name}.json"])[name].rule != "none" or name.endswith(")")
    assert match([name], [f"{clipped}.json"])[name].rule != "none" or clipped.endswith(")")


def test_suffixes() -> None:
    assert is_edited("IMG-bearbeitet(2).JPG") and is_edited("IMG-EDITED.jpg")
    assert not is_edited("edited.jpg") and not is_edited("IMG-edited~2.jpg")
    assert is_creation("IMG-ANIMATION.gif") and not is_creation("remix.jpg")

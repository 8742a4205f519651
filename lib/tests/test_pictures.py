"""Pictures on disk: what comes back, what their files tell, and what files that harm do not do."""

import io
import json
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from albumen import cli
from albumen.errors import AlbumenError
from albumen.generate import provenance
from albumen.generate.pictures import MAP_OFFSET, export, load_picture, save_picture
from albumen.generate.provenance import (
    UNCHANGED,
    Provenance,
    inspect_file,
    read_packet,
    xmp_packet,
)
from albumen.records import Condition, Picture, Source, condition_from_json
from albumen.tables import read_json

CAT = np.ascontiguousarray(data.chelsea()[:, 50:400])
IDS = ("ab" * 32, "cd" * 32)
SOURCES = (Source(IDS[0], 0.4, "scene pixels"), Source(IDS[1], 0.25, "cut-out", "stock"))
FACE = (Source("ef" * 8, 0.3, "face embedding"),)
ASKED = Condition(
    **{"prompt": "Alma at the beach", "owner": "rowan", "subject": "scene", "theme": "beach"},
    **{"style": "photo", "people": (), "references": (), "palette": (), "mood": ""},
    **{"strength": 1.0, "size": (350, 300)},
)
DIGEST = ASKED.digest()
TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def picture(sources: tuple[Source, ...] = SOURCES, **changes) -> Picture:
    source_map = np.full(CAT.shape[:2], -1)
    source_map[:100] = 0
    told = {"image": CAT, "seed": 3, "generator": "embedded", "condition": DIGEST}
    return Picture(
        **{**told, "sources": sources, "source_map": source_map, "conditioned_on": ("x",)} | changes
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    """The PNG of a picture; tests leave it as it is."""
    return save_picture(picture(), ASKED, tmp_path_factory.mktemp("pictures"))


def told(path: Path) -> dict[str, str]:
    """What `inspect_file` says, the last of each."""
    return inspect_file(path).set_index("what").says.to_dict()


def png(xmp: str | None = None, image: np.ndarray = CAT) -> bytes:
    info = PngInfo()
    if xmp is not None:
        info.add_itxt("XML:com.adobe.xmp", xmp)
    held = io.BytesIO()
    Image.fromarray(image).save(held, "PNG", pnginfo=info)
    return held.getvalue()


# on disk


def test_a_picture_comes_back_from_disk(saved):
    made, stem = picture(), f"{DIGEST[:12]}-3"
    assert saved.name == f"{stem}.png"
    assert sorted(one.name for one in saved.parent.iterdir()) == [
        *(f"{stem}.json", f"{stem}.map.png", f"{stem}.png"),
        f"{DIGEST[:12]}.condition.json",
    ]
    again = load_picture(saved)
    assert 41 < peak_signal_noise_ratio(made.image, again.image) < 60  # the watermark's
    assert (again.source_map == made.source_map).all()
    assert np.asarray(Image.open(saved.with_suffix(".map.png"))).min() == MAP_OFFSET - 1
    for name in ("seed", "generator", "condition", "sources", "conditioned_on"):
        assert getattr(again, name) == getattr(made, name)
    record = read_json(saved.parent / f"{DIGEST[:12]}.condition.json")
    assert condition_from_json(record) == ASKED


def test_a_fresh_process_writes_the_same_bytes(saved, tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from test_pictures import ASKED, picture, save_picture\n"
        "save_picture(picture(), ASKED, Path(sys.argv[2]))\n"
    )
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", code, here, str(tmp_path)], check=True)
    for path in saved.parent.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_changed_pixels_and_wrong_conditions_are_noticed(tmp_path):
    with pytest.raises(AlbumenError, match="was made from condition"):
        save_picture(picture(condition="0" * 64), ASKED, tmp_path)
    path = save_picture(picture(), ASKED, tmp_path)
    Image.fromarray(255 - CAT).save(path)
    with pytest.raises(AlbumenError, match=r"is not the picture that .*\.json describes"):
        load_picture(path)


# what a file tells


def test_all_of_it_is_read_back(saved, capsys):
    assert told(saved) == {
        "file": f"{saved.name}, 350 x 300 pixels",
        "made": "composed of photos and of what a generative model made "
        "(compositeWithTrainedAlgorithmicMedia)",
        "condition": DIGEST,
        "seed": "3",
        "generator": "embedded",
        "source": f"25% cut-out, stock {IDS[1][:12]}",
        "watermark": "found: it agrees with the condition",
        "prompt": f"Alma at the beach ({DIGEST[:12]}.condition.json)",
    }
    assert cli.main(["inspect", str(saved)]) == 0
    assert re.search(r"^source +40% scene pixels, own abab", capsys.readouterr().out, re.MULTILINE)


def test_neither_the_file_nor_its_name_holds_a_word_of_the_prompt(saved):
    with Image.open(saved) as stored:
        told = json.dumps({key: str(value) for key, value in stored.info.items()})
    for word in ("Alma", "beach", "rowan"):
        assert word not in told + saved.name


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_an_export_keeps_xmp_and_watermark(saved, tmp_path, form):
    path = export(saved, tmp_path, form)
    assert path.stem == saved.stem
    with Image.open(path) as stored:
        assert stored.format == form.upper()
    expected = {key: value for key, value in told(saved).items() if key not in ("file", "prompt")}
    assert told(path).items() >= expected.items()
    assert "prompt" not in told(path)  # no condition lies beside it


def test_an_export_to_another_form_is_refused(saved, tmp_path):
    with pytest.raises(AlbumenError, match="'tiff' is not one of the forms: jpeg, webp"):
        export(saved, tmp_path, "tiff")


def test_a_picture_without_xmp_is_known_by_its_watermark(saved, tmp_path):
    Image.open(saved).convert("RGB").save(tmp_path / "sent.jpg", quality=75)
    (tmp_path / "notes.condition.json").write_text("{}")
    said = told(tmp_path / "sent.jpg")
    assert said["made"] == "the file does not say"
    assert said["watermark"].endswith(f"of a condition that begins with {DIGEST[:4]}")
    beside = saved.parent / f"{DIGEST[:12]}.condition.json"
    (tmp_path / beside.name).write_text(beside.read_text())
    assert told(tmp_path / "sent.jpg")["prompt"].startswith("Alma at the beach")


def test_xmp_of_another_picture_is_noticed(saved, tmp_path):
    other = f"{int(DIGEST[:4], 16) ^ 0xFFFF:04x}" + DIGEST[4:]
    xmp = xmp_packet(other, 3, "embedded", SOURCES, True).decode()
    path = tmp_path / "claimed.png"
    path.write_bytes(png(xmp, np.asarray(Image.open(saved).convert("RGB"))))
    assert told(path)["watermark"].endswith("not of this one")


def test_a_photo_of_somebody_else_has_nothing_to_tell(tmp_path):
    Image.fromarray(CAT).save(tmp_path / "cat.jpg")
    assert told(tmp_path / "cat.jpg") == {
        "file": "cat.jpg, 350 x 300 pixels",
        "made": "the file does not say",
        "watermark": "none found",
    }


@pytest.mark.parametrize(
    ("sources", "composite", "term"),
    [
        (SOURCES, True, "compositeWithTrainedAlgorithmicMedia"),
        (FACE, False, "trainedAlgorithmicMedia"),
        ((), False, "trainedAlgorithmicMedia"),
        ((Source(IDS[0], 1.0, UNCHANGED),), True, "digitalCapture"),
    ],
)
def test_the_source_type_is_iptc_s(sources, composite, term):
    packet = xmp_packet(DIGEST, 3, "embedded", sources, composite)
    assert f'DigitalSourceType="{TYPES}{term}"'.encode() in packet
    assert read_packet(packet) == Provenance(term, DIGEST, "3", "embedded", sources)


@pytest.mark.parametrize(
    ("sources", "source_map"),
    [(FACE, np.full(CAT.shape[:2], -2)), ((Source(IDS[0], 1.0, "image embedding"),), None)],
)
def test_what_lends_no_pixels_makes_no_composite(tmp_path, sources, source_map):
    path = save_picture(picture(sources, source_map=source_map), ASKED, tmp_path)
    assert told(path)["made"] == "made by a generative model (trainedAlgorithmicMedia)"


def test_a_packet_that_another_program_wrote_anew_tells_the_same():
    """Properties as elements, structures as descriptions, as exiftool writes them."""
    packet = f"""<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?>
    <x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF
      xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
     <rdf:Description xmlns:e='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'>
      <e:DigitalSourceType rdf:resource='{TYPES}trainedAlgorithmicMedia'/></rdf:Description>
     <rdf:Description xmlns:a='{provenance.NAMESPACES["albumen"]}'>
      <a:condition>{DIGEST}</a:condition><a:seed>3</a:seed><a:generator>embedded</a:generator>
      <a:sources><rdf:Seq><rdf:li><rdf:Description a:photo_id='{IDS[0]}' a:weight='0.4'
       a:how='scene pixels'><a:pool>own</a:pool></rdf:Description></rdf:li></rdf:Seq></a:sources>
     </rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"""
    again = read_packet(packet.encode())
    assert again == Provenance("trainedAlgorithmicMedia", DIGEST, "3", "embedded", SOURCES[:1])


# what harms


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
OWN = "xmlns:a='http://albumen.invalid/ns/picture/1.0/' a:condition='{}'"
RDF = "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description {}/></r:RDF>"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def zipped_text(megabytes: int) -> bytes:
    """A PNG of a few kB whose compressed XMP would fill so much memory."""
    text = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(megabytes << 20), 9)
    whole = png()
    return whole[:33] + chunk(b"iTXt", text) + whole[33:]


def bomb() -> bytes:
    """A PNG that says it has 60,000 x 60,000 pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (png("<x>" + "y" * 2**20 + "</x>"), "more than 1 MiB is not read"),
        (png(LAUGHS), "not XML that is read"),
        (png("<x>"), "not XML that is read"),
        (png(RDF.format(OWN.format("no digest"))), "a condition that is no digest"),
        (zipped_text(100), "not an image that can be read|no image of the formats"),
        (bomb(), "too many|exceeds limit"),
        (png()[:2000], "not a whole image"),
        (b"", "no image of the formats PNG, JPEG, WEBP, GIF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no image of the formats"),
    ],
    ids=["long", "laughs", "cut XML", "no digest", "zipped", "bomb", "cut", "empty", "EPS"],
)
def test_files_that_harm_or_are_broken_are_refused_in_one_sentence(tmp_path, capsys, content, says):
    path = tmp_path / "foreign.png"
    path.write_bytes(content)
    assert cli.main(["inspect", str(path)]) == 2
    error = capsys.readouterr().err
    assert re.search(says, error)
    assert error.startswith("foreign.png") and error.count("\n") == 1


def test_a_file_that_is_not_there_is_said(tmp_path, capsys):
    assert cli.main(["inspect", str(tmp_path / "none.png")]) == 2
    assert "none.png cannot be read" in capsys.readouterr().err


def test_what_strangers_wrote_is_shown_as_letters_only(tmp_path, monkeypatch):
    xmp = xmp_packet(DIGEST, 3, "a\tb\u202e" + "x" * 999, [Source("q", 1, "")] * 50, True)
    (tmp_path / "foreign.png").write_bytes(png(xmp.decode()))
    table = inspect_file(tmp_path / "foreign.png")
    said = table.set_index("what").says
    assert said["generator"].startswith("a b xxx") and said["generator"].endswith("…")
    assert (table.what == "source").sum() == 21 and said["source"].iloc[-1] == "and 30 more"

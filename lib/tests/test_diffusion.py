"""Diffusion generators end to end on small random models of the real classes, adapters included."""

import dataclasses
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from albumen.errors import AlbumenError
from albumen.generate import Generator, make
from albumen.generate.diffusion import embeddings, models
from albumen.generate.diffusion.adapter import scale
from albumen.generate.diffusion.base import sweep
from albumen.generate.diffusion.wording import wording
from albumen.records import Condition, Person, Reference
from bench import tiny

PEOPLE = (Person("a" * 16, "mum", 3, {"sface": (1.0,)}), Person("b" * 16, "Alma", 3, {}))


def photo(seed: int) -> Image.Image:
    """A smooth random photo: noise would look alike to any encoder."""
    small = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((320, 256), Image.Resampling.BICUBIC)


PHOTOS = {f"{k:064d}": photo(k) for k in range(6)}
IDS = list(PHOTOS)


def open_photo(photo_id: str, at_least: int | None = None) -> Image.Image:
    return PHOTOS[photo_id]


def no_photo(photo_id: str, at_least: int | None = None) -> Image.Image:
    raise AssertionError("no photo may be opened")


def places(*weights: float) -> tuple[Reference, ...]:
    return tuple(Reference(one, "scene", w, "fits") for one, w in zip(IDS, weights, strict=False))


def person(number: int, which: int = 0) -> Reference:
    who = PEOPLE[which].person_id
    return Reference(IDS[number], "person", 1.0, "a face", shows=who, box=(0.2, 0.1, 0.6, 0.8))


def condition(**changes) -> Condition:
    plain = Condition(
        prompt="Alma at the lake",
        owner="rowan",
        subject="scene",
        theme="the lake",
        style="photo",
        people=(),
        references=places(1.0),
        palette=(),
        mood="calm",
        strength=1.0,
        size=(64, 64),
    )
    return dataclasses.replace(plain, **changes)


TOGETHER = condition(
    subject="portrait in scene", people=PEOPLE, references=(*places(1.0), person(1), person(2, 1))
)


@pytest.fixture(scope="module")
def sd15():
    return tiny.stable_diffusion(adapters=("plus", "plain"))


@pytest.fixture(scope="module")
def sdxl():
    return tiny.stable_diffusion_xl()


@pytest.fixture(scope="module")
def klein():
    return tiny.flux2_klein()


STEPS = 4


def quick(name, photos, pipeline, cache=None, **options):
    """The generator with few steps."""
    generator = make(name, photos, cache, pipeline=pipeline, **options)
    generator.model = dataclasses.replace(generator.model, steps=STEPS)
    return generator


def draw(pipeline, asked=None, seeds=(3,), name="sd15-lcm-ip", photos=open_photo, **options):
    return quick(name, photos, pipeline, **options).generate(asked or condition(), seeds)


def bare(pipeline, asked, seeds=(3,), name="sd15-lcm-ip", **arguments):
    """The same picture from diffusers alone."""
    model = {"sd15-lcm-ip": models.SD15, "sdxl-ip": models.SDXL, "flux2-klein": models.KLEIN}[name]
    output = pipeline(
        prompt=wording(asked, images=arguments.pop("images", ())),
        width=asked.size[0],
        height=asked.size[1],
        num_inference_steps=STEPS,
        guidance_scale=model.guidance,
        num_images_per_prompt=len(seeds),
        generator=[torch.Generator().manual_seed(seed) for seed in seeds],
        **arguments,
    )
    return np.asarray(output.images[0])


def worst(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(float) - other.astype(float)).max())


# what is drawn


@pytest.mark.parametrize(
    ("name", "build"),
    [
        ("sd15-lcm-ip", tiny.stable_diffusion),
        ("sdxl-ip", tiny.stable_diffusion_xl),
        ("flux2-klein", tiny.flux2_klein),
    ],
)
def test_every_backend_keeps_the_contract(name, build):
    generator = quick(name, open_photo, build())
    assert isinstance(generator, Generator) and generator.name == name
    asked = condition(references=places(0.75, 0.25))
    (picture,) = generator.generate(asked, [3])
    assert picture.image.shape == (64, 64, 3) and picture.image.std() > 10
    assert (picture.generator, picture.seed) == (name, 3)
    assert picture.condition == asked.digest()
    assert (picture.source_map == -2).all()
    assert [one.photo_id for one in picture.sources] == IDS[:2]
    assert sum(one.weight for one in picture.sources) == pytest.approx(1)
    if name == "flux2-klein":
        assert {one.how for one in picture.sources} == {"reference image"}
        assert picture.conditioned_on == ("embedded",)
    else:
        assert [one.weight for one in picture.sources] == [0.75, 0.25]
        assert {one.how for one in picture.sources} == {"image embedding"}
        assert picture.conditioned_on == ("embedded", "openclip-h14")


@pytest.mark.parametrize("name", ["sd15-lcm-ip", "sdxl-ip"])
def test_a_picture_is_the_one_that_diffusers_draws_from_the_photo(name, sdxl):
    pipeline = sdxl if name == "sdxl-ip" else tiny.stable_diffusion()
    asked = condition()
    (picture,) = draw(pipeline, asked, name=name)
    pipeline.set_ip_adapter_scale(scale(1.0))
    theirs = bare(pipeline, asked, name=name, ip_adapter_image=[[PHOTOS[IDS[0]]]])
    assert (picture.image == theirs).all()


def test_what_is_encoded_is_what_diffusers_encodes(sd15):
    theirs = sd15.prepare_ip_adapter_image_embeds([[PHOTOS[IDS[0]]]] * 2, None, "cpu", 1, True)
    for adapter, one in enumerate(theirs):
        assert torch.equal(embeddings.encode(sd15, adapter, PHOTOS[IDS[0]]), one)


def test_references_leave_as_embeddings(tmp_path):
    pipeline = tiny.stable_diffusion(adapters=("plus", "plain"))
    generator = make("sd15-lcm-ip", open_photo, tmp_path, pipeline=pipeline)
    with_photos = generator.generate(TOGETHER, [3])[0].image
    generator.drop_encoder()
    assert pipeline.image_encoder is None
    fresh = make("sd15-lcm-ip", no_photo, tmp_path, pipeline=pipeline)
    assert (fresh.generate(TOGETHER, [3])[0].image == with_photos).all()
    with pytest.raises(AlbumenError, match="has no cached embedding, and the pipeline has no im"):
        fresh.generate(condition(references=(person(4),)), [3])


def test_the_encoder_is_let_go_when_asked(tmp_path):
    pipeline = tiny.stable_diffusion()
    make("sd15-lcm-ip", open_photo, pipeline=pipeline, keep_encoder=False).prepare(condition())
    assert pipeline.image_encoder is None


@pytest.mark.parametrize("name", ["sd15-lcm-ip", "sdxl-ip"])
def test_strength_0_is_no_adapter_bit_for_bit(name, sdxl):
    pipeline = tiny.stable_diffusion() if name == "sd15-lcm-ip" else tiny.stable_diffusion_xl()
    asked = condition(strength=0.0)
    (picture,) = draw(pipeline, asked, name=name, photos=no_photo)
    pipeline.unload_ip_adapter()
    assert (picture.image == bare(pipeline, asked, name=name)).all()
    assert picture.sources == () and picture.conditioned_on == ()


def test_strength_moves_the_picture_away_from_none(sd15):
    strengths = (0.0, 0.25, 0.5, 1.0)
    swept = sweep(make("sd15-lcm-ip", open_photo, pipeline=sd15), condition(), 3, strengths)
    moved = [float(np.abs(one.image - swept[0].image.astype(float)).mean()) for one in swept]
    assert moved[0] == 0 and moved == sorted(moved) and moved[-1] > 1
    assert len({one.condition for one in swept}) == 4


def test_weights_move_the_picture(sd15):
    first, both, second = (
        draw(sd15, condition(references=places(w, 1 - w)))[0].image for w in (1.0, 0.5, 0.0)
    )
    alone = draw(sd15, condition())[0].image
    assert worst(first, alone) <= 1
    assert worst(both, first) > 1 and worst(both, second) > 1


def unrounded(monkeypatch, pipeline, asked, seeds=(3,), **options):
    """The pictures before they become bytes, 0..1."""
    seen = []
    usual = pipeline.image_processor.postprocess

    def postprocess(image, **how):
        seen.append(image / 2 + 0.5)
        return usual(image, **how)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.image_processor, "postprocess", postprocess)
        draw(pipeline, asked, seeds, **options)
    return torch.cat(seen)


def test_the_order_of_references_hardly_counts(sd15, monkeypatch):
    asked = condition(references=places(0.5, 0.3, 0.2))
    turned = dataclasses.replace(asked, references=asked.references[::-1])
    one, other = (unrounded(monkeypatch, sd15, each) for each in (asked, turned))
    assert (one - other).abs().max() < 1e-5


def test_a_seed_is_the_same_picture_whatever_else_is_drawn(sd15, monkeypatch):
    seeds = (3, 4, 5)
    singles = [draw(sd15, TOGETHER, [seed])[0].image for seed in seeds]
    assert (np.stack(singles) == [one.image for one in draw(sd15, TOGETHER, seeds)]).all()
    assert worst(singles[0], singles[1]) > 10
    one, other = (unrounded(monkeypatch, sd15, TOGETHER, seeds, batch=n) for n in (1, 2))
    assert (one - other).abs().max() < 5e-6


def test_a_fresh_process_draws_the_same_bytes(sd15):
    code = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1])\n"
        "from albumen.threads import pin_threads; pin_threads(1)\n"
        "import test_diffusion as t\n"
        "pipeline = t.tiny.stable_diffusion(adapters=('plus', 'plain'))\n"
        "picture = t.draw(pipeline, t.TOGETHER)[0]\n"
        "print(hashlib.sha256(picture.image.tobytes()).hexdigest())\n"
    )
    here = str(Path(__file__).parent)
    run = subprocess.run(
        [sys.executable, "-c", code, here], capture_output=True, text=True, check=True
    )
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    image = draw(sd15, TOGETHER)[0].image
    torch.set_num_threads(before)
    assert run.stdout.split()[-1] == hashlib.sha256(image.tobytes()).hexdigest()

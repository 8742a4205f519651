"""The parts of diffusion generators: words, regions, shapes, steps, files, and what is refused."""

import dataclasses

import numpy as np
import pytest
import torch
from diffusers.callbacks import IPAdapterScaleCutoffCallback
from safetensors.torch import load_file, save_file
from test_diffusion import (
    IDS,
    PEOPLE,
    PHOTOS,
    TOGETHER,
    condition,
    draw,
    no_photo,
    open_photo,
    person,
    places,
    quick,
    worst,
)

from albumen import hub
from albumen.errors import AlbumenError, WeightsError
from albumen.generate import make
from albumen.generate.diffusion import adapter, embeddings, klein, models
from albumen.generate.diffusion.crops import crop
from albumen.generate.diffusion.steps import Projection, Watch, fit_projection, preview_of
from albumen.generate.diffusion.wording import STYLES, wording
from albumen.profile import words
from albumen.progress import Progress
from albumen.records import Look, Person, Reference
from bench import tiny


@pytest.fixture(scope="module")
def sd15():
    return tiny.stable_diffusion(adapters=("plus", "plain"))


# words

PET = Reference(IDS[4], "pet", 1.0, "a dog", shows="dog")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "a photo of the lake, calm"),
        ({"theme": "at the lake", "mood": ""}, "a photo of the lake"),
        ({"theme": "", "mood": ""}, "a photo of a beautiful place"),
        ({"style": "oil", "daytime": "night"}, "an oil painting of the lake, calm, at night"),
        (
            {"theme": "sunset at the lake", "daytime": "sunset"},
            "a photo of sunset at the lake, calm",
        ),
        (
            {"subject": "portrait in scene", "people": PEOPLE, "theme": "at the lake"},
            "a photo of a woman and a person at the lake, calm",
        ),
        (
            {"subject": "portrait in scene", "people": PEOPLE[1:] * 2, "references": (PET,)},
            "a photo of two people and a dog, the lake, calm",
        ),
        (
            {"subject": "portrait", "theme": "", "mood": "", "look": Look(smile=1.0, age=-12)},
            "a photo of a smiling younger person",
        ),
        (
            {"subject": "portrait in scene", "references": (PET,), "mood": ""},
            "a photo of a dog, the lake",
        ),
    ],
)
def test_the_words_of_a_condition(changes, text):
    assert wording(condition(**changes)) == text


def test_every_style_has_words_of_its_own():
    assert set(STYLES) == set(words.STYLES)


def test_no_name_reaches_the_model():
    asked = condition(
        prompt="Alma and Bo at the lake",
        owner="Rowan",
        people=PEOPLE,
        subject="portrait in scene",
        lettering="Happy birthday Alma",
    )
    assert not any(name in wording(asked) for name in ("Alma", "Bo", "Rowan"))


def test_the_words_say_what_given_images_show():
    text = wording(TOGETHER, images=(*TOGETHER.references, PET))
    assert text.endswith(
        "Image 1 shows the place. Image 2 shows the first person. Image 3 shows the second person. "
        "Image 4 shows the dog."
    )


# regions and weights


def test_parts_of_one_region_share_a_weight_of_1():
    spoken = adapter.parts(condition(references=places(0.6, 0.2)), 2)
    assert [part.weight for part in spoken] == pytest.approx([0.75, 0.25])
    assert [(part.adapter, part.box) for part in spoken] == [(0, None)] * 2
    spoken = adapter.parts(TOGETHER, 2)
    assert [part.adapter for part in spoken] == [0, 1, 1]
    assert [part.weight for part in spoken] == [1, 1, 1]
    assert [part.box for part in spoken] == [None, (0, 0.15, 0.5, 1), (0.5, 0.15, 1, 1)]
    (alone,) = adapter.parts(condition(references=(person(1),), subject="portrait"), 2)
    assert (alone.adapter, alone.box) == (1, None)


def test_masks_leave_no_gap_and_do_not_overlap():
    scene, people = adapter.voices(adapter.parts(TOGETHER, 2), 2, TOGETHER)
    assert scene.mask.shape == (1, 1, 64, 64) and people.mask.shape == (1, 2, 64, 64)
    assert (scene.mask.sum(1) + people.mask.sum(1) == 1).all()
    look = dataclasses.replace(TOGETHER, look=Look(identity=0.5), strength=0.5)
    scene, people = adapter.voices(adapter.parts(look, 2), 2, look)
    assert scene.scale == [adapter.FULL / 2] and people.scale == [adapter.FULL / 4] * 2


def test_a_reference_is_heard_in_its_region_alone(sd15):
    """Seen at the first attention, before anything else carries it further."""
    asked = dataclasses.replace(TOGETHER, size=(128, 128))
    first = sd15.unet.down_blocks[1].attentions[0].transformer_blocks[0].attn2
    heard: list[torch.Tensor] = []
    hook = first.register_forward_hook(lambda *seen: heard.append(seen[-1][0]))

    def attention(references):
        heard.clear()
        draw(sd15, dataclasses.replace(asked, references=references))
        return heard[0].reshape(8, 8, -1)

    try:
        usual = attention(asked.references)
        for place, other, rows, columns in (
            (0, Reference(IDS[5], "scene", 1.0, "fits"), slice(0, 1), slice(0, 8)),
            (1, person(5, 0), slice(1, 8), slice(0, 4)),
            (2, person(5, 1), slice(1, 8), slice(4, 8)),
        ):
            swapped = list(asked.references)
            swapped[place] = other
            changed = (attention(tuple(swapped)) != usual).any(-1)
            expected = torch.zeros(8, 8, dtype=torch.bool)
            expected[rows, columns] = True
            assert torch.equal(changed, expected)
    finally:
        hook.remove()


def test_style_alone_speaks_in_one_attention(sd15):
    assert adapter.blocks_of(sd15.unet, 0.4, None) == 0.4
    style = adapter.blocks_of(sd15.unet, 0.4, ("up", "block_0", 1))
    with adapter.speaking(sd15, [style, 0.0]):
        loud = {k for k, one in sd15.unet.attn_processors.items() if getattr(one, "scale", [0])[0]}
    assert loud == {"up_blocks.0.attentions.1.transformer_blocks.0.attn2.processor"}
    with pytest.raises(AlbumenError, match="no attention 1 in up block_1"):
        adapter.blocks_of(sd15.unet, 0.4, ("up", "block_1", 1))


def test_style_alone_is_another_picture_and_says_so():
    xl = tiny.stable_diffusion_xl()
    (whole,), (style,) = draw(xl, name="sdxl-ip"), draw(xl, name="sdxl-ip", style_only=True)
    assert worst(whole.image, style.image) > 1 and style.generator == "sdxl-ip+style"


def test_scales_that_somebody_left_do_not_count():
    pipeline = tiny.stable_diffusion()
    usual = draw(pipeline)[0].image
    pipeline(
        prompt="a lake",
        width=64,
        height=64,
        num_inference_steps=4,
        guidance_scale=1.0,
        ip_adapter_image=[[PHOTOS[IDS[0]]]],
        callback_on_step_end=IPAdapterScaleCutoffCallback(cutoff_step_ratio=0.5),
    )
    assert (draw(pipeline)[0].image == usual).all()
    left = [one.scale for one in pipeline.unet.attn_processors.values() if hasattr(one, "scale")]
    assert left == [[0.0]] * len(left)  # ours are put back to what they were


# shapes


def test_embeddings_of_wrong_shapes_are_refused(sd15):
    patches, pooled = torch.zeros(1, 2, 17, tiny.SEEN), torch.zeros(1, 2, tiny.POOLED)
    embeddings.check(sd15, [patches, pooled], guidance=False)
    embeddings.check(sd15, [patches.repeat(2, 1, 1, 1), pooled.repeat(2, 1, 1)], guidance=True)
    for given, guidance, message in (
        ([patches], False, "for 1 adapters, expected 2"),
        (
            [patches, pooled],
            True,
            r"\(1, 2, 17, 24\), expected \(2, n, t, 24\), the negative first",
        ),
        ([patches, pooled.repeat(2, 1, 1)], False, r"expected \(1, n, 16\) without guidance"),
        ([patches, pooled[..., :8]], False, r"\(1, 2, 8\), expected \(1, n, 16\)"),
        ([pooled, pooled], False, r"\(1, 2, 16\), expected \(1, n, t, 24\)"),
        ([patches, pooled[:, :0]], False, r"\(1, 0, 16\)"),
    ):
        with pytest.raises(AlbumenError, match=message):
            embeddings.check(sd15, given, guidance)


def test_a_cached_embedding_of_another_model_or_none_is_refused(tmp_path):
    pipeline = tiny.stable_diffusion()
    make("sd15-lcm-ip", open_photo, tmp_path, pipeline=pipeline).prepare(condition())
    (path,) = tmp_path.glob("*.safetensors")
    assert load_file(path)["embedding"].shape == (2, 1, tiny.POOLED)
    save_file({"embedding": torch.zeros(2, 1, 8)}, path)
    with pytest.raises(AlbumenError, match=r"\(1, 1, 8\), expected \(1, n, 16\)"):
        draw(pipeline, photos=no_photo, cache=tmp_path)
    path.write_bytes(b"no tensors")
    with pytest.raises(AlbumenError, match="is no image embedding: remove it"):
        draw(pipeline, photos=no_photo, cache=tmp_path)


# steps


def test_steps_are_shown_with_previews(sd15):
    steps, previews = [], []
    watch = Watch(steps.append, previews.append, every=2)
    unwatched = draw(sd15, seeds=[3, 4])
    watched = draw(sd15, seeds=[3, 4], watch=watch)
    assert steps == [Progress(k + 1, 8, f"seed {3 + k // 4}") for k in range(8)]
    assert [one.shape for one in previews] == [(8, 8, 3)] * 2
    steps.clear()
    draw(sd15, seeds=[3, 4, 5], watch=watch, batch=2)
    assert [one.done for one in steps] == [2, 4, 6, 8, 9, 10, 11, 12]
    assert {one.total for one in steps} == {12} and steps[0].what == "2 seeds"
    for one, other in zip(unwatched, watched, strict=True):
        assert (one.image == other.image).all()


def test_a_projection_recovers_a_linear_decoder():
    class Linear:
        """A decoder whose colours are a matrix times the latent, eight pixels a cell."""

        config = dataclasses.make_dataclass("Config", ["latent_channels"])(3)
        device, dtype = "cpu", torch.float32
        matrix = torch.tensor([[0.2, 0.0, 0.1], [0.0, 0.3, 0.0], [0.1, 0.0, 0.4]])

        def decode(self, latents, return_dict):
            colour = torch.einsum("nchw,ck->nkhw", latents, self.matrix) + 0.5
            return (2 * torch.nn.functional.interpolate(colour, scale_factor=8) - 1,)

    fitted = fit_projection(Linear(), 1.0)
    assert torch.allclose(fitted.weights, Linear.matrix, atol=1e-5)
    assert torch.allclose(fitted.offset, torch.full((3,), 0.5), atol=1e-5)


def test_a_preview_has_a_pixel_a_cell():
    by = Projection(torch.eye(3) / 2, torch.zeros(3))
    latents = torch.zeros(3, 2, 4)
    latents[0, 0, 1], latents[2, 1, 3] = 1.0, 9.0
    preview = preview_of(latents, by)
    assert preview.shape == (2, 4, 3)
    assert preview[0, 1].tolist() == [128, 0, 0] and preview[1, 3].tolist() == [0, 0, 255]


def test_a_stopped_picture_leaves_nothing_behind(tmp_path):
    pipeline = tiny.stable_diffusion(adapters=("plus", "plain"))
    before = [
        list(one.scale) for one in pipeline.unet.attn_processors.values() if hasattr(one, "scale")
    ]

    def stop(progress: Progress) -> None:
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw(pipeline, TOGETHER, cache=tmp_path, watch=Watch(stop))
    after = [
        list(one.scale) for one in pipeline.unet.attn_processors.values() if hasattr(one, "scale")
    ]
    assert after == before and not list(tmp_path.glob(".part-*"))
    fresh = draw(tiny.stable_diffusion(adapters=("plus", "plain")), TOGETHER)[0].image
    assert (draw(pipeline, TOGETHER)[0].image == fresh).all()


# several photos as they are


def test_klein_is_given_photos_by_strength_and_says_what_they_show():
    four = (*places(0.7, 0.3), person(2), person(3, 1))
    asked = condition(subject="portrait in scene", people=PEOPLE, references=four)
    assert klein.choose(asked) == four
    half = klein.choose(dataclasses.replace(asked, strength=0.5))
    assert half == four[2:]  # of the largest weight; each person before a place's second photo
    three = klein.choose(dataclasses.replace(asked, strength=0.75))
    assert three == (four[0], *four[2:])
    assert klein.choose(dataclasses.replace(asked, strength=0.0)) == ()


def test_klein_sees_the_photos():
    pipeline = tiny.flux2_klein()
    (one,), (other,) = (
        draw(
            pipeline,
            condition(references=(Reference(k, "scene", 1.0, "fits"),)),
            name="flux2-klein",
        )
        for k in IDS[:2]
    )
    (none,) = draw(pipeline, condition(strength=0.0), name="flux2-klein", photos=no_photo)
    assert worst(one.image, other.image) > 1 and none.sources == () and none.conditioned_on == ()
    (again,) = draw(pipeline, condition(strength=0.0, references=()), name="flux2-klein")
    assert (again.image == none.image).all()
    previews = []
    draw(pipeline, name="flux2-klein", watch=Watch(preview=previews.append))
    assert [seen.shape for seen in previews] == [(8, 8, 3)]


# tuned subjects


@pytest.mark.parametrize(
    ("build", "name", "part"),
    [
        (tiny.stable_diffusion, "sd15-lcm-ip", "unet"),
        (tiny.stable_diffusion_xl, "sdxl-ip", "unet"),
        (tiny.flux2_klein, "flux2-klein", "transformer"),
    ],
)
def test_a_lora_subject_is_as_strong_as_the_condition_says(build, name, part, tmp_path):
    pipeline = build()
    asked = condition(references=())
    without = draw(pipeline, asked, name=name)[0].image
    path = tiny.lora(getattr(pipeline, part), part, tmp_path / "subject.safetensors")
    tuned = quick(name, no_photo, pipeline, subject_weights=path)
    (whole,) = tuned.generate(asked, [3])
    (half,) = tuned.generate(dataclasses.replace(asked, strength=0.5), [3])
    (none,) = tuned.generate(dataclasses.replace(asked, strength=0.0), [3])
    assert (none.image == without).all()
    assert worst(whole.image, without) > 1 and worst(whole.image, half.image) > 1
    assert whole.generator.startswith(f"{name}+") and len(whole.generator) == len(name) + 9
    assert (draw(pipeline, asked, name=name)[0].image == without).all()


@pytest.mark.parametrize(
    ("build", "name", "parts"),
    [
        (tiny.stable_diffusion, "sd15-lcm-ip", ("<me>",)),
        (tiny.stable_diffusion_xl, "sdxl-ip", ("clip_l", "clip_g")),
    ],
)
def test_a_textual_inversion_is_said_in_the_prompt(build, name, parts, tmp_path):
    pipeline, path = build(), tmp_path / "subject.safetensors"
    asked = condition(references=())
    without = draw(pipeline, asked, name=name)[0].image
    save_file({part: 5 * torch.randn(2, tiny.TEXT) for part in parts}, path)
    (tuned,) = draw(pipeline, asked, name=name, subject_weights=path)
    (none,) = draw(
        pipeline, dataclasses.replace(asked, strength=0.0), name=name, subject_weights=path
    )
    assert worst(tuned.image, without) > 1 and (none.image == without).all()


def test_the_subject_stands_for_the_first_person():
    asked = condition(subject="portrait in scene", people=PEOPLE, theme="at the lake", mood="")
    assert wording(asked, "sks person") == "a photo of sks person and a person at the lake"
    assert wording(condition(mood=""), "<toy>") == "a photo of <toy>, the lake"


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (None, "is no safetensors file"),
        ({"weight": torch.zeros(4, 4), "bias": torch.zeros(4)}, "its tensors are bias, weight"),
        ({"<me>": torch.zeros(1, 7)}, r"<me> is \(1, 7\), expected \(n, 32\)"),
        ({"other.block.lora_A.weight": torch.zeros(2, 4)}, "none of its layers is in this model"),
    ],
)
def test_files_that_hold_no_subject_are_refused(sd15, tensors, message, tmp_path):
    path = tmp_path / "subject.safetensors"
    if tensors is None:
        path.write_bytes(b"PK\x03\x04 a pickle in a zip")
    else:
        save_file(tensors, path)
    with pytest.raises(AlbumenError, match=message):
        draw(sd15, condition(references=()), subject_weights=path)


def test_a_subject_that_is_not_there_is_named(tmp_path):
    with pytest.raises(AlbumenError, match=r"me\.safetensors cannot be read"):
        make("sd15-lcm-ip", open_photo, subject_weights=tmp_path / "me.safetensors")


def test_klein_takes_no_textual_inversion(tmp_path):
    save_file({"<me>": torch.zeros(1, 8)}, tmp_path / "me.safetensors")
    with pytest.raises(AlbumenError, match="takes LoRAs only"):
        draw(tiny.flux2_klein(), name="flux2-klein", subject_weights=tmp_path / "me.safetensors")


# the hub's models


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Small models as the hub's files lie: a folder an entry."""
    root = tmp_path_factory.mktemp("hub")
    pipeline = tiny.stable_diffusion(adapters=())
    seeing = pipeline.image_encoder
    pipeline.register_modules(image_encoder=None)
    pipeline.save_pretrained(root / "sd15", variant="fp16")
    (root / "lcm-lora-sd15").mkdir()
    tiny.lora(pipeline.unet, "unet", root / "lcm-lora-sd15" / "pytorch_lora_weights.safetensors")
    for entry, file in models.SD15.adapters:
        state = tiny.adapter(pipeline.unet, "plus", seed=len(file))
        path = root / entry / file
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({f"{k}.{n}": t for k, part in state.items() for n, t in part.items()}, path)
    seeing.save_pretrained(root / models.ENCODER[0] / models.ENCODER[1])
    return root


def test_a_model_of_the_hub_is_loaded_whole(shelf, tmp_path):
    generator = make("sd15-lcm-ip", open_photo, tmp_path, folder=shelf.joinpath, keep_encoder=False)
    (picture,) = generator.generate(TOGETHER, [3])
    pipeline = generator.pipeline
    assert type(pipeline.scheduler).__name__ == "LCMScheduler"
    assert pipeline.dtype == torch.float32 and pipeline.image_encoder is None
    assert not pipeline.get_list_adapters()  # the LoRA is in the weights
    plain = load_file(shelf / "sd15" / "unet" / "diffusion_pytorch_model.fp16.safetensors")
    name = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.weight"
    assert not torch.equal(pipeline.unet.state_dict()[name], plain[name])
    again = make("sd15-lcm-ip", no_photo, tmp_path, folder=shelf.joinpath)
    assert (again.generate(TOGETHER, [3])[0].image == picture.image).all()
    assert again.pipeline.image_encoder is None  # all was cached: never loaded


def test_every_model_is_pinned():
    for model in (models.SD15, models.SDXL, models.KLEIN):
        wanted = [(model.hub, "model_index.json"), *model.adapters, *filter(None, [model.lora])]
        if model.adapters:
            wanted += [(models.ENCODER[0], f"{models.ENCODER[1]}/model.safetensors")]
        for entry, file in wanted:
            assert file in hub.hub_model(entry).files


@pytest.mark.parametrize("name", ["sd15-lcm-ip", "sdxl-ip", "flux2-klein"])
def test_a_model_that_is_not_cached_is_named(name, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(
        WeightsError, match=r"at revision \w{40}\) is not cached: run `albumen weigh"
    ):
        make(name, open_photo).generate(condition(), [0])


def test_damaged_files_of_a_model_are_named(shelf, tmp_path):
    adapter_file = tmp_path / "adapter.safetensors"
    adapter_file.write_bytes(b"\x00" * 40)
    with pytest.raises(WeightsError, match=r"adapter\.safetensors is no safetensors file"):
        models.read_tensors(adapter_file)

    def folder(entry: str):
        return tmp_path if entry == "sd15" else shelf / entry

    with pytest.raises(WeightsError, match=r"Hub model 'sd15' in .* cannot be loaded"):
        make("sd15-lcm-ip", open_photo, folder=folder).prepare(condition())


# what is refused


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strength": 1.5}, "Strength is 1.5, expected 0 to 1"),
        ({"size": (0, 64)}, "Size is 0 x 64 pixels, expected multiples of 8 from 64 to 2048"),
        ({"size": (60, 64)}, "expected multiples of 8"),
        ({"size": (64, 80000)}, "from 64 to 2048"),
        ({"references": (Reference(IDS[0], "statue", 1.0, ""),)}, "Reference role 'statue'"),
        ({"references": places(0.0, 0.0)}, "The weights of the references are 0"),
        ({"people": PEOPLE[:1], "subject": "portrait"}, "'mum' has no photo among the references"),
        (
            {"references": (Reference(IDS[0], "scene", 1.0, "", box=(0.5, 0, 0.7, 1)),)},
            r"box of photo 0{12} is \(0.5, 0, 0.7, 1\), expected",
        ),
        (
            {"references": (Reference(IDS[0], "scene", 1.0, "", box=(0, 0, 0.01, 1.0)),)},
            "holds 3 x 256 pixels, expected at least 32",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said(sd15, changes, message):
    with pytest.raises(AlbumenError, match=message):
        draw(sd15, condition(**changes))


def test_a_bad_seed_and_a_pipeline_without_adapter_are_said(sd15):
    with pytest.raises(AlbumenError, match="Seed -1 is not a whole number of 0 or more"):
        draw(sd15, seeds=[0, -1])
    with pytest.raises(AlbumenError, match="The pipeline has no IP-Adapter"):
        draw(tiny.stable_diffusion(adapters=()))


def test_klein_refuses_photos_it_cannot_take():
    thin = Reference(IDS[0], "scene", 1.0, "", box=(0, 0, 1.0, 0.13))
    with pytest.raises(AlbumenError, match=r"has 320 x 33 pixels, expected 64 at least"):
        draw(tiny.flux2_klein(), condition(references=(thin,)), name="flux2-klein")


def test_a_crop_is_the_box_of_the_photo_at_the_size_needed():
    asked: list[int | None] = []

    def opened(photo_id, at_least=None):
        asked.append(at_least)
        return PHOTOS[photo_id]

    part = crop(person(0), opened, 224)
    assert part.size == (192, 204) and asked == [374]  # .6 of 374 pixels are 224
    whole = np.asarray(PHOTOS[IDS[0]])
    assert (np.asarray(part) == whole[26:230, 64:256]).all()
    assert crop(places(1.0)[0], opened, 224).size == (320, 256) and asked[-1] == 224


def test_people_without_embeddings_are_anybody(sd15):
    nobody = (Person("nobody-0", "me", 0, {}),)
    (picture,) = draw(sd15, condition(subject="portrait", people=nobody, references=()))
    assert picture.sources == ()

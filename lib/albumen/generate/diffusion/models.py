"""The models behind each generator, and how they are loaded: from the hub's cache, never from afar.

float32 on a CPU, where half precision is slow, bfloat16 on a GPU.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from albumen.errors import AlbumenError, WeightsError


@dataclass(frozen=True)
class Model:
    """What sets one generator's model apart."""

    name: str  # of the generator
    needs: frozenset[str]
    hub: str  # the entry of hub.toml that holds the pipeline
    steps: int
    guidance: float  # 1: none
    multiple: int  # pixels that a picture's sides are a multiple of
    variant: str | None = None  # of its files
    adapters: tuple[tuple[str, str], ...] = ()  # hub entry and file: of places and things, people
    lora: tuple[str, str] | None = None  # hub entry and file that makes it fast
    style: tuple[str, str, int] | None = None  # the attention that carries style alone


PHOTOS = frozenset({"references", "person photos", "hub"})
ENCODER = ("ip-adapter-encoder", "models/image_encoder")  # hub entry and folder
ENCODER_NAME = "openclip-h14"  # in pictures: CLIP ViT-H/14 of LAION-2B

SD15 = Model(
    name="sd15-lcm-ip",
    needs=PHOTOS,
    hub="sd15",
    steps=4,
    guidance=1.0,
    multiple=8,
    variant="fp16",
    adapters=(
        ("ip-adapter-sd15", "models/ip-adapter-plus_sd15.safetensors"),
        ("ip-adapter-sd15", "models/ip-adapter-plus-face_sd15.safetensors"),
    ),
    lora=("lcm-lora-sd15", "pytorch_lora_weights.safetensors"),
    style=("up", "block_1", 1),  # the counterpart of XL's; no paper says so
)
SDXL = Model(
    name="sdxl-ip",
    needs=PHOTOS | {"gpu"},
    hub="sdxl",
    steps=30,
    guidance=5.0,
    multiple=8,
    variant="fp16",
    adapters=(
        ("ip-adapter-sdxl", "sdxl_models/ip-adapter-plus_sdxl_vit-h.safetensors"),
        ("ip-adapter-sdxl", "sdxl_models/ip-adapter-plus-face_sdxl_vit-h.safetensors"),
    ),
    style=("up", "block_0", 1),
)
KLEIN = Model(
    name="flux2-klein",
    needs=PHOTOS | {"gpu"},
    hub="flux2-klein-4b",
    steps=4,
    guidance=1.0,
    multiple=16,
)


def load(model: Model, folder: Callable[[str], Path]) -> Any:
    """The model's pipeline with its adapters, without their image encoder.

    `folder`: an entry of hub.toml -> where its files lie. Raises WeightsError with one sentence
    when one is not there, or a file in it is damaged.
    """
    from diffusers import DiffusionPipeline, LCMScheduler

    places = {name: folder(name) for name in {model.hub, *dict(model.adapters)}}
    fast = model.lora and folder(model.lora[0]) / model.lora[1]
    on_gpu = torch.cuda.is_available()
    adapters = [_adapter(places[entry] / file) for entry, file in model.adapters]
    with _quiet():
        try:
            pipeline = DiffusionPipeline.from_pretrained(
                places[model.hub],
                variant=model.variant,
                dtype=torch.bfloat16 if on_gpu else torch.float32,
                local_files_only=True,
                use_safetensors=True,
                **({"safety_checker": None, "feature_extractor": None} if model is SD15 else {}),
            )
        except (OSError, ValueError, SafetensorError) as error:
            raise WeightsError(
                f"Hub model '{model.hub}' in {places[model.hub]} cannot be loaded: "
                f"{_first_line(error)}"
            ) from error
        if fast:
            pipeline.scheduler = LCMScheduler.from_config(pipeline.scheduler.config)
            pipeline.load_lora_weights(read_tensors(fast), adapter_name="fast")
            pipeline.fuse_lora()  # into the weights, so that a step costs no more for it
            pipeline.unload_lora_weights()
        if adapters:
            pipeline.load_ip_adapter(adapters, "", [""] * len(adapters), image_encoder_folder=None)
    return pipeline.to("cuda" if on_gpu else "cpu")


def load_encoder(pipeline: Any, folder: Callable[[str], Path]) -> None:
    """Give `pipeline` the adapters' image encoder."""
    from transformers import CLIPVisionModelWithProjection

    place = folder(ENCODER[0]) / ENCODER[1]
    encoder = CLIPVisionModelWithProjection.from_pretrained(
        place, dtype=pipeline.dtype, local_files_only=True, use_safetensors=True
    )
    pipeline.register_modules(image_encoder=encoder.to(pipeline.device))


def digest(path: Path) -> str:
    """Of a subject's file, eight digits. Raises WeightsError when there is no such file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}.") from error


def lora_of(pipeline: Any, subject: str) -> str | None:
    """The name under which `pipeline` holds the LoRA of this digest, if it does."""
    name = f"subject_{subject}"
    loaded = pipeline.get_list_adapters() if hasattr(pipeline, "get_list_adapters") else {}
    return name if any(name in names for names in loaded.values()) else None


def add_subject(pipeline: Any, path: Path, subject: str) -> str:
    """Give `pipeline` a subject tuned as a LoRA or a textual inversion; `subject`: its digest.

    Returns the word that stands for the subject; "" for a LoRA, whose word its maker knows. Raises
    AlbumenError when the file is neither, or fits another model.
    """
    tensors = read_tensors(path)
    try:
        if any("lora" in name.lower() for name in tensors):
            if lora_of(pipeline, subject) is None:
                with _quiet():
                    pipeline.load_lora_weights(tensors, adapter_name=f"subject_{subject}")
            if lora_of(pipeline, subject) is None:
                raise ValueError("none of its layers is in this model")
            return ""
        word = f"<subject-{subject}>"
        for vectors, tokenizer, encoder in list(_inversions(pipeline, tensors)):
            if word not in tokenizer.get_vocab():
                pipeline.load_textual_inversion(
                    {word: vectors}, token=word, tokenizer=tokenizer, text_encoder=encoder
                )
        return word
    except (ValueError, RuntimeError, KeyError) as error:
        raise AlbumenError(
            f"{path} holds no LoRA or textual inversion of this model: {_first_line(error)}"
        ) from error


def _inversions(pipeline: Any, tensors: dict[str, Tensor]) -> Iterator[tuple[Tensor, Any, Any]]:
    """Vectors with the tokenizer and the text encoder they belong to."""
    if not hasattr(pipeline, "load_textual_inversion"):
        raise ValueError("it takes LoRAs only")
    pairs = [(pipeline.tokenizer, pipeline.text_encoder)]
    if hasattr(pipeline, "text_encoder_2"):
        pairs.append((pipeline.tokenizer_2, pipeline.text_encoder_2))
    names = ("clip_l", "clip_g") if len(pairs) > 1 else (next(iter(tensors), ""),)
    if set(tensors) != set(names):
        raise ValueError(f"its tensors are {', '.join(sorted(tensors)[:3]) or 'none'}")
    for name, (tokenizer, encoder) in zip(names, pairs, strict=True):
        width = encoder.get_input_embeddings().weight.shape[1]
        if tensors[name].ndim > 2 or tensors[name].shape[-1] != width:
            raise ValueError(f"{name} is {tuple(tensors[name].shape)}, expected (n, {width})")
        yield tensors[name], tokenizer, encoder


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file. Raises WeightsError when it is none."""
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} is no safetensors file: {_first_line(error)}") from error


def _adapter(path: Path) -> dict[str, dict[str, Tensor]]:
    """An IP-Adapter's state dict. Raises WeightsError when the file holds none."""
    state: dict[str, dict[str, Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for name, tensor in read_tensors(path).items():
        part, _, rest = name.partition(".")
        if part in state:
            state[part][rest] = tensor
    if not all(state.values()):
        raise WeightsError(f"{path} is no IP-Adapter: it lacks image_proj or ip_adapter.")
    return state


@contextmanager
def _quiet() -> Iterator[None]:
    """Without diffusers' warnings of what is meant so here, such as a missing image encoder."""
    from diffusers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)


def _first_line(error: Exception) -> str:
    return f"{(str(error).strip().splitlines() or [type(error).__name__])[0].rstrip('.')}."

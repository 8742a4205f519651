"""Diffusion pipelines of the real classes with small random weights: to time and test what is ours.

They draw noise, but every line of diffusers runs as it does with the hub's models.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    DDIMScheduler,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    LCMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from torch import Tensor
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    Qwen2TokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
)

TEXT = 32  # width of the text's embeddings
SEEN = 24  # width of the image encoder
POOLED = 16  # of its pooled output


def stable_diffusion(width: int = 16, adapters: Sequence[str] = ("plain",)) -> Any:
    """Stable Diffusion 1.5 with an image encoder; `adapters`: "plain" or "plus" each."""
    torch.manual_seed(0)
    pipeline = StableDiffusionPipeline(
        vae=_vae(),
        text_encoder=CLIPTextModel(_text()),
        tokenizer=_clip_tokenizer(),
        unet=UNet2DConditionModel(
            block_out_channels=(width, 2 * width),
            layers_per_block=2,
            sample_size=8,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=TEXT,
            attention_head_dim=8,
            norm_num_groups=8,
        ),
        scheduler=LCMScheduler(steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        image_encoder=encoder(),
    )
    return _adapted(pipeline, adapters)


def stable_diffusion_xl(width: int = 16, adapters: Sequence[str] = ("plain",)) -> Any:
    """Stable Diffusion XL with an image encoder; `adapters`: "plain" or "plus" each."""
    torch.manual_seed(0)
    pipeline = StableDiffusionXLPipeline(
        vae=_vae(),
        text_encoder=CLIPTextModel(_text()),
        text_encoder_2=CLIPTextModelWithProjection(_text()),
        tokenizer=_clip_tokenizer(),
        tokenizer_2=_clip_tokenizer(),
        unet=UNet2DConditionModel(
            block_out_channels=(width, 2 * width),
            layers_per_block=2,
            sample_size=8,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=2 * TEXT,
            attention_head_dim=8,
            norm_num_groups=8,
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            transformer_layers_per_block=(1, 1),
            projection_class_embeddings_input_dim=TEXT + 6 * 8,
        ),
        scheduler=DDIMScheduler(steps_offset=1),
        image_encoder=encoder(),
        add_watermarker=False,
    )
    return _adapted(pipeline, adapters)


def flux2_klein() -> Any:
    """FLUX.2 [klein]; its text encoder has 27 layers, as the pipeline reads the 27th."""
    torch.manual_seed(0)
    letters = _letters()
    special = {"<|endoftext|>": 256, "<|im_start|>": 257, "<|im_end|>": 258}
    tokenizer = Qwen2TokenizerFast(
        vocab={**{one: k for k, one in enumerate(letters)}, **special}, merges=[]
    )
    tokenizer.chat_template = (
        "{% for one in messages %}<|im_start|>{{ one.role }}\n{{ one.content }}<|im_end|>\n"
        "{% endfor %}<|im_start|>assistant\n"
    )
    pipeline = Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=AutoencoderKLFlux2(
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(8, 8, 8, 8),
            layers_per_block=1,
            latent_channels=2,
            norm_num_groups=4,
            use_quant_conv=False,
            use_post_quant_conv=False,
        ),
        text_encoder=Qwen3ForCausalLM(
            Qwen3Config(
                hidden_size=8,
                intermediate_size=8,
                num_hidden_layers=27,
                num_attention_heads=1,
                num_key_value_heads=1,
                head_dim=8,
                vocab_size=259,
                max_position_embeddings=512,
            )
        ),
        tokenizer=tokenizer,
        transformer=Flux2Transformer2DModel(
            in_channels=8,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=24,
            axes_dims_rope=(4, 4, 4, 4),
            guidance_embeds=False,
        ),
        is_distilled=True,
    )
    with torch.no_grad():  # or nothing that is attended to would be seen in the picture
        for name, weights in pipeline.transformer.named_parameters():
            if "attn" in name or name == "proj_out.weight":
                weights *= 4
    return pipeline


def encoder() -> CLIPVisionModelWithProjection:
    """An image encoder that looks at 224 px, as the adapters' own does."""
    torch.manual_seed(1)
    return CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=SEEN,
            intermediate_size=32,
            projection_dim=POOLED,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=224,
            patch_size=56,
        )
    )


def adapter(unet: UNet2DConditionModel, kind: str, seed: int = 2) -> dict[str, dict[str, Tensor]]:
    """An IP-Adapter's state dict, loud enough to be seen; "plus" looks at patches."""
    generator = torch.Generator().manual_seed(seed)

    def weights(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator) / shape[-1] ** 0.5

    crossing = [name for name in unet.attn_processors if "attn2" in name]
    heads: dict[str, Tensor] = {}
    for number, name in enumerate(crossing):
        place = unet.get_submodule(name.removesuffix(".processor"))
        for part in ("to_k_ip", "to_v_ip"):
            shape = place.to_k.out_features, place.to_k.in_features
            heads[f"{2 * number + 1}.{part}.weight"] = 3 * weights(*shape)
    wide = unet.config.cross_attention_dim
    return {
        "image_proj": _plus(weights, wide) if kind == "plus" else _plain(weights, wide),
        "ip_adapter": heads,
    }


def _plain(weights: Any, wide: int) -> dict[str, Tensor]:
    return {
        "proj.weight": weights(4 * wide, POOLED),
        "proj.bias": weights(4 * wide),
        "norm.weight": torch.ones(wide),
        "norm.bias": torch.zeros(wide),
    }


def _plus(weights: Any, wide: int) -> dict[str, Tensor]:
    inner = 64
    state = {
        "latents": weights(1, 4, inner),
        "proj_in.weight": weights(inner, SEEN),
        "proj_in.bias": weights(inner),
        "proj_out.weight": weights(wide, inner),
        "proj_out.bias": weights(wide),
        "norm_out.weight": torch.ones(wide),
        "norm_out.bias": torch.zeros(wide),
    }
    for layer in range(4):
        attention, forward = f"layers.{layer}.0", f"layers.{layer}.1"
        for norm in (f"{attention}.norm1", f"{attention}.norm2", f"{forward}.0"):
            state |= {f"{norm}.weight": torch.ones(inner), f"{norm}.bias": torch.zeros(inner)}
        state[f"{attention}.to_q.weight"] = weights(64, inner)
        state[f"{attention}.to_kv.weight"] = weights(128, inner)
        state[f"{attention}.to_out.weight"] = weights(inner, 64)
        state[f"{forward}.1.weight"] = weights(4 * inner, inner)
        state[f"{forward}.3.weight"] = weights(inner, 4 * inner)
    return state


def _adapted(pipeline: Any, adapters: Sequence[str]) -> Any:
    if adapters:
        states = [adapter(pipeline.unet, kind, seed) for seed, kind in enumerate(adapters, 2)]
        pipeline.load_ip_adapter(states, "", [""] * len(states), image_encoder_folder=None)
    return pipeline


def lora(module: torch.nn.Module, prefix: str, path: Path, seed: int = 5) -> Path:
    """A LoRA of rank 2 of every query of attention, in PEFT's format."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for name, layer in module.named_modules():
        if name.endswith("to_q"):
            down = torch.randn((2, layer.in_features), generator=generator)
            up = torch.randn((layer.out_features, 2), generator=generator)
            state |= {f"{prefix}.{name}.lora_A.weight": down, f"{prefix}.{name}.lora_B.weight": up}
    save_file(state, path)
    return path


def _vae() -> AutoencoderKL:
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 8, 8, 8),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
    )


def _text() -> CLIPTextConfig:
    return CLIPTextConfig(
        hidden_size=TEXT,
        intermediate_size=32,
        projection_dim=TEXT,
        num_hidden_layers=2,
        num_attention_heads=2,
        vocab_size=514,
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
    )


def _clip_tokenizer() -> CLIPTokenizer:
    """Letter by letter."""
    letters = _letters()
    tokens = [*letters, *(f"{one}</w>" for one in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {one: k for k, one in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77)


def _letters() -> list[str]:
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    return list(bytes_to_unicode().values())

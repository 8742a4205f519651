"""Sentences to unit vectors with all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019)."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from albumen.weights import weight

DIM = 384
MAX_TOKENS = 256  # what the model was tuned with


@cache
def _network() -> tuple[Tokenizer, BertModel]:
    tokenizer = Tokenizer.from_file(str(weight("minilm-tokenizer")))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    model = BertModel(BertConfig.from_json_file(str(weight("minilm-config"))))
    state = load_file(weight("minilm-weights"))
    del state["embeddings.position_ids"]  # 0, 1, 2, ...: the network makes it itself
    model.load_state_dict(state, strict=True)
    return tokenizer, model.eval()


@cache
def _sentence(text: str) -> Float[np.ndarray, "384"]:
    tokenizer, model = _network()
    ids = torch.tensor([tokenizer.encode(text).ids])
    with torch.inference_mode():
        tokens = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        vector = torch.nn.functional.normalize(tokens.mean(1), dim=1)[0]
    return vector.numpy().astype(np.float32)


def embed_sentences(texts: Sequence[str]) -> Float[np.ndarray, "n 384"]:
    """Unit rows, the mean of the token vectors.

    One sentence at a time, so that a sentence's vector does not depend on its neighbours' padding.
    """
    return np.stack([_sentence(text) for text in texts]) if len(texts) else np.zeros((0, DIM), "f4")

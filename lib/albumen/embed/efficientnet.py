"""EfficientNet-Lite0: ImageNet features and classes of photos, and an embedder made of them.

The network is that of Tan and Le (2019) without squeeze-and-excitation and with ReLU6, as released
for small devices; its layers carry the names of the weight file, which is loaded strictly.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor, nn

from albumen.embed import bridge
from albumen.images import square
from albumen.weights import weight

# expansion, channels, repeats, stride, kernel of each stage
STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)
FEATURES = 1280
SIDE = 224
CROP = 256  # a photo is cut to its centre square of this side, then SIDE is taken of it


class _SameConv(nn.Conv2d):
    """A convolution padded as TensorFlow pads it: the odd pixel goes right and below."""

    def forward(self, x: Tensor) -> Tensor:
        padding: list[int] = []
        for size, kernel, stride in zip(
            x.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True
        ):
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            padding += [total // 2, total - total // 2]
        return super().forward(nn.functional.pad(x, padding))


def _conv(into: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return _SameConv(into, out, kernel, stride, groups=groups, bias=False)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


class _Block(nn.Module):
    """Inverted residual: expand, filter each channel, project; the input is added if it fits."""

    def __init__(self, into: int, out: int, expand: int, kernel: int, stride: int) -> None:
        super().__init__()
        wide = into * expand
        if expand > 1:
            self.expand_conv, self.bn0 = _conv(into, wide), _norm(wide)
        self.depthwise_conv, self.bn1 = _conv(wide, wide, kernel, stride, wide), _norm(wide)
        self.project_conv, self.bn2 = _conv(wide, out), _norm(out)
        self.expands, self.adds = expand > 1, into == out and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        y = nn.functional.relu6(self.bn0(self.expand_conv(x))) if self.expands else x
        y = nn.functional.relu6(self.bn1(self.depthwise_conv(y)))
        y = self.bn2(self.project_conv(y))
        return x + y if self.adds else y


class Lite0(nn.Module):
    """Images [n, 3, 224, 224] to features [n, 1280] and ImageNet logits [n, 1000]."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_stem, self.bn0 = _conv(3, 32, 3, 2), _norm(32)
        blocks, into = [], 32
        for expand, out, repeats, stride, kernel in STAGES:
            for repeat in range(repeats):
                blocks.append(_Block(into, out, expand, kernel, 1 if repeat else stride))
                into = out
        self.blocks = nn.Sequential(*blocks)
        self.conv_head, self.bn1 = _conv(into, FEATURES), _norm(FEATURES)
        self.fc = nn.Linear(FEATURES, 1000)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.blocks(nn.functional.relu6(self.bn0(self.conv_stem(x))))
        features = nn.functional.relu6(self.bn1(self.conv_head(x))).mean((2, 3))
        return features, self.fc(features)


@cache
def _network() -> Lite0:
    state = torch.load(weight("efficientnet-lite0"), map_location="cpu", weights_only=True)
    # the file writes "_blocks.0._bn1.weight"; attributes here carry no underscore
    renamed = {key.replace("._", ".").removeprefix("_"): value for key, value in state.items()}
    model = Lite0()
    model.load_state_dict(renamed, strict=True)
    return model.eval()


def features_and_logits(
    image: Image.Image,
) -> tuple[Float[np.ndarray, "1280"], Float[np.ndarray, "1000"]]:
    """ImageNet features (not negative) and class logits of the centre of one RGB image."""
    pixels = square(image, CROP)
    edge = (CROP - SIDE) // 2
    x = (torch.from_numpy(pixels[edge:-edge, edge:-edge].copy()).float() - 127) / 128
    with torch.inference_mode():
        features, logits = _network()(x.permute(2, 0, 1)[None])
    return features[0].numpy(), logits[0].numpy()


class EfficientNetLite0:
    """ImageNet features beside ConSE, the words of the classes weighted by their probability.

    The encoder that scores: it shares no weights with the one that selects. Its words cover what
    ImageNet's thousand classes cover: things and animals well, places and people poorly.
    """

    name = "efficientnet-lite0-1"
    dim = FEATURES + bridge.TEXT_DIM

    def embed_images(self, images: Sequence[Image.Image]) -> Float[np.ndarray, "n d"]:
        """Unit rows [n, 1664], one image at a time."""
        rows = []
        for image in images:
            features, logits = features_and_logits(image)
            part = bridge.unit(bridge.unit(features) - bridge.asset()["features_mean"])
            rows.append(bridge.image_row(part, bridge.conse(logits)))
        return np.stack(rows) if rows else np.zeros((0, self.dim), np.float32)

    def embed_texts(self, texts: Sequence[str]) -> Float[np.ndarray, "n d"]:
        """Unit rows [n, 1664]."""
        return bridge.text_rows(texts, FEATURES)
